"""Shapes and dtypes of an op's results, asked of JAX once per (op, template, operands) and remembered."""

import jax

from eagerjax.lower.joins import layout
from eagerjax.ops import define
from eagerjax.runtime import compat, dtype as dt
from eagerjax.runtime.errors import error_of_jax

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


def _infer(op, template, avals, platform):
    with compat.x64():
        try:
            call = op.build(template, [d for _, d in avals], [len(s) for s, _ in avals], platform)
            joined = layout(op, template, avals)
            if joined is not None:
                return call, ((joined[1], avals[0][1]),), False
            arrays = [jax.ShapeDtypeStruct(s, d.np) for s, d in avals]
            scalars = [scalar_struct(k) for k in placeholders(template)]
            out = jax.eval_shape(call, arrays, scalars, KEY if op.random else None)
        except Exception as error:
            raise error_of_jax(error, op.name, avals) from None
    is_tuple = isinstance(out, (tuple, list))
    outs = out if is_tuple else (out,)
    return call, tuple((tuple(o.shape), dt.from_np(o.dtype)) for o in outs), is_tuple
