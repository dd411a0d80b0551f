"""Memory that tensors share with numpy arrays: what `from_numpy` was given, and what `numpy()` handed out.

The array holds the content, and every tensor of that storage is parked: it has no value of its own. Each use reads the
array and hands JAX a private copy, the same one as long as nobody has written; each in-place op on a tensor runs at once
and is written to the array. When nobody else refers to the array any more, the tensors are ordinary ones again.
See docs/decisions/0012-numpy-memory.md.
"""

import sys
import weakref

import numpy as np

from eagerjax import alias
from eagerjax.lower import recorder
from eagerjax.lower.flush import flush, guarded
from eagerjax.record.storage import Base, Counter, Storage
from eagerjax.record.trace import Holder, Leaf, concrete_ref, state

CHUNK = 1 << 18
"""Elements that are compared at a time: what numpy computes in between stays in the processor's cache."""


class Memory:
    """An array in place of a storage's value. `flat` are its elements, in the order of the storage."""

    __slots__ = ("alone", "flat", "root")
    keeps_seen = False  # does `put` want to know what was there?

    def __init__(self, flat):
        self.flat = flat
        self.root = owner(flat)
        self.alone = ALONE[self.root is flat]

    def idle(self):
        """Does nobody else refer to the array?"""
        return self.root is not None and sys.getrefcount(self.root) <= self.alone

    def region(self, holder):
        """The part of the array that a tensor shows (or all, as the base of a family has it)."""
        ref = holder._ref
        if type(holder) is Base:
            return self.flat.reshape(ref.shape)
        if not holder._view and holder._strides is None:
            return np.ndarray(ref.shape, ref.dtype.np, self.flat, holder._offset * ref.dtype.itemsize)
        if 0 in ref.shape:
            return np.empty(ref.shape, ref.dtype.np)  # a view's offset may lie past the end of an array without elements
        item = ref.dtype.itemsize
        strides = tuple([s * item for s in holder.stride()])
        return np.ndarray(ref.shape, ref.dtype.np, self.flat, holder._offset * item, strides)

    # -- reading ---------------------------------------------------------------------------
    def enter(self, holder):
        """The holder's Ref in the open trace."""
        base = family(holder)
        if self.idle():
            release(base.storage, self)
            return alias.enter(state.trace, holder)
        if not shows_array(holder, base):
            return self.through(holder, base)
        self.content(holder, base)
        array, trace, ref = holder._seen
        if trace is not state.trace:
            ref = self.leaf(holder, base, array)
            base.note_read(state.trace, ref, view_of(holder))
        return ref

    def leaf(self, holder, base, array):
        """Enter the present content. The holder has a value just for that moment."""
        source = source_for(holder, base)
        facts = base._ref if type(holder) is Base else holder._ref
        facts = concrete_ref(facts.shape, facts.dtype, facts.device, source is not None)
        holder._source, holder._ref, holder._array = source, facts, array
        try:
            ref = recorder.leaf(state.trace, holder)
            known = None if state.body is not None else state.trace  # what is recorded aside may be taken back
            holder._seen = (holder._array, known, ref)
        finally:
            holder._array = holder._trace = None
            holder._ref = facts
        return ref

    def content(self, holder, base):
        """The present content as an array that nobody writes to: the one that was seen last, where it still holds."""
        part, seen = self.region(holder), holder._seen
        if seen is not None and same(part, seen[0]):
            return seen[0]
        array = part.copy(order="C")
        holder._seen = (array, None, None)
        return array

    def value(self, holder):
        """The holder's value as an array; None where it is an ordinary holder by now, and stale."""
        base = family(holder)
        if self.idle():
            release(base.storage, self)
            return holder._array
        if shows_array(holder, base):
            return self.content(holder, base)
        while not alias.read_through(holder, base):
            flush()
        flush()
        array = holder._array
        if not holder._ref.needs:
            stale(holder)
        return array

    def through(self, holder, base):
        """The Ref of a view that is not just a part, read from the whole: each time, or once if it has a history."""
        while not alias.read_through(holder, base):
            flush()
        ref = holder._ref
        if not ref.needs:
            stale(holder)
        return ref

    def settle(self, holder):
        """Say where gradients of a parked value go."""
        base = family(holder)
        if shows_array(holder, base):
            holder._source = source_for(holder, base)
        elif holder._ref.needs or holder._changed:
            self.through(holder, base)

    # -- writing -----------------------------------------------------------------------------
    def write(self, tensor, value, seen=None):
        """In-place ops end here: the array has the new content before the next line of the program.

        `seen`: what was there when the value was computed from it, if known.
        """
        base = tensor._base
        if not self.flat.flags.writeable:  # the array can't follow: the tensors part from it
            unpark(base.storage, self.content(base.storage.latest, base.storage.latest))
            return alias.overwrite(tensor, value)
        families = base.storage.alive()
        plain = not value._ref.needs and all(keeps_source(f) for f in families) and shows_array(tensor, base)
        if plain and state.watch is None and state.body is None:
            return self.write_now(tensor, value, families, seen)
        suspend(base.storage)
        while not alias.write_shared(tensor, value):
            flush()
            suspend(base.storage)
        if state.watch is None and state.body is None:
            flush()
        return None

    def write_now(self, tensor, value, families, seen):
        """Copy the value into the array. No family's history changes by it."""
        base = tensor._base
        writer = alias.writer_of(alias.enter(state.trace, value))
        if tensor._seen is not None and tensor._seen[2] in writer.inputs:
            seen = tensor._seen[0]
        self.put(self.region(tensor), read(value), seen)
        for one in families:
            alias.family_overwritten(one, True, writer, one.counter is base.counter)
            for other in one.tensors():
                if not other._ref.needs or other._leaf is not None:
                    other._changed, other._source = False, source_for(other, one)
        alias.reads_overwritten(base, writer)
        base.counter.writes += 1

    def put(self, part, array, seen):
        """The part of the array has a new content."""
        np.copyto(part, np.asarray(array))


