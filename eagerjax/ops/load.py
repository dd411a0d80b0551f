"""Imports every op module, which fills the registry."""

import importlib
import pkgutil

import eagerjax.ops as package


def load():
    """Import all modules of eagerjax.ops."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "load":
            importlib.import_module(f"eagerjax.ops.{module.name}")
