"""Activation functions. Each is continuous; at a kink its derivative is the one that PyTorch takes."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dtype, Number, Scalar, dimension, functional, op
from eagerjax.ops.pointwise import is_bool, is_complex, is_integer, refuse, to_float, widen, with_partials


def _floats_only(kernel, input):
    refuse(kernel, input, is_bool, is_integer, is_complex)


def _below(x):
    """x where it is below 0, else 0: keeps exp(x) finite in the branch that is not taken."""
    return jnp.where(x <= 0, x, 0)


# -- straight lines --------------------------------------------------------------------------
# A select, not a maximum: XLA computes a result that several read anew for each of them where it has one operand only.
_relu = with_partials(lambda x: jnp.where(x < 0, 0, x), lambda t, out, x: jnp.where(out <= 0, 0, t))


@functional(homes="torch Tensor F", inplace=True, saves="result", sizeless=True)
def relu(input, inplace: bool = False):
    """`max(input, 0)`; its derivative at 0 is 0.

    >>> relu(tensor([-1., 2.]))
    tensor([0., 2.])
    """
    if is_bool(input):
        raise RuntimeError("Boolean inputs not supported for relu")
    if is_complex(input):
        raise NotImplementedError("clamp is not supported for complex types")
    return _relu(input)


_SPOILT = (
    "In-place {} backward calculation is triggered with a negative slope which is not supported. This is caused by calling "
    "in-place forward function with a negative slope, please call out-of-place version instead."
)


def _spoilt(name, slope):
    """PyTorch finds an in-place activation's gradient by the sign of the result, which a negative slope turns over."""
    return _SPOILT.format(name) if slope < 0 else None


@functional(inplace=True, spoils=lambda negative_slope=0.0, inplace=False: _spoilt("leakyReLu", negative_slope), sizeless=True)
def leaky_relu(input, negative_slope: Scalar = 0.01, inplace: bool = False):
    """input above 0, `negative_slope * input` below."""
    _floats_only("leaky_relu_cpu", input)
    return jnp.where(input > 0, input, input * negative_slope)


@functional(homes="torch Tensor F", promoted=("input", "weight"))
def prelu(input, weight):
    """input above 0, `weight * input` below; weight: one number, or one for each channel (dimension 1)."""
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.size != 1 or (weight.ndim == 1 and input.ndim > 1):
        channels = input.shape[1] if input.ndim > 1 else 1
        if input.ndim == 0 or weight.size not in (1, channels):
            raise RuntimeError(f"Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                               f"{weight.size} and channel size = {channels}.")  # fmt: skip
    _floats_only("prelu_cpu", input)
    shape = (1, weight.size) + (1,) * (input.ndim - 2) if input.ndim > 1 else (1,) * input.ndim
    return jnp.where(input > 0, input, input * weight.reshape(shape))


@functional(homes="torch F", inplace=True, promoted=("input",))
def threshold(input, threshold: Scalar, value: Scalar, inplace: bool = False):
    """input above the threshold, `value` elsewhere."""
    refuse("threshold_cpu", input, is_bool, is_complex)
    return jnp.where(input <= threshold, jnp.asarray(value).astype(input.dtype), input)


_inside = with_partials(
    lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high),
    lambda t, out, x, low, high: jnp.where((x <= low) | (x >= high), 0, t),
    None,
    None,
)


@functional(inplace=True)
def hardtanh(input, min_val: Number = -1.0, max_val: Number = 1.0, inplace: bool = False):
    """input moved into [min_val, max_val]; its derivative on the bounds is 0.

    Raises ValueError where the bounds cross, RuntimeError for unsigned integers and a negative bound.
    """
    refuse("hardtanh_cpu", input, is_bool, is_complex)
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if input.dtype == jnp.uint8 and int(min_val) < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    low, high = (jnp.asarray(v).astype(input.dtype) for v in (min_val, max_val))
    return _inside(input, low, high)


@functional(inplace=True)
def relu6(input, inplace: bool = False):
    """input moved into [0, 6]."""
    refuse("hardtanh_cpu", input, is_bool, is_complex)
    return _inside(input, jnp.zeros((), input.dtype), jnp.full((), 6, input.dtype))


_hardsigmoid = with_partials(
    lambda x: jnp.minimum(jnp.maximum(x + 3, 0), 6) / 6,
    lambda t, out, x: jnp.where((x > -3) & (x < 3), t / 6, 0),
)


