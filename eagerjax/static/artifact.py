"""The file of an exported program: how it is laid out, written and read. Reading it runs nothing.

    magic (16 bytes) | version, CRC-32 of the rest, length of the header (uint32 each) | header (JSON) |
    program (StableHLO as jax.export serialises it) | arrays, one after the other

The header says how long the program is, which arrays follow, and what arguments and results look like.
"""

import json
import struct
import zlib

import numpy as np

from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

MAGIC = b"eagerjax export\n"
VERSION = 1
_FIXED = struct.Struct("<III")


class ArtifactError(RuntimeError):
    """A file that is no exported program, or a damaged one."""


def dump(header, program, arrays):
    """The bytes of an artifact. `arrays` is {name: numpy array}."""
    header = {
        **header,
        "program_bytes": len(program),
        "arrays": [[name, list(a.shape), dt.from_np(a.dtype).name] for name, a in arrays.items()],
    }
    text = json.dumps(header).encode()
    body = b"".join([text, program, *[np.ascontiguousarray(a).tobytes() for a in arrays.values()]])
    return MAGIC + _FIXED.pack(VERSION, zlib.crc32(body), len(text)) + body


def parse(data, where):
    """(header, program, {name: array}) of an artifact's bytes. Raises ArtifactError, naming `where`, for any damage."""
    start = len(MAGIC) + _FIXED.size
    if data[: len(MAGIC)] != MAGIC:
        raise ArtifactError(f"{where} is not a program that eagerjax.export wrote")
    if len(data) < start:
        raise ArtifactError(f"{where} is cut off: it ends within its first {start} bytes")
    version, checksum, length = _FIXED.unpack_from(data, len(MAGIC))
    if version != VERSION:
        raise ArtifactError(f"{where} has version {version} of the format, and this eagerjax reads version {VERSION}")
    body = memoryview(data)[start:]
    if zlib.crc32(body) != checksum:
        raise ArtifactError(f"{where} is damaged or cut off: its checksum does not fit its {len(data)} bytes")
    header = json.loads(bytes(body[:length]))
    at = length + header["program_bytes"]
    return header, bytes(body[length:at]), read_arrays(header["arrays"], body[at:])


def read_arrays(entries, body):
    arrays, at = {}, 0
    for name, shape, dtype in entries:
        kind = np.dtype(dt.from_name(dtype).np)
        size = kind.itemsize * int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(body[at : at + size], kind).reshape(shape)
        at += size
    return arrays


# -- arguments and results -----------------------------------------------------------------------------------
def describe(tree, tensors):
    """`tree` as JSON, in which the tensors, appended to `tensors`, stand as their numbers.

    Named tuples become tuples. Raises TypeError for what JSON can't say.
    """
    if isinstance(tree, (Tensor, np.ndarray, np.generic)):
        tensors.append(tree)
        return {"tensor": len(tensors) - 1}
    if isinstance(tree, (bool, int, float, str, type(None))):
        return {"value": tree}
    if isinstance(tree, (tuple, list)):
        return {"list" if isinstance(tree, list) else "tuple": [describe(item, tensors) for item in tree]}
    if isinstance(tree, dict):
        for key in tree:
            if type(key) not in (str, int):
                raise TypeError(f"an exported program takes and gives dicts with keys of str or int, not {key!r}")
        return {"dict": [[key, describe(item, tensors)] for key, item in tree.items()]}
    raise TypeError(f"an exported program takes and gives tensors, numbers, strings, tuples, lists and dicts, "
                    f"not {type(tree).__name__}")  # fmt: skip


def build(tree, tensors):
    """What `describe` made JSON of, with these tensors."""
    ((kind, what),) = tree.items()
    if kind == "tensor":
        return tensors[what]
    if kind == "value":
        return what
    if kind == "dict":
        return {key: build(item, tensors) for key, item in what}
    return (list if kind == "list" else tuple)(build(item, tensors) for item in what)
