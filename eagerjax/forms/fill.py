"""In-place fills with one value."""

from eagerjax.dispatch import apply
from eagerjax.install import check_writable, write
from eagerjax.namespace import form
from eagerjax.tensor import Tensor


@form(homes="Tensor torch")
def fill_(input, value):
    """Every element becomes `value`, a number or a 0-dim tensor."""
    check_writable(input)
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    return write(input, apply("_filled", input, value))


@form(homes="Tensor torch")
def zero_(input):
    """Every element becomes 0."""
    check_writable(input)
    return write(input, apply("_filled", input, 0))


@form
def fill(input, value):
    """A tensor like `input` with every element `value`."""
    return apply("_filled", input, value)
