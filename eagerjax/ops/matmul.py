"""Products of matrices and vectors."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Scalar, dimension, op
from eagerjax.ops.kinds import is_bool, is_inexact, type_name

_C_NAMES = {
    "float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "int64": "long int",
    "int32": "int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char", "bool": "bool",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def check_same(a, b, name="addmm_impl_cpu_"):
    """Raises as PyTorch does for operands of two dtypes, and for booleans."""
    if a.dtype != b.dtype:
        one, two = (_C_NAMES.get(x.dtype.name, x.dtype.name) for x in (a, b))
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {one} != {two}")
    if is_bool(a):
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")


def _by(shape):
    return "x".join(str(n) for n in shape)


def check_product(a, b):
    """Raises RuntimeError unless (n, k) meets (k, m)."""
    if a[-1] != b[-2]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_by(a)} and {_by(b)})")


def unrounded(a, b):
    """`a @ b` of matrices or batches of them, in float32 for half precision."""
    wide = jnp.float32 if is_inexact(a) and a.dtype.itemsize < 4 else None
    return jnp.matmul(a, b, preferred_element_type=wide)


def product(a, b):
    """`a @ b` of matrices or batches of them, accumulated in float32 for half precision."""
    return unrounded(a, b).astype(a.dtype)


def _flat(x):
    """The shape of x in a message: as the two-dimensional operand that it becomes."""
    return (1, *x.shape) if x.ndim == 1 else x.shape


@op(operator="matmul", aliases=("linalg.matmul",), out="exact", numbers="none")
def matmul(input, other):
    """Matrix product `input @ other`; vectors as in numpy, leading dimensions broadcast.

    Raises: RuntimeError where the inner sizes differ.
    """
    if input.ndim == 0 or other.ndim == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {input.ndim}D and {other.ndim}D"
        )
    check_same(input, other)
    _check_matmul(input, other)
    if input.ndim > 2 and other.ndim == 2:
        return product(rows_of(input), other).reshape(*input.shape[:-1], other.shape[-1])
    return product(input, other)


def rows_of(x):
    """`x` as a matrix: XLA's CPU back end takes up to twice the time for a product with more dimensions."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def over_rows(a, b):
    """`a.T @ b` of two matrices of as many rows.

    XLA's CPU back end transposes a within the product, and a wide one slowly: that is done before it. 2048 rows of 512 and
    192 columns: 6.7 -> 5.2 ms; with 192 and 512 columns 4.4 -> 4.9, so not there. The number of rows does not decide: it may be
    a length for which programs of other lengths run, too (static/ragged.py).
    """
    if a.shape[1] >= 2 * b.shape[1]:
        return lax.optimization_barrier(a.T) @ b
    return lax.dot_general(a, b, (((0,), (0,)), ((), ())))


def by_weight(x, weight):
    """x @ weight.T of two matrices."""
    return lax.dot_general(x, weight, (((1,), (1,)), ((), ())))


def _by_weight_backward(saved, grad):
    x, weight = saved
    first = lax.optimization_barrier(grad.T) if x.shape[0] >= _MANY_ROWS and x.shape[1] > 1 else grad.T
    return grad @ weight, first @ x


_MANY_ROWS = 256
"""Beyond, what `over_rows` says holds whatever the columns: 1024 rows of 512 and 128, 2.6 -> 1.4 ms; of 128 and 512 the same."""

by_weight_pulled = jax.custom_vjp(by_weight)
"""The same with the quicker gradient of the weight, for forms that may depend on the number of rows."""
by_weight_pulled.defvjp(lambda x, weight: (by_weight(x, weight), (x, weight)), _by_weight_backward)


def _check_matmul(a, b):
    if a.ndim == b.ndim == 1:
        return _check_vectors(a, b)
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        if a.ndim <= 2 and b.ndim == 1:
            raise RuntimeError(f"size mismatch, got input ({a.shape[0]}), mat ({_by(a.shape)}), vec ({b.shape[0]})")
        if a.ndim <= 2 or b.ndim <= 2:
            left = _flat(a) if a.ndim <= 2 else (math.prod(a.shape[:-1]), a.shape[-1])
            right = b.shape if b.ndim > 1 else (b.shape[0], 1)
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_by(left)} and {_by(right)})")
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{math.prod(a.shape[:-1]) // max(a.shape[-2], 1)}, "
            f"{a.shape[-1]}] but got: [{math.prod(b.shape[:-1]) // max(b.shape[-2], 1)}, {b.shape[-2]}]."
        )
    _check_batch(a.shape[:-2], b.shape[:-2])


def _check_batch(a, b):
    for i in range(1, min(len(a), len(b)) + 1):
        if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
            at = max(len(a), len(b)) - i
            raise RuntimeError(
                f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at non-singleton "
                f"dimension {at}"
            )


