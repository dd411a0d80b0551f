"""torch.optim: what optimizers that were copied out of PyTorch import besides."""
