"""torch._functorch: its switches, and the old names of `torch.func`."""
