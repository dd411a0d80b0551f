"""New tensors: constants and ranges. The public functions are in forms/create.py.

`device` is not read by the bodies: it makes programs for different devices different.
"""

import math

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dtype, Number, Size, creation
from eagerjax.ops.kinds import is_complex


@creation(homes="", differentiable=False)
def _full(value, size: Size, dtype: Dtype, device: object = None):
    """An array of one value (a number or 0-dim tensor)."""
    value = jnp.asarray(value)
    if is_complex(value) and not dtype.is_complex:
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    value = value != 0 if dtype.np == jnp.bool_ else value.astype(dtype.np)
    return jnp.full(size, value, dtype.np)


@creation(homes="", differentiable=False)
def _arange(start: Number, end: Number, step: Number, dtype: Dtype, device: object = None):
    """start, start + step, ... up to but not including end."""
    n = arange_length(start, end, step)
    if all(isinstance(v, int) for v in (start, end, step)):
        return (start + step * lax.iota(jnp.int64, n)).astype(dtype.np)
    return (start + step * lax.iota(jnp.float64, n)).astype(dtype.np)


def arange_length(start, end, step):
    """How many steps there are. Raises RuntimeError where there is no direction or the wrong one."""
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not all(abs(v) < float("inf") for v in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if any(isinstance(v, int) and abs(v) >= 2**63 for v in (start, end, step)):
        raise OverflowError("int too big to convert")
    if abs(end - start) / abs(step) >= 2**63:
        raise RuntimeError("invalid size, possible overflow?")
    if (end - start) * (1 if step > 0 else -1) < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if all(isinstance(v, int) for v in (start, end, step)):
        return max(0, -((start - end) // step))
    return max(0, math.ceil((end - start) / step))


def _rounded(value, dtype):
    """A float32 value as half precision would have it; of other dtypes itself."""
    if dtype.category != 2 or dtype.itemsize >= 4:
        return value
    kind = jnp.finfo(dtype.np)
    return lax.reduce_precision(value, kind.nexp, kind.nmant)


def _line(start, end, steps, dtype, fine=False):
    """`steps` values from start to end, each half counted from its own end, as PyTorch does.

    For half precision the ends and their difference are rounded to it, and unless `fine` the step is.
    """
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    for v, name in ((start, "start"), (end, "end")):
        if getattr(v, "ndim", 0):
            raise RuntimeError(
                f"linspace only supports 0-dimensional start and end tensors, but got {name} with {v.ndim} "
                "dimension(s)."
            )
    wide = (
        dtype.np if dtype.category >= 2 and dtype.itemsize >= 4 else jnp.float64 if dtype.category < 2 else jnp.float32
    )
    ends = [jnp.asarray(v).astype(jnp.int64) if dtype.category < 2 else jnp.asarray(v) for v in (start, end)]
    start, end = (_rounded(v.astype(wide), dtype) for v in ends)
    at = lax.iota(jnp.int64, steps)
    step = _rounded(end - start, dtype) / jnp.asarray(max(steps - 1, 1), wide)
    step = step if fine else _rounded(step, dtype)
    low, high = start + step * at.astype(wide), end - step * (steps - 1 - at).astype(wide)
    return jnp.where((at < steps // 2) | (steps == 1), low, high)


@creation(homes="")
def _linspace(start, end, steps: int, dtype: Dtype, device: object = None):
    """`steps` evenly spaced values from start to end, both included."""
    return _line(start, end, steps, dtype).astype(dtype.np)


@creation(homes="")
def _logspace(start, end, steps: int, base: Number, dtype: Dtype, device: object = None):
    """base ** of `steps` evenly spaced exponents; a single one is `start` as it was given, not as the dtype has it."""
    at = _line(start, end, steps, dtype, fine=True)
    if steps == 1:
        at = jnp.asarray(start).astype(jnp.complex128 if dtype.is_complex else jnp.float64).reshape(1)
    values = jnp.power(jnp.asarray(base, at.dtype), at)
    return (values.astype(jnp.int64) if dtype.category < 2 else values).astype(dtype.np)  # large integers wrap around


@creation(homes="", differentiable=False)
def _eye(n: int, m: int, dtype: Dtype, device: object = None):
    """n x m, ones on the diagonal."""
    for value, name in ((n, "n"), (m, "m")):
        if value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return jnp.eye(n, m, dtype=dtype.np)
