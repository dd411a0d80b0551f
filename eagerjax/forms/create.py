"""New tensors by size, by range, or like another one."""

import builtins
import math
import warnings

import numpy as np

from eagerjax.dispatch import apply, apply_without_data
from eagerjax.forms.construct import on_array, requiring
from eagerjax.install import give
from eagerjax.namespace import form, torch
from eagerjax.ops.create import arange_length
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.size import check_size
from eagerjax.tensor import Tensor, row_major

_NUMBER = (int, float, complex)


# -- what all of them share ------------------------------------------------------------
def size_of(name, size, given=None):
    """A shape from `zeros(2, 3)`, `zeros((2, 3))` or `zeros(size=(2, 3))`. Raises TypeError for others."""
    if given is not None:
        size = given if isinstance(given, (tuple, list)) else (given,)
    elif not size:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    elif len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    sizes = tuple([length_of(name, n) for n in size])
    check_numel(sizes)
    return sizes


def check_numel(sizes):
    """Raises RuntimeError for more elements than any memory has bytes, or strides beyond them."""
    check_size(sizes)
    if 0 in sizes and math.prod([n or 1 for n in sizes]) >= 1 << 60:
        raise RuntimeError("Stride calculation overflowed")


def length_of(name, n):
    if type(n) is int:
        pass
    elif isinstance(n, Tensor) and not n.dtype.is_floating_point and n.numel() == 1:
        n = int(n.item())
    elif hasattr(n, "__index__") and not isinstance(n, bool):
        n = n.__index__()
    else:
        raise TypeError(
            f"{name}(): argument 'size' must be tuple of ints, but found element of type {type(n).__name__}"
        )
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    return n


_FILL_IN_ORDER = ("_arange", "_linspace", "_logspace")
"""What leaves an `out=` of as many elements its shape."""


def make(op, *args, dtype, device, requires_grad=False, out=None, generator=None, layout=None):
    """Run a creation op for a device; give its result where `out` says, or let it require grad."""
    if layout is not None and layout is not dt.strided:
        raise RuntimeError(f"only strided tensors are supported, but got layout={layout}")
    if out is not None:
        check_out(out, dtype, device)
    where = devices.current() if device is None else devices.device(device)
    if where is devices.META:
        made = apply_without_data(op, *args, dtype=dtype, device=where)
    else:
        with where:
            made = apply(op, *args, dtype=dtype, device=where, generator=generator)
    if out is not None:
        return give(out, made if op not in _FILL_IN_ORDER else fitted(out, made, op))
    return requiring(made) if requires_grad else made


def check_out(out, dtype, device):
    """Raises RuntimeError where `out=` contradicts what else was said."""
    if dtype is not out.dtype:
        raise RuntimeError(f"dtype {dtype.title} does not match dtype of out parameter ({out.dtype.title})")
    if device is not None and devices.device(device).type != out.device.type:
        raise RuntimeError(f"device type {devices.device(device).type} does not match device type of out parameter "
                           f"({out.device.type})")  # fmt: skip


def fitted(out, made, op):
    """What was made in the shape of `out`, which gets another shape where their numbers of elements differ."""
    if out.numel() == made.numel():
        return made.reshape(out.shape)
    if out.numel() and op == "_arange":
        warnings.warn(
            f"The number of elements in the out tensor of shape {list(out.shape)} is {out.numel()} which does not match the "
            f"computed number of elements {made.numel()}. Note that this may occur as a result of rounding error. The out "
            f"tensor will be resized to a tensor of shape ({made.numel()},).", stacklevel=4)  # fmt: skip
    out.resize_(made.shape)
    return made


def filler(name, value):
    """`zeros`, `ones`, `empty`: all elements the same."""

    def create(*size, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False,
               memory_format=None, **named):  # fmt: skip
        shape = size_of(name, size, named.pop("size", None))
        check_no_more(name, named)
        kind = dtype or (out.dtype if out is not None else dt.get_default_dtype())
        return make(
            "_full", value, shape, dtype=kind, device=device, requires_grad=requires_grad, out=out, layout=layout
        )

    return named_as(create, name, f"A tensor of a size, filled with {value}.")


def filler_like(name, value):
    def create(
        input, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None
    ):
        return make("_full", value, input._ref.shape, dtype=dtype or input.dtype, layout=layout,
                    device=input.device if device is None else device, requires_grad=requires_grad)  # fmt: skip

    return named_as(create, name, f"A tensor shaped like `input`, filled with {value}.")


def filler_new(name, value):
    def create(self, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False, **named):
        shape = size_of(name, size, named.pop("size", None))
        check_no_more(name, named)
        return make("_full", value, shape, dtype=dtype or self.dtype, layout=layout,
                    device=self.device if device is None else device, requires_grad=requires_grad)  # fmt: skip

    return named_as(create, name, f"A tensor of a size with the dtype and device of this one, filled with {value}.")


def named_as(function, name, doc):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def check_no_more(name, named):
    if named:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(named))}'")


