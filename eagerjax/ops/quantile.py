"""Quantiles, and membership: both by sorting."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import binary, dimension, op
from eagerjax.ops.indexing import pick
from eagerjax.ops.kinds import is_bool, is_complex, type_name
from eagerjax.ops.sort import order, order_packed

_WAYS = ("linear", "lower", "higher", "midpoint", "nearest")


def _check(name, input, q, interpolation):
    if input.size == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if jnp.ndim(q) > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if input.dtype not in (jnp.float32, jnp.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
    elif q.ndim and q.dtype != input.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if interpolation not in _WAYS:
        raise RuntimeError(f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
                           f"{interpolation}")  # fmt: skip


def _faults(name):
    def faults(input, q, *_, **__):
        if isinstance(q, (int, float)) or q.size == 0:
            return []
        return [(~jnp.all((q >= 0) & (q <= 1)), RuntimeError, f"{name}() q values must be in the range [0, 1]")]

    return faults


def _rows(x, dim):
    """x with the dimension to reduce last; all elements in one without it."""
    if dim is None:
        return x.reshape(-1)
    return jnp.moveaxis(x, dimension(dim, x.ndim), -1) if x.ndim else x.reshape(1)


def _ranks(x, q, skip_nan):
    """(*rows, number of q): where between 0 and n - 1 each quantile lies. The last rank, NaN, where there is a NaN."""
    q = jnp.atleast_1d(q)
    nan = jnp.isnan(lax.stop_gradient(x))
    if skip_nan:
        counts = jnp.sum(~nan, -1, keepdims=True).astype(x.dtype)
        return jnp.maximum(q * (counts - 1), 0)
    last = jnp.asarray(x.shape[-1] - 1, x.dtype)
    return jnp.where(jnp.any(nan, -1, keepdims=True), last, q * last)


def _between(x, ranks, interpolation):
    """Elements of the sorted x at ranks, or between two of them."""
    if interpolation == "nearest":
        return pick(x, jnp.round(ranks).astype(jnp.int64), x.ndim - 1)
    low, high = jnp.floor(lax.stop_gradient(ranks)), jnp.ceil(lax.stop_gradient(ranks))
    below, above = (pick(x, r.astype(jnp.int64), x.ndim - 1) for r in (low, high))
    if interpolation in ("lower", "higher"):
        return below if interpolation == "lower" else above
    weight = 0.5 * jnp.ones_like(ranks) if interpolation == "midpoint" else ranks - low
    span = above - below
    return jnp.where(lax.stop_gradient(weight) < 0.5, below + weight * span, above - span * (1 - weight))


def _quantile(name, input, q, dim, keepdim, interpolation, order):
    _check(name, input, q, interpolation)
    if not isinstance(q, (int, float)) and q.dtype != input.dtype and q.ndim:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    q = jnp.asarray(q).astype(input.dtype)
    rows = _rows(input, dim)
    ordered = pick(rows, order(lax.stop_gradient(rows), rows.ndim - 1), rows.ndim - 1)
    found = _between(ordered, _ranks(rows, q, name == "nanquantile"), interpolation)
    found = jnp.moveaxis(found, -1, 0)
    if keepdim:
        shape = (1,) * input.ndim if dim is None else found.shape[1:]
        found = found.reshape(-1, *shape) if dim is None else jnp.expand_dims(found, dimension(dim, input.ndim) + 1)
        found = found.reshape(-1) if not input.ndim else found
    return found if q.ndim else found[0]


def _define(name, doc):
    def plain(input, q, dim: int = None, keepdim: bool = False, *, interpolation: str = "linear"):
        return _quantile(name, input, q, dim, keepdim, interpolation, order)

    def packed(input, q, dim=None, keepdim=False, *, interpolation="linear"):
        return _quantile(name, input, q, dim, keepdim, interpolation, order_packed)

    plain.__doc__ = f"""{doc}

    q: a number or a vector, in [0, 1]; of several the first dimension of the result. interpolation, where a quantile lies
    between two elements: "linear", "lower", "higher", "midpoint", "nearest".
    """
    op(plain, name=name, faults=_faults(name)).on("cpu")(packed)


_define("quantile", "The q-th quantiles along `dim` (of all elements without it); NaN where there is a NaN.")
_define("nanquantile", "The q-th quantiles of what is not NaN along `dim` (of all elements without it).")


@binary(homes="torch", inplace=False, upcast=False, differentiable=False, numbers="either", sizeless=False)
def isin(elements, test_elements, *, assume_unique: bool = False, invert: bool = False):
    """Which elements occur among `test_elements` (or, inverted, do not)? `assume_unique` changes nothing."""
    if is_bool(elements) or is_complex(elements):
        raise RuntimeError(f"Unsupported input type encountered for isin(): {type_name(elements.dtype)}")
    tests = jnp.sort(test_elements.reshape(-1))
    if tests.size == 0:
        return jnp.full(elements.shape, invert)
    at = jnp.minimum(jnp.searchsorted(tests, elements), tests.size - 1)
    return (tests[at] == elements) != invert
