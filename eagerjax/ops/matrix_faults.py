"""What decompositions refuse once they know the values of a matrix: fault functions, for `faults=` of their ops.

Programs catch these errors and go on with another matrix (more jitter, some noise), so the ops are `prompt` as well.
"""

import jax.numpy as jnp
from jax import lax

from eagerjax.runtime.errors import FINE


class LinAlgError(RuntimeError):
    """A decomposition that the values of a matrix do not allow (torch.linalg.LinAlgError)."""


SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
INDEFINITE = ("The factorization could not be completed because the input is not positive-definite (the leading minor of "
              "order {} is not positive-definite).")  # fmt: skip
UNSOLVABLE = "The solver failed because the input matrix is singular."
ENDLESS = "The algorithm failed to converge because the input matrix contained non-finite values."
ZERO_PIVOT = ("U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
              "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)")  # fmt: skip
_ORDER = 1 << 31


def fault(info, name, text, kind=LinAlgError):
    """[(condition, class, message)]: `info` numbers the place where each matrix goes wrong, from 1; 0 is right."""
    if info.size == 0:
        return []
    codes = jnp.where(info.reshape(-1) != 0, jnp.arange(info.size) * _ORDER + info.reshape(-1), FINE)
    first = codes[jnp.argmax(codes != FINE)]
    return [(first, kind, _Message(name, text, info.ndim > 0))]


class _Message:
    """The text of a code: which matrix of a batch it is, and the place in it."""

    def __init__(self, name, text, batched):
        self.name, self.text, self.batched = name, text, batched

    def __call__(self, code):
        element, place = divmod(code, _ORDER)
        return f"{self.name}: {f'(Batch element {element}): ' if self.batched else ''}{self.text.format(place)}"


def zero_pivot(packed):
    """int32: the number (from 1) of the first zero on the diagonal of U; 0 where there is none."""
    zero = jnp.diagonal(lax.stop_gradient(packed), axis1=-2, axis2=-1) == 0
    if zero.shape[-1] == 0:
        return jnp.zeros(packed.shape[:-2], jnp.int32)
    return jnp.where(jnp.any(zero, -1), jnp.argmax(zero, -1) + 1, 0).astype(jnp.int32)


def zero_pivot_of(a):
    """`zero_pivot` of the LU decomposition of matrices."""
    return zero_pivot(lax.linalg.lu(lax.stop_gradient(a))[0]) if a.size else jnp.zeros(a.shape[:-2], jnp.int32)


def singular(name, text=SINGULAR, kind=LinAlgError):
    """Square matrices that have no inverse; `check_errors=False` lets them pass."""

    def faults(a, *_, check_errors=True, **__):
        return fault(zero_pivot_of(a), name, text, kind) if check_errors else []

    return faults


def not_finite(name, text=ENDLESS, kind=LinAlgError):
    """Infinity or NaN anywhere in a matrix."""

    def faults(a, *_, **__):
        finite = jnp.all(jnp.isfinite(lax.stop_gradient(a)), (-2, -1))
        return fault((~finite).astype(jnp.int32), name, text, kind)

    return faults


svd_faults = not_finite("linalg.svd")
eig_faults = not_finite("torch.linalg.eig", "input tensor should not contain infs or NaNs.", RuntimeError)


def failing_minor(a, factor):
    """int32: the order of the first leading minor of Hermitian `a` that is not positive-definite; 0 where `factor` exists."""
    bad = jnp.any(jnp.isnan(factor), (-2, -1))
    return lax.cond(jnp.any(bad), lambda: jnp.where(bad, _first_pivot(a), 0), lambda: jnp.zeros(bad.shape, jnp.int32))


def _first_pivot(a):
    """The first pivot of an elimination without row exchange that is not positive; the last one where rounding hides it."""
    n = a.shape[-1]

    def eliminate(k, state):
        a, order = state
        pivot = a[..., k, k].real
        positive = pivot > 0
        column = a[..., :, k]
        outer = column[..., :, None] * jnp.conj(column)[..., None, :]
        a = a - outer / jnp.where(positive, pivot, 1)[..., None, None]
        return a, jnp.where((order == 0) & ~positive, k + 1, order).astype(jnp.int32)

    order = lax.fori_loop(0, n, eliminate, (a, jnp.zeros(a.shape[:-2], jnp.int32)))[1]
    return jnp.where(order == 0, n, order).astype(jnp.int32)
