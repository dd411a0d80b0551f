"""Tools on modules and their parameters."""

import inspect

from eagerjax.nn.module import Module
from eagerjax.nn.utils import parametrizations, parametrize, prune as prune, rnn, stateless
from eagerjax.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from eagerjax.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from eagerjax.nn.utils.fusion import (
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
)
from eagerjax.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from eagerjax.nn.utils.weight_norm import remove_weight_norm, weight_norm

__all__ = [
    "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_",
    "convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format", "fuse_conv_bn_eval",
    "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights", "get_total_norm",
    "parameters_to_vector", "parametrizations", "parametrize", "remove_spectral_norm", "remove_weight_norm", "rnn",
    "skip_init", "spectral_norm", "stateless", "vector_to_parameters", "weight_norm",
]  # fmt: skip


def skip_init(module_cls, *args, **kwargs):
    """A module whose initial values do not matter: none are drawn. Raises RuntimeError unless it takes a `device`."""
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    return module_cls(*args, **kwargs, device="meta").to_empty(device=device)


def convert_conv2d_weight_memory_format(module, memory_format):
    """Nothing to do: XLA chooses the layout of weights."""
    return module


def convert_conv3d_weight_memory_format(module, memory_format):
    """Nothing to do: XLA chooses the layout of weights."""
    return module
