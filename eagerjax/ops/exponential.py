"""Exponentials, logarithms, and the logistic function."""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Scalar, binary, elementwise, rename
from eagerjax.ops.pointwise import is_bool, is_complex, is_integer, refuse, with_partials

_LN2, _LN10 = 0.6931471805599453, 2.302585092994046

rename("exp", jnp.exp, "e to the power of each element.", promote="float", saves="result")
rename("expm1", jnp.expm1, "`exp(input) - 1`, accurate near 0.", promote="float", saves="result",
       aliases=("special.expm1",))  # fmt: skip
rename("log", jnp.log, "Natural logarithm; -inf at 0, NaN below.", promote="float", saves="input")
rename("log1p", jnp.log1p, "`log(1 + input)`, accurate near 0.", promote="float", saves="input",
       aliases=("special.log1p",))  # fmt: skip

def _snapped(log):
    """A logarithm whose value one rounding away from a whole number is that number: log2(8) is 3, not 3.0000002."""

    def fn(x):
        value = log(x)
        if is_complex(x):
            return value
        whole = jnp.round(value)
        return jnp.where(jnp.abs(value - whole) <= jnp.finfo(x.dtype).eps * jnp.abs(whole), whole, value)

    return fn


_BITS = {"float32": (jnp.int32, 127, 23), "float64": (jnp.int64, 1023, 52)}


def _exact_exp2(x):
    """2 ** x, whose whole powers are made from bits and so are exact."""
    if str(x.dtype) not in _BITS:
        return jnp.exp2(x)
    kind, bias, shift = _BITS[str(x.dtype)]
    whole = jnp.clip(jnp.round(x), 1 - bias, bias)
    bits = (jnp.where(jnp.isnan(x), 0, whole).astype(kind) + bias) << shift
    return jnp.where(whole == x, lax.bitcast_convert_type(bits, x.dtype), jnp.exp2(x))


_exp2 = with_partials(_exact_exp2, lambda t, out, x: t * out * _LN2)
_log2 = with_partials(_snapped(jnp.log2), lambda t, out, x: t / (x * _LN2))
_log10 = with_partials(_snapped(jnp.log10), lambda t, out, x: t / (x * _LN10))


@elementwise(promote="float", saves="result", aliases=("special.exp2",))
def exp2(input):
    """2 to the power of each element."""
    return _exp2(input)


@elementwise(promote="float", saves="input")
def log2(input):
    """Logarithm to base 2."""
    return _log2(input)


@elementwise(promote="float", saves="input")
def log10(input):
    """Logarithm to base 10."""
    return _log10(input)


@elementwise(promote="float", homes="torch Tensor F", aliases=("special.expit",), saves="result")
def sigmoid(input):
    """The logistic function `1 / (1 + exp(-input))`."""
    return jax.nn.sigmoid(input)


def _logit_partial(t, out, x):
    return t * jnp.where((x >= 0) & (x <= 1), 1 / (x * (1 - x)), jnp.nan)


_logit = with_partials(lambda x: jnp.log(x / (1 - x)), _logit_partial)


@elementwise(promote="float", promoted=("input",), aliases=("special.logit",), saves="input")
def logit(input, eps: Scalar = None):
    """`log(input / (1 - input))`; with `eps`, of the input moved into [eps, 1 - eps]. NaN outside [0, 1]."""
    refuse("logit_cpu", input, is_complex)
    if eps is None:
        return _logit(input)
    low = jnp.asarray(eps).astype(input.dtype)
    inside = (input >= low) & (input <= 1 - low)
    edge = lax.stop_gradient(jnp.clip(input, low, 1 - low))
    return _logit(jnp.where(inside, input, edge))


# -- of two operands -----------------------------------------------------------------------
def _log_sum(exp, log1p):
    """log of a sum of two powers, by the larger one; two equal infinities are their own sum."""

    def fn(x, y):
        high, low = jnp.maximum(x, y), jnp.minimum(x, y)
        same = (x == y) & jnp.isinf(x)
        return jnp.where(same, x, high + log1p(exp(low - jnp.where(same, 0, high))))

    return fn


def _weight(exp):
    """The share of the first of two powers in their sum."""
    return lambda mine, other: 1 / (1 + exp(other - mine))


def _log_sum_partials(exp):
    share = _weight(exp)
    return (lambda t, out, x, y: t * share(x, y), lambda t, out, x, y: t * share(y, x))


_logaddexp = with_partials(_log_sum(jnp.exp, jnp.log1p), *_log_sum_partials(jnp.exp))
_logaddexp2 = with_partials(_log_sum(jnp.exp2, lambda x: jnp.log1p(x) / _LN2), *_log_sum_partials(jnp.exp2))


@binary(inplace=False, numbers="none")
def logaddexp(input, other):
    """`log(exp(input) + exp(other))` without overflow on the way."""
    refuse("logaddexp_cpu", input, is_bool, is_integer)
    return _complex_logaddexp(input, other) if is_complex(input) else _logaddexp(input, other)


def _complex_logaddexp(x, y):
    """By the one with the larger real part; the imaginary part is not brought back into [-pi, pi], as in PyTorch."""
    first = jnp.real(x) >= jnp.real(y)
    high, low = jnp.where(first, x, y), jnp.where(first, y, x)
    return high + jnp.log1p(jnp.exp(low - high))


@binary(inplace=False, numbers="none")
def logaddexp2(input, other):
    """`log2(2**input + 2**other)` without overflow on the way."""
    refuse("logaddexp2_cpu", input, is_bool, is_integer, is_complex)
    return _logaddexp2(input, other)


def _times_log(log):
    """x * log(y), 0 where x is 0, NaN where y is NaN."""
    return lambda x, y: jnp.where(jnp.isnan(y), y, jnp.where(x == 0, 0, x * log(jnp.where(x == 0, 1, y))))


def _log_unless(log, edge):
    """Partial of x * log(y) by x: log(y), but 0 where x is 0 and y not above the edge."""

    def partial(t, out, x, y):
        flat = (x == 0) & (y <= edge)
        return t * jnp.where(flat, 0, log(jnp.where(flat, 1, y)))

    return partial


_xlogy = with_partials(
    _times_log(jnp.log),
    _log_unless(jnp.log, 0),
    lambda t, out, x, y: t * x / y,
)
_xlog1py = with_partials(
    _times_log(jnp.log1p),
    _log_unless(jnp.log1p, -1),
    lambda t, out, x, y: t * x / (y + 1),
)


@binary(promote="float", aliases=("special.xlogy",), numbers="either")
def xlogy(input, other):
    """`input * log(other)`, and 0 where input is 0 and other not NaN."""
    refuse("xlogy_cpu", input, is_complex)
    return _xlogy(input, other)


@binary(promote="float", homes="special", inplace=False, numbers="either")
def xlog1py(input, other):
    """`input * log(1 + other)`, and 0 where input is 0 and other not NaN."""
    refuse("xlog1py_cpu", input, is_complex)
    return _xlog1py(input, other)
