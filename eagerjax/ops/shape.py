"""Shapes that need a copy: repeat, flip, roll, triangles, diagonals. (Views live in view.py.)"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Dims, Dtype, Size, dimension, dimensions, op


def _sizes(value):
    return (value,) if isinstance(value, int) else tuple(value)


@op(homes="Tensor", varargs="repeats", saves="")
def repeat(input, repeats: Size):
    """`input` copied repeats[d] times along each dimension d; further leading dimensions are new.

    >>> tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    repeats = _sizes(repeats)
    if len(repeats) < input.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return _repeat(input, repeats)


def _repeat(x, repeats):
    shape = (1,) * (len(repeats) - x.ndim) + x.shape
    if any(r < 0 for r in repeats):
        sizes = [r * n for r, n in zip(repeats, shape)]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {sizes}")
    apart = tuple(part for n in shape for part in (1, n))
    wide = tuple(part for r, n in zip(repeats, shape) for part in (r, n))
    return jnp.broadcast_to(x.reshape(apart), wide).reshape([r * n for r, n in zip(repeats, shape)])


@op(varargs="dims", saves="")
def tile(input, dims: Size):
    """`input` copied dims[d] times along each dimension; missing leading entries of dims are 1."""
    dims = _sizes(dims)
    return _repeat(input, (1,) * (input.ndim - len(dims)) + dims)


@op(varargs="dims", saves="")
def flip(input, dims: Dims):
    """`input` in reverse order along `dims`."""
    dims = _sizes(dims)
    axes = dimensions(dims, input.ndim) if dims else ()
    return jnp.flip(input, axes) if axes else input


@op(saves="")
def fliplr(input):
    """`input` in reverse order along its second dimension."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return jnp.flip(input, 1)


@op(saves="")
def flipud(input):
    """`input` in reverse order along its first dimension."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return jnp.flip(input, 0)


@op(saves="")
def roll(input, shifts: Size, dims: Dims = None):
    """`input` rotated by `shifts` places along `dims`; without dims along its flattened self."""
    shifts, dims = _sizes(shifts), () if dims is None else _sizes(dims)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return jnp.roll(input.reshape(-1), shifts[0]).reshape(input.shape)
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if input.ndim == 0:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    for shift, d in zip(shifts, dims):
        axis = dimension(d, input.ndim)
        if input.size:
            input = jnp.roll(input, shift, axis)
    return input


