"""Reverse passes over segments that ran before: one at a time, or many equal ones in one go.

Each step of an episode, each round of a loop that looks at something, leaves a segment. Backward goes through them in turn,
and each adds its gradients to the sums of the one before: twenty lines of numpy code on a few dozen numbers, where a batch
of sixteen segments takes hardly longer than one.
"""

import math
import types

import jax
import numpy as np

from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.lower.hosted import array, code, known, make, on_cpu
from eagerjax.record.trie import PULL_SEGMENT
from eagerjax.runtime import config

BATCHES = (16, 4)
"""How many segments of a row run at once, as long as there are so many left; each is code of its own."""


class Segment:
    """The whole reverse pass over a segment that a compiled program saved: as numpy code, or else as one program.

    `run(*saved, *gradients of the roots, *sums)` gives the gradients of the targets.
    """

    __slots__ = ("hosted", "run")

    def __init__(self, node, saved):
        roots, plan, _, summed = node.detail
        n, reverse = len(saved) + len(roots), reversal(node, len(saved))

        def run(*given):
            results = reverse(*given[:n])
            for at, total in zip(summed, given[n:]):
                results[at] = total + results[at]
            return tuple(results)

        refs = [*roots, *[plan.targets[at] for at in summed]]
        found = make(code, run, [*map(struct_of, saved), *map(struct_of_ref, refs)]) if is_small(node, saved) else None
        self.hosted = found is not None
        self.run = found or jax.jit(run)


def segment(node, saved):
    """The Segment of a PULL_SEGMENT step."""
    roots, plan, program, summed = node.detail
    return known((program, plan, roots, summed), Segment, node, saved)


def reversal(node, n):
    """A function of the `n` arrays that a segment saved and of the gradients of the roots: the gradients of the targets."""
    roots, plan, program, _ = node.detail
    step = types.SimpleNamespace(results=tuple(plan.targets))  # stands for the node: any path's will do

    def reverse(*given):
        evaluation = Evaluation(Inline, (), None, ())
        evaluation.values = dict(enumerate(given[n:]))
        evaluation.reverse(step, roots, range(len(roots)), plan, program.restore(list(given[:n])), program.inside)
        return [evaluation.values[t] for t in plan.targets]

    return reverse


def is_small(node, saved):
    roots, plan, *_ = node.detail
    return sum([math.prod(a.shape) for a in saved]) <= config.largest_hosted and on_cpu([*roots, *plan.targets])


def struct_of(a):
    return jax.ShapeDtypeStruct(a.shape, a.dtype)


def struct_of_ref(ref):
    return jax.ShapeDtypeStruct(ref.shape, ref.dtype.np)


# -- rows -------------------------------------------------------------------------------------
class Row:
    """Reverse passes of which each adds to the gradients of the one before, and nobody else reads those."""

    __slots__ = ("end", "nodes")

    def __init__(self, node):
        self.nodes = [node]
        self.end = 1 + len(node.detail[0])  # of the inputs that are what was saved, and gradients; sums follow

    def goes_on(self, node):
        """Is `node` one more of them?"""
        last = self.nodes[-1]
        every = tuple(range(len(last.results)))
        return node.detail == (*last.detail[:3], every) and node.inputs[self.end :] == last.results

    def inner(self):
        """What only the next one reads."""
        return [r for n in self.nodes[:-1] for r in n.results]

    def columns(self, values):
        """What was saved and the gradients of the roots: each with its values, one of each segment."""
        return [*zip(*[[*values[n.inputs[0]], *[values[r] for r in n.inputs[1 : self.end]]] for n in self.nodes])]

    def run(self, values):
        """Put the results of as many as run in batches into `values`. Returns the others."""
        columns = self.columns(values)
        common = tuple([column[0] is column[1] for column in columns])  # a weight
        alike = min([same_as_first(c) for c, same in zip(columns, common) if same], default=len(self.nodes))
        sums, at = [None] * len(self.nodes[0].results), 0
        for i, ref in zip(self.nodes[0].detail[3], self.nodes[0].inputs[self.end :]):
            sums[i] = values[ref]
        for size in BATCHES:
            batch = self.batch(size, columns, common) if alike - at >= size else None
            while batch is not None and alike - at >= size:
                given = [array(c[0]) if same else stacked(c[at : at + size]) for c, same in zip(columns, common)]
                sums = [g if s is None else s + g for s, g in zip(sums, batch(*given))]
                at += size
        if at:
            values.update(zip(self.nodes[at - 1].results, sums))
        return self.nodes[at:]

    def batch(self, size, columns, common):
        """`size` reverse passes and the sums of their gradients as numpy code; None where there is none.

        common: which columns hold one array, the same for all.
        """
        roots, plan, program, _ = self.nodes[0].detail
        return known((program, plan, roots, size, common), batched, self.nodes[0], size, [c[0] for c in columns], common)


def batched(node, size, columns, common):
    n = len(columns) - len(node.detail[0])
    if not is_small(node, columns[:n]):
        return None
    reverse = jax.vmap(reversal(node, n), [None if same else 0 for same in common])
    structs = [struct_of(c) if same else jax.ShapeDtypeStruct((size, *c.shape), c.dtype) for c, same in zip(columns, common)]
    return make(code, lambda *given: tuple([g.sum(0) for g in reverse(*given)]), structs, size)


def same_as_first(column):
    return next((i for i, a in enumerate(column) if a is not column[0]), len(column))


def stacked(arrays):
    return np.concatenate(arrays).reshape(len(arrays), *arrays[0].shape) if arrays[0].ndim else np.array(arrays)


def rows(path, wanted):
    """{node: the Row that it belongs to} for the reverse passes of a path that may run in batches."""
    found = []
    for node in path:
        if node.kind is PULL_SEGMENT and node.detail[2].repeats:
            if found and found[-1].goes_on(node):
                found[-1].nodes.append(node)
            else:
                found.append(Row(node))
    found = [row for row in found if len(row.nodes) >= BATCHES[-1]]
    inner = {r for row in found for r in row.inner()}
    read_once = not found or sum([r in inner for n in path for r in n.inputs]) == len(inner)
    return {n: row for row in found for n in row.nodes} if read_once and inner.isdisjoint(wanted) else {}
