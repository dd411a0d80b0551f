"""Ops that read or write at index tensors along one dimension: gather, scatter, index_*, take, put, masked_*."""

import math

import jax
import jax.numpy as jnp

from eagerjax.ops.define import Scalar, dimension, op
from eagerjax.ops.indexing import (
    add_at,
    add_flat,
    bounds_fault,
    flat_positions,
    from_front,
    outside,
    pick,
    put_flat,
    read,
    write,
)  # fmt: skip
from eagerjax.ops.kinds import is_complex, is_inexact, type_name
from eagerjax.runtime import dtype as dt


# -- checks --------------------------------------------------------------------------
def _check_index(name, input, dim, index, src=None):
    """The axis. Raises as PyTorch does where the index's dtype or shape do not fit input (and src)."""
    axis = dimension(dim, input.ndim)
    if index.size == 0:
        return axis
    if index.dtype not in (jnp.int64, jnp.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(input.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if src is not None and max(index.ndim, 1) != max(src.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    for d, n in enumerate(index.shape):
        if input.ndim and d != axis and n > input.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than "
                f"self {list(input.shape)} apart from dimension {axis}"
            )
        if src is not None and src.ndim and n > src.shape[d]:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart from "
                f"dimension {axis} and to be no larger size than src {list(src.shape)}"
            )
    return axis


def _along_faults(input, dim, index, *_, **__):
    axis = dimension(dim, input.ndim)
    n = input.shape[axis] if input.ndim else 1
    return [bounds_fault(index, n, axis, low=0, error=RuntimeError)]


def _row_faults(error, low=None, text="{}"):
    def faults(input, dim, index, *_, **__):
        if input.size == 0:
            return []
        axis = dimension(dim, input.ndim)
        return [bounds_fault(index, input.shape[axis] if input.ndim else 1, axis, low=low, error=error, text=text)]

    return faults


# -- gather and scatter ----------------------------------------------------------------
@op(faults=_along_faults, saves="", out="exact apart")
def gather(input, dim: int, index, *, sparse_grad: bool = False):
    """Elements at `index` along `dim`: out[i][j] = input[index[i][j]][j] for dim 0.

    >>> gather(tensor([[1., 2.], [3., 4.]]), 1, tensor([[1], [0]]))
    tensor([[2.],
            [3.]])
    """
    return pick(input, index, _check_index("gather", input, dim, index))


def _source(input, index, src, value, name):
    """What is scattered, in the shape of `index`: a number, or the corner of `src` that the index covers."""
    if src is None:
        return jnp.broadcast_to(jnp.asarray(value).astype(input.dtype), index.shape)
    if src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    corner = src.reshape(src.shape or (1,) * index.ndim)[tuple(slice(0, n) for n in index.shape)]
    return corner.reshape(index.shape)


def _scattering(name, input, dim, index, src, value=None):
    """(flat positions, values), or None where there is nothing to scatter."""
    if src is value is None:
        raise TypeError(f"{name}(): argument 'src' must be Tensor, not NoneType")
    axis = _check_index(name, input, dim, index, src)
    if index.size == 0:
        return None
    values = _source(input, index, src, value, name)
    positions = flat_positions(index, axis, input.shape) if input.ndim else jnp.zeros(index.shape, jnp.uint32)
    return positions, values


def _times_flat(x, positions, values):
    if x.dtype == jnp.bool_:
        return _times_flat(x.astype(jnp.int32), positions, values.astype(jnp.int32)) != 0
    flat = x.reshape(-1).at[positions.reshape(-1)].multiply(values.reshape(-1), mode="promise_in_bounds")
    return flat.reshape(x.shape)


_SCATTER = {None: put_flat, "add": add_flat, "multiply": _times_flat}


_NUMBER = (bool, int, float, complex)


def _tensor_to_scatter(name, takes_value=False):
    """Refuses a number as `src`, but for the overload `scatter(input, dim, index, value)`."""

    def reroute(args, kwargs):
        if takes_value and len(args) == 4 and isinstance(args[3], _NUMBER) and "value" not in kwargs:
            return name, args[:3], {**kwargs, "value": args[3]}
        src = args[3] if len(args) > 3 else kwargs.get("src")
        if isinstance(src, _NUMBER):
            raise TypeError(f"{name}(): argument 'src' must be Tensor, not {type(src).__name__}")
        return None

    return reroute


@op(inplace=True, faults=_along_faults, saves="", out="exact", reroute=_tensor_to_scatter("scatter", takes_value=True))
def scatter(input, dim: int, index, src=None, *, value: Scalar = None, reduce: str = None):
    """`input` with `src` (or the number `value`) written at `index` along `dim`; `reduce`: "add" or "multiply".

    out[index[i][j]][j] = src[i][j] for dim 0.
    """
    if reduce not in _SCATTER:
        raise RuntimeError("reduce argument must be either add or multiply.")
    found = _scattering("scatter", input, dim, index, src, value)
    return input if found is None else _SCATTER[reduce](input, *found)


@op(inplace=True, faults=_along_faults, saves="", out="exact", reroute=_tensor_to_scatter("scatter_add"))
def scatter_add(input, dim: int, index, src):
    """`input` with `src` added at `index` along `dim`."""
    found = _scattering("scatter_add", input, dim, index, src)
    return input if found is None else add_flat(input, *found)


@op(inplace=True, faults=_along_faults, reroute=_tensor_to_scatter("scatter_reduce"))
def scatter_reduce(input, dim: int, index, src, reduce: str, *, include_self: bool = True):
    """`input` with `src` reduced into it at `index` along `dim`: "sum", "prod", "mean", "amax" or "amin".

    Without `include_self` an element that is written at forgets its own value.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    found = _scattering("scatter_reduce", input, dim, index, src)
    return input if found is None else _reduce_flat(input, *found, reduce, include_self)


def _reduce_flat(x, positions, values, reduce, include_self):
    shape, x, at, values = x.shape, x.reshape(-1), positions.reshape(-1), values.reshape(-1)
    if not include_self:
        x = write(x, (at,), jnp.asarray(_identity(reduce, x.dtype), x.dtype))
    if reduce == "sum":
        out = add_flat(x, at, values)
    elif reduce == "mean":
        count = add_flat(jnp.ones(x.shape, jnp.int32), at, jnp.ones(at.shape, jnp.int32))
        if not include_self:
            count = jnp.maximum(add_flat(jnp.zeros(x.shape, jnp.int32), at, jnp.ones(at.shape, jnp.int32)), 1)
        total, count = add_flat(x, at, values), count.astype(x.dtype)
        out = total / count if is_inexact(x) else total // count
    elif reduce == "prod":
        out = _product_at(x, at, values)
    else:
        out = _extreme_at(x, at, values, reduce)
    return out.reshape(shape)


def _identity(reduce, dtype):
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if jnp.issubdtype(dtype, jnp.floating):
        return -math.inf if reduce == "amax" else math.inf
    if dtype == jnp.bool_:
        return reduce == "amin"
    info = jnp.iinfo(dtype)
    return info.min if reduce == "amax" else info.max


def _extreme_at(x, at, values, reduce):
    """Maximum or minimum into x; equal extremes, x's own among them, share the gradient."""

    @jax.custom_jvp
    def f(x, values):
        method = x.at[at].max if reduce == "amax" else x.at[at].min
        return method(values, mode="promise_in_bounds")

    @f.defjvp
    def jvp(args, along):
        x, values = args
        r = f(x, values)
        own, theirs = (x == r).astype(x.dtype), (values == read(r, (at,))).astype(x.dtype)
        share = add_flat(own, at, theirs)
        share = jnp.where(share == 0, 1, share)
        return r, add_flat(own * along[0], at, theirs * along[1]) / share

    return f(x, values)


def _product_at(x, at, values):
    """Products into x. Each factor's derivative is the product of the others, also where factors are zero."""

    @jax.custom_jvp
    def f(x, values):
        return _times_flat(x, at, values)

    @f.defjvp
    def jvp(args, along):
        x, values = args
        ones = jnp.ones_like
        nonzero = f(jnp.where(x == 0, ones(x), x), jnp.where(values == 0, ones(values), values))
        zeros = add_flat((x == 0).astype(jnp.int32), at, (values == 0).astype(jnp.int32))

        def others(e, product, zeros):
            is_zero = e == 0
            return jnp.where(zeros == is_zero, product / jnp.where(is_zero, ones(e), e), 0)

        slope = others(values, read(nonzero, (at,)), read(zeros, (at,)))
        return f(x, values), add_flat(others(x, nonzero, zeros) * along[0], at, slope * along[1])

    return f(x, values)


# -- whole rows --------------------------------------------------------------------------
def _rows(name, input, dim, index, error=IndexError):
    """(axis, input with a dimension, 1-d index). Raises as PyTorch does for an index that is no vector of ints."""
    axis = dimension(dim, input.ndim)
    if index.ndim > 1:
        raise error(f"{name}(): Index is supposed to be a vector")
    if index.dtype not in (jnp.int64, jnp.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
    return axis, input.reshape(1) if input.ndim == 0 else input, index.reshape(-1)


_IN_SELF = "index out of range in self: {}"


def _selected_faults(input, dim, index, *_, **__):
    if input.size:
        return _row_faults(IndexError, low=0, text=_IN_SELF)(input, dim, index)
    axis = dimension(dim, input.ndim)
    text = "INDICES element is out of DATA bounds: {}"
    return [bounds_fault(index, input.shape[axis], axis, low=0, error=RuntimeError, text=text)] if input.shape[axis] else []


@op(faults=_selected_faults, saves="", out="exact apart")
def index_select(input, dim: int, index):
    """Rows of `input` along `dim`, chosen by the 1-d `index`."""
    axis, x, index = _rows("index_select", input, dim, index)
    if input.ndim == 0:
        if index.size != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)")
        return input
    if x.shape[axis] == 0 and index.size:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if x.size == 0 or index.size == 0:
        return jnp.zeros((*x.shape[:axis], index.size, *x.shape[axis + 1 :]), x.dtype)
    return read(x, (from_front(index, x.shape[axis]),), (axis,))


def _check_rows(name, input, axis, index, source):
    """Raises RuntimeError where the rows of `source` do not fit those of `input` at `index`."""
    _check_kinds(name, input, axis, index, source)
    count = source.shape[axis] if source.ndim else 1
    if index.size != count:
        raise RuntimeError(_how_many(name, index, count, axis))
    if input.ndim and source.ndim:
        fit = _without(input.shape, axis) == _without(source.shape, axis)
    else:
        fit = input.shape == source.shape
    if not fit:
        raise RuntimeError("source tensor shape must match self tensor shape, excluding the specified dimension. "
                           f"Got self.shape = {list(input.shape)} source.shape = {list(source.shape)}")  # fmt: skip
    if input.shape[:1] == (0,) and input.ndim == 1 and index.size:
        raise IndexError("index out of range in self")


def _check_copied_rows(name, input, axis, index, source):
    """As `_check_rows` for index_copy, which has rules and exception types of its own."""
    _check_kinds(name, input, axis, index, source)
    if input.ndim and source.ndim and input.ndim != source.ndim:
        raise IndexError(
            f"{name}(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.ndim}), destination dimensionality ({input.ndim})"
        )
    if _without(input.shape, axis) != _without(source.shape, axis):
        raise RuntimeError(
            f"{name}(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{list(_without(input.shape, axis))} and source slice shape: {list(_without(source.shape, axis))}"
        )
    count = source.shape[axis] if source.ndim else 1
    if index.size != count:
        raise IndexError(_how_many(name, index, count, axis))
    if input.ndim and input.shape[axis] == 0 and index.size:
        raise RuntimeError(f"{name}(): index is out of bounds for dimension {axis} with size 0")


def _check_kinds(name, input, axis, index, source):
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"{name}(): self ({type_name(input.dtype)}) and source ({type_name(source.dtype)}) must have the "
            "same scalar type"
        )
    if not source.ndim and index.size != 1:
        raise IndexError(f"Dimension specified as {axis} but tensor has no dimensions")


