"""torch.linalg: norms of matrices, determinants, solutions, decompositions."""

import itertools
import math

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dims, Dtype, Number, Tensors, dimension, dimensions, family, op, reduction
from eagerjax.ops.kinds import is_complex, is_inexact, refuse, type_name, widen
from eagerjax.ops.matmul import product
from eagerjax.ops.matrix_faults import SINGULAR, UNSOLVABLE, fault, singular, svd_faults, zero_pivot, zero_pivot_of
from eagerjax.ops.vectornorm import converted, vector_norm

algebra = family(homes="", numbers="none")
"""An op of torch.linalg: `name="linalg_inv"`, shown as linalg.inv through its alias."""


# -- checks --------------------------------------------------------------------------------
def check_matrix(name, a, what="A"):
    if a.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {what} must have at least 2 dimensions.")
    if not is_inexact(a):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {type_name(a.dtype)}")
    if a.dtype.itemsize < 4:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {type_name(a.dtype)}")


def check_square(name, a, what="A"):
    check_matrix(name, a, what)
    if a.shape[-1] != a.shape[-2]:
        raise RuntimeError(f"{name}: {what} must be batches of square matrices, but they are {a.shape[-2]} by "
                           f"{a.shape[-1]} matrices")  # fmt: skip


def hermitian(a):
    return jnp.conj(jnp.swapaxes(a, -1, -2))


def singular_values(a):
    return jnp.linalg.svd(a, compute_uv=False)


def one_triangle(a, side):
    """The Hermitian matrix of which a holds one triangle, differentiated as PyTorch does: as if a were all of it."""
    if side.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {side}")
    half = lax.stop_gradient(jnp.tril(a, -1) if side.upper() == "L" else hermitian(jnp.triu(a, 1)))
    whole = half + hermitian(half) + jnp.real(lax.stop_gradient(_diagonal(a))).astype(a.dtype)
    passed = (a + hermitian(a)) / 2
    return whole + (passed - lax.stop_gradient(passed))


def _diagonal(a):
    return a * jnp.eye(a.shape[-1], dtype=a.dtype)


# -- norms ---------------------------------------------------------------------------------
@reduction(out="exact")
def norm(input, p: Number = "fro", dim: Dims = None, keepdim: bool = False, dtype: Dtype = None):
    """The p-norm over `dim` (of all elements without it): a number, "fro", or "nuc" for the sum of singular values."""
    x = converted(input, dtype)
    if p == "nuc":
        axes = dimensions(dim, x.ndim)
        return matrix_norm(x, "nuc", axes, keepdim)
    if p == "fro" or p is None:
        p = 2
    elif isinstance(p, str):
        raise RuntimeError(f"norm(): only 'fro' and 'nuc' are valid strings, got {p}")
    return vector_norm(x, p, dimensions(dim, x.ndim), keepdim)


def matrix_norm(x, order, axes, keepdim, name="linalg.matrix_norm"):
    """Norm of the matrices in two dimensions `axes`."""
    if len(axes) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {axes}")
    if order == "fro":
        return vector_norm(x, 2, axes, keepdim)
    if not all(x.shape[a] for a in axes) and not (isinstance(order, (int, float)) and order < 0):
        return vector_norm(x, 1, axes, keepdim)
    if order in ("nuc", 2, -2):
        return _spectral(x, order, axes, keepdim)
    if isinstance(order, str) or abs(order) not in (1, math.inf):
        raise RuntimeError(f"{name}: Order {order} not supported.")
    inner, outer = axes if abs(order) == 1 else axes[::-1]
    sums = vector_norm(x, 1, (inner,), True)
    out = vector_norm(sums, math.inf if order > 0 else -math.inf, (outer,), True)
    return out if keepdim else jnp.squeeze(out, axes)


def _spectral(x, order, axes, keepdim):
    check_matrix("linalg.matrix_norm", x)
    s = singular_values(jnp.moveaxis(x, axes, (-2, -1)))
    fold = {"nuc": jnp.sum, 2: jnp.max, -2: jnp.min}[order]  # equal values share the gradient, as PyTorch's do
    out = fold(s, -1)
    return jnp.expand_dims(out, sorted(axes)) if keepdim else out


