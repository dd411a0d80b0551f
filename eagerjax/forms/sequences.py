"""Numbers, arrays and tensors in nested sequences: the shape and dtype that PyTorch finds in them, and their values."""

import functools
import warnings

import numpy as np

from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

PLAIN = frozenset((bool, int, float, complex))


def is_plain(data):
    """Are there only Python's numbers in it?"""
    return all(
        type(d) in PLAIN or (isinstance(d, (list, tuple, range)) and (type(d) is range or is_plain(d))) for d in data
    )


def read(data, dtype):
    """(array of the values, dtype) of a nested sequence. In it a tensor stands for one number, an array for a sequence."""
    shape = sizes(data)
    leaves, kinds = [], set()
    gather(data, shape, 0, leaves, kinds)
    kind = functools.reduce(dt.promote_types, kinds) if kinds else dt.get_default_dtype()
    integral = (dtype or kind).category == dt.INTEGER
    values = [number(v, integral) if isinstance(v, Tensor) else v for v in leaves]
    return np.array(values).reshape(shape), kind


def sizes(data):
    """The lengths of the first element of each level."""
    shape = []
    while is_sequence(data):
        shape.append(len(data))
        if not shape[-1]:
            break
        if isinstance(data, np.ndarray):
            return tuple(shape[:-1]) + data.shape
        data = data[0]
    return tuple(shape)


def is_sequence(value):
    if isinstance(value, str):
        raise ValueError("too many dimensions 'str'")
    return (
        hasattr(value, "__getitem__")
        and hasattr(value, "__len__")
        and not isinstance(value, (Tensor, np.generic, dict))
    )


def gather(data, shape, dim, leaves, kinds):
    """Append what `data` holds, in order, to `leaves`, and the dtypes that were met to `kinds`."""
    if dim == len(shape):
        leaves.append(data)
        kinds.add(kind_of(data))
        return
    if not is_sequence(data) and not isinstance(data, Tensor):
        raise TypeError("not a sequence")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    if isinstance(data, np.ndarray) and data.shape == shape[dim:]:
        warn_slow()
        kinds.add(dt.from_np(data.dtype))
        leaves.extend(data.ravel().tolist())
        return
    for item in data:
        gather(item, shape, dim + 1, leaves, kinds)


@functools.cache
def warn_slow():
    warnings.warn("Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
                  "single numpy.ndarray with numpy.array() before converting to a tensor.", stacklevel=2)  # fmt: skip


def kind_of(leaf):
    if isinstance(leaf, Tensor):
        return leaf.dtype
    if isinstance(leaf, np.ndarray):
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
    if isinstance(leaf, np.generic):
        return dt.from_np(leaf.dtype)
    for python, kind in ((bool, dt.bool_), (int, dt.int64), (float, dt.get_default_dtype())):
        if isinstance(leaf, python):
            return kind
    if isinstance(leaf, complex):
        return dt.get_default_dtype().to_complex()
    raise RuntimeError(f"Could not infer dtype of {type(leaf).__name__}")


def number(tensor, integral):
    """The one element of a tensor. Raises, as PyTorch does, for another number of them, and for a fraction as an integer."""
    if integral and (tensor.numel() != 1 or tensor.dtype.category > dt.INTEGER):
        raise TypeError("only integer tensors of a single element can be converted to an index")
    if tensor.numel() != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return tensor.item()
