"""The first op whose result inside a compiled program is not what it gives by itself on the same operands."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower import stepwise
from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.lower.hosted import Pull
from eagerjax.lower.program import pack
from eagerjax.record.trace import state
from eagerjax.record.trie import BULK, ROOT, Node
from eagerjax.runtime import compat
from eagerjax.static.watch import Watch


@dataclasses.dataclass(frozen=True)
class Culprit:
    """One op that differs: its name, what of it ("result" or "gradient"), the user's line, and by how much."""

    op: str
    part: str
    file: str
    line: int
    largest: float

    def __str__(self):
        return f"{self.op} ({self.part}) at {self.file}:{self.line}, by up to {self.largest:.3g}"


class Audit(Watch):
    """Watches a stepwise run; each program that it comes to is also run compiled, all values kept, and compared.

    The run starts on a tree of its own, so that every step notes the line of this very run.
    """

    def __init__(self):
        super().__init__()
        self.root = Node(None, ROOT)
        self.culprit = None

    def start(self):
        state.trace.node = self.root

    def flushed(self, program, trace):
        self.start()  # of the trace that comes next
        if self.culprit is None:
            with compat.x64():
                self.culprit = first_wrong_op(program, trace.leaves, pack(trace.scalars))


class Instrumented(Evaluation):
    """An evaluation that keeps every gradient that a call passes on."""

    def __init__(self, *args):
        super().__init__(*args)
        self.trail = []

    def visit(self, visited, grads, pulls, inside, done):
        if inside.get(visited) is not None:
            self.visit_piece(inside[visited], grads, pulls, done)
            return
        wanted = [r for r in visited.inputs if r.needs]
        cotangents = tuple([self.cotangent(grads, r) for r in visited.results])
        for ref, grad in zip(wanted, self.passed_on(visited, pulls[visited], cotangents)):
            self.accumulate(grads, ref, grad)

    def passed_on(self, visited, pull, cotangents):
        got = self.calls.pull(pull, cotangents)
        self.trail.append(tuple(got))
        return got


class Check(Instrumented):
    """One op at a time on the operands that the compiled program had; `found` is the first that gives something else."""

    def __init__(self, leaves, words, with_pull, values, trail):
        super().__init__(stepwise, leaves, words, with_pull)
        self.compiled = values
        self.passed = iter(trail)
        self.found = None

    def run_call(self, node):
        given = [self.values[r] for r in node.inputs]
        super().run_call(node)
        self.compare(node, node.results, given, "result")

    def run_pull(self, node):
        super().run_pull(node)
        self.values.update((r, self.compiled[r]) for r in node.results)

    def run_pull_segment(self, node):
        super().run_pull_segment(node)
        self.values.update((r, self.compiled[r]) for r in node.results)

    def passed_on(self, visited, pull, cotangents):
        got = None if isinstance(pull, Pull) else self.calls.pull(pull, cotangents)
        passed = next(self.passed)
        if got is not None:
            for mine, theirs in zip(got, passed):
                self.judge(visited, mine, theirs, [*cotangents, *got], "gradient")
        return passed

    def compare(self, node, refs, given, part):
        for ref in refs:
            self.judge(node, self.values[ref], self.compiled[ref], [*given, self.values[ref]], part)
            self.values[ref] = self.compiled[ref]

    def judge(self, node, mine, theirs, operands, part):
        if self.found is None:
            largest = apart(np.asarray(mine), np.asarray(theirs), operands)
            if largest is not None:
                file, line = node.site or ("<unknown>", 0)
                self.found = Culprit(node.op.name.lstrip("_"), part, file, line, largest)


def apart(mine, theirs, operands):
    """The largest difference if it is more than rounding can be, else None."""
    if mine.dtype != theirs.dtype or mine.shape != theirs.shape:
        return float("inf")
    if mine.size == 0 or mine.tobytes() == theirs.tobytes():
        return None
    if not jnp.issubdtype(mine.dtype, jnp.inexact):
        return float(np.abs(mine.astype(np.float64) - theirs.astype(np.float64)).max())
    eps = float(jnp.finfo(mine.dtype).eps)
    wide = np.complex128 if mine.dtype.kind == "c" else np.float64
    a, b = mine.astype(wide), theirs.astype(wide)
    with np.errstate(all="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, np.abs(a - b))
    gap = float(np.where(np.isnan(gap), np.inf, gap).max())
    return gap if gap > 1000 * eps * size_of(a) + 20 * eps * max(map(size_of, operands)) else None


def size_of(array):
    """The largest finite magnitude."""
    array = np.asarray(array)
    if array.dtype == jax.dtypes.float0 or array.size == 0 or not jnp.issubdtype(array.dtype, jnp.inexact):
        return 0.0
    wide = np.abs(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64))
    return float(np.max(wide, where=np.isfinite(wide), initial=0.0))


def first_wrong_op(program, leaves, words):
    """The Culprit of one path, or None."""
    refs = [r for node in program.path for r in node.results if node.kind is not BULK]

    def whole(words, *leaves):
        run = Instrumented(Inline, leaves, words, program.with_pull).run(program.path)
        return [run.values[r] for r in refs], run.trail

    values, trail = jax.jit(whole)(words, *leaves)
    check = Check(leaves, words, program.with_pull, dict(zip(refs, values)), trail)
    return check.run(program.path).found
