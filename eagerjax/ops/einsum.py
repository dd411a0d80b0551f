"""Einstein summation in PyTorch's dialect."""

import string

import jax.numpy as jnp

from eagerjax.ops.define import Tensors, op
from eagerjax.ops.kinds import is_integral, refuse, type_name


@op(name="_einsum", homes="")
def einsum(operands: Tensors, *, equation: str):
    """Products of the operands summed over the subscripts that the output lacks.

    As in PyTorch: blanks are ignored, `...` may stand anywhere, sizes of 1 broadcast, and without `->` the output
    has every subscript that occurs once, capitals first.
    """
    inputs, output = _parse(equation, operands)
    for x in operands:
        if x.dtype != operands[0].dtype:
            raise RuntimeError(f"expected scalar type {type_name(operands[0].dtype)} but found {type_name(x.dtype)}")
    if len(operands) > 1:
        refuse(operands[0], "bmm", boolean=True)
    dtype = operands[0].dtype
    if is_integral(operands[0]) and _sums_alone(inputs, output):
        dtype = jnp.int64
    inputs, operands = _stretch(inputs, operands)
    return jnp.einsum(f"{','.join(inputs)}->{output}", *[x.astype(dtype) for x in operands]).astype(dtype)


def _sums_alone(inputs, output):
    """Is there a subscript of one operand only that the output lacks? That one is summed, integers as int64."""
    return any(c not in output and sum(c in s for s in inputs) == 1 for c in set("".join(inputs)))


def _parse(equation, operands):
    """([subscripts of each operand], output subscripts), with letters in place of `...`."""
    left, arrow, output = equation.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) < len(operands):
        raise ValueError(
            f"Number of einsum subscripts, {len(inputs)}, must be equal to the number of operands, {len(operands)}."
        )
    if len(inputs) > len(operands):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    _check_letters(equation.replace("->", "", 1).replace(",", ""), equation)
    free = [c for c in string.ascii_letters if c not in equation]
    hidden = [x.ndim - len(s.replace("...", "")) for s, x in zip(inputs, operands)]
    widest = max([h for h, s in zip(hidden, inputs) if "..." in s], default=0)
    dots = "".join(free[:widest])
    inputs = [s.replace("...", dots[widest - h :] if h > 0 else "") for s, h in zip(inputs, hidden)]
    for i, (s, x) in enumerate(zip(inputs, operands)):
        if len(s) != x.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(s)}) does not match the number of "
                f"dimensions ({x.ndim}) for operand {i} and no ellipsis was given"
            )
    if not arrow:
        letters = "".join(inputs)
        return inputs, dots + "".join(sorted(c for c in set(letters) - set(dots) if letters.count(c) == 1))
    output = output.replace("...", dots)
    _check_output(inputs, output)
    return inputs, output


def _check_letters(text, equation):
    rest = text.replace("...", "").replace(" ", "")
    for c in rest:
        if c not in string.ascii_letters:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {equation.index(c)} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )


def _check_output(inputs, output):
    for c in output:
        if output.count(c) > 1:
            raise RuntimeError(f"einsum(): output subscript {c} appears more than once in the output")
        if not any(c in s for s in inputs):
            raise RuntimeError(f"einsum(): output subscript {c} does not appear in the equation for any input operand")


def _stretch(inputs, operands):
    """Subscripts and operands without the dimensions of 1 that broadcast against a larger one."""
    sizes = _sizes(inputs, operands)
    new_inputs, new_operands = [], []
    for s, x in zip(inputs, operands):
        drop = tuple(d for d, c in enumerate(s) if x.shape[d] == 1 and sizes[c] != 1)
        new_inputs.append("".join(c for d, c in enumerate(s) if d not in drop))
        new_operands.append(jnp.squeeze(x, drop))
    return new_inputs, new_operands


def _sizes(inputs, operands):
    sizes = {}
    for i, (s, x) in enumerate(zip(inputs, operands)):
        own = {}
        for c, n in zip(s, x.shape):
            if own.setdefault(c, n) != n:
                raise RuntimeError(f"einsum(): subscript {c} is repeated for operand {i} but the sizes don't match, "
                                   f"{n} != {own[c]}")  # fmt: skip
        for c, n in own.items():
            if n != 1 and sizes.get(c, 1) not in (1, n):
                raise RuntimeError(
                    f"einsum(): subscript {c} has size {n} for operand {i} which does not broadcast with "
                    f"previously seen size {sizes[c]}"
                )
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    return sizes
