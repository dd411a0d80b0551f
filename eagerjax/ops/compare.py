"""Comparisons, logic on truth values, and the larger or smaller of two."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Number, binary, elementwise, op
from eagerjax.ops.pointwise import (
    is_bool,
    is_complex,
    is_float,
    kind_name,
    refuse,
    to_float,
    widen,
    with_partials,
)


# -- comparisons ---------------------------------------------------------------------
@binary(operator="eq", differentiable=False, saves="")
def eq(input, other):
    """Where are both equal? NaN equals nothing."""
    return input == other


@binary(operator="ne", aliases=("not_equal",), differentiable=False, saves="")
def ne(input, other):
    """Where do both differ?"""
    return input != other


@binary(operator="lt", aliases=("less",), differentiable=False, saves="")
def lt(input, other):
    """Where is input < other?"""
    refuse("lt_cpu", input, is_complex)
    return input < other


@binary(operator="le", aliases=("less_equal",), differentiable=False, saves="")
def le(input, other):
    """Where is input <= other?"""
    refuse("le_cpu", input, is_complex)
    return input <= other


@binary(operator="gt", aliases=("greater",), differentiable=False, saves="")
def gt(input, other):
    """Where is input > other?"""
    refuse("gt_cpu", input, is_complex)
    return input > other


@binary(operator="ge", aliases=("greater_equal",), differentiable=False, saves="")
def ge(input, other):
    """Where is input >= other?"""
    refuse("ge_cpu", input, is_complex)
    return input >= other


@op(differentiable=False, numbers="none")
def isclose(input, other, rtol: Number = 1e-5, atol: Number = 1e-8, equal_nan: bool = False):
    """Where is `|input - other| <= atol + rtol * |other|`? Infinities are close to themselves only.

    Raises RuntimeError where the dtypes differ or a tolerance is negative.
    """
    if input.dtype != other.dtype:
        raise RuntimeError(f"{kind_name(input.dtype)} did not match {kind_name(other.dtype)}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    close = input == other
    if equal_nan:
        close |= jnp.isnan(input) & jnp.isnan(other)
    if is_bool(input):
        return close
    input, other = widen(to_float(input)), widen(to_float(other))
    distance, size = jnp.abs(input - other), jnp.abs(other)
    rtol, atol = (jnp.asarray(v).astype(size.dtype) for v in (rtol, atol))
    return close | (jnp.isfinite(distance) & (distance <= atol + rtol * size))


# -- kinds of numbers ------------------------------------------------------------------
@op(differentiable=False)
def isnan(input):
    """Which elements are NaN?"""
    return jnp.isnan(input)


@op(differentiable=False)
def isinf(input):
    """Which elements are infinite?"""
    return jnp.isinf(input)


@op(differentiable=False)
def isfinite(input):
    """Which elements are neither NaN nor infinite?"""
    return jnp.isfinite(input)


@op(differentiable=False, out="exact")
def isposinf(input):
    """Which elements are positive infinity?"""
    return _is_infinity(input, "isposinf", 1)


@op(differentiable=False, out="exact")
def isneginf(input):
    """Which elements are negative infinity?"""
    return _is_infinity(input, "isneginf", -1)


def _is_infinity(input, name, sign):
    if is_complex(input):
        raise RuntimeError(f"{name} does not support complex inputs.")
    return input == sign * jnp.inf if is_float(input) else jnp.zeros(input.shape, bool)


@op(differentiable=False)
def isreal(input):
    """Which elements have no imaginary part?"""
    return jnp.imag(input) == 0 if is_complex(input) else jnp.ones(input.shape, bool)


# -- logic -------------------------------------------------------------------------------
@binary(promote=None, differentiable=False, saves="", numbers="none")
def logical_and(input, other):
    """Are both true (not zero)?"""
    return (input != 0) & (other != 0)


@binary(promote=None, differentiable=False, saves="", numbers="none")
def logical_or(input, other):
    """Is one of them true (not zero)?"""
    return (input != 0) | (other != 0)


@binary(promote=None, differentiable=False, saves="", numbers="none")
def logical_xor(input, other):
    """Is exactly one of them true (not zero)?"""
    return (input != 0) ^ (other != 0)


@elementwise(promote=None, differentiable=False, saves="")
def logical_not(input):
    """Which elements are false (zero)?"""
    return input == 0


# -- the larger, the smaller ---------------------------------------------------------------
def _shared(first):
    """Partials of a choice between x and y; a tie gives each a half. `first(x, y)`: is x surely not chosen?"""
    return (
        lambda t, out, x, y: jnp.where(x == y, t / 2, jnp.where(first(x, y), 0, t)),
        lambda t, out, x, y: jnp.where(x == y, t / 2, jnp.where(first(y, x), 0, t)),
    )


_maximum = with_partials(jnp.maximum, *_shared(lambda a, b: a < b))
_minimum = with_partials(jnp.minimum, *_shared(lambda a, b: a > b))


@binary(inplace=False, numbers="none")
def maximum(input, other):
    """The larger of both, broadcast; NaN where one is NaN. A tie shares the gradient."""
    if is_complex(input):
        raise RuntimeError("maximum not implemented for complex tensors.")
    return _maximum(input, other)


@binary(inplace=False, numbers="none")
def minimum(input, other):
    """The smaller of both, broadcast; NaN where one is NaN. A tie shares the gradient."""
    if is_complex(input):
        raise RuntimeError("minimum not implemented for complex tensors.")
    return _minimum(input, other)


@binary(inplace=False, numbers="none")
def fmax(input, other):
    """The larger of both, broadcast; a number rather than NaN. A tie gives input the gradient."""
    refuse("fmax_cpu", input, is_complex)
    take = lax.stop_gradient((input >= other) | jnp.isnan(other))
    return jnp.where(take, input, other)


@binary(inplace=False, numbers="none")
def fmin(input, other):
    """The smaller of both, broadcast; a number rather than NaN. A tie gives input the gradient."""
    refuse("fmin_cpu", input, is_complex)
    take = lax.stop_gradient((input <= other) | jnp.isnan(other))
    return jnp.where(take, input, other)
