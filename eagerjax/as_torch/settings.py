"""Modules of switches for PyTorch's compilers: any name can be set and read back; nothing follows from it."""

import types


class Settings(types.ModuleType):
    """Holds what is assigned; a name that never was is itself such a holder, and false."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        made = self.__dict__[name] = Settings(f"{self.__name__}.{name}")
        return made

    def __bool__(self):
        return False

    def patch(self, *args, **kwargs):
        """A context manager, and a decorator: other settings inside."""
        changes = dict(args[0]) if args and isinstance(args[0], dict) else dict([args] if args else [])
        return Patch(self, {**changes, **kwargs})


class Patch:
    """Settings for a while."""

    def __init__(self, settings, changes):
        self.settings, self.changes = settings, changes

    def __enter__(self):
        self.before = dict(self.settings.__dict__)
        for name, value in self.changes.items():
            setattr(self.settings, name, value)

    def __exit__(self, *_):
        self.settings.__dict__.clear()
        self.settings.__dict__.update(self.before)

    def __call__(self, fn):
        return fn
