"""The idx format: a magic number (type, number of dimensions), the lengths, the elements, all big-endian."""

import gzip
import math
import struct

import numpy as np

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path, ndim=None):
    """The array in an idx file, packed by gzip or not. Raises ValueError for anything else, or a file cut short."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rb") as file:
        raw = file.read()
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _TYPES:
        raise ValueError(f"{path} is no idx file")
    count = raw[3]
    if ndim is not None and count != ndim:
        raise ValueError(f"{path} has {count} dimensions, should have {ndim}")
    start = 4 + 4 * count
    if len(raw) < start:
        raise ValueError(f"{path} is cut short")
    shape = struct.unpack(f">{count}I", raw[4:start])
    dtype = np.dtype(_TYPES[raw[2]])
    if len(raw) - start != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{path} has {len(raw) - start} bytes of data, its header says {shape}")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
