"""What the gradient of a call is computed from, and how: the reverse pass as a function of the values that are saved.

`jax.vjp` of the call is traced as a whole; what stands between the saved values and the gradients is cut out of it.
"""

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower.backward import is_variable, kept_by_name, ones, vjp, wrt_of
from eagerjax.lower.infer import KEY
from eagerjax.ops import define
from eagerjax.runtime import compat


class Recipe:
    """`function` of (saved values, gradients of the results that need grad) gives those of the operands that need it.

    kept: the saved values: (1, i) for operand number i, (0, i) for a result. routes: the arguments each gradient is made of.
    """

    __slots__ = ("function", "kept", "routes")

    def __init__(self, node):
        reverse = Reverse(node)
        saved = reverse.named(node)
        if saved is None:
            saved = reverse.found()
        self.kept = tuple(sorted(saved, key=lambda k: place(node, k)))
        arguments = [saved[k] for k in self.kept] + reverse.cotangents
        self.routes = [reverse.route(g, arguments) for g in reverse.gradients]
        self.function = reverse.function(arguments, node)

    def names(self, node):
        """PyTorch's names of the saved values, or the likes of them."""
        names, results = operand_names(node), "result{}" if node.several else "result"
        return [names[i] if side else results.format(i) for side, i in self.kept]


_RECIPES: dict[tuple, Recipe] = {}


def recipe_of(node):
    which = (node.call, tuple(r.needs for r in node.inputs), tuple(r.needs for r in node.results))
    found = _RECIPES.get(which)
    if found is None:
        found = _RECIPES[which] = Recipe(node)
    return found


def place(node, saved):
    """Where a saved value comes in PyTorch's order: operands by their names, then results."""
    side, i = saved
    return (0, operand_names(node)[i], i) if side else (1, "", i)


def operand_names(node):
    """PyTorch's name of each operand."""
    names = []
    first = "input" if "weight" in node.op.names else "self"
    for name, entry in zip(node.op.names, node.template):
        several = isinstance(entry, define.Placeholder) and isinstance(entry.what, int)
        names += [first if name == "input" else name] * (entry.what if several else entry is define.HERE)
    return names


def traced(node):
    """The jaxpr of (key, numbers, operands, gradients of the results) -> (results, gradients of the operands)."""
    wrt = wrt_of(node)

    def both(key, scalars, arrays, grads):
        outs, pull = vjp(node.call, arrays, scalars, wrt, key if node.op.random else None)
        grads = iter(grads)
        full = [conjugate(r, next(grads)) if r.needs else np.zeros(r.shape, jax.dtypes.float0) for r in node.results]
        return outs, [conjugate(node.inputs[i], g) for i, g in zip(wrt, pull(tuple(full)))]

    structs = [[jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in refs] for refs in (node.inputs, node.results)]
    grads = [s for s, r in zip(structs[1], node.results) if r.needs]
    with compat.x64():
        return jax.make_jaxpr(both)(KEY, ones(node), structs[0], grads)


def conjugate(ref, grad):
    """PyTorch's gradient of a complex value is the conjugate of JAX's."""
    return jnp.conj(grad) if ref.dtype.is_complex else grad


class Value:
    """A value of a Reverse; `array` is that of a constant."""

    __slots__ = ("array", "by")

    def __init__(self, array=None, by=None):
        self.array = array
        self.by = by  # (equation, operands, results)


class Reverse:
    """A call and its reverse pass as equations between Values; jitted functions are opened up."""

    def __init__(self, node):
        jaxpr = traced(node)
        self.equations = []
        arguments = [Value() for _ in jaxpr.jaxpr.invars]
        outs = self.open(jaxpr, arguments)
        numbers, n = len(ones(node)), len(node.inputs)
        self.key, self.scalars = arguments[0], arguments[1 : 1 + numbers]
        self.inputs, self.cotangents = arguments[1 + numbers :][:n], arguments[1 + numbers + n :]
        self.results, self.gradients = outs[: len(node.results)], outs[len(node.results) :]

    def open(self, closed, arguments):
        """The Values of a jaxpr's results."""
        jaxpr = closed.jaxpr
        known = dict(zip(jaxpr.invars, arguments))
        known.update(zip(jaxpr.constvars, map(Value, closed.consts)))

        def value(variable):
            return known[variable] if is_variable(variable) else Value(variable.val)

        for equation in jaxpr.eqns:
            operands = [value(v) for v in equation.invars]
            if equation.primitive.name in ("jit", "pjit"):
                results = self.open(equation.params["jaxpr"], operands)
            else:
                results = [Value() for _ in equation.outvars]
                step = (equation, operands, results)
                self.equations.append(step)
                for result in results:
                    result.by = step
            known.update(zip(equation.outvars, results))
        return [value(v) for v in jaxpr.outvars]

    def behind(self, values, stops):
        """(equations, Values without an equation or among `stops`) that `values` are computed from."""
        steps, ends, todo = set(), set(), list(values)
        stops = set(stops)
        while todo:
            value = todo.pop()
            if value in stops or (value.by is None and value.array is None):
                ends.add(value)
            elif value.by is not None and id(value.by) not in steps:
                steps.add(id(value.by))
                todo += value.by[1]
        return steps, ends

    def named(self, node):
        """{(side, i): Value} of what PyTorch saves, if the gradients can be computed from that; else None."""
        saves = node.op.saves
        if not saves or (saves == "result1" and not node.several):
            return None
        refs = kept_by_name(node, saves.split())
        found = {(1, i): self.inputs[i] for i, r in enumerate(node.inputs) if r in refs}
        found.update(((0, i), self.results[i]) for i, r in enumerate(node.results) if r in refs)
        ends = self.behind(self.gradients, found.values())[1]
        given = {*found.values(), *self.cotangents, *self.scalars, self.key}
        return {k: v for k, v in found.items() if v in ends} if ends <= given else None

    def found(self):
        """{(side, i): Value} of what JAX keeps."""
        ends = self.behind(self.gradients, [*self.inputs, *self.results])[1]
        found = {(1, i): v for i, v in enumerate(self.inputs) if v in ends}
        mine = set(found.values())
        return {**found, **{(0, i): v for i, v in enumerate(self.results) if v in ends and v not in mine}}

    def route(self, gradient, arguments):
        """The numbers of the arguments that a gradient is computed from."""
        ends = self.behind([gradient], arguments)[1]
        return [i for i, v in enumerate(arguments) if v in ends]

    def function(self, arguments, node):
        """The gradients as a pure function of the arguments, the call's numbers and its key."""
        wanted = self.behind(self.gradients, arguments)[0]
        steps = [step for step in self.equations if id(step) in wanted]
        key, scalars, gradients = self.key, self.scalars, self.gradients
        facts = [(r.shape, r.dtype.np) for r in node.inputs if r.needs]

        def function(arrays, numbers=(), word=None):
            known = dict(zip([*arguments, *scalars, key], [*arrays, *numbers, word]))

            def value(v):
                return known[v] if v in known else v.array

            for equation, operands, results in steps:
                known.update(zip(results, compat.bind(equation, [value(v) for v in operands])))
            return tuple(jnp.broadcast_to(jnp.asarray(value(g), d), s) for g, (s, d) in zip(gradients, facts))

        function.faults = None
        return function
