"""Losses that compare input and target element by element."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Number, Scalar, functional
from eagerjax.ops.kinds import is_complex, is_floating, is_inexact, refuse, type_name
from eagerjax.ops.precision import number
from eagerjax.ops.reduction import broadcast, reduced, reduction_of
from eagerjax.ops.said import say


def _size(x):
    """|x| whose derivative at 0 is 0."""
    if not is_complex(x):
        return x * jnp.sign(x)
    zero = x == 0
    return jnp.where(zero, 0, jnp.abs(jnp.where(zero, 1, x)))


def _weighted(loss, input, weight, kind, *, by_weight):
    """The reduction of `loss * weight`; the mean divides by the sum of the weights where `by_weight`."""
    if weight is None:
        return reduced(loss, kind)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    loss = loss * weight
    if kind == "mean" and by_weight:
        return jnp.sum(loss) / jnp.sum(weight)
    return reduced(loss, kind)


@functional
def mse_loss(input, target, size_average: bool = None, reduce: bool = None, reduction: str = "mean", weight=None):
    """Squared error `(input - target) ** 2`.

    >>> mse_loss(tensor([1., 3.]), tensor([1., 1.]))
    tensor(2.)
    """
    kind = reduction_of(reduction, size_average, reduce)
    x, y = broadcast(input, target)
    refuse(x, "mse_cpu", integral=True, complex_=True)
    return _weighted(jnp.square(x - y), input, weight, kind, by_weight=True)


@functional
def l1_loss(input, target, size_average: bool = None, reduce: bool = None, reduction: str = "mean", weight=None):
    """Absolute error `|input - target|`."""
    kind = reduction_of(reduction, size_average, reduce)
    x, y = broadcast(input, target)
    return _weighted(_size(x - y), input, weight, kind, by_weight=True)


@functional
def smooth_l1_loss(input, target, size_average: bool = None, reduce: bool = None, reduction: str = "mean",
                   beta: Number = 1.0):  # fmt: skip
    """Squared error / (2 beta) below beta, absolute error - beta / 2 above. Raises RuntimeError for a negative beta."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    x, y = broadcast(input, target)
    refuse(x, "smooth_l1_cpu", integral=True, complex_=True)
    size = _size(x - y)
    loss = jnp.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta) if beta else size
    return reduced(loss, reduction, size_average, reduce)


@functional
def huber_loss(input, target, reduction: str = "mean", delta: Number = 1.0, weight=None):
    """Half the squared error up to delta, delta * (absolute error - delta / 2) above. Raises RuntimeError for delta <= 0."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    x, y = broadcast(input, target)
    refuse(x, "huber_cpu", integral=True, complex_=True)
    size = _size(x - y)
    loss = jnp.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta))
    return _weighted(loss, input, weight, reduction_of(reduction), by_weight=False)


def _refuse_integers(x):
    if not is_inexact(x):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {type_name(x.dtype)}")


# -- binary cross entropy ------------------------------------------------------------------
def _probability_fault(input, *_, **__):
    bad = ~((input >= 0) & (input <= 1))
    return [(jnp.any(bad), RuntimeError, "all elements of input should be between 0 and 1")]


@functional(faults=_probability_fault, promoted=("input", "weight"))
def binary_cross_entropy(input, target, weight=None, size_average: bool = None, reduce: bool = None,
                         reduction: str = "mean"):  # fmt: skip
    """`-(t log x + (1 - t) log(1 - x))` of probabilities; logarithms stop at -100, so that 0 and 1 stay finite.

    Raises: ValueError where the shapes differ, RuntimeError for an input outside [0, 1] and for an integer target.
    """
    if input.shape != target.shape:
        raise ValueError(f"Using a target size (torch.Size({list(target.shape)})) that is different to the input size "
                         f"(torch.Size({list(input.shape)})) is deprecated. Please ensure they have the same size.")  # fmt: skip
    refuse(input, "binary_cross_entropy", integral=True)
    if not is_floating(target):
        raise RuntimeError(f"Found dtype {type_name(target.dtype)} but expected {type_name(input.dtype)}")
    loss = _binary_entropy(input, target.astype(input.dtype))
    return reduced(loss if weight is None else loss * weight, reduction, size_average, reduce)


@jax.custom_jvp
def _binary_entropy(x, target):
    return (target - 1) * jnp.maximum(jnp.log1p(-x), -100) - target * jnp.maximum(jnp.log(x), -100)


@_binary_entropy.defjvp
def _binary_entropy_jvp(at, along):
    x, target = at
    slope = (x - target) / jnp.maximum((1 - x) * x, 1e-12)
    return _binary_entropy(x, target), slope * along[0] + (jnp.log1p(-x) - jnp.log(x)) * along[1]


@jax.custom_jvp
def log1p_exp(x):
    """log(1 + exp(x)) without overflow; its derivative is the sigmoid."""
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@log1p_exp.defjvp
def _log1p_exp_jvp(at, along):
    return log1p_exp(*at), jax.nn.sigmoid(at[0]) * along[0]


@functional(promoted=("input", "weight", "pos_weight"))
def binary_cross_entropy_with_logits(input, target, weight=None, size_average: bool = None, reduce: bool = None,
                                     reduction: str = "mean", pos_weight=None):  # fmt: skip
    """Binary cross entropy of `sigmoid(input)`, stable for large logits; `pos_weight` multiplies the positive part.

    Raises: ValueError where the shapes of input and target differ, RuntimeError for an integer target.
    """
    if input.shape != target.shape:
        raise ValueError(f"Target size (torch.Size({list(target.shape)})) must be the same as input size "
                         f"(torch.Size({list(input.shape)}))")  # fmt: skip
    refuse(input, "log_sigmoid_cpu", integral=True)
    if not is_inexact(target):
        raise RuntimeError(f"result type {type_name(input.dtype)} can't be cast to the desired output type "
                           f"{type_name(target.dtype)}")  # fmt: skip
    target = target.astype(jnp.promote_types(input.dtype, target.dtype))
    positive = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    loss = (1 - target) * input + positive * log1p_exp(-input)
    return reduced(loss if weight is None else loss * weight, reduction, size_average, reduce)


@functional
def soft_margin_loss(input, target, size_average: bool = None, reduce: bool = None, reduction: str = "mean"):
    """`log(1 + exp(-target * input))` for targets 1 and -1."""
    x, y = broadcast(input, target, warn=False)
    _refuse_integers(x)
    return reduced(log1p_exp(-y * x), reduction, size_average, reduce)


@functional
def multilabel_soft_margin_loss(input, target, weight=None, size_average: bool = None, reduce: bool = None,
                                reduction: str = "mean"):  # fmt: skip
    """Binary cross entropy of each class's logit, averaged over the classes (the last dimension)."""
    kind = reduction_of(reduction, size_average, reduce)
    refuse(input, "log_sigmoid_cpu", integral=True)
    loss = target * log1p_exp(-input) + (1 - target) * log1p_exp(input)
    loss = loss if weight is None else loss * weight
    return reduced(jnp.sum(loss, -1) / input.shape[-1], kind)