@functional
def hardsigmoid(input, inplace: bool = False):
    """`relu6(input + 3) / 6`."""
    _floats_only("hardsigmoid_cpu", input)
    return _hardsigmoid(input)


_hardswish = with_partials(
    lambda x: x * jnp.minimum(jnp.maximum(x + 3, 0), 6) / 6,
    lambda t, out, x: t * jnp.where(x <= -3, 0, jnp.where(x < 3, x / 3 + 0.5, 1)),
)


@functional
def hardswish(input, inplace: bool = False):
    """`input * relu6(input + 3) / 6`."""
    _floats_only("hardswish_cpu", input)
    return _hardswish(input)


@functional(homes="torch Tensor F", out="exact", upcast=False)
def hardshrink(input, lambd: Scalar = 0.5):
    """input outside [-lambd, lambd], 0 inside; lambd is rounded to the input's dtype."""
    _floats_only("hardshrink_cpu", input)
    lambd = jnp.asarray(lambd).astype(input.dtype)
    return jnp.where((input >= -lambd) & (input <= lambd), 0, input)


@functional(out="exact")
def softshrink(input, lambd: Number = 0.5):
    """input moved by lambd towards 0, and 0 in between. Raises RuntimeError for a negative lambd."""
    _floats_only("softshrink_cpu", input)
    if lambd < 0:
        raise RuntimeError("lambda must be in range [0, 3.40282e+38] for input dtype Float, but found "
                           f"{lambd:g}")  # fmt: skip
    inside = (input >= -lambd) & (input <= lambd)
    return jnp.where(inside, 0, jnp.where(input < -lambd, input + lambd, input - lambd))


# -- exponential below 0 -----------------------------------------------------------------------
@functional(inplace=True, spoils=lambda alpha=1.0, inplace=False: _spoilt("elu", alpha))
def elu(input, alpha: Scalar = 1.0, inplace: bool = False):
    """input above 0, `alpha * (exp(input) - 1)` below."""
    _floats_only("elu_cpu", input)
    return jnp.where(input <= 0, jnp.expm1(_below(input)) * alpha, input)


