"""What a reverse pass does, found out once per path: which calls it visits, where gradients come out, what it needs.

Refs are numbered along a path, so a reverse pass is a walk down the numbers.
"""

import jax
import numpy as np

from eagerjax.lower.infer import scalar_struct
from eagerjax.record.trie import CALL
from eagerjax.runtime import compat


class Plan:
    """A reverse pass from `roots` down to (not including) results numbered `bound` or less."""

    __slots__ = ("kept", "reached", "saving", "targets", "visited")

    def __init__(self, roots, bound):
        self.visited, self.reached = visit(roots, bound)
        visited = set(self.visited)
        ends = [r for r in self.reached if r.node not in visited]
        self.targets = tuple(sorted(ends, key=lambda r: r.slot))
        kept = {node: kept_by(node) for node in self.visited}
        self.saving = frozenset(n for n, refs in kept.items() if refs is not None)
        self.kept = tuple((n, r) for n, refs in kept.items() if refs for r in refs)


def visit(roots, bound):
    """(calls to visit, last first; refs that get a gradient)."""
    reached = set(roots)
    todo = {r.node for r in roots}
    visited = []
    while todo:
        node = max(todo, key=lambda n: n.slots)
        todo.remove(node)
        if node.kind is not CALL or node.results[-1].slot <= bound:
            continue
        visited.append(node)
        for ref in node.inputs:
            if ref.needs:
                reached.add(ref)
                todo.add(ref.node)
    return tuple(visited), frozenset(reached)


def plan(roots, bound=-1):
    """The plan for `roots`, remembered at the node of the first."""
    node = roots[0].node
    if node.detail is None:
        node.detail = {}
    found = node.detail.get((roots, bound))
    if found is None:
        found = node.detail[roots, bound] = Plan(roots, bound)
    return found


_KEPT: dict[tuple, tuple | None] = {}


def kept_by(node):
    """The Refs whose values the call's reverse pass needs, or None where it needs nothing at all.

    Found by asking jax.vjp what it keeps; an op's `saves` overrides that where PyTorch keeps something else.
    """
    saves = node.op.saves
    if saves is not None:
        kept = {"input": node.inputs, "result": node.results, "": None}[saves]
        return kept
    which = (node.call, tuple(r.needs for r in node.inputs))
    found = _KEPT.get(which, _KEPT)
    if found is _KEPT:
        found = _KEPT[which] = _probe(node)
    return None if found is None else tuple((node.inputs if side else node.results)[i] for side, i in found)


def _probe(node):
    structs = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.inputs]
    wrt = [i for i, r in enumerate(node.inputs) if r.needs]
    found = []

    def probe(*arrays):
        outs, pull = vjp(node.call, arrays, ones(node), wrt, np.zeros(2, np.uint32) if node.op.random else None)
        for leaf in jax.tree.leaves(pull):
            if isinstance(leaf, jax.core.Tracer):  # pyright: ignore[reportAttributeAccessIssue]
                found.append(next(((1, i) for i, a in enumerate(arrays) if a is leaf), None)
                             or next(((0, i) for i, o in enumerate(outs) if o is leaf), None))  # fmt: skip
        return outs

    with compat.x64():
        jax.eval_shape(probe, *structs)
    return tuple({f for f in found if f is not None}) if found else None


def ones(node):
    """Stand-ins for the numbers that a call takes from the trace."""
    return [np.ones((), scalar_struct(k).dtype) for k in node.scalars[: len(node.scalars) - node.op.random]]


def vjp(call, arrays, scalars, wrt, key):
    """(outputs as a tuple, pull): jax.vjp of a call with respect to the operands numbered `wrt`."""

    def function(*chosen):
        full = list(arrays)
        for i, array in zip(wrt, chosen):
            full[i] = array
        out = call(full, scalars, key)
        return tuple(out) if isinstance(out, (tuple, list)) else (out,)

    return jax.vjp(function, *[arrays[i] for i in wrt])
