"""The safetensors format: a length, a JSON header, and the tensors' bytes. Functions as in `safetensors.torch`."""

import json
import math
import os
import struct

import numpy as np

from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.serialization.atomic import replacing
from eagerjax.serialization.storage import as_dtype, parts
from eagerjax.tensor import Tensor, concrete_array, from_array, to_device

_NAMES = {"F64": dt.float64, "F32": dt.float32, "F16": dt.float16, "BF16": dt.bfloat16, "I64": dt.int64, "I32": dt.int32,
          "I16": dt.int16, "I8": dt.int8, "U8": dt.uint8, "U16": dt.uint16, "U32": dt.uint32, "U64": dt.uint64,
          "BOOL": dt.bool_, "F8_E4M3": dt.float8_e4m3fn, "F8_E5M2": dt.float8_e5m2, "C64": dt.complex64}  # fmt: skip
_NAME_OF = {d: name for name, d in _NAMES.items()}
_HEADER_LIMIT = 100_000_000


class SafetensorError(Exception):
    """A safetensors file that is not what the format says."""


def save_file(tensors, filename, metadata=None):
    """Write a dict of tensors to a file, which is replaced at once. Raises RuntimeError if two share memory."""
    head, arrays = prepared(tensors, metadata)
    with replacing(filename) as file:
        file.write(head)
        for array in arrays:
            file.write(memoryview(array))


def save(tensors, metadata=None):
    """The file's bytes."""
    head, arrays = prepared(tensors, metadata)
    return b"".join([head, *(array.tobytes() for array in arrays)])


def prepared(tensors, metadata):
    """(length and header, the flat byte arrays that follow it): largest element types first, so that all are aligned."""
    check_tensors(tensors, metadata)
    header, arrays, at = {}, [], 0
    if metadata is not None:
        header["__metadata__"] = dict(metadata)
    for name, tensor in sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        # A view's array is its own, row-major copy.
        array = np.ascontiguousarray(np.asarray(concrete_array(tensor.detach()))).reshape(-1).view(np.uint8)
        header[name] = {
            "dtype": _NAME_OF[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, at + len(array)],
        }
        at += len(array)
        arrays.append(array)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, arrays


def check_tensors(tensors, metadata):
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    owners = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}")
        if tensor.dtype not in _NAME_OF:
            raise ValueError(f"safetensors has no dtype for {tensor.dtype} (tensor {name!r})")
        if tensor.numel():
            memory = id(tensor._base.storage) if tensor._base is not None else id(tensor)
            owners.setdefault(memory, []).append(name)
    shared = [names for names in owners.values() if len(names) > 1]
    if shared:
        raise RuntimeError(f"Some tensors share memory, this will lead to duplicate memory on disk and potential differences "
                           f"when loading them again: {shared}. Save a clone() of all but one, or use `save_model`.")  # fmt: skip
    if metadata is not None and any(not isinstance(x, str) for item in metadata.items() for x in item):
        raise ValueError("metadata must be a dict of strings")


