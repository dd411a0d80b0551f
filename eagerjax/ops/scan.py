"""Running reductions along a dimension: cumsum, cumprod, cummax, cummin, logcumsumexp, diff."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.convert import accumulator
from eagerjax.ops.define import Dtype, dimension, op
from eagerjax.ops.indexing import pick
from eagerjax.ops.kinds import is_bool, is_complex, nan_mask, refuse, type_name, widen


@op(inplace=True, saves="", out="dtype")
def cumsum(input, dim: int, *, dtype: Dtype = None):
    """Running sum along `dim`. Integers add up as int64.

    >>> cumsum(tensor([1., 2., 3.]), 0)
    tensor([1., 3., 6.])
    """
    axis, x = dimension(dim, input.ndim), accumulator(input, dtype)
    return x if x.ndim == 0 else jnp.cumsum(widen(x), axis=axis).astype(x.dtype)


@cumsum.on("cpu")
def _(input, dim, *, dtype=None):
    axis, x = dimension(dim, input.ndim), accumulator(input, dtype)
    return x if x.ndim == 0 or x.size == 0 else _running_sum(widen(x), axis).astype(x.dtype)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def _running_sum(x, axis, backwards=False):
    if axis < x.ndim - 1 or x.shape[axis] <= _LANES or not jnp.issubdtype(x.dtype, jnp.floating):
        return _sum_by_rows(x, axis, backwards)
    rows = functools.partial(_sum_by_rows, axis=axis, backwards=backwards)
    products = functools.partial(_sum_by_products, backwards=backwards)
    return lax.cond(jnp.isfinite(x.sum(-1)).all(), products, rows, x)  # 0 * inf would spoil what comes before it


_running_sum.defvjp(lambda x, axis, backwards: (_running_sum(x, axis, backwards), None),
                    lambda axis, backwards, _, g: (_running_sum(g, axis, not backwards),))  # fmt: skip


def _sum_by_rows(x, axis, backwards):
    return jnp.flip(_running(jnp.add, jnp.flip(x, axis), axis), axis) if backwards else _running(jnp.add, x, axis)


_WIDTH = 32


def _sum_by_products(x, backwards):
    """Along the last dimension: products of blocks with a triangular matrix, then each block adds what came before it."""
    n, lead = x.shape[-1], x.shape[:-1]
    blocks = -(-n // _WIDTH)
    cut = jnp.pad(x, [(0, 0)] * len(lead) + [(0, blocks * _WIDTH - n)]).reshape(*lead, blocks, _WIDTH)
    lower = jnp.tri(_WIDTH, dtype=x.dtype)
    inside = cut @ (lower if backwards else lower.T)
    total = inside[..., 0 if backwards else -1]
    if blocks <= 2 * _WIDTH:
        others = jnp.tri(blocks, k=-1, dtype=x.dtype)
        before = total @ (others if backwards else others.T)
    else:
        before = _sum_by_products(total, backwards) - total
    return (inside + before[..., None]).reshape(*lead, blocks * _WIDTH)[..., :n]


def _running(fn, x, axis):
    """Running `fn` (associative) along `axis` as a loop over whole rows, which a CPU does best."""
    moved = jnp.moveaxis(x, axis, 0)
    out = _running_rows(fn, moved.reshape(moved.shape[0], -1))
    return jnp.moveaxis(out.reshape(moved.shape), 0, axis)


_LANES, _BLOCK = 256, 64


def _running_rows(fn, x):
    """(n, m): along n. Few lanes m: blocks of n run side by side, then each block adds what came before it."""
    n, m = x.shape
    if m >= _LANES or n <= _BLOCK:
        return _loop(fn, x)
    blocks = -(-n // _BLOCK)
    padded = jnp.pad(x, ((0, blocks * _BLOCK - n), (0, 0)), mode="edge")
    inside = padded.reshape(blocks, _BLOCK, m).swapaxes(0, 1).reshape(_BLOCK, blocks * m)
    inside = _loop(fn, inside).reshape(_BLOCK, blocks, m)
    before = _running_rows(fn, inside[-1])[:-1]
    rest = fn(before[None], inside[:, 1:])
    return jnp.concatenate([inside[:, :1], rest], 1).swapaxes(0, 1).reshape(blocks * _BLOCK, m)[:n]


def _loop(fn, x):
    def step(carry, row):
        carry = fn(carry, row)
        return carry, carry

    return jnp.concatenate([x[:1], lax.scan(step, x[0], x[1:])[1]])


@op(inplace=True, out="dtype")
def cumprod(input, dim: int, *, dtype: Dtype = None):
    """Running product along `dim`. Integers multiply as int64."""
    axis, x = dimension(dim, input.ndim), accumulator(input, dtype)
    return x if x.ndim == 0 else jnp.cumprod(widen(x), axis=axis).astype(x.dtype)


def _extreme(input, dim, largest, running):
    refuse(input, "cummax_cpu" if largest else "cummin_cpu", complex_=True)
    axis = dimension(dim, input.ndim)
    if input.ndim == 0 or input.size == 0:
        return input, jnp.zeros(input.shape, jnp.int64)
    x = lax.stop_gradient(input.astype(jnp.uint8) if is_bool(input) else input)
    best = running(jnp.maximum if largest else jnp.minimum, x, axis)
    at = lax.broadcasted_iota(jnp.int32, x.shape, axis)
    reached = ((x >= best) if largest else (x <= best)) | nan_mask(x)
    index = running(jnp.maximum, jnp.where(reached, at, 0), axis).astype(jnp.int64)
    return pick(input, index, axis), index


def _xla_running(fn, x, axis):
    return (lax.cummax if fn is jnp.maximum else lax.cummin)(x, axis)


@op(returns=("values", "indices"), out="exact")
def cummax(input, dim: int):
    """Running maximum along `dim`: (values, indices of the last equal one). NaN stays."""
    return _extreme(input, dim, True, _xla_running)


@cummax.on("cpu")
def _(input, dim):
    return _extreme(input, dim, True, _running)


@op(returns=("values", "indices"), out="exact")
def cummin(input, dim: int):
    """Running minimum along `dim`: (values, indices of the last equal one). NaN stays."""
    return _extreme(input, dim, False, _xla_running)


@cummin.on("cpu")
def _(input, dim):
    return _extreme(input, dim, False, _running)


@op(out="exact")
def logcumsumexp(input, dim: int):
    """log(cumsum(exp(input))) along `dim`, computed without overflow."""
    refuse(input, "logcumsumexp_out_cpu", integral=True)
    axis = dimension(dim, input.ndim)
    if input.ndim == 0 or input.size == 0:
        return input
    x = widen(input)
    if is_complex(x):
        return lax.associative_scan(_log_add_complex, x, axis=axis)
    return lax.cumlogsumexp(x, axis).astype(input.dtype)


def _log_add_complex(a, b):
    swap = jnp.real(a) < jnp.real(b)
    high, low = jnp.where(swap, b, a), jnp.where(swap, a, b)
    return high + jnp.log1p(jnp.exp(low - high))


@op(out="exact")
def diff(input, n: int = 1, dim: int = -1, prepend=None, append=None):
    """n-th difference of neighbours along `dim`, after joining `prepend` and `append` to the ends."""
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    axis = dimension(dim, input.ndim)
    if n == 0:
        return input
    parts = [p for p in (prepend, input, append) if p is not None]
    for p in parts:
        if p.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        if any(p.shape[d] != input.shape[d] for d in range(input.ndim) if d != axis):
            raise RuntimeError("diff expects the shape of tensor to prepend or append to match that of input except along the "
                               "differencing dimension")  # fmt: skip
        if p.dtype != input.dtype:
            raise RuntimeError(f"expected scalar type {type_name(input.dtype)} but found {type_name(p.dtype)}")
    x = jnp.concatenate(parts, axis) if len(parts) > 1 else input
    for _ in range(min(n, x.shape[axis])):
        high, low = lax.slice_in_dim(x, 1, None, axis=axis), lax.slice_in_dim(x, 0, -1, axis=axis)
        x = high ^ low if is_bool(x) else high - low
    return x
