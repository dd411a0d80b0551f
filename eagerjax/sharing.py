"""Tensors whose memory several processes have: `share_memory_()`, and what is sent to another process.

The content of such a storage is an array over a file without a name, which each process has mapped; a message holds its
descriptor. The kernel frees it when the last process has let go of it, however that process ends.
See docs/decisions/0026-shared-memory.md.
"""

import math
import mmap
import os
import tempfile
import threading
import weakref
from multiprocessing import reduction
from multiprocessing.reduction import ForkingPickler

import numpy as np

from eagerjax import alias, dispatch, memory
from eagerjax.lower.flush import guarded
from eagerjax.memory import Memory
from eagerjax.record.storage import Base, Counter, Storage
from eagerjax.record.trace import concrete_ref, state
from eagerjax.runtime import device as devices
from eagerjax.runtime.interrupt import uninterrupted
from eagerjax.tensor import Tensor, concrete_array, new_leaf, row_major, set_leaf

ALIGNED = 64
"""Bytes between the places of two storages are a multiple of this."""
ROOM = 1 << 20
"""Bytes of a segment that small storages have in common: each segment costs descriptors, of which a process has few."""
CHUNK = 1 << 15
"""Elements that are read and written again at a time."""


# -- memory ------------------------------------------------------------------------------------------
class Segment:
    """A mapped file without a name. `used`: bytes of it that storages have."""

    def __init__(self, fd, size):
        self.fd, self.size, self.used = fd, size, 0
        self.map = mmap.mmap(fd, size)
        SEGMENTS[identity(fd)] = self

    def __del__(self, close=os.close):
        close(self.fd)


SEGMENTS: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
"""{identity of the file: Segment} of those that this process has mapped."""
LOCK = threading.RLock()
SUPPORTED = hasattr(reduction, "DupFd")
"""Can descriptors of files be sent to other processes? Where not, tensors are sent as copies."""


def identity(fd):
    facts = os.fstat(fd)
    return facts.st_dev, facts.st_ino


def new_segment(size):
    if not SUPPORTED:
        raise NotImplementedError("memory that processes share is not supported on this system")
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("eagerjax")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return Segment(fd, size)


def nowhere():
    return None


_open = nowhere
"""A weak reference to the segment in which small storages find their place."""


