"""Masked programs: one program for a batch of N rows that serves shorter batches as well.

A call with n < N rows is recorded as any other. If its program takes the very steps that a program for N rows takes, it
is run through that one: its arguments are padded to N rows (with copies of their first row), and results are cut to
length. For this the two programs, as jaxprs, are gone through side by side. A value whose shape differs along one axis,
k*N against k*n, is *ragged*: its first k*n elements along that axis are right, the others are anything. Each primitive
must keep this true; where it would mix elements along a ragged axis (a sum over the batch, a product that contracts it)
what is beyond is masked first. A constant that differs (the count that a mean divides by) becomes a function of n. What
is not known to be right raises `Unknown`, and the call runs at its own length.
"""

import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np

from eagerjax.runtime import compat
from eagerjax.static.ragged_rules import RULES, Unknown, Value, same_params

_INLINE = {
    "jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr",
    "remat", "checkpoint", "custom_lin",
}  # fmt: skip


def plan(full, short, rows, valid):
    """How to run the jaxpr `full` (of `rows` rows) so that its results are those of `short` (of `valid`); hashable.

    Returns (plan, Value of each result). Raises Unknown, in words, where that can't be shown.
    """
    return Planner(rows, valid).jaxpr(full, short)


class Planner:
    """Goes through two jaxprs side by side."""

    def __init__(self, rows, valid):
        self.rows, self.valid = rows, valid

    def value(self, a, b):
        """What two variables (or arrays) that correspond say of a value: None (the same in both) or (axis, k)."""
        if a.dtype != b.dtype or len(a.shape) != len(b.shape):
            raise Unknown("values of another kind")
        axes = [i for i, (m, n) in enumerate(zip(a.shape, b.shape)) if m != n]
        if not axes:
            return None
        (axis, *more) = axes
        times, rest = divmod(a.shape[axis], self.rows)
        if more or rest or b.shape[axis] != times * self.valid:
            raise Unknown(f"a value of shape {tuple(a.shape)} that has {tuple(b.shape)} in the shorter batch")
        return axis, times

    def jaxpr(self, full, short):
        """The plan of two closed jaxprs."""
        if len(full.jaxpr.eqns) != len(short.jaxpr.eqns):
            raise Unknown("other steps")
        consts = tuple(self.constant(np.asarray(a), np.asarray(b)) for a, b in pairs(full.consts, short.consts))
        names = dict(zip(full.jaxpr.constvars, short.jaxpr.constvars))
        names.update(zip(full.jaxpr.invars, short.jaxpr.invars))
        steps = tuple([self.step(a, b, names) for a, b in zip(full.jaxpr.eqns, short.jaxpr.eqns)])
        results = tuple([self.operand(a, b, names) for a, b in pairs(full.jaxpr.outvars, short.jaxpr.outvars)])
        return (consts, steps, tuple(lit for _, lit in results)), [found for found, _ in results]

    def constant(self, a, b):
        """How an array that is part of the program depends on the rows."""
        ragged = self.value(a, b)
        if ragged is None:
            if np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
                return None
            return self.number(a, b)
        axis, times = ragged
        if np.array_equal(np.take(a, range(times * self.valid), axis), b, equal_nan=a.dtype.kind == "f"):
            return None
        raise Unknown("a constant of its own for each length")

    def number(self, a, b):
        """(form, c, d): how the constant follows from the rows (`formula_value`); exactly so for both lengths."""
        if a.size == 1 and a.dtype.kind in "iuf" and np.isfinite(a).all() and np.isfinite(b).all():
            for form in FORMS:
                found = self.fit(form, float(a.item()), float(b.item()))
                exact = [
                    formula_value(found, n, a.dtype).item() == x.item() for n, x in ((self.rows, a), (self.valid, b))
                ]
                if found[1] and abs(found[2]) <= 4 and all(exact):
                    return found
        raise Unknown(f"a number that is {a.ravel()[:1]} and {b.ravel()[:1]} in the shorter batch")

    def fit(self, form, u, v):
        """(form, c, d) that gives u for the full length, if anything does."""
        if form == "inverse":
            u, v = (1 / x if x else x for x in (u, v))
        elif form == "corrected":
            u, v = (x / (x - 1) if x != 1 else x for x in (u, v))
        c = round((round(u) - round(v)) / (self.rows - self.valid))
        return form, c, round(u) - c * self.rows

    def operand(self, a, b, names):
        """((axis, k) or None, formula of a literal or None) of one operand."""
        if hasattr(a, "val") != hasattr(b, "val"):
            raise Unknown("a constant where a value was")
        if hasattr(a, "val"):
            x, y = np.asarray(a.val), np.asarray(b.val)
            return self.value(x, y), self.constant(x, y)
        if names.get(a) is not b:
            raise Unknown("other operands")
        return self.value(a.aval, b.aval), None

    def step(self, full, short, names):
        if full.primitive is not short.primitive:
            raise Unknown(f"{full.primitive} where {short.primitive} is in the shorter batch")
        name = full.primitive.name
        given = [self.operand(a, b, names) for a, b in pairs(full.invars, short.invars)]
        names.update(zip(full.outvars, short.outvars))
        operands = [Value(r, a.aval, b.aval) for (r, _), a, b in zip(given, full.invars, short.invars)]
        results = [Value(self.value(a.aval, b.aval), a.aval, b.aval) for a, b in zip(full.outvars, short.outvars)]
        literals = tuple(formula for _, formula in given)
        if name in _INLINE:
            inner, _ = self.jaxpr(closed(full), closed(short))
            return literals, inner, ()
        if all(v.ragged is None for v in (*operands, *results)):
            same_params(full.params, short.params, name)
            return literals, None, ()
        rule = RULES.get(name)
        if rule is None:
            raise Unknown(f"{name} along a batch")
        return literals, None, tuple(rule(full.params, short.params, operands, results) or ())


