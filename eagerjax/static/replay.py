"""A recorded call, run again without its Python: inputs are fetched, the program runs, results are put in place."""

import itertools
from operator import itemgetter
from sys import getrefcount
from typing import NamedTuple

import numpy as np

from eagerjax import alias
from eagerjax.lower.flush import LEFT, flush, guarded, in_turn, note_fault, past_of, resume, word_of
from eagerjax.lower.recorder import concrete, on_device
from eagerjax.memory import suspend, unshare
from eagerjax.record.storage import Base
from eagerjax.record.trace import Leaf, Stamp, state
from eagerjax.runtime import random
from eagerjax.runtime.interrupt import uninterrupted
from eagerjax.static import tree
from eagerjax.static.deferred import Deferred
from eagerjax.static.numbers import alike
from eagerjax.static.scalars import Mismatch, Scalars
from eagerjax.tensor import Tensor, computed, raise_faults

_new = object.__new__


class Replay:
    """A recording made ready: flat lists of what to fetch and what to put where."""

    def __init__(self, recording, numbers, free):
        self.recording = recording
        self.program = recording.program
        self.numbers = numbers  # numbers among the arguments, and those that guards watch
        self.kinds = [*map(type, numbers)]
        self.zeros = any(type(n) is float and n == 0 and i not in free for i, n in enumerate(numbers))  # -0.0 equals 0.0
        self.scalars = Scalars(recording, free)
        self.tied = [(i, j) for i, j in itertools.combinations(free, 2) if not set(free[i]).isdisjoint(free[j])]
        self.guards = recording.guards
        self.calls = 0
        self.refs = [n.results[0] for n in self.program.path if n.kind == "leaf"]
        self.states = [concrete(r) for r in self.refs]
        self.fixed = [fixed_holder(*source, expected) for source, expected in zip(recording.inputs, self.states)]
        self.moving = [(i, s) for i, s in enumerate(recording.inputs) if s[0] in ("argument", "grad")]
        self.holders = [Constant((), e) if h is None else h for h, e in zip(self.fixed, self.states)]
        self.draws = [(i, recording.draws[s[1]]) for i, s in enumerate(recording.inputs) if s[0] == "draw"]
        self.random = bool(recording.drawing())
        self.targets = [ref for _, ref in recording.written]
        self.relinked = tuple(i for i, ref in enumerate(self.targets) if ref in recording.relinked)
        self.history = any(ref.needs for ref in recording.relinked) or any(
            ref.needs for kind, ref, *_ in recording.outputs if kind == "new"
        )
        # Does it change nothing, and is there no way back through what it gives?
        self.pure = not (recording.written or recording.grads or recording.cleared or self.history or self.program.donated)
        self.checks = [self.check(node) for node in self.program.path if node.kind == "call" and node.check]
        self.place = {ref: i for i, ref in enumerate(self.program.wanted)}
        self.new_values = places_of([self.place[ref] for ref in self.targets])
        self.new_grads = places_of([self.place[ref] for _, ref in recording.grads])
        self.grad_leaves = [name for name, _ in recording.grads]
        self.grad_refs = [concrete(ref) for _, ref in recording.grads]
        self.sort_differentiable({i: k for k, (i, _) in enumerate(self.moving)})
        self.known = None, {}
        self.watch_leaves([recording.name(leaf) for leaf in recording.before])
        self.leaf_sources = {r: s for r, s in recording.leaf_sources.items() if type(s) is Leaf or is_past(s)}
        self.named = [(r, s) for r, s in recording.leaf_sources.items() if r not in self.leaf_sources]
        self.pair_donors()
        self.single = self.only_output()
        self.past = None  # what was kept of a call, to be kept of the next,
        self.spent = self.is_spent()  # where no array is in it
        self.deferred = Deferred(self) if Deferred.is_possible(self) else None
        self.settled = None  # what tells whether a call is one more like the last

    def sort_differentiable(self, moving):
        """The inputs that gradients may go to: those that are fixed, and those that come with a call."""
        needing = [i for i, ref in enumerate(self.refs) if ref.needs]
        self.needing = [self.refs[i] for i in sorted(needing, key=moving.__contains__)]
        self.differentiable = [self.fixed[i] for i in needing if i not in moving]
        self.given_differentiable = [moving[i] for i in needing if i in moving]

    def watch_leaves(self, leaves):
        """The leaves whose gradients must be there, or must not; those of arguments come with the call."""
        had = self.recording.had_grad
        self.with_grad = [name for name in leaves if name in had and type(name) is not tuple]
        self.without_grad = [name for name in leaves if name not in had and type(name) is not tuple]
        self.arguments = [(name, name in had) for name in leaves if type(name) is tuple]
        self.leafless = not leaves

    def pair_donors(self):
        """What is fixed about the holders that are written to, and whose memory the program takes."""
        written = self.recording.written
        fixed = all(kind == "holder" and type(what) is not Base for (kind, what), _ in written)
        self.fixed_targets = [what for (_, what), _ in written] if fixed else None
        at = {self.place[ref]: j for j, ref in enumerate(self.targets)}
        self.donors = [(i, at[k]) for i, k in zip(self.program.donated, getattr(self.program, "order", ()))]
        self.given = places_of([i for i, _ in self.donors])
        self.unsure = [(i, j) for i, j in self.donors if not fixed or self.fixed[i] is not self.fixed_targets[j]]

    def only_output(self):
        """(place, Ref) where the result is one new tensor, as it is of most functions; else None."""
        recording = self.recording
        if len(recording.outputs) != 1 or type(recording.skeleton) is not tree.Hole:
            return None
        ((kind, ref, *layout),) = recording.outputs
        return (self.place[ref], ref) if kind == "new" and layout[0] is None else None

    def is_spent(self):
        """Do the graphs of all calls lead to the same leaves, and have none of the inputs?"""
        known = all(type(source) is Leaf for source in self.leaf_sources.values())
        return bool(self.program.donated) and not self.named and known

    def check(self, node):
        """(node, where its operands stand among the inputs, the span of its numbers)."""
        positions = {ref: i for i, ref in enumerate(self.refs)}
        return node, [positions.get(r) for r in node.inputs], slice(node.parent.numbers, node.numbers)

    # -- may it run? ------------------------------------------------------------------------------------
    def refuses(self, numbers, tensors):
        """Why this recording does not serve the present call, or None."""
        if [*map(type, numbers)] != self.kinds:
            return "a number is of another type"
        if self.zeros or numbers != self.numbers:
            for i, (now, then) in enumerate(zip(numbers, self.numbers)):
                if i not in self.scalars.free and not alike(now, then):
                    return f"a number changed from {then} to {now}"
        for i, j in self.tied:  # which of the two was read nobody knows
            if not alike(numbers[i], numbers[j]):
                return f"two numbers that were equal are {numbers[i]} and {numbers[j]} now"
        if self.random and random.like_torch() != bool(self.draws):
            return "eagerjax.rng changed"
        # Where nobody has looked since the last call, nobody has seen the leaves either.
        sure = self.leafless or (self.deferred is not None and self.deferred.is_open())
        if not sure and (found := self.refuses_leaves(tensors)) is not None:
            return found
        if self.targets and [t for t in tensors if t._base is not None and seen_elsewhere(t)]:
            return "an argument shares memory with another tensor"
        return None

    def refuses_leaves(self, tensors):
        """The same of autograd leaves: are gradients there as they were, and no hooks?"""
        lists = [(self.with_grad, True), (self.without_grad, False)]
        lists += [([leaf_of(name, tensors)], had) for name, had in self.arguments]
        for leaves, had in lists:
            unlike = [t for t in leaves if (t.grad is not None) is not had or t.hooks or t.accumulated_hooks]
            if unlike:
                if unlike[0].hooks or unlike[0].accumulated_hooks:
                    return "a hook was registered on a tensor"
                return "gradients are gone that were there" if had else "gradients are there that were not"
        return None

    # -- running ------------------------------------------------------------------------------------------
    def run(self, tensors, numbers):
        """The result of the call. Raises Mismatch, with nothing done, where an input has changed its shape or kind."""
        if state.trace.live or LEFT:
            flush()
        if self.pure:
            return self.evaluate(tensors, numbers)
        if self.deferred is not None and (ran := self.deferred.run(self, tensors, numbers)) is not None:
            return ran[0]
        with uninterrupted():
            try:
                started, fault, undo = self.start(tensors, numbers)
                if fault is not None:  # it waits: other threads need not
                    self.look(fault, started.written, undo, started.values)
                return self.commit(tensors, started)
            finally:
                if state.trace.suspended:
                    in_turn(resume, state.trace)

    def complete(self, leaves, tensors, numbers):
        """Fill in the inputs that come with the call, and look at them. Returns (their holders, the program's numbers)."""
        given = []
        for i, (kind, what) in self.moving:
            h, expected = tensors[what] if kind == "argument" else leaf_of(what, tensors).grad, self.states[i]
            array = self.array_of(h, expected)
            leaves[i] = read_again(h, array) if type(array) is np.ndarray else array
            given.append(h)
        scalars = self.scalars.now(numbers)
        for i, draw in self.draws:
            leaves[i] = draw.array()
        self.refuse(leaves, scalars)
        return given, scalars

    def refuse(self, leaves, scalars):
        """Raise what a step has to raise for values that are looked at before the program runs."""
        for node, positions, span in self.checks:
            node.check.refuse([None if i is None else leaves[i] for i in positions], scalars[span])

    def written(self, tensors):
        """(the holders that are written to, is it known that nobody has read one since it got its value?).

        Usually they are the tensors that were recorded, none of which is an alias.
        """
        fixed = self.fixed_targets
        if fixed is not None and not [h for h in fixed if h._stamp is not None or h._array is None
                                      or h._source.__class__ is tuple or h._base is not None]:  # fmt: skip
            return fixed, True
        found = [self.holder(target, tensors) for target, _ in self.recording.written]
        found = [h if type(h) is not Base and h._base is None and h._array is not None else writable(h) for h in found]
        if len(set(map(id, found))) < len(found):
            raise Mismatch("two tensors that it writes to share memory now")
        return found, False

    def holder(self, source, tensors):
        kind, what = source
        return tensors[what] if kind == "argument" else leaf_of(what, tensors).grad if kind == "grad" else what

    @staticmethod
    def array_of(h, expected):
        """An input's array. Usually it is there, and of the shape, dtype and device that were recorded."""
        return h._array if h._ref is expected and h._trace is None and h._array is not None else settled(h, expected)

    def fetch(self):
        """`array_of` all inputs, spelt out: there may be thousands."""
        return [
            h._array if h._ref is expected and h._trace is None and h._array is not None else settled(h, expected)
            for h, expected in zip(self.holders, self.states)
        ]

    def first_difference(self, recording, numbers):
        """(file, line) of the first step of a recorded call with these numbers that is not what would be replayed, or None."""
        own = self.recording
        if own.signature() != recording.signature() or not recording.constants_equal(own):
            return recording.first_difference(own)
        looked_up = {p for p, _ in own.words}.union(*(range(first, last) for *_, first, last, _ in own.updates))
        for p, (a, b) in enumerate(zip(self.scalars.given(numbers), recording.scalars, strict=True)):
            if not alike(a, b) and p not in looked_up:
                return recording.site_of_number(p)
        return None

    @guarded
    def evaluate(self, tensors, numbers):
        """The result of a call that changes nothing: nothing is there to be undone, and Ctrl-C may come at any moment."""
        leaves = self.fetch()
        _, scalars = self.complete(leaves, tensors, numbers)
        values, _, fault = self.program(leaves, self.scalars.packed(scalars))
        if fault is not None:
            note_fault(fault, self.program, self.recording.sites)
        self.calls += 1
        return self.outputs(tensors, values, None)

    @guarded
    def start(self, tensors, numbers):
        """(what has started, its fault word, [(holder, array before it, was the write counted?)]): the program runs, and who
        is written to has what it will give."""
        written, quiet = self.written(tensors)
        leaves = self.fetch()
        given, scalars = self.complete(leaves, tensors, numbers)
        sources = self.sources(given) if self.history else {}
        leaves, read = self.give_up(written, leaves, quiet)
        try:
            values, saved, fault = self.program(leaves, self.scalars.packed(scalars))
        except BaseException:
            for h, array in read:
                h._array = array
            raise
        counted = {id(h): array for h, array in read}  # `alias.put` has
        undo = [(h, counted.get(id(h), h._array), id(h) in counted) for h in written] if fault is not None else ()
        for h, array in zip(written, self.new_values(values)):
            h._array = array
            if not counted or id(h) not in counted:
                h._writes += 1
        return Started(written, quiet, leaves, scalars, sources, values, saved), fault, undo

    @guarded
    def commit(self, tensors, started):
        recording, written, values = self.recording, started.written, started.values
        past = None
        if self.history:
            past = self.link(tensors, started.sources, started.leaves, started.scalars, started.saved)
        state.trace.number += 1
        for i in self.relinked:
            ref = self.targets[i]
            written[i]._source, written[i]._ref = (past, ref) if ref.needs else None, concrete(ref)
        for name, ref, array in zip(self.grad_leaves, self.grad_refs, self.new_grads(values)):
            leaf = name if type(name) is Leaf else leaf_of(name, tensors)
            leaf.look()
            old = leaf.kept
            # A gradient tensor that nobody else can see is as good as a new one.
            if old is not None and old._ref is ref and getrefcount(old) == UNSEEN and not old.__dict__:
                old._array = array
            else:
                leaf.kept = made(array, ref, None)
        for name in recording.cleared:
            leaf_of(name, tensors).grad = None
        self.calls += 1
        found = self.outputs(tensors, values, past)
        if self.deferred is not None and started.quiet:
            self.deferred.offer(values, started.sources)
        return found

    def give_up(self, written, leaves, quiet):
        """(inputs, with copies of those that the program may take but somebody still holds; [(holder, array)] to restore).

        A holder that nobody has read since it got its value keeps it until the new one is there. Of the others the readers
        must learn that it is overwritten.
        """
        taken = [i for i, j in self.unsure if leaves[i] is not written[j]._array]
        read = () if quiet else [h for h in written if h._stamp is not None or type(h) is Base or type(h._source) is tuple]
        undo = [(h, h._array) for h in read]
        for h in read:
            alias.put(h, None, self.recording.node)
        return self.own(leaves, taken), undo

    def own(self, leaves, taken=()):
        """The inputs, with copies of those that the program may take but somebody still holds."""
        if taken or not alone(self.given(leaves)):
            leaves = [*leaves]
            for i in {*taken, *[i for i, _ in self.donors if getrefcount(leaves[i]) > HELD]}:
                leaves[i] = leaves[i].copy()
        return leaves

    def look(self, fault, written, undo, values):
        """Raise what the program found wrong in its values, with everything as it was before the call.

        A call that changes nothing need not wait for that: it is raised when a value is looked at.
        """
        changes = written or self.grad_leaves or self.recording.cleared
        if changes and word_of(fault)[0] < 0:
            return
        note_fault(fault, self.program, self.recording.sites)
        if not changes:
            return
        self.take_back(undo, values)
        raise_faults()

    @guarded
    def take_back(self, undo, values):
        taken = {j for _, j in self.donors}  # their memory was taken, and has the old value again
        for j, ((h, before, counted), new) in enumerate(zip(undo, self.new_values(values))):
            if not counted:
                h._writes -= 1
            if j not in taken and h._array is new:
                h._array = before

    def sources(self, given):
        """{Ref of an input: where its gradients go}; usually the very dict of the call before."""
        found = [h._source for h in self.differentiable] + [given[k]._source for k in self.given_differentiable]
        if found == self.known[0]:
            return self.known[1]
        sources = {**self.leaf_sources, **dict(zip(self.needing, found))}
        if all(type(s) is Leaf for s in found):  # nothing else may be kept alive from call to call
            self.known = found, sources
        return sources

    def link(self, tensors, sources, leaves, scalars, saved):
        """What a later backward needs of this call."""
        recording = self.recording
        past = self.past
        if past is not None and is_unused(past, sources) and len(past.freed) == len(recording.freed):
            past.number, past.segment.scalars, past.segment.bulk = state.trace.number, scalars, None
            return past
        past = past_of(self.program, saved, leaves, scalars, state.trace.number)
        past.sources = {**{ref: leaf_of(name, tensors) for ref, name in self.named}, **sources} if self.named else sources
        past.freed = list(recording.freed)
        if recording.custom:
            past.segment = None  # gone backward through already; a custom Function cannot be gone through again
        elif self.spent and not saved:
            self.past = past
        return past

    def outputs(self, tensors, values, past):
        if self.single is not None:
            place, ref = self.single
            return made(values[place], ref, past.sources.get(ref) or (past, ref) if ref.needs else None)
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


