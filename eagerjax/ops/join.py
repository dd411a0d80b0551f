"""Joining tensors: cat, stack and their relatives."""

import jax.numpy as jnp

from eagerjax.ops.define import Tensors, dimension, family

joining = family(homes="torch", promote="common", saves="")
"""A sequence of tensors, brought to their common dtype, to one tensor."""


@joining(aliases=("concat", "concatenate"), out="apart")
def cat(tensors: Tensors, dim: int = 0):
    """The tensors one after another along `dim`.

    >>> cat([tensor([1, 2]), tensor([3])])
    tensor([1, 2, 3])
    """
    return _cat(tensors, dim)


def _cat(tensors, dim):
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if t.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    kept = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)]
    if not kept:
        return tensors[0]  # wherever they are to be joined: nothing that is empty counts
    first = kept[0][1]
    axis = dimension(dim, first.ndim)
    for i, t in kept[1:]:
        if t.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
        for d, (n, m) in enumerate(zip(first.shape, t.shape)):
            if n != m and d != axis:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {n} but got size "
                    f"{m} for tensor number {i} in the list."
                )
    return jnp.concatenate([t for _, t in kept], axis)


@joining
def stack(tensors: Tensors, dim: int = 0):
    """Tensors of one shape side by side along a new dimension `dim`."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]
    axis = dimension(dim, first.ndim + 1)
    for i, t in enumerate(tensors):
        if t.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 and "
                f"{list(t.shape)} at entry {i}"
            )
    return jnp.stack(tensors, axis)


def _some(name, tensors):
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")


@joining
def hstack(tensors: Tensors):
    """The tensors side by side: along dimension 1, vectors along 0."""
    _some("hstack", tensors)
    tensors = [jnp.atleast_1d(t) for t in tensors]
    return _cat(tensors, 0 if tensors[0].ndim == 1 else 1)


@joining(aliases=("row_stack",))
def vstack(tensors: Tensors):
    """The tensors on top of each other, vectors as rows."""
    _some("vstack", tensors)
    return _cat([jnp.atleast_2d(t) for t in tensors], 0)


@joining
def dstack(tensors: Tensors):
    """The tensors behind each other along dimension 2, at least 3-d."""
    _some("dstack", tensors)
    return _cat([_at_least_3d(t) for t in tensors], 2)


def _at_least_3d(t):
    return t.reshape(1, t.size, 1) if t.ndim < 2 else t[:, :, None] if t.ndim == 2 else t


@joining
def column_stack(tensors: Tensors):
    """The tensors side by side along dimension 1, vectors as columns."""
    _some("column_stack", tensors)
    return _cat([t.reshape(t.size, 1) if t.ndim < 2 else t for t in tensors], 1)


@joining(name="_block_diag", homes="")
def block_diag(tensors: Tensors):
    """Matrices (vectors as rows) on the diagonal of a larger matrix."""
    blocks = [jnp.atleast_2d(t) for t in tensors]
    for i, t in enumerate(blocks):
        if t.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {t.ndim} dimensions"
            )
    if not blocks:
        return jnp.zeros((1, 0), jnp.float32)
    width, rows, left = sum(t.shape[1] for t in blocks), [], 0
    for t in blocks:
        rows.append(jnp.pad(t, ((0, 0), (left, width - left - t.shape[1]))))
        left += t.shape[1]
    return jnp.concatenate(rows)
