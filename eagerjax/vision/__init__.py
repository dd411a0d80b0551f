"""Datasets, transforms, networks and operations for images, with torchvision's names. Images are Pillow's."""

import importlib

from eagerjax.vision import datasets as datasets, transforms as transforms


def __getattr__(name):
    """Parts that load on first use: a worker of a loader unpickles datasets and transforms, and needs no JAX."""
    if name in ("models", "ops", "utils"):
        return importlib.import_module(f"eagerjax.vision.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
