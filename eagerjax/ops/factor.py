"""Factorisations as LAPACK gives them: Householder vectors, LU with its info, LDL of symmetric matrices."""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import op
from eagerjax.ops.kinds import is_complex, is_inexact, type_name
from eagerjax.ops.linalg import algebra, check_matrix, check_square, linalg_solve
from eagerjax.ops.matrix_faults import UNSOLVABLE, ZERO_PIVOT, singular, zero_pivot, zero_pivot_of


def _check_dtype(name, a):
    if a.ndim < 2:
        raise RuntimeError(f"torch.{name}: input must have at least 2 dimensions.")
    if not is_inexact(a) or a.dtype.itemsize < 4:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_name(a.dtype)}'")


# -- Householder ------------------------------------------------------------------------------
@op(returns=("a", "tau"), differentiable=False)
def geqrf(input):
    """(R on and above the diagonal, the vectors of the Householder reflections below it; their factors)."""
    _check_dtype("geqrf", input)
    if input.size == 0:
        return input, jnp.zeros((*input.shape[:-2], min(input.shape[-2:])), input.dtype)
    packed, tau = jnp.linalg.qr(input, mode="raw")
    return jnp.swapaxes(packed, -1, -2), tau


def reflected(a, tau, b, adjoint):
    """Q b, or Q^H b, where Q is the product of the reflections whose vectors stand below the diagonal of a."""
    k, m = tau.shape[-1], a.shape[-2]
    rows, columns = jnp.arange(m)[:, None], jnp.arange(k)
    vectors = jnp.where(rows == columns, 1, jnp.where(rows > columns, a[..., :k], 0)).astype(a.dtype)
    vectors, tau = jnp.moveaxis(vectors, -1, 0), jnp.moveaxis(tau, -1, 0)

    def step(b, reflection):
        v, t = reflection
        t = jnp.conj(t) if adjoint else t
        return b - t[..., None, None] * v[..., :, None] * jnp.einsum("...i,...ij->...j", jnp.conj(v), b)[
            ..., None, :
        ], None

    return lax.scan(step, b, (vectors, tau), reverse=not adjoint)[0]


