"""Sampling at the points of a grid: grid_sample, and affine_grid that makes one.

A grid holds points (x, y) or (x, y, z) in [-1, 1], -1 and 1 being the edges (or, with align_corners, the centres of the
corner pixels) of the image.
"""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.ops.define import functional
from eagerjax.ops.kinds import refuse
from eagerjax.ops.precision import same_dtype


@functional(homes="", promoted=("input", "grid"))
def _grid_sample(input, grid, mode: str, padding_mode: str, align_corners: bool):
    """input (N, C, *space) at grid (N, *out, axes): (N, C, *out)."""
    _check(input, grid, mode)
    size = input.shape[2:]
    points = [_unnormalised(grid[..., i], n, align_corners) for i, n in enumerate(reversed(size))][::-1]
    if mode == "bicubic":
        return _bicubic(input, points, padding_mode, align_corners)
    points = [_inside(p, n, padding_mode, align_corners) for p, n in zip(points, size)]
    if mode == "nearest":
        return _pixels(input, [jnp.round(jax.lax.stop_gradient(p)) for p in points])
    return _linear(input, points)


def _check(input, grid, mode):
    sizes = f"but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.shape[:1] != grid.shape[:1]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {sizes}")
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid with "
                           f"sizes {list(grid.shape)}")  # fmt: skip
    if 0 in input.shape[2:]:
        raise RuntimeError(f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                           f"{list(input.shape)} with dimension {input.shape.index(0, 2)} being empty")  # fmt: skip
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(f"grid_sampler(): expected {4 if input.ndim == 4 else 5}D input and grid with same number of "
                           f"dimensions, {sizes}")  # fmt: skip
    if mode == "bicubic" and input.ndim == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    same_dtype("grid_sampler", input, grid)
    refuse(input, "grid_sampler", integral=True, complex_=True)


def _unnormalised(x, n, align_corners):
    return (x + 1) * ((n - 1) / 2) if align_corners else ((x + 1) * n - 1) / 2


def _inside(x, n, padding_mode, align_corners):
    """A coordinate moved into the image, as `padding_mode` says; "zeros" leaves it."""
    if padding_mode == "reflection":
        x = _reflected(x, 0, 2 * (n - 1)) if align_corners else _reflected(x, -1, 2 * n - 1)
    if padding_mode == "zeros":
        return x
    bounded = jnp.where(x <= 0, 0.0, jnp.where(x >= n - 1, float(n - 1), x))
    return jnp.where(x != x, 0.0, bounded).astype(x.dtype)


def _reflected(x, twice_low, twice_high):
    """x mirrored at both ends until it lies between them."""
    if twice_low == twice_high:
        return jnp.zeros_like(x)
    low, span = twice_low / 2, (twice_high - twice_low) / 2
    x = jnp.abs(x - low)
    turns = jnp.floor(jax.lax.stop_gradient(x) / span)
    rest = x - turns * span
    return jnp.where(turns % 2 == 0, rest + low, span - rest + low)


def _pixels(input, index):
    """The pixels at whole-numbered coordinates, 0 outside the image: (N, C, *out)."""
    size = input.shape[2:]
    seen, flat = True, 0
    for i, n in zip(index, size):
        seen = seen & (i >= 0) & (i < n)
        flat = flat * n + jnp.where((i >= 0) & (i < n), i, 0).astype(jnp.int64)
    planes = input.reshape(*input.shape[:2], math.prod(size))
    at = flat.reshape(flat.shape[0], 1, math.prod(flat.shape[1:]))
    picked = jnp.take_along_axis(planes, at, 2, mode="promise_in_bounds").reshape(*input.shape[:2], *flat.shape[1:])
    return jnp.where(seen[:, None], picked, 0)


def _linear(input, points):
    """The neighbours of each point, weighted by their nearness on every axis."""
    low = [jnp.floor(jax.lax.stop_gradient(p)) for p in points]
    total = 0
    for corner in itertools.product((0, 1), repeat=len(points)):
        weight = 1
        for p, base, up in zip(points, low, corner):
            weight = weight * ((p - base) if up else (base + 1 - p))
        total = total + _pixels(input, [base + up for base, up in zip(low, corner)]) * weight[:, None]
    return total


def _bicubic(input, points, padding_mode, align_corners):
    low = [jnp.floor(jax.lax.stop_gradient(p)) for p in points]
    weights = [_cubic_weights(p - base) for p, base in zip(points, low)]
    total = 0
    for i, j in itertools.product(range(4), repeat=2):
        at = [_inside(base + o - 1, n, padding_mode, align_corners) for base, o, n in zip(low, (i, j), input.shape[2:])]
        total = total + _pixels(input, at) * (weights[0][i] * weights[1][j])[:, None]
    return total


def _cubic_weights(t):
    a = -0.75
    far = lambda x: ((a * x - 5 * a) * x + 8 * a) * x - 4 * a  # noqa: E731
    near = lambda x: ((a + 2) * x - (a + 3)) * x * x + 1  # noqa: E731
    return far(t + 1), near(t), near(1 - t), far(2 - t)


@functional(homes="", promote=None)
def _affine_grid(theta, size: tuple, align_corners: bool):
    """The grid (N, *space, axes) of affine maps theta (N, axes, axes + 1) for an image of `size` (N, C, *space)."""
    space, axes = size[2:], len(size) - 2
    if theta.shape != (size[0], axes, axes + 1):
        raise RuntimeError(f"Expected a batch of {axes}D affine matrices of shape Nx{axes}x{axes + 1} for size {size}. Got "
                           f"{list(theta.shape)}.")  # fmt: skip
    lines = [_line(n, align_corners) for n in space]
    mesh = np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(space)], -1)
    flat = jnp.asarray(mesh.reshape(1, -1, axes + 1), theta.dtype)
    out = jnp.matmul(flat, jnp.swapaxes(theta, 1, 2), precision=jax.lax.Precision.HIGHEST)
    return out.reshape(size[0], *space, axes)


def _line(n, align_corners):
    """n points from -1 to 1, at pixel centres."""
    if n <= 1:
        return np.zeros(n)
    line = np.linspace(-1, 1, n)
    return line if align_corners else line * (n - 1) / n
