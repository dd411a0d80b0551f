"""Modules below torch.autograd."""
