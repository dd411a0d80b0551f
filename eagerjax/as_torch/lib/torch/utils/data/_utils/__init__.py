"""Modules below torch.utils.data that other libraries reach into."""
