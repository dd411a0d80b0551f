"""PyTorch's dotted paths, followed through the alias."""

import importlib


def follow(path):
    """The object that a dotted path names. Raises AttributeError where there is none."""
    from eagerjax.as_torch.module import AliasModule  # noqa: PLC0415  that module imports this package's files itself

    root, *parts = path.split(".")
    found = importlib.import_module(root)
    if not isinstance(found, AliasModule):
        raise RuntimeError("this function works while eagerjax is installed as torch")
    for part in parts:
        found = getattr(found, part)
    return found
