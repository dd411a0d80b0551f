"""torch.utils.hooks."""

from eagerjax.autograd import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def warn_if_has_hooks(tensor):
    """Nothing to warn of: hooks are never written to files."""


def unserializable_hook(f):
    """A mark of hooks; nothing reads it."""
    return f