def _check_ormqr(a, tau, other, left):
    if a.ndim < 2:
        raise RuntimeError("torch.ormqr: input must have at least 2 dimensions.")
    if other.ndim < 2:
        raise RuntimeError("torch.ormqr: other must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] < tau.shape[-1]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if other.shape[side] != a.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.shape[-1] > a.shape[-1]:
        raise RuntimeError("torch.ormqr: tau.shape[-1] must be less than or equal to input.shape[-1]")
    if tau.shape[-1] != min(other.shape[side], a.shape[-1]):
        raise RuntimeError(f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    for what, x in (("tau", tau), ("other", other)):
        if x.ndim - (what == "other") != a.ndim - 1:
            raise RuntimeError(f"torch.ormqr: Expected input and {what} to have ndim "
                               f"{'one less than' if what == 'tau' else 'equal to'} the other, but got input.ndim equal to "
                               f"{a.ndim} and {what}.ndim is equal to {x.ndim}")  # fmt: skip
        batch = x.shape[:-1] if what == "tau" else x.shape[:-2]
        if batch != a.shape[:-2]:
            raise RuntimeError(f"torch.ormqr: Expected batch dimensions of {what} to be equal to input.shape[:-2], but got "
                               f"{list(batch)}")  # fmt: skip
        if x.dtype != a.dtype:
            raise RuntimeError(f"torch.ormqr: Expected input and {what} to have the same dtype, but input has dtype"
                               f"{type_name(a.dtype)} and {what} has dtype {type_name(x.dtype)}")  # fmt: skip


@op
def ormqr(input, input2, input3, left: bool = True, transpose: bool = False):
    """Q input3, or input3 Q, for the Q of `geqrf`; its conjugate transpose with `transpose`. Q is square."""
    _check_ormqr(input, input2, input3, left)
    if input3.size == 0:
        return input3
    if left:
        return reflected(input, input2, input3, transpose)
    flipped = jnp.conj(jnp.swapaxes(input3, -1, -2))
    return jnp.conj(jnp.swapaxes(reflected(input, input2, flipped, not transpose), -1, -2))


# -- LU ---------------------------------------------------------------------------------------
def _factored(name, a, pivot):
    check_matrix(name, a)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, pivots, _ = lax.linalg.lu(a)
    return packed, (pivots + 1).astype(jnp.int32), zero_pivot(packed)


@algebra(
    name="linalg_lu_factor_ex",
    aliases=("linalg.lu_factor_ex",),
    returns=("LU", "pivots", "info"),
    faults=singular("torch.linalg.lu_factor_ex", ZERO_PIVOT, RuntimeError),
)
def linalg_lu_factor_ex(A, *, pivot: bool = True, check_errors: bool = False):
    """(L and U in one matrix, int32 pivots from 1, the number of the first zero on U's diagonal or 0)."""
    return _factored("linalg.lu_factor", A, pivot)


@algebra(
    name="linalg_solve_ex",
    aliases=("linalg.solve_ex",),
    returns=("result", "info"),
    faults=singular("torch.linalg.solve_ex", UNSOLVABLE),
)
def linalg_solve_ex(A, B, *, left: bool = True, check_errors: bool = False):
    """(X of A X = B or X A = B; 0 where there is one, else the number of the first zero pivot)."""
    found = linalg_solve.fn(A, B, left=left)
    return found, zero_pivot_of(A)


# -- LDL: on the host, as its pivots steer it -------------------------------------------------------
_GROWTH = (1 + 17**0.5) / 8  # Bunch and Kaufman's bound


def _pick_pivot(a, k, hermitian):
    """(row to pivot with, size of the block: 1 or 2) for the symmetric a from k on; None where the column is zero."""
    size = np.abs(a.real) + np.abs(a.imag) if is_complex(a) else np.abs(a)  # LAPACK's measure
    own = abs(a[k, k].real) if hermitian else size[k, k]
    below = size[k + 1 :, k]
    if below.size == 0 or below.max() == 0:
        return (k, 1) if own > 0 else None
    largest = k + 1 + int(below.argmax())
    if own >= _GROWTH * below.max():
        return k, 1
    row = np.delete(size[largest, k:], largest - k).max()
    if own >= _GROWTH * below.max() * (below.max() / row):
        return k, 1
    return (largest, 1) if size[largest, largest] >= _GROWTH * row else (largest, 2)


def _ldl(a, hermitian):
    """(LD, pivots, info) of one matrix by Bunch and Kaufman's diagonal pivoting; its lower triangle is read."""
    turn = np.conj if hermitian else (lambda x: x)
    n = len(a)
    a = np.tril(a) + turn(np.tril(a, -1)).T
    pivots, info, k = np.zeros(n, np.int32), 0, 0
    while k < n:
        found = _pick_pivot(a, k, hermitian)
        info = info or (k + 1 if found is None else 0)
        row, block = found or (k, 1)
        last = k + block - 1
        if row != last:
            a[k:, [last, row]] = a[k:, [row, last]]
            a[[last, row], k:] = a[[row, last], k:]
        pivots[k : k + block] = row + 1 if block == 1 else -(row + 1)
        if found is not None and k + block < n:
            columns = a[k + block :, k : k + block].copy()
            factors = np.linalg.solve(a[k : k + block, k : k + block].T, columns.T).T
            a[k + block :, k + block :] -= factors @ turn(columns).T
            a[k + block :, k : k + block] = factors
        k += block
    return np.tril(a), pivots, np.int32(info)


def _each(function, batch, *arrays):
    """The function for each matrix of a batch; its results stacked in the batch's shape."""
    flat = [np.asarray(x).reshape(math.prod(batch), *x.shape[len(batch) :]) for x in arrays]
    results = [function(*parts) for parts in zip(*flat)]
    return [np.stack(r).reshape((*batch, *r[0].shape)) for r in zip(*results)] if results else None


def _ldl_all(A, hermitian):
    check_square("torch.linalg.ldl_factor_ex", A)
    batch, n = A.shape[:-2], A.shape[-1]
    found = _each(lambda a: _ldl(a, hermitian and is_complex(A)), batch, A)
    return found or (np.zeros(A.shape, A.dtype), np.zeros((*batch, n), np.int32), np.zeros(batch, np.int32))


@algebra(
    name="linalg_ldl_factor", aliases=("linalg.ldl_factor",), returns=("LD", "pivots"), host=True, differentiable=False
)
def linalg_ldl_factor(input, *, hermitian: bool = False):
    """(L and D in one matrix, int32 pivots: negative for blocks of two) of input = L D L^T, or L^H, of which the lower
    triangle is read.  Raises: RuntimeError where D would be singular."""
    packed, pivots, info = _ldl_all(input, hermitian)
    if np.any(info):
        raise RuntimeError(f"torch.linalg.ldl_factor: D[{int(np.max(info))}, {int(np.max(info))}] is exactly zero.")
    return packed, pivots


@algebra(
    name="linalg_ldl_factor_ex",
    aliases=("linalg.ldl_factor_ex",),
    returns=("LD", "pivots", "info"),
    host=True,
    differentiable=False,
)
def linalg_ldl_factor_ex(input, *, hermitian: bool = False, check_errors: bool = False):
    """What `ldl_factor` gives, and the number of the first zero in D, 0 where there is none."""
    packed, pivots, info = _ldl_all(input, hermitian)
    if check_errors and np.any(info):
        raise RuntimeError(f"torch.linalg.ldl_factor_ex: D[{int(np.max(info))}, {int(np.max(info))}] is exactly zero.")
    return packed, pivots, info


def _blocks(pivots):
    """(start, stop, row that the block's last one was exchanged with) of each block of D."""
    k, found = 0, []
    while k < len(pivots):
        size = 1 if pivots[k] > 0 else 2
        found.append((k, k + size, abs(int(pivots[k])) - 1))
        k += size
    return found


def _ldl_solve(packed, pivots, b, hermitian):
    turn = np.conj if hermitian else (lambda x: x)
    b, blocks = b.copy(), _blocks(pivots)
    for start, stop, row in blocks:
        b[[stop - 1, row]] = b[[row, stop - 1]]
        b[stop:] -= packed[stop:, start:stop] @ b[start:stop]
        d = np.tril(packed[start:stop, start:stop])
        d = d + turn(np.tril(d, -1)).T
        b[start:stop] = np.linalg.solve(np.real(d) + 0 * d if hermitian and stop - start == 1 else d, b[start:stop])
    for start, stop, row in reversed(blocks):
        b[start:stop] -= turn(packed[stop:, start:stop]).T @ b[stop:]
        b[[stop - 1, row]] = b[[row, stop - 1]]
    return (b,)


def _check_ldl_solve(LD, pivots, B):
    check_square("torch.linalg.ldl_solve", LD)
    if B.ndim < 2:
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected B to have at least 2 dimensions, but it has {B.ndim} "
                           "dimensions instead")  # fmt: skip
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError("torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
                           f"shape {list(pivots.shape)} instead")  # fmt: skip
    if is_inexact(pivots):
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected pivots to be integers. Got {type_name(pivots.dtype)}")
    if LD.dtype != B.dtype:
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected LD and B to have the same dtype, but found LD of type "
                           f"{type_name(LD.dtype)} and B of type {type_name(B.dtype)} instead.")  # fmt: skip
    if B.shape[-2] != LD.shape[-1]:
        raise RuntimeError("Incompatible matrix sizes for torch.linalg.ldl_solve: each A matrix is "
                           f"{LD.shape[-1]} by {LD.shape[-1]} but each b matrix is {B.shape[-2]} by {B.shape[-1]}")  # fmt: skip


@algebra(name="linalg_ldl_solve", aliases=("linalg.ldl_solve",), host=True, differentiable=False)
def linalg_ldl_solve(LD, pivots, B, *, hermitian: bool = False):
    """X of A X = B from what `ldl_factor` gives for A."""
    _check_ldl_solve(LD, pivots, B)
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    full = [np.broadcast_to(x, batch + x.shape[x.ndim - k :]) for x, k in ((LD, 2), (pivots, 1), (B, 2))]
    if full[2].size == 0:
        return np.array(full[2])
    return _each(lambda d, p, b: _ldl_solve(d, p, b, hermitian and is_complex(LD)), batch, *full)[0]
