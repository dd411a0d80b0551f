"""DataParallel: PyTorch's old wrapper for several devices in one process."""

from eagerjax.nn.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Calls `module`. State names start with "module.", as in PyTorch.

    It splits nothing: to use several devices, shard the input, and the program follows.
    """

    dim, output_device = 0, None  # a file of PyTorch's may lack them

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module
        self.device_ids = device_ids or []
        self.output_device = output_device
        self.dim = dim

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)
