"""Tensors from data, and conversions between dtypes and devices."""

import builtins
import warnings

import numpy as np

from eagerjax import alias, memory
from eagerjax.dispatch import apply
from eagerjax.forms import order, sequences
from eagerjax.namespace import METHODS, form, torch
from eagerjax.record.trace import concrete_ref, state
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.runtime.nothing import no_data
from eagerjax.runtime.random import like_torch
from eagerjax.tensor import Tensor, concrete_array, from_array, row_major, to_device


@form(homes="torch")
def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A new tensor with a copy of `data`: numbers, nested sequences, arrays, tensors.

    Python floats become the default dtype, integers int64. Raises ValueError for ragged sequences.
    """
    if isinstance(data, Tensor):
        array, kind = np.array(concrete_array(data)), data.dtype
        device = data.device if device is None else device
    else:
        array, kind = to_numpy(data, dtype)
        if not isinstance(data, (np.ndarray, np.generic)):
            check_numbers(array, dtype or kind)
    kind = dtype or kind
    made = place(array_as(array, kind), kind, device)
    return requiring(made) if requires_grad else made


def requiring(made):
    """A new tensor that requires grad. Raises RuntimeError where its dtype has no gradients."""
    if made.dtype.category < dt.FLOATING:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return made.requires_grad_()


def check_numbers(array, kind):
    """Raises for numbers that an integer dtype cannot hold, and for complex ones where real ones are asked for."""
    if array.dtype.kind == "c" and not kind.is_complex and kind is not dt.bool_:
        raise TypeError("must be real number, not complex")
    if kind.category == dt.INTEGER and array.size and array.dtype.kind in "iuf" and array.dtype != kind.np:
        for value in (array.min().item(), array.max().item()):
            if array.dtype.kind == "u" and kind is dt.int64:
                raise ValueError("Overflow when unpacking long long")
            dt.check_fits(value, kind, kind.name)


def to_numpy(data, dtype=None):
    """(a private numpy array, its dtype) of anything that holds numbers.

    `dtype` is what they become: as floats, integers may be beyond int64.
    """
    if builtins.type(data) is int and -sequences.LONG <= data < sequences.LONG:  # the commonest, in loops
        return np.array(data, np.int64), dt.int64
    if isinstance(data, np.ndarray):
        check_array(data)
        return np.array(data, order="C"), dt.from_np(data.dtype)
    if isinstance(data, np.generic):
        return np.array(data), dt.from_np(data.dtype)
    if hasattr(data, "__array__") and not isinstance(data, (list, tuple)):
        array = np.array(data.__array__(), order="C")
        return array, dt.from_np(array.dtype)
    plain = sequences.is_plain(data)
    try:
        array = np.array(data) if plain else None
    except ValueError:  # ragged: the slow way says where
        array = None
    if array is None:
        return sequences.read(data, dtype)
    array = sequences.with_large_integers(data, array, dtype)
    return array, inferred(array, data)


def inferred(array, data):
    """PyTorch's dtype for Python data: numpy's, but floats and complex numbers follow the default dtype."""
    if array.size == 0 and isinstance(data, (list, tuple)):
        return dt.get_default_dtype()
    if array.dtype.kind in "fc":
        return dt.get_default_dtype() if array.dtype.kind == "f" else dt.get_default_dtype().to_complex()
    return dt.from_np(array.dtype)


def array_as(array, kind):
    """A numpy array as the numpy type of a dtype, floats to integers by truncation."""
    if array.dtype == kind.np:
        return array
    with np.errstate(all="ignore"):
        return array.astype(kind.np)


def place(array, kind, device):
    """A tensor of a private numpy array on a device."""
    where = devices.device(device) if device is not None else devices.current()
    if where.type == "cpu":
        return from_array(array, kind, devices.CPU)
    return from_array(to_device(array, where), kind, where)


@form(homes="torch")
def as_tensor(data, dtype=None, device=None):
    """`data` itself if it is a tensor of that dtype and device, a tensor on a numpy array's memory, else a new one."""
    if isinstance(data, Tensor):
        return data.to(device=device, dtype=dtype)
    if isinstance(data, np.ndarray) and is_shared(dt.from_np(data.dtype), dtype, device):
        return on_array(data)
    return tensor(data, dtype=dtype, device=device)


