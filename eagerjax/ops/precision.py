"""Half precision where the hardware has none, and the dtype checks of ops that do not promote."""

import functools

import jax.numpy as jnp

from eagerjax.runtime import dtype as dt

_HALF = (jnp.float16, jnp.bfloat16)


def widen(array):
    """float16 and bfloat16 as float32; anything else as it is."""
    return array.astype(jnp.float32) if is_half(array) else array


def is_half(array):
    return getattr(array, "dtype", None) in _HALF


def in_single(fn):
    """`fn` computed in float32 where its first argument is half precision, and narrowed back."""

    @functools.wraps(fn)
    def body(first, *args, **kwargs):
        if not is_half(first):
            return fn(first, *args, **kwargs)
        out = fn(*[widen(a) for a in (first, *args)], **{k: widen(v) for k, v in kwargs.items()})
        if isinstance(out, tuple):
            return tuple(o.astype(first.dtype) if o.dtype == jnp.float32 else o for o in out)
        return out.astype(first.dtype)

    return body


def same_dtype(op, first, *others):
    """Raises RuntimeError where one of `others` (arrays or None) has another dtype than `first`."""
    for other in others:
        if other is not None and other.dtype != first.dtype:
            names = [_TITLE.get(a.dtype.name, a.dtype.name) for a in (first, other)]
            raise RuntimeError(f"{op}: expected all operands to have the same dtype, but got {names[0]} and {names[1]}")


_TITLE = {
    "float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16", "int64": "Long",
    "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def number(value, like):
    """A Python number or 0-dim array in the dtype of `like`, so that it cannot promote it."""
    return jnp.asarray(value, like.dtype)


def floating(array):
    """Is this an array of a real floating dtype?"""
    return dt.from_np(array.dtype).is_floating_point
