"""`save` and `load`."""

import contextlib
import io
import os
import pickle
import zipfile

from eagerjax.runtime import dtype as dt
from eagerjax.serialization import allowed, archive, legacy, location, trusted
from eagerjax.serialization.atomic import replacing
from eagerjax.serialization.pickler import Pickler
from eagerjax.serialization.storage import Loaded, StorageType
from eagerjax.serialization.unpickle import Names, Unpickler


def save(obj, f, pickle_module=pickle, pickle_protocol=2, _use_new_zipfile_serialization=True,
         _disable_byteorder_record=False):  # fmt: skip
    """Write an object with tensors in it to a file, as torch reads it too. A path is replaced at once, or not at all.

    `f` is a path or a file open for writing. Views and tensors on the same memory stay so.
    """
    if pickle_module is not pickle:
        raise ValueError("save writes PyTorch's format with pickle; another pickle_module is not supported")
    if isinstance(f, (str, os.PathLike)):
        with replacing(f) as file:
            write(obj, file, stem(os.fspath(f)), pickle_protocol, _use_new_zipfile_serialization,
                  not _disable_byteorder_record)  # fmt: skip
        return
    if not hasattr(f, "write"):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
    memory = io.BytesIO()
    write(obj, memory, "archive", pickle_protocol, _use_new_zipfile_serialization, not _disable_byteorder_record)
    f.write(memory.getbuffer())


def stem(path):
    """The archive's folder: the file's name without its ending."""
    return os.path.splitext(os.path.basename(path))[0] or "archive"


def write(obj, file, name, protocol, zipped, byteorder):
    if not zipped:
        legacy.write(file, obj, protocol)
        return
    pickled = io.BytesIO()
    pickler = Pickler(pickled, protocol)
    pickler.dump(obj)
    archive.write(file, name, pickled.getvalue(), pickler.storages.values(), byteorder)


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """Read what `save`, or torch's, has written. Nothing in the file is executed, with any arguments.

    `map_location` says where tensors go: a device, a dict of devices, or a function. By default a file may hold tensors
    and plain Python values, and what `torch.serialization.add_safe_globals` allows. `weights_only=False` adds numpy
    arrays and numbers, a few types of the standard library, and modules whose classes the program has imported.

    Raises UnpicklingError for what is not allowed, RuntimeError or EOFError for a damaged file.
    """
    if pickle_module is not None and pickle_module is not pickle:
        raise ValueError("load reads pickles by itself, so that nothing in them runs; pickle_module is not supported")
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("f must be a file path in order to use the mmap argument")
    tables = allowances(weights_only is None or weights_only)
    encoding = pickle_load_args.pop("encoding", "utf-8")
    if pickle_load_args.keys() - {"errors", "fix_imports"}:
        raise TypeError(f"load() got an unexpected keyword argument {next(iter(pickle_load_args))!r}")
    with opened(f) as file:
        try:
            return read(file, tables, location.placer(map_location), encoding)
        except pickle.UnpicklingError as error:
            if weights_only is False:
                raise
            raise pickle.UnpicklingError(f"Weights only load failed. {error}") from error


@contextlib.contextmanager
def opened(f):
    """A file to read from."""
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            yield file
        return
    for method in ("read", "seek", "tell", "readline"):
        if not hasattr(f, method):
            raise AttributeError(f"'{type(f).__name__}' object has no attribute '{method}'. You can only torch.load from a "
                                 "file that is seekable. Please pre-load the data into a buffer like io.BytesIO and try to "
                                 "load from it instead.")  # fmt: skip
    yield f


def read(file, tables, place, encoding):
    start = file.tell()
    head = file.read(4)
    file.seek(start)
    if head == b"PK\x03\x04":
        return read_archive(archive.Reader(file), tables(False), place, encoding)
    if not head:
        raise EOFError("Ran out of input")
    if zipfile.is_zipfile(file):
        raise archive.damaged("something stands before the archive")
    file.seek(start)
    return legacy.read(file, tables, lambda pid, fill: new_storage(pid, fill, place), encoding)


def read_archive(reader, names, place, encoding):
    if reader.has("constants.pkl"):
        raise RuntimeError(
            "the file is a TorchScript archive (torch.jit.save), a program; eagerjax reads torch.save's files"
        )
    storages = {}

    def persistent(pid):
        if len(pid) < 5 or pid[0] not in ("storage", b"storage") or not isinstance(pid[2], str):
            raise pickle.UnpicklingError(f"Only persistent_load of storage is allowed, but got {pid[:1]}")
        if pid[2] not in storages:
            storages[pid[2]] = new_storage(pid, None, place, reader)
        return storages[pid[2]]

    return Unpickler(io.BytesIO(reader.read("data.pkl").tobytes()), names, persistent, encoding).load()


def new_storage(pid, fill, place, reader=None):
    """The storage that an id ("storage", type, key, location, numel) asks for."""
    _, kind, key, tag, numel = pid[:5]
    if not isinstance(kind, StorageType) or type(numel) is not int or numel < 0:
        raise pickle.UnpicklingError("a storage in the file has no type or no length")
    made = Loaded(kind.dtype, numel, tag, fill)
    if reader is not None:
        itemsize = kind.dtype.itemsize if kind.dtype else 1
        unit = itemsize // 2 if kind.dtype in (dt.complex64, dt.complex128) else itemsize
        made.fill = lambda: reader.storage(key, made.nbytes(), unit)
    return place(made, tag if isinstance(tag, str) else tag.decode("ascii"))


def allowances(weights_only):
    """A function that gives the names that a file may use; `inert`: for a look that makes no tensors."""

    def tables(inert):
        callables = {**allowed.CALLABLES, **(allowed.INERT if inert else {})}
        values, user, find = allowed.VALUES, allowed.user_globals(), None
        if not weights_only:
            callables = {**trusted.CALLABLES, **callables}
            values = {**trusted.VALUES, **values}
            user = {**trusted.STATEFUL, **user}
            find = trusted.find
        return Names(callables, values, user, find)

    return tables
