"""Tensor: a mutable, PyTorch-shaped face on a value that may still be pending. No op is written here.

Methods that compute come from the registry and from `forms`; they are attached by `install`.
"""

import functools
import math
import warnings
import weakref

import numpy as np

from eagerjax import alias, memory
from eagerjax.lower import recorder
from eagerjax.lower.flush import flush, guarded, word_of
from eagerjax.record.storage import Counter, Rewritten
from eagerjax.record.trace import Holder, Leaf, concrete_ref, state
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.runtime.errors import fault_text
from eagerjax.runtime.nothing import NoData, no_data
from eagerjax.size import Size


def _real(number, kind):
    """A Python number without its imaginary part, which must be 0."""
    if not isinstance(number, complex):
        return number
    if number.imag:
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    return number.real


class Tensor(Holder):
    """A multi-dimensional array with PyTorch's interface."""

    __slots__ = ("__dict__",)
    is_eagerjax_tensor = True
    __array_priority__ = 1000
    # Rare state lives in the instance's __dict__; these are its defaults.
    _base = None  # the family of aliases, once there is an alias
    _view = None  # the chain of view steps from the base
    _made = None  # "no_grad", "multi" or a custom Function: views that autograd does not let be written to
    _passed = None  # for a part of a view with a history, until it is read: that view
    _changed = False  # stale because its family was written to, so what `_ref` says of history may be old
    _leaf = None  # where gradients accumulate, for an autograd leaf
    _retained = None  # the gradient that retain_grad() keeps
    _retains = None  # (the hook that keeps it, the hooks of the value that it is among)
    _seen = None  # what was last read of a numpy array that shares the memory: see Base
    _writes = 0  # in-place writes, while there is no alias
    _strides = None  # None: row-major
    _order = None  # strides that a result has in PyTorch, where that matters: see forms/order.py
    _offset = 0
    _grad_fn = None
    is_sparse = is_quantized = is_mkldnn = is_nested = False
    is_meta = property(lambda self: self._ref.device is devices.META)
    names = property(lambda self: (None,) * self.ndim)

    def __new__(cls, *args, **kwargs):
        if cls is Tensor and (not args or isinstance(args[0], (int, tuple, list, np.ndarray, Tensor))):
            return legacy(*args, **kwargs)
        made = object.__new__(cls)
        if args and isinstance(args[0], Tensor):
            share(made, args[0])
        elif args:
            share(made, legacy(*args, **kwargs))
        return made

    # -- facts ---------------------------------------------------------------
    @property
    def shape(self):
        return tuple.__new__(Size, self._ref.shape)

    def size(self, dim=None):
        """The shape, or the length of one dimension."""
        shape = self._ref.shape
        if dim is None:
            return self.shape
        n = max(len(shape), 1)
        if not -n <= dim < n or not shape:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
        return shape[dim]

    @property
    def dtype(self):
        return self._ref.dtype

    @property
    def device(self):
        return self._ref.device

    @property
    def ndim(self):
        return self._ref.ndim

    def dim(self):
        return self._ref.ndim

    ndimension = dim

    def numel(self):
        return math.prod(self._ref.shape)

    nelement = numel

    @property
    def itemsize(self):
        return self.dtype.itemsize

    element_size = lambda self: self.dtype.itemsize  # noqa: E731

    @property
    def nbytes(self):
        return self.numel() * self.dtype.itemsize

    @property
    def layout(self):
        return dt.strided

    def stride(self, dim=None):
        """Steps between elements, in elements; of a row-major array unless the tensor is a view that is not."""
        strides = self._strides if self._strides is not None else row_major(self._ref.shape)
        return strides if dim is None else strides[dim]

    def storage_offset(self):
        return self._offset

    def is_contiguous(self, memory_format=None):
        if self._strides is None or self.numel() == 0:
            return True
        shape = self._ref.shape
        return all(n == 1 or a == b for n, a, b in zip(shape, self._strides, row_major(shape)))

    def is_floating_point(self):
        return self.dtype.is_floating_point

    def is_complex(self):
        return self.dtype.is_complex

    def is_signed(self):
        return self.dtype.is_signed

    def is_conj(self):
        """Is this a view that shows the conjugates of what the memory holds?"""
        return sign_bits(self)[0]

    def is_neg(self):
        """Is this a view that shows the memory's numbers negated: the imaginary part of a conjugate?"""
        return sign_bits(self)[1]

    @property
    def is_cuda(self):
        return self.device.type == "cuda"

    @property
    def _version(self):
        if self._array is None and self._trace is not None and self._trace.ready is not None:
            alias.settle(self)
        return self._writes if self._base is None else self._base.counter.writes

    # -- autograd ----------------------------------------------------------------
    @property
    def requires_grad(self):
        if self._changed and self._trace is None and self._array is None:
            alias.settle(self)
        return self._ref.needs

    @requires_grad.setter
    def requires_grad(self, value):
        if self.requires_grad and self._leaf is None:
            if not value:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a "
                    "computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."
                )
            return
        if bool(value) == self.requires_grad:
            return
        if value and self.dtype.category < dt.FLOATING:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        set_leaf(self, (self._leaf or new_leaf(self)) if value else None)

    def requires_grad_(self, requires_grad=True):
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self):
        return self._leaf is not None or not self.requires_grad

    @property
    def grad(self):
        if self._leaf is not None:
            return self._leaf.grad
        return self._retained

    @grad.setter
    def grad(self, value):
        if value is not None:
            check_grad(self, value)
        if self._leaf is not None:
            self._leaf.grad = value
        else:
            self._retained = value

    @grad.deleter
    def grad(self):
        self.grad = None

    _grad = grad

    def detach(self):
        """The same storage without history: writes are seen by both."""
        made = object.__new__(Tensor)
        ref = self._ref
        family = alias.split_family(self)
        chain = tuple([step for step in self._view if type(step) is alias.Step])  # leaves on the way are history, too
        alias.join(made, family, chain, concrete_ref(ref.shape, ref.dtype, ref.device))
        made._strides, made._offset = self._strides, self._offset
        return made

    def detach_(self):
        """Drop the tensor's history, in place."""
        if self._base is not None and self._view:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        share(self, self.detach())
        self._leaf = None
        return self

    @property
    def data(self):
        return uncounted(self.detach())

    @data.setter
    @guarded
    def data(self, value):
        leaf = self._leaf
        needs = self.requires_grad
        if needs and value.dtype.category < 2:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        past = past_of(self) if needs and leaf is None else None
        alias.mark_overwritten(self, Rewritten(None, (weakref.ref(self),)))
        share(self, value.detach())
        if needs and leaf is not None:
            set_leaf(self, leaf)
        elif past is not None and not self._view and past._ref.shape == self._ref.shape:
            self._base.history, self._changed = past, True

    # -- values -------------------------------------------------------------------
    def item(self):
        """The only element as a Python number. Raises RuntimeError for any other number of elements."""
        array = self._array
        if array is None or type(array) is NoData or state.faults:
            if self._ref.device is devices.META:
                raise RuntimeError("Tensor.item() cannot be called on meta tensors")
            array = concrete_array(self)
        try:
            return np.asarray(array).item()  # half the time of jax.Array.item
        except ValueError:
            raise RuntimeError(f"a Tensor with {array.size} elements cannot be converted to Scalar") from None

    def tolist(self):
        """Nested lists of Python numbers; a number for a 0-dim tensor."""
        array = np.asarray(concrete_array(self))
        if self.dtype.is_floating_point and self.dtype not in (dt.float32, dt.float64, dt.float16):
            array = array.astype(np.float32)
        return array.tolist()

    def numpy(self, *, force=False):
        """A numpy array of the same memory: what is written to one shows in the other.

        Raises RuntimeError for a tensor that requires grad (but not under no_grad) and TypeError for one that is not on
        the CPU, unless `force` (which then gives a copy).
        """
        bits = sign_bits(self)
        if force and (self.requires_grad or self.device.type != "cpu" or any(bits)):
            return np.array(concrete_array(self.detach()))
        if self.requires_grad and state.trace.grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.device.type != "cpu":
            raise TypeError(f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                            "host memory first.")  # fmt: skip
        if self.dtype is dt.bfloat16:
            raise TypeError("Got unsupported ScalarType BFloat16")
        if any(bits):
            what, short = ("conjugate", "conj") if bits[0] else ("negative", "neg")
            raise RuntimeError(f"Can't call numpy() on Tensor that has {what} bit set. Use tensor.resolve_{short}().numpy() "
                               "instead.")  # fmt: skip
        return memory.array_of(self.detach() if self.requires_grad else self)

    def __array__(self, dtype=None, copy=None):
        if copy and not self.requires_grad and self.dtype is not dt.bfloat16:
            return np.array(concrete_array(self), dtype)
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def jax(self):
        """The value as a jax.Array. 64-bit values need `jax.enable_x64` around what is done with them."""
        array = concrete_array(self)
        return to_device(array, self.device) if isinstance(array, np.ndarray) else array

    def __bool__(self):
        if self.numel() != 1:
            if self.numel() == 0:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.item())

    def __float__(self):
        return float(_real(self._one(), "double"))

    def __int__(self):
        return int(_real(self._one(), "int64_t"))

    def __complex__(self):
        return complex(self._one())

    def _one(self):
        if self.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if self.requires_grad and state.trace.grad:
            warn_of_grad()
        return self.item()

    def __index__(self):
        if self.dtype.category > dt.INTEGER or self.numel() != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self):
        if not self._ref.shape:
            raise TypeError("len() of a 0-d tensor")
        return self._ref.shape[0]

    def __iter__(self):
        if not self._ref.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __hash__(self):
        return id(self)

    def __reversed__(self):
        return self.flip(0) if self.ndim else self

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
                "at the moment."
            )
        made = object.__new__(type(self))
        share(made, copied(self, memo))
        memo[id(self)] = made
        if self.requires_grad:
            set_leaf(made, new_leaf(made))
        if self.grad is not None:
            made.grad = self.grad.__deepcopy__(memo)
        return made

    def __reduce_ex__(self, protocol):
        grad = self.requires_grad and self._leaf is not None
        if type(self) is not Tensor:  # its plain tensor is a copy, or in memory that is shared, as the pickler has it
            return rebuild_kind, (type(self), self.detach(), grad)
        return rebuild, (type(self), np.asarray(concrete_array(self)), self.dtype, grad)

    def __dir__(self):
        return sorted(set(dir(type(self))) | set(self.__dict__))