def _how_many(name, index, count, axis):
    return f"{name}(): Number of indices ({index.size}) should be equal to source.size(dim): ({count}), for dim: {axis}"


def _without(shape, axis):
    return shape[:axis] + shape[axis + 1 :]


def _check_filling(args, kwargs):
    """Raises RuntimeError for a number that the tensor's dtype cannot hold."""
    value = kwargs.get("value", args[-1] if args else None)
    if args and isinstance(value, (int, float, complex)):
        dt.check_fits(value, args[0].dtype)


@op(inplace=True, faults=_row_faults(RuntimeError, low=0), saves="", out="exact")
def index_add(input, dim: int, index, source, *, alpha: Scalar = 1):
    """`input` with the rows `alpha * source` added at `index` along `dim`; equal indices add up."""
    axis, x, index = _rows("index_add_", input, dim, index)
    _check_rows("index_add_", input, axis, index, source)
    if not (isinstance(alpha, (int, float)) and alpha == 1):
        source = source * jnp.asarray(alpha).astype(source.dtype)
    return _row_update(add_at, input, x, index, source, axis)


@op(inplace=True, faults=_row_faults(IndexError, low=0, text="index_copy_(): {}"), saves="", out="exact")
def index_copy(input, dim: int, index, source):
    """`input` with the rows of `source` written at `index` along `dim`."""
    axis, x, index = _rows("index_copy_", input, dim, index)
    _check_copied_rows("index_copy_", input, axis, index, source)
    return _row_update(write, input, x, index, source, axis)


