"""The rest of torch.autograd: gradcheck, functional derivatives, Variable."""

import sys

from eagerjax import autograd_functional as functional, gradcheck as checks
from eagerjax.gradcheck import gradcheck, gradgradcheck
from eagerjax.tensor import Tensor

__all__ = ["Variable", "functional", "gradcheck", "gradgradcheck"]


class _VariableType(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableType):
    """The old name of Tensor: `Variable(x, requires_grad=True)` is an alias of `x` without its history."""

    def __new__(cls, data=None, requires_grad=False, volatile=None):
        return Tensor(0) if data is None else data.detach().requires_grad_(requires_grad)


for _name, _module in (("functional", functional), ("gradcheck", checks)):
    sys.modules[f"eagerjax.autograd.{_name}"] = _module
