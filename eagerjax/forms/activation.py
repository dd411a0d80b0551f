"""Activations written in terms of other ops: torch.nn.functional's own signatures, and the random ones."""

import warnings

from eagerjax.forms.drawn import slopes
from eagerjax.namespace import F, form, publish, torch
from eagerjax.runtime.random import like_torch


def implied_dim(name, ndim):
    """The dimension that PyTorch takes, with a warning, where none is given."""
    warnings.warn(f"Implicit dimension choice for {name} has been deprecated. "
                  "Change the call to include dim=X as an argument.", stacklevel=4)  # fmt: skip
    return 0 if ndim in (0, 1, 3) else 1


@form(homes="F")
def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """Shares that are positive and sum to 1 along `dim`."""
    return torch.softmax(input, implied_dim("softmax", input.dim()) if dim is None else dim, dtype=dtype)


@form(homes="F")
def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """`log(softmax(input, dim))` without underflow."""
    return torch.log_softmax(input, implied_dim("log_softmax", input.dim()) if dim is None else dim, dtype=dtype)


@form(homes="F")
def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """`softmax(-input, dim)`: the smallest get the largest shares."""
    return torch.softmax(-input, implied_dim("softmin", input.dim()) if dim is None else dim, dtype=dtype)


@form(homes="F")
def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """A random choice along `dim` with probabilities `softmax(logits)`, relaxed by the temperature `tau`.

    `hard=True` gives one-hot choices whose gradient is that of the relaxed ones.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -torch.empty_like(logits).exponential_().log()
    soft = torch.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = torch.zeros_like(logits).scatter_(dim, soft.max(dim, keepdim=True)[1], 1.0)
    return chosen - soft.detach() + soft


@form(homes="F")
def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    """`leaky_relu` with a slope drawn anew for each element in [lower, upper]; the mean slope unless training."""
    return leaky_at_random(input, lower, upper, training, inplace, None)


def leaky_at_random(input, lower, upper, training, inplace, generator):
    if lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, got {lower} and {upper}")
    if not training:
        return F.leaky_relu(input, (lower + upper) / 2, inplace=inplace)
    if like_torch():
        slope = slopes(input, lower, upper, generator)
    else:
        slope = torch.empty_like(input).uniform_(lower, upper, generator=generator)
    out = torch.where(input > 0, input, (input * slope).to(input.dtype))
    return input.copy_(out) if inplace else out


@form(homes="torch F")
def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False, generator=None):
    """`rrelu` in place of input."""
    return leaky_at_random(input, lower, upper, training, True, generator)


def rrelu_of_generator(input, lower=1.0 / 8, upper=1.0 / 3, training=False, generator=None):
    """`nn.functional.rrelu`, with a generator in the place of `inplace`."""
    return leaky_at_random(input, lower, upper, training, False, generator)


rrelu_of_generator.__name__ = "rrelu"
publish("rrelu", rrelu_of_generator, ["torch"])