@algebra(name="linalg_matrix_norm", aliases=("linalg.matrix_norm",))
def linalg_matrix_norm(input, ord: Number = "fro", dim: Dims = (-2, -1), keepdim: bool = False, *, dtype: Dtype = None):
    """Matrix norm: "fro", "nuc", inf, -inf, 1, -1, 2 or -2."""
    if input.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    x = converted(input, dtype, "linalg.matrix_norm")
    if not is_inexact(x):
        raise RuntimeError(
            f"linalg.matrix_norm: Expected a floating point or complex tensor as input. Got {type_name(x.dtype)}"
        )
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    axes = tuple(dimension(d, input.ndim) for d in dim)
    if axes[0] == axes[1]:
        raise RuntimeError("linalg.matrix_norm: dims must be different. Got " + str(dim))
    return matrix_norm(x, ord, axes, keepdim)


@algebra(name="linalg_norm", aliases=("linalg.norm",))
def linalg_norm(input, ord: Number = None, dim: Dims = None, keepdim: bool = False, *, dtype: Dtype = None):
    """Vector or matrix norm, by the number of dimensions; without `ord` the 2-norm of all elements."""
    x = converted(input, dtype)
    dims = (dim,) if isinstance(dim, int) else dim
    if dims is not None and len(dims) not in (1, 2) and ord is not None:
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if dims is None and ord is not None and input.ndim not in (1, 2):
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
                           f"{input.ndim}D.")  # fmt: skip
    axes = dimensions(dims, input.ndim)
    if ord is not None and len(axes) == 2:
        return linalg_matrix_norm.fn(x, ord, axes, keepdim)
    if isinstance(ord, str):
        raise RuntimeError(f"linalg.norm: Order {ord} not supported for a vector")
    return vector_norm(x, 2 if ord is None else ord, axes, keepdim)


# -- determinants ----------------------------------------------------------------------------
def _det(name, a):
    check_square(name, a)
    return jnp.linalg.det(a) if a.size else jnp.ones(a.shape[:-2], a.dtype)


@algebra(name="linalg_det", aliases=("linalg.det",), out="exact")
def linalg_det(A):
    """Determinant of square matrices."""
    return _det("linalg.det", A)


@op
def det(input):
    """Determinant of square matrices."""
    return _det("linalg.det", input)


@op
def logdet(input):
    """Logarithm of the determinant of square matrices; nan where it is negative."""
    check_square("logdet", input)
    sign, size = jnp.linalg.slogdet(input)
    if is_complex(input):
        return jnp.log(sign) + size
    return jnp.where(sign < 0, jnp.nan, size).astype(input.dtype)


@op(returns=("sign", "logabsdet"))
def slogdet(input):
    """(sign, logarithm of the absolute value) of the determinant."""
    check_square("linalg.slogdet", input)
    return tuple(jnp.linalg.slogdet(input))


@algebra(name="linalg_slogdet", aliases=("linalg.slogdet",), returns=("sign", "logabsdet"), out="exact")
def linalg_slogdet(A):
    """(sign, logarithm of the absolute value) of the determinant."""
    check_square("linalg.slogdet", A)
    return tuple(jnp.linalg.slogdet(A))


# -- inverses and solutions --------------------------------------------------------------------
def _inv(name, a):
    check_square(name, a)
    return jnp.linalg.inv(a) if a.size else a


@algebra(name="linalg_inv", aliases=("linalg.inv",), faults=singular("linalg.inv"), prompt=True, saves="result", out="exact")
def linalg_inv(A):
    """Inverse of square matrices."""
    return _inv("linalg.inv", A)


@op(faults=singular("linalg.inv"), prompt=True, saves="result")
def inverse(input):
    """Inverse of square matrices."""
    return _inv("linalg.inv", input)


@algebra(
    name="linalg_inv_ex",
    aliases=("linalg.inv_ex",),
    returns=("inverse", "info"),
    faults=singular("linalg.inv_ex"),
    out="exact",
)
def linalg_inv_ex(A, *, check_errors: bool = False):
    """(inverse, 0 where it exists)."""
    check_square("linalg.inv_ex", A)
    return _inv("linalg.inv_ex", A), zero_pivot_of(A)


def _is_vector(a, b):
    """Does PyTorch read b as a batch of vectors, one for each matrix of a?"""
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])