def pairs(a, b):
    if len(a) != len(b):
        raise Unknown("another number of values")
    return zip(a, b)


def closed(equation):
    """The closed jaxpr that an equation calls."""
    for value in equation.params.values():
        if hasattr(value, "jaxpr") and hasattr(value, "consts"):
            return value
    for value in equation.params.values():
        if hasattr(value, "eqns"):
            return jax.extend.core.ClosedJaxpr(value, ())
    raise Unknown(f"{equation.primitive} calls something that can't be seen")


FORMS = ("line", "inverse", "corrected")


def formula_value(formula, rows, dtype):
    """The number that a formula stands for: m = c * rows + d itself, 1 / m, or m / (m - 1) (of unbiased variances)."""
    form, c, d = formula
    modules = np if isinstance(rows, int) else jnp
    m = modules.asarray(c * rows + d, np.float64)
    with np.errstate(all="ignore"):
        return (m if form == "line" else 1 / m if form == "inverse" else m / (m - 1)).astype(dtype)


def run(full, steps_plan, arrays, rows):
    """The results of the jaxpr `full` with a traced number of valid rows."""
    consts, steps, results = steps_plan
    known = dict(zip(full.jaxpr.invars, arrays))
    for var, value, formula in zip(full.jaxpr.constvars, full.consts, consts):
        known[var] = value if formula is None else formula_value(formula, rows, var.aval.dtype).reshape(var.aval.shape)

    def read(var, formula):
        if formula is not None:
            return formula_value(formula, rows, var.aval.dtype).reshape(var.aval.shape)
        return var.val if hasattr(var, "val") else known[var]

    for equation, (literals, inner, masks) in zip(full.jaxpr.eqns, steps):
        values = [read(v, f) for v, f in zip(equation.invars, literals)]
        if inner is not None:
            outs = run(closed(equation), inner, values, rows)
        else:
            for at, axis, times, fill in masks:
                mask = bounded if fill in ("drop", "clip") else masked
                values[at] = mask(values[at], axis, times * rows, fill)
            outs = compat.bind(equation, values)
        known.update(zip(equation.outvars, outs))
    return [read(v, f) for v, f in zip(full.jaxpr.outvars, results)]


def masked(array, axis, valid, fill):
    """`array` with `fill` in the place of what is beyond the valid elements of an axis."""
    at = jax.lax.broadcasted_iota(jnp.int64, array.shape, axis)
    return jnp.where(at < valid, array, jnp.asarray(filler(fill, array.dtype), array.dtype))


def bounded(indices, column, valid, how):
    """Indices into a ragged axis: what is beyond the valid elements is dropped, or means the last of them."""
    at = indices[..., column]
    beyond = valid - 1 if how == "clip" else jnp.iinfo(indices.dtype).max
    return indices.at[..., column].set(jnp.where(at < valid, at, jnp.asarray(beyond, indices.dtype)))


def filler(fill, dtype):
    """The number that changes nothing in a sum, a product, a maximum or a minimum."""
    if fill not in ("lowest", "highest"):
        return fill
    if jnp.dtype(dtype).kind == "b":
        return fill == "highest"
    if jnp.issubdtype(dtype, jnp.integer):
        return jnp.iinfo(dtype).min if fill == "lowest" else jnp.iinfo(dtype).max
    return -jnp.inf if fill == "lowest" else jnp.inf
