"""Tensors in parts, each a view: split, chunk, unbind, tensor_split."""

import functools
import itertools
import operator

from eagerjax import alias
from eagerjax.forms.named import by_axis
from eagerjax.forms.views import part_of, select_, several, slice_, views_of
from eagerjax.namespace import METHODS, form
from eagerjax.ops.define import dimension as axis
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor


@form
@by_axis
def unbind(input, dim=0):
    """The parts along a dimension, one for each index."""
    if not input._ref.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = axis(dim, input._ref.ndim)
    n = input._ref.shape[dim]
    whole = alias.step_of("_unbind", (dim,)) if 1 < n <= MOST_PARTS else None
    return several(select_(input, dim, i, whole and (whole, i)) for i in range(n))


MOST_PARTS = 1024
"""Parts that are read in one step."""


def consecutive(input, dim, lengths, name="_split"):
    """Parts of these lengths, one after the other. `name` is that of the op that reads them all."""
    describe = parts_of if len(lengths) <= FEW_PARTS else parts_of.__wrapped__
    parts = describe(name, dim, lengths, input._ref.shape, input.stride())
    if input._offset:
        parts = [(step, shape, strides, at + input._offset) for step, shape, strides, at in parts]
    return several(views_of(input, parts))


FEW_PARTS = 64
"""Parts that are described once for all tensors of a shape."""


@functools.lru_cache(1024)
def parts_of(name, dim, lengths, shape, strides):
    """What `views_of` takes for parts of a tensor at the beginning of its storage."""
    together = 1 < len(lengths) <= MOST_PARTS and 0 not in lengths
    whole = alias.step_of(name, (dim, lengths)) if together else None
    starts = itertools.accumulate(lengths, initial=0)
    return [part_of(dim, start, length, shape, strides, whole and (whole, i))
            for i, (start, length) in enumerate(zip(starts, lengths))]  # fmt: skip


@form(homes="torch")
def split(tensor, split_size_or_sections, dim=0):
    """Parts of a given length (the last may be shorter), or of given lengths."""
    return split_method(tensor, split_size_or_sections, dim)


def split_method(input, split_size, dim=0):
    """Parts of a given length (the last may be shorter), or of given lengths."""
    size = split_size
    if not input._ref.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = axis(dim, input._ref.ndim)
    if isinstance(size, (tuple, list)):
        return split_with_sizes(input, size, dim)
    n, size = input._ref.shape[dim], operator.index(size)
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    return consecutive(input, dim, tuple([min(size, n - start) for start in range(0, max(n, 1), size or 1)]))


@form
def split_with_sizes(input, split_sizes, dim=0):
    """Parts of given lengths, which add up to the dimension's."""
    dim = axis(dim, input._ref.ndim)
    n = input._ref.shape[dim]
    if any(s < 0 for s in split_sizes):
        raise RuntimeError("split_with_sizes expects split_sizes have only non-negative entries, but got "
                           f"split_sizes={list(split_sizes)}")  # fmt: skip
    if sum(split_sizes) != n:
        raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension "
                           f"{dim}), but got split_sizes={list(split_sizes)}")  # fmt: skip
    return consecutive(input, dim, tuple(map(int, split_sizes)), "_split_with_sizes")


@form
@by_axis
def chunk(input, chunks, dim=0):
    """At most `chunks` parts of equal length (the last may be shorter)."""
    if not input._ref.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    chunks = operator.index(chunks)
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._ref.shape[axis(dim, input._ref.ndim)]
    size = -(-n // chunks)
    if size == 0:
        return consecutive(input, axis(dim, input._ref.ndim), (0,) * chunks)
    return split_method(input, size, dim)


def cuts_of(name, sections, indices, either):
    """What says where to cut: PyTorch has three names for it. Raises TypeError unless exactly one is given."""
    given = [value for value in (sections, indices, either) if value is not None]
    if len(given) != 1:
        raise TypeError(f"{name}() takes either sections or indices, but got {len(given)} of them")
    if not isinstance(given[0], Tensor):
        return given[0]
    if given[0].dtype is not dt.int64:
        raise RuntimeError(f"{name} expected tensor_indices_or_sections to have dtype of long, but got {given[0].dtype.title}")
    if given[0].ndim > 1:
        raise RuntimeError(f"{name} expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but "
                           f"got a tensor with {given[0].ndim} dims")  # fmt: skip
    return given[0].tolist()


@form
@by_axis
def tensor_split(input, sections=None, dim=0, *, indices=None, tensor_indices_or_sections=None):
    """Parts between given indices, or a number of nearly equal parts."""
    cuts = cuts_of("tensor_split", sections, indices, tensor_indices_or_sections)
    if not input._ref.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    dim = axis(dim, input._ref.ndim)
    n = input._ref.shape[dim]
    if isinstance(cuts, int):
        k = cuts
        if k <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {k}")
        lengths = [n // k + (i < n % k) for i in range(k)]
        cuts = [sum(lengths[:i]) for i in range(1, k)]
    else:
        cuts = [range(n)[i] if -n <= i < n else (n if i >= n else 0) for i in cuts]
    bounds = [0, *cuts, n]
    return tuple(slice_(input, dim, a, max(b - a, 0)) for a, b in itertools.pairwise(bounds))


def fixed_split(name, least, dim_of):
    """hsplit, vsplit, dsplit: tensor_split along a fixed dimension."""

    def split_along(input, sections=None, *, indices=None):
        sections = cuts_of(name, sections, indices, None)
        n = input._ref.ndim
        if n < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension{'s' * (least > 1)}, but got a "
                               f"tensor with {n} dimensions!")  # fmt: skip
        dim = dim_of(n)
        if isinstance(sections, int) and (sections == 0 or input._ref.shape[dim] % sections):
            raise RuntimeError(f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
                               f"{input._ref.shape[dim]} is not divisible by the split_size {sections}!")  # fmt: skip
        return tensor_split(input, sections, dim)

    split_along.__name__ = name
    split_along.__doc__ = (
        f"`tensor_split` along dimension {'of columns' if name[0] == 'h' else 'of rows' if name[0] == 'v' else 2}."
    )
    return form(split_along)


hsplit = fixed_split("hsplit", 1, lambda n: min(n - 1, 1))
vsplit = fixed_split("vsplit", 2, lambda n: 0)
dsplit = fixed_split("dsplit", 3, lambda n: 2)

METHODS["split"] = split_method
