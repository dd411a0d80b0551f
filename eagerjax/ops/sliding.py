"""Sliding windows as shifted slices ("taps") and their transpose: what conv, pool and unfold share on a CPU."""

import itertools

import jax.numpy as jnp
from jax import lax


def per_axis(value, n, what, op):
    """`value` as a tuple of n ints; one number stands for all. Raises RuntimeError for another length."""
    if isinstance(value, int):
        return (value,) * n
    value = tuple(value)
    if len(value) == 1:
        return value * n
    if len(value) != n:
        raise RuntimeError(
            f"{op}: expected {what} to be a single integer value or a list of {n} values, got {list(value)}"
        )
    return value


def positive(value, what, op):
    """Raises RuntimeError where one of the ints in `value` is not above zero."""
    if any(v <= 0 for v in value):
        raise RuntimeError(f"{op}: {what} must be greater than zero, but got {list(value)}")
    return value


def pad_axes(x, axes, pads, fill=0):
    """`x` padded (or, where negative, cropped) by (low, high) on each of `axes`."""
    if not any(low or high for low, high in pads):
        return x
    config = [(0, 0, 0)] * x.ndim
    for axis, (low, high) in zip(axes, pads):
        config[axis] = (low, high, 0)
    return lax.pad(x, jnp.asarray(fill, x.dtype), config)


def tap(x, axes, offset, stride, out):
    """The strided slice of `x` that starts at `offset` and has `out` elements on each of `axes`."""
    low, high, step = [0] * x.ndim, list(x.shape), [1] * x.ndim
    for axis, o, s, n in zip(axes, offset, stride, out):
        low[axis], high[axis], step[axis] = o, o + max(n - 1, 0) * s + min(n, 1), s
    return lax.slice(x, low, high, step)


def offsets(kernel, dilation):
    """The positions of a kernel's elements, in row-major order."""
    return list(itertools.product(*(range(0, k * d, d) for k, d in zip(kernel, dilation))))


def taps(x, axes, kernel, stride, dilation, out):
    """One strided slice of the padded `x` per kernel element, in row-major order."""
    return [tap(x, axes, o, stride, out) for o in offsets(kernel, dilation)]


def fold_taps(parts, axes, kernel, stride, dilation, length):
    """The transpose of `taps`: the sum of each part put into its strided place in an array of `length` on `axes`."""
    if all(s == 1 for s in stride) or any(d != 1 for d in dilation):
        return _fold_by_padding(parts, axes, offsets(kernel, dilation), stride, length)
    return _fold_by_phase(dict(zip(offsets(kernel, dilation), parts)), axes, kernel, stride, length)


def _fold_by_padding(parts, axes, places, stride, length):
    total = None
    for part, place in zip(parts, places):
        config = [(0, 0, 0)] * part.ndim
        for axis, o, s, n in zip(axes, place, stride, length):
            config[axis] = (o, n - o - (part.shape[axis] - 1) * s - 1, s - 1)
        spread = lax.pad(part, jnp.zeros((), part.dtype), config)
        total = spread if total is None else total + spread
    return total


def _fold_by_phase(parts, axes, kernel, stride, length):
    """Each residue of the position modulo the stride is a dense sum; the residues interleave by a reshape."""
    like = next(iter(parts.values()))
    counts = [max(-(-n // s), like.shape[a] + (k - 1) // s) for a, n, s, k in zip(axes, length, stride, kernel)]

    def phase(residue):
        total = None
        for place in itertools.product(*(range(r, k, s) for r, k, s in zip(residue, kernel, stride))):
            shift = [p // s for p, s in zip(place, stride)]
            pads = [(f, n - like.shape[a] - f) for a, f, n in zip(axes, shift, counts)]
            moved = pad_axes(parts[place], axes, pads)
            total = moved if total is None else total + moved
        if total is None:
            shape = list(like.shape)
            for a, n in zip(axes, counts):
                shape[a] = n
            total = jnp.zeros(shape, like.dtype)
        return total

    full = _interleave(phase, axes, stride, ())
    return pad_axes(full, axes, [(0, n - full.shape[a]) for a, n in zip(axes, length)])


def _interleave(phase, axes, stride, residue):
    """Stack the phases of the axis after `residue`, innermost axes first, and merge them into it."""
    at = len(residue)
    if at == len(axes):
        return phase(residue)
    axis = axes[at]
    pieces = [_interleave(phase, axes, stride, (*residue, r)) for r in range(stride[at])]
    if len(pieces) == 1:
        return pieces[0]
    stacked = jnp.stack(pieces, axis + 1)
    return stacked.reshape(stacked.shape[:axis] + (len(pieces) * stacked.shape[axis],) + stacked.shape[axis + 2 :])


def channels_last(x):
    """(N, C, *spatial) to (N, *spatial, C)."""
    return jnp.moveaxis(x, 1, -1)


def channels_first(x):
    """(N, *spatial, C) to (N, C, *spatial)."""
    return jnp.moveaxis(x, -1, 1)
