"""Powers and roots."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import binary, elementwise, is_tensor
from eagerjax.ops.pointwise import is_bool, is_complex, is_integer, refuse, with_partials
from eagerjax.runtime import dtype as dt


def _raise(x, y):
    if is_integer(x):
        return _integer_power(x, y)
    if is_complex(x):
        return _complex_power(x, y)
    return jnp.power(x, y)


def _complex_power(x, y):
    """By logarithms; the usual powers to one number are exact, as in PyTorch."""
    flat = (x == 0) & (jnp.real(y) > 0)
    out = jnp.where(flat, 0, jnp.power(jnp.where(flat, 1, x), y))
    if y.ndim == 0:
        for n, exact in ((1, x), (2, x * x), (3, x * x * x), (-2, 1 / (x * x)), (0.5, jnp.sqrt(x))):
            out = jnp.where(y == n, exact, out)
    return out


def _integer_power(x, y):
    """Integers to integers; below the power 0 only 1 and -1 leave something."""
    odd = jnp.where(y % 2 == 0, 1, x)
    small = jnp.where((x == 1) | (x == -1), odd, 0).astype(x.dtype)
    return jnp.where(y < 0, small, _by_squaring(x, jnp.maximum(y, 0)))


def _by_squaring(x, y):
    """x ** y of integers, y >= 0, wrapping around: through all bits of the exponent, of which jnp.power sees only six."""

    def step(state):
        out, x, y = state
        return jnp.where(y & 1 == 1, out * x, out), x * x, y >> 1

    x, y = jnp.broadcast_arrays(x, y) if y.ndim else (x, y)
    state = jnp.ones_like(x), x, y
    for _ in range(6 if y.ndim else jnp.iinfo(y.dtype).bits):  # of a number, a constant mostly, little remains
        state = step(state)
    return lax.while_loop(lambda state: jnp.any(state[2] > 0), step, state)[0] if y.ndim else state[0]


def _by_base(t, out, x, y):
    return t * jnp.where(y == 0, 0, y * power(jnp.where(y == 0, 1, x), y - 1))


def _by_exponent(t, out, x, y):
    flat = (x == 0) & (jnp.real(y) >= 0)  # 0 to a growing power stays 0
    return jnp.where(flat, 0, t * out * jnp.log(jnp.where(flat, 1, x)))


power = with_partials(_raise, _by_base, _by_exponent)
"""x ** y of arrays of one dtype; the derivative is 0 where y is 0."""


def _integers_stay_integers(args, kwargs):
    """Raise for an integer tensor to an integer number that is negative or that its dtype cannot hold, as PyTorch does."""
    base = args[0] if args else kwargs.get("input", kwargs.get("self"))
    exponent = args[1] if len(args) > 1 else kwargs.get("exponent")
    if type(exponent) is int and is_tensor(base) and base.dtype.category < dt.FLOATING:
        if exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        if base.dtype is not dt.bool_:
            dt.check_fits(exponent, base.dtype)


@binary(operator="pow", reroute=_integers_stay_integers, numbers="either")
def pow(input, exponent):
    """Each element to a power: a number, or a tensor that broadcasts. The base may be the number instead.

    Raises RuntimeError for integers to a negative integer number.

    >>> pow(tensor([1., 2., 3.]), 2)
    tensor([1., 4., 9.])
    """
    refuse("pow", input, is_bool)
    return power(input, exponent)


@binary(promote=None, numbers="either", out="exact")
def float_power(input, exponent):
    """Each element to a power, in float64 or complex128."""
    input, exponent = jnp.asarray(input), jnp.asarray(exponent)
    wide = jnp.complex128 if is_complex(input) or is_complex(exponent) else jnp.float64
    return power(input.astype(wide), exponent.astype(wide))


@elementwise(saves="input")
def square(input):
    """Each element times itself."""
    return input.astype(jnp.int64) if is_bool(input) else input * input


@elementwise(promote="float", saves="result")
def sqrt(input):
    """Square root of each element; NaN below 0."""
    return jnp.sqrt(input)


_rsqrt = with_partials(lax.rsqrt, lambda t, out, x: t * (-0.5 * out * out * out))


@elementwise(promote="float", saves="result")
def rsqrt(input):
    """One over the square root of each element; infinite at 0, NaN below."""
    return _rsqrt(input)
