"""Views of complex tensors: conjugates, real and imaginary parts, pairs of real numbers."""

from eagerjax.forms.views import check_matrices, transpose, view_of
from eagerjax.namespace import METHODS, form, torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor


@form
def conj(input):
    """Each element with its imaginary part negated, a view; a real tensor is returned as it is."""
    if not input.is_complex():
        return input
    return view_of(input, "_conj", (), input._ref.shape, input.stride(), input._offset)


@form
def adjoint(input):
    """The last two dimensions exchanged, conjugated."""
    return adjoint_of(input, "adjoint()", "adjoint()")


CONJUGATE = "Consider using x.conj()."


def adjoint_of(input, name, deprecated):
    there = check_matrices(input, name, (deprecated, CONJUGATE))
    return conj(transpose(input, -2, -1)) if there else conj(input)


def adjoint_of_matrix(self):
    """A matrix transposed and conjugated. Raises RuntimeError for more or fewer dimensions."""
    ndim = self._ref.ndim
    if ndim not in (0, 2):
        more = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{more}")
    return adjoint_of(self, "H", "Tensor.H")


@form
def view_as_real(input):
    """A complex tensor as pairs of real numbers in a new last dimension. Raises RuntimeError for a conjugated view."""
    if not input.is_complex():
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if input.is_conj():
        raise RuntimeError("view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you "
                           "can view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT "
                           "alias the original.")  # fmt: skip
    shape = (*input._ref.shape, 2)
    return view_of(input, "_view_as_real", (), shape, tuple(2 * s for s in input.stride()) + (1,), 2 * input._offset,
                   input.dtype.to_real())  # fmt: skip


@form
def view_as_complex(input):
    """Pairs of real numbers in the last dimension as a complex tensor. Raises RuntimeError where they do not lie as pairs."""
    if not input._ref.shape:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input._ref.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if input.dtype is dt.float16:
        raise TypeError("view_as_complex of a float16 tensor would be complex32, which JAX does not have: convert it first, "
                        "view_as_complex(input.float())")  # fmt: skip
    if input.dtype not in (dt.float32, dt.float64):
        raise RuntimeError("view_as_complex is only supported for half, float and double tensors, but got a tensor of "
                           f"scalar type: {input.dtype.title}")  # fmt: skip
    *strides, last = input.stride()
    _check_pairs(strides, last, input._offset)
    return view_of(input, "_view_as_complex", (), input._ref.shape[:-1], tuple(s // 2 for s in strides), input._offset // 2,
                   input.dtype.to_complex())  # fmt: skip


def _check_pairs(strides, last, offset):
    if last != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in strides):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if offset % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")


def real_part(self):
    """The real part, a view of a complex tensor; a real tensor as it is."""
    if not self.is_complex():
        return self
    return view_of(self, "_real", (), self._ref.shape, tuple(2 * s for s in self.stride()), 2 * self._offset,
                   self.dtype.to_real())  # fmt: skip


def imaginary_part(self):
    """The imaginary part, a view. Raises RuntimeError for real tensors."""
    if not self.is_complex():
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return view_of(self, "_imag", (), self._ref.shape, tuple(2 * s for s in self.stride()), 2 * self._offset + 1,
                   self.dtype.to_real())  # fmt: skip


def set_part(part):
    """The setter of `real` or `imag`: `z.imag = 1` writes into the view."""

    def write(self, value):
        part(self).copy_(value if isinstance(value, Tensor) else torch.tensor(value, device=self.device))

    return write


METHODS["real"] = property(real_part, set_part(real_part))
METHODS["imag"] = property(imaginary_part, set_part(imaginary_part))
METHODS["mH"] = property(lambda self: adjoint_of(self, "mH", "Tensor.mH"))
METHODS["H"] = property(adjoint_of_matrix)


@form(homes="torch")
def real(input):
    """The real part, a view of a complex tensor; a real tensor as it is."""
    return real_part(input)


@form(homes="torch")
def imag(input):
    """The imaginary part, a view. Raises RuntimeError for real tensors."""
    return imaginary_part(input)
