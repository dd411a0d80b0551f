"""Shapes and dtypes of an op's results, asked of JAX once per (op, template, operands) and remembered."""

import math
import warnings

import jax

from eagerjax.lower.alike import Alike, real, standing
from eagerjax.lower.joins import layout
from eagerjax.ops import define, said
from eagerjax.record.site import user_site
from eagerjax.runtime import compat, dtype as dt
from eagerjax.runtime.errors import error_of_jax
from eagerjax.size import check_size

_FACTS: dict[tuple, tuple] = {}
_LIMIT = 50_000
KEY = jax.ShapeDtypeStruct((2,), "uint32")


def placeholders(template):
    """The numbers that a template leaves to the trace, in order."""
    return tuple(
        e for e in template if isinstance(e, define.Placeholder) and isinstance(e.what, str) and e is not define.HERE
    )


def scalar_struct(kind):
    np_type = {define.FLOAT: "float64", define.INT: "int64", define.BOOL: "bool", define.COMPLEX: "complex128"}[kind]
    return jax.ShapeDtypeStruct((), np_type)


def infer(op, template, avals, platform="cpu"):
    """(call, facts, is_tuple): the pure function of a call, its results' (shape, dtype), and whether it returns several.

    Raises what PyTorch raises for these shapes, dtypes and arguments. Cost: about 1 ms the first time.
    """
    key = (op, template, avals, platform, dt.get_default_dtype())
    found = _FACTS.get(key)
    if found is None:
        if len(_FACTS) > _LIMIT:
            _FACTS.clear()
        found = _FACTS[key] = _infer(op, template, avals, platform)
    return found


SMALL, LARGE = 1 << 10, 1 << 16
"""Elements of the blocks in which tensors are filled: small ones and others."""


def of_block(op, template, avals):
    """The template that fills one block, for a call that makes a tensor of a size, of random numbers or one value; else None.

    It is the same for all shapes, and for all bounds and deviations: those of a network's layers all differ.
    """
    if avals or "size" not in op.names:
        return None
    values = dict(zip(op.names, template))
    if values["dtype"].is_complex:
        return None
    free = op.random and not op.exact
    length = SMALL if math.prod(values["size"]) <= 4 * SMALL else LARGE
    values = {k: define.FLOAT if free and is_float(v) else v for k, v in values.items()}
    return tuple({**values, "size": (length,)}.values())


def is_float(entry):
    return isinstance(entry, define.Constant) and type(entry.value) is float


def _infer(op, template, avals, platform):
    block = of_block(op, template, avals)
    if block is not None and block != template:
        call = op.build(template, [], [], platform)
        ((_, dtype),) = infer(op, block, avals, platform)[1]
        return call, ((tuple(template[op.names.index("size")]), dtype),), False
    known = by_another(op, template, avals, platform)
    if known is not None:
        return known
    with compat.x64():
        try:
            call = op.build(template, [d for _, d in avals], [len(s) for s, _ in avals], platform)
            joined = layout(op, template, avals)
            if joined is not None:
                return call, ((joined[1], avals[0][1]),), False
            arrays = [jax.ShapeDtypeStruct(s, d.np) for s, d in avals]
            scalars = [scalar_struct(k) for k in placeholders(template)]
            with said.listening() as messages:
                out = jax.eval_shape(call, arrays, scalars, KEY if op.random else None)
        except Exception as error:
            raise error_of_jax(error, op.name, avals) from None
    is_tuple = isinstance(out, (tuple, list))
    facts = tuple((tuple(o.shape), dt.from_np(o.dtype)) for o in (out if is_tuple else (out,)))
    for shape, _ in facts:
        check_size(shape)  # said now: what is pending would fail with all that is pending
    for message in messages:
        warnings.warn_explicit(message, UserWarning, *user_site())
    return call, facts, is_tuple


def by_another(op, template, avals, platform):
    """The same from what is known of a call that differs in its sizes alone; None where that does not tell."""
    found = standing(op, avals)
    if found is None or found[0] == avals:
        return None
    operands, sizes = found
    try:
        model, facts, is_tuple = infer(op, template, operands, platform)
    except (ArithmeticError, LookupError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return None  # raised again by the call itself: the message names its sizes
    results = [(real(shape, sizes), dtype) for shape, dtype in facts]
    for shape, _ in results:
        check_size(shape)
    with compat.x64():
        call = op.build(template, [d for _, d in avals], [len(s) for s, _ in avals], platform)
    call.alike = Alike(model, [s for s, _ in operands], [s for s, _ in facts], sizes)
    return call, tuple(results), is_tuple
