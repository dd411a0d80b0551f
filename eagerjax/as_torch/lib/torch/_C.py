"""torch._C: the few of its names that Python code asks for."""

import contextlib
import types

from eagerjax import backends, random as rng
from eagerjax.func import depth as transforms
from eagerjax.nn import functional
from eagerjax.nn.module import _parse_to as parse_to
from eagerjax.runtime import dtype as dt
from eagerjax.runtime.device import device as device

Generator = rng.Generator
dtype, layout, memory_format = dt.dtype, dt.layout, dt.memory_format


_distributed_rpc = types.SimpleNamespace(_is_current_rpc_agent_set=lambda: False)


def _parse_to(*args, non_blocking=False, memory_format=None, **kwargs):
    """(device, dtype, non_blocking, memory_format) of the arguments of `Module.to`."""
    return *parse_to(*args, **kwargs), non_blocking, memory_format


class _Functions:
    """torch._C._nn: the functions below torch.nn.functional, under their names there."""

    _parse_to = staticmethod(_parse_to)

    def __getattr__(self, name):
        found = getattr(functional, name, None)
        if found is None:
            raise AttributeError(f"module 'torch._C._nn' has no attribute '{name}'")
        return found


_nn = _Functions()


def _get_tracing_state():
    """None: nothing is traced."""


def _is_tracing():
    """False: nothing is traced."""
    return False


def _are_functorch_transforms_active():
    """Is a function running within `vmap`, `grad` or another transform of `torch.func`?"""
    return transforms.running()


def _get_cudnn_enabled():
    return backends.cudnn.enabled


def _log_api_usage_once(event):
    """Nothing is logged."""


def _disabled_torch_function_impl(func, types, args=(), kwargs=None):
    """`func` itself, without overrides."""
    return func(*args, **(kwargs or {}))


DisableTorchFunctionSubclass = DisableTorchFunction = contextlib.nullcontext


def _nothing(*args):
    """A switch of PyTorch's compilers, without effect."""


_jit_set_profiling_executor = _jit_set_profiling_mode = _jit_set_texpr_fuser_enabled = _nothing
_jit_set_nvfuser_enabled = _jit_override_can_fuse_on_cpu = _jit_override_can_fuse_on_gpu = _nothing
_set_graph_executor_optimize = _debug_set_autodiff_subgraph_inlining = _jit_set_bailout_depth = _nothing


def _cuda_getDeviceCount():
    from eagerjax import cuda  # noqa: PLC0415  rarely asked for

    return cuda.device_count()