def is_shared(kind, dtype, device):
    """Does memory of that dtype on the CPU serve as what is asked for?"""
    where = devices.current() if device is None else devices.device(device)
    return where.type == "cpu" and dtype in (None, kind)


@form(homes="torch")
def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=False):
    """A tensor of the same memory as `obj` where that can be (always with `copy=False`, never with `copy=True`).

    Raises ValueError where `copy=False` asks for what only a copy can be.
    """
    buffer = not isinstance(obj, (Tensor, np.ndarray, np.generic)) and is_buffer(obj)
    kind = obj.dtype if isinstance(obj, Tensor) else dt.from_np(obj.dtype) if isinstance(obj, np.ndarray) else None
    if copy is False and isinstance(obj, np.generic):
        raise RuntimeError("can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray. ")
    if copy is False and kind is None and not buffer:
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    if copy is False and kind is not None:
        check_alias(obj, kind, dtype, device)
    if buffer:
        made = torch.frombuffer(obj, dtype=dtype or dt.get_default_dtype())
    elif builtins.type(obj).__name__ == "PyCapsule":
        made = torch.from_dlpack(obj).to(device=device, dtype=dtype)
    elif isinstance(obj, Tensor) and obj.requires_grad and not requires_grad:
        made = as_tensor(obj.detach(), dtype=dtype, device=device)
    else:
        made = as_tensor(obj, dtype=dtype, device=device)
    alone = isinstance(obj, np.ndarray) and not obj.ndim  # a number, for PyTorch
    made = made.clone() if copy or alone else made
    return requiring(made) if requires_grad and not made.requires_grad else made


def is_buffer(obj):
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def check_alias(obj, kind, dtype, device):
    """Raises ValueError for another dtype or device than the memory's."""
    if dtype not in (None, kind):
        raise ValueError(f"can't alias tensor with dtype '{kind.title}' into dtype '{dtype.title}'.")
    here = obj.device if isinstance(obj, Tensor) else devices.CPU
    if device is not None and devices.device(device).type != here.type:
        raise ValueError(f"can't alias tensor from device '{here}' to '{devices.device(device)}'.")


@form(homes="torch")
def from_numpy(ndarray):
    """A tensor on the array's memory: what is written to one shows in the other.

    Raises ValueError for arrays with negative strides or a foreign byte order, TypeError for dtypes that no tensor has.
    """
    if not isinstance(ndarray, np.ndarray):
        kind = builtins.type(ndarray)
        raise TypeError(f"expected np.ndarray (got {kind.__qualname__ if kind.__module__ == 'builtins' else name_of(kind)})")
    if not ndarray.flags.writeable:
        warn_readonly()
    return on_array(ndarray)


def warn_readonly():
    """PyTorch says it once in a program, too."""
    global _warned  # noqa: PLW0603
    if not _warned:
        _warned = True
        warnings.warn("The given NumPy array is not writable, and tensors are. A tensor that is written to parts from the "
                      "array; copy it to have a tensor of its own.", stacklevel=4)  # fmt: skip


_warned = False


