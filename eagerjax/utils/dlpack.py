"""torch.utils.dlpack: arrays of other libraries, and capsules for them. Both ways copy."""

from eagerjax.namespace import torch


def from_dlpack(ext_tensor):
    """A tensor with a copy of what a capsule, or an object that gives one, holds."""
    return torch.from_dlpack(ext_tensor)


def to_dlpack(tensor):
    """A capsule of a copy."""
    return tensor.__dlpack__()
