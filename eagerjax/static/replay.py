"""A recorded call, run again without its Python: inputs are fetched, the program runs, results are put in place."""

from eagerjax import alias
from eagerjax.lower.flush import flush, keep, note_fault
from eagerjax.lower.program import pack
from eagerjax.lower.recorder import concrete
from eagerjax.record.storage import Base
from eagerjax.record.trace import Trace, state
from eagerjax.runtime import compat, random
from eagerjax.runtime.interrupt import uninterrupted
from eagerjax.static import tree
from eagerjax.static.guards import read
from eagerjax.tensor import Tensor

_new = object.__new__


class Mismatch(Exception):
    """Something is not as it was recorded; the message says what, in the user's words."""


class Replay:
    """A recording made ready: flat lists of what to fetch and what to put where."""

    def __init__(self, recording, numbers, free):
        self.recording = recording
        self.program = recording.program
        self.numbers = numbers  # numbers among the arguments, and those that guards watch
        self.free = free  # {index of a number: positions in the trace's numbers that take its value}
        self.guards = recording.guards
        self.calls = 0
        self.refs = [n.results[0] for n in self.program.path if n.kind == "leaf"]
        self.states = [concrete(r) for r in self.refs]
        self.fixed = [fixed_holder(*source, expected) for source, expected in zip(recording.inputs, self.states)]
        self.moving = [(i, s) for i, s in enumerate(recording.inputs) if s[0] in ("argument", "grad")]
        self.draws = [(i, recording.draws[s[1]]) for i, s in enumerate(recording.inputs) if s[0] == "draw"]
        self.random = bool(recording.drawing())
        self.targets = [ref for _, ref in recording.written]
        self.relinked = tuple(i for i, ref in enumerate(self.targets) if ref in recording.relinked)
        self.history = any(ref.needs for ref in recording.relinked) or any(
            ref.needs for kind, ref, *_ in recording.outputs if kind == "new"
        )
        self.checks = [self.check(node) for node in self.program.path if node.kind == "call" and node.check]
        self.place = {ref: i for i, ref in enumerate(self.program.wanted)}
        self.leaves = tuple(recording.name(leaf) for leaf in recording.before)

    def check(self, node):
        """(node, where its operands stand among the inputs, the span of its numbers)."""
        positions = {ref: i for i, ref in enumerate(self.refs)}
        return node, [positions.get(r) for r in node.inputs], slice(node.parent.numbers, node.numbers)

    # -- may it run? ------------------------------------------------------------------------------------
    def watched_numbers(self):
        return [read(container, key) for container, key, _, _ in self.guards.soft]

    def refuses(self, numbers, tensors):
        """Why this recording does not serve the present call, or None."""
        for i, (now, then) in enumerate(zip(numbers, self.numbers)):
            if now != then and i not in self.free:
                return f"a number changed from {then} to {now}"
        if self.random and random.like_torch() != bool(self.draws):
            return "eagerjax.rng changed"
        for name in self.leaves:
            leaf = leaf_of(name, tensors)
            if (leaf.grad is not None) != (name in self.recording.had_grad):
                return "gradients are there that were not, or are gone"
            if leaf.hooks or leaf.accumulated_hooks:
                return "a hook was registered on a tensor"
        if self.targets and any(t._base is not None and seen_elsewhere(t) for t in tensors):
            return "an argument shares memory with another tensor"
        return None

    # -- running ------------------------------------------------------------------------------------------
    def run(self, tensors, numbers):
        """The result of the call. Raises Mismatch, with nothing done, where an input has changed its shape or kind."""
        if state.trace.live:
            flush()
        holders = self.fixed
        if self.moving:
            holders = holders[:]
            for i, source in self.moving:
                holders[i] = self.holder(source, tensors)
        written = [self.holder(target, tensors) for target, _ in self.recording.written]
        written = [
            h if type(h) is not Base and h._base is None and h._array is not None else writable(h) for h in written
        ]
        if len(set(map(id, written))) < len(written):
            raise Mismatch("two tensors that it writes to share memory now")
        leaves = self.fetch(holders)
        scalars = self.scalars(numbers)
        for i, draw in self.draws:
            leaves[i] = draw.array()
        for node, positions, span in self.checks:
            node.check.refuse([None if i is None else leaves[i] for i in positions], scalars[span])
        with uninterrupted():
            return self.commit(tensors, holders, written, leaves, scalars)

    def holder(self, source, tensors):
        kind, what = source
        return tensors[what] if kind == "argument" else leaf_of(what, tensors).grad if kind == "grad" else what

    def fetch(self, holders):
        """The inputs' arrays. Usually each is there, and of the shape, dtype and device that were recorded."""
        return [
            h._array if h._ref is expected and h._trace is None and h._array is not None else settled(h, expected)
            for h, expected in zip(holders, self.states)
        ]

    def scalars(self, numbers):
        scalars = list(self.recording.scalars)
        for i, positions in self.free.items():
            for position in positions:
                scalars[position] = numbers[i]
        for rule, group, first, last, then in self.recording.updates:
            now = rule.numbers(group)
            fresh = [n for n in now[0] if isinstance(n, (int, float))]
            if now[1] != then[1] or (now[0] != then[0] if last == first else len(fresh) != last - first):
                raise Mismatch(f"the options of {type(rule).__name__} changed")
            scalars[first:last] = fresh if last > first else ()
        for position, generator in self.recording.words:
            scalars[position] = random.next_word(generator)
        return scalars

    def commit(self, tensors, holders, written, leaves, scalars):
        recording, program = self.recording, self.program
        trace = Trace(recording.grad, state.trace.number)
        state.trace.number += 1
        trace.leaves, trace.scalars = leaves, scalars
        sources = {r: h._source for r, h in zip(self.refs, holders) if r.needs} if self.history else {}
        trace.undo = [(h, h._array, h._ref, h._source) for h in written]
        for h in written:
            if h._stamp is None and type(h) is not Base:
                h._array = None
                h._writes += 1
            else:
                alias.put(h, None, recording.node)
        try:
            if program.donated:
                leaves = program.own(trace)
            with compat.x64():
                values, saved, fault = program(leaves, pack(scalars))
        except BaseException:
            for h, array, _, _ in trace.undo:
                h._array = array
            raise
        place = self.place
        for h, ref in zip(written, self.targets):
            h._array = values[place[ref]]
        past = None
        if self.history:
            named = recording.leaf_sources.items()
            trace.sources = {**{r: s if is_past(s) else leaf_of(s, tensors) for r, s in named}, **sources}
            trace.freed = list(recording.freed)
            past = keep(trace, program, saved)
            if recording.custom:
                past.segment = None  # gone backward through already; a custom Function cannot be gone through again
        for i in self.relinked:
            ref = self.targets[i]
            written[i]._source, written[i]._ref = (past, ref) if ref.needs else None, concrete(ref)
        for name, ref in recording.grads:
            leaf_of(name, tensors).grad = made(values[place[ref]], ref, None)
        for name in recording.cleared:
            leaf_of(name, tensors).grad = None
        if fault is not None:
            note_fault(fault, program, recording.sites)
        self.calls += 1
        return self.outputs(tensors, values, past)

    def outputs(self, tensors, values, past):
        found = []
        for kind, what, *layout in self.recording.outputs:
            if kind != "new":
                found.append(self.holder((kind, what), tensors))
                continue
            source = None
            if what.needs:
                source = past.sources.get(what) or (past, what)
            tensor = made(values[self.place[what]], what, source)
            if layout[0] is not None:
                tensor._strides, tensor._offset = layout
            found.append(tensor)
        return tree.fill(self.recording.skeleton, found)


