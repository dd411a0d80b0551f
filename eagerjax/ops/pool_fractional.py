"""Max pooling over windows that begin at random places, so that sizes shrink by any factor."""

import math

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import refuse


@functional(homes="", promote=None)
def _fractional_max_pool(input, samples, kernel_size: Size, output_size: Size):
    """(maxima, where they stand) of (N, C, *space); samples (N or more, C, axes) in [0, 1) say where the windows begin."""
    n = len(kernel_size)
    _check(input, samples, kernel_size, output_size)
    if 0 in output_size or input.shape[0] == 0:
        shape = (*input.shape[:2], *output_size)
        return jnp.zeros(shape, input.dtype), jnp.zeros(shape, jnp.int64)
    samples = samples[: input.shape[0]]
    order = samples if n == 3 else samples[..., ::-1]
    x, space = lax.stop_gradient(input), input.shape[2:]
    flat = jnp.arange(math.prod(space), dtype=jnp.int64).reshape(space)
    position = jnp.broadcast_to(flat, input.shape)
    for i in reversed(range(n)):
        index = _places(order[..., i], space[i], kernel_size[i], output_size[i])
        x, position = _maximum_along(x, position, i + 2, index, output_size[i])
    planes = input.reshape(*input.shape[:2], math.prod(space))
    values = jnp.take_along_axis(
        planes, position.reshape(*input.shape[:2], math.prod(output_size)), 2, mode="promise_in_bounds"
    )
    return values.reshape(position.shape), position


def _check(input, samples, kernel_size, output_size):
    name = f"fractional_max_pool{len(kernel_size)}d()"
    refuse(input, name[:-2] + "_out_frame", integral=True, complex_=True)
    if input.ndim != len(kernel_size) + 2 or 0 in input.shape[1:]:
        empty = f" with dimension {input.shape.index(0, 1)} being empty." if 0 in input.shape[1:] else ""
        raise RuntimeError(f"{name}: Expected input to have non-zero size for non-batch dimensions, but got"
                           f"{list(input.shape)}{empty}")  # fmt: skip
    if samples.dtype != input.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    batch, channels, axes = samples.shape
    if batch < input.shape[0]:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if channels != input.shape[1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if axes != len(kernel_size):
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {len(kernel_size)}; got {axes}.")
    axis_names = ("time", "height", "width")[-len(kernel_size) :]
    for axis, size, k, out in zip(axis_names, input.shape[2:], kernel_size, output_size):
        if out < 0 or k <= 0 or out + k - 1 > size:
            raise RuntimeError(f"{name}: pool {axis} {k} too large relative to input {axis} {size}")


def _places(sample, size, k, out):
    """(N, C, out * k): the elements of each window on one axis; the last window ends with the axis."""
    step = (size - k) / (out - 1) if out > 1 else 0.0
    sample = sample[..., None]
    start = ((jnp.arange(out, dtype=sample.dtype) + sample) * step).astype(jnp.int64) - (sample * step).astype(
        jnp.int64
    )
    start = jnp.clip(start.at[..., -1].set(size - k), 0, size - k)
    return (start[..., None] + jnp.arange(k)).reshape(*start.shape[:2], out * k)


def _maximum_along(x, position, axis, index, out):
    """The maximum of each window along `axis` and its position."""
    lead = index.reshape(*index.shape[:2], *[index.shape[2] if a == axis else 1 for a in range(2, x.ndim)])
    wide = jnp.broadcast_to(lead, (*x.shape[:axis], index.shape[2], *x.shape[axis + 1 :]))
    split = (*x.shape[:axis], out, index.shape[2] // out, *x.shape[axis + 1 :])
    windows, places = (jnp.take_along_axis(a, wide, axis).reshape(split) for a in (x, position))
    top = jnp.argmax(windows, axis + 1, keepdims=True)
    return tuple(jnp.take_along_axis(a, top, axis + 1).squeeze(axis + 1) for a in (windows, places))
