"""Histograms over one or several dimensions. The public functions are in forms/histogram.py."""

import math

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Tensors, op
from eagerjax.ops.kinds import type_name
from eagerjax.runtime import dtype as dt


def _checked(input):
    if input.dtype not in (jnp.float32, jnp.float64):
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{type_name(input.dtype)}'")
    return input


def _limits(column, given):
    """The first and last edge: as given, else the least and the greatest element; half a unit apart where equal."""
    if given is not None:
        low, high = (jnp.asarray(v, column.dtype) for v in given)
    elif column.size == 0:
        low, high = jnp.zeros((), column.dtype), jnp.ones((), column.dtype)
    else:
        low, high = jnp.min(column), jnp.max(column)
    flat = low == high
    return jnp.where(flat, low - 0.5, low), jnp.where(flat, high + 0.5, high)


def _column_faults(input, bins, limits, dim):
    if limits is not None or input.size == 0:
        return []
    text = f"torch.histogramdd: dimension {dim}'s range [nan, nan] is not finite"
    return [(~jnp.all(jnp.isfinite(input)), RuntimeError, text)]


@op(homes="", differentiable=False, faults=_column_faults)
def _histogram_edges(input, bins: int, limits: tuple, dim: int):
    """The bins + 1 edges of equal bins for the elements of input, within `limits` (low, high) or its own range."""
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {dim}")
    if limits is not None:
        if not all(map(math.isfinite, limits)):
            low, high = limits
            raise RuntimeError(f"torch.histogramdd: dimension {dim}'s range [{low:g}, {high:g}] is not finite")
        if limits[0] > limits[1]:
            raise RuntimeError(f"torch.histogramdd: min should not exceed max, but got min {limits[0]:g} max {limits[1]:g} "
                               f"for dimension {dim}")  # fmt: skip
    low, high = _limits(_checked(input), limits)
    at = lax.iota(jnp.int32, bins + 1)
    step = (high - low) / bins
    near, far = low + step * at.astype(low.dtype), high - step * (bins - at).astype(low.dtype)
    return jnp.where(at < (bins + 1) // 2, near, far)


def _check_edges(input, edges, weight):
    for i, e in enumerate(edges):
        if e.dtype != input.dtype:
            raise RuntimeError("torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with "
                               f"dtype {dtype_title(input)} and bins for dimension {i} with dtype {dtype_title(e)}")  # fmt: skip
        if e.ndim != 1:
            raise RuntimeError("torch.histogramdd: bins tensor should have one dimension, but got "
                               f"{e.ndim} dimensions in the bins tensor for dimension {i}")  # fmt: skip
        if e.shape[0] < 2:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {e.shape[0] - 1} for dimension {i}")
    if weight is not None and weight.shape != input.shape[:-1]:
        raise RuntimeError("torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
                           f"excluding its innermost dimension, but got input with shape {list(input.shape)} and weight with "
                           f"shape {list(weight.shape)}")  # fmt: skip
    if weight is not None and weight.dtype != input.dtype:
        raise RuntimeError("torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the "
                           f"same dtype, but got input({dtype_title(input)}), and weight({dtype_title(weight)})")  # fmt: skip


def dtype_title(array):
    return dt.from_np(array.dtype).title


@op(homes="", differentiable=False)
def _histogram(input, edges: Tensors, weight, density: bool):
    """How many rows of input (*, d) lie in each cell of d lists of edges, or the sum of their weights.

    A cell holds its lower edges, the last ones also the upper. density: divided by volume and total.
    """
    _check_edges(input, edges, weight)
    rows = _checked(input).reshape(-1, len(edges))
    cells, inside = jnp.zeros(rows.shape[0], jnp.int64), jnp.ones(rows.shape[0], bool)
    shape = tuple(e.shape[0] - 1 for e in edges)
    for k, e in enumerate(edges):
        x = rows[:, k]
        inside &= (x >= e[0]) & (x <= e[-1])
        at = jnp.clip(jnp.searchsorted(e, x, side="right") - 1, 0, shape[k] - 1)
        cells = cells * shape[k] + at
    values = jnp.ones(rows.shape[0], input.dtype) if weight is None else weight.reshape(-1)
    size = math.prod(shape)
    counts = jnp.zeros(size, input.dtype).at[jnp.where(inside, cells, size)].add(values, mode="drop").reshape(shape)
    if density:
        counts = counts / jnp.sum(counts)
        for k, e in enumerate(edges):
            counts = counts / jnp.diff(e).reshape((-1,) + (1,) * (len(shape) - k - 1))
    return counts
