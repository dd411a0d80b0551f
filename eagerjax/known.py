"""A step of an optimizer that was recorded before at the same place of a path: it is recorded again as a whole.

The long way walks over parameters and slots, enters each into the trace and writes each back, and ends with the same
nodes of the tree every time. What these are is noted the second time that the path is taken; from then on a step only
makes sure that nothing is different, and puts the noted results in place.
"""

import itertools
import operator
import weakref

import numpy as np

from eagerjax.counted import CHANGES, Parts, Slots
from eagerjax.lower.flush import guarded
from eagerjax.lower.recorder import concrete
from eagerjax.record.trace import Leaf, state
from eagerjax.record.trie import LEAF
from eagerjax.runtime import random
from eagerjax.runtime.interrupt import uninterrupted

MOST = 32
"""Places of paths at which one optimizer's step is known."""
PATIENCE = 3
"""So often what is known of one of them is given up for something else."""

_KNOWN: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # optimizer -> {Node before its step: Known}


def repeat(optimizer):
    """Record the step as it was recorded before. False, and nothing done, where it is not known or something differs."""
    known = _KNOWN.get(optimizer)
    found = None if known is None else known.get(state.trace.node)
    if found is None or is_watched() or optimizer.found_inf is not None:
        return False
    found.served = found.repeat(optimizer)
    return found.served


def is_watched():
    """Does somebody look at each op that is recorded, or at how tensors lie in memory?"""
    return state.watch is not None or state.body is not None or state.stepwise or state.anomaly or random.like_torch()


class Start:
    """Where a trace stood before a step that goes the long way."""

    def __init__(self):
        trace = self.trace = state.trace
        self.node, self.scalars, self.undone = trace.node, len(trace.scalars), len(trace.undo)

    def note(self, optimizer, jobs):
        """The step is recorded: it is known from now on, if its path was taken before."""
        node = self.trace.node  # another thread may run the trace at any moment
        if state.trace is not self.trace or not node.programs or is_watched() or optimizer.found_inf is not None:
            return
        known = _KNOWN.setdefault(optimizer, {})
        before = known.get(self.node)
        if before is not None and (before.served or before.tries >= PATIENCE):
            return
        if before is None and len(known) >= MOST:
            for node in [node for node, step in known.items() if not step.after.programs]:
                del known[node]  # its path has left the tree
            if len(known) >= MOST:
                return
        found = Known(optimizer, self, node, jobs, 0 if before is None else before.tries + 1)
        if found.is_whole(optimizer, self, [h for job in jobs for h in job.targets]):
            known[self.node] = found


