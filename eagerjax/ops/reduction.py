"""How a loss becomes one number: `reduction` and the two older arguments that it replaced."""

import jax.numpy as jnp

from eagerjax.ops.kinds import is_inexact, type_name
from eagerjax.ops.said import say
from eagerjax.runtime.errors import broadcast_message

_DEPRECATED = "size_average and reduce args will be deprecated, please use reduction='{}' instead."


def reduction_of(reduction, size_average=None, reduce=None):
    """One of "none", "mean" and "sum". Raises ValueError for anything else than these and the older name of the mean."""
    if size_average is not None or reduce is not None:
        reduction = ("mean" if size_average in (None, True) else "sum") if reduce in (None, True) else "none"
        say(_DEPRECATED.format(reduction))
    if reduction == "elementwise_mean":
        say("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.")
        return "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss, reduction, size_average=None, reduce=None):
    """`loss` element by element, its mean or its sum. Raises RuntimeError for the mean of integers."""
    kind = reduction_of(reduction, size_average, reduce)
    if kind == "mean":
        if not is_inexact(loss):
            raise RuntimeError("mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
                               f"dtype. Got: {type_name(loss.dtype)}")  # fmt: skip
        return jnp.mean(loss)
    return loss if kind == "none" else jnp.sum(loss, dtype=None if is_inexact(loss) else jnp.int64)


def broadcast(input, target, *, warn=True):
    """Input and target at their common shape, with PyTorch's warning where they differ."""
    if warn and input.shape != target.shape:
        say(
            f"Using a target size (torch.Size({list(target.shape)})) that is different to the input size "
            f"(torch.Size({list(input.shape)})). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size."
        )
    refused = broadcast_message((input.shape, target.shape))
    if refused is not None:
        raise RuntimeError(refused)
    return jnp.broadcast_arrays(input, target)
