"""Modules below torch.utils."""
