"""Indexing as PyTorch does it: basic parts are views, tensors and lists gather; assignment writes through."""

import functools
import operator
import warnings

import numpy as np

from eagerjax import memory
from eagerjax.dispatch import apply
from eagerjax.forms.views import select, slice_, squeeze, unsqueeze
from eagerjax.namespace import METHODS, form, torch
from eagerjax.record.trace import state
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, concrete_array, from_array, shared_dims


def split_index(tensor, index):
    """(view, indices, positions): the basic part of an index applied as a view, and the tensors that gather from it."""
    items = items_of(index)
    aside = state.body is not None and not any(isinstance(i, (Tensor, list, np.ndarray)) and np.ndim(i) for i in items)
    items = [i if aside and is_place(i) else as_item(i) for i in items]
    left_out = tensor._ref.ndim - sum(consumed(i) for i in items)
    if left_out < 0:
        raise IndexError(too_many(tensor, items))
    view, dim, gathers = tensor, 0, []
    for place, item in enumerate(items):
        if item is Ellipsis:
            dim, left_out = dim + left_out, 0  # a second one stands for nothing
        elif type(item) is int:
            view = select_at(view, dim, item, place)
        else:
            view, dim = apply_item(view, dim, item, gathers)
    return view, gathers


def items_of(index):
    """The items of an index. A list that holds lists, slices or the like counts as a tuple of them."""
    if isinstance(index, tuple):
        return index
    if not isinstance(index, (list, range)) or len(index) >= MOST_ITEMS or not any(map(makes_tuple, index)):
        return (index,)
    warnings.warn("Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
                  "pytorch 2.9; use x[tuple(seq)] instead of x[seq].", UserWarning, stacklevel=4)  # fmt: skip
    return tuple(index)


MOST_ITEMS = 32
"""A longer list is one index, whatever it holds, as in PyTorch."""


def makes_tuple(item):
    return item is None or item is Ellipsis or isinstance(item, (Tensor, np.ndarray, slice, list, tuple, range))


def too_many(tensor, items):
    """What is wrong with an index of more items than the tensor has dimensions."""
    if tensor._ref.ndim or len(items) > 1 or isinstance(items[0], Tensor):
        return f"too many indices for tensor of dimension {tensor._ref.ndim}"
    if isinstance(items[0], slice):
        return "slice() cannot be applied to a 0-dim tensor."
    return ("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
            "0-dim tensor to a number")  # fmt: skip


def is_place(item):
    """Is this a 0-dim integer tensor? In the body of a loop its value is not known, so it gathers."""
    return isinstance(item, Tensor) and item.ndim == 0 and item.dtype.category == dt.INTEGER and item.dtype is not dt.uint8


