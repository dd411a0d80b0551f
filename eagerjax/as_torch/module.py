"""A module of PyTorch's as programs see it: eagerjax's names, and stand-ins for those that it lacks."""

import difflib
import importlib
import importlib.util
import types

from eagerjax.as_torch import missing, table

SETTINGS = "torch.backends"
"""Modules below it hold switches, which are read anew at each look and written where they belong."""


_held = types.ModuleType.__dict__["__dict__"].__get__
"""_held(module): the names that a module holds so far."""

KNOWN_DUNDERS = {"__all__", "__version__", "__config__", "__future__"}
SHOWING_ROOT = {"torch", "torch.autograd", "torch.cuda", "torch.fft", "torch.functional", "torch.jit", "torch.random",
                "torch.nn.functional", "torch.nn.init", "torch.serialization", "torch.sparse", "torch.special",
                "torch.utils"}  # fmt: skip
"""Modules of PyTorch that import `torch` by its name: programs write `torch.torch.Tensor` and `F.torch`."""


class AliasModule(types.ModuleType):
    """`torch.x.y`. A name is looked up in `_sources` when it is first used, and kept."""

    def __init__(self, name, doc=None):
        super().__init__(name, doc)
        _held(self)["_sources"] = sources(name)

    def __getattr__(self, name):
        value = self._find(name)
        if not self.__name__.startswith(SETTINGS):
            _held(self)[name] = value
        return value

    @property
    def __dict__(self):
        """All names, as programs choose by them: `models.__dict__[args.arch]()`."""
        held = _held(self)
        if "_listed" not in held and not self.__name__.startswith(SETTINGS):
            held["_listed"] = True
            for name in dir(self):
                if name not in held and (name in table.names(self.__name__) or table.kind(self.__name__, name) != "m"):
                    getattr(self, name, None)  # keeps it
        return held

    def __setattr__(self, name, value):
        if isinstance(value, AliasModule) and value.__name__ == f"{self.__name__}.{name}":
            value = self._find(
                name
            )  # the import system sets submodules; a function of that name stays (autograd.gradcheck)
        elif self.__name__.startswith(SETTINGS) and self._sources and not name.startswith("__"):
            setattr(self._sources[0], name, value)
            return
        super().__setattr__(name, value)

    def _find(self, name):
        if name == "torch" and self.__name__ in SHOWING_ROOT:
            return importlib.import_module("torch")
        if name == "__all__" and not any(name in vars(source) for source in self._sources):
            return [n for n in dir(self) if not n.startswith("_")]
        full = f"{self.__name__}.{name}"
        if full in table.packages() and name not in table.names(self.__name__):
            return importlib.import_module(full)  # whatever eagerjax means by it (`jit`, `export`)
        if not name.startswith("__") or name in KNOWN_DUNDERS:
            for source in self._sources if visible(self.__name__, name) else ():
                if hasattr(source, name):
                    value = getattr(source, name)
                    return importlib.import_module(full) if is_submodule(full, value) else value
            if exists(full):
                return importlib.import_module(full)
        if table.kind(self.__name__, name) is not None:
            return missing.stand_in(self.__name__, name)
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'{nearest(self, name)}")

    def __dir__(self):
        names = set(_held(self)) | set(table.names(self.__name__))
        for source in self._sources:
            names.update(n for n in dir(source) if visible(self.__name__, n) and not plain_module(source, n))
        return sorted(names - {"_sources", "_listed"})

    def __reduce__(self):
        return importlib.import_module, (self.__name__,)


def nearest(module, name):
    """What may have been meant, for an error message."""
    close = difflib.get_close_matches(name, [n for n in dir(module) if not n.startswith("_")], 1, 0.7)
    return f". Did you mean: '{close[0]}'?" if close else ""


def visible(module, name):
    """May `module` show a name of its sources? The root shows PyTorch's names only: eagerjax has others besides."""
    return module != "torch" or name.startswith("_") or table.kind(module, name) is not None


def plain_module(source, name):
    """Is it a module that the source merely imports?"""
    value = getattr(source, name, None)
    return isinstance(value, types.ModuleType) and not value.__name__.startswith("eagerjax.")


def is_submodule(full, value):
    """Is the value found under the name `full` that submodule, rather than a class or a function of the same name?"""
    return isinstance(value, types.ModuleType) and exists(full)


# -- where the names of a module are -------------------------------------------------------

FIRST = {"torch", "torch.jit", "torch.version"}
"""Modules whose own file in `lib` comes before eagerjax's module: eagerjax means something else by the name."""


def sources(name):
    """The modules whose names `name` shows: eagerjax's module of that name, and the file in `lib`."""
    found = [m for m in (counterpart(name), overlay(name)) if m is not None]
    return found[::-1] if name in FIRST else found


def counterpart(name):
    """eagerjax's module for a module of torch or torchvision, or None."""
    root, _, rest = name.partition(".")
    path = ("eagerjax" if root == "torch" else "eagerjax.vision") + (f".{rest}" if rest else "")
    if name in FIRST - {"torch"}:
        return None
    found = imported(path)
    if found is None and rest:  # `cuda.amp` and the like may be attributes
        above = counterpart(name.rpartition(".")[0])
        value = getattr(above, name.rpartition(".")[2], None) if above is not None else None
        found = value if isinstance(value, types.ModuleType) and value.__name__.startswith("eagerjax.") else None
    return found


def overlay(name):
    """The module in `lib` that holds names of `name` which only programs written for PyTorch ask for, or None."""
    return imported(f"eagerjax.as_torch.lib.{name}")


def imported(path):
    """The module of that path, or None where there is none."""
    try:
        if importlib.util.find_spec(path) is None:
            return None
    except (ModuleNotFoundError, ValueError, AttributeError):
        pass
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is not None and (path == error.name or path.startswith(error.name + ".")):
            return None
        raise


def exists(name):
    """Is there a module `name`, in PyTorch or here?"""
    if name in table.packages() or name in ("torch", "torchvision"):
        return True
    if not visible(*name.rsplit(".", 1)):
        return False
    return counterpart(name) is not None or overlay(name) is not None
