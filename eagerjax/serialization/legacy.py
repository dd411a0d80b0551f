"""The format before archives: a magic number, a version, a pickle, and the storages one after the other."""

import io
import pickle
import struct
import sys

import numpy as np

from eagerjax.serialization.archive import swapped
from eagerjax.serialization.pickler import Pickler
from eagerjax.serialization.unpickle import Unpickler

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_SYSTEM = {"protocol_version": PROTOCOL, "little_endian": sys.byteorder == "little",
           "type_sizes": {"short": 2, "int": 4, "long": 4}}  # fmt: skip


def write(file, obj, protocol):
    """The whole file."""
    for part in (MAGIC, PROTOCOL, _SYSTEM):
        pickle.dump(part, file, protocol=protocol)
    pickler = Pickler(file, protocol, legacy=True)
    pickler.dump(obj)
    storages = sorted(pickler.storages.values(), key=lambda s: s.key)
    pickle.dump([s.key for s in storages], file, protocol=protocol)
    for s in storages:
        raw = s.raw()
        file.write(struct.pack("=q", len(raw) // s.dtype.itemsize))
        file.write(memoryview(raw))


def read(file, tables, new_storage, encoding):
    """The object. `tables(inert)` gives the names that the pickle may use; `new_storage` makes a storage of its id.

    The storages come after the pickle that says what they are, so it is gone through twice.
    """
    none = tables(True)
    file = Bounded(file)
    try:
        magic = Unpickler(file, none).load()
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"this is no file of torch.save, or it is damaged: {error}") from error
    if magic != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = Unpickler(file, none).load()
    if version != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {version}")
    system = Unpickler(file, none).load()
    start = file.tell()
    kinds = {}
    Unpickler(file, none, lambda pid: note(kinds, pid), encoding).load()
    keys = Unpickler(file, none, encoding=encoding).load()
    other = isinstance(system, dict) and system.get("little_endian", True) != (sys.byteorder == "little")
    raw = read_storages(file, keys, kinds, other)
    end = file.tell()
    file.seek(start)
    made = {}
    found = Unpickler(file, tables(False), lambda pid: once(made, pid, new_storage, raw), encoding).load()
    file.seek(end)
    return found


class Bounded:
    """A file that takes no more memory for a read than there are bytes left, whatever length is asked for."""

    def __init__(self, file):
        self.file = file
        here = file.tell()
        self.end = file.seek(0, io.SEEK_END)
        file.seek(here)
        self.seek, self.tell, self.readline = file.seek, file.tell, file.readline

    def read(self, n):
        return self.file.read(max(0, min(n, self.end - self.file.tell())))


def note(kinds, pid):
    kinds[pid[2]] = check(pid)


def check(pid):
    """A legacy id of a storage. Raises UnpicklingError for any other."""
    if len(pid) < 5 or pid[0] not in ("storage", b"storage"):
        raise pickle.UnpicklingError(f"Only persistent_load of storage is allowed, but got {pid[:1]}")
    if len(pid) > 5 and pid[5] is not None:
        raise pickle.UnpicklingError("the file is of a version of PyTorch before 0.4, which is not read")
    return pid


def once(made, pid, new_storage, raw):
    key = check(pid)[2]
    if key not in made:
        made[key] = new_storage(pid, lambda: raw[key])
    return made[key]


def read_storages(file, keys, kinds, other_order):
    """{key: bytes}. Lengths are checked against the file before memory is taken."""
    room = file.end - file.tell()
    found = {}
    if not isinstance(keys, list) or set(keys) != set(kinds):
        raise RuntimeError("the file's list of storages is not that of its tensors; corrupt file?")
    for key in keys:
        itemsize = kinds[key][1].dtype.itemsize if kinds[key][1].dtype else 1
        (numel,) = struct.unpack("<q", exactly(file, 8))
        room -= 8 + numel * itemsize
        if numel < 0 or room < 0 or numel != kinds[key][4]:
            raise RuntimeError(f"the storage {key} has an impossible length: {numel} elements; corrupt file?")
        data = np.frombuffer(exactly(file, numel * itemsize), np.uint8).copy()
        found[key] = swapped(data, itemsize) if other_order else data
    return found


def exactly(file, n):
    data = file.read(n)
    if len(data) != n:
        raise RuntimeError(f"unexpected EOF, expected {n - len(data)} more bytes. The file might be corrupted.")
    return data