def _row_update(how, input, x, index, source, axis):
    if index.size == 0 or x.size == 0:
        return input
    shape = (*x.shape[:axis], index.size, *x.shape[axis + 1 :])
    return how(x, (from_front(index, x.shape[axis]),), source.reshape(shape), (axis,)).reshape(input.shape)


@op(faults=_row_faults(IndexError), reroute=_check_filling)  # forms/expanded.py has the in-place form
def index_fill(input, dim: int, index, value):
    """`input` with `value` (a number or 0-dim tensor) in the rows `index` along `dim`."""
    if index.dtype != jnp.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    axis, x, index = _rows("index_fill_", input, dim, index)
    value = _fill_value("index_fill_", input, value)
    if index.size and x.shape[axis] == 0:
        raise IndexError(f"index is out of bounds for dimension {axis} with size 0")
    if index.size == 0 or x.size == 0:
        return input
    n = x.shape[axis]
    hit = jnp.zeros(n, bool).at[from_front(index, n)].set(True, mode="drop")
    return jnp.where(hit.reshape([n if d == axis else 1 for d in range(x.ndim)]), value, x).reshape(input.shape)


@op(inplace=True, faults=_row_faults(IndexError, low=0, text=_IN_SELF))
def index_reduce(input, dim: int, index, source, reduce: str, *, include_self: bool = True):
    """`input` with the rows of `source` reduced into it at `index`: "prod", "mean", "amax" or "amin"."""
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    axis, x, index = _rows("index_reduce", input, dim, index)
    _check_rows("index_reduce", input, axis, index, source)
    if source.size == 0:
        return input
    shape = (*x.shape[:axis], index.size, *x.shape[axis + 1 :])
    wide = jnp.broadcast_to(index.reshape([-1 if d == axis else 1 for d in range(x.ndim)]), shape)
    return _reduce_flat(x, flat_positions(wide, axis, x.shape), source.reshape(shape), reduce, include_self).reshape(
        input.shape
    )


