"""Normalisation by mean and variance, with hand-shaped gradients: by channel, by row, by group.

Statistics take two passes (E[x^2] - E[x]^2 would lose digits). No gradient flows to eps, nor through the statistics
that are returned beside the result. `dots` sums rows and columns by matrix products, which a CPU does faster.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax


def _channel_axes(x, channel):
    return tuple(a for a in range(x.ndim) if a != channel)


def _on_channel(vector, x, channel):
    return vector.reshape([-1 if a == channel else 1 for a in range(x.ndim)])


# -- each channel over everything else (batch norm) ----------------------------------------
@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def by_channel(x, weight, bias, eps, channel):
    """(out, mean, biased variance); weight, bias, mean and variance are vectors over the axis `channel`."""
    return _channel_forward(x, weight, bias, eps, channel)[0]


def _channel_forward(x, weight, bias, eps, channel):
    axes = _channel_axes(x, channel)
    mean = jnp.mean(x, axes, keepdims=True)
    variance = jnp.mean(jnp.square(x - mean), axes, keepdims=True)
    rate = lax.rsqrt(variance + eps)
    scale = rate * _on_channel(weight, x, channel)
    out = x * scale + (_on_channel(bias, x, channel) - mean * scale)
    return (out, mean.reshape(-1), variance.reshape(-1)), (x, weight, mean, rate)


def _channel_backward(channel, saved, grads):
    x, weight, mean, rate = saved
    grad, axes = grads[0], _channel_axes(x, channel)
    count = x.size // max(weight.size, 1)
    total = jnp.sum(grad, axes, keepdims=True)
    along = jnp.sum(grad * (x - mean), axes, keepdims=True) * rate
    scale = rate * _on_channel(weight, x, channel)
    d_x = (scale * grad - scale * total / count) - (scale * rate * along / count) * (x - mean)
    return d_x, along.reshape(-1), total.reshape(-1), jnp.zeros((), x.dtype)


by_channel.defvjp(_channel_forward, _channel_backward)


# -- each row over its columns (layer norm) ------------------------------------------------
_LONGEST = 1 << 14  # a matrix product adds one after the other: of 2**20 float32 numbers it loses a digit, of 2**23 two


def _row_sum(x, dots):
    if dots and x.shape[1] <= _LONGEST:
        return (x @ jnp.ones(x.shape[1], x.dtype))[:, None]
    return jnp.sum(x, 1, keepdims=True)


def _weighted_row_sum(x, weight, dots):
    return (x @ weight)[:, None] if dots and x.shape[1] <= _LONGEST else jnp.sum(x * weight, 1, keepdims=True)


def _column_sum(x, dots):
    return (jnp.ones((1, x.shape[0]), x.dtype) @ x)[0] if dots and x.shape[0] <= _LONGEST else jnp.sum(x, 0)


@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def by_row(x, weight, bias, eps, dots):
    """Rows of x (rows, columns) with mean 0 and variance 1, times weight plus bias (columns,)."""
    return _row_forward(x, weight, bias, eps, dots)[0]


def _row_forward(x, weight, bias, eps, dots):
    mean = _row_sum(x, dots) / x.shape[1]
    variance = _row_sum(jnp.square(x - mean), dots) / x.shape[1]
    rate = lax.rsqrt(variance + eps)
    return (x - mean) * rate * weight + bias, (x, weight, mean, rate)


def _row_backward(dots, saved, grad):
    x, weight, mean, rate = saved
    unit = (x - mean) * rate
    along = grad * unit
    first = _weighted_row_sum(grad, weight, dots) / x.shape[1]
    second = _weighted_row_sum(along, weight, dots) / x.shape[1]
    d_x = rate * (grad * weight - first - unit * second)
    return d_x, _column_sum(along, dots), _column_sum(grad, dots), jnp.zeros((), x.dtype)


by_row.defvjp(_row_forward, _row_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def by_row_size(x, weight, eps, dots):
    """Rows of x (rows, columns) with mean square 1, times weight (columns,): RMS norm."""
    return _size_forward(x, weight, eps, dots)[0]


def _size_forward(x, weight, eps, dots):
    rate = lax.rsqrt(_row_sum(jnp.square(x), dots) / x.shape[1] + eps)
    return x * rate * weight, (x, weight, rate)


def _size_backward(dots, saved, grad):
    x, weight, rate = saved
    along = grad * x * rate
    second = _weighted_row_sum(along, weight, dots) / x.shape[1]
    d_x = rate * (grad * weight - x * rate * second)
    return d_x, _column_sum(along, dots), jnp.zeros((), x.dtype)


by_row_size.defvjp(_size_forward, _size_backward)


# -- each group of channels of each sample (group norm, instance norm) ---------------------
@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def by_group(x, weight, bias, eps, groups):
    """(out, mean, biased variance) of x (N, C, S); mean and variance are (N, groups); weight, bias are (C,)."""
    return _group_forward(x, weight, bias, eps, groups)[0]


def _group_forward(x, weight, bias, eps, groups):
    n, c, _ = x.shape
    flat = x.reshape(n, groups, -1)
    mean = jnp.mean(flat, 2, keepdims=True)
    variance = jnp.mean(jnp.square(flat - mean), 2, keepdims=True)
    rate = lax.rsqrt(variance + eps)
    scale = rate * weight.reshape(1, groups, -1)
    offset = bias.reshape(1, groups, -1) - mean * scale
    out = x * scale.reshape(n, c, 1) + offset.reshape(n, c, 1)
    return (out, mean[..., 0], variance[..., 0]), (x, weight, mean, rate)


def _group_backward(groups, saved, grads):
    x, weight, mean, rate = saved
    grad = grads[0]
    n, c, s = x.shape
    split = (n, groups, c // groups)
    centred = (x.reshape(n, groups, -1) - mean).reshape(x.shape)
    total = jnp.sum(grad, 2).reshape(split)
    along = jnp.sum(grad * centred, 2).reshape(split) * rate
    each, count = weight.reshape(1, groups, -1), s * c // groups
    first = jnp.sum(total * each, 2, keepdims=True) / count
    second = jnp.sum(along * each, 2, keepdims=True) / count
    wide = lambda v: jnp.broadcast_to(v, split).reshape(n, c, 1)  # noqa: E731
    d_x = grad * wide(rate * each) - centred * wide(rate * rate * second) - wide(rate * first)
    return d_x, jnp.sum(along, 0).reshape(-1), jnp.sum(total, 0).reshape(-1), jnp.zeros((), x.dtype)


by_group.defvjp(_group_forward, _group_backward)
