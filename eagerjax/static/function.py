"""`eagerjax.compile`: a function whose calls are recorded a few times and then replayed without their Python."""

import dataclasses
import functools
import time
import typing
import warnings

from eagerjax import accumulation, memory
from eagerjax.accumulation import Accumulation
from eagerjax.lower.flush import flush
from eagerjax.nn import Module
from eagerjax.record.trace import state
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.static import tree
from eagerjax.static.guards import Guards
from eagerjax.static.numbers import explain_numbers
from eagerjax.static.replay import Mismatch, Replay
from eagerjax.static.report import Report
from eagerjax.static.settled import MISSES, Settled, is_possible
from eagerjax.static.watch import Recording, Watch

VARIANTS = 64
"""Kinds of arguments (shapes, static values) for which a function keeps recordings."""
LENGTHS = 1024
"""Kinds of arguments in all, with those that share the masked program of another length."""
REPLAYS = 8
"""Recordings kept for one kind of arguments: gradients there or not, train or eval, a number's values."""
PATIENCE = 12
"""Recordings of one kind of arguments, none of which agrees with the one before, until it is left to the eager way."""

OBSTRUCTED = 6
"""Recordings in a row, of whatever kinds, that could not be replayed, until further kinds are left to the eager way: its
programs have an allowance, and those of recordings have none."""


def shared(tensors):
    """Which arguments share memory with which: None where none does."""
    families = [t._base.storage for t in tensors if t._base is not None]
    return None if len(families) < 2 else tuple([families.index(s) for s in families])


class Variant:
    """The calls with arguments of one kind."""

    def __init__(self):
        self.calls = 0
        self.replays = []
        self.last = None  # the latest (Recording, numbers)
        self.recorded = 0
        self.missed = 0  # checks in a row that had no replay to compare with
        self.obstructed = 0  # recordings in a row that can't be replayed
        self.eager = None  # why this kind of call always runs its Python
        self.full = None  # what these calls may be padded to: see padding.py
        self.padded = False  # are they?

    def is_due(self):
        """Is the Python of the next call to run once more, to be compared with what is replayed?"""
        return self.calls >= 16 and not self.calls & (self.calls + 1)


