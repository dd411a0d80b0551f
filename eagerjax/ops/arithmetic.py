"""Arithmetic: sums, products, quotients and remainders, and what is closest to them. Powers are in power.py."""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import BOOL, HERE, Constant, Scalar, binary, elementwise
from eagerjax.ops.pointwise import (
    is_bool,
    is_complex,
    is_float,
    is_integer,
    kind_name,
    refuse,
    widen,
    with_partials,
)
from eagerjax.runtime import dtype as dt


# -- sums and products ---------------------------------------------------------------
@binary(operator="add", saves="", numbers="any", rounded=("alpha",), old=("alpha",))
def add(input, other, *, alpha: Scalar = 1):
    """Sum `input + alpha * other`, broadcast.

    >>> add(tensor([1., 2.]), 10)
    tensor([11., 12.])
    """
    other = _scaled(input, other, alpha)
    return input | other if is_bool(input) else input + other


def _no_booleans(template, dtypes):
    """Raises RuntimeError where an operand of a difference is boolean, be it a tensor or a number."""
    operands = [e for e in template[:2] if e is not HERE]
    numbers = sum(e is BOOL or (isinstance(e, Constant) and e[0] is bool) for e in operands)
    booleans = numbers + sum(d is dt.bool_ for d in dtypes)
    if booleans == 2:
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported. "
                           "Use the `^` or `logical_xor()` operator instead.")  # fmt: skip
    if booleans:
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                           "invert a mask, use the `~` or `logical_not()` operator instead.")  # fmt: skip
    return "common"


@binary(operator="sub", aliases=("subtract",), promote=_no_booleans, saves="", numbers="any",
        rounded=("alpha",), old=("alpha",))  # fmt: skip
def sub(input, other, *, alpha: Scalar = 1):
    """Difference `input - alpha * other`, broadcast. Raises RuntimeError for booleans."""
    return input - _scaled(input, other, alpha)


@binary(inplace=False, promote=_no_booleans, saves="", rounded=("alpha",))
def rsub(input, other, *, alpha: Scalar = 1):
    """Difference the other way round, `other - alpha * input`. Raises RuntimeError for booleans."""
    return other - _scaled(other, input, alpha)


def _scaled(result, other, alpha):
    """`alpha * other` in the dtype of `result`. Raises RuntimeError where alpha's kind exceeds that dtype."""
    kind = alpha if hasattr(alpha, "dtype") else jnp.asarray(alpha)
    if is_bool(kind) and not is_bool(result):
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if is_float(kind) and not (is_float(result) or is_complex(result)):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if is_complex(kind) and not is_complex(result):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    if isinstance(alpha, (int, float)) and alpha == 1:
        return other
    if is_bool(result):
        return other & kind.astype(bool)
    return other * kind.astype(other.dtype)


@binary(operator="mul", aliases=("multiply",), numbers="any", rounds=False)
def mul(input, other):
    """Product, broadcast."""
    return input & other if is_bool(input) else input * other


@elementwise(aliases=("negative",), operator="neg", saves="", out="exact")
def neg(input):
    """Each element negated. Raises RuntimeError for booleans."""
    if is_bool(input):
        raise RuntimeError("Negation, the `-` operator, on a bool tensor is not supported. "
                           "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.")  # fmt: skip
    return -input


@elementwise(promoted=("input", "tensor1", "tensor2"), old=("value",))
def addcmul(input, tensor1, tensor2, *, value: Scalar = 1):
    """`input + value * tensor1 * tensor2`, broadcast."""
    refuse("addcmul_cpu_out", input, is_bool)
    return input + jnp.asarray(value).astype(input.dtype) * tensor1 * tensor2


@elementwise(promoted=("input", "tensor1", "tensor2"), old=("value",))
def addcdiv(input, tensor1, tensor2, *, value: Scalar = 1):
    """`input + value * tensor1 / tensor2`, broadcast. Raises RuntimeError for integers."""
    if is_integer(input) or is_bool(input):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. Use (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) "
            "for integer inputs, or (input + value * tensor1 / tensor2) for float inputs."
        )
    return input + jnp.asarray(value).astype(input.dtype) * tensor1 / tensor2


@elementwise(promote=None)
def lerp(input, end, weight):
    """From input (weight 0) to end (weight 1) in a straight line: `input + weight * (end - input)`.

    weight: a number, or a tensor that broadcasts. Raises RuntimeError where the dtypes differ.
    """
    for name, array in (("end", end), ("weight", weight)):
        if (getattr(array, "ndim", 0) and array.dtype != input.dtype) or (name == "end" and array.dtype != input.dtype):
            raise RuntimeError(f"expected dtype {kind_name(input.dtype).lower()} for `{name}` "
                               f"but got dtype {kind_name(array.dtype).lower()}")  # fmt: skip
    refuse("lerp_kernel_scalar", input, is_bool, is_integer)
    start, end = widen(input), widen(end)
    weight = jnp.asarray(weight).astype(start.dtype)
    span = end - start
    near = jnp.abs(lax.stop_gradient(weight)) < 0.5  # each end is exact on its own side
    return jnp.where(near, start + weight * span, end - span * (1 - weight)).astype(input.dtype)


