"""What belongs to libraries and not to the user: code whose reading of its own globals is not watched."""

import functools
import os
import site
import sys
import sysconfig
import types

_FOLDERS = tuple({
    os.path.abspath(folder) + os.sep
    for folder in (os.path.dirname(os.path.dirname(__file__)), sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["purelib"],
                   sysconfig.get_paths()["platlib"], *site.getsitepackages())
})  # fmt: skip


def is_library(what):
    """Is a function, class or module the library's own, Python's, or an installed package's?"""
    if isinstance(what, types.FunctionType):
        return in_library(what.__code__.co_filename)
    name = what.__name__ if isinstance(what, types.ModuleType) else what.__module__
    if name in sys.builtin_module_names or name == "builtins":
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    return name.partition(".")[0] in ("eagerjax", "torch") or (file is not None and in_library(file))


_NOT_OF_LAYERS = frozenset(("eagerjax", "torch", "torchvision", "numpy", "jax", "jaxlib", "optax", *sys.stdlib_module_names))


def is_foreign(what):
    """Is it of a package of which nobody knows what it reads of a layer?"""
    if isinstance(what, types.FunctionType):
        name = what.__globals__.get("__name__")  # a wrapper has the `__module__` of what it wraps
    else:
        name = what.__name__ if isinstance(what, types.ModuleType) else what.__module__
    return is_library(what) and (name or "").partition(".")[0] not in _NOT_OF_LAYERS


@functools.lru_cache(4096)
def in_library(file):
    file = os.path.abspath(file)
    return file.startswith(_FOLDERS) or file.endswith(f"{os.sep}<frozen importlib._bootstrap>")