class Known:
    """A step: what it finds (parameters, gradients, slots, options) and what it leaves."""

    def __init__(self, optimizer, start, after, jobs, tries):
        trace = start.trace
        self.tries = tries  # how many came before it
        self.served = True  # when the trace was here last
        self.before, self.after = start.node, after
        self.groups = [(group, group["params"], [*group["params"]]) for group in optimizer.param_groups]
        self.state, self.changes, self.parts = optimizer.state, [*CHANGES], parts(optimizer)
        self.jobs = [(job.group, *optimizer.numbers(job.group)) for job in jobs]
        self.options, self.latest = None, None  # the objects that the last numbers were made of, and these
        self.gradients = [(p, None if p.grad is None else p.grad._ref) for _, params, _ in self.groups for p in params]
        # (tensor, what it was in the trace, what it becomes, the call that computed that) in the order of the commit
        self.rows = [(h, was, h._ref, trace.overwritten.get(was)) for h, _, was, _ in trace.undo[start.undone :]]
        holders = {was: h for h, was, *_ in self.rows}
        path, node = [], self.after
        while node is not self.before and node is not None:
            path.append(node)
            node = node.parent
        refs = dict.fromkeys(node.results[0] for node in reversed(path) if node.kind is LEAF)
        self.entering = [(holders.get(ref), ref, concrete(ref)) for ref in refs]  # what enters the trace in this step
        self.inside = [(h, was) for h, was, *_ in self.rows if was not in refs]
        self.leads_here = node is self.before

    def is_whole(self, optimizer, start, targets):
        """Is all that the step has done in these lists, and nothing that another time need not be so?"""
        trace = start.trace
        numbers = [n for _, found, _ in self.jobs for n in found if n is not None]
        slots = [s for _, _, params in self.groups for p in params if (s := optimizer.state.get(p)) is not None]
        return (
            self.leads_here
            and [*map(id, targets)] == [id(h) for h, *_ in self.rows]  # the others had a pending value
            and len({*map(id, targets)}) == len(targets)
            and type(optimizer.state) is Slots
            and all(type(s) is Parts for s in slots)
            and all(any(group is own for own, *_ in self.groups) for group, *_ in self.jobs)
            and all(type(n) is float for n in numbers)
            and numbers == trace.scalars[start.scalars :]
            and all(h is not None for h, *_ in self.entering)
            and all(h._trace is trace and was.node is not None and writer is not None for h, was, _, writer in self.rows)
            and all(type(trace.sources.get(now)) is Leaf if now.needs else True for _, _, now, _ in self.rows)
            and self.finds_gradients(trace)
        )  # fmt: skip

    @guarded
    def repeat(self, optimizer):
        trace = state.trace
        if trace.wanted or trace.node is not self.before or not self.after.programs or not self.is_alike(optimizer):
            return False
        numbers = self.numbers(optimizer)
        if numbers is None or not self.finds_gradients(trace) or not self.finds_holders(trace):
            return False
        with uninterrupted():
            self.record(trace, numbers)
        return True

    def is_alike(self, optimizer):
        """Are they the same groups of the same parameters, with the same slots?"""
        groups = optimizer.param_groups
        if optimizer.state is not self.state or len(groups) != len(self.groups):
            return False
        for group, (then, params, members) in zip(groups, self.groups):
            if group is not then or group["params"] is not params or len(params) != len(members):
                return False
            if not all(map(operator.is_, params, members)):
                return False
        if self.changes != CHANGES:
            now = parts(optimizer)
            if len(now) != len(self.parts) or not all(map(operator.is_, now, self.parts)):
                return False
            self.changes = [*CHANGES]
        return True

    def numbers(self, optimizer):
        """The options that the program takes as numbers; None where others have changed."""
        options = [*itertools.chain.from_iterable([group.values() for group, *_ in self.jobs])]
        if self.options is not None and len(options) == len(self.options) and all(map(operator.is_, options, self.options)):
            return self.latest
        found = []
        for group, then, static in self.jobs:
            now = optimizer.numbers(group)
            if now[1] != static or [type(n) for n in now[0]] != [type(n) for n in then]:
                return None
            found += [n for n in now[0] if n is not None]
        self.options = options if all(is_settled(group) for group, *_ in self.jobs) else None
        self.latest = found
        return found

    def finds_gradients(self, trace):
        """Are the gradients the same results of this trace?"""
        for p, ref in self.gradients:
            grad = p.grad
            if (grad is None) is not (ref is None):
                return False
            if grad is not None and (grad._ref is not ref or grad._trace is not trace or grad._array is not None):
                return False
        return True

    def finds_holders(self, trace):
        """Is each tensor that is written to there, without aliases, and in the trace if it was?"""
        for h, was in self.inside:
            if h._ref is not was or h._trace is not trace or h._array is None or h._base is not None:
                return False
        for h, was, kind in self.entering:
            if h._array is None or h._base is not None or h._trace is trace or concrete(h._ref) is not kind:
                return False
            if (type(h._source) is Leaf) is not was.needs or (type(h._array) is np.ndarray and h._stamp is not None):
                return False
        return True

    def record(self, trace, numbers):
        overwritten, sources, undo, live = trace.overwritten, trace.sources, trace.undo, trace.live
        for h, was, _ in self.entering:
            trace.leaves.append(h._array)
            if was.needs:
                sources[was] = h._source
        for h, was, now, writer in self.rows:
            if h._stamp is not None:
                h._stamp.overwritten = writer
                h._stamp = None
            overwritten[was] = writer
            if now.needs:
                sources[now] = h._source
            undo.append((h, h._array, was, h._source))
            live.append(h)
            h._ref, h._trace, h._array, h._source = now, trace, None, None
            h._writes += 1
        trace.scalars += numbers
        trace.node = self.after


_IMMUTABLE = (int, float, bool, str, type(None))


def is_settled(group):
    """Are a group's options such that the same objects have the same values? (The members are no option.)"""
    return all(type(v) in _IMMUTABLE or (type(v) is tuple and all(type(n) in _IMMUTABLE for n in v)) or key == "params"
               for key, v in group.items())  # fmt: skip


def parts(optimizer):
    """All that a step goes over: parameters and slots."""
    found = []
    for group in optimizer.param_groups:
        for p in group["params"]:
            found.append(p)
            found += optimizer.state.get(p, {}).values()
    return found
