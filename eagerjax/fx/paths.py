"""Dotted names of what modules hold: "layers.0.weight"."""

from eagerjax.nn.module import Module


def follow(root, path):
    """(what `root` has under a dotted name, None), or (None, the name as far as the first part that is missing)."""
    for i, part in enumerate(parts := path.split(".")):
        if not hasattr(root, part):
            return None, ".".join(parts[: i + 1])
        root = getattr(root, part)
    return root, None


def has(root, path):
    return follow(root, path)[1] is None


def make_way(root, path):
    """What holds the last part of a dotted name, empty modules made above it; None where something else is in the way."""
    for part in path.split(".")[:-1]:
        if not isinstance(root, Module):
            return None
        root = made(root, part)
    return root


def made(module, name):
    """What a module has under a name; an empty module is put there where it has nothing."""
    if getattr(module, name, None) is None:
        setattr(module, name, Module())
    return getattr(module, name)