# -- quotients -----------------------------------------------------------------------
def _zero_divisor(input, other, **_):
    """PyTorch's error for integers divided by zero."""
    if is_integer(input):
        return [(jnp.any(other == 0), RuntimeError, "ZeroDivisionError")]
    return []


def _div_faults(input, other, *, rounding_mode=None):
    return _zero_divisor(input, other) if rounding_mode else []


def _div_promotion(template, dtypes):
    """Rounded quotients keep integers."""
    return "common" if template[2] else "float"


@binary(operator="truediv", aliases=("divide",), faults=_div_faults, promote=_div_promotion, numbers="any", rounds=False)
def div(input, other, *, rounding_mode: str = None):
    """Quotient; integers become floats. `rounding_mode="trunc"` rounds towards 0, `"floor"` downwards, keeping dtypes.

    Raises RuntimeError for an integer divided by zero under a rounding mode.

    >>> div(tensor([7., -7.]), 2, rounding_mode="floor")
    tensor([ 3., -4.])
    """
    if rounding_mode is None:
        return input / other
    if rounding_mode == "floor":
        return _quotient_down(input, other)
    if rounding_mode == "trunc":
        return _quotient_to_zero(input, other)
    raise RuntimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' "
                       f"but found '{rounding_mode}'")  # fmt: skip


@binary(promote="float", numbers="any", rounds=False)
def true_divide(input, other):
    """Quotient; integers become floats. Another name of `div` without a rounding mode."""
    return input / other


@binary(operator="floordiv", faults=_zero_divisor, differentiable=False, numbers="any", rounds=False)
def floor_divide(input, other):
    """Quotient rounded downwards. Raises RuntimeError for an integer divided by zero."""
    return _quotient_down(input, other)


def _quotient_down(input, other):
    """Python's `//`: consistent with `remainder`, where a rounded quotient may be one off."""
    refuse("div_floor_cpu", input, is_bool, is_complex)
    if is_integer(input):
        return jnp.floor_divide(input, jnp.where(other == 0, 1, other))
    input, other = lax.stop_gradient(input), lax.stop_gradient(other)
    rest = jnp.fmod(input, other)
    quotient = (input - rest) / other
    quotient = jnp.where((rest != 0) & ((other < 0) != (rest < 0)), quotient - 1, quotient)
    down = jnp.floor(quotient)
    down = jnp.where(quotient - down > 0.5, down + 1, down)
    exact = input / other
    down = jnp.where(quotient == 0, jnp.copysign(jnp.zeros_like(exact), exact), down)
    return jnp.where(other == 0, exact, down)


def _quotient_to_zero(input, other):
    refuse("div_trunc_cpu", input, is_bool, is_complex)
    if is_integer(input):
        other = jnp.where(other == 0, 1, other)
        return lax.div(*jnp.broadcast_arrays(input, other))
    return jnp.trunc(lax.stop_gradient(input) / lax.stop_gradient(other))


def _safe_remainder(rest):
    """An integer remainder that never divides by zero."""
    return lambda input, other: rest(input, jnp.where(other == 0, 1, other) if is_integer(other) else other)


_remainder = with_partials(
    _safe_remainder(jnp.remainder),
    lambda t, out, x, y: t,
    lambda t, out, x, y: -t * _quotient_down(x, y),
)
_fmod = with_partials(
    _safe_remainder(jnp.fmod),
    lambda t, out, x, y: t,
    lambda t, out, x, y: -t * _quotient_to_zero(x, y),
)


@binary(operator="mod", faults=_zero_divisor, numbers="either")
def remainder(input, other):
    """Remainder with the divisor's sign (Python's `%`). Raises RuntimeError for an integer divided by zero."""
    refuse("remainder_cpu", input, is_bool, is_complex)
    return _remainder(input, other)


@binary(faults=_zero_divisor)
def fmod(input, other):
    """Remainder with the dividend's sign (C's `fmod`). Raises RuntimeError for an integer divided by zero."""
    refuse("fmod_cpu", input, is_bool, is_complex)
    return _fmod(input, other)


@elementwise(promote="float", saves="result")
def reciprocal(input):
    """One over each element; integers become floats."""
    return 1 / input


# -- size and sign ---------------------------------------------------------------------
_abs = with_partials(jnp.abs, lambda t, out, x: jnp.real(t * jnp.conj(_unit(x))))


def _unit(x):
    """x / |x|, and 0 at 0: the derivative of the modulus."""
    return _sgn_complex(x) if is_complex(x) else _sign_real(x)


