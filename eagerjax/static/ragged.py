"""Masked programs: one program for a length N that serves other lengths up to N as well.

A call of length n is recorded as any other. If its program takes the very steps that a program of another length takes, it
is run through a masked one: its arguments are padded to N (with copies of their first row), and results are cut to
length. For this the two programs, as jaxprs, are gone through side by side. How the length stands in the axes of each value
follows from step to step (`layouts.py`): elements within the true length are right, the others are anything. Each primitive
must keep this true; where it would mix elements along a varying axis (a sum over the batch, a product that contracts it)
what is beyond is masked first. A constant that differs (the count that a mean divides by) becomes a function of n. What
is not known to be right raises `Unknown`, and the call runs at its own length.

N need not be a length that was recorded: sizes follow from the layouts, at whichever length.
"""

import types

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.runtime import compat
from eagerjax.static.layouts import Count, Lengths, N, Unknown, at, factors_of, fixed, join, need, ragged, shape, size
from eagerjax.static.ragged_rules import RULES, Step, same_params

_INLINE = {
    "jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr",
    "remat", "checkpoint", "custom_lin",
}  # fmt: skip


def plan(full, short, rows, valid, inner=False):
    """How to run the jaxpr `full` (recorded with a length of `rows`) at any length so that its results are those of `short`.

    Returns (plan, which is hashable; layouts of the inputs; layouts of the results). Raises Unknown, in words, where that
    can't be shown. inner: something stands before the varying axis of arguments, as a batch does before sequences.
    """
    planner = Planner(Lengths(rows, valid, inner))
    inputs = [planner.arriving(a.aval, b.aval) for a, b in pairs(full.jaxpr.invars, short.jaxpr.invars)]
    found, results = planner.jaxpr(full, short, inputs)
    return found, inputs, results