def name_of(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


def on_array(array):
    """A tensor that shares the memory of an array; of a copy where nobody can write to it."""
    check_array(array)
    if not array.size or constant(array):
        return tensor(array)
    dtype, made = dt.from_np(array.dtype), object.__new__(Tensor)
    base, chain, strides = memory.family_on(array, dtype, devices.CPU)
    alias.join(made, base, chain, concrete_ref(array.shape, dtype, devices.CPU))
    if strides is not None and strides != row_major(array.shape):
        made._strides = strides
    if state.body is not None:
        state.body.made.append(made)
    return made


def constant(array):
    """Can nobody ever write to it?"""
    while isinstance(array, np.ndarray) and not array.flags.writeable:
        array = array.base
    return isinstance(array, bytes)


def check_array(array):
    """Raises ValueError for what no tensor can be laid over."""
    if not array.dtype.isnative and array.dtype.kind in "fciu":
        raise ValueError("given numpy array has byte order different from the native byte order. Conversion between byte orders "
                         "is currently not supported.")  # fmt: skip
    dtype = dt.from_np(array.dtype)
    if array.flags.c_contiguous:
        return
    if any(s % dtype.itemsize for s in array.strides):
        raise ValueError("given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate "
                         "the memory.")  # fmt: skip
    if any(s < 0 for s in array.strides):
        raise ValueError("At least one stride in the given numpy array is negative, and tensors with negative strides are not "
                         "currently supported. (You can probably work around this by making a copy of your array  with "
                         "array.copy().) ")  # fmt: skip


@form(homes="torch")
def scalar_tensor(s, *, dtype=None, device=None, requires_grad=False):
    """A 0-dim tensor of a number."""
    return tensor(s, dtype=dtype or dt.get_default_dtype(), device=device, requires_grad=requires_grad)


def cast(self, dtype, memory_format=None):
    """The tensor as another dtype; itself if it has it already, in that order of memory."""
    if self._ref.dtype is not dtype:
        return apply("_cast", self, dtype)
    return self if has_format(self, memory_format) else arranged(self, memory_format.name)


_LAST = {"channels_last": (1, 3, 2, 0), "channels_last_3d": (1, 4, 3, 2, 0)}
"""The dimensions of an order in memory, the densest first."""


def has_format(self, memory_format):
    """Do the tensor's elements lie in that order? PyTorch copies where they do not."""
    name = getattr(memory_format, "name", None)
    if name == "contiguous_format":
        return self.is_contiguous()
    order = _LAST.get(name)
    if order is None:
        return True
    shape, strides, step = self._ref.shape, self.stride(), 1
    if len(shape) != len(order):
        raise RuntimeError(f"required rank {len(order)} tensor to use {name} format")
    for dim in order:
        if shape[dim] != 1 and strides[dim] != step:
            return False
        step *= shape[dim]
    return True


def to(self, *args, device=None, dtype=None, non_blocking=False, copy=False, memory_format=None):
    """The tensor with another dtype and/or on another device; itself where nothing changes (unless `copy`)."""
    flags = [a for a in args if isinstance(a, bool)]
    copy = flags[1] if len(flags) > 1 else copy  # after non_blocking
    for arg in args:
        if isinstance(arg, dt.dtype):
            dtype = arg
        elif isinstance(arg, Tensor):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, (str, int, devices.device)) and not isinstance(arg, bool):
            device = arg
        elif isinstance(arg, builtins.type):
            dtype = dt.of_argument(arg, "to")
    out = move(self, devices.device(device)) if device is not None else self
    out = cast(out, dtype or out.dtype, memory_format)
    return out.clone() if copy and out is self else out


def move(self, where):
    if where == self.device or (where.type == self.device.type and where.index is None):
        return self
    if where is devices.META:
        return from_array(no_data(self._ref.shape, self.dtype.np), self.dtype, where)
    if self.requires_grad and state.trace.grad:
        raise NotImplementedError("moving a tensor that requires grad between devices is not recorded yet; move the "
                                  "module, or detach first")  # fmt: skip
    return from_array(to_device(concrete_array(self), where), self.dtype, where)


def caster(kind, name):
    def convert(self, memory_format=None):
        return cast(self, kind, memory_format)

    convert.__name__ = name
    convert.__doc__ = f"`self.to(torch.{kind.name})`."
    return convert


for _name, _kind in {**dt.ALIASES, "bool": dt.bool_, "bfloat16": dt.bfloat16, "byte": dt.uint8, "char": dt.int8}.items():
    METHODS[_name] = caster(_kind, _name)


