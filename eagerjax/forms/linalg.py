"""torch.linalg and its older relatives, in terms of other ops: diagonals, LU, low-rank and iterative decompositions."""

from eagerjax.dispatch import apply
from eagerjax.install import give
from eagerjax.namespace import form, linalg, torch
from eagerjax.ops.matrix_faults import LinAlgError
from eagerjax.tensor import Tensor

linalg.LinAlgError = LinAlgError

@form(homes="linalg")
def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """The diagonals of matrices, a view: `torch.diagonal` of the last two dimensions."""
    return torch.diagonal(A, offset, dim1, dim2)


@form
def orgqr(input, input2, *, out=None):
    """`linalg.householder_product`."""
    made = linalg.householder_product(input, input2)
    return made if out is None else give(out, made)


@form
def lu(A, pivot=True, get_infos=False, out=None):
    """(L and U in one matrix, pivots), and with `get_infos` the infos: see `linalg.lu_factor_ex`."""
    found = apply("linalg_lu_factor_ex", A, pivot=pivot)
    found = found if get_infos else tuple(found[:2])
    return found if out is None else give(out, found)


# -- low rank ------------------------------------------------------------------------------------
@form(homes="torch")
def svd_lowrank(A, q=6, niter=2, M=None):
    """(U, S, V) of about the q largest singular values of A, or of A - M, by `niter` rounds from a random start."""
    q = 6 if q is None else q
    A = A if M is None else A - M.broadcast_to(A.shape)
    wide = A.shape[-2] < A.shape[-1]
    A = A.mH if wide else A
    if not isinstance(niter, int) or niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    U, S, V = apply("_svd_lowrank", A, torch.randn(A.shape[-1], q, dtype=A.dtype, device=A.device), niter)
    return (V, S, U) if wide else (U, S, V)


@form(homes="torch")
def pca_lowrank(A, q=None, center=True, niter=2):
    """The principal components of the rows of A: `svd_lowrank` of A, less the rows' mean where `center`."""
    m, n = A.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not (isinstance(q, int) and 0 <= q <= min(m, n)):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if not niter >= 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)


@form(homes="torch")
def lobpcg(A, k=None, B=None, X=None, n=None, iK=None, niter=None, tol=None, largest=None, method=None, tracker=None,
           ortho_iparams=None, ortho_fparams=None, ortho_bparams=None):  # fmt: skip
    """(values, vectors) of the k largest (or smallest) eigenvalues of A v = e B v, A symmetric, B positive definite.

    Found by a full decomposition: what steers PyTorch's iteration (X, iK, niter, tol, method, ...) is not read.
    """
    if not isinstance(A, Tensor) or not A.is_floating_point():
        raise ValueError(
            f"expected A to be a floating-point tensor, but got {A.dtype if isinstance(A, Tensor) else type(A)}"
        )
    k = k or (1 if X is None else X.shape[-1])
    n = k if n is None and X is None else X.shape[-1] if n is None else n
    if A.shape[-1] < 3 * n:
        raise ValueError(f"LOBPCG algorithm is not applicable when the number of A rows (={A.shape[-1]}) is smaller than 3 x "
                         f"the number of requested eigenpairs (={n})")  # fmt: skip
    half = None if B is None else linalg.cholesky(B)
    if half is not None:
        A = linalg.solve_triangular(half, linalg.solve_triangular(half, A, upper=False).mH, upper=False)
    values, vectors = linalg.eigh(A)
    if half is not None:
        vectors = linalg.solve_triangular(half.mH, vectors, upper=True)
    if largest is None or largest:
        values, vectors = values.flip(-1), vectors.flip(-1)
    return values[..., :k], vectors[..., :k]
