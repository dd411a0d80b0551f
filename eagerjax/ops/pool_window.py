"""What pooling computes over sliding windows: the first maximum with its place, and the sum.

PyTorch's rules: a later element wins only if it is greater or NaN; the gradient goes to the winner alone; padding
never wins. Windows are described by `Window`; arrays may have their spatial axes anywhere.
"""

import functools
import itertools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.sliding import fold_taps, pad_axes, tap

_DIRECT = 16
_MOST_TAPS = 64


class Window(NamedTuple):
    """One entry a spatial axis: kernel, stride, (low, high) padding, dilation, input size, output size."""

    kernel: tuple
    stride: tuple
    pads: tuple
    dilation: tuple
    size: tuple
    out: tuple

    def tiles(self):
        """Do the windows lie side by side, without overlap, gap or padding?"""
        flat = all(d == 1 for d in self.dilation) and not any(low for low, _ in self.pads)
        return (
            flat and self.kernel == self.stride and all(o * k <= n for o, k, n in zip(self.out, self.kernel, self.size))
        )


# -- maximum -------------------------------------------------------------------------------
@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3))
def window_max(x, axes, w, scatter):
    """Maxima of the windows, and which element of its window each is (row-major).

    `scatter` says how the gradient finds its way back: by flat index (a CPU with channels first), or by folding.
    """
    return _search(x, axes, w)


def _max_forward(x, axes, w, scatter):
    values, code = _search(x, axes, w)
    return (values, code), code


def _max_backward(axes, w, scatter, code, grads):
    grad = grads[0]
    if scatter or math.prod(w.kernel) > _MOST_TAPS:
        return (_scatter_back(grad, code, axes, w),)
    if w.tiles():
        return (_select_back(grad, code, axes, w),)
    parts = [jnp.where(code == t, grad, 0) for t in range(math.prod(w.kernel))]
    length = [n + low + high for n, (low, high) in zip(w.size, w.pads)]
    full = fold_taps(parts, axes, w.kernel, w.stride, w.dilation, length)
    return (pad_axes(full, axes, [(-low, -high) for low, high in w.pads]),)


def _select_back(grad, code, axes, w):
    """Windows that do not overlap: each of their elements is the winner or not."""
    inner = [a + i + 1 for i, a in enumerate(axes)]
    shape = [1] * (grad.ndim + len(axes))
    for axis, k in zip(inner, w.kernel):
        shape[axis] = k
    place = np.arange(math.prod(w.kernel), dtype=code.dtype).reshape(shape)
    spread = jnp.where(jnp.expand_dims(code, inner) == place, jnp.expand_dims(grad, inner), 0)
    whole = list(grad.shape)
    for axis, k in zip(axes, w.kernel):
        whole[axis] *= k
    merged = spread.reshape(whole)
    return pad_axes(merged, axes, [(0, n - merged.shape[a]) for a, n in zip(axes, w.size)])


def _scatter_back(grad, code, axes, w):
    size = dict(zip(axes, w.size))
    shape = [size.get(a, n) for a, n in enumerate(grad.shape)]
    index = np.int32 if math.prod(shape) < 2**31 else np.int64
    places = dict(zip(axes, positions(code, axes, w, index)))
    flat = jnp.zeros((), index)
    for axis, n in enumerate(shape):
        here = places[axis] if axis in places else lax.broadcasted_iota(index, grad.shape, axis)
        flat = flat * index(n) + here
    empty = jnp.zeros(math.prod(shape), grad.dtype)
    return empty.at[flat.reshape(-1)].add(grad.reshape(-1), mode="promise_in_bounds").reshape(shape)


window_max.defvjp(_max_forward, _max_backward)


def positions(code, axes, w, dtype):
    """Where in the input each winner stands, one array a spatial axis.

    Padding comes out as winner only where a whole window is at the lowest value: its first real element stands in.
    """
    out, rest = [], code.astype(dtype)
    for axis, k, s, d, (low, _) in reversed(list(zip(axes, w.kernel, w.stride, w.dilation, w.pads))):
        start = lax.broadcasted_iota(dtype, code.shape, axis) * dtype(s) - dtype(low)
        place = start + rest % dtype(k) * dtype(d)
        if low:
            place = jnp.maximum(place, 0) if d == 1 else jnp.where(place < 0, place % dtype(d), place)
        out.append(place)
        rest = rest // dtype(k)
    return out[::-1]


def flat_positions(code, axes, w):
    """The winners as PyTorch reports them: int64 indices into the flattened spatial axes."""
    flat = 0
    for place, n in zip(positions(code, axes, w, np.int64), w.size):
        flat = flat * n + place
    return flat


def lowest(dtype):
    """The value that loses against every other of its dtype."""
    return -jnp.inf if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _search(x, axes, w):
    value = pad_axes(x, axes, w.pads, lowest(x.dtype))
    if math.prod(w.kernel) <= _DIRECT:
        return _search_axes(value, None, axes, w, range(len(axes)), 1)
    code, scale = None, 1
    for i in reversed(range(len(axes))):
        find = _search_axes if w.kernel[i] <= _MOST_TAPS else _search_long
        value, code = find(value, code, axes, w, (i,), scale)
        scale *= w.kernel[i]
    return value, code


