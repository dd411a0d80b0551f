"""Choosing and finding: where, nonzero, unique, bincount, histc. What has a value-dependent shape runs on the host."""

import math

import jax.numpy as jnp
import numpy as np

from eagerjax.ops.define import Number, binary, is_tensor, op
from eagerjax.ops.kinds import is_bool, is_complex, is_inexact, is_integral, type_name
from eagerjax.runtime import dtype as dt


def _nonzero_of_one(args, kwargs):
    """The overload `where(condition)`."""
    if len(args) + len([k for k in kwargs if k in ("condition", "input", "self", "other")]) == 1:
        return "nonzero", args or (kwargs["condition"],), {"as_tuple": True}
    check_number(*args[1:3], *[kwargs[k] for k in ("input", "self", "other") if k in kwargs])
    return None


def check_number(*operands):
    """Raises RuntimeError for a number that the dtype of the result cannot hold."""
    numbers = [v for v in operands if type(v) in (int, float)]
    tensors = [v for v in operands if is_tensor(v)]
    if len(numbers) == len(tensors) == 1:
        own, other = tensors[0].dtype, dt.of_number(numbers[0])
        dt.check_fits(numbers[0], own if own.category >= other.category else dt.promote_types(own, other))


@binary(
    homes="torch",
    inplace=False,
    upcast=False,
    promoted=("input", "other"),
    reroute=_nonzero_of_one,
    saves="",
    out="exact",
)
def where(condition, input, other):
    """`input` where `condition` holds, else `other`; all broadcast. `where(condition)` is `nonzero(as_tuple=True)`.

    >>> where(tensor([True, False]), tensor([1., 2.]), 0)
    tensor([1., 0.])
    """
    if condition.dtype not in (jnp.bool_, jnp.uint8):
        raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with dtype "
                           f"{type_name(condition.dtype)}")  # fmt: skip
    return jnp.where(condition != 0, input, other)


# -- on the host -----------------------------------------------------------------------------
def _sortable(x):
    """A numpy array that numpy can sort: half precision as float32."""
    x = np.asarray(x)
    return x.astype(np.float32) if x.dtype.name in ("bfloat16", "float16") else x


@op(host=True, differentiable=False, out="exact")
def nonzero(input, *, as_tuple: bool = False):
    """(n, ndim) indices of the nonzero elements, or one index tensor per dimension. int64."""
    x = np.asarray(input)
    if as_tuple:
        return tuple(i.astype(np.int64) for i in np.nonzero(np.atleast_1d(x)))
    if x.ndim == 0:
        return np.zeros((int(x != 0), 0), np.int64)
    return np.stack(np.nonzero(x), 1).astype(np.int64)


@op(host=True, differentiable=False)
def argwhere(input):
    """(n, ndim) indices of the nonzero elements."""
    return nonzero.fn(input)


def _pick_results(found, inverse, counts):
    values, *_ = found
    out = [values] + [r for r, wanted in zip(found[1:], (inverse, counts)) if wanted]
    return out[0] if len(out) == 1 else tuple(out)


@op(host=True, differentiable=False)
def unique(input, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int = None):
    """The distinct elements (slices along `dim`) in order, where each element went, and how often each occurs."""
    if is_complex(input):
        raise RuntimeError('"unique" not implemented for \'' + type_name(input.dtype) + "'")
    x = _sortable(input)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    inverse = inverse.reshape(x.shape if dim is None else -1)
    return _pick_results((values.astype(input.dtype), inverse.astype(np.int64), counts.astype(np.int64)),
                         return_inverse, return_counts)  # fmt: skip


@op(host=True, differentiable=False)
def unique_consecutive(input, return_inverse: bool = False, return_counts: bool = False, dim: int = None):
    """The elements (slices along `dim`) that differ from the one before, where each went, and how long each run is."""
    x = np.asarray(input)
    rows = x.reshape(-1) if dim is None else np.moveaxis(x, dim, 0)
    flat = rows.reshape(len(rows), math.prod(rows.shape[1:]))
    new = np.ones(len(rows), bool)
    new[1:] = (flat[1:] != flat[:-1]).any(1)
    values = rows[new] if dim is None else np.moveaxis(rows[new], 0, dim)
    inverse = (np.cumsum(new) - 1).reshape(x.shape if dim is None else -1)
    counts = np.diff(np.append(np.flatnonzero(new), len(rows)))
    return _pick_results((values, inverse.astype(np.int64), counts.astype(np.int64)), return_inverse, return_counts)


@op(host=True, differentiable=False)
def bincount(input, weights=None, minlength: int = 0):
    """How often each of 0, 1, 2, ... occurs in the 1-d `input`; with `weights`, the sum of its weights."""
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    x = np.asarray(input)
    if x.ndim == 1 and (not is_integral(input) or is_bool(input)):
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{type_name(input.dtype)}'")
    if x.ndim != 1 or not is_integral(input) or (x.size and x.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return np.bincount(x, minlength=minlength).astype(np.int64)
    if weights.shape != x.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    out = np.bincount(x, np.asarray(weights, np.float64), minlength)
    return out.astype(np.float32 if weights.dtype == np.float32 else np.float64)


@op(homes="torch Tensor", differentiable=False)
def nonzero_static(input, *, size: int, fill_value: int = -1):
    """The first `size` rows of `nonzero`, filled up with `fill_value`."""
    if input.size == 0 or input.ndim == 0:
        return jnp.full((size, input.ndim), fill_value, jnp.int64)
    found = jnp.nonzero(input, size=size, fill_value=fill_value)
    return jnp.stack([i.astype(jnp.int64) for i in found], 1)


# -- histograms ------------------------------------------------------------------------------
def _histc_faults(input, bins=100, min=0, max=0):
    if min != max or input.size == 0:
        return []
    bad = ~jnp.all(jnp.isfinite(input)) if is_inexact(input) else jnp.zeros((), bool)
    return [(bad, RuntimeError, "range of [nan, inf] is not finite")]


@op(differentiable=False, faults=_histc_faults)
def histc(input, bins: int = 100, min: Number = 0, max: Number = 0):
    """How many elements lie in each of `bins` equal parts of [min, max] (if both are equal, of the elements' range)."""
    if bins <= 0:
        raise RuntimeError("bins must be > 0")
    if max < min:
        raise RuntimeError("max must be larger than min")
    x = input.reshape(-1)
    if not is_inexact(x):
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{type_name(x.dtype)}'")
    low, high = (jnp.min(x, initial=jnp.inf), jnp.max(x, initial=-jnp.inf)) if min == max and x.size else (min, max)
    low, high = jnp.asarray(low, x.dtype), jnp.asarray(high, x.dtype)
    flat = low == high
    low, high = jnp.where(flat, low - 1, low), jnp.where(flat, high + 1, high)
    at = jnp.floor((x - low) / (high - low) * bins).astype(jnp.int32)
    at = jnp.where(x == high, bins - 1, at)
    inside = (x >= low) & (x <= high)
    found = jnp.zeros(bins, jnp.int32).at[jnp.where(inside, at, bins)].add(1, mode="drop")
    return found.astype(x.dtype)
