"""In-place fills with one value."""

from eagerjax.dispatch import apply
from eagerjax.install import check_writable, write
from eagerjax.namespace import form
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor


@form(homes="Tensor torch")
def fill_(input, value):
    """Every element becomes `value`, a number or a 0-dim tensor."""
    number = not isinstance(value, Tensor)
    check_writable(input, overlap=number)
    if not number:
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
    else:
        dt.check_fits(value, input.dtype)
    return write(input, apply("_filled", input, value), overlap=number)


@form(homes="Tensor torch")
def zero_(input):
    """Every element becomes 0."""
    check_writable(input, overlap=True)
    return write(input, apply("_filled", input, 0), overlap=True)


@form
def fill(input, value):
    """A tensor like `input` with every element `value`."""
    return apply("_filled", input, value)
