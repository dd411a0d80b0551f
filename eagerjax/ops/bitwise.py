"""Logic and shifts on the bits of integers and booleans."""

import jax.numpy as jnp

from eagerjax.ops.define import binary, elementwise
from eagerjax.ops.pointwise import is_bool, is_complex, is_float, refuse


@binary(operator="and", differentiable=False, numbers="either")
def bitwise_and(input, other):
    """Bits set in both."""
    refuse("bitwise_and_cpu", input, is_float, is_complex)
    return input & other


@binary(operator="or", differentiable=False, numbers="either")
def bitwise_or(input, other):
    """Bits set in one or both."""
    refuse("bitwise_or_cpu", input, is_float, is_complex)
    return input | other


@binary(operator="xor", differentiable=False, numbers="either")
def bitwise_xor(input, other):
    """Bits set in exactly one."""
    refuse("bitwise_xor_cpu", input, is_float, is_complex)
    return input ^ other


@elementwise(operator="invert", differentiable=False, out="exact")
def bitwise_not(input):
    """Bits turned round; booleans negated. Raises TypeError for floats."""
    if is_float(input) or is_complex(input):
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return ~input


@binary(operator="lshift", differentiable=False, numbers="either")
def bitwise_left_shift(input, other):
    """Bits moved left; 0 where the count is negative or not below the number of bits."""
    refuse("lshift_cpu", input, is_bool, is_float, is_complex)
    count, fits = _count(other)
    return jnp.where(fits, jnp.left_shift(input, count), 0)


@binary(operator="rshift", differentiable=False, numbers="either")
def bitwise_right_shift(input, other):
    """Bits moved right, the sign kept; only the sign is left where the count does not fit."""
    refuse("rshift_cpu", input, is_bool, is_float, is_complex)
    count, fits = _count(other)
    nothing = -(input < 0).astype(input.dtype) if jnp.issubdtype(input.dtype, jnp.signedinteger) else 0
    return jnp.where(fits, jnp.right_shift(input, count), nothing)


def _count(other):
    """The shift count, made safe, and whether it lies within the bits."""
    fits = (other >= 0) & (other < jnp.iinfo(other.dtype).bits)
    return jnp.where(fits, other, 0).astype(other.dtype), fits
