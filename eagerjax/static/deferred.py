"""What a compiled call leaves stays where the next call takes it from, until somebody looks.

A training step of 200 parameters writes 400 tensors and 200 gradients, which the step after it reads or replaces: nobody
else sees most of them. To everybody else they are pending in a trace that has run already; flushing it hands them out.
"""

import weakref

from eagerjax.lower.flush import LEFT, flush, guarded, word_of
from eagerjax.record.trace import ROOT_NODE, Leaf, Trace, state
from eagerjax.record.trie import READY, Node
from eagerjax.runtime.interrupt import uninterrupted

LONGEST_PAUSE = 255
"""Calls that hand out what they leave, after others for which that was wanted each time."""


class Deferred:
    """The results of a replay's last call: the tensors it has written to, and gradients."""

    def __init__(self, replay):
        self.written, self.gradients = replay.fixed_targets, replay.grad_leaves
        targets = {id(h): replay.place[ref] for h, ref in zip(replay.fixed_targets, replay.targets)}
        self.places = [*targets.values(), *[replay.place[ref] for _, ref in replay.recording.grads]]
        self.taken = [(i, targets[id(h)]) for i, h in enumerate(replay.fixed) if id(h) in targets]
        others = {i for i, _ in self.taken}.union([i for i, _ in replay.moving], [i for i, _ in replay.draws])
        kinds = [kind for kind, _ in replay.recording.inputs]
        self.constants = [h._array if kind == "constant" else () for kind, h in zip(kinds, replay.fixed)]
        self.read = [(i, h, expected) for i, (kind, h, expected) in enumerate(zip(kinds, replay.fixed, replay.states))
                     if kind != "constant" and i not in others]  # fmt: skip
        self.leaves = [*replay.with_grad, *replay.without_grad]
        facts = [h._ref.as_array or h._ref for h in replay.fixed_targets] + replay.grad_refs
        self.refs = Node(ROOT_NODE, READY).like(facts).results
        self.trace = None
        self.values = self.inputs = self.sources = ()
        self.calls = self.pause = self.wait = 0
        kept = {source[1] for source in getattr(replay.program, "sources", ()) if source is not None and source[0]}
        self.may_be_alone = kept.isdisjoint(self.places)  # does no graph that a call returns keep one of the arrays?
        self.alone = False  # are they known to be held by nobody else?
        weakref.finalize(replay, LEFT.append, self.settle).atexit = False

    @staticmethod
    def is_possible(replay):
        """Is what each call writes just what it finds, and do gradients that are there before it come again?"""
        recording = replay.recording
        own = {replay.place[ref] for ref in (*replay.targets, *[ref for _, ref in recording.grads])}
        leaves = {*replay.grad_leaves, *recording.cleared}
        return (
            bool(replay.fixed_targets)
            and not (replay.relinked or replay.unsure or replay.arguments or replay.given_differentiable)
            and all(kind != "grad" for _, (kind, _) in replay.moving)
            and all(type(leaf) is Leaf for leaf in leaves)
            and {*replay.with_grad} - {*recording.cleared} | {*replay.grad_leaves} == {*replay.with_grad}
            and not any(kind == "new" and replay.place[ref] in own for kind, ref, *_ in recording.outputs)
        )

    def is_open(self):
        """Is everything as the last call has left it?

        Who reads one of its tensors flushes the trace, and who writes to one is noted there.
        """
        trace = self.trace
        if trace is None or trace.closed:
            return False
        if len(trace.live) == len(self.refs) and not trace.overwritten:
            return True
        flush(trace)
        return False

    def holders(self):
        """All tensors that it is about, in the order of `refs` and `places`."""
        return [*self.written, *[leaf.kept for leaf in self.gradients]]

    def settle(self):
        """Hand out what is there."""
        if self.trace is not None:
            flush(self.trace)

    # -- calls ---------------------------------------------------------------------------------------------
    def offer(self, values, sources):
        """After a call that has handed out its results: from here on they may stay."""
        if self.wait:
            self.wait -= 1
            return
        holders = self.holders()
        if any(leaf.settle is not None for leaf in self.leaves):
            return
        if any(h._ref is not ref.as_array or type(h._source) is tuple for h, ref in zip(holders, self.refs)):
            return
        trace = self.trace = Trace(False, state.trace.number)
        trace.ready = self.hand_out
        self.calls, self.sources, self.alone = 0, sources, False
        self.keep(values)
        for leaf in self.leaves:
            leaf.settle = self.settle
        for h, ref in zip(holders, self.refs):
            if ref.needs:
                trace.sources[ref] = h._source
            h._ref, h._trace, h._array, h._source = ref, trace, None, None
        trace.live = holders

    def keep(self, values):
        """The results of a call, and the inputs of the next that are among them."""
        inputs = [*self.constants]
        for i, k in self.taken:
            inputs[i] = values[k]
        self.values, self.inputs = values, inputs

    def hand_out(self):
        """{Ref: array} for those who are pending; the trace is closed by now."""
        for leaf in self.leaves:
            leaf.settle = None
        for h in self.written:
            h._writes += self.calls
        self.pause = self.wait = 0 if self.calls else min(2 * self.pause + 1, LONGEST_PAUSE)
        values, self.values, self.inputs = self.values, (), ()
        return {ref: values[place] for ref, place in zip(self.refs, self.places)}

    def run(self, replay, tensors, numbers):
        """(what `replay.run` returns,) where nobody has looked since the last call; else None."""
        with uninterrupted():
            ran = self.advance(replay, tensors, numbers)
            return None if ran is None else self.outcome(replay, tensors, *ran)

    @guarded
    def advance(self, replay, tensors, numbers):
        """What `launch` returns, or None."""
        if not self.is_open():
            return None
        self.fetch(replay)
        return self.launch(replay, tensors, replay.complete(self.inputs, tensors, numbers)[1])

    def fetch(self, replay):
        """Fill in the inputs that are there from call to call, and not results of the last one."""
        for i, h, expected in self.read:
            self.inputs[i] = replay.array_of(h, expected)

    def launch(self, replay, tensors, scalars):
        """(results of the call before, those of this one, its fault word, what a later backward needs)."""
        before, inputs = self.values, self.inputs
        given = inputs if self.alone else replay.own(inputs)  # a program may return an argument as it came
        self.alone = self.may_be_alone and given is inputs
        values, saved, fault = replay.program(given, replay.scalars.packed(scalars))
        self.keep(values)
        self.calls += 1
        replay.calls += 1
        past = replay.link(tensors, self.sources, inputs, scalars, saved) if replay.history else None
        state.trace.number += 1
        return before, values, fault, past

    def outcome(self, replay, tensors, before, values, fault, past):
        """(what `replay.run` returns,). Raises what the program has found wrong, with everything as it was before it."""
        if fault is not None and word_of(fault)[0] >= 0:  # it waits: other threads need not
            self.take_back(replay, before, values)
            replay.look(fault, self.written, (), values)
        return (replay.outputs(tensors, values, past),)

    @guarded
    def take_back(self, replay, before, values):
        """The last call has failed: hand out what was there before it, but for the memory that it has taken."""
        flush(self.trace)
        replay.calls -= 1
        taken = {j for _, j in replay.donors}
        for h in self.written:
            h._writes -= 1
        for j, (h, place) in enumerate(zip(self.holders(), self.places)):
            if j not in taken and h._array is values[place]:
                h._array = before[place]