def _check_vectors(a, b):
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        raise RuntimeError("dot : expected both vectors to have same dtype, but found "
                           f"{type_name(a.dtype)} and {type_name(b.dtype)}")  # fmt: skip
    if a.size != b.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same number of "
            f"elements, but got {a.size} and {b.size} elements respectively"
        )
    if is_bool(a):
        raise NotImplementedError("\"dot\" not implemented for 'Bool'")


def _check_matrix(x, name):
    if x.ndim != 2:
        raise RuntimeError(f"{name} must be a matrix")


@op(out="exact", numbers="none")
def mm(input, mat2):
    """Product of two matrices: (n, k) and (k, m) to (n, m)."""
    _check_matrix(input, "self")
    _check_matrix(mat2, "mat2")
    check_product(input.shape, mat2.shape)
    check_same(input, mat2)
    return product(input, mat2)


def _check_batches(a, b):
    for x, name in ((a, "batch1"), (b, "batch2")):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError("Expected size for first two dimensions of batch2 tensor to be: "
                           f"[{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}].")  # fmt: skip
    check_same(a, b, "baddbmm_with_gemm")


@op(out="exact", numbers="none")
def bmm(input, mat2):
    """Product of two batches of matrices: (b, n, k) and (b, k, m) to (b, n, m)."""
    _check_batches(input, mat2)
    return product(input, mat2)


def _check_mv(mat, vec, ndim=1):
    if mat.ndim != 2 or vec.ndim != 1 or ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.shape[0]:
        raise RuntimeError(f"size mismatch, got input ({mat.shape[0]}), mat ({_by(mat.shape)}), vec ({vec.shape[0]})")
    check_same(mat, vec, "addmv_impl_cpu")


@op(out="exact", numbers="none")
def mv(input, vec):
    """Matrix times vector: (n, k) and (k,) to (n,)."""
    _check_mv(input, vec)
    return product(input, vec)


@op(out="exact", numbers="none")
def dot(input, tensor):
    """Sum of the products of two vectors."""
    _check_vectors(input, tensor)
    return product(input, tensor)


@op(numbers="none")
def vdot(input, other):
    """Sum of the products of two vectors, the first one conjugated."""
    _check_vectors(input, other)
    return product(jnp.conj(input), other)


@op(numbers="none")
def inner(input, other):
    """Dot products over the last dimensions of both."""
    if input.dtype != other.dtype:
        raise RuntimeError(f"expected scalar type {type_name(input.dtype)} but found {type_name(other.dtype)}")
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError("inner() the last dimension must match on both input tensors but got shapes "
                           f"{list(input.shape)} and {list(other.shape)}")  # fmt: skip
    return lax.dot_general(input, other, (((input.ndim - 1,), (other.ndim - 1,)), ((), ()))).astype(input.dtype)


@op(promote="common", aliases=("ger",), numbers="none")
def outer(input, vec2):
    """Each element of one vector times each of the other: (n,) and (m,) to (n, m)."""
    _check_outer("outer", input, "input", vec2, "vec2")
    return input[:, None] & vec2[None] if is_bool(input) else input[:, None] * vec2[None]


def _check_outer(name, a, a_name, b, b_name):
    for x, which in ((a, a_name), (b, b_name)):
        if x.ndim != 1:
            raise RuntimeError(f"{name}: Expected 1-D argument {which}, but got {x.ndim}-D")


# -- beta * input + alpha * product ----------------------------------------------------------
def _times(x, factor):
    """x times a number, in x's dtype (integers take the number's integer part)."""
    if isinstance(factor, (int, float)) and factor == 1:
        return x
    return x * jnp.asarray(factor).astype(x.dtype)


def _plus_product(input, a, b, beta, alpha):
    """beta * input (broadcast) + alpha * a @ b, of half precision rounded once, at the end."""
    if input.dtype != a.dtype:
        raise RuntimeError("self and mat2 must have the same dtype, but got "
                           f"{type_name(input.dtype)} and {type_name(a.dtype)}")  # fmt: skip
    found = unrounded(a, b)
    return _plus(input.astype(found.dtype), found, beta, alpha).astype(a.dtype)


def _plus(input, found, beta, alpha):
    """beta * input (broadcast) + alpha * found; an input whose beta is 0 does not count, not even its NaN."""
    try:
        wide = jnp.broadcast_to(input, found.shape)
    except ValueError:
        raise RuntimeError(f"The expanded size of the tensor ({found.shape[-1]}) must match the existing size "
                           f"({input.shape[-1]}).  Target sizes: {list(found.shape)}.  Tensor sizes: "
                           f"{list(input.shape)}") from None  # fmt: skip
    found = _times(found, alpha)
    if isinstance(beta, (int, float)):
        return found if beta == 0 else _times(wide, beta) + found
    return jnp.where(beta == 0, 0, _times(wide, beta)).astype(found.dtype) + found


@op(inplace=True, out="exact", numbers="none", old=("beta", "alpha"))
def addmm(input, mat1, mat2, *, beta: Scalar = 1, alpha: Scalar = 1):
    """beta * input + alpha * mat1 @ mat2; `input` broadcasts to (n, m)."""
    _check_matrix(mat1, "mat1")
    _check_matrix(mat2, "mat2")
    check_product(mat1.shape, mat2.shape)
    check_same(mat1, mat2)
    return _plus_product(input, mat1, mat2, beta, alpha)