def sign_bits(tensor):
    """(conjugated, negated): does a view show the conjugates of what the memory holds, or these numbers negated?"""
    conjugated = negated = False
    for step in tensor._view or ():
        name = step.read.name if type(step) is alias.Step else ""
        if name == "_conj":
            conjugated = not conjugated
        elif name in ("_real", "_imag"):
            conjugated, negated = False, conjugated and name == "_imag"
    return conjugated, negated


# -- making tensors -----------------------------------------------------------------------
def from_array(array, dtype=None, device=devices.CPU):
    """A tensor of an array that nobody else can write to: a jax.Array, or a private numpy array."""
    made = object.__new__(Tensor)
    made._array = array
    made._ref = concrete_ref(tuple(array.shape), dtype or dt.from_np(array.dtype), device)
    made._trace = made._source = made._stamp = None
    if state.body is not None:
        state.body.made.append(made)
    return made


def copied(tensor, memo):
    """A copy without history. What shares memory with the tensor and is copied along with it shares the copy's."""
    base = tensor._base
    if base is None or not (tensor._view or len(base.storage.alive()) > 1 or len(base.tensors()) > 1):
        mode, state.trace.grad = state.trace.grad, False
        try:
            return tensor.clone()
        finally:
            state.trace.grad = mode
    whole = memo.get(id(base.storage))
    if whole is None:
        whole = object.__new__(Tensor)
        alias.join(whole, base, (), concrete_ref(base._ref.shape, base._ref.dtype, base._ref.device))
        whole = memo[id(base.storage)] = whole.detach().clone()
    made = object.__new__(Tensor)
    ref = tensor._ref
    chain = tuple([step for step in tensor._view if type(step) is alias.Step])
    alias.join(made, alias.base_of(whole), chain, concrete_ref(ref.shape, ref.dtype, ref.device))
    made._strides, made._offset = tensor._strides, tensor._offset
    return made


