"""Pooling over windows of fixed size. See `pool_window` for what is computed, `pool_adaptive` for the rest."""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Number, Size, functional
from eagerjax.ops.kinds import is_inexact, refuse, to_float
from eagerjax.ops.pool_window import Window, flat_positions, window_max, window_sum
from eagerjax.ops.sliding import per_axis


# -- maximum -------------------------------------------------------------------------------
@functional(promote=None, homes="F torch")
def max_pool1d(input, kernel_size: Size, stride: Size = None, padding: Size = 0, dilation: Size = 1,
               ceil_mode: bool = False, return_indices: bool = False):  # fmt: skip
    """Maximum over windows of (N, C, L) or (C, L); with `return_indices` also where each stands in L."""
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@functional(promote=None, homes="F torch")
def max_pool2d(input, kernel_size: Size, stride: Size = None, padding: Size = 0, dilation: Size = 1,
               ceil_mode: bool = False, return_indices: bool = False):  # fmt: skip
    """Maximum over windows of (N, C, H, W) or (C, H, W); with `return_indices` also where each stands in H * W.

    The gradient goes to the first maximum of a window.  Raises: RuntimeError where the arguments do not fit.
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@functional(promote=None, homes="F torch")
def max_pool3d(input, kernel_size: Size, stride: Size = None, padding: Size = 0, dilation: Size = 1,
               ceil_mode: bool = False, return_indices: bool = False):  # fmt: skip
    """Maximum over windows of (N, C, D, H, W) or (C, D, H, W); with `return_indices` also where each stands."""
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_pool(op, n, input, kernel_size, stride, padding, dilation, ceil_mode, indices, last=False, scatter=False):
    axes = _axes(op, n, input, last)
    refuse(input, op, boolean=True, complex_=True, integral=n == 1 and not indices)
    w = _window(op, input, axes, kernel_size, stride, padding, dilation, ceil_mode)
    values, code = window_max(input, axes, w, scatter)
    return (values, flat_positions(code, axes, w)) if indices else values


def _max_lowerings(op, n):
    @op.on("cpu")
    def body(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        return _max_pool(
            op.name, n, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, scatter=True
        )

    @op.on_images(n)
    def last(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        return _max_pool(
            op.name, n, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, last=True
        )



_max_lowerings(max_pool1d, 1)
_max_lowerings(max_pool2d, 2)
_max_lowerings(max_pool3d, 3)


# -- average -------------------------------------------------------------------------------
@functional(homes="F torch")
def avg_pool1d(input, kernel_size: Size, stride: Size = None, padding: Size = 0, ceil_mode: bool = False,
               count_include_pad: bool = True):  # fmt: skip
    """Mean over windows of (N, C, L) or (C, L)."""
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@functional(out="exact")
def avg_pool2d(input, kernel_size: Size, stride: Size = None, padding: Size = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int = None):  # fmt: skip
    """Mean over windows of (N, C, H, W) or (C, H, W); padding counts in the divisor unless told otherwise."""
    return _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@functional(out="exact")
def avg_pool3d(input, kernel_size: Size, stride: Size = None, padding: Size = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int = None):  # fmt: skip
    """Mean over windows of (N, C, D, H, W) or (C, D, H, W)."""
    return _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _avg_pool(op, n, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor, last=False):
    axes = _axes(op, n, input, last)
    w = _window(op, input, axes, kernel_size, stride, padding, 1, ceil_mode)
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    refuse(input, op, boolean=True, complex_=True, integral=input.dtype != np.int64)
    total = window_sum(input, axes, w)
    divisors = _divisors(w, axes, input.ndim, padding, count_include_pad, divisor, input.dtype)
    return total / divisors if is_inexact(input) else lax.div(*jnp.broadcast_arrays(total, divisors))


def _divisors(w, axes, ndim, padding, count_include_pad, divisor, dtype):
    """How many elements each window counts: one number, or an array that broadcasts."""
    if divisor is not None:
        return np.asarray(divisor, dtype)
    counts = np.ones((1,) * ndim)
    for axis, k, s, n, o, p in zip(
        axes, w.kernel, w.stride, w.size, w.out, per_axis(padding, len(axes), "padding", "avg_pool")
    ):
        low = np.arange(o) * s - p
        high = np.minimum(low + k, n + p)
        inside = np.minimum(high, n) - np.maximum(low, 0)
        shape = [1] * ndim
        shape[axis] = o
        counts = counts * (high - low if count_include_pad else inside).reshape(shape)
    same = counts.size and (counts == counts.flat[0]).all()
    return np.asarray(counts.flat[0] if same else counts, dtype)


def _avg_last(op, n):
    @op.on_images(n)
    def last(
        input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        return _avg_pool(
            op.name, n, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, True
        )



_avg_last(avg_pool1d, 1)
_avg_last(avg_pool2d, 2)
_avg_last(avg_pool3d, 3)


# -- power means ---------------------------------------------------------------------------
@functional
def lp_pool1d(input, norm_type: Number, kernel_size: Size, stride: Size = None, ceil_mode: bool = False):
    """`(sum of x ** p) ** (1 / p)` over windows of (N, C, L) or (C, L)."""
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


@functional
def lp_pool2d(input, norm_type: Number, kernel_size: Size, stride: Size = None, ceil_mode: bool = False):
    """`(sum of x ** p) ** (1 / p)` over windows of (N, C, H, W) or (C, H, W)."""
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


@functional
def lp_pool3d(input, norm_type: Number, kernel_size: Size, stride: Size = None, ceil_mode: bool = False):
    """`(sum of x ** p) ** (1 / p)` over windows of (N, C, D, H, W) or (C, D, H, W)."""
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(op, n, input, norm_type, kernel_size, stride, ceil_mode):
    if isinstance(norm_type, float):
        input = to_float(input)
    power = input ** int(norm_type) if float(norm_type).is_integer() else input**norm_type
    mean = _avg_pool(op, n, power, kernel_size, stride, 0, ceil_mode, True, None)
    size = jnp.where(mean == 0, 0, jnp.abs(mean))  # no gradient at 0, but NaN where the mean is NaN
    total = jnp.sign(mean) * size * math.prod(per_axis(kernel_size, n, "kernel_size", op))
    return to_float(total) ** (1.0 / norm_type)


# -- arguments -----------------------------------------------------------------------------
def _axes(op, n, input, last):
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{op}(): Expected {n + 1}D or {n + 2}D (batch mode) tensor, but got input of size: "
                           f"{list(input.shape)}")  # fmt: skip
    end = input.ndim - (1 if last else 0)
    axes = tuple(range(end - n, end))
    empty = [a for a in range(input.ndim) if input.shape[a] == 0 and (a in axes or input.ndim == n + 1 or a != 0)]
    if empty:
        raise RuntimeError(f"{op}(): Expected {n + 1}D or {n + 2}D (batch mode) tensor with optional 0 dim batch size for "
                           f"input, but got: {list(input.shape)}")  # fmt: skip
    return axes


def _window(op, input, axes, kernel_size, stride, padding, dilation, ceil_mode):
    n = len(axes)
    kernel = per_axis(kernel_size, n, "kernel_size", op)
    stride = kernel if stride is None or stride == () else per_axis(stride, n, "stride", op)
    padding, dilation = per_axis(padding, n, "padding", op), per_axis(dilation, n, "dilation", op)
    _check_window(op, kernel, stride, padding, dilation)
    size = tuple(input.shape[a] for a in axes)
    out = tuple(_places(*each, ceil_mode) for each in zip(size, kernel, stride, padding, dilation))
    if min(out) < 1:
        lead = (input.shape[axes[0] - 1], *(1,) * (n == 1))  # PyTorch pools rows as images one pixel high
        was, made = ("x".join(map(str, (*lead, *v))) for v in (size, out))
        raise RuntimeError(f"Given input size: ({was}). Calculated output size: ({made}). Output size is too small")
    reach = [(o - 1) * s + d * (k - 1) + 1 for o, s, d, k in zip(out, stride, dilation, kernel)]
    pads = tuple((p, max(p, r - s - p)) for p, r, s in zip(padding, reach, size))
    return Window(kernel, stride, pads, dilation, size, out)


def _places(size, k, s, p, d, ceil_mode):
    out = (size + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
    return out - 1 if ceil_mode and (out - 1) * s >= size + p else out


def _check_window(op, kernel, stride, padding, dilation):
    if any(k <= 0 for k in kernel):
        raise RuntimeError(f"{op}: kernel size should be greater than zero, but got {list(kernel)}")
    if any(s <= 0 for s in stride):
        raise RuntimeError("stride should not be zero" if 0 in stride else f"{op}: stride should be greater than zero")
    if any(d <= 0 for d in dilation):
        raise RuntimeError(f"{op}: dilation should be greater than zero, but got {list(dilation)}")
    for k, p, d in zip(kernel, padding, dilation):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                               f"dilation={d}")  # fmt: skip
