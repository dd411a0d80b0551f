"""`torch.autocast`: regions in which ops choose the dtype they compute in."""

import functools
import threading
import warnings
from collections import abc

import numpy as np

from eagerjax import cuda
from eagerjax.amp.mode import switch
from eagerjax.namespace import torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

_DEFAULTS = {"cpu": dt.bfloat16, "cuda": dt.float16, "tpu": dt.bfloat16}


class _State(threading.local):
    """Per thread: where autocast is on, and the dtypes that were chosen."""

    def __init__(self):
        self.enabled = {}
        self.dtypes = dict(_DEFAULTS)
        self.cache = True
        self.nesting = 0


_state = _State()


def is_autocast_available(device_type):
    """Is there autocast for this type of device?"""
    if not isinstance(device_type, str):
        raise TypeError(
            f"is_autocast_available(): argument 'device_type' must be str, not {type(device_type).__name__}"
        )
    return device_type in _DEFAULTS


def is_autocast_enabled(device_type="cuda"):
    """Is autocast on for this type of device?"""
    return _state.enabled.get(device_type, False)


def set_autocast_enabled(device_type, enabled=None):
    """Switch autocast for a type of device. With one argument, PyTorch's older face: for CUDA."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    _state.enabled[device_type] = bool(enabled)
    _apply()


def get_autocast_dtype(device_type):
    """The dtype that autocast lowers to on this type of device."""
    if device_type not in _state.dtypes:
        raise RuntimeError(f"unsupported device type for autocast: {device_type}")
    return _state.dtypes[device_type]


def set_autocast_dtype(device_type, dtype):
    _state.dtypes[device_type] = dtype
    _apply()


def _apply():
    switch({device: _state.dtypes[device] for device, on in _state.enabled.items() if on})


def is_autocast_cache_enabled():
    return _state.cache


def set_autocast_cache_enabled(enabled):
    """Accepted for PyTorch's sake: equal conversions in one program are merged."""
    _state.cache = bool(enabled)


def autocast_increment_nesting():
    _state.nesting += 1
    return _state.nesting


def autocast_decrement_nesting():
    _state.nesting -= 1
    return _state.nesting


def clear_autocast_cache():
    """Nothing to do: there is no cache."""


def is_autocast_cpu_enabled():
    return is_autocast_enabled("cpu")


def get_autocast_cpu_dtype():
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype():
    return get_autocast_dtype("cuda")


def set_autocast_cpu_enabled(enabled):
    set_autocast_enabled("cpu", enabled)


def set_autocast_cpu_dtype(dtype):
    set_autocast_dtype("cpu", dtype)


def set_autocast_gpu_dtype(dtype):
    set_autocast_dtype("cuda", dtype)


class autocast:
    """Context manager and decorator: ops inside run in the dtype that suits them.

    On `device_type`, matrix products, convolutions and attention run in `dtype` (default: float16 for "cuda", bfloat16
    otherwise), what needs range (losses; on CUDA also exp, log, norms, softmax, sums) in float32, and the rest in the
    dtype that comes. Operands are converted by steps that gradients flow through. Only the forward pass belongs inside.

    >>> with torch.autocast("cpu", dtype=torch.bfloat16):
    ...     loss = F.cross_entropy(model(x), y)
    """

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device = device_type
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._enabled = enabled and self._possible()
        self._saved = []

    def _possible(self):
        if self.device == "cuda" and not cuda.is_available():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=3)
            return False
        if self.device != "cuda" and self.fast_dtype not in (dt.bfloat16, dt.float16):
            name = self.device.upper()
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{name} Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=3,
            )
            return False
        return True

    def __enter__(self):
        device = self.device
        self._saved.append((is_autocast_enabled(device), get_autocast_dtype(device), _state.cache))
        self._set(self._enabled, self.fast_dtype, self._cache_enabled)
        _state.nesting += 1
        return self

    def __exit__(self, *_):
        _state.nesting -= 1
        self._set(*self._saved.pop())
        return False

    def _set(self, enabled, dtype, cache):
        _state.enabled[self.device] = bool(enabled)
        _state.dtypes[self.device] = dtype
        _state.cache = cache
        _apply()

    def __call__(self, func):
        if not callable(func):
            raise TypeError(f"autocast()(func) requires a callable, but got {type(func).__name__}. Did you mean to use "
                            "autocast as a context manager? For example:\n    with torch.autocast(device_type=...):\n"
                            "        output = model(input)")  # fmt: skip

        @functools.wraps(func)
        def inside(*args, **kwargs):
            with self:
                return func(*args, **kwargs)

        return inside


# -- custom Functions ------------------------------------------------------------------------------------
def _cast(value, device_type, dtype):
    """Tensors, and those in containers, as `dtype`."""
    if isinstance(value, Tensor):
        eligible = value.is_floating_point() and value.device.type == device_type and value.dtype is not dt.float64
        return value.to(dtype) if eligible else value
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, abc.Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, abc.Iterable):
        items = (_cast(v, device_type, dtype) for v in value)
        return type(value)(items) if isinstance(value, (list, tuple)) else items
    return value


def custom_fwd(fwd=None, *, device_type, cast_inputs=None):
    """Decorator for the forward of an autograd.Function: with `cast_inputs` it runs on tensors of that dtype, without
    autocast; otherwise in the autocast that is on."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args, **kwargs):
        on = is_autocast_enabled(device_type)
        args[0]._dtype = get_autocast_dtype(device_type)
        args[0]._fwd_used_autocast = on and cast_inputs is None
        if cast_inputs is None or not on:
            return fwd(*args, **kwargs)
        with autocast(device_type=device_type, enabled=False):
            return fwd(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorate_fwd


def custom_bwd(bwd=None, *, device_type):
    """Decorator for the backward of an autograd.Function: it runs in the autocast that its forward ran in."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args, **kwargs):
        with autocast(device_type=device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd


for _f in (
    autocast,
    is_autocast_enabled,
    set_autocast_enabled,
    get_autocast_dtype,
    set_autocast_dtype,
    is_autocast_cache_enabled,
    set_autocast_cache_enabled,
    autocast_increment_nesting,
    autocast_decrement_nesting,
    clear_autocast_cache,
    is_autocast_cpu_enabled,
    get_autocast_cpu_dtype,
    get_autocast_gpu_dtype,
    set_autocast_cpu_enabled,
    set_autocast_cpu_dtype,
    set_autocast_gpu_dtype,
):
    setattr(torch, _f.__name__, _f)
