"""Rounding, and keeping numbers within bounds."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Number, binary, elementwise, is_tensor
from eagerjax.ops.pointwise import is_bool, is_complex, is_float, is_integer, refuse, with_partials
from eagerjax.runtime import dtype as dt


def _round_by(name, fn, input):
    """`fn` of floats; integers are whole already. Raises NotImplementedError for booleans and complex numbers."""
    if is_complex(input):
        raise NotImplementedError(f"{name} is not supported for complex inputs")
    refuse(f"{name}_vml_cpu", input, is_bool)
    return input if is_integer(input) else fn(lax.stop_gradient(input))


@elementwise(saves="", out="exact")
def floor(input):
    """The largest whole number not above each element."""
    return _round_by("floor", jnp.floor, input)


@elementwise(saves="", out="exact")
def ceil(input):
    """The smallest whole number not below each element."""
    return _round_by("ceil", jnp.ceil, input)


@elementwise(aliases=("fix",), saves="", out="exact")
def trunc(input):
    """Each element without its fraction, towards 0."""
    return _round_by("trunc", jnp.trunc, input)


@elementwise(aliases=("special.round",), saves="", out="exact")
def round(input, *, decimals: int = 0):
    """The nearest number with so many decimals; a half goes to the even neighbour. Negative decimals round tens.

    >>> round(tensor([0.5, 1.5, 2.5]))
    tensor([0., 2., 2.])
    """
    if decimals == 0:
        return _round_by("round", jnp.round, input)
    refuse("round_cpu", input, is_bool, is_integer, is_complex)
    ten = 10.0 ** (decimals if decimals > 0 else -decimals)
    input = lax.stop_gradient(input)
    return jnp.round(input * ten) / ten if decimals > 0 else jnp.round(input / ten) * ten


@elementwise(saves="", out="exact")
def frac(input):
    """The fraction that `trunc` drops, with the sign of the element."""
    refuse("frac_cpu", input, is_bool, is_integer, is_complex)
    return input - jnp.trunc(lax.stop_gradient(input))


# -- bounds ------------------------------------------------------------------------------
_between = with_partials(
    lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high),
    lambda t, out, x, low, high: jnp.where((low <= x) & (x <= high), t, 0),
    lambda t, out, x, low, high: jnp.where((low < high) & (x < low), t, 0),
    lambda t, out, x, low, high: jnp.where((x > high) | (high < low), t, 0),
)
_at_least = with_partials(
    jnp.maximum,
    lambda t, out, x, low: jnp.where(x >= low, t, 0),
    lambda t, out, x, low: jnp.where(x < low, t, 0),
)
_at_most = with_partials(
    jnp.minimum,
    lambda t, out, x, high: jnp.where(x <= high, t, 0),
    lambda t, out, x, high: jnp.where(x > high, t, 0),
)


def _bounds_fit(args, kwargs):
    """Raises RuntimeError for a bound that the tensor's dtype cannot hold, unless it makes the result a float."""
    input = args[0] if args else kwargs.get("input", kwargs.get("self"))
    if not is_tensor(input):
        return
    kind = input.dtype
    for bound in (*args[1:], *kwargs.values()):
        if type(bound) in (int, float) and dt.of_number(bound).category <= kind.category:
            dt.check_fits(bound, kind)


@elementwise(aliases=("clip",), reroute=_bounds_fit)
def clamp(input, min=None, max=None):
    """Each element moved into [min, max]; bounds are numbers or tensors. NaN stays; max wins where the bounds cross.

    The derivative is 1 on the bounds themselves. Raises RuntimeError where both bounds are missing.

    >>> clamp(tensor([-2., 0.5, 3.]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    _refuse_clamp(input)
    refuse("clamp_cpu", input, is_bool)
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if max is None:
        return _at_least(input, min)
    return _at_most(input, max) if min is None else _between(input, min, max)


def _refuse_clamp(input):
    if is_complex(input):
        raise NotImplementedError("clamp is not supported for complex types")


@elementwise(reroute=_bounds_fit)
def clamp_min(input, min):
    """Each element, or min where that is larger."""
    _refuse_clamp(input)
    return _at_least(input, min)


@elementwise(reroute=_bounds_fit)
def clamp_max(input, max):
    """Each element, or max where that is smaller."""
    _refuse_clamp(input)
    return _at_most(input, max)


@elementwise(upcast=False, out="exact")
def nan_to_num(input, nan: Number = None, posinf: Number = None, neginf: Number = None):
    """NaN, inf and -inf replaced, by default with 0 and the largest and smallest finite number of the dtype."""
    if is_complex(input):
        return lax.complex(*(_finite(part, nan, posinf, neginf) for part in (jnp.real(input), jnp.imag(input))))
    return _finite(input, nan, posinf, neginf) if is_float(input) else input


def _finite(x, nan, posinf, neginf):
    limits = jnp.finfo(x.dtype)
    x = jnp.where(jnp.isnan(x), jnp.asarray(0 if nan is None else nan, x.dtype), x)
    x = jnp.where(x == jnp.inf, jnp.asarray(limits.max if posinf is None else posinf, x.dtype), x)
    return jnp.where(x == -jnp.inf, jnp.asarray(limits.min if neginf is None else neginf, x.dtype), x)


@binary(promote=None, differentiable=False, numbers="none", out="exact")
def heaviside(input, values):
    """0 below 0, 1 above, and `values` at 0, broadcast. Raises RuntimeError where the dtypes differ."""
    if is_complex(input) or is_complex(values):
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if input.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return jnp.where(input == 0, values, (input > 0).astype(input.dtype))
