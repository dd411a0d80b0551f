"""Decompositions of matrices: Cholesky, QR, SVD, eigenvalues, LU."""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import op
from eagerjax.ops.kinds import is_complex
from eagerjax.ops.linalg import (
    algebra,
    check_matrix,
    check_square,
    hermitian,
    one_triangle,
    singular_values,
)
from eagerjax.ops.matmul import product
from eagerjax.ops.matrix_faults import (
    INDEFINITE,
    ZERO_PIVOT,
    eig_faults,
    failing_minor,
    fault,
    singular,
    svd_faults,
)


def _indefinite(name):
    """Hermitian matrices without a Cholesky factor; `check_errors=False` lets them pass."""

    def faults(a, upper=False, check_errors=True):
        return fault(_info(a, upper), name, INDEFINITE) if check_errors else []

    return faults


def _info(a, upper):
    """int32: the order of the first leading minor that is not positive-definite; 0 where there is a factor."""
    if a.size == 0:
        return jnp.zeros(a.shape[:-2], jnp.int32)
    a = lax.stop_gradient(hermitian(a) if upper else a)
    return failing_minor(one_triangle(a, "L"), _cholesky(a))


def _cholesky(a, upper=False):
    factor = jnp.tril(lax.linalg.cholesky(one_triangle(a, "L"), symmetrize_input=False))
    return hermitian(factor) if upper else factor


@algebra(
    name="linalg_cholesky",
    aliases=("linalg.cholesky",),
    faults=_indefinite("linalg.cholesky"),
    prompt=True,
    saves="result",
    out="exact",
)
def linalg_cholesky(input, *, upper: bool = False):
    """The triangular L of input = L L^H (or U of input = U^H U)."""
    check_square("linalg.cholesky", input)
    return _cholesky(hermitian(input) if upper else input, upper) if input.size else input


@op(faults=_indefinite("cholesky"), prompt=True, saves="result")
def cholesky(input, upper: bool = False):
    """The triangular L of input = L L^H (or U of input = U^H U)."""
    check_square("cholesky", input)
    return _cholesky(hermitian(input) if upper else input, upper) if input.size else input


@algebra(
    name="linalg_cholesky_ex",
    aliases=("linalg.cholesky_ex",),
    returns=("L", "info"),
    faults=_indefinite("linalg.cholesky_ex"),
    out="exact",
)
def linalg_cholesky_ex(input, *, upper: bool = False, check_errors: bool = False):
    """(L, 0 where input is positive-definite, else the order of the first leading minor that is not)."""
    check_square("linalg.cholesky_ex", input)
    factor = _cholesky(hermitian(input) if upper else input, upper) if input.size else input
    return factor, _info(input, upper)


def _qr(name, a, mode):
    check_matrix(name, a)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        return jnp.zeros(0, a.dtype), jnp.linalg.qr(a, mode="r")
    return tuple(jnp.linalg.qr(a, mode=mode))


@algebra(name="linalg_qr", aliases=("linalg.qr",), returns=("Q", "R"), out="exact")
def linalg_qr(A, mode: str = "reduced"):
    """A = Q R, Q with orthonormal columns, R upper triangular."""
    return _qr("linalg.qr", A, mode)


@op(returns=("Q", "R"), out="exact")
def qr(input, some: bool = True):
    """input = Q R, Q with orthonormal columns, R upper triangular."""
    return _qr("linalg.qr", input, "reduced" if some else "complete")


@algebra(
    name="linalg_svd",
    aliases=("linalg.svd",),
    returns=("U", "S", "Vh"),
    faults=svd_faults,
    prompt=True,
)
def linalg_svd(A, full_matrices: bool = True, *, driver: str = None):
    """A = U diag(S) Vh, S in descending order."""
    check_matrix("linalg.svd", A)
    return _svd(A, full_matrices)


def _svd(a, full):
    """(U, S, Vh). With full matrices the columns beyond the singular values count as constants."""
    m, n = a.shape[-2:]
    if not full or m == n:
        return tuple(jnp.linalg.svd(a, full_matrices=False))
    k = min(m, n)

    @jax.custom_jvp
    def f(a):
        return tuple(jnp.linalg.svd(a, full_matrices=True))

    @f.defjvp
    def jvp(at, along):
        u, s, vh = f(*at)
        if k == 0:
            return (u, s, vh), tuple(map(jnp.zeros_like, (u, s, vh)))
        (low, _, _), (du, ds, dvh) = jax.jvp(lambda a: tuple(jnp.linalg.svd(a, full_matrices=False)), at, along)
        turn = jnp.sum(jnp.conj(low) * u[..., :k], -2)  # signs (phases) may differ between the two decompositions
        du, dvh = du * turn[..., None, :], dvh * jnp.conj(turn)[..., :, None]
        return (u, s, vh), (_filled(du, u.shape), ds, _filled(dvh, vh.shape))

    return f(a)


