"""Imports every op module, which fills the registry."""

import importlib
import pkgutil

import eagerjax.ops as package
from eagerjax.ops import saves


def load():
    """Import all modules of eagerjax.ops, and tell their ops what PyTorch keeps for backward."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "load":
            importlib.import_module(f"eagerjax.ops.{module.name}")
    saves.apply()
