"""Reductions that add, multiply or count: sum, mean, prod, all, any, logsumexp and their relatives."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.convert import accumulator
from eagerjax.ops.define import Dims, Dtype, dimensions, reduction
from eagerjax.ops.kinds import is_complex, is_inexact, is_integral, nan_mask, to_float, type_name, widen


@reduction(out="dtype", sizeless=True)
def sum(input, dim: Dims = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Sum of all elements or over `dim`. Integers add up as int64.

    >>> sum(tensor([[1., 2.], [3., 4.]]), 0)
    tensor([4., 6.])
    """
    x = accumulator(input, dtype)
    return _summed(x, dimensions(dim, input.ndim), keepdim).astype(x.dtype)


def _summed(x, axes, keepdims):
    """The sum; of complex numbers by parts: XLA adds them up on a CPU one after the other, and digits are lost."""
    if not is_complex(x):
        return jnp.sum(x, axis=axes, keepdims=keepdims)
    return lax.complex(*(jnp.sum(part, axis=axes, keepdims=keepdims) for part in (x.real, x.imag)))


@reduction(out="dtype", sizeless=True)
def nansum(input, dim: Dims = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Sum in which NaN counts as zero."""
    if is_complex(input):
        raise RuntimeError("nansum on CPU does not support complex inputs")
    return sum.fn(jnp.where(nan_mask(input), 0, input).astype(input.dtype), dim, keepdim, dtype=dtype)


@reduction(out="dtype")
def mean(input, dim: Dims = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Mean of all elements or over `dim`. Raises RuntimeError for integers unless `dtype` is floating."""
    which, found = ("Input", input.dtype) if dtype is None else ("Optional", dtype.np)
    if not jnp.issubdtype(found, jnp.inexact):
        raise RuntimeError(f"mean(): could not infer output dtype. {which} dtype must be either a floating point or "
                           f"complex dtype. Got: {type_name(found)}")  # fmt: skip
    x = widen(input.astype(found))
    axes = dimensions(dim, input.ndim)
    if is_complex(x):
        return _summed(x, axes, keepdim) / math.prod(x.shape[a] for a in axes)
    return jnp.mean(x, axis=axes, keepdims=keepdim).astype(found)


@reduction(out="dtype")
def nanmean(input, dim: Dims = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Mean of the elements that are not NaN; NaN where there is none."""
    if not is_inexact(input):
        raise RuntimeError("nanmean(): expected input to have floating point or complex dtype but got "
                           f"{type_name(input.dtype)}")  # fmt: skip
    x = widen(input if dtype is None else input.astype(dtype.np))
    axes, missing = dimensions(dim, input.ndim), nan_mask(input)
    total = jnp.sum(jnp.where(missing, 0, x), axis=axes, keepdims=keepdim)
    count = jnp.sum(~missing, axis=axes, keepdims=keepdim)
    return (total / count.astype(x.dtype)).astype(input.dtype if dtype is None else dtype.np)


@reduction(out="dtype")
def prod(input, dim: int = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Product of all elements or over one `dim`. Integers multiply as int64."""
    x = accumulator(input, dtype)
    axes = dimensions(dim, input.ndim)
    if input.ndim == 0:
        return x
    return jnp.prod(widen(x), axis=axes, keepdims=keepdim).astype(x.dtype)


@reduction(differentiable=False, sizeless=True)
def all(input, dim: Dims = None, keepdim: bool = False):
    """Are all elements (over `dim`) nonzero? Boolean; uint8 for uint8."""
    return _logical(jnp.all, input, dim, keepdim)


@reduction(differentiable=False, sizeless=True)
def any(input, dim: Dims = None, keepdim: bool = False):
    """Is any element (over `dim`) nonzero? Boolean; uint8 for uint8."""
    return _logical(jnp.any, input, dim, keepdim)


def _logical(fn, input, dim, keepdim):
    out = fn(input, axis=dimensions(dim, input.ndim), keepdims=keepdim)
    return out.astype(jnp.uint8) if input.dtype == jnp.uint8 else out


@reduction(differentiable=False, sizeless=True)
def count_nonzero(input, dim: Dims = None):
    """Number of nonzero elements (over `dim`), int64."""
    return jnp.sum(input != 0, axis=dimensions(dim, input.ndim), dtype=jnp.int64)


@reduction(saves="result", aliases=("special.logsumexp",), sizeless=True)
def logsumexp(input, dim: Dims, keepdim: bool = False):
    """log(sum(exp(input))) over `dim`, computed without overflow."""
    x = to_float(input)
    axes = dimensions(dim, x.ndim)
    out = _logsumexp(widen(x), axes)
    return (out if keepdim else jnp.squeeze(out, axes)).astype(x.dtype)


def _logsumexp(x, axes):
    """With kept dimensions; its derivative is exp(x - result)."""

    @jax.custom_jvp
    def f(x):
        top = jax.lax.stop_gradient(jnp.max(jnp.real(x), axis=axes, keepdims=True, initial=-jnp.inf))
        top = jnp.where(jnp.isinf(top), 0, top)
        return jnp.log(jnp.sum(jnp.exp(x - top), axis=axes, keepdims=True)) + top

    @f.defjvp
    def jvp(at, along):
        r = f(*at)
        return r, jnp.sum(jnp.exp(at[0] - r) * along[0], axis=axes, keepdims=True)

    return f(x)


def _moments(x, dim, correction, keepdim):
    """(variance with kept dimensions, mean with kept dimensions, axes)."""
    if is_integral(x):
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = dimensions(dim, x.ndim)
    x = widen(x)
    count = math.prod(x.shape[a] for a in axes)
    divisor = max(0.0, count - (1 if correction is None else correction))
    return _variance(x, axes, divisor), jnp.mean(x, axis=axes, keepdims=True), axes


def _variance(x, axes, divisor):
    """Sum of squared distances from the mean over `divisor`; differentiated as 2 (x - mean) / divisor."""

    def centred(x):
        return x - jnp.mean(x, axis=axes, keepdims=True)

    def over(total):
        return total / jnp.asarray(divisor, total.dtype)

    @jax.custom_jvp
    def f(x):
        d = centred(x)
        return over(jnp.sum(jnp.real(d * jnp.conj(d)), axis=axes, keepdims=True))

    @f.defjvp
    def jvp(at, along):
        slope = jnp.conj(centred(at[0])) * 2
        return f(*at), over(jnp.sum(jnp.real(slope * along[0]), axis=axes, keepdims=True))

    return f(x)


def _root(v):
    """Square root whose derivative at 0 is 0."""
    zero = v == 0
    return jnp.where(zero, 0, jnp.sqrt(jnp.where(zero, 1, v)))


def _finish(values, x, axes, keepdim):
    out = []
    for v in values:
        v = v if keepdim else jnp.squeeze(v, axes)
        out.append(v.astype(x.dtype) if is_complex(v) or not is_complex(x) else v)
    return tuple(out)


def _unbiased(name):
    """The overload `std(x, unbiased)`, and `unbiased=` as a correction."""

    def reroute(args, kwargs):
        if len(args) > 1 and isinstance(args[1], bool):
            return name, args[:1], {"correction": int(args[1]), **kwargs}
        unbiased = args[2] if len(args) > 2 else kwargs.get("unbiased")
        if unbiased is None:
            return None
        if not isinstance(unbiased, bool):
            raise TypeError(f"{name}(): argument 'unbiased' must be bool, not {type(unbiased).__name__}")
        given = dict(zip(("dim", "unbiased", "keepdim"), args[1:]))
        given = {**given, **kwargs, "correction": int(unbiased)}
        del given["unbiased"]
        return name, args[:1], given

    return reroute


@reduction(reroute=_unbiased("var"))
def var(input, dim: Dims = None, unbiased: bool = None, keepdim: bool = False, *, correction: float = None):
    """Variance: squared distances from the mean over N - correction (1 unless given).

    >>> var(tensor([1., 2., 3.]))
    tensor(1.)
    """
    v, _, axes = _moments(input, dim, correction, keepdim)
    return _finish((v,), input, axes, keepdim)[0]


@reduction(reroute=_unbiased("std"), saves="result")
def std(input, dim: Dims = None, unbiased: bool = None, keepdim: bool = False, *, correction: float = None):
    """Standard deviation: the square root of `var`. Its derivative is 0 where it is 0."""
    v, _, axes = _moments(input, dim, correction, keepdim)
    return _finish((_root(v),), input, axes, keepdim)[0]


@reduction(homes="torch", reroute=_unbiased("var_mean"))
def var_mean(input, dim: Dims = None, unbiased: bool = None, keepdim: bool = False, *, correction: float = None):
    """Variance and mean."""
    v, m, axes = _moments(input, dim, correction, keepdim)
    return _finish((v, m), input, axes, keepdim)


@reduction(homes="torch", reroute=_unbiased("std_mean"))
def std_mean(input, dim: Dims = None, unbiased: bool = None, keepdim: bool = False, *, correction: float = None):
    """Standard deviation and mean."""
    v, m, axes = _moments(input, dim, correction, keepdim)
    return _finish((_root(v), m), input, axes, keepdim)