def rebuild(cls, array, dtype, requires_grad):
    """Unpickle a tensor."""
    return rebuild_kind(cls, from_array(np.array(array, dtype.np), dtype), requires_grad)


def rebuild_kind(cls, data, requires_grad):
    """Unpickle a tensor of a class of one's own, which aliases `data`."""
    made = object.__new__(cls)
    share(made, data)
    if requires_grad:
        set_leaf(made, new_leaf(made))
    return made


def legacy(*args, **kwargs):
    """`Tensor(2, 3)`, `Tensor([1, 2])`: float tensors, as PyTorch's old constructor makes them."""
    from eagerjax.namespace import torch  # noqa: PLC0415  (filled after this class exists)

    if len(args) == 1 and isinstance(args[0], Tensor):
        return args[0].detach()
    if len(args) == 1 and isinstance(args[0], (tuple, list, np.ndarray)) and not isinstance(args[0], Size):
        return torch.tensor(args[0], dtype=dt.get_default_dtype())
    return torch.empty(*args, dtype=dt.get_default_dtype()) if args else torch.empty(0)


@functools.cache
def warn_of_grad():
    """Once in a program, as PyTorch does."""
    warnings.warn("Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
                  "tensor.detach() first.", stacklevel=4)  # fmt: skip


def share(tensor, other):
    """`tensor` becomes the same alias as `other` (a fresh tensor that nobody else needs)."""
    if state.watch is not None and hasattr(tensor, "_ref"):
        state.watch.rebound = True
    for name in ("_array", "_ref", "_source", "_stamp", "_trace"):
        setattr(tensor, name, getattr(other, name))
    if tensor._array is None and tensor._trace is not None:
        tensor._trace.live.append(tensor)
    for name in ("_base", "_view", "_strides", "_offset", "_seen"):
        value = getattr(other, name)
        if value is not getattr(tensor, name):
            setattr(tensor, name, value)
    if tensor._passed is not None:
        tensor._passed = None  # `other` may be a part of what `tensor` was
    if tensor._base is not None:
        tensor._base.aliases.append(weakref.ref(tensor))
    tensor._made = other._made


