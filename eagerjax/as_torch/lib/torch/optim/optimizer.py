"""torch.optim.optimizer: what optimizers that were copied out of PyTorch import of it."""

from eagerjax.as_torch.lib.torch.utils._foreach_utils import (
    _foreach_supported_types,
    _get_foreach_kernels_supported_devices,
    _get_fused_kernels_supported_devices,
)
from eagerjax.namespace import torch

_foreach_doc = _fused_doc = _capturable_doc = _differentiable_doc = _maximize_doc = _params_doc = ""


def _disable_dynamo_if_unsupported(single_tensor_fn=None):
    """A decorator that changes nothing."""
    return lambda function: function


def _get_capturable_supported_devices(supports_xla=True):
    """Where a step can be captured in a graph."""
    return ["cuda", "xpu", "hpu", "privateuseone"] + (["xla"] if supports_xla else [])


def _default_to_fused_or_foreach(params, differentiable, use_fused=False):
    """(fused, foreach): which form a step takes where the program does not say."""
    if differentiable:
        return False, False
    plain = all(p is None or type(p) in _foreach_supported_types for p in params)
    known = [p for p in params if p is not None]
    fused = use_fused and plain and all(_fits_fused(p) for p in known)
    devices = _get_foreach_kernels_supported_devices()
    return fused, not fused and plain and all(p.device.type in devices for p in known)


def _fits_fused(param):
    return param.device.type in _get_fused_kernels_supported_devices() and param.is_floating_point()


def _view_as_real(params, *state_and_grads):
    """Complex parameters of the list, and what belongs to them, become pairs of real numbers."""
    for i, param in enumerate(params):
        if param.is_complex():
            for values in (params, *state_and_grads):
                values[i] = torch.view_as_real(values[i])


def _stack_if_compiling(x):
    return x