def _solve(a, b, left):
    check_square("linalg.solve", a)
    if a.dtype != b.dtype:
        raise RuntimeError("linalg.solve: Expected A and B to have the same dtype, but found A of type "
                           f"{type_name(a.dtype)} and B of type {type_name(b.dtype)} instead")  # fmt: skip
    vector = _is_vector(a, b)
    wide = b[..., None] if vector else b
    rows = wide.shape[-2] if left or vector else wide.shape[-1]
    if rows != a.shape[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({a.shape[-2]}x{a.shape[-1]} and {wide.shape[-2]}x{wide.shape[-1]})"
        )
    if not left and not vector:
        return jnp.swapaxes(_solved(jnp.swapaxes(a, -1, -2), jnp.swapaxes(wide, -1, -2)), -1, -2)
    out = _solved(a, wide)
    return out[..., 0] if vector else out


def _solved(a, b):
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = jnp.broadcast_to(a, batch + a.shape[-2:]), jnp.broadcast_to(b, batch + b.shape[-2:])
    return jnp.linalg.solve(a, b) if b.size else b


@algebra(
    name="linalg_solve",
    aliases=("linalg.solve",),
    faults=singular("torch.linalg.solve", UNSOLVABLE),
    prompt=True,
    out="exact",
)
def linalg_solve(A, B, *, left: bool = True):
    """X of A X = B (or X A = B). B: matrices, or one vector for each A."""
    return _solve(A, B, left)


def _triangular(name, a, b, upper, left, unitriangular, transpose=False):
    check_square(name, a)
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = jnp.broadcast_to(a, batch + a.shape[-2:]), jnp.broadcast_to(b, batch + b.shape[-2:])
    if b.size == 0:
        return b
    return lax.linalg.triangular_solve(a, b, left_side=left, lower=not upper, transpose_a=transpose,
                                       unit_diagonal=unitriangular)  # fmt: skip


@algebra(name="linalg_solve_triangular", aliases=("linalg.solve_triangular",), out="exact")
def linalg_solve_triangular(input, B, *, upper: bool, left: bool = True, unitriangular: bool = False):
    """X of A X = B (or X A = B) for a triangular A, of which only the triangle is read."""
    rows = B.shape[-2] if left else B.shape[-1]
    if input.shape[-1] != rows:
        raise RuntimeError("linalg.solve_triangular: Incompatible shapes of A and B for the equation "
                           f"({list(input.shape)} and {list(B.shape)})")  # fmt: skip
    return _triangular("linalg.solve_triangular", input, B, upper, left, unitriangular)


@op(returns=("solution", "cloned_coefficient"), out="exact", numbers="none")
def triangular_solve(input, A, upper: bool = True, transpose: bool = False, unitriangular: bool = False):
    """(X of A X = input for a triangular A, A)."""
    return _triangular("triangular_solve", A, input, upper, True, unitriangular, transpose), A


@op
def cholesky_solve(input, input2, upper: bool = False):
    """X of A X = input, from the Cholesky factor input2 of A."""
    return _cholesky_solve(input2, input, upper)


def _cholesky_solve(factor, b, upper):
    """(L L^H)^-1 b. The derivative treats L as a full matrix, as PyTorch's does."""

    @jax.custom_jvp
    def f(lower, b):
        half = _triangular("cholesky_solve", lower, b, False, True, False)
        return _triangular("cholesky_solve", hermitian(lower), half, True, True, False)

    @f.defjvp
    def jvp(at, along):
        lower, x = at[0], f(*at)
        turn = product(along[0], hermitian(lower))
        return x, f(lower, along[1] - product(turn + hermitian(turn), x))

    return f(hermitian(factor) if upper else factor, b)


def _cholesky_inverse_faults(input, *_):
    return fault(zero_pivot(input), "cholesky_inverse", SINGULAR)


@op(faults=_cholesky_inverse_faults, prompt=True)
def cholesky_inverse(input, upper: bool = False):
    """The inverse of a matrix, from its Cholesky factor."""
    check_square("cholesky_inverse", input)
    eye = jnp.broadcast_to(jnp.eye(input.shape[-1], dtype=input.dtype), input.shape)
    return _cholesky_solve(input, eye, upper)


def _unless_hermitian(a, *, atol=None, rtol=None, hermitian=False):
    return [] if hermitian else svd_faults(a)


@algebra(name="linalg_pinv", aliases=("linalg.pinv",), faults=_unless_hermitian, prompt=True)
def linalg_pinv(input, *, atol=None, rtol=None, hermitian: bool = False):
    """Pseudo-inverse; singular values up to max(atol, rtol * the largest) count as 0."""
    return _pinv(one_triangle(input, "L") if hermitian else input, atol, rtol)