def seen_elsewhere(tensor):
    """Is there another tensor that shows the same memory?"""
    return len(tensor._base.tensors()) > 1 or len(tensor._base.storage.alive()) > 1


def leaf_of(name, tensors):
    """The autograd leaf that a recording names: itself, or that of an argument."""
    return tensors[name[1]]._leaf if type(name) is tuple else name


def is_past(source):
    """Is it a (trace, Ref) of a graph made before, and not a leaf?"""
    return type(source) is tuple and source[0] != "argument"


class Constant:
    """An input that is the same in every call."""

    __slots__ = ("_array", "_ref", "_source", "_trace")

    def __init__(self, array, ref):
        self._array, self._ref, self._source, self._trace = array, ref, None, None


def fixed_holder(kind, what, expected):
    """The holder of an input that is the same in every call; None for one that comes with the call."""
    if kind == "draw":
        return Constant((), expected)  # drawn anew in each call
    return what if kind == "holder" else Constant(what, expected) if kind == "constant" else None


def make_concrete(holder):
    """Compute a value that is pending or stale."""
    if holder._array is None:
        alias.settle(holder)
        if holder._array is None:  # a stale alias: it is read now, and pending
            flush()


def settled(holder, expected):
    """The array of an input that has to be computed or looked at first. Raises Mismatch where it is not as `expected`."""
    make_concrete(holder)
    if holder._trace is not None:
        holder._trace, holder._ref = None, concrete(holder._ref)
    if holder._ref is not expected and concrete(holder._ref) is not expected:
        raise Mismatch(f"a tensor that it reads changed from {describe(expected)} to {describe(holder._ref)}")
    return holder._array


def writable(holder):
    """What holds the content of a tensor that is written to: itself, or its family."""
    if type(holder) is not Base and holder._base is not None:
        if holder._view:
            raise Mismatch("a tensor that it writes to is a view now")
        holder = holder._base
    make_concrete(holder)
    return holder


def made(array, ref, source):
    """A concrete tensor with the facts of a program's result."""
    tensor = _new(Tensor)
    tensor._array = array
    tensor._ref = ref.as_array or concrete(ref)
    tensor._source = source
    tensor._trace = tensor._stamp = None
    return tensor


def describe(ref):
    return f"{ref.dtype} {tuple(ref.shape)}{', requires_grad' if ref.needs else ''}"
