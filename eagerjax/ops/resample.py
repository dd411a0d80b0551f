"""Interpolation of the spatial dimensions: every mode is a product of one small matrix per axis, or a copy.

`size` is the new size and `scale` the factor that the user gave, or None: PyTorch uses a given factor for the
coordinates as it is, and the ratio of sizes otherwise.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import refuse

_FEW = 16


@functional(promote="common", homes="")
def _interpolate(input, size: Size, scale: tuple, mode: str, align_corners: bool, antialias: bool):
    """(N, C, *space) at the spatial size `size`; mode: nearest, nearest-exact, linear, cubic."""
    axes = range(2, input.ndim)
    if 0 in input.shape[2:] or min(size) <= 0:
        was, made = (", ".join(f"{n}: {s}" for n, s in zip("DHW"[-len(size) :], v)) for v in (input.shape[2:], size))
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input ({was}) "
                           f"{'and ' if len(size) == 1 else ''}output ({made})")  # fmt: skip
    if not input.shape[1]:
        raise RuntimeError(f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes {list(input.shape)}")
    if input.dtype != jnp.uint8:
        refuse(input, f"upsample_{mode}", integral=True, complex_=True)
    if mode.startswith("nearest"):
        for axis, n, s in zip(axes, size, scale):
            input = _nearest(input, axis, n, s, 0.5 if mode == "nearest-exact" else 0.0)
        return input
    x, weigh = input, _weigh_bytes if input.dtype == jnp.uint8 else _weigh
    for axis, n, s in reversed(list(zip(axes, size, scale))):
        if not (n == input.shape[axis] and s in (None, 1.0)):
            x = weigh(x, axis, _matrix(input.shape[axis], n, s, mode, align_corners, antialias))
    return x


# -- nearest -------------------------------------------------------------------------------
def _nearest(x, axis, size, scale, shift):
    n = x.shape[axis]
    if size == n and scale in (None, 1.0):
        return x
    if size % n == 0 and scale in (None, size / n):
        return _repeat(x, axis, size // n)
    step = np.float32(1 / scale) if scale else np.float32(n / size)
    places = np.arange(size, dtype=np.float32) + np.float32(shift)
    index = np.minimum(np.floor(places * step).astype(np.int64), n - 1)
    return jnp.take(x, index, axis)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def _repeat(x, axis, times):
    """Each element `times` times in a row; the gradient sums strided slices."""
    wide = jnp.broadcast_to(jnp.expand_dims(x, axis + 1), x.shape[: axis + 1] + (times,) + x.shape[axis + 1 :])
    return wide.reshape(x.shape[:axis] + (x.shape[axis] * times,) + x.shape[axis + 1 :])


def _repeat_backward(axis, times, _, grad):
    if times > _FEW:
        return (
            grad.reshape(*grad.shape[:axis], grad.shape[axis] // times, times, *grad.shape[axis + 1 :]).sum(axis + 1),
        )
    parts = [lax.slice_in_dim(grad, i, None, times, axis) for i in range(times)]
    return (functools.reduce(lambda a, b: a + b, parts),)


_repeat.defvjp(lambda x, axis, times: (_repeat(x, axis, times), None), _repeat_backward)


# -- linear, cubic -------------------------------------------------------------------------
def _weigh(x, axis, matrix):
    """The axis replaced by matrix (out, in) @ it."""
    out = jnp.tensordot(x, jnp.asarray(matrix, x.dtype), ((axis,), (1,)), precision=lax.Precision.HIGHEST)
    return jnp.moveaxis(out, -1, axis)


def _weigh_bytes(x, axis, matrix):
    """`_weigh` of uint8, rounded after each axis: PyTorch's arithmetic, in which weights are 16-bit integers."""
    bits = next(b for b in range(22) if int(0.5 + matrix.max() * (1 << (b + 1))) >= 1 << 15)
    weights = np.trunc(matrix * (1 << bits) + np.copysign(0.5, matrix)).astype(np.int32)
    total = jnp.tensordot(x.astype(jnp.int32), jnp.asarray(weights), ((axis,), (1,)))
    bytes_ = jnp.clip((total + (1 << (bits - 1))) >> bits, 0, 255).astype(jnp.uint8)
    return jnp.moveaxis(bytes_, -1, axis)


def _matrix(n, size, scale, mode, align_corners, antialias):
    """(size, n): how much each input place counts for each output place."""
    if antialias:
        return _smooth_matrix(n, size, scale, mode, align_corners)
    if align_corners:
        at = np.arange(size) * ((n - 1) / (size - 1) if size > 1 else 0.0)
    else:
        at = (np.arange(size) + 0.5) * (1 / scale if scale else n / size) - 0.5
    if mode == "linear":
        at = np.maximum(at, 0)
    low = np.floor(at).astype(np.int64)
    if mode == "linear":
        low = np.minimum(low, n - 1)
    part = at - low
    taps = {0: 1 - part, 1: part} if mode == "linear" else {o: _cubic(np.abs(part - o), -0.75) for o in (-1, 0, 1, 2)}
    matrix = np.zeros((size, n))
    for offset, weight in taps.items():
        np.add.at(matrix, (np.arange(size), np.clip(low + offset, 0, n - 1)), weight)
    return matrix


def _cubic(x, a):
    """Keys' kernel at the distance x."""
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _smooth_matrix(n, size, scale, mode, align_corners):
    """Weights of the kernel stretched by the reduction, normalised: what image libraries call antialiasing."""
    if align_corners:
        step = (n - 1) / (size - 1) if size > 1 else 0.0
    else:
        step = 1 / scale if scale else n / size
    reach = 1.0 if mode == "linear" else 2.0
    support = reach * max(step, 1.0)
    matrix = np.zeros((size, n))
    for i in range(size):
        centre = step * (i + 0.5)
        low, high = max(int(centre - support + 0.5), 0), min(int(centre + support + 0.5), n)
        distance = np.abs((np.arange(low, high) - centre + 0.5) / max(step, 1.0))
        weight = np.maximum(1 - distance, 0) if mode == "linear" else _cubic(distance, -0.5)
        matrix[i, low:high] = weight / weight.sum()
    return matrix
