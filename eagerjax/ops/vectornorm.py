"""Norms of vectors, and what is built of them: torch.norm, linalg.vector_norm, dist, renorm."""

import math

import jax
import jax.numpy as jnp

from eagerjax.ops.define import Dims, Dtype, Number, dimension, dimensions, op, reduction
from eagerjax.ops.kinds import is_complex, is_inexact, type_name, widen


def vector_norm(x, p, axes, keepdim, name="linalg.vector_norm"):
    """(sum |x|**p)**(1/p) over `axes`. Its derivative is 0 where it is 0; equal extremes share it for p = +-inf."""
    if not is_inexact(x):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {type_name(x.dtype)}")
    _check_identity(x, p, axes)
    out = _norm(widen(x), float(p), axes)
    out = out if keepdim else jnp.squeeze(out, axes)
    return out.astype(jnp.real(jnp.zeros((), x.dtype)).dtype)


def _check_identity(x, p, axes):
    if p == math.inf or p < 0:
        for a in axes:
            if x.shape[a] == 0:
                raise RuntimeError(f"linalg.vector_norm cannot compute the {p} norm on the dimension {a} because this "
                                   "dimension is empty and the operation does not have an identity")  # fmt: skip


def _sizes(x, p, axes):
    """The norm, with kept dimensions."""
    total = lambda v: jnp.sum(v, axis=axes, keepdims=True)  # noqa: E731
    if p == 2:
        return jnp.sqrt(total(jnp.real(x * jnp.conj(x)) if is_complex(x) else x * x))
    size = jnp.abs(x)
    if p == 1:
        return total(size)
    if p == 0:
        return total((x != 0).astype(size.dtype))
    if p == math.inf:
        return jnp.max(size, axis=axes, keepdims=True)
    if p == -math.inf:
        return jnp.min(size, axis=axes, keepdims=True)
    return total(size**p) ** (1 / p)


def _unit(x):
    """x / |x|, 0 at 0."""
    if not is_complex(x):
        return jnp.sign(x)
    size = jnp.abs(x)
    return jnp.where(size == 0, 0, x / jnp.where(size == 0, 1, size))


def _slope(x, r, p, axes):
    """d norm / d x (its conjugate pairs with a complex tangent)."""
    if p == 0:
        return jnp.zeros_like(x)
    if p == 1:
        return _unit(x)
    safe = jnp.where(r == 0, 1, r)
    if p == 2:
        return jnp.where(r == 0, 0, x / safe)
    size = jnp.abs(x)
    if math.isinf(p):
        hit = (size == r) | (size != size)
        return _unit(x) * hit / jnp.sum(hit, axis=axes, keepdims=True).astype(size.dtype)
    zero = size == 0
    grown = jnp.where(zero, 0, jnp.where(zero, 1, size / safe) ** (p - 1))
    return jnp.where(r == 0, 0, _unit(x) * grown)


def _norm(x, p, axes):
    @jax.custom_jvp
    def f(x):
        return _sizes(x, p, axes)

    @f.defjvp
    def jvp(at, along):
        r = f(*at)
        pairs = jnp.conj(_slope(at[0], r, p, axes)) * along[0]
        return r, jnp.sum(jnp.real(pairs), axis=axes, keepdims=True)

    return f(x)


def converted(x, dtype, name="linalg.vector_norm"):
    """`x` in `dtype`. Raises RuntimeError for a dtype that is not floating, or that narrows."""
    if dtype is None:
        return x
    if not is_inexact(x):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {type_name(x.dtype)}")
    if dtype.category < 2 or dtype.is_complex != is_complex(x):
        raise RuntimeError(f"{name}: dtype should be floating point or complex like the input's, but got {dtype}")
    if jnp.promote_types(x.dtype, dtype.np) != dtype.np:
        raise RuntimeError(
            f"{name}: the dtype of the input ({type_name(x.dtype)}) should be convertible without narrowing "
            f"to the specified dtype ({type_name(dtype.np)})"
        )
    return x.astype(dtype.np)


@reduction(name="linalg_vector_norm", homes="", aliases=("linalg.vector_norm",), saves=None)
def linalg_vector_norm(input, ord: Number = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Vector norm of order `ord` over `dim`, or of the flattened input."""
    if isinstance(ord, str):
        raise TypeError("linalg_vector_norm(): argument 'ord' must be Number, not str")
    return vector_norm(converted(input, dtype), ord, dimensions(dim, input.ndim), keepdim)


@op(numbers="none")
def dist(input, other, p: Number = 2):
    """The p-norm of `input - other`."""
    common = jnp.promote_types(input.dtype, other.dtype)
    gap = input.astype(common) - other.astype(common)
    return vector_norm(gap, p, tuple(range(gap.ndim)), False)


@op(inplace=True, saves="", out="exact")
def renorm(input, p: Number, dim: int, maxnorm: Number):
    """Each slice of `input` along `dim` scaled down to a p-norm of at most `maxnorm`."""
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim <= 1:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    axis = dimension(dim, input.ndim)
    axes = tuple(a for a in range(input.ndim) if a != axis)
    size = vector_norm(widen(input), p, axes, True)
    factor = jnp.where(size > maxnorm, maxnorm / (size + 1e-7), 1)
    return (input * factor.astype(widen(input).real.dtype)).astype(input.dtype)
