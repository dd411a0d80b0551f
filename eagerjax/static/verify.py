"""`eagerjax.verify_jit`: does a compiled step do what its Python does, one op at a time?"""

import dataclasses
import itertools

import numpy as np

from eagerjax.lower.flush import flush
from eagerjax.nn import Module
from eagerjax.record.trace import state
from eagerjax.static import tree
from eagerjax.static.audit import Audit, Culprit, size_of
from eagerjax.static.function import CompiledFunction, Options
from eagerjax.static.world import Snapshot, World, as_numpy

TOLERANCE = {"float64": 1e-9, "complex128": 1e-9, "float32": 1e-4, "complex64": 1e-4, "float16": 1e-2, "bfloat16": 4e-2}
"""Largest difference that passes, relative to the largest element of a tensor: sums are taken in another order."""
CALLS = 6
"""Compiled calls until the replay must be there: two recordings that agree, and what is recorded besides."""


class VerificationError(AssertionError):
    """The compiled step does something else; `report` is the Verification."""

    def __init__(self, report):
        super().__init__(str(report))
        self.report = report


@dataclasses.dataclass(frozen=True)
class Difference:
    """One thing that differs: its kind ("output", "parameter", "gradient", ...), its name, and how."""

    kind: str
    name: str
    how: str

    def __str__(self):
        return f"{self.kind} {self.name}: {self.how}"


@dataclasses.dataclass
class Verification:
    """What verify_jit found. `ok` says whether both ways agree."""

    name: str
    compared: int = 0
    replayed: bool = False
    reason: str = ""  # why it was not replayed
    differences: list = dataclasses.field(default_factory=list)
    rounding: list = dataclasses.field(default_factory=list)  # differences that a change of the last bits makes as well
    fickle: bool = False  # two stepwise runs from one state differ too
    first: Culprit | None = None  # the first op whose result differs

    @property
    def ok(self):
        return not self.differences

    def __bool__(self):
        return self.ok

    def __str__(self):
        how = "replayed as one program" if self.replayed else f"not replayed ({self.reason})"
        if self.ok:
            return f"{self.name}: stepwise and compiled agree on {self.compared} values; {how}" + self.note()
        lines = [
            f"{self.name}: {len(self.differences)} of {self.compared} values differ between stepwise and compiled; {how}"
        ]
        lines += [f"  {d}" for d in self.differences[:20]]
        if len(self.differences) > 20:
            lines.append(f"  and {len(self.differences) - 20} more")
        if self.fickle:
            lines.append("two stepwise runs differ from each other, too: the step reads or changes something that can't be put "
                         "back between runs (an iterator, a file, the time)")  # fmt: skip
        elif self.first is not None:
            lines.append(f"the first op whose result differs: {self.first}")
        else:
            lines.append(
                "no op differs by itself: the difference comes from the program as a whole, or from its replay"
            )
        return "\n".join(lines) + self.note()

    def note(self):
        if not self.rounding:
            return ""
        return (f"\n{len(self.rounding)} values differ by rounding alone: a change in the last bits of the inputs "
                f"moves them as far ({', '.join(f'{d.kind} {d.name}' for d in self.rounding[:3])})")  # fmt: skip


def verify_jit(step, *args, rtol=None, **kwargs):
    """Run `step(*args, **kwargs)` one op at a time and compiled, from one state, and compare everything that it leaves.

    Compared are results, gradients, parameters, buffers, optimizers' state and hyperparameters, random counters, plain
    Python values that it reads, how often hooks ran, and what it raised. Where a first call makes optimizer state, the
    second call is compared too. Afterwards everything is as it was before. Returns a `Verification`; raises
    VerificationError, naming what differs and the first op whose result differs, if something does. `rtol`: the largest
    difference that passes, relative to a tensor's largest element (default: by dtype, 1e-4 for float32).
    """
    function = plain(step)
    report = Verification(getattr(function, "__qualname__", type(step).__name__))
    start = Snapshot(World(function, args, kwargs))
    try:
        born = compare_call(function, step, args, kwargs, rtol, report)
        if born and report.ok:
            compare_call(function, step, args, kwargs, rtol, report)
    finally:
        start.restore()
    if not report.ok:
        raise VerificationError(report)
    return report


