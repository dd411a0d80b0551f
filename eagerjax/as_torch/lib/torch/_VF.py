"""torch._VF: the root's functions under another path, as copies of PyTorch's own modules call them."""

from eagerjax.namespace import torch


def __getattr__(name):
    return getattr(torch, name)