class Planner:
    """Goes through two jaxprs side by side."""

    def __init__(self, lengths):
        self.lengths = lengths

    def arriving(self, a, b):
        """The layout of an array that comes from outside."""
        need(a.dtype == b.dtype and len(a.shape) == len(b.shape), "values of another kind")
        return tuple([self.lengths.leading(*sizes) for sizes in zip(a.shape, b.shape)])

    def jaxpr(self, full, short, inputs):
        """(plan, layouts of the results) of two closed jaxprs."""
        need(len(full.jaxpr.eqns) == len(short.jaxpr.eqns), "other steps")
        consts = tuple([self.constant(np.asarray(a), np.asarray(b)) for a, b in pairs(full.consts, short.consts)])
        known = {}
        for (var, other), (_, layout) in zip(pairs(full.jaxpr.constvars, short.jaxpr.constvars), consts):
            known[var] = other, layout
        for (var, other), layout in zip(pairs(full.jaxpr.invars, short.jaxpr.invars), inputs, strict=True):
            known[var] = other, layout
        steps = tuple([self.step(a, b, known) for a, b in zip(full.jaxpr.eqns, short.jaxpr.eqns)])
        results = [self.operand(a, b, known) for a, b in pairs(full.jaxpr.outvars, short.jaxpr.outvars)]
        layouts = [self.plain(layout) for _, layout in results]
        return (consts, steps, tuple([formula for formula, _ in results])), layouts

    def constant(self, a, b):
        """(how an array that is part of the program follows from the length, its layout)."""
        layout = self.arriving(a, b)
        if not ragged(layout):
            return None if np.array_equal(a, b, equal_nan=a.dtype.kind == "f") else self.number(a, b), layout
        common = tuple([slice(0, min(sizes)) for sizes in zip(a.shape, b.shape)])
        if self.lengths.short <= self.lengths.full and np.array_equal(a[common], b, equal_nan=a.dtype.kind == "f"):
            return ("cut", layout), layout
        triangle = triangle_of(a)
        need(triangle is not None and triangle == triangle_of(b), "a constant of its own for each length")
        return ("triangle", layout, triangle), layout

    def number(self, a, b):
        """(form, c, d): how a constant follows from the length (`formula_value`); exactly so for both lengths."""
        rows, valid = self.lengths.full, self.lengths.short
        if a.size == 1 and a.dtype.kind in "iuf" and np.isfinite(a).all() and np.isfinite(b).all():
            for form in FORMS:
                found = self.fit(form, float(a.item()), float(b.item()))
                exact = [formula_value(found, n, a.dtype).item() == x.item() for n, x in ((rows, a), (valid, b))]
                if found[1] and abs(found[2]) <= 4 and all(exact):
                    return found
        raise Unknown(f"a number that is {a.ravel()[:1]} and {b.ravel()[:1]} for another length")

    def fit(self, form, u, v):
        """(form, c, d) that gives u for the full length, if anything does."""
        rows, valid = self.lengths.full, self.lengths.short
        if form == "square":
            return form, round(u / rows**2), 0
        if "root" in form:
            u, v = u * u, v * v
        if "inverse" in form:
            u, v = (1 / x if x else x for x in (u, v))
        elif form == "corrected":
            u, v = (x / (x - 1) if x != 1 else x for x in (u, v))
        c = round((round(u) - round(v)) / (rows - valid))
        return form, c, round(u) - c * rows

    def operand(self, a, b, known):
        """(formula of a literal or None, layout) of one operand."""
        need(hasattr(a, "val") == hasattr(b, "val"), "a constant where a value was")
        if hasattr(a, "val"):
            return self.constant(np.asarray(a.val), np.asarray(b.val))
        other, layout = known.get(a, (None, None))
        need(other is b, "other operands")
        return None, layout

    def plain(self, layout):
        """The layout of numbers 0, 1, ... that are used as they are."""
        return tuple([self.lengths.leading(*axis.sizes) if isinstance(axis, Count) else axis for axis in layout])

    def step(self, full, short, known):
        """(formulas of literals, what is planned): a plan of what is called, or a `Done`; None where nothing varies."""
        name = full.primitive.name
        need(full.primitive is short.primitive, f"{name} where {short.primitive} is for another length")
        given = [self.operand(a, b, known) for a, b in pairs(full.invars, short.invars)]
        layouts = [layout if name == "reshape" else self.plain(layout) for _, layout in given]
        done, results = self.rule(full, short, layouts)
        for a, b, layout in zip(full.outvars, short.outvars, results, strict=True):
            self.lengths.check(layout, a.aval, b.aval)
            known[a] = b, layout
        return tuple([formula for formula, _ in given]), done

    def rule(self, full, short, layouts):
        name = full.primitive.name
        if name in _INLINE:
            return self.jaxpr(closed(full), closed(short), layouts)
        varying = any(map(ragged, layouts))
        alike = all(a.aval.shape == b.aval.shape for a, b in zip(full.outvars, short.outvars))
        if not varying and alike:
            same_params(full.params, short.params, name)
            return None, [tuple(map(fixed, a.aval.shape)) for a in full.outvars]
        if name == "scan":
            return self.scan(full, short, layouts)
        need(name in RULES, f"{name} along a length that varies")
        done = RULES[name](Step(full, short, layouts, self.lengths))
        return done, done.layouts

    def scan(self, full, short, layouts):
        """A loop along the length ends, as far as its state goes, at the true length; or the rows of its state vary."""
        same_params(full.params, short.params, "scan", ("jaxpr", "length"))
        start, stop = compat.state_of_scan(full)
        along = self.lengths.leading(full.params["length"], short.params["length"])
        need(along == fixed(full.params["length"]) or (len(along) == 1 and isinstance(along[0], N)), "a loop over rows")
        for layout in layouts[stop:]:
            need(join(layout[0], along) == along, "a loop over something of another length")
        state, slices = layouts[start:stop], [layout[1:] for layout in layouts[stop:]]
        for _ in range(3):
            body, results = self.jaxpr(closed(full), closed(short), [*layouts[:start], *state, *slices])
            merged = [tuple(map(join, a, b)) for a, b in zip(state, results)]
            if merged == state:
                rows = [(along, *layout) for layout in results[stop - start :]]
                return ("scan", body, along), [*results[: stop - start], *rows]
            state = merged
        raise Unknown("a loop whose state varies in another way each time")


