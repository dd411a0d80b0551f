"""The import finder: `torch`, `torchvision` and their submodules, and their versions for importlib.metadata."""

import importlib.abc
import importlib.machinery
import importlib.metadata

from eagerjax.as_torch import module, table

_VERSIONS = {"torch": table.VERSION, "torchvision": "0.28.0"}


class Finder(importlib.abc.MetaPathFinder):
    """Finds what belongs to torch or torchvision, and nothing else."""

    ROOTS = tuple(_VERSIONS)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.ROOTS or not module.exists(name):
            return None
        return importlib.machinery.ModuleSpec(name, Loader(), origin="eagerjax", is_package=True)

    def find_distributions(self, context=None):
        """Libraries ask which version is installed before they import anything."""
        wanted = getattr(context, "name", None)
        return [Distribution(name) for name in self.ROOTS if wanted in (None, name)]


class Loader(importlib.abc.Loader):
    """Makes an empty module of names."""

    def create_module(self, spec):
        made = module.AliasModule(spec.name)
        made.__file__ = module.__file__  # some programs ask where torch is installed
        return made

    def exec_module(self, module):
        """Nothing to run: names are looked up when they are used."""


class Distribution(importlib.metadata.Distribution):
    """What is said of an installed torch."""

    def __init__(self, name):
        self._name = name

    def read_text(self, filename):
        return (
            f"Metadata-Version: 2.1\nName: {self._name}\nVersion: {_VERSIONS[self._name]}\n"
            if filename == "METADATA"
            else None
        )

    def locate_file(self, path):
        return path