def _filled(x, shape):
    """x in the corner of zeros of a larger shape."""
    return jnp.pad(x, [(0, n - m) for n, m in zip(shape, x.shape)])


@algebra(
    name="linalg_svdvals",
    aliases=("linalg.svdvals",),
    faults=svd_faults,
    prompt=True,
    out="exact",
)
def linalg_svdvals(A, *, driver: str = None):
    """Singular values in descending order."""
    check_matrix("linalg.svdvals", A)
    return singular_values(A)


@op(returns=("U", "S", "V"), faults=svd_faults, prompt=True)
def svd(input, some: bool = True, compute_uv: bool = True):
    """input = U diag(S) V^H. Without `compute_uv` U and V are zeros."""
    check_matrix("linalg.svd", input)
    if not compute_uv:
        u, v = (jnp.zeros((*input.shape[:-2], n, n), input.dtype) for n in input.shape[-2:])
        return u, singular_values(input), v
    u, s, vh = _svd(input, not some)
    return u, s, hermitian(vh)


@op(homes="")
def _svd_lowrank(A, start, niter: int):
    """(U, S, V) of about the q largest singular values of A (m, n), by subspace iteration from `start` (n, q).

    One op, as QR and the rest in another program would round otherwise, and the iteration makes that visible.
    """
    Q = _qr("linalg.qr", A @ start, "reduced")[0]
    for _ in range(niter):
        Q = _qr("linalg.qr", A.mT.conj() @ Q, "reduced")[0]
        Q = _qr("linalg.qr", A @ Q, "reduced")[0]
    U, S, Vh = _svd(Q.mT.conj() @ A, False)
    return Q @ U, S, Vh.mT.conj()


@algebra(name="linalg_eigh", aliases=("linalg.eigh",), returns=("eigenvalues", "eigenvectors"), out="exact")
def linalg_eigh(input, UPLO: str = "L"):
    """Eigenvalues (ascending) and eigenvectors of Hermitian matrices, of which one triangle is read."""
    check_square("linalg.eigh", input)
    values, vectors = jnp.linalg.eigh(one_triangle(input, UPLO), symmetrize_input=False)
    return values, vectors


@algebra(name="linalg_eigvalsh", aliases=("linalg.eigvalsh",), out="exact")
def linalg_eigvalsh(input, UPLO: str = "L"):
    """Eigenvalues (ascending) of Hermitian matrices."""
    check_square("linalg.eigvalsh", input)
    return jnp.linalg.eigh(one_triangle(input, UPLO), symmetrize_input=False)[0]


def _as_complex(a):
    return a if is_complex(a) else a.astype(jnp.complex128 if a.dtype == jnp.float64 else jnp.complex64)


@algebra(
    name="linalg_eig",
    aliases=("linalg.eig",),
    returns=("eigenvalues", "eigenvectors"),
    faults=eig_faults,
    prompt=True,
)
def linalg_eig(input):
    """Eigenvalues and eigenvectors (columns) of square matrices, complex."""
    check_square("linalg.eig", input)
    if input.size == 0:
        empty = _as_complex(input)
        return jnp.zeros(input.shape[:-1], empty.dtype), empty
    return _eig(input)


@jax.custom_jvp  # JAX wants to be asked for derivatives of eigenvectors, in a way that differs by its version
def _eig(a):
    return tuple(_as_complex(x) for x in jnp.linalg.eig(a))


@_eig.defjvp
def _eig_jvp(at, along):
    """Eigenvectors turn towards each other; their lengths stay 1, their phases are as they come."""
    values, vectors = _eig(*at)
    moved = jnp.linalg.solve(vectors, product(along[0].astype(vectors.dtype), vectors))
    gaps = values[..., None, :] - values[..., :, None]
    same = jnp.eye(values.shape[-1], dtype=bool)
    turned = product(vectors, jnp.where(same, 0, moved / jnp.where(same, 1, gaps)))
    longer = jnp.sum(jnp.conj(vectors) * turned, -2, keepdims=True).real
    return (values, vectors), (jnp.diagonal(moved, axis1=-2, axis2=-1), turned - vectors * longer)


