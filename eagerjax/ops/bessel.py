"""torch.special: Bessel's and Airy's functions. None of them has a derivative in PyTorch, nor here."""

import math

import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np

from eagerjax.ops import bessel_tables as tables
from eagerjax.ops.define import elementwise
from eagerjax.ops.kinds import refuse, type_name


def series(table, t):
    """The Chebyshev series of a table at t in [-1, 1], with as many terms as the dtype can tell."""
    enough = np.finfo(t.dtype).eps / 64 * max(map(abs, table))
    terms = max(i for i, c in enumerate(table) if abs(c) > enough) + 1
    one, two = jnp.zeros_like(t), jnp.zeros_like(t)
    for c in table[terms - 1 : 0 : -1]:
        one, two = 2 * t * one - two + c, one
    return t * one - two + table[0]


def _near(x, limit):
    """x where it is within the limit, else the limit: for the branch that is not taken."""
    return jnp.where(x <= limit, x, limit)


def _far(x, limit):
    return jnp.where(x > limit, x, limit)


# -- of the first and second kind ---------------------------------------------------------------
def _wave(order, x):
    """(cosine part, sine part, scale) of the waves that J and Y are for x > 8. sin and cos keep all digits of x."""
    t = 2 * (8 / x) ** 2 - 1
    even, odd = (tables.P0, tables.Q0) if order == 0 else (tables.P1, tables.Q1)
    sin, cos = jnp.sin(x), jnp.cos(x)
    turned = (cos + sin, sin - cos) if order == 0 else (sin - cos, -(sin + cos))  # cos and sin of x - (2 n + 1) pi / 4
    return turned, (series(even, t), 8 / x * series(odd, t)), 1 / jnp.sqrt(math.pi * x)


def _j_wave(order, x):
    (cos, sin), (even, odd), scale = _wave(order, x)
    return (even * cos - odd * sin) * scale


def _y_wave(order, x):
    (cos, sin), (even, odd), scale = _wave(order, x)
    return (even * sin + odd * cos) * scale


def _square(x):
    return x * x / 32 - 1


def _j0(x):
    size = jnp.abs(x)
    out = jnp.where(size <= 8, series(tables.J0, _square(_near(size, 8))), _j_wave(0, _far(size, 8)))
    return jnp.where(jnp.isfinite(x), out, jnp.nan)


def _j1(x):
    size = jnp.abs(x)
    near = _near(size, 8)
    out = jnp.where(size <= 8, near * series(tables.J1, _square(near)), _j_wave(1, _far(size, 8)))
    return jnp.where(jnp.isfinite(x), jnp.copysign(1.0, x).astype(x.dtype) * out, jnp.nan)


def _second_kind(x, near, order):
    """-inf at 0, NaN below."""
    inside = jnp.where((x > 0) & (x <= 8), x, 8)
    out = jnp.where(x <= 8, near(inside), _y_wave(order, _far(x, 8)))
    return jnp.where(x == 0, -jnp.inf, jnp.where((x > 0) & jnp.isfinite(x), out, jnp.nan))


def _y0(x):
    return _second_kind(x, lambda x: series(tables.Y0, _square(x)) + 2 / math.pi * jnp.log(x) * _j0(x), 0)


def _y1(x):
    def near(x):
        return x * series(tables.Y1, _square(x)) + 2 / math.pi * (jnp.log(x) * _j1(x) - 1 / x)

    return _second_kind(x, near, 1)


def _spherical_j0(x):
    small = jnp.abs(x) < 0.5
    square = jnp.where(small, x, 0) ** 2
    near = 1 + sum((-1) ** k / math.factorial(2 * k + 1) * square**k for k in range(1, 8))
    rest = jnp.where(small | jnp.isinf(x), 1, x)
    return jnp.where(small, near, jnp.where(jnp.isinf(x), 0, jnp.sin(rest) / rest))


