"""How parameters begin: functions that fill a tensor in place, outside of gradient recording, and return it."""

import functools
import math
import warnings

import numpy as np

from eagerjax.autograd_mode import no_grad
from eagerjax.namespace import linalg, special, torch
from eagerjax.nn.init_as_torch import truncated, zeros_per_column
from eagerjax.runtime import dtype as dt
from eagerjax.runtime.random import like_torch

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal",
    "kaiming_normal_", "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal",
    "orthogonal_", "sparse", "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal",
    "xavier_normal_", "xavier_uniform", "xavier_uniform_", "zeros_",
]  # fmt: skip

_LINEAR = {
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid",
}  # fmt: skip


def calculate_gain(nonlinearity, param=None):
    """The factor by which weights before `nonlinearity` grow, so that activations keep their variance.

    >>> calculate_gain("leaky_relu", 0.2)
    1.3867504905630728
    """
    if nonlinearity in _LINEAR:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, (int, float)):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2.0 / (1 + slope**2))


def _calculate_fan_in_and_fan_out(tensor):
    """How many inputs one output sees and the reverse, of a weight (out, in, *kernel)."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    shape = tuple(tensor.shape)
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _calculate_correct_fan(tensor, mode):
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def _no_grad_uniform_(tensor, a, b, generator=None):
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def _no_grad_normal_(tensor, mean, std, generator=None):
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Fill with draws from the uniform distribution on [a, b)."""
    return _no_grad_uniform_(tensor, a, b, generator)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Fill with draws from the normal distribution."""
    return _no_grad_normal_(tensor, mean, std, generator)


def constant_(tensor, val):
    """Fill with `val`."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor):
    """Fill with ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor):
    """Fill with zeros."""
    with no_grad():
        return tensor.zero_()


def _cdf(x):
    return math.erfc(-x / math.sqrt(2.0)) / 2


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Fill with draws from the normal distribution, restricted to [a, b].

    By the inverse of the distribution function, always from its smaller end, where it is accurate.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )
    if like_torch():
        with no_grad():
            return tensor.copy_(truncated(torch.empty_like(tensor), mean, std, a, b, generator))
    low, high = (a - mean) / std, (b - mean) / std
    sign = -1 if low + high > 0 else 1
    low, high = sorted((sign * low, sign * high))
    dtype = dt.float32 if _cdf(high) - _cdf(low) > 0.3 else dt.float64
    with no_grad():
        draws = torch.empty(tensor.shape, dtype=dtype, device=tensor.device)
        draws = special.ndtri(draws.uniform_(_cdf(low), _cdf(high), generator=generator))
        return tensor.copy_((draws * (sign * std) + mean).clamp(min=a, max=b))


def eye_(tensor):
    """Fill a matrix with the identity. Raises ValueError unless there are 2 dimensions."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(torch.eye(*tensor.shape))


def dirac_(tensor, groups=1):
    """Fill a convolution's weight so that it hands its input channels through, in each of `groups`."""
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    shape = tuple(tensor.shape)
    if shape[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = shape[0] // groups
    values = np.zeros(shape, np.float32)
    channel = np.arange(min(per_group, shape[1]))
    centre = tuple(size // 2 for size in shape[2:])
    for g in range(groups):
        values[(g * per_group + channel, channel, *centre)] = 1
    with no_grad():
        return tensor.copy_(torch.tensor(values))


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Fill uniformly within gain * sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    bound = gain * math.sqrt(6.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return _no_grad_uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Fill normally with deviation gain * sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    std = gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return _no_grad_normal_(tensor, 0.0, std, generator)


def _kaiming_std(tensor, a, mode, nonlinearity):
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Fill uniformly within gain * sqrt(3 / fan) (He et al. 2015); `a` is the slope of a leaky ReLU."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return _no_grad_uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Fill normally with deviation gain / sqrt(fan) (He et al. 2015); `a` is the slope of a leaky ReLU."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return _no_grad_normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor, gain=1, generator=None):
    """Fill with a random (semi-)orthogonal matrix times `gain`; later dimensions count as one (Saxe et al. 2013)."""
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.size(0)
    cols = tensor.numel() // rows
    with no_grad():
        turned = rows < cols and like_torch()
        shape = (rows, cols) if turned else (max(rows, cols), min(rows, cols))
        draws = torch.empty(shape, dtype=tensor.dtype, device=tensor.device).normal_(0, 1, generator=generator)
        q, r = linalg.qr(draws.t() if turned else draws)
        q = q * torch.diag(r, 0).sign()  # makes the distribution uniform
        q = q.t() if rows < cols else q
        return tensor.copy_(q.reshape(tensor.shape)).mul_(gain)


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Fill a matrix normally, then set a share `sparsity` of each column to zero (Martens 2010)."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    num_zeros = math.ceil(sparsity * tensor.size(0))
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        if like_torch():
            return tensor.masked_fill_(zeros_per_column(tensor, num_zeros), 0)
        order = torch.empty(tensor.shape, device=tensor.device).uniform_(generator=generator).argsort(dim=0)
        return tensor.masked_fill_(order < num_zeros, 0)


def _deprecated(fn):
    """`fn` under its old name, without the underscore, and with a warning."""
    old = fn.__name__[:-1]

    @functools.wraps(fn)
    def renamed(*args, **kwargs):
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{old}_`.", FutureWarning, stacklevel=2
        )
        return fn(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old
    return renamed


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