# -- likelihoods ---------------------------------------------------------------------------
@jax.custom_vjp
def _x_log_x(x):
    positive = x > 0
    return jnp.where(positive, x * jnp.log(jnp.where(positive, x, 1)), jnp.where(x < 0, jnp.nan, x * 0))


def _x_log_x_backward(x, grad):
    """PyTorch's: NaN at 0, where the value is 0, and below, unless the incoming gradient is 0."""
    slope = jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1)) + 1, jnp.nan)
    return (jnp.where((grad == 0) & (x < 0), 0, grad * slope),)


_x_log_x.defvjp(lambda x: (_x_log_x(x), x), _x_log_x_backward)


@functional(promoted=("input",))
def kl_div(input, target, size_average: bool = None, reduce: bool = None, reduction: str = "mean",
           log_target: bool = False):  # fmt: skip
    """Divergence `t * (log t - input)` of log-probabilities `input` from `target` (its logarithm if `log_target`).

    "batchmean" divides the sum by the size of the first dimension.
    """
    if not (is_inexact(input) and is_inexact(target)):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if is_complex(input) or is_complex(target):
        raise RuntimeError("kl_div: Complex inputs not supported.")
    x, y = jnp.broadcast_arrays(input, target.astype(jnp.promote_types(input.dtype, target.dtype)))
    loss = jnp.exp(y) * (y - x) if log_target else _x_log_x(y) - y * x
    if reduction == "batchmean" and size_average is None and reduce is None:
        total = jnp.sum(loss)
        return total / input.shape[0] if input.ndim else total
    if reduction == "mean" and size_average is None and reduce is None:
        say("reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by "
            "the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' "
            "in the next major release.")  # fmt: skip
    return reduced(loss, reduction, size_average, reduce)


@functional(promote="float")
def poisson_nll_loss(input, target, log_input: bool = True, full: bool = False, size_average: bool = None,
                     eps: Scalar = 1e-8, reduce: bool = None, reduction: str = "mean"):  # fmt: skip
    """Negative log likelihood of counts `target` at the rate `exp(input)` (or `input`).

    `full` adds Stirling's approximation of `log(target!)` for targets above 1.
    """
    kind = reduction_of(reduction, size_average, reduce)
    loss = jnp.exp(input) - target * input if log_input else input - target * jnp.log(input + number(eps, input))
    if full:
        safe = jnp.where(target > 1, target, 1)
        stirling = safe * jnp.log(safe) - safe + 0.5 * jnp.log(2 * math.pi * safe)
        loss = loss + jnp.where(target > 1, stirling, 0)
    return reduced(loss, kind)


def _variance_fault(input, target, var, *_, **__):
    return [] if isinstance(var, (int, float)) else [(jnp.any(var < 0), ValueError, "var has negative entry/entries")]


@functional(faults=_variance_fault)
def gaussian_nll_loss(input, target, var, full: bool = False, eps: Scalar = 1e-6, reduction: str = "mean"):
    """`(log var + (input - target) ** 2 / var) / 2`, with variances below `eps` taken as `eps`.

    var: the input's shape, that shape without or with 1 in the last dimension, or a number.
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    _refuse_integers(input)
    var = _fitting_variance(input, jnp.asarray(var, input.dtype))
    var = var + lax.stop_gradient(jnp.maximum(var, number(eps, var)) - var)
    loss = 0.5 * (jnp.log(var) + jnp.square(input - target) / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def _fitting_variance(input, var):
    if var.ndim == 0:
        return jnp.broadcast_to(var, input.shape)
    if var.shape == input.shape:
        return var
    if var.shape == input.shape[:-1]:
        return var[..., None]
    if var.ndim == input.ndim and sum(v for x, v in zip(input.shape, var.shape) if x != v) == 1:
        return var
    raise ValueError("var is of incorrect size")
