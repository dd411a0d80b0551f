"""Padding at the ends of the last dimensions."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Number, Size, functional
from eagerjax.ops.kinds import is_bool
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
        raise NotImplementedError(_COMBINATIONS.format(len(pad), input.ndim))
    if mode != "circular":
        _check(input, pairs, mode)
    for axis, low, high in pairs:
        input = _MODES[mode](input, axis, low, high)
    return input


_KERNELS = {"reflect": "reflection_pad", "replicate": "replication_pad"}
_COMBINATIONS = """Padding size {} is not supported for {}D input tensor.
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def _check(x, pairs, mode):
    """Raises RuntimeError for the input, the pads and the sizes that PyTorch's "reflect" and "replicate" refuse."""
    count = len(pairs)
    batched = x.ndim == count + 2
    if 0 in x.shape[batched:]:
        raise RuntimeError(f"Expected {count + 1}D or {count + 2}D (batch mode) tensor with possibly 0 batch size and other "
                           f"non-zero dimensions for input, but got: {list(x.shape)}")  # fmt: skip
    if mode == "reflect":
        for i, (axis, low, high) in enumerate(pairs):
            if max(low, high) >= x.shape[axis]:
                raise RuntimeError(f"Argument #{2 * i + 4}: Padding size should be less than the corresponding input dimension, "
                                   f"but got: padding ({low}, {high}) at dimension {axis} of input {list(x.shape)}")  # fmt: skip
    made = [x.shape[axis] + low + high for axis, low, high in reversed(pairs)]
    if max(made) < 1:
        was = [x.shape[axis] for axis, *_ in reversed(pairs)]
        raise RuntimeError(f"input ({_sizes(was, ', ')}) is too small. Calculated output {_sizes(made, ' ')}")
    if min(made) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(made)}: {[*x.shape[:-count], *made]}")
    if is_bool(x):
        raise NotImplementedError(f"\"{_KERNELS[mode]}{count}d\" not implemented for 'Bool'")


def _sizes(sizes, between):
    """"D: 2, H: 3, W: 4" of the last dimensions' sizes."""
    return between.join(f"{name}: {size}" for name, size in zip("DHW"[-len(sizes) :], sizes))


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
    parts = [jnp.flip(_slice(x, axis, 1, low + 1), axis)] if low > 0 else []
    tail = [jnp.flip(_slice(x, axis, size - 1 - high, size - 1), axis)] if high > 0 else []
    return jnp.concatenate([*parts, _cut(x, axis, low, high), *tail], axis)


def _replicate(x, axis, low, high):
    size = x.shape[axis]
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
