"""Half precision where the hardware has none, and the dtype checks of ops that do not promote."""

import functools

import jax.numpy as jnp

from eagerjax.ops.kinds import is_floating, type_name


def is_half(value):
    """Is this an array of float16 or bfloat16?"""
    return hasattr(value, "dtype") and is_floating(value) and value.dtype.itemsize < 4


def widen(value):
    """Half-precision arrays as float32; anything else, None and numbers among it, as it is."""
    return value.astype(jnp.float32) if is_half(value) else value


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
            names = f"{type_name(first.dtype)} and {type_name(other.dtype)}"
            raise RuntimeError(f"{op}: expected all operands to have the same dtype, but got {names}")


def number(value, like):
    """A Python number or 0-dim array in the dtype of `like`, so that it cannot promote it."""
    return jnp.asarray(value, like.dtype)
