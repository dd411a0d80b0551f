"""torch.special: orthogonal polynomials by their recurrences. None of them has a derivative in PyTorch, nor here."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import binary
from eagerjax.ops.kinds import refuse, type_name

_MANY = 6  # beyond this degree Chebyshev's polynomials are taken from their angle, where there is one


def recurrence(x, n, first, following):
    """p_n by p_0 = 1, p_1 = first, p_k+1 = following(k, p_k, p_k-1); 0 for a negative n. Stops where all are NaN."""

    def step(state):
        k, before, now = state
        new = following(k.astype(x.dtype), now, before)
        going = k < n
        return k + 1, jnp.where(going, now, before), jnp.where(going, new, now)

    def unfinished(state):
        k, _, now = state
        return jnp.any((k < n) & ~jnp.isnan(now))

    start = (jnp.ones((), n.dtype), jnp.ones_like(x), jnp.broadcast_to(first, x.shape))
    _, _, found = lax.while_loop(unfinished, step, start)
    return jnp.where(n > 0, found, jnp.where(n == 0, 1, 0)).astype(x.dtype)


def chebyshev(x, n, first, ends, wave):
    """Recurrence 2 x p - q; closed forms where they exist: at the ends (x = 1, x = -1), and inside by the angle."""
    inside = (jnp.abs(x) < 1) & (n > _MANY)
    at_end = jnp.abs(x) == 1
    found = recurrence(x, jnp.where(inside | at_end, 0, n), first, lambda k, p, q: (x + x) * p - q)
    m, sign = n.astype(x.dtype), jnp.where(n % 2 == 0, 1, -1).astype(x.dtype)
    found = jnp.where(at_end & (n >= 0), jnp.where(x > 0, ends(m, sign)[0], ends(m, sign)[1]), found)
    angle = jnp.arccos(jnp.where(inside, x, 0))
    return jnp.where(at_end & (n < 0), 0, jnp.where(inside, wave(m, angle), found))


def _half_angles(f):
    """f((n + 1/2) angle) / f(angle / 2)."""
    return lambda n, angle: f((n + 0.5) * angle) / f(angle / 2)


def _t(x, n):
    return chebyshev(x, n, x, lambda n, sign: (1, sign), lambda n, a: jnp.cos(n * a))


def _u(x, n):
    return chebyshev(
        x, n, x + x, lambda n, sign: (n + 1, sign * (n + 1)), lambda n, a: jnp.sin((n + 1) * a) / jnp.sin(a)
    )


def _v(x, n):
    return chebyshev(x, n, x + x - 1, lambda n, sign: (1, sign * (n + n + 1)), _half_angles(jnp.cos))


def _w(x, n):
    return chebyshev(x, n, x + x + 1, lambda n, sign: (n + n + 1, sign), _half_angles(jnp.sin))


def _shifted(fn):
    return lambda x, n: fn(x + x - 1, n)


def _bounded(found, n):
    """NaN beyond the degree at which values leave the dtype's range anywhere."""
    limit = 512 if found.dtype == np.float64 else 128
    return jnp.where(n > limit, jnp.nan, found)


def _h(x, n):
    return _bounded(recurrence(x, jnp.minimum(n, 513), x + x, lambda k, p, q: (x + x) * p - (k + k) * q), n)


def _he(x, n):
    return _bounded(recurrence(x, jnp.minimum(n, 513), x, lambda k, p, q: x * p - k * q), n)


def _laguerre(x, n):
    zero = x == 0
    found = recurrence(x, jnp.where(zero, 0, n), 1 - x, lambda k, p, q: ((k + k + 1 - x) * p - k * q) / (k + 1))
    return jnp.where(zero & (n >= 0), 1, jnp.where(zero, 0, found))


def _legendre(x, n):
    end = jnp.abs(x) == 1
    found = recurrence(x, jnp.where(end, 0, n), x, lambda k, p, q: ((k + k + 1) * x * p - k * q) / (k + 1))
    return jnp.where(end & (n >= 0), jnp.where((x > 0) | (n % 2 == 0), 1, -1), jnp.where(end, 0, found))


def _define(name, fn, doc):
    def polynomial(x, n):
        refuse(x, f"{name}_cpu", complex_=True)
        if x.dtype.itemsize < 4:
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_name(x.dtype)}'")
        x, degree = jnp.broadcast_arrays(x, n.astype(jnp.int64))
        return fn(x, degree).astype(x.dtype)

    polynomial.__doc__ = f"{doc} of degree n (cut to an integer; 0 where it is negative) at each element."
    binary(polynomial, name=f"special_{name}", promote="float", upcast=False, inplace=False, homes="",
           aliases=(f"special.{name}",), differentiable=False, numbers="either")  # fmt: skip


for _name, _fn, _doc in (
    ("chebyshev_polynomial_t", _t, "Chebyshev polynomial of the first kind"),
    ("chebyshev_polynomial_u", _u, "Chebyshev polynomial of the second kind"),
    ("chebyshev_polynomial_v", _v, "Chebyshev polynomial of the third kind"),
    ("chebyshev_polynomial_w", _w, "Chebyshev polynomial of the fourth kind"),
    ("shifted_chebyshev_polynomial_t", _shifted(_t), "Chebyshev polynomial of the first kind for [0, 1]"),
    ("shifted_chebyshev_polynomial_u", _shifted(_u), "Chebyshev polynomial of the second kind for [0, 1]"),
    ("shifted_chebyshev_polynomial_v", _shifted(_v), "Chebyshev polynomial of the third kind for [0, 1]"),
    ("shifted_chebyshev_polynomial_w", _shifted(_w), "Chebyshev polynomial of the fourth kind for [0, 1]"),
    ("hermite_polynomial_h", _h, "Hermite polynomial (physicists')"),
    ("hermite_polynomial_he", _he, "Hermite polynomial (probabilists')"),
    ("laguerre_polynomial_l", _laguerre, "Laguerre polynomial"),
    ("legendre_polynomial_p", _legendre, "Legendre polynomial"),
):
    _define(_name, _fn, _doc)
