"""The view ops: how each reads its part of an array, and how it writes one. All other views are made of these."""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Scalar, op


def view(fn, name=None):
    """Register a read `fn` and its write under one name; the write gets (base, value, ...)."""
    made = op(fn, name=name, homes="")
    made.view = True
    made.writes = made.name.endswith("_write")
    return made


@jax.custom_jvp
def straight_through(history, data):
    return data


@straight_through.defjvp
def straight_through_jvp(primals, tangents):
    return primals[1], tangents[0]


@view
def _graft(history, data):
    """`data` with the history of `history`: gradients pass to `history` as if it had this value."""
    return straight_through(history, data)


@view
def _reshape(input, shape: tuple):
    return jnp.reshape(input, shape)


@view
def _reshape_write(base, value, shape: tuple):
    return jnp.reshape(value, base.shape)


@view
def _permute(input, dims: tuple):
    return jnp.transpose(input, dims)


@view
def _permute_write(base, value, dims: tuple):
    inverse = sorted(range(len(dims)), key=dims.__getitem__)
    return jnp.transpose(value, inverse)


@view
def _expand(input, shape: tuple):
    return jnp.broadcast_to(input, shape)


@view
def _expand_write(base, value, shape: tuple):
    lead = len(shape) - base.ndim
    return value[tuple(0 if i < lead else slice(0, base.shape[i - lead]) for i in range(len(shape)))]


@view
def _select(input, dim: int, index: Scalar):
    return (
        lax.dynamic_index_in_dim(input, index, dim, keepdims=False)
        if _traced(index)
        else lax.index_in_dim(input, index, dim, False)
    )


@view
def _select_write(base, value, dim: int, index: Scalar):
    return lax.dynamic_update_slice_in_dim(base, jnp.expand_dims(value, dim), index, dim)


@_select.limits
@_select_write.limits
def has_index(shape, dim, index):
    return 0 <= index < shape[dim]


@view
def _slice(input, dim: int, start: Scalar, length: int, step: int):
    if not _traced(start):
        return lax.slice_in_dim(input, start, start + _span(length, step), step, dim)
    part = lax.dynamic_slice_in_dim(input, start, _span(length, step), dim)
    return part if step == 1 else lax.slice_in_dim(part, 0, None, step, dim)


@view
def _slice_write(base, value, dim: int, start: Scalar, length: int, step: int):
    if length == 0:
        return base
    if step == 1:
        return lax.dynamic_update_slice_in_dim(base, value, start, dim)
    where = (slice(None),) * dim + (start + step * jnp.arange(length),)
    return base.at[where].set(value)


@_slice.limits
@_slice_write.limits
def has_span(shape, dim, start, length, step):
    return 0 <= start <= shape[dim] - _span(length, step)


@view
def _split(input, dim: int, lengths: tuple):
    """All parts along a dimension at once: their gradients come together as one concatenation. Written to part by part."""
    return tuple(lax.split(input, lengths, dim))


_split_with_sizes = view(_split.fn, "_split_with_sizes")  # which PyTorch's histories tell from the other


@view
def _unbind(input, dim: int):
    return tuple([jnp.squeeze(part, dim) for part in lax.split(input, (1,) * input.shape[dim], dim)])


def _span(length, step):
    return (length - 1) * step + 1 if length else 0


def _traced(value):
    return not isinstance(value, int)


@view
def _diagonal(input, offset: int, dim1: int, dim2: int):
    return jnp.diagonal(input, offset, dim1, dim2)


@view
def _diagonal_write(base, value, offset: int, dim1: int, dim2: int):
    moved = jnp.moveaxis(base, (dim1, dim2), (-2, -1))
    i = jnp.arange(value.shape[-1])
    moved = moved.at[..., i + max(-offset, 0), i + max(offset, 0)].set(value)
    return jnp.moveaxis(moved, (-2, -1), (dim1, dim2))


@view
def _unfold(input, dim: int, size: int, step: int):
    count = (input.shape[dim] - size) // step + 1
    where = step * jnp.arange(count)[:, None] + jnp.arange(size)
    return jnp.moveaxis(jnp.take(input, where, axis=dim), dim + 1, -1)


@view
def _unfold_write(base, value, dim: int, size: int, step: int):
    count = (base.shape[dim] - size) // step + 1
    where = step * jnp.arange(count)[:, None] + jnp.arange(size)
    return base.at[(slice(None),) * dim + (where,)].set(jnp.moveaxis(value, -1, dim + 1))


def positions(shape, strides, offset):
    """Flat positions in the storage of a strided view."""
    where = jnp.full((), offset)
    for n, stride in zip(shape, strides):
        where = where[..., None] + stride * jnp.arange(n)
    return where


@view
def _as_strided(input, shape: tuple, strides: tuple, offset: int):
    return input.reshape(-1)[positions(shape, strides, offset)]


@view
def _as_strided_write(base, value, shape: tuple, strides: tuple, offset: int):
    return base.reshape(-1).at[positions(shape, strides, offset)].set(value).reshape(base.shape)


@view
def _bitcast(input, dtype: object):
    """The same bytes as another dtype; a wider or narrower one changes the last dimension."""
    old, new = input.dtype.itemsize, dtype.itemsize
    shape = input.shape if old == new else (*input.shape[:-1], input.shape[-1] * old // new)
    return _bytes_as(input, dtype.np, shape)


@view
def _bitcast_write(base, value, dtype: object):
    if value.dtype == bool and base.dtype != bool:  # a byte that stays true keeps its value
        before = _bytes_as(base, jnp.dtype("uint8"), value.shape)
        value = jnp.where((before != 0) == value, before, value.astype(jnp.uint8))
    return _bytes_as(value, base.dtype, base.shape)


def _bytes_as(x, dtype, shape):
    """The bytes of x as another dtype. Booleans are bytes, complex numbers are pairs."""
    if x.dtype == bool:
        x = x.astype(jnp.uint8)
    elif jnp.iscomplexobj(x):
        x = jnp.stack([jnp.real(x), jnp.imag(x)], -1)
    plain = jnp.dtype("uint8") if dtype.kind == "b" else jnp.finfo(dtype).dtype if dtype.kind == "c" else dtype
    if plain.itemsize > x.dtype.itemsize:
        x = x.reshape(-1, plain.itemsize // x.dtype.itemsize)
    x = lax.bitcast_convert_type(x, plain)
    if dtype.kind == "c":
        pairs = x.reshape(-1, 2)
        x = lax.complex(pairs[:, 0], pairs[:, 1])
    return (x != 0 if dtype.kind == "b" else x).reshape(shape)


@view
def _real(input):
    return jnp.real(input)


@view
def _real_write(base, value):
    return lax.complex(value, jnp.imag(base))


@view
def _imag(input):
    return jnp.imag(input)


@view
def _imag_write(base, value):
    return lax.complex(jnp.real(base), value)


@view
def _conj(input):
    return jnp.conj(input)


@view
def _conj_write(base, value):
    return jnp.conj(value)


@view
def _view_as_real(input):
    return jnp.stack([jnp.real(input), jnp.imag(input)], -1)


@view
def _view_as_real_write(base, value):
    return lax.complex(value[..., 0], value[..., 1])


@view
def _view_as_complex(input):
    return lax.complex(input[..., 0], input[..., 1])


@view
def _view_as_complex_write(base, value):
    return jnp.stack([jnp.real(value), jnp.imag(value)], -1)