@op(inplace=True, out="exact", old=("beta", "alpha"))
def addmv(input, mat, vec, *, beta: Scalar = 1, alpha: Scalar = 1):
    """beta * input + alpha * mat @ vec; `input` broadcasts to (n,)."""
    _check_mv(mat, vec, max(input.ndim, 1))
    return _plus_product(input, mat, vec, beta, alpha)


def _side_by_side(batch):
    """(b, n, m) as (n, b * m)."""
    return jnp.moveaxis(batch, 0, 1).reshape(batch.shape[1], -1)


@op(out="exact", old=("beta", "alpha"))  # forms/arithmetic.py has the in-place form
def addbmm(input, batch1, batch2, *, beta: Scalar = 1, alpha: Scalar = 1):
    """beta * input + alpha * the sum of all batch1[i] @ batch2[i]."""
    _check_batches(batch1, batch2)
    return _plus_product(input, _side_by_side(batch1), batch2.reshape(-1, batch2.shape[2]), beta, alpha)


@op(inplace=True, out="exact", numbers="none", old=("beta", "alpha"))
def baddbmm(input, batch1, batch2, *, beta: Scalar = 1, alpha: Scalar = 1):
    """beta * input + alpha * batch1[i] @ batch2[i]; `input` broadcasts to (b, n, m)."""
    _check_batches(batch1, batch2)
    return _plus_product(input, batch1, batch2, beta, alpha)


@op(inplace=True, promote="common", old=("beta", "alpha"))
def addr(input, vec1, vec2, *, beta: Scalar = 1, alpha: Scalar = 1):
    """beta * input + alpha * the outer product of two vectors."""
    _check_outer("addr", vec1, "vec1", vec2, "vec2")
    if is_bool(input):
        return (input & (jnp.asarray(beta) != 0)) | (vec1[:, None] & vec2[None] & (jnp.asarray(alpha) != 0))
    return _plus(input, vec1[:, None] * vec2[None], beta, alpha)


# -- others ----------------------------------------------------------------------------------
def _cross(a, b, axis):
    def part(x, i):
        return lax.index_in_dim(x, i % 3, axis, keepdims=False)

    return jnp.stack([part(a, i + 1) * part(b, i + 2) - part(a, i + 2) * part(b, i + 1) for i in range(3)], axis)


def cross_product(name, a, b, dim):
    """Checked and broadcast cross product along `dim`."""
    if a.ndim != b.ndim:
        raise RuntimeError(f"{name}: inputs must have the same number of dimensions.")
    axis = dimension(dim, a.ndim)
    if a.ndim == 0 or a.shape[axis] != 3 or b.shape[axis] != 3:
        sizes = [x.shape[axis] if x.ndim else 1 for x in (a, b)]
        raise RuntimeError(f"{name}: inputs dimension {dim} must have length 3. Got {sizes[0]} and {sizes[1]}")
    _check_batch(a.shape, b.shape)
    return _cross(*jnp.broadcast_arrays(a, b), axis)


@op(promote="common", out="exact apart", numbers="none")
def cross(input, other, dim: int = None):
    """Cross product along `dim` of size 3; without it, along the first such dimension."""
    if dim is None:
        if 3 not in input.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input.shape.index(3)
    return cross_product("linalg.cross", input, other, dim)


@op(name="linalg_cross", homes="", aliases=("linalg.cross",), promote="common", out="exact apart")
def linalg_cross(input, other, *, dim: int = -1):
    """Cross product along `dim`, of size 3."""
    return cross_product("linalg.cross", input, other, dim)


def _contracted(a, b, dims):
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        return list(range(a.ndim - dims, a.ndim)), list(range(dims))
    left, right = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(left) != len(right):
        raise RuntimeError("both dimension lists should have same length")
    return [dimension(d, a.ndim) for d in left], [dimension(d, b.ndim) for d in right]


@op(name="_tensordot", homes="")
def tensordot(a, b, dims: tuple):
    """Sum over pairs of dimensions: the last and first `dims` of them, or those listed in dims[0] and dims[1]."""
    left, right = _contracted(a, b, dims)
    check_same(a, b)
    for i, j in zip(left, right):
        if i < 0 or (a.shape[i] != b.shape[j] and 1 not in (a.shape[i], b.shape[j])):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i - a.ndim} and "
                f"second has size {b.shape[j]} in dim {j}"
            )
        if a.shape[i] != b.shape[j]:  # a size of 1 broadcasts: the other one is summed
            a = jnp.sum(a, i, keepdims=True) if b.shape[j] == 1 else a
            b = jnp.sum(b, j, keepdims=True) if a.shape[i] == 1 else b
    return lax.dot_general(a, b, ((left, right), ((), ()))).astype(a.dtype)