def load_file(filename, device="cpu"):
    """The dict of tensors in a file. Raises SafetensorError for a damaged one."""
    with open(filename, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        header, start = read_header(file.read, size)
        return {name: tensor_at(file, start, entry, device) for name, entry in header.items() if name != "__metadata__"}


def load(data):
    """The dict of tensors in a file's bytes."""
    view = memoryview(data)
    position = 0

    def read(n):
        nonlocal position
        position += n
        return bytes(view[position - n : position])

    header, start = read_header(read, len(view))
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            found[name] = placed(np.frombuffer(view[start + begin : start + end], np.uint8).copy(), entry, "cpu")
    return found


def read_metadata(filename):
    """The strings that were saved beside the tensors."""
    with open(filename, "rb") as file:
        header, _ = read_header(file.read, os.fstat(file.fileno()).st_size)
    return header.get("__metadata__", {})


def tensor_at(file, start, entry, device):
    begin, end = entry["data_offsets"]
    raw = np.empty(end - begin, np.uint8)
    file.seek(start + begin)
    if file.readinto(memoryview(raw)) != end - begin:
        raise SafetensorError("incomplete tensor data: the file is shorter than its header says")
    return placed(raw, entry, device)


def placed(raw, entry, device):
    dtype = _NAMES[entry["dtype"]]
    array, where = as_dtype(raw, dtype).reshape(entry["shape"]), devices.device(device)
    return from_array(array if where == devices.CPU else to_device(array, where), dtype, where)


# -- the header ---------------------------------------------------------------------------
def read_header(read, size):
    """(header, where the data begin), checked: known dtypes, exact lengths, no overlap, no hole."""
    if size < 8:
        raise SafetensorError("header too small: the file has less than 8 bytes")
    (length,) = struct.unpack("<Q", read(8))
    if length > _HEADER_LIMIT:
        raise SafetensorError(f"header too large: {length} bytes")
    if length > size - 8:
        raise SafetensorError(f"invalid header length: {length} bytes in a file of {size}")
    text = read(length)
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=without_twins)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise SafetensorError(f"invalid header: {error}") from None
    if text[:1] != b"{" or not isinstance(header, dict):
        raise SafetensorError("invalid header: it does not start with '{'")
    check_entries(header, size - 8 - length)
    return header, 8 + length


def without_twins(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SafetensorError("invalid header: a name is there twice")
    return found


def check_entries(header, room):
    metadata = header.get("__metadata__", {})
    if not isinstance(metadata, dict) or any(not isinstance(v, str) for v in metadata.values()):
        raise SafetensorError("invalid header: the metadata are no strings")
    spans = []
    for name, entry in header.items():
        if name != "__metadata__":
            spans.append(check_entry(name, entry))
    at = 0
    for begin, end, name in sorted(spans):
        if begin != at:
            raise SafetensorError(f"invalid offset of tensor {name!r}: the data overlap or have a hole")
        at = end
    if at != room:
        raise SafetensorError(f"metadata incomplete: the tensors take {at} bytes, the file has {room}")


def check_entry(name, entry):
    fields = entry if isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"} else None
    if (
        fields is None
        or not isinstance(entry["dtype"], str)
        or not whole(entry["shape"])
        or not whole(entry["data_offsets"])
    ):
        raise SafetensorError(f"invalid header: the entry of tensor {name!r} is not dtype, shape and data_offsets")
    if entry["dtype"] not in _NAMES:
        raise SafetensorError(f"the dtype {entry['dtype']} of tensor {name!r} is not known here")
    begin, end = entry["data_offsets"] if len(entry["data_offsets"]) == 2 else (0, -1)
    if end - begin != math.prod(entry["shape"]) * _NAMES[entry["dtype"]].itemsize:
        raise SafetensorError(
            f"invalid length of tensor {name!r}: shape {entry['shape']} does not take {end - begin} bytes"
        )
    return begin, end, name


def whole(numbers):
    return isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)


# -- models --------------------------------------------------------------------------------
def save_model(model, filename, metadata=None, force_contiguous=True):
    """Write a module's state; of tensors that share memory, one name is written and the others noted."""
    kept, names, metadata = {}, {}, dict(metadata or {})
    for name, tensor in sorted(model.state_dict().items()):
        found, offset, size, stride = parts(tensor, names)
        first = kept.setdefault((found.key, offset, size, stride), (name, tensor))[0]
        if first != name:
            metadata[name] = first
    save_file({name: tensor.clone() for name, tensor in kept.values()}, filename, metadata or None)


def load_model(model, filename, strict=True, device="cpu"):
    """Load what `save_model` wrote. Returns (missing, unexpected) names; with `strict` they raise RuntimeError."""
    state, metadata = load_file(filename, device), read_metadata(filename)
    for name, first in metadata.items():
        if name not in state and first in state and name in model.state_dict():
            state[name] = state[first]
    missing, unexpected = model.load_state_dict(state, strict=False)
    if strict and (missing or unexpected):
        raise RuntimeError(f"Error(s) in loading state_dict for {type(model).__name__}: missing {missing}, "
                           f"unexpected {unexpected}")  # fmt: skip
    return missing, unexpected


__all__ = ["SafetensorError", "load", "load_file", "load_model", "save", "save_file", "save_model"]