# -- flattened positions -------------------------------------------------------------------
def _flat_faults(input, index, *_, **__):
    message = f"out of range: tried to access index {{}} on a tensor of {input.size} elements."
    return [(outside(index, input.size), IndexError, message)]


def _check_long(name, index):
    if index.dtype != jnp.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {type_name(index.dtype)}")


@op(faults=_flat_faults, saves="", out="exact apart", numbers="none")
def take(input, index):
    """Elements of the flattened `input` at `index`, in the shape of `index`."""
    _check_long("take", index)
    if index.size == 0:
        return jnp.zeros(index.shape, input.dtype)
    if input.size == 0:
        raise IndexError("take(): tried to take from an empty tensor")
    return read(input.reshape(-1), (from_front(index, input.size),))


@op(inplace=True, homes="torch Tensor", faults=_flat_faults, saves="")
def put(input, index, source, accumulate: bool = False):
    """`input` with `source` written (or added) at positions of its flattened self."""
    _check_long("put_", index)
    if index.size != source.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.size}, index.numel() = {index.size}"
        )
    if source.dtype != input.dtype:
        raise RuntimeError(f"put_(): self and source expected to have the same dtype, but got self.dtype = "
                           f"{type_name(input.dtype)} and source.dtype = {type_name(source.dtype)}")  # fmt: skip
    if index.size == 0:
        return input
    if input.size == 0:
        raise IndexError("put_(): tried to put elements into an empty tensor")
    return (add_flat if accumulate else put_flat)(input, from_front(index, input.size), source)


