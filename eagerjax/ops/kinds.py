"""What bodies ask about dtypes: which kind it is, in what to compute, how PyTorch calls it in a message."""

import jax.numpy as jnp

from eagerjax.runtime import dtype as dt
from eagerjax.runtime.errors import FINE

_NAMES = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "float16": "Half", "bfloat16": "BFloat16",
    "float32": "Float", "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def type_name(np_dtype):
    """The name that PyTorch's kernels use in messages: `Long` for int64."""
    name = jnp.dtype(np_dtype).name
    return _NAMES.get(name, name)


def is_bool(x):
    return x.dtype == jnp.bool_


def is_complex(x):
    return jnp.issubdtype(x.dtype, jnp.complexfloating)


def is_floating(x):
    return jnp.issubdtype(x.dtype, jnp.floating)


def is_inexact(x):
    return jnp.issubdtype(x.dtype, jnp.inexact)


def is_integral(x):
    """Integers, booleans among them."""
    return not is_inexact(x)


def widen(x):
    """Half precision as float32, in which PyTorch's kernels accumulate; anything else as it is."""
    return x.astype(jnp.float32) if is_floating(x) and x.dtype.itemsize < 4 else x


def to_float(x):
    """Integers and booleans in the default dtype; floats as they are."""
    return x if is_inexact(x) else x.astype(dt.get_default_dtype().np)


def nan_mask(x):
    """Where x is NaN; all False for integers."""
    return x != x if is_inexact(x) else jnp.zeros(x.shape, bool)


def wrong(values, bad):
    """The condition of a fault that names the value: one of the integers `values` where `bad` holds, if it does anywhere."""
    return jnp.max(jnp.where(bad, values.astype(jnp.int64), FINE), initial=FINE)


def refuse(x, op, *, boolean=False, complex_=False, integral=False):
    """Raise NotImplementedError, as PyTorch's kernels do, for kinds of input that `op` lacks."""
    if (boolean and is_bool(x)) or (complex_ and is_complex(x)) or (integral and is_integral(x)):
        raise NotImplementedError(f"\"{op}\" not implemented for '{type_name(x.dtype)}'")
