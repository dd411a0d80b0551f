"""What a reverse pass does, found out once per path: which calls it visits, where gradients come out, what it needs.

Refs are numbered along a path, so a reverse pass is a walk down the numbers.
"""

import functools
import heapq
import operator

import jax
import numpy as np

from eagerjax.lower.alike import stand_in
from eagerjax.lower.infer import KEY, scalar_struct
from eagerjax.ops import define
from eagerjax.record.trie import CALL
from eagerjax.runtime import compat


class Plan:
    """A reverse pass from `roots` down to (not including) results numbered `bound` or less.

    With `ends` it visits only the calls through which a gradient reaches one of these Refs.
    """

    __slots__ = ("alone", "kept", "reached", "saving", "targets", "visited")

    def __init__(self, roots, bound, ends=None):
        self.visited, self.reached = visit(roots, bound)
        if ends is not None:
            leading = leading_to(ends, roots)
            self.visited = tuple(n for n in self.visited if not leading.isdisjoint(n.results))
            self.reached = self.reached & leading
        visited = set(self.visited)
        ends = [r for r in self.reached if r.node not in visited]
        self.targets = tuple(sorted(ends, key=lambda r: r.slot))
        kept = {node: kept_by(node) for node in self.visited}
        self.saving = frozenset(n for n, refs in kept.items() if refs is not None)
        self.kept = tuple((n, r) for n, refs in kept.items() if refs for r in refs)
        self.alone: tuple = (None, False)  # (end of a path, did this pass go through all of its calls that have a history?)

    def is_alone(self, node):
        """Does this pass go through all calls on the path to `node` through which one could?"""
        if self.alone[0] is not node:
            visited = set(self.visited)
            calls = [n for n in node.path() if n.kind is CALL and n not in visited]
            self.alone = node, not any(r.needs for n in calls for r in n.results)
        return self.alone[1]


def leading_to(ends, roots):
    """`ends`, and the Refs below `roots` whose gradients reach one of them."""
    leading = set(ends)
    for node in reversed(visit(roots, -1)[0]):
        if any(r.needs and r in leading for r in node.inputs):
            leading.update(node.results)
    return leading


def visit(roots, bound):
    """(calls to visit, last first; refs that get a gradient)."""
    reached, visited, refs = set(), [], roots
    nodes, heap = {}, []  # by minus the number of the last result, latest first
    while True:
        for ref in refs:
            if ref not in reached and (ref.needs or refs is roots):
                reached.add(ref)
                node = ref.node
                last = -node.slots
                if node.kind is CALL and -last > bound + 1 and last not in nodes:
                    nodes[last] = node
                    heapq.heappush(heap, last)
        if not heap:
            return tuple(visited), frozenset(reached)
        node = nodes[heapq.heappop(heap)]
        visited.append(node)
        refs = node.inputs if node.reads is None else receivers(node, reached)


def visited_from(refs):
    """What `visit` finds all the way down: a plan that was made for those of the Refs that calls have made knows it."""
    roots = tuple(sorted([r for r in refs if r.node.kind is CALL], key=lambda r: -r.slot))
    known = (roots[0].node.detail or {}).get((roots, -1, None)) if roots else None
    return visit(refs, -1) if known is None else (known.visited, known.reached.union(refs))


def receivers(node, reached):
    """The operands that get a gradient when one arrives at these results of `node` that are `reached`."""
    if node.reads is None:
        return [r for r in node.inputs if r.needs]
    read = union([read for r, read in zip(node.results, node.reads) if r in reached])
    return [r for i, r in enumerate(node.inputs) if r.needs and read >> i & 1]


def union(sets):
    """Of sets that are the bits of numbers."""
    return functools.reduce(operator.or_, sets, 0)


def plan(roots, bound=-1, ends=None):
    """The plan for `roots`, remembered at the node of the first."""
    node = roots[0].node
    if node.detail is None:
        node.detail = {}
    found = node.detail.get((roots, bound, ends))
    if found is None:
        found = node.detail[roots, bound, ends] = Plan(roots, bound, ends)
    return found


_KEPT: dict[tuple, tuple | None] = {}


def kept_by(node):
    """The Refs whose values the call's reverse pass needs, or None where it needs nothing at all.

    Found by asking jax.vjp what it keeps; an op's `saves` overrides that where PyTorch keeps something else.
    """
    saves = node.op.saves
    if saves == "":
        return None
    if saves is not None and (saves != "result1" or node.several):
        return kept_by_name(node, saves.split())
    found = asked(_probe, _KEPT, node)
    return None if found is None else tuple((node.inputs if side else node.results)[i] for side, i in found)


