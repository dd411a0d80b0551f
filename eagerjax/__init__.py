"""eagerjax: PyTorch's eager API on JAX/XLA, without torch."""

import math as _math
import sys as _sys
import types as _types

from eagerjax.runtime import garbage as _garbage, heap as _heap

_garbage.relax()  # first: looking through all of JAX for garbage meanwhile would take half of this import's time
_heap.keep()

from eagerjax import einops_backend as _einops_backend, namespace as _namespace  # noqa: E402
from eagerjax.ops import load as _load  # noqa: E402

_load.load()

from eagerjax import amp, autograd, control, front, func, nn, optim, rng, sparse, utils  # noqa: E402, F401
from eagerjax.amp import GradScaler  # noqa: E402, F401
from eagerjax.bridge import from_jax, to_jax  # noqa: E402, F401
from eagerjax.debug import debug  # noqa: E402, F401
from eagerjax.runtime import dtype as _dtype, random as _random  # noqa: E402
from eagerjax.runtime.device import device  # noqa: E402, F401
from eagerjax.runtime.dtype import (  # noqa: E402, F401
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    layout,
    memory_format,
    set_default_dtype,
    strided,
)  # fmt: skip
from eagerjax.size import Size  # noqa: E402, F401
from eagerjax.static import compile, jit  # noqa: E402, F401
from eagerjax.tensor import Tensor  # noqa: E402, F401
from eagerjax.utils import checkpoint as _checkpoint, dlpack as _dlpack, hooks as _hooks  # noqa: E402, F401

_einops_backend.wait()
__version__ = "0.1.0"
pi, e, inf, nan, newaxis = _math.pi, _math.e, _math.inf, _math.nan, None

for _d in _dtype.ALL:
    globals()[_d.name] = _d
globals().update(_dtype.ALIASES)
globals().update(_dtype.FORMATS)
globals()["bool"] = _dtype.bool_
globals().update(vars(_namespace.torch))
random = _sys.modules[f"{__name__}.random"] = rng
rng = _random.kind_at_start()  # which numbers are drawn: "counter", or "torch" for PyTorch's own; to be assigned to
for _name in ("linalg", "special", "fft", "masked", "signal.windows"):
    _module = _types.ModuleType(f"{__name__}.{_name}", f"torch.{_name}: see the functions' own documentation.")
    _module.__dict__.update(vars(getattr(_namespace, _name.rpartition(".")[2])))
    _sys.modules[_module.__name__] = globals()[_name] = _module
signal = _types.ModuleType(f"{__name__}.signal", "torch.signal: windows.")
signal.windows = _sys.modules[f"{__name__}.signal.windows"]
_sys.modules[signal.__name__] = signal
_namespace.give_addresses(__name__)


_LATER = {
    **dict.fromkeys(("distributions", "fx", "serialization", "testing", "vision"), None),
    **dict.fromkeys(("cache_info", "explain"), "static.explain"),
    **dict.fromkeys(("export", "load_exported"), "static.export"),
    **dict.fromkeys(("load", "load_training_state", "save", "save_training_state"), "serialization"),
    "memory_summary": "memory_report",
    "verify_jit": "static.verify",
}
"""{name: the module it is in, None where it is one}: parts that load on first use, since that takes time."""


def __dir__():
    return sorted({*globals(), *_LATER})


def __getattr__(name):
    if name in _LATER:
        import importlib  # noqa: PLC0415

        where = _LATER[name]
        module = importlib.import_module(f"eagerjax.{where or name}")
        value = globals()[name] = module if where is None else getattr(module, name)
        return value
    if name == "install_as_torch":
        from eagerjax.as_torch import install_as_torch  # noqa: PLC0415

        return install_as_torch
    if name == "__all__":  # `from eagerjax import *`: the functions that load on first use too
        return [n for n in __dir__() if not n.startswith("_") and _LATER.get(n, "") is not None]
    raise AttributeError(f"module 'eagerjax' has no attribute '{name}'")