ALONE = {True: 1 << 30, False: 1 << 30}
"""What getrefcount says of an array to which only its Memory refers: it is the memory's own, or one behind a view."""


def _count(memory):
    return sys.getrefcount(memory.root)


def owner(array):
    """The array that owns the memory; None where numpy does not, and so nobody knows who else uses it."""
    while type(array.base) is np.ndarray:
        array = array.base
    return array if array.base is None and type(array) is np.ndarray else None


for _own in (True, False):
    _array = np.zeros(1)
    _memory = Memory(_array if _own else _array.reshape(1, 1).reshape(-1))
    del _array
    ALONE[_own] = _count(_memory)
del _memory, _own


def view_of(holder):
    return () if type(holder) is Base else holder._view


def family(holder):
    return holder if type(holder) is Base else holder._base


def keeps_source(base):
    """Is a write of a value without a history none of the family's history? A leaf stays what it is."""
    return base._source is None or type(base._source) is Leaf


def source_for(holder, base):
    """Where gradients of a parked value go: the whole has its family's history, a parked view has none, or is a leaf."""
    return base._source if type(holder) is Base or not holder._view else holder._leaf


def stale(holder):
    holder._trace = holder._array = None
    holder._ref = recorder.concrete(holder._ref)


def shows_array(holder, base):
    """Is the value just what a part of the array holds?"""
    if type(holder) is Base or not holder._view:
        return True
    return not holder._changed and (not holder._ref.needs or holder._leaf is not None) and is_region(holder)


def is_region(tensor):
    """Are the elements of a view a strided part of the storage?"""
    return all(type(s) is alias.Step and s.read.name not in ("_conj", "_graft") for s in tensor._view)


_BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def same(a, b):
    """Are the bits of two arrays of one shape and dtype equal? (NaN is, and -0.0 is not 0.0.)"""
    b = np.asarray(b)
    if a.dtype.itemsize == 16:
        return same(a.real, b.real) and same(a.imag, b.imag)
    bits = _BITS[a.dtype.itemsize]
    a, b = a.view(bits), b.view(bits)
    if a.size <= CHUNK or not a.ndim:
        return bool((a == b).all())
    rows = max(CHUNK // (a.size // len(a)), 1)
    if rows == 1:
        return all(same(x, y) for x, y in zip(a, b))
    return all((a[i : i + rows] == b[i : i + rows]).all() for i in range(0, len(a), rows))


def read(tensor):
    """The value of a tensor, whatever it waits for."""
    from eagerjax.tensor import concrete_array  # noqa: PLC0415

    return concrete_array(tensor)


# -- from ordinary tensors to parked ones, and back ------------------------------------------------
def park(storage, memory):
    """The array holds the content from now on."""
    storage.memory = memory
    for base in storage.alive():
        past = base.history
        if past is not None:
            if past._array is None:
                alias.settle(past)
            base._source, base.history = past._source, None
        hold(base, base, base._source)
        for tensor in base.tensors():
            tensor._changed = tensor._changed and base._source is not None and tensor._leaf is None
            if not (tensor._ref.needs or tensor._changed) or shows_array(tensor, base):
                hold(tensor, base, source_for(tensor, base))


def hold(holder, base, source):
    """A holder gives up its value, but for what it has seen."""
    trace, ref = holder._trace, holder._ref
    if trace is not None and not trace.closed:
        base.note_read(trace, ref, view_of(holder))
    if holder._array is not None:
        holder._seen = (holder._array, trace, ref)
    holder._trace = holder._array = None
    holder._source = source
    holder._ref = concrete_ref(ref.shape, ref.dtype, ref.device, source is not None)
    if type(holder) is not Base:
        holder._changed = False


def unpark(storage, array):
    """Ordinary tensors again: the family that was written last has the value, the others read it when they are used."""
    memory, storage.memory = storage.memory, None
    for base in storage.alive():
        for tensor in base.tensors() if base._source is not None else ():
            if tensor._view and shows_array(tensor, base):  # older than the history that the family has now
                tensor._array = memory.content(tensor, base)
        if base is not storage.latest and base._source is not None:
            past = base.history = Holder()
            past._array, past._ref, past._source = array, base._ref, base._source
            past._trace = past._stamp = None
            base._source = None
        base._seen = None
        for tensor in base.tensors():
            tensor._seen = None
    storage.latest._array = array


def release(storage, memory):
    """Nobody else has the array any more: what it holds is the tensors' own."""
    base = storage.latest
    part = memory.region(base)
    seen = base._seen
    unpark(storage, seen[0] if seen is not None and same(part, seen[0]) else part)


@guarded
def unshare(tensor):
    """Make a tensor with aliases an ordinary one again if nobody has one any more."""
    memory = tensor._base.storage.memory
    if memory is not None and memory.idle():
        release(tensor._base.storage, memory)
    return alias.leave(tensor)


def suspend(storage):
    """The tensors are ordinary ones until the next flush ends; then the array gets what was written."""
    memory = storage.memory
    if memory is None:
        return
    base = storage.latest
    array = memory.content(base, base)
    unpark(storage, array)
    state.trace.suspended.append(Suspended(storage, memory, array))


class Suspended:
    """A storage whose array waits for the results of the open trace."""

    def __init__(self, storage, memory, array):
        self.storage = storage
        # Who refers to an array keeps its memory from being used for the result.
        self.before = (lambda: array) if memory.keeps_seen else weakref.ref(array)
        self.families = storage.alive()  # the array gets its content, whether or not anybody has a tensor of it
        self.memory = memory

    def resume(self):
        """The array has the new content, and the tensors are parked."""
        latest = self.storage.latest
        if latest._array is None or self.storage.memory is not None:
            return  # the program failed, and the value is lost; or the storage is parked already
        part = self.memory.region(latest)
        seen = self.before()
        if latest._array is not seen and not same(part, latest._array):  # else it may hold what somebody else has written
            self.memory.put(part, latest._array, seen)
        park(self.storage, self.memory)


# -- making the link -----------------------------------------------------------------------------------
@guarded
def array_of(tensor):
    """What `tensor.numpy()` gives: an array of the same memory, or of a copy where numpy cannot show the view."""
    base = alias.base_of(tensor)
    storage = base.storage
    if not is_region(tensor):
        return np.array(read(tensor))
    if storage.memory is None:
        run_pending(storage)
        if storage.memory is None:
            park(storage, Memory(np.array(storage.latest._array, order="C").reshape(-1)))
    return storage.memory.region(tensor)


def run_pending(storage):
    """Run what computes the content of a storage, whoever has recorded it, and what waits to be written to arrays."""
    if state.trace.suspended:
        flush()
    for base in storage.alive():
        if base._array is None and base._trace is not None:
            alias.settle(base)


@guarded
def region_of(tensor):
    """The part of a numpy array that a parked tensor shows, to read from at once; None for other tensors."""
    if tensor._base is None or tensor._trace is not None or tensor._array is not None:
        return None
    memory = tensor._base.storage.memory
    return memory.region(tensor) if memory is not None and shows_array(tensor, tensor._base) else None


def large_region_of(tensor):
    """`region_of` a tensor that is too large to be compared for each use; None where Python does not run each time."""
    if state.watch is not None or state.body is not None or tensor.numel() <= CHUNK:
        return None
    return region_of(tensor)


def family_on(array, dtype, device):
    """(family whose content a numpy array holds, chain of views and strides that make it the array)."""
    flat, shape, chain, strides = layout(array)
    storage = Storage()
    base = Base(storage, Counter())
    storage.lead(base)
    base._ref = concrete_ref(shape, dtype, device)
    storage.memory = Memory(flat)
    return base, chain, strides


def layout(array):
    """(flat elements, shape of the base, chain of views that leads to the array, its strides in elements)."""
    if array.flags.c_contiguous:
        flat = array.reshape(-1) if type(array) is np.ndarray else np.ndarray((array.size,), array.dtype, array)
        return flat, array.shape, (), None
    strides = tuple([s // array.itemsize for s in array.strides])
    order = sorted(range(array.ndim), key=lambda d: (-strides[d], d))
    moved = array.transpose(order)
    if moved.flags.c_contiguous:
        back = tuple(sorted(range(array.ndim), key=order.__getitem__))
        flat = np.ndarray((array.size,), array.dtype, moved)
        return flat, moved.shape, (alias.step_of("_permute", (back,)),), strides
    span = 1 + sum((n - 1) * s for n, s in zip(array.shape, strides))
    return spanned(array, span), (span,), (alias.step_of("_as_strided", (array.shape, strides, 0)),), strides


def spanned(array, span):
    """All elements from an array's first one on, those in its gaps as well."""
    root = owner(array)
    if root is None:
        return np.lib.stride_tricks.as_strided(array, (span,), (array.itemsize,))
    whole = root.transpose(sorted(range(root.ndim), key=lambda d: -root.strides[d]))
    return np.ndarray((span,), array.dtype, whole, address(array) - address(root))


def address(array):
    return array.__array_interface__["data"][0]
