"""Special functions: error, gamma, Bessel and zeta functions, and the normal distribution's."""

import math

import jax.numpy as jnp
import jax.scipy.special as jsp
from jax import lax

from eagerjax.ops.define import binary, elementwise, rename
from eagerjax.ops.pointwise import is_bool, is_complex, is_integer, refuse, with_partials


def _curve(name, fn, doc, saves="input", **options):
    """A real function of one real tensor; integers become floats."""

    def real(input):
        refuse(f"{name}_cpu", input, is_complex)
        return fn(input)

    return rename(name, real, doc, promote="float", saves=saves, **options)


# -- error functions and the normal distribution --------------------------------------------
_curve("erf", lax.erf, "The error function `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to input.",
       aliases=("special.erf",))  # fmt: skip
_curve("erfc", lax.erfc, "`1 - erf(input)`, accurate where it is small.", aliases=("special.erfc",))
_curve("erfinv", lax.erf_inv, "The inverse of `erf`; infinite at -1 and 1, NaN outside.", aliases=("special.erfinv",))
_curve("ndtr", jsp.ndtr, "The area under the normal density left of input.", homes="special", inplace=False)
_ndtri = with_partials(jsp.ndtri, lambda t, out, x: t * (math.sqrt(2 * math.pi) * jnp.exp(out * out / 2)))
_curve("ndtri", _ndtri, "The inverse of `ndtr`.", homes="special", inplace=False)

_entr = with_partials(
    lambda x: jnp.where(x > 0, -x * jnp.log(jnp.where(x > 0, x, 1)), jnp.where(x == 0, 0, jnp.where(x < 0, -jnp.inf, x))),
    lambda t, out, x: t * jnp.where(x < 0, jnp.nan, -jnp.log(jnp.where(x < 0, 1, x)) - 1),
)
_curve("entr", _entr, "`-input * log(input)`, 0 at 0 and -inf below.", homes="special", inplace=False)


def _scaled_erfc(x):
    """exp(x^2) erfc(x): by its continued fraction where erfc would underflow."""
    small = x < 5
    near = jnp.where(small, x, 0)
    far = jnp.where(small, 5, x)
    fraction = far
    for k in range(24, 0, -1):
        fraction = far + (k / 2) / fraction
    direct = jnp.exp(near * near) * lax.erfc(near)
    return jnp.where(small, direct, 1 / (math.sqrt(math.pi) * fraction))


_erfcx = with_partials(_scaled_erfc, lambda t, out, x: t * (2 * x * out - 2 / math.sqrt(math.pi)))


def _log_area(x):
    """By erfc at either side, so that no digits are lost where the area is nearly 1."""
    low = x < -1
    below = -jnp.where(low, x, -1) * math.sqrt(0.5)
    above = jnp.where(low, -1, x) * math.sqrt(0.5)
    return jnp.where(low, jnp.log(_scaled_erfc(below) / 2) - below * below, jnp.log1p(-lax.erfc(above) / 2))


_log_ndtr = with_partials(_log_area, lambda t, out, x: t * (jnp.exp(-x * x / 2 - out) / math.sqrt(2 * math.pi)))
_curve("log_ndtr", _log_ndtr, "`log(ndtr(input))` without underflow.", homes="special", inplace=False)
_curve("erfcx", _erfcx, "`exp(input**2) * erfc(input)` without overflow.", homes="special", inplace=False,
       saves=None)  # fmt: skip


# -- gamma and zeta functions -------------------------------------------------------------------
def _digamma_forward(x):
    """PyTorch's values at the pole 0, which has a sign."""
    pole = jnp.copysign(jnp.full_like(x, jnp.inf), -x)
    return jnp.where(x == 0, pole, lax.digamma(jnp.where(x == 0, 1, x)))


_digamma = with_partials(_digamma_forward, lambda t, out, x: t * _polygamma(x, 1))
_lgamma = with_partials(lambda x: jnp.where(jnp.isinf(x), jnp.inf, lax.lgamma(x)), lambda t, out, x: t * _digamma(x))
_curve("lgamma", _lgamma, "Logarithm of the absolute gamma function.", aliases=("special.gammaln",))
_curve("digamma", _digamma, "Derivative of `lgamma`.", aliases=("special.digamma", "special.psi"))


