"""Between numpy and tensors without a program: batches are put together in host memory.

A worker that has not loaded JAX ships arrays as `Shipped`; they arrive as tensors.
"""

import contextlib

import numpy as np

_shipping = False


@contextlib.contextmanager
def shipping():
    """Inside, `tensor_of` gives what a worker sends: no tensor is made."""
    global _shipping
    before, _shipping = _shipping, True
    try:
        yield
    finally:
        _shipping = before


class Shipped:
    """An array that becomes a tensor where it is unpickled."""

    def __init__(self, array):
        self.array = array

    def __reduce__(self):
        return tensor_of, (self.array,)


def tensor_of(array):
    """The tensor of an array that nobody else will write to."""
    if _shipping:
        return Shipped(array)
    from eagerjax.tensor import from_array  # noqa: PLC0415

    return from_array(array)


def is_tensor(value):
    """Is this an eagerjax tensor? (Asked without loading the class.)"""
    return getattr(type(value), "is_eagerjax_tensor", False)


def host_array(tensor):
    """The tensor's value as an array to read from, if that costs nothing; else None."""
    if tensor.device.type != "cpu" or tensor.requires_grad:
        return None
    array = tensor._array
    if array is None:
        from eagerjax.memory import region_of  # noqa: PLC0415

        return region_of(tensor)
    return np.asarray(array)


def gather(tensor, indices):
    """`tensor[indices]` in host memory; None where the tensor is not there."""
    array = host_array(tensor) if is_tensor(tensor) else None
    return None if array is None else tensor_of(array[indices])


def stacked(arrays):
    """The tensor of arrays, one upon the other. Raises torch's RuntimeError where their shapes differ."""
    first = arrays[0].shape
    for i, array in enumerate(arrays):
        if array.shape != first:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                               f"{list(array.shape)} at entry {i}")  # fmt: skip
    return tensor_of(np.stack(arrays))


def stack_tensors(batch):
    """torch.stack, in host memory where the values are there."""
    arrays = [host_array(t) if is_tensor(t) else None for t in batch]
    if any(array is None for array in arrays):
        from eagerjax.namespace import torch  # noqa: PLC0415

        return torch.stack(list(batch), 0)
    return stacked(arrays)