class CompiledFunction:
    """A function under `jit=True`. Calling it means what calling the function means."""

    def __init__(self, function, options=None):
        functools.update_wrapper(self, function)
        self.function = function
        self.options = options or Options()
        self.padding = padding_of(self.options)
        self.accumulation = Accumulation(self.options.accumulate) if self.options.accumulate > 1 else None
        self.variants = {}
        self.crowded = False  # did arguments of further kinds come?
        self.obstacles = []  # of the recordings since the last that could be replayed, one of each
        self.leaves = {}  # autograd leaves that calls have touched
        self.settled = None  # (variant, replay) of the last call, where the next is likely to be one more like it
        self.report = Report(function)

    def __get__(self, instance, owner=None):
        """As a method: each instance has recordings of its own."""
        if instance is None:
            return self
        name = f"_compiled_{id(self)}"
        bound = instance.__dict__.get(name)
        if bound is None:
            bound = CompiledFunction(self.function.__get__(instance, owner), self.options)
            instance.__dict__[name] = bound
        return bound

    def __deepcopy__(self, memo):
        return None  # a copied module has no recordings: it runs eagerly until it is compiled itself

    def __reduce__(self):
        return type(None), ()

    def __call__(self, *args, **kwargs):
        if self.settled is not None and not kwargs:
            variant, replay = self.settled
            ran = replay.settled.run(variant, replay, args)
            if ran is not None:
                replay.settled.missed = 0
                return ran[0]
            replay.settled.missed += 1
            self.settled = None
        if self.accumulation is None:
            return self.call(args, kwargs)
        if isinstance(state.watch, Watch):
            state.watch.counts = True
        with self.accumulation:
            return self.call(args, kwargs)

    def call(self, args, kwargs):
        if not self.options.jit or state.watch is not None or state.stepwise or state.engines or state.inference:
            return self.function(*args, **kwargs)  # part of a larger recording, or run one op at a time
        tensors, numbers = [], []
        form = tree.flatten_call(args, kwargs, tensors, numbers)
        facts = tuple([(t._ref.shape, t._ref.dtype, t._ref.device, t._ref.needs, t._strides) for t in tensors])
        key = (form, facts, self.modes(tensors))
        variant = self.variants.get(key)
        if variant is None:
            variant = self.new_variant(key)
        check = variant.is_due()
        variant.calls += 1
        if variant.eager is not None:
            return self.function(*args, **kwargs)
        reason = None
        for replay in () if check else variant.replays:
            values = [*numbers, *replay.guards.numbers_now()]
            reason = replay.refuses(values, tensors) or replay.guards.broken()
            if reason is None:
                try:
                    result = replay.run(tensors, values)
                except Mismatch as mismatch:
                    reason = str(mismatch)
                    continue
                self.settle(variant, replay, args, tensors)
                return result
        return self.record(variant, args, kwargs, tensors, numbers, reason, check)

    def settle(self, variant, replay, args, tensors):
        """After a call: prepare for the next, which is likely to be like it."""
        if self.accumulation is not None or replay is not variant.replays[0]:
            return
        if replay.settled is None and is_possible(replay, args, tensors):
            replay.settled = Settled(replay, tensors)
        if replay.settled is not None and replay.settled.missed < MISSES:
            self.settled = variant, replay

    def modes(self, tensors):
        """What a call depends on besides its arguments' kinds, in the order of `report.MODES`."""
        return (state.trace.grad, state.autocast, dt.get_default_dtype(), devices.current(), shared(tensors),
                accumulation.phase())  # fmt: skip

    # -- recording ------------------------------------------------------------------------------------
    def new_variant(self, key):
        variant = Variant()
        if sum(not v.padded for v in self.variants.values()) >= VARIANTS or len(self.variants) >= LENGTHS:
            variant.eager = f"more than {len(self.variants) - self.crowded} kinds of arguments"
            if self.crowded:
                return variant
            warnings.warn(f"{self.report.name} was called with arguments of {len(self.variants)} kinds: further kinds are not "
                          "recorded, and run their Python on every call (eagerjax.explain shows the kinds)",
                          RuntimeWarning, stacklevel=3)  # fmt: skip
            self.crowded = True
        if len(self.obstacles) >= OBSTRUCTED:
            variant.eager = self.obstacles[-1]
        self.report.new_kind(key, self.variants)
        variant.full = self.padding and self.padding.found(key, self.variants)
        self.variants[key] = variant
        return variant

    def record(self, variant, args, kwargs, tensors, numbers, reason, check):
        """Run the Python and watch it; from two calls that do the same comes a replay."""
        self.settled = None
        start = time.perf_counter()
        others = [a for a in (*args, *kwargs.values()) if not isinstance(a, (bool, int, float, str, type(None)))]
        guards = Guards(self.function, others)
        shared = {id(tensor): tensor for tensor in guards.tensors() if tensor._base is not None}
        if shared:
            flush()  # of what is pending nobody knows yet whether it is still shared
        for tensor in shared.values():
            memory.unshare(tensor)
        make = variant.full and self.padding.maker(variant.full, self.report.say)
        recording = Recording(self.function, args, kwargs, tensors, self.leaves, guards, self.options.fullgraph, make)
        if state.faults:
            recording.refuse_faults()
        self.leaves.update(dict.fromkeys(recording.leaves - recording.arguments.keys()))
        variant.recorded += 1
        variant.padded = recording.program is not None and recording.program.padded
        self.report.recorded(recording, reason, time.perf_counter() - start)
        numbers = [*numbers, *guards.numbers(recording)]
        if not recording.obstacles:
            variant.obstructed = 0
            self.obstacles.clear()
            self.learn(variant, recording, numbers, tensors, check)
        elif recording.watch.overtaken:
            variant.last = None  # by chance: another call may go through
        else:
            variant.last = None
            variant.obstructed += 1
            self.obstacles.append(recording.obstacles[0])
            if variant.obstructed > 2:
                variant.eager = recording.obstacles[0]
        if variant.recorded > PATIENCE * (1 + len(variant.replays)) and not check and variant.eager is None:
            variant.eager = f"no two calls did the same ({reason or 'each call differs'})"
            warnings.warn(
                f"{self.report.name} under jit=True is recorded no more and runs its Python on every call with these "
                f"arguments, after {variant.recorded} recordings: {variant.eager}", RuntimeWarning, stacklevel=4)  # fmt: skip
        return recording.result

    def learn(self, variant, recording, numbers, tensors, check):
        last, variant.last = variant.last, (recording, numbers)
        if check:
            variant.missed = 0 if self.verify(variant, recording, numbers, tensors) else variant.missed + 1
            if variant.missed < 2:
                variant.last = None  # it would keep the families of aliases that go soon
                return
        if last is None or last[0].signature() != recording.signature():
            return
        free = explain_numbers(last, (recording, numbers))
        if free is None or not recording.constants_equal(last[0]):
            return
        variant.replays.insert(0, Replay(recording, numbers, free))
        del variant.replays[REPLAYS:]

    def verify(self, variant, recording, numbers, tensors):
        """The rare check: does the Python still do what is replayed? Warns, and replays no more, where it does not.

        False where no replay can be compared: tensors have aliases that they had not, or none any more, so the steps are
        others that do the same. From the third such check in a row on there is a replay of these.
        """
        for replay in variant.replays:
            if replay.refuses(numbers, tensors) or replay.guards.broken():
                continue
            if replay.recording.families() != recording.families():
                continue
            if where := replay.first_difference(recording, numbers):
                file, line = where
                variant.eager = f"it changed without notice, first at {file}:{line}"
                warnings.warn(
                    f"{self.report.name} under jit=True did something else when its Python ran again: the first step that "
                    f"differs is at {file}:{line}. It depends on something that the guards do not see; the calls since the "
                    "last check may have used an old value. From here on its Python runs on every call.",
                    RuntimeWarning, stacklevel=4)  # fmt: skip
                variant.replays.clear()
            return True
        return False