def places_of(positions):
    """A function that picks these items of a sequence."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: [values[i] for i in positions]


def alone(arrays):
    """Does nobody hold these arrays but their holders and the inputs of a run?"""
    return max(map(getrefcount, arrays), default=0) <= HELD


def _held():
    """What `alone` counts for an array that its holder and a list of inputs hold."""
    array = object()
    holder, leaves = [array], [array]
    del array
    return max(map(getrefcount, [leaves[0]])) if holder else 0


HELD = _held()


def _unseen():
    """What getrefcount says of a gradient that only its leaf and a local name hold."""
    leaf = Leaf()
    leaf.kept = _new(Tensor)
    old = leaf.kept
    return getrefcount(old)


UNSEEN = _unseen()


def is_unused(past, sources):
    """Of what was kept of a call: does nobody hold it any more, and is it as it was?"""
    return getrefcount(past) == UNUSED and past.sources is sources and not (past.hooked or past.overwritten or past.stamps)


def _unused():
    """What getrefcount says of it where only its replay holds it, `link` and `is_unused`."""

    def count(past):
        return getrefcount(past)

    replay = [object()]
    past = replay[0]
    return count(past)


UNUSED = _unused()


def seen_elsewhere(tensor):
    """Is there another tensor that shows the same memory?"""
    return len(tensor._base.tensors()) > 1 or len(tensor._base.storage.alive()) > 1


def leaf_of(name, tensors):
    """The autograd leaf that a recording names: itself, or that of an argument."""
    return tensors[name[1]]._leaf if type(name) is tuple else name


def is_past(source):
    """Is it a (trace, Ref) of a graph made before, and not a leaf?"""
    return type(source) is tuple and source[0] != "argument"


class Started(NamedTuple):
    """A call whose program runs: who is written to, was none of them read before; the inputs and what came out of them."""

    written: list
    quiet: bool
    leaves: list
    scalars: list
    sources: dict
    values: list
    saved: tuple


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


def settled(holder, expected):
    """The array of an input that has to be computed or looked at first. Raises Mismatch where it is not as `expected`."""
    array = computed(holder)
    if holder._trace is not None:
        holder._trace, holder._ref = None, concrete(holder._ref)
    if holder._ref is not expected and concrete(holder._ref) is not expected:
        raise Mismatch(f"a tensor that it reads changed from {describe(expected)} to {describe(holder._ref)}")
    return array


def writable(holder):
    """What holds the content of a tensor that is written to: itself, or its family."""
    if type(holder) is not Base and holder._base is not None:
        if holder._view:
            raise Mismatch("a tensor that it writes to is a view now")
        if unshare(holder):
            return holder
        holder = holder._base
    if type(holder) is Base:
        suspend(holder.storage)
    computed(holder)
    return holder


def made(array, ref, source):
    """A concrete tensor with the facts of a program's result."""
    tensor = _new(Tensor)
    tensor._array = array
    tensor._ref = ref.as_array or concrete(ref)
    tensor._source = source
    tensor._trace = tensor._stamp = None
    return tensor


def read_again(holder, array):
    """A host array as an input: one that is read a second time moves to the device for good."""
    if holder._array is not array:
        return array  # of memory that is shared
    if holder._stamp is None:
        holder._stamp = Stamp()
        return array
    holder._array = on_device(array)
    return holder._array


def describe(ref):
    return f"{ref.dtype} {tuple(ref.shape)}{', requires_grad' if ref.needs else ''}"
