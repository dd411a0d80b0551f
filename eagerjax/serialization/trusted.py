"""What `weights_only=False` allows besides: common harmless types, and modules whose classes the program has loaded.

PyTorch runs whatever such a file says. Here it still runs nothing: a class is looked up among those that the program
itself has imported, only if it is a Module, and a Module is made without calling it.
"""

import argparse
import collections
import datetime
import pathlib
import sys
import types

import numpy as np

from eagerjax import nn
from eagerjax.counted import Hooks, Parts, Slots
from eagerjax.nn.parameter import UninitializedBuffer, UninitializedParameter
from eagerjax.serialization.allowed import functions, layers
from eagerjax.serialization.unpickle import Pending, plain_items


class PendingDtype(Pending):
    """A numpy dtype; its byte order comes with its state."""

    def __init__(self, name, align=False, copy=False):
        self.made = np.dtype(str(name))
        if self.made.hasobject:
            raise RuntimeError("the file holds a numpy array of Python objects")

    def finish(self, state):
        if len(state) < 3 or state[1] not in ("<", ">", "|", "=") or state[2] is not None:
            raise RuntimeError("the file holds a numpy dtype of a kind that is not read")
        return self.made.newbyteorder(state[1])


class PendingArray(Pending):
    """A numpy array; shape, dtype and bytes come with its state, and lengths are checked."""

    def __init__(self, *_):
        pass

    def finish(self, state):
        _, shape, dtype, fortran, raw = state
        return array_of(raw, dtype, shape, "F" if fortran else "C")


def array_of(raw, dtype, shape, order="C"):
    """A numpy array of its bytes."""
    raw = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
    return np.frombuffer(raw, check_dtype(dtype)).reshape(shape, order=order).copy(order)


def scalar(dtype, raw):
    """A numpy number."""
    return array_of(raw, dtype, ())[()]


def check_dtype(dtype):
    if not isinstance(dtype, np.dtype) or dtype.hasobject:
        raise RuntimeError("the file holds a numpy array of Python objects")
    return dtype


def array_from_buffer(raw, dtype, shape, order, axis_order=None):
    """A numpy array of newer pickles."""
    return array_of(raw, dtype, shape, order if order in ("C", "F") else "C")


def deque(items=(), maxlen=None):
    """A deque of a list."""
    return collections.deque(plain_items(items), maxlen)


def defaultdict(factory=None, items=()):
    """A defaultdict; its entries come one by one."""
    return collections.defaultdict(factory, items if isinstance(items, dict) else {})


_NUMPY = {
    "multiarray.scalar": scalar,
    "multiarray._reconstruct": PendingArray,
    "numeric._frombuffer": array_from_buffer,
}

CALLABLES = {
    **{f"torch.nn.parameter.{kind.__name__}": (lambda requires_grad=False, kind=kind: kind(bool(requires_grad)))
       for kind in (UninitializedParameter, UninitializedBuffer)},
    **{f"numpy.{core}.{name}": made for core in ("core", "_core") for name, made in _NUMPY.items()},
    "numpy.dtype": PendingDtype,
    "collections.defaultdict": defaultdict,
    "collections.deque": deque,
    "datetime.date": datetime.date,
    "datetime.datetime": datetime.datetime,
    "datetime.timedelta": datetime.timedelta,
    "builtins.slice": slice,
    "builtins.range": range,
    **{f"pathlib.{name}": pathlib.PurePath if "Pure" in name else pathlib.Path
       for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")},
    **{f"pathlib._local.{name}": pathlib.PurePath if "Pure" in name else pathlib.Path
       for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")},
}  # fmt: skip

VALUES = {
    "numpy.ndarray": np.ndarray,
    **{f"builtins.{kind.__name__}": kind for kind in (int, float, str, bool, list, dict, tuple, bytes)},
}
"""Types that a `defaultdict` makes its values with."""

STATEFUL = {"argparse.Namespace": argparse.Namespace, "types.SimpleNamespace": types.SimpleNamespace,
            **{f"eagerjax.counted.{kind.__name__}": kind for kind in (Hooks, Parts, Slots)}}  # fmt: skip
"""Plain holders of attributes, and the dicts of hooks that every module has."""


def find(module, name):
    """The function, layer (or class of its hooks), or Module class of that name, if the program has it; None otherwise."""
    full = f"{module}.{name}"
    if full in functions():
        return functions()[full]
    if full in layers():
        return layers()[full]
    if module.startswith("torch.nn.modules."):
        found = getattr(nn, name, None) or getattr(nn.modules.linear, name, None)
    else:
        found = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None) if isinstance(found, (types.ModuleType, type)) else None
    return found if isinstance(found, type) and issubclass(found, nn.Module) else None