def pairs(a, b):
    need(len(a) == len(b), "another number of values")
    return list(zip(a, b))


def triangle_of(array):
    """k of an array that is `np.tri(..., k=k)`, or None."""
    if array.dtype != bool or array.ndim != 2 or not array.size:
        return None
    k = int(array[0].sum()) - 1
    return k if np.array_equal(array, np.tri(*array.shape, k, dtype=bool)) else None


def closed(equation):
    """The closed jaxpr that an equation calls."""
    for value in equation.params.values():
        if hasattr(value, "jaxpr") and hasattr(value, "consts"):
            return value
    for value in equation.params.values():
        if hasattr(value, "eqns"):
            return compat.jaxprs().ClosedJaxpr(value, ())
    raise Unknown(f"{equation.primitive} calls something that can't be seen")


FORMS = ("line", "inverse", "corrected", "square", "root", "inverse root")


def formula_value(formula, rows, dtype):
    """The number that a formula stands for: m = c * rows + d or c * rows**2, or a function of m."""
    form, c, d = formula
    modules = np if isinstance(rows, int) else jnp
    m = modules.asarray(c * rows + d if form != "square" else c * rows * rows, np.float64)
    with np.errstate(all="ignore"):
        m = (
            modules.sqrt(m) if "root" in form else m / (m - 1) if form == "corrected" else m
        )  # m / (m - 1): of variances
        return (1 / m if "inverse" in form else m).astype(dtype)


