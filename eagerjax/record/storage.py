"""The mutable cells behind aliases: views, `detach()` and `.data` share a Storage; made when the first alias is.

A `Base` is one family of aliases with one autograd history: a tensor and its views. `x.detach()` starts a second
family on the same storage: the same data, another history. Families other than the one written last are stale.
"""

import weakref
from typing import Any

from eagerjax.record.threads import LOCK
from eagerjax.record.trace import Holder

MANY = 64
"""Reads after which those of traces that are gone are forgotten."""


class Storage:
    """The data that several families share. It keeps none of them alive: a family without the current
    content keeps the one that has it (`newer`).

    `memory` is the numpy array that holds the content instead, while somebody else may have it (see memory.py).
    """

    __slots__ = ("_latest", "families", "many", "memory", "reads")

    def __init__(self):
        self.families = []
        self._latest = None
        self.memory: Any = None
        # What aliases, of which some may be gone, read of the present content: (trace, ref, its family, its view, its counter).
        self.reads = []
        self.many = MANY

    @property
    def latest(self):
        """The family whose value is current."""
        return None if self._latest is None else self._latest()

    def lead(self, base):
        """From now on `base` has the current value."""
        if base is self.latest:
            return
        self._latest = weakref.ref(base)
        if len(self.families) == 1:  # its own
            base.newer = None
            return
        for family in self.alive():
            family.newer = None if family is base else base

    def note_read(self, *read):
        if len(self.reads) > self.many:
            self.reads = [r for r in self.reads if not r[0].is_over()]
            self.many = max(MANY, 2 * len(self.reads))
        self.reads.append(read)

    def alive(self):
        """The families that somebody still refers to."""
        return alive(self.families)


class Counter:
    """Counts the writes that PyTorch's version checks know of: a tensor, its views and what `detach` gives share one."""

    __slots__ = ("writes",)

    def __init__(self, writes=0):
        self.writes = writes


class Rewritten:
    """Among the writers of a value: a write that the value's counter did not count.

    `by`: the call that wrote, None where `x.data` was set. `holders`: weak references to those who show what stands
    there now, a tensor, or families seen through the chain `view`.
    """

    __slots__ = ("by", "holders", "view")
    seen = False  # has there ever been one?

    def __init__(self, by, holders, view=()):
        Rewritten.seen = True
        self.by, self.holders, self.view = by, holders, view

    def after(self, other):
        """What stands for a value that `other` has changed too: where tensors with several counters share it, a write that
        one of them counts is refused."""
        return other if other is self.by and other is not None else self

    @property
    def holder(self):
        """The first that is still there; with none of them the memory is gone, but for what was kept of it."""
        return next((h for h in (r() for r in self.holders) if h is not None), None)


class Base(Holder):
    """The value of one family, whole, with its history."""

    __slots__ = ("_order", "_seen", "aliases", "counter", "history", "newer", "storage")
    _leaf = None
    _changed = False

    def __init__(self, storage, counter, holder=None):
        self.storage = storage
        self.aliases = []  # weak references to tensors
        self.counter = counter  # of the writes to this family and to those that share the counter
        self.history = None  # a Holder of the last own value, once another family has written
        self._stamp = None if holder is None else holder._stamp
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
        return alive(self.aliases)

    def note_read(self, trace, ref, view):
        """An alias, seen through the chain `view`, has the value `ref` of the trace."""
        self.storage.note_read(trace, ref, weakref.ref(self), view, self.counter)


def alive(refs):
    """What weak references refer to. The list forgets those that are gone; another thread may append to it meanwhile."""
    then = (*refs,)
    found = [x for x in [r() for r in then] if x is not None]
    if len(found) < len(then):
        forget(refs)
    return found


def forget(refs):
    """Drop the references to what is gone, unless another thread is at it."""
    if LOCK.acquire(blocking=False):
        try:
            then = (*refs,)
            refs[: len(then)] = [r for r in then if r() is not None]
        finally:
            LOCK.release()


def take(holder, other):
    """`holder` has the value of `other` now."""
    trace = other._trace
    holder._array = other._array
    holder._ref = other._ref
    holder._source = other._source
    holder._trace = trace
    if trace is not None and holder._array is None and not trace.closed:
        trace.live.append(holder)
