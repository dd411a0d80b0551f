"""What new tensors are by default, and the settings that scripts make once: devices, types, precision, debugging."""

import warnings

from eagerjax import accelerator, cuda
from eagerjax.forms.odds import _settings
from eagerjax.namespace import form, torch
from eagerjax.record.trace import state
from eagerjax.runtime import compat, device as devices, dtype as dt

_DEBUG = ("default", "warn", "error")
_chosen = {"warn_always": False}


# -- new tensors -----------------------------------------------------------------------
@form(homes="torch")
def set_default_device(device):
    """New tensors live on `device` (on the CPU for None), but where an inner `with device` says otherwise."""
    devices.set_default(None if device is None else devices.device(device))


@form(homes="torch")
def get_default_device():
    """Where new tensors live."""
    return devices.current()


@form(homes="torch")
def set_default_tensor_type(t):
    """`set_default_dtype` by a typed constructor, `torch.DoubleTensor` or its name. Raises TypeError for integers."""
    warnings.warn("torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
                  "torch.set_default_device() as alternatives.", stacklevel=3)  # fmt: skip
    if isinstance(t, str):
        name = t.removeprefix("torch.")
        home = cuda if name.startswith("cuda.") else torch
        if not hasattr(home, name.removeprefix("cuda.")):
            raise AttributeError(f"module 'torch' has no attribute '{name}'")
        t = getattr(home, name.removeprefix("cuda."))
    kind = getattr(t, "dtype", None)
    if not isinstance(kind, dt.dtype):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    if not kind.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    dt.set_default_dtype(kind)
    devices.set_default(devices.device("cuda") if t.is_cuda else None)


@form(homes="torch")
def get_device_module(device=None):
    """The module of a type of device: `torch.cuda`. Raises RuntimeError for one that has none here."""
    kind = devices.device(device).type if device is not None else accelerator_type()
    if kind == "cuda":
        return cuda
    raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'.")


def accelerator_type():
    found = accelerator.current_accelerator()
    return "cpu" if found is None else found.type


# -- settings --------------------------------------------------------------------------
@form(homes="torch")
def set_float32_matmul_precision(precision):
    """How exact float32 products are on a GPU or TPU: "highest" (the default), "high" or "medium".

    Another word changes nothing, as in PyTorch. Raises RuntimeError for what is no str.
    """
    if not isinstance(precision, str):
        raise RuntimeError(f"set_float32_matmul_precision expects a str, but got {type(precision).__name__}")
    if precision in compat.PRECISIONS:
        compat.precision = precision


@form(homes="torch")
def get_float32_matmul_precision():
    """What `set_float32_matmul_precision` was told."""
    return compat.precision


@form(homes="torch")
def set_deterministic_debug_mode(debug_mode):
    """`use_deterministic_algorithms` by a word or number: "default" 0, "warn" 1, "error" 2."""
    if not isinstance(debug_mode, (str, int)) or isinstance(debug_mode, bool):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in _DEBUG:
            raise RuntimeError("invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got "
                               f"{debug_mode}")  # fmt: skip
        debug_mode = _DEBUG.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _settings.update(deterministic=debug_mode > 0, warn_only=debug_mode == 1)


@form(homes="torch")
def get_deterministic_debug_mode():
    """0, 1 or 2: see `set_deterministic_debug_mode`."""
    return 0 if not _settings["deterministic"] else 1 if _settings["warn_only"] else 2


@form(homes="torch")
def set_warn_always(b):
    """Remember the wish. Warnings here follow Python's own filters."""
    _chosen["warn_always"] = bool(b)


@form(homes="torch")
def is_warn_always_enabled():
    """What `set_warn_always` was told."""
    return _chosen["warn_always"]


@form(homes="torch")
def is_inference_mode_enabled():
    """Are we inside `inference_mode`?"""
    return state.inference