def place(size):
    """(segment, offset) of so many new bytes."""
    global _open  # noqa: PLW0603
    if size > ROOM // 4:
        return new_segment(size), 0
    with LOCK:
        segment = _open()
        if segment is None or segment.used + size > segment.size:
            segment = new_segment(ROOM)
            _open = weakref.ref(segment)
        offset = segment.used
        segment.used += -(-max(size, 1) // ALIGNED) * ALIGNED
    return segment, offset


class Shared(Memory):
    """Memory of several processes: the storage's content for as long as there is the storage."""

    __slots__ = ("__weakref__", "dtype", "first", "offset", "segment", "shape")
    keeps_seen = True

    def __init__(self, segment, offset, dtype, shape):
        self.segment, self.offset, self.dtype, self.shape = segment, offset, dtype, shape
        super().__init__(np.ndarray((math.prod(shape),), dtype.np, segment.map, offset))
        self.first = nowhere  # a weak reference to a family of the storage
        PLACES[identity(segment.fd), offset, dtype] = self

    def idle(self):
        """Another process may have it, always."""
        return False

    def put(self, part, array, seen):
        """Others may have written since the value was computed from what was there: then its change is added to theirs."""
        array = np.asarray(array)
        if seen is None or part.dtype == bool or not part.size:
            np.copyto(part, array)
        else:
            merge(part, array, np.asarray(seen))


def merge(part, array, seen):
    """Write to `part` what has changed in `array` since `seen`, a few elements at a time: in between, others write."""
    if part.size > CHUNK and part.ndim:
        rows = max(CHUNK // (part.size // len(part)), 1)
        for i in range(0, len(part), rows):
            merge(part[i : i + rows] if rows > 1 else part[i], *[a[i : i + rows] if rows > 1 else a[i] for a in (array, seen)])
        return
    now = part.copy()
    mine = (now == seen) | ((now != now) & (seen != seen))
    if not mine.all():
        with np.errstate(all="ignore"):
            change = array - seen
            array = np.where(mine | ~np.isfinite(change), array, now + change)
    np.copyto(part, array)


PLACES: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
"""{(identity of the segment, offset, dtype): Shared} of the storages that this process has."""


# -- moving tensors there -------------------------------------------------------------------------------
def is_shared(tensor):
    """Is the tensor's content in memory that other processes may have?"""
    return tensor._base is not None and type(tensor._base.storage.memory) is Shared


def any_shared(tensors):
    """Is the content of one of them there? A process that has no such memory looks at none of them."""
    return len(PLACES) > 0 and any(map(is_shared, tensors))


@guarded
def move(tensor):
    """Move the storage of a tensor, and so all that share it, to such memory."""
    base = alias.base_of(tensor)
    storage = base.storage
    if type(storage.memory) is Shared:
        return
    memory.run_pending(storage)
    if storage.memory is not None:  # what a numpy array shares with it until now is the array's alone
        memory.unpark(storage, storage.memory.content(storage.latest, storage.latest))
    latest = storage.latest
    made = filled(np.asarray(latest._array), latest._ref.dtype, latest._ref.shape)
    made.first = weakref.ref(latest)
    memory.park(storage, made)


def filled(array, dtype, shape):
    """New shared memory with the content of an array."""
    made = Shared(*place(math.prod(shape) * dtype.itemsize), dtype, shape)
    made.flat[...] = array.reshape(-1)
    return made


def update(targets, values):
    """`dispatch.assign` of what was computed from the targets' own values, where other processes update them as well."""
    seen = [t._seen[0] if is_shared(t) and t._seen is not None else None for t in targets]
    with uninterrupted():
        for target, value, before in zip(targets, values, seen, strict=True):
            if before is None:
                dispatch.assign([target], [value])
            else:
                target._base.storage.memory.write(target, value, before)


# -- sending --------------------------------------------------------------------------------------------
def reduce_tensor(tensor):
    """How a tensor is sent to another process: it moves to shared memory, and its place there is sent."""
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError("Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
                           "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor "
                           "before serializing (e.g., putting it on the queue).")  # fmt: skip
    if tensor.device.type != "cpu":
        return tensor.__reduce_ex__(2)
    shape, needs = tensor._ref.shape, tensor.requires_grad
    if not is_shared(tensor) and only_sends():
        made = filled(np.asarray(concrete_array(tensor)), tensor.dtype, shape)
        return rebuild, (made, shape, row_major(shape), 0, needs, True)
    if tensor._view and not memory.is_region(tensor):
        tensor = tensor.detach().clone()
    move(tensor)
    memory_of = tensor._base.storage.memory
    if memory_of.dtype is not tensor.dtype:  # the numbers of the storage, read as others
        memory_of = read_as(memory_of, tensor.dtype)
    return rebuild, (memory_of, shape, tensor.stride(), tensor._offset, needs, not tensor._view)


def only_sends():
    """Is this a thread of a queue or a pool? What others may be computing with must not change under their hands."""
    return threading.current_thread() is not threading.main_thread() and not (state.trace.number or state.trace.live)


def read_as(whole, dtype):
    """The same place as numbers of another dtype."""
    known = PLACES.get((identity(whole.segment.fd), whole.offset, dtype))
    length = whole.flat.nbytes // dtype.itemsize
    return Shared(whole.segment, whole.offset, dtype, (length,)) if known is None else known


def rebuild(whole, shape, strides, offset, needs, is_whole):
    """The tensor that was sent."""
    made, base = object.__new__(Tensor), family_of(whole)
    facts = concrete_ref(shape, whole.dtype, devices.CPU)
    chain = () if is_whole and shape == base._ref.shape else (alias.step_of("_as_strided", (shape, strides, offset)),)
    alias.join(made, base, chain, facts)
    if strides != row_major(shape):
        made._strides = strides
    made._offset = offset
    if needs:
        set_leaf(made, new_leaf(made))
    return made


def family_of(whole):
    """A new family on the storage of that memory."""
    first = whole.first()
    if first is None:
        storage = Storage()
        storage.memory = whole
    else:
        storage = first.storage
    base = Base(storage, Counter())
    base._ref = concrete_ref(whole.shape, whole.dtype, devices.CPU)
    if first is None:
        storage.lead(base)
        whole.first = weakref.ref(base)
    return base


def reduce_shared(whole):
    return attach, (whole.segment, whole.offset, whole.dtype, whole.shape)


def attach(segment, offset, dtype, shape):
    """The memory that was sent; the same object for what this process has already."""
    known = PLACES.get((identity(segment.fd), offset, dtype))
    return Shared(segment, offset, dtype, shape) if known is None else known


def reduce_segment(segment):
    return attach_segment, (reduction.DupFd(segment.fd), segment.size)


def attach_segment(handle, size):
    fd = handle.detach()
    os.set_inheritable(fd, False)
    with LOCK:
        known = SEGMENTS.get(identity(fd))
        if known is None:
            return Segment(fd, size)
    os.close(fd)
    return known


if SUPPORTED:
    ForkingPickler.register(Tensor, reduce_tensor)
    ForkingPickler.register(Shared, reduce_shared)
    ForkingPickler.register(Segment, reduce_segment)
