"""eagerjax: PyTorch's eager API on JAX/XLA, without torch."""

from eagerjax import namespace
from eagerjax.ops import load as _load

_load.load()

from eagerjax import autograd, front  # noqa: E402, F401
from eagerjax.runtime import dtype as _dtype  # noqa: E402
from eagerjax.runtime.device import device  # noqa: E402, F401
from eagerjax.runtime.dtype import (  # noqa: E402, F401
    dtype, finfo, get_default_dtype, iinfo, set_default_dtype, strided,
)  # fmt: skip
from eagerjax.runtime.random import Generator, default_generator  # noqa: E402, F401
from eagerjax.size import Size  # noqa: E402, F401
from eagerjax.tensor import Tensor  # noqa: E402, F401
from eagerjax import rng as _rng  # noqa: E402, F401

for _d in _dtype.ALL:
    globals()[_d.name] = _d
globals().update(_dtype.ALIASES)
globals()["bool"] = _dtype.bool_
globals().update(vars(namespace.torch))
__version__ = "0.1.0"
