"""What the element-by-element ops share: derivatives of our own, and refusals of dtypes. No op is defined here."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from eagerjax.runtime import dtype as dt

_NAMES = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "float16": "Half", "bfloat16": "BFloat16",
    "float32": "Float", "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def with_partials(fn, *partials):
    """`fn` with derivatives of our own, for the places where autodiff's differ from PyTorch's (kinks, ties, infinities).

    fn: arrays that broadcast -> array. `partials[i](t, out, *args)` is the change of the result when argument i
    changes by `t`; it must be linear in t and may call the returned function. None: no derivative.
    Works in forward and reverse mode, to any order.
    """
    primal = jax.custom_jvp(fn)

    def jvp(args, tangents):
        out = primal(*args)
        total = None
        for partial, tangent in zip(partials, tangents):
            if partial is None or isinstance(tangent, SymbolicZero):
                continue
            term = partial(tangent, out, *args)
            total = term if total is None else total + term
        if total is None:
            return out, jnp.zeros_like(out)
        return out, jnp.broadcast_to(total, out.shape).astype(out.dtype)

    primal.defjvp(jvp, symbolic_zeros=True)
    return primal


def kind_name(dtype):
    """PyTorch's name of an array dtype in its messages: float32 is Float."""
    return _NAMES.get(str(dtype), str(dtype))


def is_bool(array):
    return array.dtype == bool


def is_integer(array):
    """Integers, not booleans."""
    return jnp.issubdtype(array.dtype, jnp.integer)


def is_float(array):
    return jnp.issubdtype(array.dtype, jnp.floating)


def is_complex(array):
    return jnp.issubdtype(array.dtype, jnp.complexfloating)


def refuse(kernel, array, *tests):
    """Raise PyTorch's NotImplementedError where one of the tests (is_bool, ...) holds of the array."""
    if any(test(array) for test in tests):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind_name(array.dtype)}'")


def real_dtype(dtype):
    """The dtype of the real part."""
    return np.finfo(dtype).dtype if jnp.issubdtype(dtype, jnp.complexfloating) else dtype


def to_float(array):
    """Integers and booleans as the default floating dtype; the rest as it is."""
    return array if is_float(array) or is_complex(array) else array.astype(dt.get_default_dtype().np)


def widen(array):
    """Half precision as float32, for ops that choose their own dtype."""
    return array.astype(jnp.float32) if array.dtype in (jnp.bfloat16, jnp.float16) else array
