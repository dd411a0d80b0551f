"""The program of a worker process: `python worker_main.py SOCKET PACKAGE_DIRECTORY`.

The package is loaded lazily: a dataset of numpy code never loads JAX here (2 s and 150 MB for each worker). Only
when something outside of `utils`, `vision` and `runtime` is asked for does the package initialise itself.
"""

import importlib.abc
import importlib.util
import os
import sys
import types

import numpy as np

LIGHT = ("eagerjax.utils", "eagerjax.vision", "eagerjax.runtime")


class LazyPackage(types.ModuleType):
    """The package before its `__init__` has run."""

    def __getattr__(self, name):
        full = f"{self.__name__}.{name}"
        if full in LIGHT:
            return importlib.import_module(full)
        if name.startswith("__"):
            raise AttributeError(name)
        initialise(self)
        return getattr(self, name)


class InitialiseFirst(importlib.abc.MetaPathFinder):
    """Runs the package's `__init__` before any of its other modules is found."""

    def find_spec(self, name, path=None, target=None):
        package, _, rest = name.partition(".")
        if package == "eagerjax" and f"eagerjax.{rest.partition('.')[0]}" not in LIGHT:
            initialise(sys.modules[package])
            if name in sys.modules:
                return Loaded(sys.modules[name]).module.__spec__
        return None


class Loaded(importlib.abc.Loader):
    """For a module that the package's `__init__` has loaded meanwhile: executed again, it would have classes of its own."""

    def __init__(self, module):
        self.module, self.spec = module, module.__spec__
        module.__spec__ = importlib.util.spec_from_loader(module.__name__, self)  # importlib goes by the module's own

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec


def initialise(package):
    if type(package) is LazyPackage:
        package.__class__ = types.ModuleType
        drawn = np.random.get_state()  # importing JAX draws from numpy's stream, which is seeded already
        package.__spec__.loader.exec_module(package)
        np.random.set_state(drawn)


def install(directory):
    spec = importlib.util.spec_from_file_location(
        "eagerjax", os.path.join(directory, "__init__.py"), submodule_search_locations=[directory]
    )
    package = importlib.util.module_from_spec(spec)
    package.__class__ = LazyPackage
    sys.modules["eagerjax"] = package
    sys.meta_path.insert(0, InitialiseFirst())


if __name__ == "__main__":
    install(sys.argv[2])
    from eagerjax.utils.data.worker_loop import run

    run(int(sys.argv[1]))
