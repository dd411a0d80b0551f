# Made by `python -m eagerjax.tools.stubs`; not to be edited.
import types
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from eagerjax.runtime.device import device as _device
from eagerjax.runtime.dtype import dtype as _dtype, layout as _layout, memory_format as _memory_format
from eagerjax.size import Size

# pyright: reportInconsistentOverload=false, reportOverlappingOverload=false

from eagerjax.tensor import Tensor as Tensor, LD_pivots, LD_pivots_info, LU_pivots, LU_pivots_info, L_info, P_L_U, Q_R, U_S_V, U_S_Vh, a_tau, eigenvalues_eigenvectors, inverse_info, mantissa_exponent, min_max, result_info, sign_logabsdet, solution_cloned_coefficient, solution_residuals_rank_singular_values, values_indices

from eagerjax.ops.matrix_faults import LinAlgError as LinAlgError
def cholesky(input: Tensor, *, upper: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """The triangular L of input = L L^H (or U of input = U^H U)."""
def cholesky_ex(input: Tensor, *, upper: _bool = ..., check_errors: _bool = ..., out: Any = ...) -> L_info:
    """(L, 0 where input is positive-definite, else the order of the first leading minor that is not)."""
def cond(input: Tensor, p: _complex | _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Condition number: norm(input) * norm(inverse)."""
def cross(input: Tensor, other: Tensor | _complex, *, dim: _int = ..., out: Tensor | None = ...) -> Tensor:
    """Cross product along `dim`, of size 3."""
def det(A: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Determinant of square matrices."""
def diagonal(A: Any, *, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Tensor:
    """The diagonals of matrices, a view: `torch.diagonal` of the last two dimensions."""
def eig(input: Tensor, *, out: Any = ...) -> eigenvalues_eigenvectors:
    """Eigenvalues and eigenvectors (columns) of square matrices, complex."""
def eigh(input: Tensor, UPLO: _str = ..., *, out: Any = ...) -> eigenvalues_eigenvectors:
    """Eigenvalues (ascending) and eigenvectors of Hermitian matrices, of which one triangle is read."""
def eigvals(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Eigenvalues of square matrices, complex."""
def eigvalsh(input: Tensor, UPLO: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """Eigenvalues (ascending) of Hermitian matrices."""
def householder_product(input: Tensor, tau: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The first columns of the product of Householder reflections, whose vectors stand below input's diagonal."""
def inv(A: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Inverse of square matrices."""
def inv_ex(A: Tensor | _complex, *, check_errors: _bool = ..., out: Any = ...) -> inverse_info:
    """(inverse, 0 where it exists)."""
def ldl_factor(input: Tensor, *, hermitian: _bool = ..., out: Any = ...) -> LD_pivots:
    """(L and D in one matrix, int32 pivots: negative for blocks of two) of input = L D L^T, or L^H, of which the lower triangle is read.  Raises: RuntimeError where D would be singular."""
def ldl_factor_ex(input: Tensor, *, hermitian: _bool = ..., check_errors: _bool = ..., out: Any = ...) -> LD_pivots_info:
    """What `ldl_factor` gives, and the number of the first zero in D, 0 where there is none."""
def ldl_solve(LD: Tensor | _complex, pivots: Tensor | _complex, B: Tensor | _complex, *, hermitian: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """X of A X = B from what `ldl_factor` gives for A."""
def lstsq(input: Tensor, b: Tensor | _complex, rcond: Tensor | _complex | None = ..., *, driver: _str | None = ..., out: Any = ...) -> solution_residuals_rank_singular_values:
    """Least squares: X that minimises |input X - b|, residuals, rank, singular values (empty where PyTorch's are)."""
def lu(A: Tensor | _complex, *, pivot: _bool = ..., out: Any = ...) -> P_L_U:
    """A = P L U."""
def lu_factor(A: Tensor | _complex, *, pivot: _bool = ..., out: Any = ...) -> LU_pivots:
    """(L and U in one matrix, int32 pivots counted from 1)."""
def lu_factor_ex(A: Tensor | _complex, *, pivot: _bool = ..., check_errors: _bool = ..., out: Any = ...) -> LU_pivots_info:
    """(L and U in one matrix, int32 pivots from 1, the number of the first zero on U's diagonal or 0)."""
def lu_solve(LU: Tensor | _complex, pivots: Tensor | _complex, B: Tensor | _complex, *, left: _bool = ..., adjoint: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """X of A X = B (X A = B, A^H X = B) from the packed form of lu_factor."""
def matmul(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Matrix product `input @ other`; vectors as in numpy, leading dimensions broadcast."""
def matrix_exp(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Exponential of square matrices."""
def matrix_norm(input: Tensor, ord: _complex | _str = ..., dim: _int | Sequence[_int] = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Matrix norm: "fro", "nuc", inf, -inf, 1, -1, 2 or -2."""
def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = ...) -> Tensor:
    """The n-th power of square matrices."""
def matrix_rank(input: Tensor, *, atol: Tensor | _complex | None = ..., rtol: Tensor | _complex | None = ..., hermitian: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """Number of singular values above max(atol, rtol * the largest). int64."""
def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = ...) -> Tensor:
    """Product of two or more matrices in the cheapest order; the first and last may be vectors."""
def norm(input: Tensor, ord: _complex | _str | None = ..., dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Vector or matrix norm, by the number of dimensions; without `ord` the 2-norm of all elements."""
def pinv(input: Tensor, *, atol: Tensor | _complex | None = ..., rtol: Tensor | _complex | None = ..., hermitian: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """Pseudo-inverse; singular values up to max(atol, rtol * the largest) count as 0."""
def qr(A: Tensor | _complex, mode: _str = ..., *, out: Any = ...) -> Q_R:
    """A = Q R, Q with orthonormal columns, R upper triangular."""
def slogdet(A: Tensor | _complex, *, out: Any = ...) -> sign_logabsdet:
    """(sign, logarithm of the absolute value) of the determinant."""
def solve(A: Tensor | _complex, B: Tensor | _complex, *, left: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """X of A X = B (or X A = B). B: matrices, or one vector for each A."""
def solve_ex(A: Tensor | _complex, B: Tensor | _complex, *, left: _bool = ..., check_errors: _bool = ..., out: Any = ...) -> result_info:
    """(X of A X = B or X A = B; 0 where there is one, else the number of the first zero pivot)."""
def solve_triangular(input: Tensor, B: Tensor | _complex, *, upper: _bool, left: _bool = ..., unitriangular: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """X of A X = B (or X A = B) for a triangular A, of which only the triangle is read."""
def svd(A: Tensor | _complex, full_matrices: _bool = ..., *, driver: _str | None = ..., out: Any = ...) -> U_S_Vh:
    """A = U diag(S) Vh, S in descending order."""
def svdvals(A: Tensor | _complex, *, driver: _str | None = ..., out: Tensor | None = ...) -> Tensor:
    """Singular values in descending order."""
def tensorinv(input: Tensor, ind: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Inverse of input as a map from its last dimensions to its first `ind`."""
def tensorsolve(input: Tensor, other: Tensor | _complex, dims: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """X with tensordot(input, X, X.ndim) = other, `dims` of input moved to its end first."""
def vander(x: Tensor | _complex, *, N: _int | None = ..., out: Tensor | None = ...) -> Tensor:
    """Powers 0 .. N - 1 of the last dimension, ascending, in a new one."""
def vecdot(x: Tensor | _complex, y: Tensor | _complex, *, dim: _int = ..., out: Tensor | None = ...) -> Tensor:
    """Dot products along `dim`, of x conjugated."""
def vector_norm(input: Tensor, ord: _complex | _str = ..., dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Vector norm of order `ord` over `dim`, or of the flattened input."""
