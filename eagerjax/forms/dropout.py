"""Dropout as public functions: nothing happens outside training, and `inplace` writes the input."""

import warnings

from eagerjax.dispatch import apply
from eagerjax.namespace import form, publish


def drop(op, input, p, training, inplace, *rest):
    """Apply the op `op` in training. Raises ValueError for a probability outside [0, 1]."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0 or input.numel() == 0:
        return input
    out = apply(op, input, p, *rest)
    return input.copy_(out) if inplace else out


@form(homes="F")
def dropout(input, p=0.5, training=True, inplace=False):
    """In training, each element is 0 with probability p, else divided by 1 - p."""
    return drop("_dropout", input, p, training, inplace)


@form(homes="F")
def dropout1d(input, p=0.5, training=True, inplace=False):
    """In training, each channel of (N, C, L) or (C, L) is 0 with probability p, else divided by 1 - p."""
    if input.dim() not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d "
                           "exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, "
                           "and an optional batch dimension (i.e. 2D or 3D inputs).")  # fmt: skip
    return drop_channels(input, p, training, inplace, input.dim() == 2)


@form(homes="F")
def dropout2d(input, p=0.5, training=True, inplace=False):
    """In training, each channel of (N, C, H, W) is 0 with probability p, else divided by 1 - p."""
    if input.dim() not in (3, 4):
        warnings.warn(f"dropout2d: Received a {input.dim()}-D input to dropout2d, which is deprecated and will result in an "
                      "error in a future release. To retain the behavior and silence this warning, please use dropout "
                      "instead.", stacklevel=2)  # fmt: skip
    if input.dim() == 3:
        warnings.warn("dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is "
                      "desired - input is interpreted as shape (N, C, L), where C is the channel dim. Please use "
                      "dropout1d instead.", stacklevel=2)  # fmt: skip
    return drop_channels(input, p, training, inplace, False)


@form(homes="F")
def dropout3d(input, p=0.5, training=True, inplace=False):
    """In training, each channel of (N, C, D, H, W) or (C, D, H, W) is 0 with probability p, else divided by 1 - p."""
    if input.dim() not in (4, 5):
        warnings.warn(f"dropout3d: Received a {input.dim()}-D input to dropout3d, which is deprecated and will result in an "
                      "error in a future release. To retain the behavior and silence this warning, please use dropout "
                      "instead.", stacklevel=2)  # fmt: skip
    return drop_channels(input, p, training, inplace, input.dim() == 4)


def drop_channels(input, p, training, inplace, unbatched):
    if not unbatched or not training or p == 0:
        return drop("_feature_dropout", input, p, training, inplace)
    out = drop("_feature_dropout", input.unsqueeze(0), p, training, False).squeeze(0)
    return input.copy_(out) if inplace else out


@form(homes="F")
def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """In training, each element is SELU's lower limit with probability p; mean and variance stay what they were."""
    return drop("_alpha_dropout", input, p, training, inplace)


@form(homes="F")
def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """In training, each channel is SELU's lower limit with probability p; mean and variance stay what they were."""
    return drop("_alpha_dropout", input, p, training, inplace, True)


def _publish(name, op, *rest):
    """torch.NAME(input, p, train) and torch.NAME_(input, p, train)."""

    def function(input, p, train):
        return drop(op, input, p, train, False, *rest)

    def written(input, p, train):
        return drop(op, input, p, train, True, *rest)

    for made, title in ((function, name), (written, name + "_")):
        made.__name__ = made.__qualname__ = title
        made.__doc__ = f"`nn.functional.{name}` with torch's other signature."
        publish(title, made, ("torch",))


_publish("dropout", "_dropout")
_publish("feature_dropout", "_feature_dropout")
_publish("alpha_dropout", "_alpha_dropout")
_publish("feature_alpha_dropout", "_alpha_dropout", True)
