"""Circular and hyperbolic functions and their inverses."""

import jax.numpy as jnp

from eagerjax.ops import trig_cpu
from eagerjax.ops.define import binary, elementwise, rename
from eagerjax.ops.pointwise import is_complex, refuse, with_partials


def _curve(name, fn, doc, saves="input", **options):
    return rename(name, fn, doc, promote="float", saves=saves, **options)


sin = _curve("sin", jnp.sin, "Sine of each angle in radians.")
cos = _curve("cos", jnp.cos, "Cosine of each angle in radians.")
tan = _curve("tan", jnp.tan, "Tangent of each angle in radians.", saves="result")
_curve("asin", jnp.arcsin, "Arc sine in radians; NaN outside [-1, 1].", aliases=("arcsin",))
_curve("acos", jnp.arccos, "Arc cosine in radians; NaN outside [-1, 1].", aliases=("arccos",))
atan = _curve("atan", jnp.arctan, "Arc tangent in radians.", aliases=("arctan",))
_curve("sinh", jnp.sinh, "Hyperbolic sine.")
_curve("cosh", jnp.cosh, "Hyperbolic cosine.")
_curve("tanh", jnp.tanh, "Hyperbolic tangent.", saves="result", homes="torch Tensor F")
_curve("asinh", jnp.arcsinh, "Inverse hyperbolic sine.", aliases=("arcsinh",))
_curve("acosh", jnp.arccosh, "Inverse hyperbolic cosine; NaN below 1.", aliases=("arccosh",))
_curve("atanh", jnp.arctanh, "Inverse hyperbolic tangent; infinite at -1 and 1, NaN outside.", aliases=("arctanh",))


def _by_slope(fn, slope):
    """`fn` of any dtype with its derivative by `slope(result, input)`."""
    return with_partials(fn, lambda t, out, x: t * slope(out, x))


_cpu_sin = _by_slope(trig_cpu.sin, lambda out, x: _cpu_cos(x))
_cpu_cos = _by_slope(trig_cpu.cos, lambda out, x: -_cpu_sin(x))
sin.on("cpu")(lambda input: _cpu_sin(input))
cos.on("cpu")(lambda input: _cpu_cos(input))
tan.on("cpu")(_by_slope(trig_cpu.tan, lambda out, x: 1 + out * out))
atan.on("cpu")(_by_slope(trig_cpu.atan, lambda out, x: 1 / (1 + x * x)))


@elementwise(promote="float", saves="")
def deg2rad(input):
    """Degrees as radians."""
    return _scaled_angle("deg2rad", input, jnp.pi / 180)


@elementwise(promote="float", saves="")
def rad2deg(input):
    """Radians as degrees."""
    return _scaled_angle("rad2deg", input, 180 / jnp.pi)


def _scaled_angle(name, input, factor):
    if is_complex(input):
        raise RuntimeError(f"{name} is not supported for complex tensors.")
    return input * factor



def _sinc_partial(t, out, x):
    angle = jnp.pi * x
    small = x * x == 0
    slope = (jnp.cos(angle) * angle - jnp.sin(angle)) / jnp.where(small, 1, angle * x)
    return t * jnp.where(small, 0, slope)


_sinc = with_partials(
    lambda x: jnp.where(x == 0, 1, jnp.sin(jnp.pi * x) / (jnp.pi * jnp.where(x == 0, 1, x))), _sinc_partial
)  # fmt: skip


@elementwise(promote="float", aliases=("special.sinc",), saves="input")
def sinc(input):
    """`sin(pi x) / (pi x)`, and 1 at 0."""
    return _sinc(input)


def _atan2_size(y, x):
    """y^2 + x^2, with 1 for 0, where PyTorch's derivative is 0."""
    size = y * y + x * x
    return jnp.where(size == 0, 1, size)


_ATAN2_PARTIALS = (
    lambda t, out, y, x: t * (x / _atan2_size(y, x)),
    lambda t, out, y, x: t * (-y / _atan2_size(y, x)),
)
_atan2 = with_partials(jnp.arctan2, *_ATAN2_PARTIALS)
_cpu_atan2 = with_partials(trig_cpu.atan2, *_ATAN2_PARTIALS)


@binary(promote="float", aliases=("arctan2",), numbers="none")
def atan2(input, other):
    """The angle of the point (other, input), in [-pi, pi]."""
    refuse("atan2_cpu", input, is_complex)
    return _atan2(input, other)


@atan2.on("cpu")
def _atan2_cpu(input, other):
    refuse("atan2_cpu", input, is_complex)
    return _cpu_atan2(input, other)
