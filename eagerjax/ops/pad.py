"""Padding at the ends of the last dimensions."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Number, Size, functional
from eagerjax.ops.precision import number

_DIMS = {2: (2, 3), 4: (3, 4), 6: (4, 5)}


@functional(promote=None)
def pad(input, pad: Size, mode: str = "constant", value: Number = None):
    """`input` with (low, high) pairs added to its last dimensions, the last one first; negative pads cut off.

    mode: "constant" (of `value`, 0 by default), "reflect", "replicate" or "circular", the latter for the last one to
    three dimensions of (N, C, *) or (C, *).  Raises: RuntimeError or NotImplementedError where the pads do not fit.

    >>> pad(tensor([1., 2.]), (1, 0))
    tensor([0., 1., 2.])
    """
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) // 2 > input.ndim:
        raise RuntimeError(f"Padding length should be less than or equal to two times the input dimension but got padding "
                           f"length {len(pad)} and input of dimension {input.ndim}")  # fmt: skip
    pairs = [(input.ndim - 1 - i, pad[2 * i], pad[2 * i + 1]) for i in range(len(pad) // 2)]
    if mode == "constant":
        return _constant(input, pairs, 0 if value is None else value)
    if value:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if input.ndim not in _DIMS.get(len(pad), ()):
        raise NotImplementedError("Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now")
    for axis, low, high in pairs:
        input = _MODES[mode](input, axis, low, high)
    return input


def _constant(x, pairs, value):
    config = [(0, 0, 0)] * x.ndim
    for axis, low, high in pairs:
        size = x.shape[axis] + low + high
        if size < 0:
            raise RuntimeError(f"The input size {x.shape[axis]}, plus negative padding {low} and {high} resulted in a negative "
                               f"output size, which is invalid. Check dimension {axis} of your input.")  # fmt: skip
        config[axis] = (low, high, 0)
    return lax.pad(x, number(value, x), config)


def _slice(x, axis, low, high):
    return lax.slice_in_dim(x, low, high, axis=axis)


def _cut(x, axis, low, high):
    """`x` without what negative pads cut off."""
    return _slice(x, axis, max(-low, 0), x.shape[axis] - max(-high, 0))


def _reflect(x, axis, low, high):
    size = x.shape[axis]
    if low >= size or high >= size:
        raise RuntimeError(f"Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                           f"({low}, {high}) at dimension {axis} of input {list(x.shape)}")  # fmt: skip
    parts = [jnp.flip(_slice(x, axis, 1, low + 1), axis)] if low > 0 else []
    tail = [jnp.flip(_slice(x, axis, size - 1 - high, size - 1), axis)] if high > 0 else []
    return jnp.concatenate([*parts, _cut(x, axis, low, high), *tail], axis)


def _replicate(x, axis, low, high):
    size = x.shape[axis]
    if size == 0:
        raise RuntimeError(f"Expected a non-empty dimension {axis} to replicate, but got input of size {list(x.shape)}")
    if size + low + high < 1:
        raise RuntimeError(f"input (size {size}) is too small for padding ({low}, {high}) at dimension {axis}")
    if low < 0 or high < 0:
        return jnp.take(x, np.clip(np.arange(size + low + high) - low, 0, size - 1), axis)
    edge = lambda at, n: [jnp.repeat(_slice(x, axis, at, at + 1), n, axis)] if n else []  # noqa: E731
    return jnp.concatenate([*edge(0, low), x, *edge(size - 1, high)], axis)


def _circular(x, axis, low, high):
    size = x.shape[axis]
    if low > size or high > size:
        raise RuntimeError("Padding value causes wrapping around more than once.")
    if size + low + high < 0:
        raise RuntimeError("Negative padding value is resulting in an empty dimension")
    body = _cut(x, axis, low, high)
    parts = [_slice(body, axis, body.shape[axis] - low, body.shape[axis])] if low > 0 else []
    tail = [_slice(body, axis, 0, high)] if high > 0 else []
    return jnp.concatenate([*parts, body, *tail], axis)


_MODES = {"reflect": _reflect, "replicate": _replicate, "circular": _circular}
