"""Small questions and settings that scripts ask of PyTorch: types, casts, threads, determinism, element-wise Python."""

import functools
import os

import numpy as np

from eagerjax import accelerator, backends, cuda  # noqa: F401  (submodules of the package, as PyTorch's are)
from eagerjax.namespace import METHODS, form, torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor


# -- types --------------------------------------------------------------------------------
@form(homes="torch")
def typename(obj):
    """The name of an object's type: "torch.FloatTensor", "torch.nn.modules.linear.Linear", "int"."""
    if isinstance(obj, Tensor):
        return obj.type()
    kind = obj if isinstance(obj, type) else type(obj)
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "") else f"{module}.{kind.__qualname__}"


@form(homes="torch")
def result_type(tensor, other):
    """The dtype that an operation on the two would have; either may be a Python number."""
    return dt.result_type([entry(tensor), entry(other)])


def entry(value):
    """(dtype, tier) as promotion takes it: a tensor with dimensions, a 0-dim one, a number."""
    if isinstance(value, Tensor):
        return value.dtype, 0 if value.ndim else 1
    return dt.of_number(value), 2


@form(homes="torch")
def can_cast(from_, to):
    """May an in-place operation or `out=` turn `from_` into `to`? Not complex into real, nor floats into integers."""
    return dt.given(from_).category <= dt.given(to).category


@form
def is_same_size(input, other):
    """Have both the same shape?"""
    return input.shape == other.shape


@form
def resolve_conj(input):
    """The tensor itself, or a copy of what a conjugated view of another one shows."""
    return input.clone() if input.is_conj() else input


@form
def resolve_neg(input):
    """The tensor itself, or a copy of what a negated view of another one shows."""
    return input.clone() if input.is_neg() else input


@form
def is_inference(input):
    """False: tensors made in inference mode are like any others."""
    return False


@form(homes="torch")
def is_conj(input):
    """Is the value a lazy conjugate? Never: a conjugate is computed."""
    return input.is_conj()


@form(homes="torch")
def is_neg(input):
    """Is the value a lazy negation? Never."""
    return input.is_neg()


@form(homes="torch")
def is_signed(input):
    """Does the dtype hold negative numbers?"""
    return input.is_signed()


class memory_format:
    """An order of dimensions in memory. XLA picks its own: the names exist, and change nothing."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):
        return _format, (self.name,)


@functools.cache
def _format(name):
    return memory_format(name)


torch.memory_format, torch.layout = memory_format, dt.layout
for _name in ("contiguous_format", "channels_last", "channels_last_3d", "preserve_format"):
    setattr(torch, _name, _format(_name))
torch.legacy_contiguous_format = torch.contiguous_format


# -- numbers ------------------------------------------------------------------------------
torch.inf, torch.nan, torch.pi, torch.e, torch.newaxis = float("inf"), float("nan"), np.pi, np.e, None


# -- settings -----------------------------------------------------------------------------
_settings = {"deterministic": False, "warn_only": False, "threads": os.cpu_count() or 1, "interop_threads": os.cpu_count() or 1}


@form(homes="torch")
def use_deterministic_algorithms(mode, *, warn_only=False):
    """Remember the wish. On CPU and TPU, XLA's results are the same from run to run anyway."""
    _settings.update(deterministic=bool(mode), warn_only=bool(warn_only))


@form(homes="torch")
def are_deterministic_algorithms_enabled():
    """What `use_deterministic_algorithms` was told."""
    return _settings["deterministic"]


@form(homes="torch")
def is_deterministic_algorithms_warn_only_enabled():
    """Whether it was told to warn only."""
    return _settings["warn_only"]


@form(homes="torch")
def set_num_threads(num_threads):
    """Remember a number of threads. XLA sizes its pool when it starts, so this changes nothing."""
    _settings["threads"] = positive(num_threads)


@form(homes="torch")
def get_num_threads():
    """The number that was set, else how many CPUs there are."""
    return _settings["threads"]


@form(homes="torch")
def set_num_interop_threads(num_threads):
    """Like `set_num_threads`."""
    _settings["interop_threads"] = positive(num_threads)


@form(homes="torch")
def get_num_interop_threads():
    """The number that was set, else how many CPUs there are."""
    return _settings["interop_threads"]


def positive(n):
    if not isinstance(n, int) or isinstance(n, bool):
        raise TypeError(f"set_num_threads expects an int, but got {type(n).__name__}")
    if n <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    if n >= 1 << 63:
        raise ValueError("Overflow when unpacking long long")
    return n


@form(homes="torch")
def set_flush_denormal(mode):
    """False: XLA decides about denormal numbers."""
    return False


# -- Python functions, element by element -----------------------------------------------------
def replace_elements(tensor, name, values):
    """Write new elements over those of a tensor. Raises RuntimeError for one that requires grad, TypeError off the CPU."""
    if tensor.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    if tensor.device.type != "cpu":
        raise TypeError(f"{name} is only implemented on CPU tensors")
    values = list(values)
    wrong = next((v for v in values if isinstance(v, str) or not (hasattr(v, "__float__") or type(v) is complex)), 0)
    if wrong != 0:
        raise TypeError(f"must be real number, not {type(wrong).__name__}")
    array = np.array(values, object).astype(tensor.dtype.np).reshape(tensor.shape)
    return tensor.copy_(torch.tensor(array))


def elements(tensor):
    return tensor.detach().reshape(-1).tolist()


@form(homes="Tensor")
def apply_(self, callable):
    """Replace each element by `callable` of it. Slow: one Python call per element."""
    return replace_elements(self, "apply_", map(callable, elements(self)))


@form(homes="Tensor")
def map_(self, tensor, callable):
    """Replace each element by `callable` of it and of the element of `tensor` beside it."""
    return replace_elements(self, "map_", map(callable, elements(self), elements(tensor.expand(self.shape))))


@form(homes="Tensor")
def map2_(self, x, y, callable):
    """Replace each element by `callable` of it and of the elements of `x` and `y` beside it."""
    if x.requires_grad or y.requires_grad:
        raise RuntimeError("Can't call map2_() on Variable that requires grad. Use var.detach().map2_() instead.")
    x, y = x.expand(self.shape), y.expand(self.shape)
    return replace_elements(self, "map2_", map(callable, elements(self), elements(x), elements(y)))


# -- Python's and numpy's protocols ---------------------------------------------------------
def contains(self, element):
    """`element in tensor`: is any element equal to it?"""
    if isinstance(element, (Tensor, int, float, complex, bool)):
        return bool((element == self).any())
    raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")


def array_wrap(self, array, context=None, return_scalar=False):
    """What numpy's functions of a tensor give: a tensor, uint8 for bool."""
    array = np.asarray(array)
    return torch.tensor(array.astype(np.uint8) if array.dtype == bool else array)


METHODS.update(__contains__=contains, __array_wrap__=array_wrap)
