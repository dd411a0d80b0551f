"""Copies and dtype conversions."""

import jax.numpy as jnp

from eagerjax.ops.define import Dtype, op
from eagerjax.ops.kinds import is_inexact
from eagerjax.runtime import dtype as dt


@op(sizeless=True)
def clone(input, *, memory_format: object = None):
    """A copy of the tensor, differentiable."""
    return input


@op(homes="", sizeless=True)
def _cast(input, dtype: Dtype):
    """`input` as another dtype: see `convert`."""
    return convert(input, dtype)


def convert(input, dtype):
    """An array as another dtype, as PyTorch's CPU kernels convert: integers wrap, floats truncate."""
    if input.dtype == dtype.np:
        return input
    if dtype is dt.bool_:
        return input != 0
    if jnp.iscomplexobj(input) and not dtype.is_complex:
        input = jnp.real(input)
    if jnp.issubdtype(input.dtype, jnp.floating) and dtype.category == dt.INTEGER:
        return float_to_integer(input, dtype)
    return input.astype(dtype.np)


def float_to_integer(x, dtype):
    """Truncation; what does not fit becomes the smallest integer (as x86 does), then wraps to narrow dtypes."""
    wide = jnp.int64 if dtype.itemsize == 8 else jnp.int32
    limit = float(2 ** (63 if dtype.itemsize == 8 else 31))
    x = x.astype(jnp.float64)
    fits = (x < limit) & (x > -limit - 1)
    return jnp.where(fits, jnp.where(fits, x, 0).astype(wide), jnp.iinfo(wide).min).astype(dtype.np)


@op(homes="", differentiable=False, sizeless=True)
def _ones_like(input):
    """Ones in the shape of `input`: the gradient that backward starts from."""
    return jnp.ones_like(input)


@op(homes="", sizeless=True)
def _filled(input, value):
    """`value` in the shape and dtype of `input`."""
    return jnp.broadcast_to(jnp.asarray(value).astype(input.dtype), input.shape)


@op(homes="", saves="")
def _copied(input, src):
    """`src` where `input` was: the old content gets a gradient of zeros."""
    return src


def accumulator(x, dtype):
    """`x` in the dtype in which it is summed or multiplied up: `dtype` if given, int64 for integers."""
    if dtype is not None:
        return convert(x, dtype)
    return x if is_inexact(x) else x.astype(jnp.int64)
