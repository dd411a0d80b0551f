"""Modules below torch.backends."""
