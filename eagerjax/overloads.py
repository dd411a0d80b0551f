"""Overloads that PyTorch has deprecated and still takes: `x.add_(2, y)`, `torch.addcmul(x, 2, y, z)`, `addmm(beta, x, ...)`.

Programs of the years before PyTorch 1.5, optimizers above all, are full of them.
"""

import warnings

from eagerjax.tensor import Tensor

SCALED = {"add": "alpha", "sub": "alpha", "addcmul": "value", "addcdiv": "value"}
"""A number in second place is this keyword."""
WEIGHED = frozenset(("addmm", "addmv", "addr", "addbmm", "baddbmm"))
"""Numbers before the tensor that is added to and after it, or both after it in a method, are beta and alpha."""


def modern(op, args):
    """(arguments, keywords) of today's overload for more positional arguments than it has; None where there is none."""
    if op.name in SCALED:
        tensor, number, *rest = args
        if len(rest) == op.positional - 1 and is_number(number) and all(isinstance(t, Tensor) for t in rest):
            warn(op.name, SCALED[op.name])
            return (tensor, *rest), {SCALED[op.name]: number.item() if isinstance(number, Tensor) else number}
    if op.name in WEIGHED:
        return weighed(op, args)
    return None


def weighed(op, args):
    """beta and alpha are the numbers among the first three arguments."""
    numbers = [a for a in args[:3] if not isinstance(a, Tensor) and is_number(a)]
    tensors = tuple([a for a in args if isinstance(a, Tensor)])
    if not numbers or len(tensors) != op.positional or len(numbers) + len(tensors) != len(args):
        return None
    warn(op.name, "beta")
    return tensors, dict(zip(("beta", "alpha"), numbers))


def is_number(value):
    return isinstance(value, (int, float, complex)) or (isinstance(value, Tensor) and not value.ndim)


_warned = set()


def warn(name, keyword):
    """Once in a program, as PyTorch does."""
    if not _warned:
        _warned.add(name)
        warnings.warn(f"This overload of {name} is deprecated: a number that scales comes as a keyword now, `{keyword}=`.",
                      stacklevel=4)  # fmt: skip