def padding_of(options):
    """What makes programs for batches of several lengths, where that is asked for."""
    if not (options.buckets or options.pad_batches):
        return None
    from eagerjax.static.padding import Buckets, Padding  # noqa: PLC0415  (its rules take time to load)

    return Buckets() if options.buckets else Padding()


@dataclasses.dataclass(frozen=True)
class Options:
    """How a function is compiled; the keywords of `compile`."""

    jit: bool = True
    fullgraph: bool = False
    pad_batches: bool = False
    buckets: bool = False
    accumulate: int = 1
    steps_per_call: int = 1
    after_step: typing.Any = None

    def __post_init__(self):
        for name in ("accumulate", "steps_per_call"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"compile(): {name} must be a positive integer, not {value!r}")
        if self.accumulate > 1 and self.steps_per_call > 1:
            raise ValueError("compile(): accumulate and steps_per_call do not go together")
        if self.pad_batches and self.buckets:
            raise ValueError('compile(): dynamic="powers-of-two" pads batches as well: leave pad_batches out')
        if self.after_step is not None and self.steps_per_call == 1:
            raise ValueError("compile(): after_step is what happens between the steps of one call, of which steps_per_call=1 "
                             "has none")  # fmt: skip


def compile(model=None, *, jit=False, fullgraph=False, dynamic=None, pad_batches=False, accumulate=1, steps_per_call=1,
            after_step=None, backend=None, mode=None, options=None, name=None, disable=False, recompile_limit=None,
            isolate_recompiles=False, shapes_spec=None):  # fmt: skip
    """Compile a training step, an evaluation step, a module or any function, or, as a decorator, what follows.

    With `jit=True` the whole call becomes one XLA program: it is recorded on the first calls and then replayed under
    guards, without running its Python. With `jit=False` the same object runs eagerly (which fuses and compiles what
    repeats by itself). `backend`, `mode`, `options`, `name`, `recompile_limit`, `isolate_recompiles` and `shapes_spec` are
    accepted for torch.compile's sake.

    fullgraph: raise where the function looks at a value, instead of splitting it there.
    pad_batches: batches shorter than one that was recorded before share one masked program of its length, instead of one
        program for each length. Where that is not known to give the same results they run at their own length;
        `explain` says why.
    dynamic: True means the same as `pad_batches=True`. "powers-of-two": where the size of one dimension varies from call to
        call, that of a batch or of sequences, calls are padded to the next power of two likewise, with one masked program
        for each of these. With None or False each shape is a program.
    accumulate: gradient accumulation. The function is called with one micro-batch after the other; `zero_grad()` before the
        first of `accumulate` calls and the optimizer's step (clipping, scheduler, scaler) in the last are carried out, and
        left out of the others. With or without `jit`.
    steps_per_call: a call takes this many steps. Every tensor among the arguments has one more dimension, the first, with one
        batch for each step; results are stacked likewise, without history. Under `jit=True` all steps are one program
        (`lax.scan`), which pays where a step is so small that Python and the launch of its program take most of its time.
    after_step: called without arguments after each of these steps, for what is done in Python between two steps: `schedule.step`.
    """
    chosen = Options(
        jit and not disable, fullgraph, pad_batches or varies(dynamic), dynamic == POWERS, accumulate, steps_per_call,
        after_step
    )  # fmt: skip
    if model is None:
        return functools.partial(apply, chosen)
    return apply(chosen, model)


POWERS = "powers-of-two"


def varies(dynamic):
    """What `compile(dynamic=...)` asks for: may batches be padded?"""
    if dynamic is not None and type(dynamic) is not bool and dynamic != POWERS:
        raise ValueError(f"compile(): dynamic must be None, True, False or {POWERS!r}, not {dynamic!r}")
    return dynamic is True


def apply(options, model):
    """Compile one module (in place) or function."""
    wrap = functools.partial(CompiledFunction, options=options) if options.jit or options.accumulate > 1 else None
    if options.steps_per_call > 1:
        wrap = functools.partial(stepped, wrap, options)
    if isinstance(model, Module):
        model._compiled_call = None if wrap is None else wrap(model._call_impl)
        return model
    if not callable(model):
        raise TypeError(f"compile() takes a function or a module, not {type(model).__name__}")
    return model if wrap is None else wrap(model)


def stepped(wrap, options, function):
    from eagerjax.static.steps import SteppedFunction  # noqa: PLC0415

    return SteppedFunction(function if wrap is None else wrap(function), options.steps_per_call, options.after_step)


def jit(function=None, **options):
    """`compile(function, jit=True, ...)`."""
    return compile(function, jit=True, **options)
