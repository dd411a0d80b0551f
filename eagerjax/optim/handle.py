"""`RemovableHandle`: what registering a hook returns."""

import itertools
import weakref


class RemovableHandle:
    """Removes its hook on `remove()`, or at the end of a `with` block."""

    _ids = itertools.count()

    def __init__(self, hooks):
        self.hooks = weakref.ref(hooks)
        self.id = next(RemovableHandle._ids)

    def remove(self):
        hooks = self.hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()