def plain(step):
    if isinstance(step, CompiledFunction):
        return step.function
    return step._call_impl if isinstance(step, Module) else step


def compare_call(function, step, args, kwargs, rtol, report):
    """Compare one call. Leaves what the stepwise call left. Returns whether that call made new state."""
    counted = Counted(World(function, args, kwargs))
    try:
        before = World(function, args, kwargs)
        snapshot = Snapshot(before)
        reference = outcome(function, function, args, kwargs, counted, stepwise=True)
        after = Snapshot(World(function, args, kwargs))
        compiled = CompiledFunction(
            function, Options(fullgraph=isinstance(step, CompiledFunction) and step.options.fullgraph)
        )
        mine = replay(snapshot, compiled, function, args, kwargs, counted)
        report.replayed = any(r.calls for v in compiled.variants.values() for r in v.replays)
        report.reason = "" if report.replayed else why_not(compiled)
        report.compared += len(reference)
        found = differences(reference, mine, rtol)
        if found:
            again, *moved = [perturbed(snapshot, n, function, args, kwargs, counted) for n in range(3)]
            report.fickle = bool(differences(reference, again, rtol))
            for d in found:
                rounding = not report.fickle and is_rounding(reference, mine, moved, (d.kind, d.name))
                (report.rounding if rounding else report.differences).append(d)
        if report.differences:
            snapshot.restore()
            report.first = first_op(function, args, kwargs)
        after.restore()
    finally:
        counted.remove()
    return any(key not in before.tensors for key in World(function, args, kwargs).tensors)


def replay(snapshot, compiled, function, args, kwargs, counted):
    """The outcome of the first compiled call from `snapshot` that is a replay, or of the last that could be one."""
    for _ in range(CALLS):
        snapshot.restore()
        found = outcome(compiled, function, args, kwargs, counted)
        variants = list(compiled.variants.values())
        if any(r.calls for v in variants for r in v.replays) or all(v.eager for v in variants):
            break
    return found


def perturbed(snapshot, seed, function, args, kwargs, counted):
    """The outcome of another stepwise call; its inputs differ in their last bits unless `seed` is 0."""
    snapshot.restore()
    if seed:
        snapshot.perturb(np.random.default_rng(seed))
    return outcome(function, function, args, kwargs, counted, stepwise=True)


def why_not(compiled):
    events = compiled.report.events
    if not events:
        return "it was never recorded"
    last = events[-1]
    return last.outcome if last.outcome != "recorded" else f"no two calls from this state do the same: {last.reason}"


def outcome(run, function, args, kwargs, counted, stepwise=False):
    """{(kind, name): value} of everything that a call leaves."""
    flush()
    counted.reset()
    saved, state.stepwise = state.stepwise, stepwise or state.stepwise
    found = {}
    try:
        result = run(*args, **kwargs)
        tensors, numbers = [], []
        found["structure", "of the result"] = tree.flatten(result, tensors, numbers)
        found.update((("output", str(i)), as_numpy(t)) for i, t in enumerate(tensors))
        found.update((("output", f"number {i}"), n) for i, n in enumerate(numbers))
        flush()
    except Exception as error:  # whatever a step raises is part of what it does
        found["error", type(error).__name__] = str(error)
    finally:
        state.stepwise = saved
    found.update(World(function, args, kwargs).facts())
    found.update((("calls of a hook", name), n) for name, n in counted.counts.items())
    return found