def consumed(item):
    """How many dimensions an item of an index uses up."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, Tensor) and item.dtype in (dt.bool_, dt.uint8):
        return item.ndim
    return 1


def as_item(item):
    """Items of an index in few kinds: int, slice, None, Ellipsis, bool, Tensor."""
    if item is None or item is Ellipsis or isinstance(item, (bool, slice)) or type(item) is int:
        return item
    if isinstance(item, (bool, np.bool_)):
        return bool(item)
    if isinstance(item, Tensor):
        return item if item.ndim or item.dtype.category != dt.INTEGER or item.dtype is dt.uint8 else int(item.item())
    if isinstance(item, (list, tuple, range, np.ndarray)):
        made = torch.tensor(np.asarray(item) if not holds_tensors(item) else [int(i) for i in item])
        return made.long() if made.numel() == 0 and not isinstance(item, np.ndarray) else made
    if hasattr(item, "__index__"):
        return item.__index__()
    if isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(item).__name__})"
    )


def holds_tensors(item):
    return not isinstance(item, np.ndarray) and any(isinstance(i, Tensor) for i in item)


def apply_item(view, dim, item, gathers):
    """Apply one item at dimension `dim` of the view. Returns the view and the dimension after it."""
    if item is None:
        return unsqueeze(view, dim), dim + 1
    if isinstance(item, slice):
        return slice_dim(view, dim, item), dim + 1
    if isinstance(item, bool):
        view = unsqueeze(view, dim)
        gathers.append((dim, torch.zeros(1 if item else 0, dtype=dt.int64)))
        return view, dim + 1
    return tensor_item(view, dim, item, gathers)


def select_at(view, dim, item, place):
    """One element of dimension `dim`, which the error calls by the `place` of the item in the index."""
    n = view._ref.shape[dim]
    if not -n <= item < n:
        if item.bit_length() >= dt.int64.itemsize * 8:
            raise ValueError("Overflow when unpacking long long")
        raise IndexError(f"index {item} is out of bounds for dimension {place} with size {n}")
    return select(view, dim, item)


def tensor_item(view, dim, item, gathers):
    if item.dtype in (dt.bool_, dt.uint8):
        return mask_item(view, dim, item, gathers)
    if item.dtype not in (dt.int64, dt.int32):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    gathers.append((dim, item))
    return view, dim + 1


def mask_item(view, dim, mask, gathers):
    """A mask gathers at the positions where it holds: one index tensor per dimension of the mask."""
    if mask.ndim == 0:
        view = unsqueeze(view, dim)
        gathers.append((dim, mask.reshape(1).bool().nonzero().reshape(-1)))
        return view, dim + 1
    for i, n in enumerate(mask._ref.shape):
        have = view._ref.shape[dim + i]
        if n != have:
            raise IndexError(
                f"The shape of the mask {list(mask._ref.shape)} at index {i} does not match the shape of the "
                f"indexed tensor {list(view._ref.shape)} at index {dim + i}"
            )
    warn_of_bytes(mask)
    where = mask.nonzero()
    for i in range(mask.ndim):
        gathers.append((dim + i, where[:, i]))
    return view, dim + mask.ndim


def warn_of_bytes(mask):
    if mask.dtype is dt.uint8:
        warnings.warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
                      UserWarning, stacklevel=7)  # fmt: skip


def slice_dim(view, dim, item):
    step = 1 if item.step is None else as_int(item.step)
    if step <= 0:
        raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
    start, stop, step = slice(as_int(item.start), as_int(item.stop), step).indices(view._ref.shape[dim])
    length = max(0, -(-(stop - start) // step))
    if length == view._ref.shape[dim] and step == 1:
        return view
    return slice_(view, dim, start, length, step)


def as_int(bound):
    if bound is not None and not hasattr(bound, "__index__"):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return None if bound is None else operator.index(bound)


def get_item(self, index):
    """`self[index]`."""
    view, gathers = split_index(self, index)
    if gathers:
        return gather_at(view, gathers)
    return view if view is not self else same(self)


def same(tensor):
    """A new alias of all of a tensor (`x[:]`, `x[...]`)."""
    from eagerjax.forms.views import view_of  # noqa: PLC0415

    shape = tensor._ref.shape
    return view_of(tensor, "_reshape", (shape,), shape, tensor.stride(), tensor._offset)


def check_empty(view, gathers):
    for dim, index in gathers:
        if view._ref.shape[dim] == 0 and index.numel():
            raise IndexError("index is out of bounds for dimension with size 0")


def gather_at(view, gathers):
    check_empty(view, gathers)
    if view._array is None and view._trace is None and (part := memory.large_region_of(view)) is not None:
        return gather_there(part, gathers)
    return apply("index", view, [t for _, t in gathers], positions=tuple(d for d, _ in gathers))


def gather_there(part, gathers):
    """Rows of a large numpy array that shares a tensor's memory: to look at all of it, for changes, would cost more."""
    index = [slice(None)] * part.ndim
    for dim, places in gathers:
        index[dim] = np.asarray(concrete_array(places))
    return from_array(np.ascontiguousarray(part[tuple(index)]))


def set_item(self, index, value):
    """`self[index] = value`."""
    if not isinstance(value, Tensor):
        check_number(self, value)
    simple_mask = isinstance(index, Tensor) and index.dtype is dt.bool_ and index._ref.shape == self._ref.shape
    if simple_mask and not (isinstance(value, Tensor) and value.ndim):
        return fill_mask(self, index, value)
    view, gathers = split_index(self, index)
    if gathers and is_single(value):
        check_masks(index)
    if not isinstance(value, Tensor):
        value = torch.tensor(value, dtype=self.dtype, device=self.device)
    if not gathers:
        target = view if view is not self else same(self)
        return write_part(target, value)
    if value.dtype is not self.dtype:
        if not (value.numel() == 1 and is_one_mask(index)):
            raise other_dtype(self, value)
        value = value.to(self.dtype)
    while value.ndim and value._ref.shape[0] == 1:
        value = squeeze(value, 0)
    put(view, gathers, value, False)
    return None


def is_one_mask(index):
    """Is one mask all that is to be looked up? Then an assignment fills in one value, of whatever dtype."""
    items = [i for i in (index if isinstance(index, tuple) else (index,)) if isinstance(i, (Tensor, np.ndarray, list))]
    return len(items) == 1 and torch.as_tensor(items[0]).dtype in (dt.bool_, dt.uint8)


