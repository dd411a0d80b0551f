"""Max unpooling: maxima put back where they stood, zeros elsewhere."""

import functools
import math

import jax
import jax.numpy as jnp

from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import refuse, wrong
from eagerjax.ops.sliding import per_axis


def _size(op, n, input, kernel_size, stride, padding, output_size):
    """The spatial size of the result. Raises ValueError where `output_size` is not one that the windows can come from."""
    kernel, pads = per_axis(kernel_size, n, "kernel_size", op), per_axis(padding, n, "padding", op)
    strides = kernel if stride is None else per_axis(stride, n, "stride", op)
    default = [(x - 1) * s + k - 2 * p for x, s, k, p in zip(input.shape[-n:], strides, kernel, pads)]
    if output_size is None:
        return default
    wanted = tuple(output_size[2:] if len(output_size) == n + 2 else output_size)
    if len(wanted) != n:
        raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of "
                         f"'{len(output_size)}'")  # fmt: skip
    for d, (size, usual, s) in enumerate(zip(wanted, default, strides)):
        if not usual - s < size < usual + s:
            raise ValueError(f'invalid output_size "{wanted}" (dim {d} must be between {usual - s} and {usual + s})')
    return wanted


def _faults(n):
    def faults(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        size = _size("max_unpool", n, input, kernel_size, stride, padding, output_size)
        bad = wrong(indices, (indices < 0) | (indices >= math.prod(size)))
        volume = "x".join(str(s) for s in (*size, 1)[: max(n, 2)])
        return [(bad, RuntimeError, f"Found an invalid max index: {{}} (output volumes are of size {volume})")]

    return faults


def _unpool(op, n, input, indices, kernel_size, stride, padding, output_size):
    refuse(input, op, integral=True, complex_=True)
    if indices.dtype != jnp.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"Input to {op} should be a {n + 1}d or {n + 2}d Tensor, but got a tensor with {input.ndim} "
                           "dimensions.")  # fmt: skip
    if input.shape != indices.shape:
        raise RuntimeError(f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got "
                           f"indices tensor with shape: {list(indices.shape)}")  # fmt: skip
    size = _size(op, n, input, kernel_size, stride, padding, output_size)
    lead, places = input.shape[: input.ndim - n], math.prod(size)
    planes = math.prod(lead)
    at = jnp.clip(indices, 0, max(places - 1, 0)).reshape(planes, math.prod(input.shape[input.ndim - n :]))
    return _spread(input.reshape(at.shape), at, places).reshape(*lead, *size)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _spread(x, at, places):
    """Rows of zeros with x at the places `at`; each element's gradient is its place's, even where a later one took it."""
    empty = jnp.zeros((x.shape[0], places), x.dtype)
    return empty.at[jnp.arange(x.shape[0])[:, None], at].set(x, mode="promise_in_bounds")


def _spread_backward(places, at, grad):
    return jnp.take_along_axis(grad, at, 1, mode="promise_in_bounds"), None


_spread.defvjp(lambda x, at, places: (_spread(x, at, places), at), _spread_backward)


@functional(promote=None, faults=_faults(1))
def max_unpool1d(input, indices, kernel_size: Size, stride: Size = None, padding: Size = 0, output_size: Size = None):
    """The inverse of `max_pool1d`: each maximum at its index, zeros elsewhere."""
    return _unpool("max_unpooling1d", 1, input, indices, kernel_size, stride, padding, output_size)


@functional(promote=None, faults=_faults(2))
def max_unpool2d(input, indices, kernel_size: Size, stride: Size = None, padding: Size = 0, output_size: Size = None):
    """The inverse of `max_pool2d`: each maximum at its index, zeros elsewhere."""
    return _unpool("max_unpooling2d", 2, input, indices, kernel_size, stride, padding, output_size)


@functional(promote=None, faults=_faults(3))
def max_unpool3d(input, indices, kernel_size: Size, stride: Size = None, padding: Size = 0, output_size: Size = None):
    """The inverse of `max_pool3d`: each maximum at its index, zeros elsewhere."""
    return _unpool("max_unpooling3d", 3, input, indices, kernel_size, stride, padding, output_size)