@algebra(
    name="linalg_eigvals",
    aliases=("linalg.eigvals",),
    faults=eig_faults,
    prompt=True,
)
def linalg_eigvals(input):
    """Eigenvalues of square matrices, complex."""
    check_square("linalg.eigvals", input)
    return _as_complex(jnp.linalg.eigvals(input))


@algebra(
    name="linalg_lu_factor",
    aliases=("linalg.lu_factor",),
    returns=("LU", "pivots"),
    faults=singular("torch.linalg.lu_factor", ZERO_PIVOT, RuntimeError),
    prompt=True,
    out="exact",
)
def linalg_lu_factor(A, *, pivot: bool = True):
    """(L and U in one matrix, int32 pivots counted from 1)."""
    check_matrix("linalg.lu_factor", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, pivots, _ = lax.linalg.lu(A)
    return packed, (pivots + 1).astype(jnp.int32)


def _permutation(pivots, n):
    """Row order after the swaps that `pivots` (from 1) name."""
    return lax.linalg.lu_pivots_to_permutation(pivots.astype(jnp.int32) - 1, n)


@op(homes="torch", returns=("P", "L", "U"), out="exact", numbers="none")
def lu_unpack(LU_data, LU_pivots, unpack_data: bool = True, unpack_pivots: bool = True):
    """P, L and U from the packed form of lu_factor."""
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    nothing = jnp.zeros(0, LU_data.dtype)
    lower = jnp.tril(LU_data[..., :, :k], -1) + jnp.eye(m, k, dtype=LU_data.dtype) if unpack_data else nothing
    upper = jnp.triu(LU_data[..., :k, :]) if unpack_data else nothing
    if not unpack_pivots:
        return nothing, lower, upper
    rows = _permutation(LU_pivots, m)
    p = (rows[..., None, :] == jnp.arange(m)[:, None]).astype(LU_data.dtype)
    return p, lower, upper


@algebra(name="linalg_lu_solve", aliases=("linalg.lu_solve",), out="exact")
def linalg_lu_solve(LU, pivots, B, *, left: bool = True, adjoint: bool = False):
    """X of A X = B (X A = B, A^H X = B) from the packed form of lu_factor."""
    check_square("linalg.lu_solve", LU, "LU")
    p, lower, upper = lu_unpack.fn(LU, pivots)
    whole = product(p, product(lower, upper))
    whole = hermitian(whole) if adjoint else whole
    batch = jnp.broadcast_shapes(whole.shape[:-2], B.shape[:-2])
    whole, b = jnp.broadcast_to(whole, batch + whole.shape[-2:]), jnp.broadcast_to(B, batch + B.shape[-2:])
    if b.size == 0:
        return b
    if left:
        return jnp.linalg.solve(whole, b)
    return jnp.swapaxes(jnp.linalg.solve(jnp.swapaxes(whole, -1, -2), jnp.swapaxes(b, -1, -2)), -1, -2)


@op(out="exact")
def lu_solve(input, LU_data, LU_pivots):
    """X of A X = input from the packed form of lu_factor."""
    return linalg_lu_solve.fn(LU_data, LU_pivots, input)


@algebra(name="linalg_lu", aliases=("linalg.lu",), returns=("P", "L", "U"), out="exact")
def linalg_lu(A, *, pivot: bool = True):
    """A = P L U."""
    check_matrix("linalg.lu", A)
    return lu_unpack.fn(*linalg_lu_factor.fn(A, pivot=pivot))


@algebra(name="linalg_householder_product", aliases=("linalg.householder_product", "orgqr"))
def linalg_householder_product(input, tau):
    """The first columns of the product of Householder reflections, whose vectors stand below input's diagonal."""
    check_matrix("linalg.householder_product", input)
    m, n, k = *input.shape[-2:], tau.shape[-1]
    if m < n or n < k:
        raise RuntimeError("torch.linalg.householder_product: input.shape[-2] must be greater than or equal to "
                           "input.shape[-1], and that to tau.shape[-1]")  # fmt: skip
    out = jnp.broadcast_to(jnp.eye(m, n, dtype=input.dtype), (*input.shape[:-2], m, n))
    for i in reversed(range(k)):
        v = jnp.where(jnp.arange(m) < i, 0, jnp.where(jnp.arange(m) == i, 1, input[..., i])).astype(input.dtype)[
            ..., None
        ]
        out = out - tau[..., i, None, None] * product(v, product(hermitian(v), out))
    return out
