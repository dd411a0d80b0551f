"""Normalisation layers. Half precision is computed in float32; parameters may be float32 beside half inputs."""

import math

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dims, Number, Scalar, Size, dimensions, functional, op
from eagerjax.ops.kinds import is_floating, is_inexact, refuse, to_float, type_name, widen
from eagerjax.ops.norm_core import by_channel, by_group, by_row, by_row_size
from eagerjax.ops.pool_window import Window, window_sum
from eagerjax.ops.precision import number
from eagerjax.ops.vectornorm import vector_norm


def _vectors(x, weight, bias, size):
    """weight and bias in the dtype of the arithmetic; ones and zeros where there are none."""
    weight = jnp.ones(size, x.dtype) if weight is None else weight.astype(x.dtype)
    bias = jnp.zeros(size, x.dtype) if bias is None else bias.astype(x.dtype)
    return weight, bias


def _floats_only(name, input):
    if not is_floating(input):
        raise NotImplementedError(f"\"{name}\" not implemented for '{type_name(input.dtype)}'")


# -- batch norm ----------------------------------------------------------------------------
@op(homes="")
def _batch_norm_train(input, weight, bias, running_mean, running_var, momentum: Scalar, eps: Scalar):
    """(out, new running mean, new running variance) by the statistics of the batch.

    input: (N, C, *); the others (C,) or None. The running ones move by `momentum` towards the batch's mean and
    unbiased variance; no gradient flows through them.
    """
    return _batch_norm(input, weight, bias, running_mean, running_var, momentum, eps, 1)


@_batch_norm_train.limits
def has_room(shape, eps, **_):
    return eps > 0


def _batch_norm(input, weight, bias, running_mean, running_var, momentum, eps, channel):
    if input.size == 0:  # nothing is normalised, and the running statistics stay
        none = jnp.zeros(input.shape[channel] if input.ndim > 1 else 0, jnp.float32)
        return input, *(none if v is None else v for v in (running_mean, running_var))
    _check_batch_norm(input, weight, bias, running_mean, running_var, channel)
    x = widen(input)
    weight, bias = _vectors(x, weight, bias, x.shape[channel])
    out, mean, variance = by_channel(x, weight, bias, number(eps, x), channel)
    count = x.size // max(x.shape[channel], 1)
    unbiased = variance * (count / max(count - 1, 1))
    moved = [_moved(old, new, momentum) for old, new in ((running_mean, mean), (running_var, unbiased))]
    return (out.astype(input.dtype), *moved)


def _moved(old, new, momentum):
    """`old` moved by `momentum` towards `new`; `new` where there was nothing."""
    new = lax.stop_gradient(new)
    if old is None:
        return new
    share = number(momentum, old)
    return (1 - share) * lax.stop_gradient(old) + share * new.astype(old.dtype)


@_batch_norm_train.on_images()
def _batch_norm_train_last(input, weight, bias, running_mean, running_var, momentum, eps):
    return _batch_norm(input, weight, bias, running_mean, running_var, momentum, eps, input.ndim - 1)


@op(homes="")
def _batch_norm_eval(input, weight, bias, running_mean, running_var, eps: Scalar):
    """`(input - running_mean) / sqrt(running_var + eps) * weight + bias`, one factor and one offset a channel."""
    if input.size == 0:
        return input
    return _batch_norm_by(input, weight, bias, running_mean, running_var, eps, 1)


def _batch_norm_by(input, weight, bias, running_mean, running_var, eps, channel):
    _check_batch_norm(input, weight, bias, running_mean, running_var, channel)
    x = widen(input)
    weight, bias = _vectors(x, weight, bias, x.shape[channel])
    mean, variance = (lax.stop_gradient(v).astype(x.dtype) for v in (running_mean, running_var))
    scale = weight * lax.rsqrt(variance + number(eps, x))
    offset = bias - mean * scale
    shape = [-1 if a == channel else 1 for a in range(x.ndim)]
    return (x * scale.reshape(shape) + offset.reshape(shape)).astype(input.dtype)


@_batch_norm_eval.on_images()
def _batch_norm_eval_last(input, weight, bias, running_mean, running_var, eps):
    return _batch_norm_by(input, weight, bias, running_mean, running_var, eps, input.ndim - 1)


def _check_batch_norm(input, weight, bias, running_mean, running_var, channel):
    _floats_only("batch_norm", input)
    if input.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-{input.ndim}, {input.ndim - 1}], but got 1)"
        )
    names = ("weight", "bias", "running_mean", "running_var")
    for name, vector in zip(names, (weight, bias, running_mean, running_var)):
        if vector is not None and vector.shape != (input.shape[channel],):
            raise RuntimeError(f"{name} should contain {input.shape[channel]} elements not {vector.size}")


