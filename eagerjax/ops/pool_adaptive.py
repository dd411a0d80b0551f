"""Pooling to a given output size, and the way back from maxima to where they stood."""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import refuse
from eagerjax.ops.pool_window import Window, lowest, window_sum
from eagerjax.ops.sliding import per_axis
from eagerjax.size import check_size

_FEW = 32


def _target(op, n, input, output_size):
    """The spatial axes and the size wanted on each; None keeps the input's."""
    if n > 1 and isinstance(output_size, (tuple, list)) and input.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{op}(): Expected {n + 1}D or {n + 2}D tensor, but got {list(input.shape)}")
    axes = tuple(range(input.ndim - n, input.ndim))
    wanted = (output_size,) * n if output_size is None else per_axis(output_size, n, "output_size", op)
    size = tuple(input.shape[a] if s is None else s for a, s in zip(axes, wanted))
    if any(s < 0 for s in size):
        raise RuntimeError(
            f"{op}(): elements of output_size must be greater than or equal to 0 but received {list(size)}"
        )
    check_size((*input.shape[: axes[0]], *size))
    # PyTorch takes the first dimension for the batch even where it is not, and averages of up to two need channels least
    first = axes[0] if op in ("adaptive_avg_pool1d", "adaptive_avg_pool2d") else 1
    for a in range(first, input.ndim):
        if input.shape[a] == 0:
            raise RuntimeError(f"{op}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                               f"{list(input.shape)} with dimension {a} being empty")  # fmt: skip
    return axes, size


def _bounds(n, out):
    """Window i covers [floor(i n / out), ceil((i + 1) n / out))."""
    i = np.arange(out)
    return i * n // out, -((-(i + 1) * n) // out)


# -- mean ----------------------------------------------------------------------------------
@functional(homes="F torch")
def adaptive_avg_pool1d(input, output_size: Size):
    """Means over `output_size` windows of (N, C, L) or (C, L)."""
    return _adaptive_mean("adaptive_avg_pool1d", 1, input, output_size)


@functional
def adaptive_avg_pool2d(input, output_size: Size):
    """Means over `output_size` windows of (N, C, H, W) or (C, H, W); None keeps a dimension."""
    return _adaptive_mean("adaptive_avg_pool2d", 2, input, output_size)


@functional
def adaptive_avg_pool3d(input, output_size: Size):
    """Means over `output_size` windows of (N, C, D, H, W) or (C, D, H, W); None keeps a dimension."""
    return _adaptive_mean("adaptive_avg_pool3d", 3, input, output_size)


def _adaptive_mean(op, n, input, output_size):
    axes, size = _target(op, n, input, output_size)
    refuse(input, op, integral=True, complex_=any(s != 1 for s in size))
    if all(s == 1 for s in size):
        return jnp.mean(input, axes, keepdims=True)
    even = [(a, s) for a, s in zip(axes, size) if s and input.shape[a] % s == 0]
    out = _even_mean(input, even) if even else input
    for a, s in zip(axes, size):
        if (a, s) not in even:
            out = _uneven_mean(out, a, s)
    return out


def _even_mean(x, targets):
    axes = tuple(a for a, _ in targets)
    kernel = tuple(x.shape[a] // s for a, s in targets)
    n = len(axes)
    w = Window(kernel, kernel, ((0, 0),) * n, (1,) * n, tuple(x.shape[a] for a in axes), tuple(s for _, s in targets))
    return window_sum(x, axes, w) / math.prod(kernel)


def _uneven_mean(x, axis, size):
    low, high = _bounds(x.shape[axis], size)
    if 0 < size <= _FEW:
        parts = [jnp.mean(lax.slice_in_dim(x, a, b, axis=axis), axis) for a, b in zip(low, high)]
        return jnp.stack(parts, axis)
    windows, inside = _gathered(x, axis, low, high)
    return jnp.sum(jnp.where(inside, windows, 0), axis + 1) / _on_axis(high - low, axis, x.ndim).astype(x.dtype)


def _on_axis(vector, axis, ndim):
    return vector.reshape([-1 if a == axis else 1 for a in range(ndim)])


def _gathered(x, axis, low, high):
    """Windows as a new axis after `axis`, all as long as the longest, and which elements are inside."""
    longest = int((high - low).max(initial=1))
    index = low[:, None] + np.arange(longest)
    inside = (index < high[:, None]).reshape((1,) * axis + index.shape + (1,) * (x.ndim - axis - 1))
    return jnp.take(x, np.minimum(index, x.shape[axis] - 1), axis), inside


# -- maximum -------------------------------------------------------------------------------
@functional(promote=None)
def adaptive_max_pool1d(input, output_size: Size, return_indices: bool = False):
    """Maxima over `output_size` windows of (N, C, L) or (C, L); with `return_indices` also where each stands."""
    return _adaptive_max("adaptive_max_pool1d", 1, input, output_size, return_indices)


@functional(promote=None)
def adaptive_max_pool2d(input, output_size: Size, return_indices: bool = False):
    """Maxima over `output_size` windows of (N, C, H, W) or (C, H, W); with `return_indices` also where each stands."""
    return _adaptive_max("adaptive_max_pool2d", 2, input, output_size, return_indices)


@functional(promote=None)
def adaptive_max_pool3d(input, output_size: Size, return_indices: bool = False):
    """Maxima over `output_size` windows of (N, C, D, H, W) or (C, D, H, W); with `return_indices` where each stands."""
    return _adaptive_max("adaptive_max_pool3d", 3, input, output_size, return_indices)


def _adaptive_max(op, n, input, output_size, return_indices):
    axes, size = _target(op, n, input, output_size)
    refuse(input, op, integral=True, complex_=True)
    bounds = [_bounds(input.shape[a], s) for a, s in zip(axes, size)]
    index = _winners(lax.stop_gradient(input), axes, bounds)
    values = _at(input, index, n)
    return (values, index) if return_indices else values


def _at(input, index, n):
    """The elements of the flattened last n axes at `index`."""
    lead = input.shape[: input.ndim - n]
    flat = input.reshape(*lead, math.prod(input.shape[input.ndim - n :]))
    picked = jnp.take_along_axis(flat, index.reshape(*lead, math.prod(index.shape[index.ndim - n :])), -1)
    return picked.reshape(index.shape)


def _winners(x, axes, bounds):
    """Flat positions of the first maximum (the last NaN) of each window, one axis after the other from the last."""
    flat = jnp.arange(math.prod(x.shape[a] for a in axes), dtype=jnp.int64)
    position = jnp.broadcast_to(flat.reshape([x.shape[a] for a in axes]), x.shape)
    for axis, (low, high) in reversed(list(zip(axes, bounds))):
        windows, inside = _gathered(x, axis, low, high)
        windows = jnp.where(inside, windows, lowest(x.dtype))
        rank = jnp.arange(windows.shape[axis + 1]).reshape((-1,) + (1,) * (x.ndim - axis - 1))
        nan = jnp.max(jnp.where(windows != windows, rank, -1), axis + 1, keepdims=True)
        top = jnp.argmax(windows, axis + 1, keepdims=True)
        top = jnp.where(nan >= 0, nan, top)
        x = jnp.take_along_axis(windows, top, axis + 1).squeeze(axis + 1)
        position = jnp.take_along_axis(_gathered(position, axis, low, high)[0], top, axis + 1).squeeze(axis + 1)
    return position
