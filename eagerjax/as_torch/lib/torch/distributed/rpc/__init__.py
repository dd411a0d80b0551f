"""torch.distributed.rpc: not available; libraries decorate functions with its names while they are imported."""
