"""Normalisation with running statistics, which are written in place as in PyTorch; and the torch.* signatures."""

import math

from eagerjax.dispatch import apply, assign
from eagerjax.namespace import F, form, publish


@form(homes="F")
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05):
    """Each channel of (N, C, *) with mean 0 and variance 1, times weight plus bias.

    In training the batch's statistics count, and the running ones (C,) move towards them by `momentum`, in place.
    Raises: ValueError where a channel has one value only in training.
    """
    if training:
        check_batch(input.shape)
    if eps < 0 or (training and eps == 0):
        kind = "positive during training" if training else "non-negative"
        raise ValueError(f"batch_norm eps must be {kind}, but got {eps}")
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
        return apply("_batch_norm_eval", input, weight, bias, running_mean, running_var, eps)
    out, mean, variance = apply("_batch_norm_train", input, weight, bias, running_mean, running_var, momentum, eps)
    write_statistics((running_mean, running_var), (mean, variance))
    return out


def check_batch(shape):
    """Raises ValueError where statistics would be taken over a single value."""
    if math.prod(shape[:1] + shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {shape}")


def write_statistics(targets, values):
    """Write the new running statistics into those that exist."""
    pairs = [(t, v.detach()) for t, v in zip(targets, values) if t is not None]
    if pairs:
        assign([t for t, _ in pairs], [v for _, v in pairs])


@form(homes="F")
def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1,
                  eps=1e-05):  # fmt: skip
    """Each channel of each sample of (N, C, *) with mean 0 and variance 1, times weight plus bias.

    Running statistics, where given, move towards the mean of the samples' ones, in place; they are used instead of
    the input's where `use_input_stats` is False.
    """
    if use_input_stats:
        if math.prod(input.shape[2:]) == 1:
            raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
        out, mean, variance = apply("_instance_norm", input, weight, bias, running_mean, running_var, momentum, eps)
        write_statistics((running_mean, running_var), (mean, variance))
        return out
    if running_mean is None or running_var is None:
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    return apply("_batch_norm_eval", input, weight, bias, running_mean, running_var, eps)


def _torch_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled):
    """`nn.functional.batch_norm` with the arguments in torch's other order."""
    return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _torch_instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled):
    """`nn.functional.instance_norm` with the arguments in torch's other order."""
    return instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def _torch_layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True):
    """`nn.functional.layer_norm`."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def _torch_group_norm(input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True):
    """`nn.functional.group_norm`."""
    return F.group_norm(input, num_groups, weight, bias, eps)


for _name, _fn in (
    ("batch_norm", _torch_batch_norm), ("instance_norm", _torch_instance_norm),
    ("layer_norm", _torch_layer_norm), ("group_norm", _torch_group_norm),
):  # fmt: skip
    publish(_name, _fn, ("torch",))
