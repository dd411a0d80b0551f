"""Other libraries' memory as tensors, and what strided tensors answer to questions about sparse ones."""

import numpy as np

from eagerjax.forms.construct import on_array, requiring
from eagerjax.namespace import METHODS, form, publish, torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, concrete_array, from_array, to_device


# -- buffers ---------------------------------------------------------------------------
@form(homes="torch")
def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    """A 1-d tensor on a buffer's memory: `count` elements (all with -1) from byte `offset`."""
    try:
        data = memoryview(buffer).cast("B")
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    size, item = data.nbytes, dtype.itemsize
    if size == 0 or count == 0:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count > 0 and offset + count * item > size:
        raise ValueError(f"requested buffer length ({count} * {item} bytes) after offset ({offset} bytes) must not be greater "
                         f"than actual buffer length ({size} bytes)")  # fmt: skip
    if count < 0 and (size - offset) % item:
        raise ValueError(f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element "
                         f"size ({item})")  # fmt: skip
    stop = offset + count * item if count > 0 else size
    if dtype is not dt.bfloat16:
        made = on_array(np.frombuffer(data[offset:stop], dtype.np))
    else:
        made = from_array(np.frombuffer(bytes(data[offset:stop]), dtype.np).copy(), dtype)
    return requiring(made) if requires_grad else made


# -- DLPack ----------------------------------------------------------------------------
@form(homes="torch")
def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor with a copy of what another library's array holds. Raises RuntimeError for what speaks no DLPack."""
    if isinstance(ext_tensor, Tensor):
        return ext_tensor if device is None else ext_tensor.to(device)
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = Capsule(ext_tensor)
    if not hasattr(ext_tensor, "__dlpack__"):
        raise RuntimeError(
            f"from_dlpack needs an object with __dlpack__ and __dlpack_device__, not {type(ext_tensor).__name__}"
        )
    made = torch.tensor(host_copy(ext_tensor))
    return made if device is None else made.to(device)


class Capsule:
    """A capsule on the CPU as an object that gives it."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **_):
        return self.capsule

    def __dlpack_device__(self):
        return 1, 0


def host_copy(ext_tensor):
    """A private array of what another library's array holds. Of bfloat16, which numpy does not take, JAX's is copied."""
    try:
        return np.from_dlpack(ext_tensor, device="cpu", copy=True)
    except RuntimeError as error:
        if "nsupported dtype" not in str(error):
            raise
    import jax.dlpack  # noqa: PLC0415

    return np.array(jax.dlpack.from_dlpack(ext_tensor))


@form(homes="Tensor")
def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    """A capsule for other libraries, of a copy on the CPU: nobody can write to this tensor through it.

    Raises BufferError for a tensor that requires grad.
    """
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    array = np.array(concrete_array(self))
    if self.dtype is dt.bfloat16:
        array = to_device(array, self.device)
    return array.__dlpack__() if max_version is None else array.__dlpack__(max_version=max_version)


@form(homes="Tensor")
def __dlpack_device__(self):
    """The CPU, where `__dlpack__` puts its copy."""
    return np.empty(0).__dlpack_device__()


# -- layouts -----------------------------------------------------------------------------
@form(homes="Tensor")
def to_dense(self, dtype=None, *, masked_grad=None):
    """The tensor itself, which is dense, or as another dtype."""
    return self if dtype is None else self.to(dtype)


@form(homes="Tensor")
def sparse_dim(self):
    """0: the tensor is dense."""
    return 0


@form(homes="Tensor")
def dense_dim(self):
    """The number of dimensions: the tensor is dense."""
    return self.ndim


@form(homes="Tensor")
def dim_order(self, *, ambiguity_check=False):
    """The dimensions in the order of their strides, the outermost first."""
    if self.is_contiguous():
        return tuple(range(self.ndim))
    strides = self.stride()
    return tuple(sorted(range(self.ndim), key=lambda d: (-strides[d], -self.shape[d])))


def only_sparse(name):
    def refuse(self):
        raise RuntimeError(f"{name} expected sparse coordinate tensor layout but got Strided")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises RuntimeError: tensors are dense."
    METHODS[name] = refuse


for _name in ("coalesce", "indices", "is_coalesced", "values"):
    only_sparse(_name)


@form(homes="Tensor")
def record_stream(self, stream):
    """Nothing: XLA knows which of its streams read a tensor."""


# -- methods as functions ----------------------------------------------------------------
def as_function(name):
    def function(input, *args, **kwargs):
        return getattr(input, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`input.{name}(...)`."
    publish(name, function, ("torch",))


for _name in ("detach", "detach_", "as_strided_"):
    as_function(_name)
