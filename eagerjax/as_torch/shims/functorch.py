"""`functorch`, a package that comes with PyTorch: `torch.func` under its old names."""

import importlib

__version__ = importlib.import_module("torch").__version__
_old = importlib.import_module("torch._functorch.deprecated")
combine_state_for_ensemble, make_functional = _old.combine_state_for_ensemble, _old.make_functional
make_functional_with_buffers, functionalize, vmap = _old.make_functional_with_buffers, _old.functionalize, _old.vmap
grad, grad_and_value, vjp, jvp = _old.grad, _old.grad_and_value, _old.vjp, _old.jvp
jacrev, jacfwd, hessian = _old.jacrev, _old.jacfwd, _old.hessian
