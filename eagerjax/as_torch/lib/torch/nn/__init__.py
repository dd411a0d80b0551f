"""Modules below torch.nn."""