def new_leaf(tensor):
    leaf = Leaf()
    leaf.owner = weakref.ref(tensor)
    return leaf


@guarded
def set_leaf(tensor, leaf):
    """Make the tensor an autograd leaf (or, with None, no longer one). Views made before keep what they were."""
    shared = tensor._base is not None and tensor._base.storage.memory is not None
    if shared:
        memory.suspend(tensor._base.storage)
    if tensor._base is not None:
        for other in tensor._base.tensors():
            if other is not tensor and other._trace is None and other._array is None:
                alias.settle(other)
    tensor._leaf = leaf
    for holder in (tensor, tensor._base) if tensor._base is not None and not tensor._view else (tensor,):
        set_source(holder, leaf)
    if shared and state.watch is None and state.body is None:
        flush()


def set_source(holder, leaf):
    if holder._array is None:
        alias.enter(state.trace, holder)
    ref = holder._ref
    if holder._array is not None:
        holder._source = leaf
        holder._ref = concrete_ref(ref.shape, ref.dtype, ref.device, leaf is not None)
        holder._trace = None
        return
    trace = holder._trace
    ref = recorder.detach(trace, ref)
    alias.become(holder, trace, ref if leaf is None else recorder.variable(trace, ref, leaf))


def uncounted(made):
    """What `.data` gives: writes to a detached tensor that the version checks of the one it shows do not know of."""
    made._base.counter = Counter()
    return made


def past_of(tensor):
    """The tensor's present value, with its history, held apart."""
    if tensor._trace is None and tensor._array is None:
        alias.settle(tensor)
    past = Holder()
    past._stamp = tensor._stamp
    alias.take(past, tensor)
    if past._trace is None and past._array is None:  # its memory is shared with a numpy array
        past._array = concrete_array(tensor)
    return past


def check_grad(tensor, grad):
    if not isinstance(grad, Tensor):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(grad).__name__}")
    if grad._ref.shape != tensor._ref.shape:
        raise RuntimeError(f"attempting to assign a gradient of size '{list(grad._ref.shape)}' to a tensor of size "
                           f"'{list(tensor._ref.shape)}'. Please ensure that the gradient and the tensor are the same size")
    if grad.dtype is not tensor.dtype:
        raise RuntimeError("assigned grad has data of a different type")


def concrete_array(tensor):
    """The value as an array, after running what it waits for. Raises what the programs so far found wrong."""
    array = tensor._array
    if array is None:
        array = computed(tensor)
    if type(array) is NoData:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    if state.faults:
        raise_faults()
    return array


@guarded
def computed(tensor):
    """The array of a value that is pending or stale."""
    while tensor._array is None:  # what a stale alias shows is read first, and pending then
        if tensor._trace is None and (shared := alias.memory_of(tensor)) is not None:
            array = shared.value(tensor)
            if array is not None:
                return array
        alias.settle(tensor)
    return tensor._array


def raise_faults():
    """Raise the first thing that values got wrong in a program that has run."""
    faults, state.faults = state.faults, []
    for word, table, sites in faults:
        at, value = word_of(word)
        if at >= 0:
            kind, message, node = table[at]
            file, line = sites.get(node, node.site)
            error = kind(fault_text(message, value))
            error.add_note(f"eagerjax: raised by {node.op.name} at {file}:{line}")
            raise error


def to_device(array, device):
    """A jax.Array on `device` of a private numpy array (or of an array elsewhere)."""
    if device is devices.META:
        return no_data(array.shape, array.dtype)
    import jax  # noqa: PLC0415

    from eagerjax.runtime import compat  # noqa: PLC0415

    with compat.x64():
        return jax.device_put(array, devices.to_jax(device))


def shared_dims(tensor):
    """Dimensions along which all elements are one place in memory, as `expand` makes them; none of an empty tensor."""
    strides, shape = tensor._strides, tensor._ref.shape
    if strides is None or 0 in shape:
        return []
    return [d for d, (s, n) in enumerate(zip(strides, shape)) if s == 0 and n > 1]


@functools.lru_cache(4096)
def row_major(shape):
    """The strides of a row-major array, in elements."""
    strides, step = [], 1
    for length in reversed(shape):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))