for _name, _value in (("zeros", 0), ("ones", 1), ("empty", 0)):
    form(filler(_name, _value), homes="torch")
    form(filler_like(_name + "_like", _value), homes="torch")
    form(filler_new("new_" + _name, _value), homes="Tensor")


# -- one value -----------------------------------------------------------------------------
@form(homes="torch")
def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A tensor of a size with every element `fill_value`, whose kind decides the dtype unless one is given."""
    kind = dtype or (out.dtype if out is not None else dtype_of(fill_value))
    shape = size_of("full", (), size)
    return make(
        "_full",
        checked(fill_value, kind),
        shape,
        dtype=kind,
        device=device,
        requires_grad=requires_grad,
        out=out,
        layout=layout,
    )


def dtype_of(value):
    if isinstance(value, Tensor):
        return value.dtype
    if not isinstance(value, _NUMBER) and hasattr(value, "item"):
        value = value.item()
    return dt.of_number(value)


def checked(value, kind):
    """A fill value. Raises RuntimeError for a number that the dtype cannot hold."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise TypeError(f"full(): fill_value must be a number or 0-dim tensor, but has {value.ndim} dimension(s)")
        return value.detach()
    if kind.category == dt.INTEGER and isinstance(value, (int, float)):
        bits = kind.itemsize * 8
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if kind.is_signed else (0, (1 << bits) - 1)
        if not (math.isfinite(value) and low <= int(value) <= high) and not (not kind.is_signed and -high <= value < 0):
            raise RuntimeError(f"value cannot be converted to type {dt.VALUE_NAMES.get(kind.name, kind.name)} without overflow")
        return int(value)
    if kind is dt.bool_:
        return bool(value)
    if isinstance(value, (int, float)):
        dt.check_fits(value, kind)
    return value


@form(homes="torch")
def full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False,
              memory_format=None):  # fmt: skip
    """A tensor shaped like `input` with every element `fill_value`."""
    kind = dtype or input.dtype
    return make("_full", checked(fill_value, kind), input._ref.shape, dtype=kind, layout=layout,
                device=input.device if device is None else device, requires_grad=requires_grad)  # fmt: skip


@form(homes="Tensor")
def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A tensor of a size with the dtype and device of this one, every element `fill_value`."""
    kind = dtype or self.dtype
    return make("_full", checked(fill_value, kind), size_of("new_full", (), size), dtype=kind, layout=layout,
                device=self.device if device is None else device, requires_grad=requires_grad)  # fmt: skip


@form(homes="Tensor")
def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A tensor of `data` with the dtype and device of this one."""
    return torch.tensor(data, dtype=dtype or self.dtype, device=self.device if device is None else device,
                        requires_grad=requires_grad)  # fmt: skip


@form(homes="Tensor")
def new(self, *args, size=None, device=None):
    """Legacy: `x.new(2, 3)` is an empty tensor of that size, `x.new([..])` one of that data."""
    if size is not None:
        return self.new_empty(size, device=device)
    if args and not all(isinstance(a, int) for a in args) and not type(args[0]).__name__ == "Size":
        return self.new_tensor(args[0], device=device)
    return self.new_empty(args[0] if args and not isinstance(args[0], int) else (args or (0,)), device=device)


