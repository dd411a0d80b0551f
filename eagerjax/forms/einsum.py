"""torch.einsum: an equation, or operands with lists of numbers in place of letters."""

import string

from eagerjax.dispatch import apply
from eagerjax.namespace import form
from eagerjax.tensor import Tensor


@form(homes="torch")
def einsum(equation, *operands):
    """Products of the operands summed as `equation` says: einsum("ij,jk->ik", a, b) is a matrix product.

    Also einsum(a, [0, 1], b, [1, 2], [0, 2]).
    """
    if isinstance(equation, Tensor):
        equation, operands = from_sublists((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must specify the equation string and at least one operand")
    return apply("_einsum", operands, equation=equation)


def from_sublists(args):
    """(equation, operands) of `a, [0, 1], b, [1, 2], [0, 2]`."""
    pairs = len(args) // 2
    operands, lists = args[: 2 * pairs : 2], args[1 : 2 * pairs : 2]
    equation = ",".join(map(subscripts, lists))
    return (equation if len(args) % 2 == 0 else f"{equation}->{subscripts(args[-1])}"), operands


def subscripts(numbers):
    for n in numbers:
        if n is not Ellipsis and not 0 <= n < 52:
            raise RuntimeError("einsum(): subscripts must be in range [0, 52)")
    letters = string.ascii_uppercase + string.ascii_lowercase
    return "".join("..." if n is Ellipsis else letters[n] for n in numbers)
