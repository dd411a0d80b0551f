"""torch.return_types: the results of functions with several, named tuples that print as PyTorch's do."""

import collections

from eagerjax.ops.define import REGISTRY

_MADE: dict[str, type] = {}


def named(name, fields):
    """The class of the results of the function `name`."""
    found = _MADE.get(name)
    if found is None:
        found = _MADE[name] = make(name, fields)
    return found


def make(name, fields):
    made = collections.namedtuple(name, fields)
    made.__module__ = "torch.return_types"
    made.__repr__ = show
    made.__reduce__ = lambda self: (restore, (name, fields, tuple(self)))
    made.n_fields = made.n_sequence_fields = len(fields)
    made.n_unnamed_fields = 0
    return made


def show(self):
    parts = [f"{name}={value!r}" for name, value in zip(self._fields, self)]
    return f"torch.return_types.{type(self).__name__}(\n" + ",\n".join(parts) + ")"


def restore(name, fields, values):
    """What was pickled."""
    return named(name, fields)(*values)


def __getattr__(name):
    op = REGISTRY.get(name)
    if op is None or op.returns is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return named(name, op.returns)
