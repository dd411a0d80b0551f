"""torch.func: functions to functions. `vmap`, `grad`, `vjp`, `jvp`, `jacrev`, `jacfwd`, `hessian`, `functional_call`."""

import sys

from eagerjax import autograd
from eagerjax.func import dual
from eagerjax.func.grad import functionalize, grad, grad_and_value, jvp, linearize, vjp
from eagerjax.func.jacobian import hessian, jacfwd, jacrev
from eagerjax.func.mapped import vmap
from eagerjax.func.stateless import debug_unwrap, functional_call, replace_all_batch_norm_modules_, stack_module_state
from eagerjax.namespace import torch

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]

torch.vmap = vmap
autograd.forward_ad = sys.modules["eagerjax.autograd.forward_ad"] = dual
