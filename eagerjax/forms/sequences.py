"""Numbers, arrays and tensors in nested sequences: the shape and dtype that PyTorch finds in them, and their values."""

import functools
import warnings

import numpy as np

from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

PLAIN = frozenset((bool, int, float, complex))


def is_plain(data):
    """Are there only Python's numbers in it, or is it one?"""
    kind = type(data)
    if kind in PLAIN or kind is range:
        return True
    return isinstance(data, (list, tuple)) and all(type(d) in PLAIN or (d is not data and is_plain(d)) for d in data)


def read(data, dtype):
    """(array of the values, dtype) of a nested sequence. In it a tensor stands for one number, an array for a sequence."""
    if isinstance(data, (str, bytes)):
        raise invalid(data)
    shape = sizes(data)
    kind = kind_of(data)
    leaves = []
    gather(data, shape, 0, leaves)
    integral = (dtype or kind).category == dt.INTEGER
    values = [v if type(v) in PLAIN else number(v, integral) for v in leaves]
    return with_large_integers(values, np.array(values), dtype or kind).reshape(shape), kind


LONG = 2**63


def with_large_integers(data, array, dtype):
    """numpy's array of numbers: as floats, integers may be beyond 64 bits. Raises ValueError where they are none."""
    if array.dtype.kind in "uf" and array.size and array.max() >= LONG:
        array = np.array(data, object)
    if array.dtype != object:
        return array
    kinds = {type(v) for v in array.ravel()}
    if kinds & {float, complex} or (dtype is not None and dtype.category != dt.INTEGER):
        return array.astype(np.complex128 if complex in kinds else np.float64)
    if dtype is dt.uint64 and 0 <= array.min() and array.max() < 2 * LONG:
        return array.astype(np.uint64)
    raise ValueError("Overflow when unpacking long long")


DEEPEST = 128
"""PyTorch's limit for the number of dimensions."""


def sizes(data):
    """The lengths of the first element of each level."""
    shape = []
    while is_sequence(data):
        if isinstance(data, str) or len(shape) == DEEPEST:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        shape.append(len(data))
        if not shape[-1]:
            break
        if isinstance(data, np.ndarray):
            return tuple(shape[:-1]) + data.shape
        data = first_of(data)
    return tuple(shape)


def first_of(data):
    try:
        return data[0]
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"could not determine the shape of object type '{type(data).__name__}'") from error


def is_sequence(value):
    return (
        hasattr(value, "__getitem__")
        and hasattr(value, "__len__")
        and not isinstance(value, (Tensor, np.generic, dict))
    )


def gather(data, shape, dim, leaves):
    """Append what `data` holds, in order, to `leaves`."""
    if dim == len(shape):
        leaves.append(data)
        return
    if not is_sequence(data) and not isinstance(data, Tensor):
        raise TypeError("not a sequence")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    if isinstance(data, np.ndarray) and data.shape == shape[dim:]:
        leaves.extend(data.ravel().tolist())
        return
    for _, item in zip(range(len(data)), data):
        gather(item, shape, dim + 1, leaves)


@functools.cache
def warn_slow():
    warnings.warn("Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
                  "single numpy.ndarray with numpy.array() before converting to a tensor.", stacklevel=2)  # fmt: skip


def invalid(text):
    return TypeError(f"new(): invalid data type '{type(text).__name__}'")


def kind_of(data):
    """The dtype of a number, an array, a tensor, or of all that a nested sequence holds."""
    if isinstance(data, np.ndarray):
        warn_slow()
        return dt.from_np(data.dtype)
    if isinstance(data, (str, bytes)):
        raise invalid(data)
    if not is_sequence(data):
        return kind_of_number(data)
    kinds = set()
    for _, item in zip(range(len(data)), data):
        if item is data:
            raise TypeError("new(): self-referential lists are incompatible")
        kinds.add(kind_of(item))
    return functools.reduce(dt.promote_types, kinds) if kinds else dt.get_default_dtype()


def kind_of_number(leaf):
    if isinstance(leaf, Tensor):
        return leaf.dtype
    if isinstance(leaf, np.generic):
        return dt.from_np(leaf.dtype)
    for python, kind in ((bool, dt.bool_), (int, dt.int64), (float, dt.get_default_dtype())):
        if isinstance(leaf, python):
            return kind
    if isinstance(leaf, complex):
        return dt.get_default_dtype().to_complex()
    raise RuntimeError(f"Could not infer dtype of {type(leaf).__name__}")


def number(leaf, integral):
    """The number that a leaf stands for."""
    if isinstance(leaf, Tensor):
        return element(leaf, integral)
    if isinstance(leaf, np.ndarray) and leaf.ndim:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
    if is_sequence(leaf) and not isinstance(leaf, np.ndarray):
        name = type(leaf).__name__
        raise TypeError(f"'{name}' object cannot be interpreted as an integer" if integral else
                        f"must be real number, not {name}")  # fmt: skip
    return leaf


def element(tensor, integral):
    """The one element of a tensor. Raises, as PyTorch does, for another number of them, and for a fraction as an integer."""
    if integral and (tensor.numel() != 1 or tensor.dtype.category > dt.INTEGER):
        raise TypeError("only integer tensors of a single element can be converted to an index")
    if tensor.numel() != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return tensor.item()