# -- modified ----------------------------------------------------------------------------------
def _k(x, near, far, scaled):
    """Infinite at 0, NaN below. near: a function of (0, 2]; far: the series of exp(x) sqrt(x) K(x)."""
    inside = jnp.where((x > 0) & (x <= 2), x, 2)
    outside = _far(x, 2)
    low = near(inside) * (jnp.exp(inside) if scaled else 1)
    high = series(far, 4 / outside - 1) / jnp.sqrt(outside) * (1 if scaled else jnp.exp(-outside))
    out = jnp.where(x <= 2, low, high)
    return jnp.where(x == 0, jnp.inf, jnp.where(x > 0, out, jnp.nan))


def _k0_near(x):
    return series(tables.K0_NEAR, x * x / 2 - 1) - jnp.log(x / 2) * jsp.i0(x)


def _k1_near(x):
    return x * series(tables.K1_NEAR, x * x / 2 - 1) + jnp.log(x / 2) * jsp.i1(x) + 1 / x


# -- Airy ----------------------------------------------------------------------------------------
def _airy(x):
    """A series from -4 to 2, decay above, a wave below."""
    decay, wave = 2 / 3 * 8**0.5, 16 / 3
    middle = series(tables.AIRY_NEAR, (jnp.clip(x, -4, 2) + 1) / 3)
    above, below = _far(x, 2), _far(-x, 4)
    zeta = 2 / 3 * above * jnp.sqrt(above)
    fall = series(tables.AIRY_DECAY, 2 * decay / zeta - 1) * jnp.exp(-zeta) / (2 * math.sqrt(math.pi) * above**0.25)
    zeta = 2 / 3 * below * jnp.sqrt(below)
    t = 2 * (wave / zeta) ** 2 - 1
    sin, cos = jnp.sin(zeta) + jnp.cos(zeta), jnp.cos(zeta) - jnp.sin(zeta)  # of zeta + pi / 4, times sqrt(2)
    parts = sin * series(tables.AIRY_EVEN, t) - cos * wave / zeta * series(tables.AIRY_ODD, t)
    swing = parts / (math.sqrt(2 * math.pi) * below**0.25)
    out = jnp.where(x > 2, fall, jnp.where(x < -4, swing, middle))
    return jnp.where(jnp.isfinite(x), out, jnp.nan)


_OF_X = ("airy_ai", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0")
"""Those whose parameter has another name in PyTorch."""


def _define(name, fn, doc):
    def of_input(input):
        refuse(input, f"{name}_cpu", complex_=True)
        if input.dtype.itemsize < 4:
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_name(input.dtype)}'")
        return fn(input)

    def of_x(x):
        return of_input(x)

    real = of_x if name in _OF_X else of_input
    real.__doc__ = doc
    elementwise(real, name=f"special_{name}", promote="float", upcast=False, inplace=False, homes="",
                aliases=(f"special.{name}",), differentiable=False)  # fmt: skip


for _name, _fn, _doc in (
    ("bessel_j0", _j0, "Bessel function of the first kind, order 0."),
    ("bessel_j1", _j1, "Bessel function of the first kind, order 1."),
    ("bessel_y0", _y0, "Bessel function of the second kind, order 0; NaN below 0."),
    ("bessel_y1", _y1, "Bessel function of the second kind, order 1; NaN below 0."),
    ("spherical_bessel_j0", _spherical_j0, "`sin(input) / input`, 1 at 0."),
    ("modified_bessel_i0", jsp.i0, "Modified Bessel function of the first kind, order 0."),
    ("modified_bessel_i1", jsp.i1, "Modified Bessel function of the first kind, order 1."),
    ("modified_bessel_k0", lambda x: _k(x, _k0_near, tables.K0_FAR, False),
     "Modified Bessel function of the second kind, order 0; NaN below 0."),
    ("modified_bessel_k1", lambda x: _k(x, _k1_near, tables.K1_FAR, False),
     "Modified Bessel function of the second kind, order 1; NaN below 0."),
    ("scaled_modified_bessel_k0", lambda x: _k(x, _k0_near, tables.K0_FAR, True), "`exp(x) * modified_bessel_k0(x)`."),
    ("scaled_modified_bessel_k1", lambda x: _k(x, _k1_near, tables.K1_FAR, True), "`exp(x) * modified_bessel_k1(x)`."),
    ("airy_ai", _airy, "Airy's function Ai."),
):  # fmt: skip
    _define(_name, _fn, _doc)