@form(homes="torch")
def empty_strided(size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor of a size and strides; away from the CPU it is stored row-major whatever `stride` says."""
    shape, strides = size_of("empty_strided", (), size), tuple([plain(s) for s in stride])
    if len(shape) != len(strides):
        raise RuntimeError(f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(strides)})")
    if min(strides, default=0) < 0:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}")
    where = devices.current() if device is None else devices.device(device)
    if strides == row_major(shape) or 0 in shape or where.type != "cpu":
        return torch.empty(shape, dtype=dtype, device=device, layout=layout, requires_grad=requires_grad)
    made = on_array(strided_zeros(shape, strides, dtype or dt.get_default_dtype()))
    return requiring(made) if requires_grad else made


def strided_zeros(shape, strides, kind):
    """A numpy array of zeros with given strides, in elements, on memory of its own."""
    last = sum((n - 1) * s for n, s in zip(shape, strides))
    memory = np.zeros(last + 1, kind.np)
    return np.lib.stride_tricks.as_strided(memory, shape, [s * kind.itemsize for s in strides])


@form(homes="Tensor")
def new_empty_strided(
    self, size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """A tensor of a size and strides with the dtype and device of this one: see `torch.empty_strided`."""
    return empty_strided(size, stride, dtype=dtype or self.dtype, device=self.device if device is None else device,
                         layout=layout, requires_grad=requires_grad)  # fmt: skip


@form(homes="torch")
def empty_permuted(
    size, physical_layout, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """A tensor of a size; it is stored row-major whatever `physical_layout` says."""
    if sorted(physical_layout) != list(builtins.range(len(size))):
        raise RuntimeError(
            f"Number of dimensions in size does not match the length of the physical_layout, or a dimension is out of "
            f"range or appears twice: size={list(size)}, physical_layout={list(physical_layout)}"
        )
    return torch.empty(tuple(size), dtype=dtype, device=device, requires_grad=requires_grad)


# -- ranges --------------------------------------------------------------------------------
def plain(value):
    return value.item() if hasattr(value, "item") else int(value) if isinstance(value, bool) else value


@form(homes="torch")
def arange(*args, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, **named):
    """arange(end), arange(start, end), arange(start, end, step): int64 if all are integers, else the default dtype."""
    names = ("end",) if len(args) == 1 and not {"end"} & set(named) else ("start", "end", "step")
    given = {**dict(zip(names, args, strict=False)), **named}
    if "end" not in given or len(args) > 3:
        raise TypeError("arange() received an invalid combination of arguments")
    start, end, step = (plain(given.pop(n, default)) for n, default in (("start", 0), ("end", None), ("step", 1)))
    check_no_more("arange", given)
    whole = all(isinstance(v, int) for v in (start, end, step))
    kind = dtype or (out.dtype if out is not None else dt.int64 if whole else dt.get_default_dtype())
    if kind.category == dt.INTEGER and not whole:
        count, low, by = arange_length(start, end, step), int(start), int(step)
        if kind is dt.int64 and not by:
            raise ValueError("step must be nonzero")
        if not by:
            return full((count,), low, out=out, dtype=kind, layout=layout, device=device, requires_grad=requires_grad)
        # PyTorch counts the steps by what was given, but for int64 by whole numbers
        start, end, step = low, int(end) if kind is dt.int64 else low + count * by, by
    return make(
        "_arange", start, end, step, dtype=kind, device=device, requires_grad=requires_grad, out=out, layout=layout
    )


@form(homes="torch", aliases=())
def range(start, end, step=1, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """Deprecated: arange that includes its end, in the default dtype."""
    warnings.warn("torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
                  "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
                  stacklevel=3)  # fmt: skip
    arange_length(start, end, step)  # raises for what has no end
    count = math.floor((end - start) / step) + 1
    if out is not None and out.numel() != count:
        out.resize_((count,))
    kind = dtype or (out.dtype if out is not None else dt.get_default_dtype())
    return make("_arange", float(start), float(start + (count - 0.5) * step), float(step), dtype=kind, device=device,
                requires_grad=requires_grad, out=out)  # fmt: skip


def line_dtype(name, dtype, out, *ends):
    kinds = [dtype_of(e) for e in ends]
    kind = next((k for k in kinds if k.is_complex), dt.get_default_dtype())
    if dtype is None and out is not None:
        if kind.is_complex and not out.dtype.is_complex:
            raise RuntimeError(f"value cannot be converted to type {out.dtype.name} without overflow")
        return out.dtype
    if kind.is_complex and dtype is not None and not dtype.is_complex:
        part = "float" if kind is dt.complex64 else "double"
        raise RuntimeError(f"torch.{name}(): inferred dtype c10::complex<{part}> can't be safely cast to passed dtype "
                           f"{dtype.title}")  # fmt: skip
    return dtype or kind


def end_of(value):
    """A number or 0-dim tensor where a line begins or ends; the line has no gradient with respect to it."""
    if isinstance(value, Tensor):
        return value.detach() if value.requires_grad else value
    return value if isinstance(value, _NUMBER) else value.item()


def steps_of(name, steps):
    if isinstance(steps, int) and steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return length_of(name, steps)


@form(homes="torch")
def linspace(
    start, end, steps, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """`steps` evenly spaced values from start to end, both included."""
    kind = line_dtype("linspace", dtype, out, start, end)
    return make("_linspace", end_of(start), end_of(end), steps_of("linspace", steps), dtype=kind, device=device,
                requires_grad=requires_grad, out=out, layout=layout)  # fmt: skip


@form(homes="torch")
def logspace(start, end, steps, base=10.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False,
             pin_memory=False):  # fmt: skip
    """base ** of `steps` evenly spaced exponents from start to end."""
    kind = line_dtype("logspace", dtype, out, start, end)
    return make(
        "_logspace",
        end_of(start),
        end_of(end),
        steps_of("logspace", steps),
        plain(base),
        dtype=kind,
        device=device,
        requires_grad=requires_grad,
        out=out,
        layout=layout,
    )


@form(homes="torch")
def eye(n, m=None, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """An n x m matrix (square unless m is given) with ones on the diagonal."""
    kind = dtype or (out.dtype if out is not None else dt.get_default_dtype())
    n = plain(n)
    return make(
        "_eye",
        n,
        n if m is None else plain(m),
        dtype=kind,
        device=device,
        requires_grad=requires_grad,
        out=out,
        layout=layout,
    )


@form(homes="torch")
def tril_indices(row, col, offset=0, *, dtype=dt.int64, device=None, layout=None):
    """(2, n): row and column numbers of the lower triangle of a row x col matrix."""
    return apply("_triangle_indices", row, col, offset, dtype, True)


@form(homes="torch")
def triu_indices(row, col, offset=0, *, dtype=dt.int64, device=None, layout=None):
    """(2, n): row and column numbers of the upper triangle of a row x col matrix."""
    return apply("_triangle_indices", row, col, offset, dtype, False)
