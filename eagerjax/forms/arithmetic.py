"""What PyTorch answers with the tensor itself, and methods whose operands stand the other way round."""

from eagerjax.dispatch import apply
from eagerjax.install import check_out, check_writable, give, resize, write
from eagerjax.namespace import form, torch
from eagerjax.ops.define import REGISTRY
from eagerjax.runtime.dtype import BOOL


@form(aliases=("Tensor.__pos__",))
def positive(input):
    """The input itself. Raises RuntimeError for booleans."""
    if input.dtype.category == BOOL:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@form
def conj_physical(input, *, out=None):
    """Each element with its imaginary part negated; a real tensor is returned as it is."""
    if out is None:
        return apply("_conj_physical", input) if input.dtype.is_complex else input
    made = apply("_conj_physical", input)
    check_out(REGISTRY["_conj_physical"], out, made, (input,))
    return give(out, made)


@form
def conj_physical_(input):
    """`conj_physical`, in place of input."""
    return input.copy_(conj_physical(input)) if input.dtype.is_complex else input


@form(homes="Tensor")
def polygamma(self, n):
    """The n-th derivative of `digamma`."""
    return torch.polygamma(n, self)


@form(homes="Tensor")
def polygamma_(self, n):
    """`polygamma`, in place."""
    return write(self, torch.polygamma(n, self))


@form(homes="Tensor")
def addbmm_(self, batch1, batch2, *old, beta=1, alpha=1):
    """`addbmm`, in place. Unlike its relatives it gives a tensor that has to be broadcast its result's shape."""
    check_writable(self)
    named = {} if old and (beta, alpha) == (1, 1) else {"beta": beta, "alpha": alpha}
    made = torch.addbmm(self, batch1, batch2, *old, **named)
    if made.shape != self.shape:
        resize(self, made.shape)
    return write(self, made)


@form(homes="Tensor")
def __div__(self, other):
    """Python 2's name of `self / other`."""
    return self / other


@form(homes="Tensor")
def __idiv__(self, other):
    """Python 2's name of `self /= other`."""
    return self.div_(other)


@form(homes="Tensor")
def __long__(self):
    """Python 2's name of `int(self)`."""
    return int(self)
