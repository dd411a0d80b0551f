"""`compile(..., steps_per_call=K)`: K steps of a function in one call, over arguments that hold K batches.

The function is recorded as ever, by calls of single steps. Once a replay serves, its program becomes the body of one
`lax.scan`: what a step overwrites is carried to the next, and numbers, random words and what `after_step` changed in
between (a schedule's learning rate) come as one row for each step.
"""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower.flush import flush, note_fault, word_of
from eagerjax.lower.program import Compiled, pack
from eagerjax.namespace import torch
from eagerjax.record.storage import Base
from eagerjax.record.trace import concrete_ref, state
from eagerjax.runtime import compat
from eagerjax.runtime.interrupt import uninterrupted
from eagerjax.runtime.progress import Progress
from eagerjax.runtime.random import default_generator
from eagerjax.static import tree
from eagerjax.static.replay import Mismatch, made, settled
from eagerjax.static.report import Event
from eagerjax.tensor import concrete_array, from_array, raise_faults


class Unfit(Exception):
    """Why a replay can't be the body of a loop, in words."""


class SteppedFunction:
    """A function whose call takes K steps. Tensors among its arguments hold one batch for each, and so do its results."""

    def __init__(self, single, count, after_step):
        functools.update_wrapper(self, single)
        self.single, self.count, self.after_step = single, count, after_step
        self.loops = {}  # replay -> Loop, or None

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        name = f"_stepped_{id(self)}"
        bound = instance.__dict__.get(name)
        if bound is None:
            single = self.single.__get__(instance, owner)
            bound = instance.__dict__[name] = SteppedFunction(single, self.count, self.after_step)
        return bound

    def __call__(self, *args, **kwargs):
        tensors, numbers = [], []
        form = tree.flatten((args, kwargs), tensors, numbers)
        for i, tensor in enumerate(tensors):
            if tensor.ndim == 0 or tensor._ref.shape[0] != self.count:
                raise ValueError(f"tensor {i} among the arguments has shape {tuple(tensor.shape)}: with steps_per_call="
                                 f"{self.count} its first dimension must be {self.count}, one batch for each step")  # fmt: skip
        variants = getattr(self.single, "variants", None)
        if variants and not (state.watch is not None or state.stepwise or state.engines or state.inference):
            result = self.at_once(form, tensors, numbers, variants)
            if result is not None:
                return result[0]
        return self.one_by_one(args, kwargs, tensors)

    def one_by_one(self, args, kwargs, tensors):
        kept = {id(t): i for i, t in enumerate(tensors)}
        columns = []
        for k in range(self.count):
            pieces = [piece(t, k) for t in tensors]
            given, named = tree.rebuild((args, kwargs), lambda t, now=pieces: now[kept[id(t)]])
            result = self.single(*given, **named)
            tree.flatten(result, found := [], [])
            columns.append([t.detach().clone() for t in found])  # the next step may write to what this one returns
            if self.after_step is not None:
                self.after_step()
        return tree.fill(tree.skeleton(result, found), [torch.stack(list(row)) for row in zip(*columns, strict=True)])

    # -- as one program -----------------------------------------------------------------------------------
    def at_once(self, form, tensors, numbers, variants):
        """(result,) of all steps as one program; None where they have to be taken one by one."""
        pieces = [
            made(None, concrete_ref(t._ref.shape[1:], t._ref.dtype, t._ref.device, t._ref.needs), None) for t in tensors
        ]
        facts = tuple([(t._ref.shape, t._ref.dtype, t._ref.device, t._ref.needs, None) for t in pieces])
        variant = variants.get((form, facts, self.single.modes(pieces)))
        if variant is None or variant.eager is not None or any(t._ref.needs for t in tensors):
            return None
        after = variant.calls + self.count
        if after > 16 and after.bit_length() != variant.calls.bit_length():
            return None  # the rare check, in which the Python runs, is made by single steps
        for replay in variant.replays:
            values = [*numbers, *replay.guards.numbers_now()]
            if replay.refuses(values, pieces) is None and replay.guards.broken() is None:
                loop = self.loop(replay)
                if loop is None:
                    return None
                try:
                    result = loop.run([concrete_array(t) for t in tensors], values, pieces, self.after_step)
                except Mismatch:
                    continue
                variant.calls = after
                return result
        return None

    def loop(self, replay):
        if replay not in self.loops:
            report = self.single.report
            try:
                loop = self.loops[replay] = Loop(replay, self.count, report.name)
                report.programs[loop] = f"{self.count} steps in one program"
            except Unfit as why:
                self.loops[replay] = None
                report.events.append(Event(f"steps_per_call={self.count}", 0.0, f"steps are taken one by one: {why}"))
        return self.loops[replay]