# -- layer norm and RMS norm ---------------------------------------------------------------
def _rows(input, normalized_shape, weight, bias, op_name):
    """The input as (rows, columns), and how many columns. Raises RuntimeError where shapes do not fit."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape:
        raise RuntimeError(f"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
                           f"but got normalized_shape = {list(shape)}")  # fmt: skip
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != shape:
            raise RuntimeError(f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                               f"{list(given.shape)} and normalized_shape = {list(shape)}")  # fmt: skip
    if input.ndim < len(shape) or input.shape[input.ndim - len(shape) :] != shape:
        expected = "".join(f", {n}" for n in shape)
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape [*{expected}], but got input of "
                           f"size{list(input.shape)}")  # fmt: skip
    columns = math.prod(shape)
    x = widen(input)
    flat = [v if v is None else v.reshape(-1) for v in (weight, bias)]
    return x.reshape(math.prod(input.shape[: input.ndim - len(shape)]), columns), *_vectors(x, *flat, columns)


@functional(promote=None)
def layer_norm(input, normalized_shape: Size, weight=None, bias=None, eps: Scalar = 1e-5):
    """The last dimensions, of shape `normalized_shape`, with mean 0 and variance 1, times weight plus bias.

    input: (*, *normalized_shape); weight, bias: normalized_shape or None.
    """
    return _layer_norm(input, normalized_shape, weight, bias, eps, False)


@layer_norm.on("cpu")
def _layer_norm_cpu(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return _layer_norm(input, normalized_shape, weight, bias, eps, True)


def _layer_norm(input, normalized_shape, weight, bias, eps, dots):
    _floats_only("LayerNormKernelImpl", input)
    x, weight, bias = _rows(input, normalized_shape, weight, bias, "layer_norm")
    return by_row(x, weight, bias, number(eps, x), dots).reshape(input.shape).astype(input.dtype)


@functional(promote=None, homes="F torch")
def rms_norm(input, normalized_shape: Size, weight=None, eps: Scalar = None):
    """The last dimensions, of shape `normalized_shape`, divided by the root of their mean square, times weight.

    eps None: the relative precision of the arithmetic (float32 for half precision).
    """
    return _rms_norm(input, normalized_shape, weight, eps, False)


@rms_norm.on("cpu")
def _rms_norm_cpu(input, normalized_shape, weight=None, eps=None):
    return _rms_norm(input, normalized_shape, weight, eps, not jnp.issubdtype(input.dtype, jnp.complexfloating))


def _rms_norm(input, normalized_shape, weight, eps, dots):
    refuse(input, "rms_norm", integral=True)
    x, weight, _ = _rows(input, normalized_shape, weight, None, "rms_norm")
    if eps is None:
        eps = float(jnp.finfo(x.dtype).eps)
    return by_row_size(x, weight, number(eps, x), dots).reshape(input.shape).astype(input.dtype)


# -- group norm and instance norm ----------------------------------------------------------
@functional(promote=None)
def group_norm(input, num_groups: int, weight=None, bias=None, eps: Scalar = 1e-5):
    """Each of `num_groups` groups of channels with mean 0 and variance 1 in each sample, times weight plus bias.

    input: (N, C, *); weight, bias: (C,) or None.  Raises ValueError where a group has one value only.
    """
    _floats_only("GroupNormKernelImpl", input)
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    channels = input.shape[1]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    grouped = [input.shape[0] * channels // num_groups, num_groups, *input.shape[2:]]
    if grouped[0] * math.prod(grouped[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {grouped}")
    if channels % num_groups:
        raise RuntimeError(f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
                           f"{list(input.shape)} and num_groups={num_groups}")  # fmt: skip
    for name, vector in (("weight", weight), ("bias", bias)):
        if vector is not None and vector.shape != (channels,):
            raise RuntimeError(f"Expected {name} to be a vector of size equal to the number of channels in input, but got "
                               f"{name} of shape {list(vector.shape)} and input of shape {list(input.shape)}")  # fmt: skip
    return _by_group(input, num_groups, weight, bias, eps)[0]


def _by_group(input, groups, weight, bias, eps):
    x = widen(input)
    weight, bias = _vectors(x, weight, bias, x.shape[1])
    flat = x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
    if flat.size == 0:
        return input, None, None
    out, mean, variance = by_group(flat, weight, bias, number(eps, x), groups)
    return out.reshape(input.shape).astype(input.dtype), mean, variance


@op(homes="")
def _instance_norm(input, weight, bias, running_mean, running_var, momentum: Scalar, eps: Scalar):
    """(out, new running mean, new running variance): each channel of each sample by its own statistics."""
    _check_batch_norm(input, weight, bias, running_mean, running_var, 1)
    out, mean, variance = _by_group(input, input.shape[1], weight, bias, eps)
    count = math.prod(input.shape[2:])
    unbiased = variance * (count / max(count - 1, 1))
    pairs = ((running_mean, jnp.mean(mean, 0)), (running_var, jnp.mean(unbiased, 0)))
    return (out, *[_moved(old, new, momentum) for old, new in pairs])


# -- others --------------------------------------------------------------------------------
@functional
def local_response_norm(input, size: int, alpha: Scalar = 1e-4, beta: Scalar = 0.75, k: Scalar = 1.0):
    """`input / (k + alpha * mean of squares over `size` neighbouring channels) ** beta`.  input: (N, C, *)."""
    if input.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)"
        )
    if input.size == 0:
        return input
    channels = input.shape[1]
    w = Window((size,), (1,), ((size // 2, (size - 1) // 2),), (1,), (channels,), (channels,))
    total = window_sum(jnp.square(input), (1,), w)
    mean = total / size if is_inexact(input) else to_float(total // size)  # an average pool of integers truncates
    input = to_float(input)
    return input / (mean * number(alpha, input) + number(k, input)) ** number(beta, input)


@functional
def normalize(input, p: Number = 2.0, dim: Dims = 1, eps: Scalar = 1e-12):
    """`input / max(norm, eps)` with the p-norm along `dim`.

    >>> normalize(tensor([[3., 4.]]))
    tensor([[0.6000, 0.8000]])
    """
    size = vector_norm(input, p, dimensions(dim, input.ndim), True)
    return input / jnp.where(size < eps, number(eps, size), size)
