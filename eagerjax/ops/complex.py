"""Complex numbers: made from real ones, and taken apart. (`real` and `imag` are views.)"""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import elementwise, op
from eagerjax.ops.pointwise import is_complex, kind_name, with_partials


@elementwise(homes="", inplace=False, saves="", out="exact")
def _conj_physical(input):
    """Each element with its imaginary part negated."""
    return jnp.conj(input)


def _same_reals(name, first, second, expected):
    """Raise where two parts are not real tensors of one dtype."""
    if first.dtype not in (jnp.float16, jnp.float32, jnp.float64):
        raise RuntimeError(expected(kind_name(first.dtype), kind_name(second.dtype)))
    if first.dtype != second.dtype:
        raise RuntimeError(f"Expected object of scalar type {kind_name(first.dtype)} but got scalar type "
                           f"{kind_name(second.dtype)} for second argument")  # fmt: skip


@op(homes="torch", out="exact", numbers="none")
def complex(real, imag):
    """Complex numbers `real + i * imag`, broadcast. Raises RuntimeError unless both are floats of one dtype."""
    _same_reals("complex", real, imag, "Expected both inputs to be Half, Float or Double tensors but got {} and {}".format)
    return lax.complex(*jnp.broadcast_arrays(_at_least_single(real), _at_least_single(imag)))


@op(homes="torch", out="exact", numbers="none")
def polar(abs, angle):
    """Complex numbers `abs * exp(i * angle)`, broadcast. Raises RuntimeError unless both are floats of one dtype."""
    _same_reals("polar", abs, angle, "Expected both inputs to be Half, Float or Double tensors but got {} and {}".format)
    abs, angle = _at_least_single(abs), _at_least_single(angle)
    return lax.complex(abs * jnp.cos(angle), abs * jnp.sin(angle))


def _at_least_single(part):
    return part.astype(jnp.float32) if part.dtype == jnp.float16 else part


def _angle_partial(t, out, z):
    """Im(conj(z) t) / |z|^2, and 0 at 0."""
    size = jnp.real(z) ** 2 + jnp.imag(z) ** 2
    turn = jnp.real(z) * jnp.imag(t) - jnp.imag(z) * jnp.real(t)
    return jnp.where(size == 0, 0, turn / jnp.where(size == 0, 1, size))


_angle = with_partials(lambda z: jnp.arctan2(jnp.imag(z), jnp.real(z)), _angle_partial)


@elementwise(promote="float", inplace=False)
def angle(input):
    """The angle of each element in radians; of real numbers pi below 0, else 0, and NaN for NaN."""
    if is_complex(input):
        return _angle(input)
    input = lax.stop_gradient(input)
    turned = jnp.where(input < 0, jnp.asarray(jnp.pi, input.dtype), 0)
    return jnp.where(jnp.isnan(input), input, turned)
