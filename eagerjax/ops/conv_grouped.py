"""Grouped convolutions on a CPU, where XLA's own are ten to a hundred times slower than PyTorch's.

One channel a group (depthwise) is a sum of shifted products; other groups are one batched matmul of columns.
Geometry `g` is that of `conv`: stride, pads, dilation, groups.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.sliding import fold_taps, offsets, pad_axes, tap

_MOST_TAPS = 128


def _space(x):
    return tuple(range(2, x.ndim))


def _sizes(x, weight, g):
    kernel = weight.shape[2:]
    padded = [n + low + high for n, (low, high) in zip(x.shape[2:], g.pads)]
    return kernel, tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(padded, kernel, g.stride, g.dilation))


def _shifted(x, weight, g):
    """The taps of x (N, C, *space), one per kernel element, and the size of each."""
    kernel, out = _sizes(x, weight, g)
    padded = pad_axes(x, _space(x), g.pads)
    return [tap(padded, _space(x), o, g.stride, out) for o in offsets(kernel, g.dilation)]


def _grouped_plain(x, weight, g):
    space = "DHW"[-(x.ndim - 2) :]
    return lax.conv_general_dilated(
        x, weight, g.stride, g.pads, rhs_dilation=g.dilation, feature_group_count=g.groups,
        dimension_numbers=("NC" + space, "OI" + space, "NC" + space),
    )  # fmt: skip


# -- one input channel a group -------------------------------------------------------------
def depthwise(x, weight, g):
    """x (N, C, *space), weight (C * m, 1, *kernel): m outputs for each channel."""
    if weight[0, 0].size > _MOST_TAPS:
        return _grouped_plain(x, weight, g)
    return _depthwise(x, weight, g)


def _per_tap(weight, channels):
    """weight as (taps, C, m, 1...) to multiply taps (N, C, 1, *out)."""
    flat = weight.reshape(channels, -1, weight[0, 0].size)
    return jnp.moveaxis(flat, -1, 0).reshape(flat.shape[-1], *flat.shape[:2], *(1,) * (weight.ndim - 2))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _depthwise(x, weight, g):
    parts = _shifted(x, weight, g)
    kernel = _per_tap(weight, x.shape[1])
    total = parts[0][:, :, None] * kernel[0]
    for part, k in zip(parts[1:], kernel[1:]):
        total = total + part[:, :, None] * k
    return total.reshape(x.shape[0], -1, *parts[0].shape[2:])


def _depthwise_forward(x, weight, g):
    return _depthwise(x, weight, g), (x, weight)


def _depthwise_backward(g, saved, grad):
    x, weight = saved
    split = grad.reshape(x.shape[0], x.shape[1], -1, *grad.shape[2:])
    return _depthwise_input_grad(x, weight, g, split), _depthwise_weight_grad(x, weight, g, split)


def _depthwise_input_grad(x, weight, g, grad):
    """A stride-1 sum of shifted products of the dilated gradient with the flipped kernel."""
    kernel = weight.shape[2:]
    config, reach = [(0, 0, 0)] * 3, [d * (k - 1) for d, k in zip(g.dilation, kernel)]
    for n, out, r, s, (low, _) in zip(x.shape[2:], grad.shape[3:], reach, g.stride, g.pads):
        low = r - low
        config.append((low, n + r - low - (out - 1) * s - 1, s - 1))
    spread = lax.pad(grad, jnp.zeros((), grad.dtype), config)
    flipped = _per_tap(jnp.flip(weight, range(2, weight.ndim)), x.shape[1])
    axes, ones = tuple(range(3, spread.ndim)), (1,) * len(kernel)
    total = None
    for place, k in zip(offsets(kernel, g.dilation), flipped):
        part = (tap(spread, axes, place, ones, x.shape[2:]) * k).sum(2)
        total = part if total is None else total + part
    return total


def _depthwise_weight_grad(x, weight, g, grad):
    axes = tuple(range(3, grad.ndim))
    sums = [(part[:, :, None] * grad).sum(axes).sum(0) for part in _shifted(x, weight, g)]
    return jnp.stack(sums, -1).reshape(weight.shape)


_depthwise.defvjp(_depthwise_forward, _depthwise_backward)


# -- several channels a group --------------------------------------------------------------
def grouped(x, weight, g):
    """One batched matmul over the groups: weight (g, out / g, c*taps) @ columns (g, c*taps, N*places)."""
    if weight[0, 0].size > _MOST_TAPS:
        return _grouped_plain(x, weight, g)
    return _grouped(x, weight, g)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _grouped(x, weight, g):
    size = _sizes(x, weight, g)[1]
    y = lax.dot_general(
        weight.reshape(g.groups, -1, weight[0].size), _columns(x, weight, g), (((2,), (1,)), ((0,), (0,)))
    )
    return jnp.swapaxes(y.reshape(weight.shape[0], x.shape[0], *size), 0, 1)


def _columns(x, weight, g):
    parts = _shifted(jnp.swapaxes(x, 0, 1), weight, g)
    return jnp.stack(parts, 1).reshape(g.groups, weight[0].size, -1)


def _grouped_forward(x, weight, g):
    return _grouped(x, weight, g), (x, weight)


def _grouped_backward(g, saved, grad):
    x, weight = saved
    by_group = jnp.swapaxes(grad, 0, 1).reshape(g.groups, weight.shape[0] // g.groups, -1)
    weights = weight.reshape(g.groups, -1, weight[0].size)
    d_weight = lax.dot_general(by_group, _columns(x, weight, g), (((2,), (2,)), ((0,), (0,)))).reshape(weight.shape)
    columns = lax.dot_general(weights, by_group, (((1,), (1,)), ((0,), (0,))))
    return jnp.swapaxes(_from_columns(columns, x, weight, g), 0, 1), d_weight


def _from_columns(columns, x, weight, g):
    """The transpose of `_columns`: (C, N, *space)."""
    kernel, out = _sizes(x, weight, g)
    split = columns.reshape(x.shape[1], weight[0, 0].size, x.shape[0], *out)
    length = [n + low + high for n, (low, high) in zip(x.shape[2:], g.pads)]
    parts = [split[:, i] for i in range(split.shape[1])]
    full = fold_taps(parts, _space(x), kernel, g.stride, g.dilation, length)
    return pad_axes(full, _space(x), [(-low, -high) for low, high in g.pads])


_grouped.defvjp(_grouped_forward, _grouped_backward)