@elementwise(promote="float", promoted=("input",), homes="torch special", inplace=False)
def polygamma(n: int, input):
    """The n-th derivative of `digamma`. Raises RuntimeError for a negative n."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    refuse("polygamma_cpu", input, is_complex)
    return _digamma(input) if n == 0 else _polygamma(input, n)


def _polygamma(x, n):
    """(-1)^(n + 1) n! zeta(n + 1, x), whose derivative is the next one."""

    def forward(x):
        if n == 1:
            return _trigamma(x)
        return (-1.0) ** (n + 1) * math.factorial(n) * _zeta(jnp.full_like(x, n + 1), x)

    return with_partials(forward, lambda t, out, x: t * _polygamma(x, n + 1))(x)


def _trigamma(x):
    """zeta(2, x), below 1/2 from that of 1 - x."""
    below = x < 0.5
    value = _zeta(jnp.full_like(x, 2), jnp.where(below, 1 - x, x))
    return jnp.where(below, (math.pi / jnp.sin(math.pi * x)) ** 2 - value, value)


@elementwise(promote="float", aliases=("special.multigammaln",))
def mvlgamma(input, p: int):
    """Logarithm of the multivariate gamma function of dimension p. Raises RuntimeError where p < 1."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    refuse("mvlgamma_cpu", input, is_complex)
    parts = sum(lax.lgamma(input - j / 2) for j in range(p))
    return parts + p * (p - 1) / 4 * math.log(math.pi)


def _zeta_from_negative(x, q):
    """The sum with its terms below 0, of which a loop takes at most a thousand, put apart."""
    far = q > -1000

    def step(state):
        total, at = state
        below = far & (at < 0)
        return jnp.where(below, total + jnp.power(at, -x), total), jnp.where(below, at + 1, at)

    start = (jnp.zeros_like(q), q)
    total, at = lax.while_loop(lambda state: jnp.any(far & (state[1] < 0)), step, start)
    return total + jsp.zeta(x, at)


def _zeta(x, q):
    """Infinite at the poles, q = 0, -1, -2, ..., and 0 for infinite q."""
    x, q = jnp.broadcast_arrays(x, q)
    pole, nothing = (q <= 0) & (q == jnp.floor(q)), q == jnp.inf
    value = _zeta_from_negative(x, jnp.where(pole | nothing, 1, q))
    return jnp.where(x > 1, jnp.where(pole, jnp.inf, jnp.where(nothing, 0, value)), value)


_zeta_op = with_partials(_zeta, None, lambda t, out, x, q: t * (-x * _zeta_op(x + 1, q)))


@binary(promote="float", homes="special", inplace=False, numbers="either")
def zeta(input, other):
    """Hurwitz's zeta function, the sum of `(k + other)**-input` over k >= 0."""
    refuse("zeta_cpu", input, is_complex)
    return _zeta_op(input, other)


def _gamma_density(a, x):
    return jnp.exp(-x - lax.lgamma(a) + jnp.where(x == 0, 0, (a - 1) * jnp.log(jnp.where(x == 0, 1, x))))


_igamma = with_partials(lax.igamma, None, lambda t, out, a, x: t * _gamma_density(a, x))
_igammac = with_partials(lax.igammac, None, lambda t, out, a, x: -t * _gamma_density(a, x))


@binary(aliases=("special.gammainc",), numbers="none")
def igamma(input, other):
    """The regularised lower incomplete gamma function at other, of order input. No derivative by the order."""
    refuse("igamma_cpu", input, is_bool, is_integer, is_complex)
    return _of_any_order(_igamma, 0, input, other)


def _of_any_order(fn, at_infinity, a, x):
    """fn(a, x), and its limit for infinite orders. In float64: with large orders float32 is off from the third digit on."""
    a, x = jnp.broadcast_arrays(a, x)
    endless = jnp.isinf(a)
    value = fn(jnp.where(endless, 1, a).astype(jnp.float64), x.astype(jnp.float64)).astype(x.dtype)
    return jnp.where(endless, jnp.where(jnp.isinf(x), jnp.nan, at_infinity).astype(x.dtype), value)


@binary(aliases=("special.gammaincc",), numbers="none")
def igammac(input, other):
    """`1 - igamma(input, other)`, accurate where it is small. No derivative by the order."""
    refuse("igammac_cpu", input, is_bool, is_integer, is_complex)
    return _of_any_order(_igammac, 1, input, other)


# -- Bessel functions -------------------------------------------------------------------------------
def _over(fn, x, at_zero):
    """fn(x) / x, and its limit at 0."""
    return jnp.where(x == 0, at_zero, fn(x) / jnp.where(x == 0, 1, x))


def _sign(x):
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


_i1 = with_partials(jsp.i1, lambda t, out, x: t * (_i0(x) - _over(_i1, x, 0.5)))
_i0 = with_partials(jsp.i0, lambda t, out, x: t * _i1(x))
_i1e = with_partials(jsp.i1e, lambda t, out, x: t * (_i0e(x) - out * _sign(x) - _over(_i1e, x, 0.5)))
_i0e = with_partials(jsp.i0e, lambda t, out, x: t * (_i1e(x) - _sign(x) * out))

_curve("i0", _i0, "Modified Bessel function of the first kind, order 0.", aliases=("special.i0",))
_curve("i0e", _i0e, "`exp(-|input|) * i0(input)`.", homes="special", inplace=False)
_curve("i1", _i1, "Modified Bessel function of the first kind, order 1.", homes="special", inplace=False)
_curve("i1e", _i1e, "`exp(-|input|) * i1(input)`.", homes="special", inplace=False)
