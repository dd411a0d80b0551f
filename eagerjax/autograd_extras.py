"""The rest of torch.autograd: gradcheck, functional derivatives, Variable."""

import sys
import types

from eagerjax import (
    anomaly as anomaly_mode,
    autograd_functional as functional,
    autograd_graph as graph,
    autograd_mode as grad_mode,
    function,
    gradcheck as checks,
)
from eagerjax.gradcheck import gradcheck, gradgradcheck
from eagerjax.tensor import Tensor

__all__ = ["Variable", "anomaly_mode", "function", "functional", "grad_mode", "gradcheck", "gradgradcheck", "graph", "variable"]


class _VariableType(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableType):
    """The old name of Tensor: `Variable(x, requires_grad=True)` is an alias of `x` without its history."""

    def __new__(cls, data=None, requires_grad=False, volatile=None):
        return Tensor(0) if data is None else data.detach().requires_grad_(requires_grad)


variable = types.ModuleType("eagerjax.autograd.variable", "torch.autograd.variable: the old place of Variable.")
variable.Variable = Variable
_MODULES = {"functional": functional, "gradcheck": checks, "graph": graph, "function": function, "grad_mode": grad_mode,
            "anomaly_mode": anomaly_mode, "variable": variable}  # fmt: skip
for _name, _module in _MODULES.items():
    sys.modules[f"eagerjax.autograd.{_name}"] = _module