def _code_dtype(w):
    return np.int8 if math.prod(w.kernel) < 128 else np.int32


def _search_axes(x, code, axes, w, which, scale):
    """The running maximum over the taps on the axes numbered `which`; `code` holds the inner axes' winners."""
    here = [axes[i] for i in which]
    stride, out = [w.stride[i] for i in which], [w.out[i] for i in which]
    best = winner = None
    for t, place in enumerate(itertools.product(*(range(w.kernel[i]) for i in which))):
        offset = [p * w.dilation[i] for p, i in zip(place, which)]
        value = tap(x, here, offset, stride, out)
        mine = _code_dtype(w)(t * scale)
        if code is not None:
            mine = mine + tap(code, here, offset, stride, out)
        if best is None:
            best, winner = value, jnp.broadcast_to(mine, value.shape)
            continue
        new = (value > best) | (value != value)
        best, winner = jnp.where(new, value, best), jnp.where(new, mine, winner)
    return best, winner


def _search_long(x, code, axes, w, which, scale):
    """The same for one axis with a long kernel: gather the windows, then argmax."""
    (i,) = which
    axis = axes[i]
    index = np.arange(w.out[i])[:, None] * w.stride[i] + np.arange(w.kernel[i]) * w.dilation[i]
    windows = jnp.take(x, index, axis)
    winner = jnp.argmax(windows, axis + 1, keepdims=True)
    mine = winner.astype(_code_dtype(w)) * _code_dtype(w)(scale)
    if code is not None:
        mine = mine + jnp.take_along_axis(jnp.take(code, index, axis), winner, axis + 1)
    return jnp.take_along_axis(windows, winner, axis + 1).squeeze(axis + 1), mine.squeeze(axis + 1)


# -- sum -----------------------------------------------------------------------------------
@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def window_sum(x, axes, w):
    """Sums of the windows; padding counts as zero."""
    padded = pad_axes(x, axes, w.pads)
    if max(w.kernel, default=0) > _MOST_TAPS:
        return _reduce_window(padded, axes, w)
    if math.prod(w.kernel) <= _DIRECT:
        return _sum_taps(padded, axes, w.kernel, w.stride, w.out)
    for axis, k, s, o in reversed(list(zip(axes, w.kernel, w.stride, w.out))):
        padded = _sum_taps(padded, (axis,), (k,), (s,), (o,))
    return padded


def _sum_taps(x, axes, kernel, stride, out):
    total = None
    for place in itertools.product(*map(range, kernel)):
        part = tap(x, axes, place, stride, out)
        total = part if total is None else total + part
    return total


def _reduce_window(x, axes, w):
    kernel, stride = [1] * x.ndim, [1] * x.ndim
    for axis, k, s in zip(axes, w.kernel, w.stride):
        kernel[axis], stride[axis] = k, s
    wide = lax.reduce_window(x, np.zeros((), x.dtype), lax.add, kernel, stride, "VALID")
    return pad_axes(wide, axes, [(0, o - wide.shape[a]) for a, o in zip(axes, w.out)])


def _sum_forward(x, axes, w):
    return window_sum(x, axes, w), None


def _sum_backward(axes, w, _, grad):
    if w.tiles():
        return (_tile(grad, axes, w),)
    if max(w.kernel) > _MOST_TAPS:
        return (_long_spread(grad, axes, w),)
    length = [n + low + high for n, (low, high) in zip(w.size, w.pads)]
    for axis, k, s, n in zip(axes, w.kernel, w.stride, length):
        grad = fold_taps([grad] * k, (axis,), (k,), (s,), (1,), (n,))
    return (pad_axes(grad, axes, [(-low, -high) for low, high in w.pads]),)


def _tile(grad, axes, w):
    """Each window's gradient repeated over its elements."""
    inner = [a + i + 1 for i, a in enumerate(axes)]
    wide = jnp.expand_dims(grad, inner)
    shape = list(wide.shape)
    for axis, k in zip(inner, w.kernel):
        shape[axis] = k
    whole = list(grad.shape)
    for axis, k in zip(axes, w.kernel):
        whole[axis] *= k
    merged = jnp.broadcast_to(wide, shape).reshape(whole)
    return pad_axes(merged, axes, [(0, n - merged.shape[a]) for a, n in zip(axes, w.size)])


def _long_spread(grad, axes, w):
    """Long kernels: the transpose of a windowed sum is a windowed sum of the dilated, padded gradient."""
    config, kernel = [(0, 0, 0)] * grad.ndim, [1] * grad.ndim
    for axis, k, s, n, o, (low, high) in zip(axes, w.kernel, w.stride, w.size, w.out, w.pads):
        spread = (o - 1) * s + 1
        config[axis] = (k - 1, n + low + high - spread, s - 1)
        kernel[axis] = k
    wide = lax.pad(grad, np.zeros((), grad.dtype), config)
    full = lax.reduce_window(wide, np.zeros((), grad.dtype), lax.add, kernel, [1] * grad.ndim, "VALID")
    return pad_axes(full, axes, [(-low, -high) for low, high in w.pads])


window_sum.defvjp(_sum_forward, _sum_backward)