# -- running ---------------------------------------------------------------------------------------------------------
class Run:
    """The results of a planned jaxpr at the length `room`, of which `rows` (a traced number) are valid."""

    def __init__(self, rows, room):
        self.rows, self.room = rows, room

    def __call__(self, full, planned, arrays):
        consts, steps, results = planned
        known = dict(zip(full.jaxpr.invars, arrays, strict=True))
        for var, value, (how, _) in zip(full.jaxpr.constvars, full.consts, consts):
            known[var] = value if how is None else self.made(np.asarray(value), how)

        def read(var, how):
            if how is not None:
                return self.made(np.asarray(var.val), how)
            return var.val if hasattr(var, "val") else known[var]

        for equation, (literals, done) in zip(full.jaxpr.eqns, steps):
            values = [read(v, how) for v, how in zip(equation.invars, literals)]
            known.update(zip(equation.outvars, self.step(equation, done, values)))
        return [read(v, how) for v, how in zip(full.jaxpr.outvars, results)]

    def made(self, value, how):
        """An array that is part of the program, for the length."""
        if how[0] not in ("cut", "triangle"):
            return formula_value(how, self.rows, value.dtype).reshape(value.shape)
        sizes = shape(how[1], self.room)
        if how[0] == "triangle":
            i, j = (jax.lax.broadcasted_iota(np.int32, sizes, d) for d in (0, 1))
            return i + how[2] >= j
        value = value[tuple(map(slice, sizes))]
        return np.pad(value, [(0, n - m) for n, m in zip(sizes, value.shape)], "edge")

    def step(self, equation, done, values):
        if done is None:
            return compat.bind(equation, values)
        if type(done) is tuple:
            return self.loop(equation, done, values) if done[0] == "scan" else self(closed(equation), done, values)
        for mask in done.masks:
            values[mask.operand] = self.masked(values[mask.operand], mask, values)
        params = {**equation.params, **{name: at(value, self.room) for name, value in done.params}}
        if done.how:
            found = getattr(self, done.how[0])(equation, params, values, *done.how[1:])
            return found if type(found) is list else [found]
        return compat.bind(types.SimpleNamespace(primitive=equation.primitive, params=params), values)

    def masked(self, array, mask, values):
        if mask.fill in ("drop", "clip"):
            return bounded(array, mask.axis, size(mask.layout, self.rows), mask.fill)
        fill = values[mask.fill[1]] if type(mask.fill) is tuple else filler(mask.fill, array.dtype)
        right = jax.lax.broadcast_in_dim(self.right(mask.layout), array.shape, (mask.axis,))
        return jnp.where(right, array, jnp.asarray(fill, array.dtype))

    def right(self, axis):
        """Which elements along an axis are right."""
        found = True
        for at_, factor in self.places(axis):
            if isinstance(factor, N):
                found = found & (at_ < self.rows + factor.d)
        return found

    def places(self, axis):
        """[(place of each element in a factor, factor)], outermost first."""
        found, inner = [], 1
        index = jax.lax.iota(np.int64, size(axis, self.room))
        for factor in reversed(factors_of(axis)):
            many = size((factor,), self.room)
            found.append((index // inner % many, factor))
            inner *= many
        return found[::-1]

    # -- other ways to compute a step
    def count(self, equation, params, values, axis):
        """0, 1, ... as they are. What reshapes them makes its own."""
        return jax.lax.iota(equation.outvars[0].aval.dtype, size(axis, self.room))

    def numbers(self, equation, params, values, layout):
        """0, 1, ... in an array of a layout, without what is not right."""
        sizes, stride, found = shape(layout, self.room), 1, 0
        for axis, place in reversed(list(enumerate(layout))):
            for index, factor in reversed(self.places(place)):
                term = jax.lax.broadcast_in_dim(index * stride, sizes, (axis,))
                found, stride = found + term, stride * (self.rows + factor.d if isinstance(factor, N) else factor)
        return jnp.asarray(found).astype(equation.outvars[0].aval.dtype)

    def tail(self, equation, params, values, axis, start, length):
        whole = jax.lax.slice(values[0], params["start_indices"], params["limit_indices"], params["strides"])
        return jax.lax.dynamic_slice_in_dim(whole, at(start, self.rows), length, axis)

    def place(self, equation, params, values, axis, start, sizes):
        part = jax.lax.pad(values[0], values[1], params["padding_config"])
        empty = jax.lax.broadcast(values[1], at(sizes, self.room))
        return jax.lax.dynamic_update_slice_in_dim(empty, part, at(start, self.rows), axis)

    def joined(self, equation, params, values, axis, after, start):
        """Pieces of which those from number `after` on follow one whose length varies."""
        whole = jax.lax.concatenate(values, axis)
        last = jax.lax.concatenate(values[after:], axis)
        return jax.lax.dynamic_update_slice_in_dim(whole, last, at(start, self.rows), axis)

    def parts(self, equation, params, values, axis, pieces):
        """Pieces one of which varies; those after it begin where it ends."""
        found, start = [], 0
        for piece in pieces:
            found.append(jax.lax.dynamic_slice_in_dim(values[0], start, size(piece, self.room), axis))
            start += size(piece, self.rows)
        return found

    def loop(self, equation, done, values):
        _, body, along = done
        params, closed_body = equation.params, closed(equation)
        start, stop = compat.state_of_scan(equation)
        end = size(along, self.rows) if along and isinstance(along[0], N) else None

        def step(state, given):
            at_, rows = given
            found = self(closed_body, body, [*values[:start], *state, *rows])
            new = found[: stop - start]
            if end is not None:
                new = [jnp.where(at_ < end, a, b) for a, b in zip(new, state)]
            return new, found[stop - start :]

        length = size(along, self.room)
        order = jax.lax.iota(np.int64, length)
        state, rows = jax.lax.scan(step, values[start:stop], (order, values[stop:]), length, params["reverse"],
                                   params["unroll"])  # fmt: skip
        return [*state, *rows]


def bounded(indices, column, valid, how):
    """Indices into a varying axis: what is beyond the valid elements is dropped, or means the last of them."""
    found = indices[..., column]
    beyond = valid - 1 if how == "clip" else jnp.iinfo(indices.dtype).max
    return indices.at[..., column].set(jnp.where(found < valid, found, jnp.asarray(beyond, indices.dtype)))


def filler(fill, dtype):
    """The number that changes nothing in a sum, a product, a maximum or a minimum."""
    if fill not in ("lowest", "highest"):
        return fill
    if jnp.dtype(dtype).kind == "b":
        return fill == "highest"
    if jnp.issubdtype(dtype, jnp.integer):
        return jnp.iinfo(dtype).min if fill == "lowest" else jnp.iinfo(dtype).max
    return -jnp.inf if fill == "lowest" else jnp.inf