@op(saves="")
def rot90(input, k: int = 1, dims: Dims = (0, 1)):
    """`input` turned by 90 degrees k times in the plane of `dims`, from the first towards the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    for d in dims:
        if not -input.ndim <= d < input.ndim:
            raise RuntimeError(f"Rotation dim out of range, dim = {d}")
    return jnp.rot90(input, k, dims)


@op(name="_repeat_each", homes="", saves="")
def repeat_each(input, repeats: int, dim: int = None):
    """Each element (each slice along `dim`) `repeats` times in a row."""
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    x = input.reshape(-1) if dim is None else input
    axis = dimension(0 if dim is None else dim, x.ndim)
    x = x.reshape(-1) if x.ndim == 0 else x
    wide = jnp.broadcast_to(jnp.expand_dims(x, axis + 1), (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :]))
    return wide.reshape(*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :])


def _repeat_faults(repeats, output_size):
    return [
        (jnp.any(repeats < 0), RuntimeError, "repeats can not be negative"),
        (jnp.sum(repeats, dtype=jnp.int64) != output_size, RuntimeError, "allocated size does not match required size"),
    ]


@op(name="_repeat_index", homes="", differentiable=False, faults=_repeat_faults)
def repeat_index(repeats, output_size: int):
    """[0] * repeats[0] + [1] * repeats[1] + ..., of known length."""
    at = jnp.arange(output_size, dtype=jnp.int64)
    return jnp.searchsorted(jnp.cumsum(repeats), at, side="right").astype(repeats.dtype)


# -- triangles and diagonals ---------------------------------------------------------------
def _triangle(name, input, diagonal, lower):
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    rows = lax.broadcasted_iota(jnp.int32, input.shape[-2:], 0)
    cols = lax.broadcasted_iota(jnp.int32, input.shape[-2:], 1)
    diagonal = min(max(diagonal, -(2**30)), 2**30)
    keep = cols <= rows + diagonal if lower else cols >= rows + diagonal
    return jnp.where(keep, input, jnp.zeros((), input.dtype))


@op(inplace=True, saves="", out="exact")
def tril(input, diagonal: int = 0):
    """The lower triangle of the last two dimensions, zero above the given `diagonal`."""
    return _triangle("tril", input, diagonal, True)


@op(inplace=True, saves="", out="exact")
def triu(input, diagonal: int = 0):
    """The upper triangle of the last two dimensions, zero below the given `diagonal`."""
    return _triangle("triu", input, diagonal, False)


def _embed(x, offset):
    """(..., n) to (..., n + |offset|, n + |offset|) with x on a diagonal."""
    n = x.shape[-1] + abs(offset)
    rows, cols = lax.broadcasted_iota(jnp.int32, (n, n), 0), lax.broadcasted_iota(jnp.int32, (n, n), 1)
    low, high = max(-offset, 0), max(offset, 0)
    spread = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(low, high)])[..., :, None]
    return jnp.where(cols == rows + offset, spread, jnp.zeros((), x.dtype))


@op(saves="")
def diag_embed(input, offset: int = 0, dim1: int = -2, dim2: int = -1):
    """Matrices in the dimensions dim1, dim2 with the last dimension of `input` on a diagonal."""
    ndim = input.ndim + 1
    a, b = dimension(dim1, ndim), dimension(dim2, ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return jnp.moveaxis(_embed(input, offset), (-2, -1), (a, b))


@op(saves="", out="exact")
def diag(input, diagonal: int = 0):
    """A vector on the diagonal of a new matrix, or the diagonal of a matrix."""
    if input.ndim == 1:
        return _embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    if not -input.shape[0] <= diagonal <= input.shape[1]:
        raise RuntimeError(f"diag(): offset {diagonal} is outside a matrix of shape {list(input.shape)}")
    return jnp.diagonal(input, diagonal)


@op(saves="")
def diagflat(input, offset: int = 0):
    """The flattened input on a diagonal of a new matrix."""
    return _embed(input.reshape(-1), offset)


@op(saves="")
def trace(input):
    """Sum of the diagonal of a matrix. Integers add up as int64."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    total = jnp.sum(jnp.diagonal(input))
    return total if jnp.issubdtype(input.dtype, jnp.inexact) else total.astype(jnp.int64)


def _triangle_indices(rows, cols, offset, dtype, lower):
    for value, name in ((rows, "row"), (cols, "col")):
        if value < 0:
            raise RuntimeError(f"{name} must be non-negative, got {value}")
    found = np.tril_indices(rows, offset, cols) if lower else np.triu_indices(rows, offset, cols)
    return jnp.asarray(np.stack(found), dtype)


@op(name="_triangle_indices", homes="", differentiable=False)
def triangle_indices(row: int, col: int, offset: int, dtype: Dtype, lower: bool):
    """(2, n) row and column numbers of a triangle."""
    return _triangle_indices(row, col, offset, dtype.np, lower)


@op(name="kron", promote="common", numbers="none")
def kron(input, other):
    """Kronecker product: each element of `input` times all of `other`."""
    ndim = max(input.ndim, other.ndim)
    a, b = ((1,) * (ndim - x.ndim) + x.shape for x in (input, other))
    left = input.reshape([part for n in a for part in (n, 1)])
    right = other.reshape([part for n in b for part in (1, n)])
    product = left & right if input.dtype == jnp.bool_ else left * right
    return product.reshape([n * m for n, m in zip(a, b)])


@op(homes="torch", saves="")
def vander(x, N: int = None, increasing: bool = False):
    """Powers 0 .. N - 1 of the 1-d x as columns, highest first unless `increasing`."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative")
    x = x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(jnp.int64)
    columns = [jnp.ones_like(x)]
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    columns = columns[:n] if increasing else columns[:n][::-1]
    return jnp.stack(columns, 1) if columns else jnp.zeros((x.shape[0], 0), x.dtype)
