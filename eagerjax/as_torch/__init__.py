"""`import torch` means eagerjax: what `python -m eagerjax script.py` and `eagerjax.install_as_torch()` install."""

import importlib
import os
import sys

from eagerjax.as_torch.finder import Finder
from eagerjax.as_torch.table import VERSION as VERSION

SHIMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shims")
"""A folder for `sys.path`: in processes that this one starts, `import torch` installs the alias first."""


def install_as_torch():
    """Let `import torch`, `torchvision` and all of their submodules mean eagerjax, from now on.

    Returns a context manager that undoes it at its end; without `with`, it stays. Modules that were imported before
    keep what they have.
    """
    return Installed()


class Installed:
    """The alias in place. Whatever `torch` was there before comes back at the end of a `with`."""

    def __init__(self):
        self.finder = Finder()
        self.before = _take_modules()
        sys.meta_path.insert(0, self.finder)
        sys.path.insert(1, SHIMS)  # before a torch that is installed; after the folder of the script
        self.renamed = _rename()
        importlib.import_module("torch")

    def __enter__(self):
        return sys.modules["torch"]

    def __exit__(self, *_):
        sys.meta_path.remove(self.finder)
        sys.path.remove(SHIMS)
        _take_modules()
        sys.modules.update(self.before)
        for kind, name in self.renamed.items():
            kind.__module__ = name


def _take_modules():
    """Remove torch, torchvision and functorch from the imported modules; {name: module} of them."""
    names = [name for name in sys.modules if name.partition(".")[0] in (*Finder.ROOTS, "functorch")]
    return {name: sys.modules.pop(name) for name in names}


def _rename():
    """Let the types that programs print say that they are torch's. {type: its own module}."""
    main = sys.modules["eagerjax"]
    if type(main).__name__ == "LazyPackage":  # a loader's worker, which may never need them
        return {}
    homes = {main.Tensor: "torch", main.Size: "torch", main.nn.Parameter: "torch.nn.parameter"}
    before = {kind: kind.__module__ for kind in homes}
    for kind, name in homes.items():
        kind.__module__ = name
    return before


def installed():
    """Does `import torch` mean eagerjax now?"""
    return any(isinstance(finder, Finder) for finder in sys.meta_path)
