"""The torch-like namespaces that the registry fills: what Python-level forms call other ops by.

`torch.cat`, `F.relu`, `linalg.norm` here are the public functions themselves; the package root shows the same
objects. Modules of the package import from here, never from the root.
"""

import sys
from types import FunctionType, SimpleNamespace

torch = SimpleNamespace()
F = SimpleNamespace()
linalg = SimpleNamespace()
special = SimpleNamespace()
fft = SimpleNamespace()
windows = SimpleNamespace()
masked = SimpleNamespace()
METHODS: dict[str, object] = {}
"""Methods of Tensor by name, installed when the front is loaded."""

HOMES = {"torch": torch, "F": F, "linalg": linalg, "special": special, "fft": fft, "windows": windows, "masked": masked}


def form(fn=None, /, *, homes="torch Tensor", aliases=()):
    """Decorator: a public function written in terms of other ops on tensors (no body of arrays of its own).

    `homes` says where it appears; "Tensor" makes it a method whose first parameter is `self`.
    """
    if fn is None:
        return lambda f: form(f, homes=homes, aliases=aliases)
    for name in (fn.__name__, *aliases):
        publish(name, renamed(fn, name), homes.split())
    return fn


def renamed(fn, name):
    """`fn` under another name: a function of its own, as in PyTorch, so that graphs of fx can tell which was called."""
    if name == fn.__name__ or type(fn) is not FunctionType:
        return fn
    made = twin(fn)
    made.__name__ = made.__qualname__ = name.rpartition(".")[2]
    return made


def twin(fn):
    """A second function that does the same."""
    made = FunctionType(fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
    made.__kwdefaults__, made.__doc__, made.__module__ = fn.__kwdefaults__, fn.__doc__, fn.__module__
    made.__dict__.update(fn.__dict__)
    made.__annotations__ = fn.__annotations__
    return made


def part_functionals():
    """Let functions of F be others than those of torch where PyTorch has two: F.relu takes `inplace`, and is Python."""
    for name in TWICE:
        if getattr(F, name) is getattr(torch, name):
            setattr(F, name, twin(getattr(F, name)))


TWICE = ("celu", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d", "relu", "rms_norm", "selu", "sigmoid",
         "tanh", "threshold")  # fmt: skip


def publish(name, fn, homes):
    """Show `fn` under `name` in each of `homes`; a dotted name (`special.expit`) names its own home.

    Raises ValueError where the name has another meaning already: nothing is defined in two places.
    """
    if "." in name:
        home, name = name.rsplit(".", 1)
        homes = (home,)
    for home in homes:
        space = METHODS if home == "Tensor" else vars(HOMES[home])
        if space.get(name, fn) is not fn:
            raise ValueError(f"{home}.{name} is defined twice")
        space[name] = fn


_PATHS = {"torch": "", "F": "nn.functional.", "linalg": "linalg.", "special": "special.", "fft": "fft.",
          "windows": "signal.windows.", "masked": "masked."}  # fmt: skip


def give_addresses(package):
    """Tell each function where in the package it is found (`relu`, `linalg.norm`, `Tensor.add_`): what pickle writes of it."""
    places = [(path + name, fn) for home, path in _PATHS.items() for name, fn in vars(HOMES[home]).items()]
    for address, fn in (*places, *((f"Tensor.{name}", fn) for name, fn in METHODS.items())):
        if type(fn) is FunctionType and _found(sys.modules.get(fn.__module__), fn.__qualname__) is not fn:
            fn.__module__, fn.__qualname__ = package, address


def _found(place, address):
    for name in address.split("."):
        place = getattr(place, name, None)
    return place