def other_dtype(target, value):
    return RuntimeError(
        f"Index put requires the source and destination dtypes match, got {target.dtype.title} for the destination and "
        f"{value.dtype.title} for the source."
    )


def check_number(target, value):
    """Raises TypeError for what is no number, RuntimeError for a number that the target's dtype cannot hold.

    Half precision takes any, as infinity if need be.
    """
    if not isinstance(value, (int, float, complex)):
        kind = type(value)
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        raise TypeError(f"can't assign a {name} to a torch.{target.type_name()}")
    if target.dtype not in (dt.float16, dt.bfloat16):
        dt.check_fits(value, target.dtype)


def is_single(value):
    return not isinstance(value, Tensor) or value.numel() == 1


def check_masks(index):
    """One value is filled in, which masks of bytes are not for."""
    items = index if isinstance(index, tuple) else (index,)
    tensors = [i for i in items if isinstance(i, Tensor) and i.ndim]
    if len(tensors) == 1 and tensors[0].dtype is dt.uint8:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")


def fill_mask(self, mask, value):
    """Fill in one value where a mask of the tensor's shape holds; a place that several elements share is filled by any."""
    from eagerjax.install import write  # noqa: PLC0415

    if shared := shared_dims(self):
        mask = mask.any(shared, keepdim=True)
        for d in shared:
            self = slice_(self, d, 0, 1, 1)
    write(
        self,
        torch.where(mask, value if isinstance(value, Tensor) else torch.tensor(value, dtype=self.dtype), self).to(
            self.dtype
        ),
        overlap=True,
    )


def write_part(target, value):
    """Copy into a view; leading dimensions of length 1 of the value may be left out, as in PyTorch."""
    while value.ndim > target.ndim and value._ref.shape[0] == 1:
        value = squeeze(value, 0)
    if value._ref.shape == target._ref.shape:
        target.copy_(value)
    elif value.ndim:
        target.copy_(value.expand(target._ref.shape))
    else:
        target.fill_(value)  # one number of the same memory may be written to its other places


@functools.cache
def warn_of_expanded(name, example):
    warnings.warn(f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this operation. "
                  f"This also applies to advanced indexing e.g. {example}", stacklevel=4)  # fmt: skip


def one_place_each(view, gathers):
    """The same, of a tensor that is not expanded: all that is looked up along an expanded dimension is one place."""
    expanded = shared_dims(view)
    if not expanded or not {d for d, _ in gathers}.issuperset(expanded):
        return view, gathers
    warn_of_expanded("index_put_", "tensor[indices] = tensor")
    check_bounds(view, gathers)
    for d in expanded:
        view = slice_(view, d, 0, 1, 1)
    return view, [(d, torch.zeros_like(i) if d in expanded else i) for d, i in gathers]


def check_bounds(view, gathers):
    """Raises IndexError for a place that is not there."""
    for d, index in gathers:
        if index.numel():
            torch.zeros(view._ref.shape[d], device=view.device)[index]


def put(view, gathers, value, accumulate):
    from eagerjax.install import check_apart, check_writable, write  # noqa: PLC0415

    view, gathers = one_place_each(view, gathers)
    check_writable(view, value)
    check_apart(view, (value, *(t for _, t in gathers)))
    check_empty(view, gathers)
    indices, positions = [t for _, t in gathers], tuple(d for d, _ in gathers)
    write(view, apply("_index_put", view, value, indices, positions=positions, accumulate=accumulate))


@form(homes="Tensor torch")
def index_put_(input, indices, values, accumulate=False):
    """`input[indices] = values`, or `+=` with every occurrence of an index counted if `accumulate`."""
    from eagerjax.install import check_writable  # noqa: PLC0415

    check_writable(input, values, overlap=True)
    view, gathers = split_index(input, tuple(slice(None) if i is None else i for i in indices))
    if not accumulate and is_single(values):
        check_masks(tuple(indices))
    if values.dtype is not input.dtype:
        raise other_dtype(input, values)
    if not gathers:
        values = values.expand(view._ref.shape)  # raises RuntimeError where it does not fit
        view.copy_(view + values if accumulate else values)
    else:
        put(view, gathers, values, accumulate)
    return input


@form
def index_put(input, indices, values, accumulate=False):
    """`index_put_` on a copy."""
    return index_put_(input.clone(), indices, values, accumulate)


METHODS["__getitem__"] = get_item
METHODS["__setitem__"] = set_item