@elementwise(operator="abs", aliases=("absolute",), saves="input", out="exact real")
def abs(input):
    """Absolute value; the modulus of complex numbers. Its derivative at 0 is 0."""
    refuse("abs_cpu", input, is_bool)
    return _abs(input)


def _sgn_forward(x):
    size = jnp.abs(x)
    return jnp.where(size == 0, 0, x / jnp.where(size == 0, 1, size).astype(x.dtype))


def _sgn_partial(t, out, x):
    size = jnp.abs(x)
    along = jnp.real(jnp.conj(out) * t).astype(x.dtype)
    return jnp.where(size == 0, 0, (t - out * along) / jnp.where(size == 0, 1, size).astype(x.dtype))


_sgn_complex = with_partials(_sgn_forward, _sgn_partial)


def _sign_real(x):
    if is_bool(x):
        return x
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


@elementwise(saves="", out="exact")
def sign(input):
    """-1, 0 or 1 by each element's sign; 0 for NaN. Raises NotImplementedError for complex numbers."""
    if is_complex(input):
        raise NotImplementedError("Unlike NumPy, torch.sign is not intended to support complex numbers. "
                                  "Please use torch.sgn instead.")  # fmt: skip
    return _sign_real(input)


@elementwise(out="exact")
def sgn(input):
    """`sign`, and for complex numbers the direction `input / |input|`, 0 at 0."""
    return _sgn_complex(input) if is_complex(input) else _sign_real(input)


@elementwise(promote=None, inplace=False, differentiable=False, out="exact")
def signbit(input):
    """Is the sign bit set? True for -0.0 and negative NaN."""
    if is_complex(input):
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    return jnp.signbit(input) if is_float(input) else input < 0


_copysign = with_partials(
    jnp.copysign, lambda t, out, x, y: jnp.where(x == 0, 0, t * (out / jnp.where(x == 0, 1, x))), None
)


@binary(promote="float")
def copysign(input, other):
    """The size of input with the sign of other, broadcast."""
    refuse("copysign_cpu", input, is_complex)
    return _copysign(input, other)


_hypot = with_partials(
    jnp.hypot, lambda t, out, x, y: t * (x / out), lambda t, out, x, y: t * (y / out)
)  # fmt: skip


@binary(numbers="none")
def hypot(input, other):
    """`sqrt(input**2 + other**2)` without overflow on the way."""
    refuse("hypot_cpu", input, is_bool, is_integer, is_complex)
    return _hypot(input, other)


# -- bits of numbers -------------------------------------------------------------------
_nextafter = with_partials(jnp.nextafter, lambda t, out, x, y: jnp.where(x != y, t, 0), None)


@binary(upcast=False, numbers="none")
def nextafter(input, other):
    """The next number after input in the direction of other."""
    refuse("nextafter_cpu", input, is_bool, is_integer, is_complex)
    return _nextafter(input, other)


@binary(promote="float", numbers="none")
def ldexp(input, other):
    """`input * 2**other`; integers become floats."""
    return input * jnp.exp2(other)


_mantissa = with_partials(
    lambda x: jnp.frexp(x)[0], lambda t, out, x: t * jnp.exp2(-jnp.frexp(x)[1].astype(x.dtype))
)  # fmt: skip


@elementwise(inplace=False, returns=("mantissa", "exponent"), out="exact")
def frexp(input):
    """Mantissa in [0.5, 1) and int32 exponent, with `input = mantissa * 2**exponent`."""
    if not is_float(input):
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return _mantissa(input), jnp.frexp(jax.lax.stop_gradient(input))[1].astype(jnp.int32)


@binary(numbers="none")
def gcd(input, other):
    """Greatest common divisor of integers, not negative unless the lowest integer is."""
    refuse("gcd_cpu", input, is_bool, is_float, is_complex)
    return _common_divisor(input, other)


def _common_divisor(a, b):
    """Euclid's algorithm with C's remainders. (jnp.gcd never ends for the lowest integer, which has no absolute value.)"""

    def step(pair):
        a, b = pair
        over = a == 0
        return jnp.where(over, a, lax.rem(b, jnp.where(over, 1, a))), jnp.where(over, b, a)

    a, b = jnp.broadcast_arrays(jnp.abs(a), jnp.abs(b))
    return lax.while_loop(lambda pair: jnp.any(pair[0] != 0), step, (a, b))[1]


@binary(numbers="none")
def lcm(input, other):
    """Least common multiple of integers, never negative; 0 where one of them is 0."""
    refuse("lcm_cpu", input, is_bool, is_float, is_complex)
    common = _common_divisor(input, other)
    wide = jnp.promote_types(input.dtype, jnp.int32)  # in which C multiplies
    first = input.astype(wide) // jnp.where(common == 0, 1, common)
    return jnp.where(common == 0, 0, jnp.abs(first * other)).astype(input.dtype)