def differences(a, b, rtol):
    found = [Difference(*key, "only stepwise has it") for key in a if key not in b]
    found += [Difference(*key, "only compiled has it") for key in b if key not in a]
    for key, mine in a.items():
        if key in b:
            theirs = b[key]
            if key[0] == "output" and type(mine) is type(theirs) is float:  # what a tensor's item() gave
                mine, theirs = np.asarray(mine, np.float32), np.asarray(theirs, np.float32)
            how = compare(mine, theirs, rtol)
            if how is not None:
                found.append(Difference(*key, how))
    return found


def compare(a, b, rtol):
    """In words how two values differ; None if they agree."""
    if not isinstance(a, np.ndarray):
        return None if type(a) is type(b) and (a == b or (a != a and b != b)) else f"{a!r} stepwise, {b!r} compiled"
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"{a.dtype}{list(a.shape)} stepwise, {b.dtype}{list(b.shape)} compiled"
    gap = gaps(a, b)
    bound = (TOLERANCE.get(a.dtype.name, 0.0) if rtol is None else rtol) * size_of(a)
    if a.size == 0 or gap.max() <= bound:
        return None
    at = np.unravel_index(gap.argmax(), gap.shape)
    where = f" at {tuple(map(int, at))}" if at else ""
    return f"{a[at]} stepwise, {b[at]} compiled{where}; {int((gap > bound).sum())} of {a.size} elements differ"


def gaps(a, b):
    """|a - b|, with NaN equal to NaN."""
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    a, b = a.astype(wide), b.astype(wide)
    with np.errstate(all="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    return np.where(np.isnan(gap), np.inf, gap)


def is_rounding(reference, mine, moved, key):
    """Do changes in the last bits of what went in move a value about as far as the two ways are apart?

    The factor is that of a square: a second moment of gradients that are nothing but rounding noise.
    """
    a, b, *others = (facts.get(key) for facts in (reference, mine, *moved))
    if not all(isinstance(x, np.ndarray) and x.shape == a.shape for x in (a, b, *others)) or a.size == 0:
        return False
    gap, moves = gaps(a, b), [gaps(a, c) for c in others]
    if a.dtype.kind in "biu":
        return bool((gap != 0).sum() <= 4 * max((m != 0).sum() for m in moves))
    return bool(np.isfinite(gap).all() and gap.max() <= 64 * max(m.max() for m in moves))


def first_op(function, args, kwargs):
    """The first op that gives something else inside a compiled program, found along one more stepwise run."""
    flush()
    audit = Audit()
    saved = state.stepwise, state.watch
    state.stepwise, state.watch = True, audit
    audit.start()
    try:
        kept = function(*args, **kwargs)  # alive, so that its programs compute it
        flush()
        del kept
    except Exception:  # noqa: BLE001  (what it raises was compared before; programs until then were looked at)
        return audit.culprit
    finally:
        state.stepwise, state.watch = saved
        flush()
    return audit.culprit


class Counted:
    """The hooks of a world, counted while they run."""

    def __init__(self, world):
        self.counts, self.put = {}, []
        for module in world.modules:
            for kind, hooks in vars(module).items():
                if kind.endswith("_hooks") and isinstance(hooks, dict):
                    self.wrap(hooks, f"{kind.strip('_')} of {type(module).__name__}")
        for (_, name), tensor in world.tensors.items():
            if tensor._leaf is not None:
                self.wrap(tensor._leaf.hooks or {}, f"tensor hook of {name}")
                self.wrap(tensor._leaf.accumulated_hooks or {}, f"accumulation hook of {name}")

    def wrap(self, hooks, name):
        for key, hook in list(hooks.items()):
            if callable(hook):
                label = next(n for n in map(f"{name} {{}}".format, itertools.count()) if n not in self.counts)
                self.counts[label] = 0
                self.put.append((hooks, key, hook))
                hooks[key] = self.counting(hook, label)

    def counting(self, hook, label):
        def counted(*args, **kwargs):
            self.counts[label] += 1
            return hook(*args, **kwargs)

        return counted

    def reset(self):
        self.counts = dict.fromkeys(self.counts, 0)

    def remove(self):
        for hooks, key, hook in self.put:
            if key in hooks:
                hooks[key] = hook
