"""float32 circular functions for CPUs, where XLA calls a scalar library function per element: polynomials vectorise.

Within 2 units in the last place of the library's values. Angles are reduced in float64; beyond 2**27, where
float32 angles are 8 radians or more apart, the library takes over.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

_HIGH = 1.57079632673412561417  # pi / 2 in 33 bits, so that small multiples are exact
_LOW = 6.07710050650619224932e-11
_FAR = 2.0**27


def _f(*coefficients):
    return [np.float32(c) for c in coefficients]


def _polynomial(x, coefficients):
    """Horner's rule, the highest power first."""
    total = coefficients[0]
    for c in coefficients[1:]:
        total = total * x + c
    return total


_SIN = _f(2.718311493989822e-6, -1.9839334836096632e-4, 8.3333293858894632e-3, -1.6666666641626524e-1)
_COS = _f(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_ATAN = _f(8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1)


def _quadrant(x):
    """(r, q) with x = q pi/2 + r and |r| <= pi/4; q is taken modulo 4."""
    wide = x.astype(jnp.float64)
    turns = jnp.round(wide * (2 / np.pi))
    rest = (wide - turns * _HIGH) - turns * _LOW
    return rest.astype(jnp.float32), turns.astype(jnp.int32) & 3


def _sin_cos(r):
    """Sine and cosine of small angles."""
    square = r * r
    sine = r + r * square * _polynomial(square, _SIN)
    cosine = 1 - np.float32(0.5) * square + square * square * _polynomial(square, _COS)
    return sine, cosine


def _near_sin(x):
    r, q = _quadrant(x)
    sine, cosine = _sin_cos(r)
    value = jnp.where(q & 1 == 1, cosine, sine)
    return jnp.where(q & 2 == 2, -value, value)


def _near_cos(x):
    r, q = _quadrant(x)
    sine, cosine = _sin_cos(r)
    value = jnp.where(q & 1 == 1, sine, cosine)
    return jnp.where((q + 1) & 2 == 2, -value, value)


def _near_tan(x):
    r, q = _quadrant(x)
    sine, cosine = _sin_cos(r)
    return jnp.where(q & 1 == 1, -cosine / sine, sine / cosine)


def _guarded(near, library):
    """`near` where all angles are moderate; NaN and infinity are not."""

    def fn(x):
        if x.dtype != jnp.float32:
            return library(x)
        return lax.cond(jnp.all(jnp.abs(x) < _FAR), near, library, x)

    return fn


sin = _guarded(_near_sin, jnp.sin)
cos = _guarded(_near_cos, jnp.cos)
tan = _guarded(_near_tan, jnp.tan)


def _unit_atan(x):
    """Arc tangent of numbers in [0, 1]."""
    upper = x > 0.4142135623730950
    z = jnp.where(upper, (x - 1) / (x + 1), x)
    square = z * z
    value = z + z * square * _polynomial(square, _ATAN)
    return jnp.where(upper, value + np.float32(np.pi / 4), value)


def atan(x):
    """Arc tangent."""
    if x.dtype != jnp.float32:
        return jnp.arctan(x)
    size = jnp.abs(x)
    steep = size > 1
    value = _unit_atan(jnp.where(steep, 1 / jnp.where(steep, size, 1), size))
    return jnp.copysign(jnp.where(steep, np.float32(np.pi / 2) - value, value), x)


def atan2(y, x):
    """The angle of the point (x, y), with signed zeros and infinities as in C."""
    if x.dtype != jnp.float32:
        return jnp.arctan2(y, x)
    high, wide = jnp.abs(y), jnp.abs(x)
    large, small = jnp.maximum(high, wide), jnp.minimum(high, wide)
    same = (large == small) & ((large == 0) | jnp.isinf(large))  # 0/0 and inf/inf
    ratio = jnp.where(same, jnp.where(large == 0, 0, 1).astype(x.dtype), small / jnp.where(large == 0, 1, large))
    value = _unit_atan(ratio)
    value = jnp.where(high > wide, np.float32(np.pi / 2) - value, value)
    value = jnp.where(jnp.signbit(x), np.float32(np.pi) - value, value)
    return jnp.where(jnp.isnan(ratio), ratio, jnp.copysign(value, y))
