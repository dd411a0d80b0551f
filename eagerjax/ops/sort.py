"""Order: sort, argsort, topk, kthvalue, median, mode, searchsorted.

XLA's CPU sort is quick for one unsigned integer operand only, so there values become order-preserving integers
that carry their index in the low half.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import dimension, op, reduction
from eagerjax.ops.extremum import best_index, check_nonempty, chosen_value
from eagerjax.ops.indexing import pick
from eagerjax.ops.kinds import is_bool, is_complex, is_floating, nan_mask, refuse


def order_key(x):
    """Unsigned integers in the order of x: -0 ties with 0, NaN comes last."""
    if is_bool(x):
        return x.astype(jnp.uint8)
    bits = x.dtype.itemsize * 8
    unsigned = jnp.dtype(f"uint{bits}")
    sign = np.array(1 << (bits - 1), unsigned)
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        return x
    if not is_floating(x):
        return lax.bitcast_convert_type(x, unsigned) ^ sign
    b = lax.bitcast_convert_type(jnp.where(x == 0, jnp.zeros_like(x), x), unsigned)
    key = jnp.where(b >= sign, ~b, b | sign)
    return jnp.where(x != x, ~np.zeros((), unsigned), key)


def order(x, axis, descending=False):
    """Indices (int64) that sort x along `axis`, equal elements in their order. Plain form, for GPU and TPU."""
    key = order_key(x)
    key = ~key if descending and not is_bool(x) else 1 - key if descending else key
    at = lax.broadcasted_iota(jnp.int32, x.shape, axis)
    return lax.sort((key, at), dimension=axis, is_stable=True, num_keys=1)[1].astype(jnp.int64)


def order_packed(x, axis, descending=False):
    """The same with key and index in one 64-bit integer, for CPUs."""
    key = order_key(x)
    if key.dtype.itemsize > 4:
        return order(x, axis, descending)
    key = key.astype(jnp.uint32)
    key = (~key if descending else key).astype(jnp.uint64) << np.uint64(32)
    packed = lax.sort(key | lax.broadcasted_iota(jnp.uint64, x.shape, axis), dimension=axis, is_stable=False)
    return (packed & np.uint64(0xFFFFFFFF)).astype(jnp.int64)


def _axis_of(input, dim, name):
    if is_complex(input):
        raise RuntimeError(f" {name} does not support complex dtypes on CPU")
    return dimension(dim, input.ndim)


def _sort(input, dim, descending, order):
    axis = _axis_of(input, dim, "Sort")
    if input.ndim == 0 or input.size == 0:
        return input, jnp.zeros(input.shape, jnp.int64)
    index = order(lax.stop_gradient(input), axis, descending)
    return pick(input, index, axis), index


@op(returns=("values", "indices"), out="exact")
def sort(input, dim: int = -1, descending: bool = False, *, stable: bool = False):
    """(values, indices) in order along `dim`; NaN counts as the largest. Equal elements keep their order.

    >>> sort(tensor([3., 1., 2.])).indices
    tensor([1, 2, 0])
    """
    return _sort(input, dim, descending, order)


@sort.on("cpu")
def _(input, dim=-1, descending=False, *, stable=False):
    return _sort(input, dim, descending, order_packed)


@op(differentiable=False)
def argsort(input, dim: int = -1, descending: bool = False, *, stable: bool = False):
    """Indices that put `input` in order along `dim`."""
    return _sort(input, dim, descending, order)[1]


@argsort.on("cpu")
def _(input, dim=-1, descending=False, *, stable=False):
    return _sort(input, dim, descending, order_packed)[1]


@op(out="exact")
def msort(input):
    """`input` in order along its first dimension."""
    return _sort(input, 0, False, order)[0]


@msort.on("cpu")
def _(input):
    return _sort(input, 0, False, order_packed)[0]


# -- the largest and the k-th -------------------------------------------------------------
@op(returns=("values", "indices"), out="exact")
def topk(input, k: int, dim: int = -1, largest: bool = True, sorted: bool = True):
    """The k largest (or smallest) elements along `dim` in order: (values, indices). NaN counts as the largest."""
    if is_bool(input):
        raise RuntimeError("topk does not support bool dtypes on CPU")
    axis = _axis_of(input, dim, "topk")
    if k < 0 or k > (input.shape[axis] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input.ndim == 0:
        return (input, jnp.zeros((), jnp.int64)) if k else (jnp.zeros(0, input.dtype), jnp.zeros(0, jnp.int64))
    shape = (*input.shape[:axis], k, *input.shape[axis + 1 :])
    if input.size == 0 or k == 0:
        return jnp.zeros(shape, input.dtype), jnp.zeros(shape, jnp.int64)
    index = _top_index(lax.stop_gradient(input), k, axis, largest)
    return pick(input, index, axis), index


def _top_index(x, k, axis, largest):
    if k == 1 and largest:
        return best_index(x, axis, True)
    x = jnp.moveaxis(x, axis, -1)
    if is_floating(x):  # top_k goes by the total order, in which a negative NaN is the least
        x = jnp.where(x == 0, 0, jnp.where(x != x, jnp.nan, x)).astype(jnp.promote_types(x.dtype, jnp.float32))
        x = x if largest else -x
    elif not largest:
        x = ~x
    return jnp.moveaxis(lax.top_k(x, k)[1], -1, axis).astype(jnp.int64)


def _take_nth(input, index, nth, axis, keepdim):
    """(values, indices) at rank `nth` of the order `index`."""
    at = pick(index, nth, axis)
    values = pick(input, at, axis)
    return (values, at) if keepdim else (jnp.squeeze(values, axis), jnp.squeeze(at, axis))


def _kthvalue(input, k, dim, keepdim, order):
    refuse(input, "kthvalue_cpu", boolean=True, complex_=True)
    axis = _axis_of(input, dim, "kthvalue")
    if input.ndim and input.shape[axis] == 0:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    if k < 1 or k > (input.shape[axis] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    index = order(lax.stop_gradient(input), axis)
    nth = jnp.full((*input.shape[:axis], 1, *input.shape[axis + 1 :]), k - 1)
    return _take_nth(input, index, nth, axis, keepdim)


@reduction(returns=("values", "indices"), out="exact apart")
def kthvalue(input, k: int, dim: int = -1, keepdim: bool = False):
    """The k-th smallest element along `dim`, counted from 1: (values, indices)."""
    return _kthvalue(input, k, dim, keepdim, order)


@kthvalue.on("cpu")
def _(input, k, dim=-1, keepdim=False):
    return _kthvalue(input, k, dim, keepdim, order_packed)


# -- medians ------------------------------------------------------------------------------
def _median(name, input, dim, keepdim, order, skip_nan):
    refuse(input, f"{name}_cpu", boolean=True, complex_=True)
    if dim is None:
        return _median_of_all(input, order, skip_nan)
    axis = dimension(dim, input.ndim)
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    check_nonempty(name, input, (axis,))
    x = lax.stop_gradient(input)
    index, missing = order(x, axis), nan_mask(x)
    count = x.shape[axis] - jnp.sum(missing, axis=axis, keepdims=True)
    middle = jnp.maximum(count - 1, 0) // 2
    if not skip_nan:
        middle = jnp.where(count < x.shape[axis], count, middle)
    return _take_nth(input, index, middle, axis, keepdim)


def _median_of_all(input, order, skip_nan):
    """Of the flattened input; equal elements share the gradient."""
    if input.size == 0:
        empty = jnp.nan if is_floating(input) else jnp.iinfo(input.dtype).min
        return jnp.asarray(empty, input.dtype)
    return chosen_value(input.reshape(-1), lambda flat: _median("median", flat, 0, False, order, skip_nan)[0])


@reduction(returns=("values", "indices"), out="exact")
def median(input, dim: int = None, keepdim: bool = False):
    """The lower median of all elements; with `dim`, (values, indices) along it. NaN if there is any.

    >>> median(tensor([4., 1., 3., 2.]))
    tensor(2.)
    """
    return _median("median", input, dim, keepdim, order, False)


@median.on("cpu")
def _(input, dim=None, keepdim=False):
    return _median("median", input, dim, keepdim, order_packed, False)


@reduction(returns=("values", "indices"), out="exact")
def nanmedian(input, dim: int = None, keepdim: bool = False):
    """`median` of the elements that are not NaN."""
    return _median("nanmedian", input, dim, keepdim, order, True)


@nanmedian.on("cpu")
def _(input, dim=None, keepdim=False):
    return _median("nanmedian", input, dim, keepdim, order_packed, True)


# -- the most frequent -------------------------------------------------------------------
def _mode(input, dim, keepdim, order):
    axis = _axis_of(input, dim, "mode")
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    if input.size == 0 and input.shape[axis] == 0:
        check_nonempty("mode", input, (axis,))
    shape = tuple(1 if d == axis else n for d, n in enumerate(input.shape))
    if input.size == 0:
        shape = shape if keepdim else shape[:axis] + shape[axis + 1 :]
        return jnp.zeros(shape, input.dtype), jnp.zeros(shape, jnp.int64)
    index = order(lax.stop_gradient(input), axis)
    values = pick(lax.stop_gradient(input), index, axis)
    at = lax.broadcasted_iota(jnp.int32, input.shape, axis)
    starts = jnp.where(values == jnp.roll(values, 1, axis), 0, at)
    length = at - lax.cummax(starts, axis)
    return _take_nth(input, index, best_index(length, axis, True), axis, keepdim)


@reduction(returns=("values", "indices"), out="exact")
def mode(input, dim: int = -1, keepdim: bool = False):
    """The most frequent element along `dim` (of equals the smallest), and the index of its last place."""
    return _mode(input, dim, keepdim, order)


@mode.on("cpu")
def _(input, dim=-1, keepdim=False):
    return _mode(input, dim, keepdim, order_packed)


# -- where a value belongs ---------------------------------------------------------------
def _search(boundaries, values, right, out_int32, method):
    side = "right" if right else "left"
    if boundaries.ndim == 1:
        found = jnp.searchsorted(boundaries, values, side=side, method=method)
    else:
        n = boundaries.shape[-1]
        rows, wanted = boundaries.reshape(-1, n), values.reshape(-1, values.shape[-1])
        found = jax.vmap(lambda r, w: jnp.searchsorted(r, w, side=side, method=method))(rows, wanted)
        found = found.reshape(values.shape)
    return found.astype(jnp.int32 if out_int32 else jnp.int64)


def _searchsorted(boundaries, values, out_int32, right, side, sorter, method):
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    values = jnp.asarray(values)
    if values.ndim == 0 and boundaries.ndim != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({boundaries.ndim}) and input value's dim(0) numel(1)"
        )
    if boundaries.ndim == 0 or (boundaries.ndim > 1 and values.shape[:-1] != boundaries.shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
            f"boundaries tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(boundaries.shape)} and input value tensor {list(values.shape)}"
        )
    if values.size == 0 or boundaries.size == 0:
        return jnp.zeros(values.shape, jnp.int32 if out_int32 else jnp.int64)
    if sorter is not None:
        boundaries = pick(boundaries, sorter, boundaries.ndim - 1)
    common = jnp.promote_types(boundaries.dtype, values.dtype)
    found = _search(boundaries.astype(common), values.astype(common), right or side == "right", out_int32, method)
    if jnp.issubdtype(values.dtype, jnp.floating):  # NaN is below nothing
        found = jnp.where(jnp.isnan(values), boundaries.shape[-1], found).astype(found.dtype)
    return found


@op(homes="torch", differentiable=False, out="exact")
def searchsorted(
    sorted_sequence, input, *, out_int32: bool = False, right: bool = False, side: str = None, sorter=None
):
    """Where each of `input` would be inserted in the sorted last dimension of `sorted_sequence`.

    sorted_sequence: (n,) or (*, n); input: any shape, or (*, m).  Returns: int64 in the shape of `input`.
    """
    return _searchsorted(sorted_sequence, input, out_int32, right, side, sorter, "scan")


@searchsorted.on("cpu")
def _(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    return _searchsorted(sorted_sequence, input, out_int32, right, side, sorter, "scan_unrolled")


@op(homes="torch", differentiable=False, out="exact", numbers="either")
def bucketize(input, boundaries, *, out_int32: bool = False, right: bool = False):
    """The bucket of each of `input` (a number too) among the sorted 1-d `boundaries`."""
    if jnp.ndim(boundaries) != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({jnp.ndim(boundaries)})")
    return _searchsorted(boundaries, input, out_int32, right, None, None, "scan_unrolled")
