"""`torch.cuda.amp`: the older face, for CUDA only."""

import functools
import sys
import types
import warnings

from eagerjax import cuda
from eagerjax.amp import autocast_mode, grad_scaler
from eagerjax.runtime import dtype as dt


def _deprecated(old, new):
    warnings.warn(
        f"`torch.cuda.amp.{old}` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning, stacklevel=3
    )


class autocast(autocast_mode.autocast):
    """`torch.autocast("cuda", ...)`."""

    def __init__(self, enabled=True, dtype=dt.float16, cache_enabled=True):
        _deprecated("autocast(args...)", "autocast('cuda', args...)")
        super().__init__("cuda", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class GradScaler(grad_scaler.GradScaler):
    """`torch.amp.GradScaler("cuda", ...)`."""

    def __init__(self, init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000, enabled=True):
        _deprecated("GradScaler(args...)", "GradScaler('cuda', args...)")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(fwd=None, *, cast_inputs=None):
    """`torch.amp.custom_fwd(..., device_type="cuda")`."""
    _deprecated("custom_fwd(args...)", "custom_fwd(args..., device_type='cuda')")
    return functools.partial(autocast_mode.custom_fwd, device_type="cuda")(fwd=fwd, cast_inputs=cast_inputs)


def custom_bwd(bwd):
    """`torch.amp.custom_bwd(..., device_type="cuda")`."""
    _deprecated("custom_bwd(args...)", "custom_bwd(args..., device_type='cuda')")
    return autocast_mode.custom_bwd(bwd, device_type="cuda")


def _install():
    module = types.ModuleType("eagerjax.cuda.amp", __doc__)
    for made in (autocast, GradScaler, custom_fwd, custom_bwd):
        setattr(module, made.__name__, made)
    for name, inner in (("autocast_mode", autocast), ("grad_scaler", GradScaler)):
        part = types.ModuleType(f"eagerjax.cuda.amp.{name}")
        setattr(part, inner.__name__, inner)
        sys.modules[part.__name__] = part
        setattr(module, name, part)
    sys.modules[module.__name__] = cuda.amp = module


_install()
