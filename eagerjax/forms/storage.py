"""What tensors tell of their memory: data_ptr, storages, pinning and sharing. Pointers compare; nothing lies behind them."""

import math

from eagerjax import alias, sharing
from eagerjax.namespace import METHODS, form, torch
from eagerjax.record.trace import concrete_ref
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, new_leaf, row_major, set_leaf, share

_ROOM = 40
"""Bits of address space per storage: pointers into two storages never meet."""


class UntypedStorage:
    """The memory that a tensor shares with its views and with what `detach()` gave."""

    def __init__(self, tensor):
        self._base = alias.base_of(tensor)
        self._dtype = tensor.dtype
        self.device = tensor.device

    def data_ptr(self):
        """A number that two storages share only if they are the same one."""
        return id(self._base.storage) << _ROOM if self.nbytes() else 0

    def nbytes(self):
        """How many bytes the elements of the whole storage take."""
        return math.prod(self._base._ref.shape) * self._base._ref.dtype.itemsize

    size = __len__ = nbytes

    def element_size(self):
        return 1

    def is_shared(self):
        """Is it memory that other processes may have? (A GPU's always is, for PyTorch.)"""
        return self.device.type != "cpu" or type(self._base.storage.memory) is sharing.Shared

    def share_memory_(self):
        """Move it to memory that processes share."""
        self.whole().share_memory_()
        return self

    def __reduce__(self):
        return type(self), (self.whole(),)

    def whole(self):
        """All elements in a row, as a tensor of this memory."""
        made, ref = object.__new__(Tensor), self._base._ref
        alias.join(made, self._base, (), concrete_ref(ref.shape, ref.dtype, ref.device, False))
        made._made = None
        return made.detach().reshape(-1)

    def __eq__(self, other):
        return isinstance(other, UntypedStorage) and other._base.storage is self._base.storage

    def __hash__(self):
        return hash(self._base.storage)


class TypedStorage(UntypedStorage):
    """A storage whose size counts elements."""

    def size(self):
        return self.nbytes() // self._dtype.itemsize

    __len__ = size

    def element_size(self):
        return self._dtype.itemsize

    @property
    def dtype(self):
        return self._dtype


@form(homes="torch")
def is_storage(obj):
    """Is `obj` a storage?"""
    return isinstance(obj, UntypedStorage)


@form(homes="Tensor")
def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Share the memory of `source`, a tensor or a storage, from an offset on, with a size and strides in elements.

    Without a source the tensor is empty.  Raises RuntimeError for another dtype, and where the memory does not reach.
    """
    if self._leaf is not None and self.requires_grad and torch.is_grad_enabled():
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if source is None:
        source = torch.empty(0, dtype=self.dtype, device=self.device)
    elif is_storage(source):
        source = source.whole()
        size = (source.numel() - storage_offset,) if size is None else size
    if source.dtype is not self.dtype:
        kinds = [dt.in_cpp(t.dtype) for t in (source, self)]
        raise RuntimeError("Could not set tensor of type {} to a tensor of type {}".format(*kinds))
    if size is not None:
        stride = row_major(tuple(size)) if stride is None else stride
        source = source.as_strided(size, stride, source.storage_offset() + storage_offset)
    needs = self.requires_grad
    share(self, source.detach())
    return self.requires_grad_() if needs else self


@form(homes="Tensor")
def untyped_storage(self):
    """The storage, in bytes."""
    return UntypedStorage(self)


@form(homes="Tensor")
def storage(self):
    """The storage, in elements."""
    return TypedStorage(self)


@form(homes="Tensor")
def data_ptr(self):
    """A number for the first element's place in memory: equal for tensors that start at the same one. 0 if empty."""
    if not self.numel() or self.is_meta:
        return 0
    return UntypedStorage(self).data_ptr() + self.storage_offset() * self.itemsize


@form(homes="Tensor")
def _is_view(self):
    """Does the tensor show a part of another one, or all of it in another way?"""
    return bool(self._view)


@form(homes="Tensor")
def is_set_to(self, tensor):
    """Is `tensor` the same view of the same storage?"""
    same = UntypedStorage(self) == UntypedStorage(tensor) and self.storage_offset() == tensor.storage_offset()
    return same and self.shape == tensor.shape and self.stride() == tensor.stride()


@form(homes="Tensor")
def module_load(self, other, assign=False):
    """What `load_state_dict` swaps this tensor with, where modules swap: `other`, or this one filled from it."""
    return other.detach() if assign else self.copy_(other).detach()


@form(homes="Tensor")
def share_memory_(self):
    """Move the tensor's storage to memory that processes share; the tensor itself is returned.

    From now on what one process writes in place is seen by all that were sent the tensor (`torch.multiprocessing`). The
    memory is freed when the last of them lets go of it. Tensors that are not on the CPU stay where they are.
    """
    if self.device.type == "cpu":
        sharing.move(self)
    return self


@form(homes="Tensor")
def is_shared(self):
    """Is the tensor in memory that other processes may have?"""
    return self.device.type != "cpu" or sharing.is_shared(self)


@form(homes="Tensor")
def pin_memory(self, device=None):
    """The tensor itself: JAX copies to devices from any memory."""
    return self


def never(self, *args):
    """False: there is no such memory here."""
    return False


@form(homes="Tensor torch")
def get_device(input):
    """The index of the tensor's device; -1 for the CPU."""
    return -1 if input.device.type == "cpu" else input.device.index or 0


def copied(self):
    """`copy.copy`: another tensor object on the same memory."""
    made = object.__new__(type(self))
    share(made, self.detach())
    if self.requires_grad:
        set_leaf(made, new_leaf(made))
    return made


def on(*types):
    return property(lambda self: self.device.type in types)


_cdata = property(id, doc="A number that no other living tensor has.")
METHODS.update(is_pinned=never, __copy__=copied, _cdata=_cdata, is_cpu=on("cpu"), is_mps=on("mps"), is_xpu=on("xpu"),
               is_xla=on("xla", "tpu"))  # fmt: skip
Tensor.is_sparse_csr = False
