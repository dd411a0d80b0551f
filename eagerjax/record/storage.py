"""The mutable cells behind aliases: views, `detach()` and `.data` share a Storage; made when the first alias is.

A `Base` is one family of aliases with one autograd history: a tensor and its views. `x.detach()` starts a second
family on the same storage: the same data, another history. Families other than the one written last are stale.
"""

import weakref
from typing import Any

from eagerjax.record.trace import Holder


class Storage:
    """The data that several families share. It keeps none of them alive: a family without the current
    content keeps the one that has it (`newer`).

    `memory` is the numpy array that holds the content instead, while somebody else may have it (see memory.py).
    """

    __slots__ = ("_latest", "families", "memory", "version")

    def __init__(self):
        self.families = []
        self._latest = None
        self.memory: Any = None
        self.version = 0

    @property
    def latest(self):
        """The family whose value is current."""
        return None if self._latest is None else self._latest()

    def lead(self, base):
        """From now on `base` has the current value."""
        if base is self.latest:
            return
        self._latest = weakref.ref(base)
        for family in self.alive():
            family.newer = None if family is base else base

    def alive(self):
        """The families that somebody still refers to."""
        families = [f for f in (r() for r in self.families) if f is not None]
        if len(families) < len(self.families):
            self.families = [weakref.ref(f) for f in families]
        return families


class Base(Holder):
    """The value of one family, whole, with its history."""

    __slots__ = ("_order", "_seen", "aliases", "history", "newer", "reads", "silent", "storage")
    _leaf = None
    _changed = False

    def __init__(self, storage, holder=None):
        self.storage = storage
        self.aliases = []  # weak references to tensors
        self.reads = []  # (trace, ref) of what aliases read of the present content
        self.silent = False  # made by `.data`: its writes are not version-checked
        self.history = None  # a Holder of the last own value, once another family has written
        self._stamp = None
        self._order = None if holder is None else holder._order
        # Of a parked storage: (the content as it was last read, the trace and the Ref it has there).
        self._seen: Any = None
        self.newer = storage.latest  # the family that has the current value, if it is another one
        storage.families.append(weakref.ref(self))
        if holder is not None:
            take(self, holder)
        else:
            self._trace = self._array = self._source = None

    def tensors(self):
        """The aliases that are alive."""
        found = [t for t in (r() for r in self.aliases) if t is not None]
        if len(found) < len(self.aliases):
            self.aliases = [weakref.ref(t) for t in found]
        return found

    def note_read(self, trace, ref):
        if len(self.reads) > 1000:
            self.reads = [(t, r) for t, r in self.reads if not t.closed]
        self.reads.append((trace, ref))


def take(holder, other):
    """`holder` has the value of `other` now."""
    trace = other._trace
    holder._array = other._array
    holder._ref = other._ref
    holder._source = other._source
    holder._trace = trace
    if trace is not None and holder._array is None and not trace.closed:
        trace.live.append(holder)