def piece(tensor, k):
    """The batch of one step."""
    if tensor._ref.needs:
        return tensor[k]
    array = concrete_array(tensor)
    with compat.x64():
        return from_array(array[k].copy(), tensor._ref.dtype, tensor._ref.device)


class Loop:
    """The program of one replay, K times in a row."""

    def __init__(self, replay, count, name):
        self.replay, self.count, self.name = replay, count, name
        recording, program = replay.recording, replay.program
        self.check(replay)
        self.program = Compiled(
            program.node, program.wanted, program.saving
        )  # takes no memory, changes nothing by itself
        self.node, self.path, self.wanted = program.node, program.path, program.wanted
        grads = dict(recording.grads)
        self.grads = list(grads)
        places = {id(h): j for j, h in enumerate(replay.fixed_targets)}
        self.carried, self.sliced, self.kept = (
            [],
            [],
            [],
        )  # (position of the input, what of the carry or of the arguments)
        for i, source in enumerate(recording.inputs):
            if source[0] == "argument":
                self.sliced.append((i, source[1]))
            elif source[0] == "grad" and source[1] in grads:
                self.carried.append((i, len(places) + self.grads.index(source[1])))
            elif source[0] == "holder" and id(source[1]) in places:
                self.carried.append((i, places[id(source[1])]))
            else:
                self.kept.append(i)
        self.results = [replay.place[ref] for ref in (*replay.targets, *grads.values())]  # the next step's carry
        self.outputs = [replay.place[ref] for _, ref, *_ in recording.outputs]
        taken = {j for _, j in replay.donors}
        self.given = [j for j in range(len(replay.targets)) if j in taken]
        self.rest = [j for j in range(len(self.results)) if j not in taken]
        self.donated = tuple(range(len(self.given)))
        self.seconds, self.inputs = None, ()
        self.compiled = jax.jit(self.compute, compiler_options=self.program.compiler_options, donate_argnums=1)

    @staticmethod
    def check(replay):
        """Raise Unfit where a step does not leave what the next one takes."""
        recording = replay.recording
        after = recording.had_grad - recording.cleared | {name for name, _ in recording.grads}
        sources = [s[0] for s in recording.inputs]
        for bad, why in (
            (type(replay.program) is not Compiled, "batches are padded"),
            (bool(replay.draws), "it draws PyTorch's own random numbers, which are made on the host"),
            (any(o[0] != "new" for o in recording.outputs), "it returns a tensor that was there before"),
            (replay.fixed_targets is None, "it writes to an argument, or to a tensor with aliases"),
            (bool(replay.relinked), "it writes values that have a history"),
            (after != recording.had_grad, "gradients are there after a step that were not there before it, or are gone"),
            (any(type(name) is tuple for name in after), "an argument has a gradient"),
            (not set(sources) <= {"argument", "grad", "holder", "constant"}, "it reads what is made anew in each call"),
            (any(h is None for h, s in zip(replay.fixed, sources) if s in ("holder", "constant")), "an input is gone"),
        ):  # fmt: skip
            if bad:
                raise Unfit(why)

    # -- the program ----------------------------------------------------------------------------------------
    def compute(self, rows, given, rest, kept, slices):
        carry = [None] * len(self.results)
        for places, arrays in ((self.given, given), (self.rest, rest)):
            for j, array in zip(places, arrays):
                carry[j] = array
        word = jnp.array([-1, 0], jnp.int64)

        def one(state, now):
            carry, word = state
            new, outputs, fault = self.one(carry, *now, kept)
            if fault is not None:  # after the first wrong value nothing changes any more
                fine = (word[0] < 0) & (fault[0] < 0)
                new = [jnp.where(fine, a, b) for a, b in zip(new, carry)]
                word = jnp.where(word[0] < 0, fault, word)
            return (new, word), outputs

        (carry, word), outputs = jax.lax.scan(one, (carry, word), (rows, slices))
        return [carry[j] for j in self.given], [carry[j] for j in self.rest], outputs, word

    def one(self, carry, words, slices, kept):
        leaves = [None] * self.node.leaves
        for places, arrays in ((self.carried, carry), (self.sliced, slices)):
            for i, j in places:
                leaves[i] = arrays[j]
        for i, array in zip(self.kept, kept):
            leaves[i] = array
        values, _, fault = self.program.trace(words, *leaves)
        return [values[at] for at in self.results], [values[at] for at in self.outputs], fault

    def analysis(self):
        if self.seconds is None:
            return None
        with compat.x64():
            return compat.analyse(self.compiled.lower(*self.structs).compile())

    # -- running -------------------------------------------------------------------------------------------------
    def run(self, arrays, numbers, pieces, after_step):
        """(result,); None where a single step has to say what is wrong with its batch. Raises Mismatch."""
        replay = self.replay
        if state.trace.live:
            flush()
        written, quiet = replay.written(pieces)
        if any(type(h) is Base for h in written):
            return None
        holders = [self.holder(i, h) for i, h in enumerate(replay.fixed)]
        leaves = [()] * len(holders)
        for i in [*[i for i, _ in self.carried], *self.kept]:
            leaves[i] = settled(holders[i], replay.states[i])
        if not self.may_run(leaves, arrays, numbers):
            return None
        rows = []
        for _ in range(self.count):
            rows.append(pack(replay.scalars.now(numbers)))
            if after_step is not None:
                after_step()
        with uninterrupted():
            return (self.commit(written, leaves, np.stack(rows), arrays, quiet),)

    def holder(self, i, fixed):
        source = self.replay.recording.inputs[i]
        return source[1].grad if source[0] == "grad" else fixed

    def may_run(self, leaves, arrays, numbers):
        """Are the values that are checked before a step runs those that it takes, for every step?"""
        if not self.replay.checks:
            return True
        drawing = {g or default_generator for g in self.replay.recording.drawing()}
        before = [(g, g.state()) for g in drawing]
        scalars = self.replay.scalars.now(numbers)
        for generator, position in before:
            generator.set_position(position)
        try:
            for k in range(self.count):
                now = [*leaves]
                for i, j in self.sliced:
                    now[i] = np.asarray(arrays[j])[k]
                for node, positions, span in self.replay.checks:
                    node.check.refuse([None if i is None else now[i] for i in positions], scalars[span])
        except (IndexError, RuntimeError, ValueError):
            return False  # by single steps, those before it are taken, and it raises
        return True

    def commit(self, written, leaves, rows, arrays, quiet):
        replay = self.replay
        leaves, undo = replay.give_up(written, leaves, quiet)
        old = dict(undo)
        carry = [old.get(h, h._array) for h in written] + [concrete_array(leaf.grad) for leaf in self.grads]
        for i, j in replay.donors:
            carry[j] = leaves[i]
        arguments = (
            rows,
            [carry[j] for j in self.given],
            [carry[j] for j in self.rest],
            [leaves[i] for i in self.kept],
            arrays,
        )
        try:
            with compat.x64():
                given, rest, outputs, word = self.timed(arguments)
        except BaseException:
            for h, array in undo:
                h._array = array
            raise
        new = dict(zip((*self.given, *self.rest), (*given, *rest)))
        for j, h in enumerate(written):
            h._array = new[j]
            h._writes += self.count - (h in old)
        for j, (leaf, ref) in enumerate(zip(self.grads, replay.grad_refs), len(written)):
            leaf.grad = made(new[j], ref, None)
        replay.calls += self.count
        if self.program.fault_table and word_of(word)[0] >= 0:
            note_fault(word, self.program, replay.recording.sites)
            raise_faults()
        return tree.fill(replay.recording.skeleton, [self.stacked(a) for a in zip(outputs, replay.recording.outputs)])

    def stacked(self, output):
        array, (_, ref, *_) = output
        return made(array, concrete_ref((self.count, *ref.shape), ref.dtype, ref.device), None)

    def timed(self, arguments):
        if self.seconds is not None:
            return self.compiled(*arguments)
        start = time.perf_counter()
        self.structs = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), arguments)
        with Progress(f"{self.count} calls of {self.name} as one program"):
            results = self.compiled(*arguments)
        self.seconds = time.perf_counter() - start
        self.inputs = tuple((tuple(a.shape), a.dtype) for a in jax.tree.leaves(self.structs))
        return results