def asked(question, answers, node):
    """The answer to a question about a call and which operands need a gradient: found out once, for all sizes where they do
    not count."""
    which = (node.call, tuple([r.needs for r in node.inputs]))
    found = answers.get(which, answers)
    if found is answers:
        model = stand_in(node)
        found = answers[which] = question(node) if model is None else asked(question, answers, model)
    return found


def kept_by_name(node, names):
    """The Refs of parameters, of "result" (all results) and of "result1" (one of them)."""
    kept, at = [], 0
    for name, entry in zip(node.op.names, node.template):
        several = isinstance(entry, define.Placeholder) and isinstance(entry.what, int)
        count = entry.what if several else int(entry is define.HERE)
        if name in names:
            kept += node.inputs[at : at + count]
        at += count
    for name in names:
        if name.startswith("result"):
            kept += node.results[int(name[6:]) :][:1] if name[6:] else node.results
    return tuple(kept)


def _probe(node):
    """The numbers of the operands (1, i) and results (0, i) that what jax.vjp keeps is made of; None if it keeps none."""
    structs = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.inputs]
    wrt = wrt_of(node)

    def probe(key, *arrays):
        outs, pull = vjp(node.call, arrays, ones(node), wrt, key if node.op.random else None)
        return [leaf for leaf in jax.tree.leaves(pull) if isinstance(leaf, jax.Array)], outs

    with compat.x64():
        jaxpr = jax.make_jaxpr(probe)(KEY, *structs).jaxpr
    known = {v: (0, i) for i, v in enumerate(jaxpr.outvars[-len(node.results) :]) if is_variable(v)}
    known.update((v, (1, i - 1)) for i, v in enumerate(jaxpr.invars))  # -1: the random key
    found = origins(jaxpr, jaxpr.outvars[: -len(node.results)], known)
    return tuple(f for f in found if f[1] >= 0) if found else None


COTANGENT = -1
_ROUTES: dict[tuple, tuple] = {}


def routes(node):
    """For each operand that needs grad, what its gradient is computed from: numbers of operands, and COTANGENT for the
    gradients of the results. Where the gradient is 0 whatever comes (that of `floor`), it is nothing."""
    return asked(_routes, _ROUTES, node)


def _routes(node):
    wrt = wrt_of(node)

    def pulled(key, arrays, grads):
        grads = iter(grads)
        cotangents = tuple([next(grads) if r.needs else no_cotangent(r) for r in node.results])
        return vjp(node.call, arrays, ones(node), wrt, key if node.op.random else None)[1](cotangents)

    inputs, results = (
        [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in refs] for refs in (node.inputs, node.results)
    )
    with compat.x64():
        jaxpr = jax.make_jaxpr(pulled)(KEY, inputs, [s for s, r in zip(results, node.results) if r.needs]).jaxpr
    known = dict(zip(jaxpr.invars[1:], [*range(len(inputs)), *[COTANGENT] * len(results)]))
    return tuple(frozenset(origins(jaxpr, [v], known)) for v in jaxpr.outvars)


def no_cotangent(ref):
    """What jax.vjp takes for a result that has no gradient."""
    return np.zeros(ref.shape, jax.dtypes.float0 if ref.dtype.category < 2 else ref.dtype.np)


def origins(jaxpr, variables, known):
    """What `known` says of the variables that `variables` are computed from."""
    made_by = {out: equation for equation in jaxpr.eqns for out in equation.outvars}
    found, seen, todo = set(), set(), [v for v in variables if is_variable(v)]
    while todo:
        variable = todo.pop()
        if variable in known:
            found.add(known[variable])
        elif variable in made_by and variable not in seen:
            todo += [v for v in made_by[variable].invars if is_variable(v)]
        seen.add(variable)
    return found


def is_variable(v):
    """Is this not a constant that stands in a jaxpr?"""
    return not hasattr(v, "val")


def ones(node):
    """Stand-ins for the numbers that a call takes from the trace."""
    return [np.ones((), scalar_struct(k).dtype) for k in node.scalars[: len(node.scalars) - node.op.random]]


def wrt_of(node):
    """The numbers of the operands that need a gradient, of a call or a piece."""
    return tuple([i for i, r in enumerate(node.inputs) if r.needs])


def vjp(call, arrays, scalars, wrt, key):
    """(outputs as a tuple, pull): jax.vjp of a call with respect to the operands numbered `wrt`."""

    def function(*chosen):
        full = list(arrays)
        for i, array in zip(wrt, chosen):
            full[i] = array
        out = call(full, scalars, key)
        return tuple(out) if isinstance(out, (tuple, list)) else (out,)

    return jax.vjp(function, *[arrays[i] for i in wrt])
