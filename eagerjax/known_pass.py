"""A backward pass that was recorded before at the same place of a path: it is recorded again as a whole.

The long way of `loss.backward()` begins with a gradient of ones, makes a tensor of each step and each result, and sends the
gradients to the leaves one by one. Where that ends in one reverse pass whose gradients go to leaves that had none, what it
leaves is noted when the path is taken again; from then on a pass only makes sure that nothing is different.
"""

from eagerjax.dispatch import pending
from eagerjax.known import is_watched
from eagerjax.lower.flush import guarded
from eagerjax.record.trace import Leaf, state
from eagerjax.record.trie import CALL, PULL
from eagerjax.runtime.interrupt import uninterrupted


def repeat(loss):
    """Record the backward pass from `loss` as it was recorded before. False, and nothing done, where it is not known or
    something differs."""
    trace, node = loss._trace, loss._ref.node
    if trace is not state.trace or node.kind is not CALL or not node.detail:
        return False
    known = node.detail.get((trace.node, trace.grad))
    return known is not None and not is_watched() and known.repeat(loss)


class Start:
    """Where a trace stood before a backward pass that goes the long way."""

    def __init__(self, loss):
        trace = self.trace = state.trace
        self.node, self.grad = trace.node, trace.grad
        self.brought = len(trace.leaves), len(trace.scalars)
        self.may_be_known = bool(trace.node) and is_ready(trace) and is_plain(loss, trace) and not is_watched()

    def note(self, loss):
        """The pass is recorded: it is known from now on, if its path was there before and nothing else came of it."""
        trace, node = self.trace, self.trace.node
        if not self.may_be_known or state.trace is not trace or node.kind is not PULL or not is_plain(loss, trace):
            return
        roots, plan = node.detail
        if roots != (loss._ref,) or trace.freed != [plan] or self.brought != (len(trace.leaves), len(trace.scalars)):
            return
        found = Known(self.node, node, plan)
        leaves = [trace.sources.get(ref) for ref in plan.targets]
        if found.chain and all(map(has_gradient, leaves, node.results)) and len({*leaves}) == len(leaves):
            loss._ref.node.detail[self.node, self.grad] = found


def is_plain(loss, trace):
    """Is it the result of a call of this trace, and nobody's alias?"""
    return loss._trace is trace and loss._array is None and loss._base is None and loss._leaf is None


def is_ready(trace):
    """Has no backward pass been here, and need Python see no gradient on the way?"""
    return not (trace.wanted or trace.freed or trace.hooked or trace.calls or state.engines)


def has_gradient(leaf, ref):
    """Is what a leaf got just this result?"""
    return type(leaf) is Leaf and leaf.kept is not None and leaf.kept._ref is ref and not (leaf.hooks or leaf.accumulated_hooks)


def is_empty(leaf):
    """Does a leaf take a gradient as it comes?"""
    return (type(leaf) is Leaf and leaf.kept is None and leaf.settle is None and not leaf.hooks
            and not leaf.accumulated_hooks and not leaf.deaf)  # fmt: skip


class Known:
    """A backward pass: the steps that it adds to a path, the values that it needs, and where its gradients go."""

    def __init__(self, before, after, plan):
        self.before, self.after, self.plan = before, after, plan
        self.kept = tuple({ref: None for _, ref in plan.kept})
        self.chain, node = [], after
        while node is not before and node.kind in (CALL, PULL):
            self.chain.append((node.parent, node.key, node))
            node = node.parent
        if node is not before:
            self.chain = []

    @guarded
    def repeat(self, loss):
        trace = state.trace
        if trace.node is not self.before or not is_ready(trace) or not is_plain(loss, trace):
            return False
        if not all(parent.get(key) is node for parent, key, node in self.chain):
            return False  # it has left the tree
        leaves = [trace.sources.get(ref) for ref in self.plan.targets]
        if not all(map(is_empty, leaves)) or len({*leaves}) < len(leaves):
            return False
        if any(trace.writer_past(ref) is not None for ref in self.kept):
            return False
        with uninterrupted():
            trace.node = self.after
            trace.freed.append(self.plan)
            for leaf, ref in zip(leaves, self.after.results):
                leaf.kept = pending(trace, ref)
        return True
