"""What generated code calls a function: the name under which PyTorch has it, and the names that such code sees.

`torch._C._nn.linear` and the like are PyTorch's own names of what programs call `F.linear`; graphs are printed with them, so
that what is written here reads as what PyTorch writes. Code that runs finds the very functions under these names.
"""

import functools
import sys
import types

from eagerjax import namespace
from eagerjax.namespace import F, torch

PYTHON = frozenset(
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod cdist chain_matmul einsum lu meshgrid norm "
    "split stft tensordot unique unique_consecutive".split()
)
"""Functions of torch that are written in Python there: they live in torch.functional."""

NATIVE = frozenset(
    "avg_pool2d avg_pool3d elu_ gelu hardtanh_ leaky_relu_ linear logsigmoid one_hot scaled_dot_product_attention softplus "
    "softshrink".split()
)
"""Functions of torch.nn.functional that are C++ there."""

_HOMES = {"linalg": "_C._linalg.linalg_", "special": "_C._special.special_", "fft": "_C._fft.fft_", "windows": "signal.windows.",
          "masked": "masked."}  # fmt: skip
_OTHERWISE = {"logsigmoid": "_C._nn.log_sigmoid", "threshold": "nn.functional._threshold"}


@functools.cache
def public():
    """{function: its name} of the public functions, those of torch first."""
    found = {}
    for name, fn in vars(torch).items():
        if callable(fn) and not name.startswith("_"):
            found.setdefault(fn, f"torch.functional.{name}" if name in PYTHON else f"torch.{name}")
    for name, fn in vars(F).items():
        path = _OTHERWISE.get(name) or ("_C._nn." if name in NATIVE else "nn.functional.") + name
        found.setdefault(fn, f"torch.{path}")
    for home, path in _HOMES.items():
        for name, fn in vars(getattr(namespace, home)).items():
            if isinstance(fn, types.FunctionType):
                found.setdefault(fn, f"torch.{path}{name}")
    return found


@functools.cache
def functionals():
    """Functions that are written in Python in PyTorch: they hand on their options by name, all of them."""
    names = {name for name, fn in vars(F).items() if public().get(fn, "").startswith("torch.nn.functional.")}
    return {getattr(F, name) for name in names} | {getattr(torch, name) for name in PYTHON if hasattr(torch, name)}


def module_of(fn):
    """The module of a function or class as PyTorch has it: "torch.nn.modules" and the like for eagerjax's own."""
    module = getattr(fn, "__module__", None) or "builtins"
    if module.startswith("eagerjax.as_torch.lib."):
        return module.removeprefix("eagerjax.as_torch.lib.")
    if module.startswith("eagerjax.vision"):
        return "torchvision" + module.removeprefix("eagerjax.vision")
    return "torch" + module.removeprefix("eagerjax") if module.partition(".")[0] == "eagerjax" else module


def qualified_name(fn):
    """The dotted name of a function that a node calls."""
    found = public().get(fn) if fn.__hash__ is not None else None
    if found is not None:
        return found
    path = getattr(fn, "_fx_path", None)
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None) or type(fn).__name__
    if module_of(fn) == "builtins":
        return path or name
    if isinstance(fn, (types.MethodDescriptorType, types.WrapperDescriptorType)):
        return f"{fn.__objclass__.__module__}.{fn.__objclass__.__name__}.{fn.__name__}"
    name = name.rpartition(".")[2] if "<locals>" in name else name
    if module_of(fn).startswith("torch") and getattr(sys.modules["eagerjax"], name, None) is fn:
        return f"torch.{name}"
    return path or f"{module_of(fn)}.{name}"


def simple_name(fn):
    """What a node that calls `fn` is called after."""
    if isinstance(fn, str):
        return fn.rpartition(".")[2]
    return qualified_name(fn).rpartition(".")[2]


def from_torch(fn):
    """Does generated code call it by its dotted name?"""
    return qualified_name(fn).startswith("torch.") or getattr(fn, "__module__", "") == "torch"


class Place(types.ModuleType):
    """`torch`, `torch.nn`, ... as generated code sees them: what was put there, else what eagerjax has by that name."""

    def __getattr__(self, name):
        path = f"{self.__name__}.{name}".removeprefix("torch.")
        value = sys.modules["eagerjax"]
        for part in path.split("."):
            value = getattr(value, part)  # raises AttributeError where there is none
        return value


TORCH = Place("torch")


def put(path, value):
    """Let generated code find `value` at `path`, a dotted name that starts with "torch."."""
    _, *above, name = path.split(".")
    place = TORCH
    for part in above:
        if not isinstance(vars(place).get(part), Place):
            setattr(place, part, Place(f"{place.__name__}.{part}"))
        place = vars(place)[part]
    vars(place)[name] = value


# -- types ---------------------------------------------------------------------------------------
def type_name(kind):
    """A type as annotations write it."""
    if isinstance(kind, type) and not isinstance(kind, types.GenericAlias):
        return kind.__qualname__ if module_of(kind) == "builtins" else qualified_name(kind)
    return "..." if kind is ... else repr(kind).replace("eagerjax.tensor.Tensor", "torch.Tensor")