@form(homes="Tensor")
def type_as(self, other):
    """`self.to(other.dtype)`."""
    return cast(self, other.dtype)


_TYPES = {f"torch.{home}{kind.title}Tensor": (kind, device) for kind in dt.ALL
          for home, device in (("", "cpu"), ("cuda.", "cuda"))}  # fmt: skip


@form(homes="Tensor")
def type(self, dtype=None, non_blocking=False, **kwargs):
    """The legacy type's name, or the tensor converted to a dtype or legacy type; torch.Tensor is the default one."""
    if dtype is None:
        return f"torch.{self.type_name()}" if self.device.type == "cpu" else f"torch.{self.device.type}.{self.type_name()}"
    if isinstance(dtype, dt.dtype):
        return cast(self, dtype)
    if not isinstance(dtype, (str, builtins.type)):
        raise TypeError("dtype must be a type, str, or dtype object")
    if dtype is Tensor or dtype == "torch.Tensor":
        return cast(self, dt.get_default_dtype())
    name = dtype if isinstance(dtype, str) else dtype.__name__
    home = "" if isinstance(dtype, str) else f"{dtype.__module__}."
    if home + name not in _TYPES:
        raise ValueError(f"invalid type: '{name}'")
    kind, where = _TYPES[home + name]
    return to(self, device=where, dtype=kind)


@form(homes="Tensor")
def cpu(self, memory_format=None):
    """The tensor on the CPU."""
    return to(self, device="cpu", memory_format=memory_format)


@form(homes="Tensor")
def cuda(self, device=None, non_blocking=False, memory_format=None):
    """The tensor on a GPU."""
    return to(self, device="cuda" if device is None else device, memory_format=memory_format)


@form(homes="Tensor")
def contiguous(self, memory_format=None):
    """The tensor itself if it lies in memory in that order (row-major unless told), else a copy."""
    name = getattr(memory_format, "name", "contiguous_format")
    there = self.is_contiguous() if name == "contiguous_format" else has_format(self, memory_format)
    if there and like_torch():
        there = name != "contiguous_format" or order.by_rows(self)
    return self if there else arranged(self, name)


def arranged(self, name):
    """A copy that lies in memory in that order. (Only draws of PyTorch's own numbers ask for it: see forms/order.py.)"""
    return self.clone(memory_format=dt.FORMATS[name]) if like_torch() else self.clone()


@form(homes="Tensor")
def copy_(self, src, non_blocking=False):
    """Overwrite with the values of `src`, broadcast and converted."""
    from eagerjax.install import check_overlap, check_writable, write  # noqa: PLC0415

    check_writable(self)
    if not isinstance(src, Tensor):
        src = tensor(src, dtype=self.dtype)
    if self.device is devices.META:
        return self  # there is nothing to write to
    if src.device is devices.META:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    if self._base is not None:
        check_overlap(self, (src,))
    given = src
    if src._ref.shape != self._ref.shape:
        src = src.expand(self._ref.shape)
    src = cast(src, self._ref.dtype)
    if self.requires_grad and state.trace.grad:
        src = apply("_copied", self, src)
    elif src is given:  # a value of its own: what happens to the source's later is no matter of this tensor's
        src = apply("clone", src)
    return write(self, src)


@form(homes="torch")
def is_tensor(obj):
    """Is `obj` a tensor?"""
    return isinstance(obj, Tensor)


@form
def is_floating_point(input):
    """Is the dtype a floating one?"""
    return input.dtype.is_floating_point


@form
def is_complex(input):
    """Is the dtype complex?"""
    return input.dtype.is_complex


@form
def numel(input):
    """The number of elements."""
    return input.numel()


METHODS["to"] = to
for _name in ("is_floating_point", "is_complex", "numel"):
    METHODS.pop(_name)
torch.promote_types = dt.promote_types
