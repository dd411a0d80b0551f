"""Overloads that PyTorch has deprecated and still takes: `x.add_(2, y)`, `torch.addcmul(x, 2, y, z)`, `addmm(beta, x, ...)`.

Programs of the years before PyTorch 1.5, optimizers above all, are full of them. An op names its numbers in `old=`.
"""

import functools
import warnings

import numpy as np

from eagerjax.tensor import Tensor


def in_new_order(op, args, kwargs):
    """The arguments, of PyTorch's deprecated overloads in today's order: x.add_(2, y) is x.add_(y, alpha=2), and
    addmm(beta, x, alpha, a, b), or x.addmm(beta, alpha, a, b), addmm(x, a, b, beta=beta, alpha=alpha)."""
    n = len(args) + sum(name in kwargs for name in op.names[: op.positional]) - op.positional
    if not 0 < n <= len(op.old) or len(args) <= n:
        return args, kwargs
    first = int(len(op.old) > 1 and is_scalar(args[0]))  # where the tensor stands that the method belongs to
    numbers = (*args[:first], *args[first + 1 : n + 1])
    if not all(map(is_scalar, numbers)) or not isinstance(args[first], Tensor) or any(name in kwargs for name in op.old[:n]):
        return args, kwargs
    deprecated(op.name)
    given = {name: v.item() if isinstance(v, Tensor) else v for name, v in zip(op.old, numbers)}
    return (args[first], *args[n + 1 :]), {**kwargs, **given}


def is_scalar(value):
    """May it stand where PyTorch wants a number?"""
    return isinstance(value, (int, float, complex, np.number)) or (isinstance(value, Tensor) and value.dim() == 0)


@functools.cache
def deprecated(name):
    """Warn of an overload, the first time."""
    warnings.warn(f"This overload of {name} is deprecated: numbers follow the tensors, by name", UserWarning, stacklevel=5)