@functional(homes="torch F", inplace=True, spoils=lambda alpha=1.0, inplace=False: _spoilt("elu", alpha))
def celu(input, alpha: Number = 1.0, inplace: bool = False):
    """input above 0, `alpha * (exp(input / alpha) - 1)` below. Raises RuntimeError where alpha is 0."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    _floats_only("elu_cpu", input)
    return jnp.where(input <= 0, jnp.expm1(_below(input) / alpha) * alpha, input)


@functional(homes="torch F", inplace=True)
def selu(input, inplace: bool = False):
    """`elu` with the constants that keep mean 0 and variance 1 from layer to layer.

    Source: Klambauer et al. 2017, Self-Normalizing Neural Networks.
    """
    _floats_only("elu_cpu", input)
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return jnp.where(input <= 0, jnp.expm1(_below(input)) * (alpha * scale), input * scale)


# -- smooth --------------------------------------------------------------------------------------
@functional(out="exact", sizeless=True)
def gelu(input, *, approximate: str = "none"):
    """`input * P(Z <= input)` for a normal Z; `approximate="tanh"` by a tanh.

    >>> gelu(tensor([-1., 0., 1.]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    _floats_only("GeluKernelImpl", input)
    if approximate == "none":
        return input * 0.5 * (1 + lax.erf(input * math.sqrt(0.5)))
    if approximate != "tanh":
        raise RuntimeError("approximate argument must be either none or tanh.")
    inner = math.sqrt(2 / math.pi) * (input + 0.044715 * input * input * input)
    return 0.5 * input * (1 + jnp.tanh(inner))


@functional(sizeless=True)
def silu(input, inplace: bool = False):
    """`input * sigmoid(input)`, also called swish."""
    refuse("silu_cpu", input, is_bool, is_integer)
    return input * jax.nn.sigmoid(input)


@functional
def mish(input, inplace: bool = False):
    """`input * tanh(softplus(input))`. Source: Misra 2019."""
    _floats_only("mish_cpu", input)
    power = jnp.exp(jnp.minimum(input, 40))
    ratio = power * (power + 2)  # tanh(log(1 + e)) is ((1 + e)^2 - 1) / ((1 + e)^2 + 1)
    return input * (ratio / (ratio + 2))


_softplus = with_partials(
    lambda x, beta, threshold: jnp.where(x * beta > threshold, x, jnp.logaddexp(x * beta, 0) / beta),
    lambda t, out, x, beta, threshold: t * jnp.where(x * beta > threshold, 1, jax.nn.sigmoid(x * beta)),
    None,
    None,
)


@functional(out="exact", sizeless=True)
def softplus(input, beta: Scalar = 1.0, threshold: Scalar = 20.0):
    """`log(1 + exp(beta * input)) / beta`; input itself where `beta * input` exceeds the threshold."""
    _floats_only("softplus_cpu", input)
    beta, threshold = (jnp.asarray(v).astype(input.dtype) for v in (beta, threshold))
    return _softplus(input, beta, threshold)


_logsigmoid = with_partials(
    lambda x: jnp.minimum(x, 0) - jnp.log1p(jnp.exp(-jnp.abs(x))),
    lambda t, out, x: t * jax.nn.sigmoid(-x),
)


@functional(out="exact")
def logsigmoid(input):
    """`log(sigmoid(input))` without underflow."""
    _floats_only("log_sigmoid_cpu", input)
    return _logsigmoid(input)


_softsign = with_partials(lambda x: x / (1 + jnp.abs(x)), lambda t, out, x: t / (1 + jnp.abs(x)) ** 2)


@functional
def softsign(input):
    """`input / (1 + |input|)`."""
    refuse("abs_cpu", input, is_bool)
    return input / (1 + jnp.abs(input)) if is_complex(input) else _softsign(to_float(input))


@functional
def tanhshrink(input):
    """`input - tanh(input)`."""
    if is_bool(input):
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
    return input - jnp.tanh(to_float(input))


@functional
def glu(input, dim: int = -1):
    """First half along `dim` times the sigmoid of the second. Raises RuntimeError where `dim` has an odd size."""
    _floats_only("glu_cpu", input)
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = dimension(dim, input.ndim)
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}")
    value, gate = jnp.split(input, 2, dim)
    return value * jax.nn.sigmoid(gate)


# -- shares of a whole -------------------------------------------------------------------------------
def _softmax_along(dim):
    """Softmax of an array, with its derivative by the result."""

    def forward(x):
        top = lax.stop_gradient(jnp.max(x, dim, keepdims=True))
        power = jnp.exp(x - top)
        return power / jnp.sum(power, dim, keepdims=True)

    def partial(t, out, x):
        return out * (t - jnp.sum(out * t, dim, keepdims=True))

    return with_partials(forward, partial)


def _log_softmax_along(dim):
    def forward(x):
        shifted = x - lax.stop_gradient(jnp.max(x, dim, keepdims=True))
        return shifted - jnp.log(jnp.sum(jnp.exp(shifted), dim, keepdims=True))

    def partial(t, out, x):
        return t - jnp.sum(jnp.exp(out) * t, dim, keepdims=True)

    return with_partials(forward, partial)


def _normalised(along, kernel, input, dim, dtype):
    """One of the two above in the dtype asked for; half precision is computed in float32."""
    if dtype is not None:
        input = input.astype(dtype.np)
    _floats_only(kernel, input)
    dim = dimension(dim, input.ndim)
    if input.size == 0 or input.ndim == 0:
        fill = jnp.ones_like if along is _softmax_along else jnp.zeros_like
        return jnp.exp(input) if input.size == 0 else fill(input) + 0 * input
    return along(dim)(widen(input)).astype(input.dtype)


@op(homes="torch Tensor", aliases=("special.softmax",), saves="result", out="exact", sizeless=True)
def softmax(input, dim: int, dtype: Dtype = None):
    """Shares that are positive and sum to 1 along `dim`: `exp(input) / sum(exp(input))`.

    >>> softmax(tensor([0., 0.]), 0)
    tensor([0.5000, 0.5000])
    """
    return _normalised(_softmax_along, "softmax_lastdim_kernel_impl", input, dim, dtype)


@op(homes="torch Tensor", aliases=("special.log_softmax",), saves="result", out="exact", sizeless=True)
def log_softmax(input, dim: int, dtype: Dtype = None):
    """`log(softmax(input, dim))` without underflow."""
    return _normalised(_log_softmax_along, "log_softmax_lastdim_kernel_impl", input, dim, dtype)
