"""Storages in files: flat memory with a type, a place and a key. Tensors are views of them, on both ways."""

import math

import numpy as np

from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.runtime.nothing import no_data
from eagerjax.tensor import Tensor, concrete_array, from_array, new_leaf, set_leaf, to_device

CLASSES = {
    "FloatStorage": dt.float32, "DoubleStorage": dt.float64, "HalfStorage": dt.float16, "BFloat16Storage": dt.bfloat16,
    "LongStorage": dt.int64, "IntStorage": dt.int32, "ShortStorage": dt.int16, "CharStorage": dt.int8,
    "ByteStorage": dt.uint8, "BoolStorage": dt.bool_, "ComplexFloatStorage": dt.complex64,
    "ComplexDoubleStorage": dt.complex128,
}  # fmt: skip
"""PyTorch's storage classes. Dtypes that have none are stored as bytes and named beside them."""

CLASS_OF = {d: name for name, d in CLASSES.items()}


class StorageType:
    """A storage class that a file names. `dtype` is None for untyped bytes."""

    def __init__(self, name, dtype):
        self.name = name
        self.dtype = dtype

    def __repr__(self):
        return f"torch.{self.name}"


class Saved:
    """A storage on its way into a file: the memory that a family of tensors shares, counted in elements of `dtype`."""

    def __init__(self, key, source, dtype, location):
        self.key = key
        self.source = source  # the tensor or the base whose value fills it
        self.dtype = dtype
        self.location = location

    def raw(self):
        """The storage's bytes, as a flat uint8 array."""
        array = np.ascontiguousarray(np.asarray(concrete_array(self.source)))
        return array.reshape(-1).view(np.uint8)

    def nbytes(self):
        ref = self.source._ref
        return int(np.prod(ref.shape, dtype=np.int64)) * ref.dtype.itemsize


class Loaded:
    """A storage that came out of a file. `map_location` functions see it; they may return `storage.cuda()`."""

    def __init__(self, dtype, numel, location, fill):
        self.dtype = dtype
        self.numel = numel
        self.location = location
        self.device = devices.CPU
        self.fill = fill  # gives the bytes, once they are needed
        self._whole = None  # the first tensor made of it, if that shows it all; else a flat one

    def cpu(self):
        return self.to("cpu")

    def cuda(self, device=None):
        return self.to("cuda" if device is None else device)

    def to(self, device):
        """The same storage, to be placed on `device`."""
        made = Loaded(self.dtype, self.numel, self.location, self.fill)
        made.device = devices.device(device)
        return made

    def nbytes(self):
        return self.numel * (self.dtype.itemsize if self.dtype else 1)

    def tensor(self, dtype, offset, size, stride):
        """The tensor at that place. Raises RuntimeError where it would reach outside."""
        numel = self.nbytes() // dtype.itemsize
        check_inside(numel, offset, size, stride)
        if self._whole is None:
            array = as_dtype(self.fill(), dtype)
            lone = offset == 0 and tuple(stride) == dense(size) and math.prod(size) == numel
            self._whole = self._placed(array.reshape(size) if lone else array, dtype)
            if lone:
                return self._whole
        if self._whole.dtype is not dtype:
            raise RuntimeError("Cannot load tensors that view the same storage as different types: "
                               f"{self._whole.dtype} and {dtype}")  # fmt: skip
        return self._whole.detach().as_strided(size, stride, offset)

    def _placed(self, array, dtype):
        return from_array(array if self.device == devices.CPU else to_device(array, self.device), dtype, self.device)


def as_dtype(raw, dtype):
    """Bytes as a flat array of a dtype. A bool is any byte that is not 0."""
    return raw != 0 if dtype is dt.bool_ else raw.view(dtype.np)


def dense(size):
    """The strides of a row-major array."""
    strides, step = [], 1
    for length in reversed(size):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))


def check_inside(numel, offset, size, stride):
    """Raise RuntimeError unless every element lies in a storage of `numel` elements."""
    numbers = (offset, *size, *stride)
    if any(type(n) is not int or n < 0 for n in numbers) or len(size) != len(stride):
        raise RuntimeError(f"a tensor in the file has an impossible size {size}, stride {stride} or offset {offset}")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride))
    if math.prod(size) and last >= numel:
        raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} are out of "
                           f"bounds for storage of {numel} elements")  # fmt: skip


# -- what files call -----------------------------------------------------------------------
def rebuild_tensor(storage, storage_offset, size, stride, dtype=None):
    """A tensor of a storage."""
    if not isinstance(storage, Loaded) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise RuntimeError("a tensor in the file is not made of a storage, a size and a stride")
    dtype = dtype or storage.dtype
    if not isinstance(dtype, dt.dtype):
        raise RuntimeError("a tensor in the file has no dtype")
    return storage.tensor(dtype, storage_offset, size, stride)


def rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None):
    """A tensor of a storage that may require grad. (Hooks are never saved: the entry is an empty dict.)"""
    return requiring(rebuild_tensor(storage, storage_offset, size, stride), requires_grad)


def rebuild_tensor_v3(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None):
    """A tensor whose dtype has no storage class of its own."""
    return requiring(rebuild_tensor(storage, storage_offset, size, stride, dtype), requires_grad)


def requiring(tensor, requires_grad):
    if requires_grad:
        set_leaf(tensor, new_leaf(tensor))
    return tensor


def rebuild_meta(dtype, size, stride, requires_grad):
    """A tensor of the meta device."""
    if not isinstance(dtype, dt.dtype) or not all(type(n) is int and n >= 0 for n in size):
        raise RuntimeError("the file holds a tensor of the meta device that has no shape")
    return requiring(from_array(no_data(tuple(size), dtype.np), dtype, devices.META), bool(requires_grad))


# -- what tensors are to the writer ----------------------------------------------------------
def parts(tensor, table):
    """(storage, offset, size, stride) of a tensor; `table` keeps one storage for all aliases of the same memory."""
    base = tensor._base
    source = tensor if base is None else base.storage
    found = table.get(id(source))
    if found is None:
        holder = tensor if base is None else base.storage.latest
        place = "cpu" if tensor.device.type == "cpu" else f"{tensor.device.type}:{tensor.device.index or 0}"
        found = table[id(source)] = Saved(str(len(table)), holder, tensor.dtype, place)
        found.owner = source  # alive as long as the table: ids do not come again
    elif found.dtype is not tensor.dtype:
        raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
    return found, tensor.storage_offset(), tuple(tensor.shape), tuple(tensor.stride())


def set_attributes(tensor, state):
    """Give a tensor the attributes that were saved with it. Names of the engine's own are refused."""
    if not isinstance(state, dict) or any(not isinstance(k, str) or k in OWN or hasattr(Tensor, k) for k in state):
        raise RuntimeError("a tensor in the file has attributes that a tensor cannot take")
    tensor.__dict__.update(state)
    return tensor


OWN = frozenset(
    "_base _view _made _passed _changed _seen _leaf _retained _retains _writes _strides _order _offset _grad_fn".split()
)
"""Entries of a tensor's `__dict__` that are the engine's."""


def attributes(tensor):
    """What users have hung onto a tensor."""
    return {k: v for k, v in vars(tensor).copy().items() if k not in OWN}