@op(faults=svd_faults, prompt=True)
def pinverse(input, rcond: float = 1e-15):
    """Pseudo-inverse; singular values up to rcond * the largest count as 0."""
    return _pinv(input, None, rcond)


def _pinv(a, atol, rtol):
    check_matrix("linalg.pinv", a)
    if a.size == 0:
        return jnp.zeros((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype)
    s = singular_values(lax.stop_gradient(a))
    cutoff = tolerance(a, s, atol, rtol)[..., None] / jnp.max(s, -1, keepdims=True)
    return jnp.linalg.pinv(a, rtol=jnp.where(jnp.isfinite(cutoff), cutoff, 1)[..., 0].astype(s.dtype))


def tolerance(a, s, atol, rtol):
    """Below what a singular value counts as 0. s: (*, n) in descending order."""
    eps = jnp.finfo(s.dtype).eps * max(a.shape[-2:])
    relative = jnp.asarray((0.0 if atol is not None else eps) if rtol is None else rtol, s.dtype)
    if atol is not None and rtol is None:
        relative = jnp.where(jnp.asarray(atol) > 0, 0.0, eps).astype(s.dtype)
    absolute = jnp.asarray(0.0 if atol is None else atol, s.dtype)
    return jnp.maximum(absolute, relative * jnp.max(s, -1, initial=0))


@algebra(
    name="linalg_matrix_rank",
    aliases=("linalg.matrix_rank",),
    faults=_unless_hermitian,
    prompt=True,
    differentiable=False,
)
def linalg_matrix_rank(input, *, atol=None, rtol=None, hermitian: bool = False):
    """Number of singular values above max(atol, rtol * the largest). int64."""
    check_matrix("linalg.matrix_rank", input)
    if input.size == 0:
        return jnp.zeros(input.shape[:-2], jnp.int64)
    s = singular_values(one_triangle(input, "L") if hermitian else input)
    return jnp.sum(s > tolerance(input, s, atol, rtol)[..., None], -1, dtype=jnp.int64)


def _power(a, n):
    """a @ a @ ... n times, by squaring; a negative n inverts first."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2] or n < 0:
        check_square("linalg.matrix_power", a)  # integers only to powers that need no inverse
    refuse(a, "matrix_power", boolean=n > 1)
    if n < 0:
        a, n = jnp.linalg.inv(a), -n
    out = None
    while n:
        if n & 1:
            out = a if out is None else product(out, a)
        a, n = product(a, a) if n > 1 else a, n >> 1
    return jnp.broadcast_to(jnp.eye(a.shape[-1], dtype=a.dtype), a.shape) if out is None else out


def _power_faults(a, n):
    return fault(zero_pivot_of(a), "linalg.inv", SINGULAR) if n < 0 else []


@algebra(name="linalg_matrix_power", aliases=("linalg.matrix_power",), faults=_power_faults, prompt=True)
def linalg_matrix_power(input, n: int):
    """The n-th power of square matrices."""
    return _power(input, n)


@op(faults=_power_faults, prompt=True)
def matrix_power(input, n: int):
    """The n-th power of square matrices."""
    return _power(input, n)


@algebra(name="matrix_exp", homes="torch Tensor", aliases=("linalg.matrix_exp",))
def matrix_exp(input):
    """Exponential of square matrices."""
    wide = widen(input)
    check_square("linalg.matrix_exp", wide)
    return jax.scipy.linalg.expm(wide).astype(input.dtype) if input.size else input


@algebra(name="linalg_multi_dot", aliases=("linalg.multi_dot",))
def linalg_multi_dot(tensors: Tensors):
    """Product of two or more matrices in the cheapest order; the first and last may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    for i, t in enumerate(tensors):
        if t.ndim != 2 and not (t.ndim == 1 and i in (0, len(tensors) - 1)):
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {t.ndim}D")
    for a, b in itertools.pairwise(tensors):
        if a.shape[-1] != b.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors cannot be multiplied with shapes {list(a.shape)} and {list(b.shape)}"
            )
    return jnp.linalg.multi_dot(tensors)


