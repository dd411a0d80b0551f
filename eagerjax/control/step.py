"""The one step that stands for functions recorded aside: entering what they read, the node, its results."""

import jax

from eagerjax import alias
from eagerjax.control.run import REFUSE, refusal
from eagerjax.dispatch import pending
from eagerjax.lower import recorder
from eagerjax.ops import define
from eagerjax.record.trace import state
from eagerjax.record.trie import CALL, Node, Ref
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor


def operation(name):
    return define.Op(lambda input: input, name=name, homes="")


class Operands:
    """The Refs that a step reads, each once, in the open trace."""

    def __init__(self, first=()):
        self.refs = list(first)
        self.numbers = {}

    def take(self, recorded):
        """The numbers of what a recorded function captured."""
        numbers = tuple(self.number(c if type(c) is Ref else enter(*c)) for c in recorded.captured)
        if state.watch is not None:
            state.watch.draws += [(alias.enter(state.trace, value), draw) for value, draw in recorded.draws]
        return numbers

    def number(self, ref):
        found = self.numbers.get(ref)
        if found is None:
            found = self.numbers[ref] = len(self.refs)
            self.refs.append(ref)
        return found


def enter(value, holder):
    """The Ref of a concrete value that a function read; it is `holder`'s, which may have another one by now."""
    ref = alias.enter(state.trace, value)
    if state.watch is not None and value is not holder and state.watch.entered[-1][1] is value:
        state.watch.entered[-1] = (ref, holder)
    return ref


def call(op, function, refs, facts, recorded):
    """Record the step. `facts` are those of its results; returns their Refs. `recorded` give the numbers it takes."""
    trace = state.trace
    kinds = tuple(k for r in recorded for k in r.run.scalars)
    key = (op, function, trace.grad, *refs)
    node = trace.node.get(key)
    if node is None:
        node = Node(trace.node, CALL, tuple(refs), op, (), kinds)
        node.call = function
        node.several = True
        any_needs = trace.grad and any(r.needs for r in refs)
        node.give([(s, d, v, bool(any_needs and n and d.category >= dt.FLOATING)) for s, d, v, n in facts])
        recorder.grow(trace, key, node)
    for one in recorded:
        if state.watch is not None:
            state.watch.words += [(len(trace.scalars) + at, generator) for at, generator in one.words]
        trace.scalars.extend(one.scalars)
    trace.node = node
    return node.results


def refuse(ref, recorded):
    """Steps that raise, where a value is looked at, what the runs found wrong. `ref` holds their conditions."""
    at = 0
    for one in recorded:
        for entries, site in zip(one.run.texts, one.sites):
            note(ref, at, entries, site)
            at += len(entries)


def note(ref, at, entries, site):
    trace = state.trace
    function = refusal(at, entries)
    key = (REFUSE, function, False, ref)
    node = trace.node.get(key)
    if node is None:
        node = Node(trace.node, CALL, (ref,), REFUSE)
        node.call = function
        node.give([((), dt.int64, ref.device, False)])
        recorder.grow(trace, key, node)
    trace.sites[node] = site
    trace.node = node


def tensors_of(tree, name, what):
    """(leaves, structure) of a nesting of tensors. Raises TypeError for anything else in it."""
    leaves, structure = jax.tree.flatten(tree)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise TypeError(f"{name}: {what} must be tensors (in any nesting), not {type(leaf).__name__}")
    return leaves, structure


def check_result(recorded, name, what):
    """Raises TypeError unless the function returned tensors only."""
    for leaf, fact in zip(recorded.leaves, range(len(recorded.leaves))):
        if leaf is not None:
            raise TypeError(
                f"{name}: {what} must return tensors (in any nesting), not {type(leaf).__name__}: result {fact}"
            )


def made(refs):
    return [pending(state.trace, r) for r in refs]
