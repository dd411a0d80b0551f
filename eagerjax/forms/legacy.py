"""The old typed constructors: torch.FloatTensor, torch.cuda.LongTensor, ... and isinstance with them."""

from collections.abc import Sequence

import numpy as np

from eagerjax import cuda
from eagerjax.namespace import torch
from eagerjax.runtime import dtype as dt
from eagerjax.size import Size
from eagerjax.tensor import Tensor

_KINDS = (dt.float32, dt.float64, dt.float16, dt.bfloat16, dt.int64, dt.int32, dt.int16, dt.int8, dt.uint8, dt.bool_)


class tensortype(type):
    """The class of the typed constructors: `dtype` and `is_cuda` say which tensors are instances."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype and instance.is_cuda == cls.is_cuda

    def __call__(cls, *args, size=None, device=None):
        args = args if size is None else (Size(size),)
        if cls.is_cuda and not cuda.is_available():
            raise TypeError(f"type {cls.__module__}.{cls.__name__} not available. JAX has no CUDA device here.")
        return construct(cls.dtype, args, device or ("cuda" if cls.is_cuda else "cpu"))


def construct(dtype, args, device):
    """A tensor of sizes (values not set), of a sequence's values, or an alias of a tensor."""
    if len(args) == 1 and isinstance(args[0], Tensor):
        if args[0].dtype is not dtype:
            raise TypeError(f"expected a tensor of dtype {dtype}, but got one of {args[0].dtype}")
        return args[0].detach()
    if len(args) == 1 and isinstance(args[0], (Sequence, np.ndarray)) and not isinstance(args[0], Size):
        return torch.tensor(args[0], device=device).to(dtype)
    return torch.empty(*args if args else (0,), dtype=dtype, device=device)


for _kind in _KINDS:
    for _home, _is_cuda in ((torch, False), (cuda, True)):
        _facts = {"dtype": _kind, "is_cuda": _is_cuda, "__module__": "torch.cuda" if _is_cuda else "torch",
                  "__doc__": f"Tensors of dtype torch.{_kind.name}, as a type."}  # fmt: skip
        setattr(_home, _kind.title + "Tensor", tensortype(_kind.title + "Tensor", (), _facts))