def _take_along_faults(input, indices, dim=None):
    n = input.size if dim is None else input.shape[dimension(dim, input.ndim)] if input.ndim else 1
    return [bounds_fault(indices, n, 0 if dim is None else dim, error=RuntimeError)]


@op(faults=_take_along_faults, saves="", out="exact apart", numbers="none")
def take_along_dim(input, indices, dim: int = None):
    """Elements at `indices` along `dim`, the other dimensions broadcast; without `dim` of the flattened input."""
    if indices.dtype != jnp.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {type_name(indices.dtype)}"
        )
    if dim is None:
        return read(input.reshape(-1), (from_front(indices.reshape(-1), input.size),))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    axis = dimension(dim, input.ndim)
    if input.ndim == 0:
        return input
    one = lambda shape: tuple(1 if d == axis else n for d, n in enumerate(shape))  # noqa: E731
    common = jnp.broadcast_shapes(one(input.shape), one(indices.shape))
    wide = lambda x: jnp.broadcast_to(x, tuple(x.shape[axis] if d == axis else n for d, n in enumerate(common)))  # noqa: E731
    return pick(wide(input), from_front(wide(indices), input.shape[axis]), axis)


# -- masks ---------------------------------------------------------------------------------
def _fill_value(name, input, value):
    """`value` in the dtype of `input`. Raises RuntimeError for one with dimensions, or complex for real."""
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"{name} only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    value = jnp.asarray(value)
    if is_complex(value) and not is_complex(input):
        raise RuntimeError(f"value cannot be converted to type {type_name(input.dtype).lower()} without overflow")
    return value.astype(input.dtype)


@op(reroute=_check_filling, sizeless=True)  # forms/expanded.py has the in-place form
def masked_fill(input, mask, value):
    """`input` with `value` (a number or 0-dim tensor) where the boolean `mask`, broadcast, is True.

    >>> masked_fill(tensor([1., 2.]), tensor([True, False]), 0)
    tensor([0., 2.])
    """
    if mask.dtype != jnp.bool_:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype "
                           f"{dt.in_cpp(dt.from_np(mask.dtype))}")  # fmt: skip
    return jnp.where(mask, _fill_value("masked_fill_", input, value), input)


def _masked_scatter_faults(input, mask, source):
    shape = jnp.broadcast_shapes(input.shape, mask.shape)
    count = jnp.sum(jnp.broadcast_to(mask, shape), dtype=jnp.int64)
    return [
        (count > source.size, RuntimeError, "masked_scatter: Number of elements of source < number of ones in mask")
    ]


@op(inplace=True, faults=_masked_scatter_faults)
def masked_scatter(input, mask, source):
    """`input` with successive elements of `source` where the boolean `mask`, broadcast, is True."""
    if mask.dtype != jnp.bool_:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {type_name(mask.dtype)}"
        )
    if source.dtype != input.dtype:
        raise RuntimeError("masked_scatter: expected self and source to have same dtypes but got "
                           f"{type_name(input.dtype)} and {type_name(source.dtype)}")  # fmt: skip
    shape = jnp.broadcast_shapes(input.shape, mask.shape)
    mask = jnp.broadcast_to(mask, shape)
    if mask.size == 0 or source.size == 0:
        return jnp.broadcast_to(input, shape)
    nth = jnp.cumsum(mask.reshape(-1), dtype=jnp.int32) - 1
    nth = jnp.clip(nth, 0, source.size - 1).astype(jnp.uint32)
    return jnp.where(mask, read(source.reshape(-1), (nth,)).reshape(shape), input)