@algebra(name="linalg_lstsq", aliases=("linalg.lstsq",), returns=("solution", "residuals", "rank", "singular_values"))
def linalg_lstsq(input, b, rcond=None, *, driver: str = None):
    """Least squares: X that minimises |input X - b|, residuals, rank, singular values (empty where PyTorch's are)."""
    check_matrix("torch.linalg.lstsq", input)
    vector = _is_vector(input, b) and b.ndim < input.ndim
    wide = b[..., None] if vector else b
    if wide.shape[-2] != input.shape[-2]:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    m, n = input.shape[-2:]
    x = product(_pinv(input, None, rcond), wide)
    tall = m > n and driver in ("gels", "gelsd", "gelss")
    gap = product(input, x) - wide
    residuals = jnp.sum(jnp.real(gap * jnp.conj(gap)), -2) if tall else jnp.zeros(0, gap.real.dtype)
    s = singular_values(lax.stop_gradient(input))
    rank = jnp.sum(s > tolerance(input, s, None, rcond)[..., None], -1, dtype=jnp.int64)
    shown = s if driver in ("gelsd", "gelss") else jnp.zeros(0, s.dtype)
    return x[..., 0] if vector else x, residuals, rank if driver != "gels" else jnp.zeros(0, jnp.int64), shown


def _cond_faults(a, p=None):
    return svd_faults(a) if p in (None, 2, -2) else []


@algebra(name="linalg_cond", aliases=("linalg.cond",), faults=_cond_faults, prompt=True)
def linalg_cond(input, p: Number = None):
    """Condition number: norm(input) * norm(inverse)."""
    check_matrix("linalg.cond", input)
    if p in (None, 2, -2):
        s = singular_values(input)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    axes = (input.ndim - 2, input.ndim - 1)
    return matrix_norm(input, p, axes, False) * matrix_norm(_inv("linalg.cond", input), p, axes, False)


@algebra(name="linalg_vecdot", aliases=("linalg.vecdot",))
def linalg_vecdot(x, y, *, dim: int = -1):
    """Dot products along `dim`, of x conjugated."""
    if x.dtype != y.dtype:
        raise RuntimeError("linalg.vecdot: Expected x and y to have the same dtype")
    if not is_inexact(x):
        raise RuntimeError("linalg.vecdot: Expected a floating point or complex tensor as input. "
                           f"Got {type_name(x.dtype)}")  # fmt: skip
    axis = dimension(dim, max(x.ndim, y.ndim))
    return jnp.sum(jnp.conj(x) * y, axis - max(x.ndim, y.ndim)).astype(x.dtype)


@algebra(name="linalg_vander", aliases=("linalg.vander",))
def linalg_vander(x, *, N: int = None):
    """Powers 0 .. N - 1 of the last dimension, ascending, in a new one."""
    if x.dtype == bool:
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    x = jnp.atleast_1d(x if is_inexact(x) else x.astype(jnp.int64))
    n = x.shape[-1] if N is None else N
    if n <= 1:
        raise RuntimeError("N must be greater than 1.")
    columns = [jnp.ones_like(x)]
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    return jnp.stack(columns, -1)


def _tensorinv_faults(a, ind=2):
    return fault(zero_pivot_of(a.reshape(math.prod(a.shape[:ind]), -1)), "inv", SINGULAR)


@algebra(name="linalg_tensorinv", aliases=("linalg.tensorinv",), faults=_tensorinv_faults, prompt=True)
def linalg_tensorinv(input, ind: int = 2):
    """Inverse of input as a map from its last dimensions to its first `ind`."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    rows, columns = input.shape[:ind], input.shape[ind:]
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind])")
    return jnp.linalg.inv(input.reshape(math.prod(rows), -1)).reshape(columns + rows)


def _moved(input, dims):
    if dims is None:
        return input
    moved = tuple(dimension(d, input.ndim) for d in ((dims,) if isinstance(dims, int) else dims))
    return jnp.moveaxis(input, moved, tuple(range(input.ndim - len(moved), input.ndim)))


def _tensorsolve_faults(input, other, dims=None):
    square = _moved(input, dims).reshape(other.size, other.size)
    return fault(zero_pivot_of(square), "torch.linalg.solve", UNSOLVABLE)


@algebra(name="linalg_tensorsolve", aliases=("linalg.tensorsolve",), faults=_tensorsolve_faults, prompt=True)
def linalg_tensorsolve(input, other, dims: Dims = None):
    """X with tensordot(input, X, X.ndim) = other, `dims` of input moved to its end first."""
    input = _moved(input, dims)
    shape = input.shape[other.ndim :]
    if math.prod(shape) != other.size or input.size != other.size**2:
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
                           f"prod(self.shape[:other.ndim]), but got {input.shape[: other.ndim]} and {shape}")  # fmt: skip
    return jnp.linalg.solve(input.reshape(other.size, other.size), other.reshape(-1)).reshape(shape)
