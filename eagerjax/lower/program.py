"""Programs: what runs when a trace is flushed. One face, two ways: compiled whole, or one op at a time."""

import functools
import math
import operator
import struct
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower import hosted_whole, layout, stepwise
from eagerjax.lower.backward import kept_by
from eagerjax.lower.chunks import arrange
from eagerjax.lower.hosted import Host, Pull
from eagerjax.lower.hosted_run import HostedEvaluation, all_hosted
from eagerjax.lower.in_place import InPlaceEvaluation, deaths
from eagerjax.lower.joins import Join
from eagerjax.lower.options import options_of
from eagerjax.lower.segments import rows
from eagerjax.record.site import user_site
from eagerjax.record.trie import BULK, PULL
from eagerjax.runtime import compat, config, disk
from eagerjax.runtime.errors import FINE, first_found
from eagerjax.runtime.progress import Progress


class Program:
    """One path with the results that somebody wants, and the calls whose reverse pass may still be wanted.

    Running gives (wanted arrays, saved arrays, fault word), and enters JAX's contexts where it needs them. `restore` makes
    the saved arrays into pulls again.
    """

    padded = False  # does it run as that of another length?
    small = False  # does the whole of it run as numpy code?
    words = None, None  # the last run's numbers, and the same on the device once they have come again

    def __init__(self, node, wanted, saving):
        self.node = node
        self.path = node.path()
        self.wanted = wanted
        self.saving = saving
        self.with_pull = set(saving).union(*(n.detail[1].visited for n in self.path if n.kind is PULL))
        self.over = [n.key[1] for n in self.path if n.kind is BULK]  # earlier programs that it goes backward through
        self.outlived = False  # may its path run again for a derivative of a derivative?
        self.inside = {}  # call -> the piece of calls it runs in
        self.repeats = False  # will it surely run again?
        self.came_back = False  # was it used a second time?
        self.donated = ()  # positions of the inputs whose memory the outputs may take
        self.layout = None  # {call or piece: (treedef, positions in the saved arrays)}
        self.fault_table = ()
        self.native = frozenset()  # results that came with channels last: see lower/layout.py

    @functools.cached_property
    def kept_values(self):
        """The values without a history that the saved calls have kept."""
        return frozenset(r for n in self.saving for r in kept_by(n) or () if not r.needs)

    def restore(self, saved):
        """{call or piece: pull} from the arrays that a run saved."""
        return {
            n: Pull(tree, saved[at]) if type(tree) in (Host, Join) else jax.tree.unflatten(tree, [saved[i] for i in at])
            for n, (tree, at) in self.layout.items()
        }

    def finish(self, evaluation):
        """Collect (wanted, saved, faults) of a run."""
        wanted = [evaluation.values[r] for r in self.wanted]
        saved, places, layout = [], {}, {}
        for node in dict.fromkeys(self.inside.get(n, n) for n in self.saving):
            pull = evaluation.pulls[node]
            if type(pull) is Pull:
                layout[node] = (pull.host, slice(len(saved), len(saved) + len(pull.saved)))
                saved += pull.saved
                continue
            leaves, tree = jax.tree.flatten(pull)
            at = []
            for leaf in leaves:
                place = places.get(id(leaf))
                if place is None:
                    place = places[id(leaf)] = len(saved)
                    saved.append(leaf)
                at.append(place)
            layout[node] = (tree, tuple(at))
        self.layout = layout
        self.fault_table = tuple((kind, message, node) for _, kind, message, node in evaluation.faults)
        return wanted, saved


class Compiled(Program):
    """The whole path as one XLA program.

    `written` are the inputs that tensors gave up for a new value, as `overwritten(trace, wanted)` finds them: the new
    values take their memory.
    """

    def __init__(self, node, wanted, saving, written=(), static=False):
        super().__init__(node, wanted, saving)
        self.overwritten = tuple(written)
        self.static = static
        self.plain = False  # are all calls to be in their plain forms?
        if any(kept_by(n) is not None for n in saving):
            written = ()  # a later backward may need them
        donors = dict(written)  # values that start out as one array have one input
        self.donated = tuple(donors)
        first = list(donors.values())  # XLA pairs inputs and outputs of one kind in order
        self.order = first + [i for i in range(len(wanted)) if i not in set(first)]
        place = {at: i for i, at in enumerate(self.order)}
        back = [place[i] for i in range(len(wanted))]
        self.sort = operator.itemgetter(*back) if self.donated and len(back) > 1 else tuple
        self.repeats = True
        self.seconds = None  # that the first run took, in which it is traced and compiled
        # Does it run as numpy code? Under `jit=True` programs are always compiled.
        self.small = not static and not config.compile_small and hosted_whole.is_small(self.path)
        self.executable = None  # runs without JAX's contexts, where all inputs are on the device
        self.runs = 0  # without it, after the first
        self.inputs = ()  # (shape, numpy dtype) of what the first run was given
        self.compiler_options = options_of(self.path)
        self.jitted = self.run_compiled = jax.jit(
            self.trace, compiler_options=self.compiler_options, donate_argnums=tuple(1 + i for i in self.donated)
        )

    def own(self, trace):
        """The inputs of a run, with copies of those that the program may take but somebody still holds."""
        leaves = trace.leaves
        given_up = {id(array) for _, array, _, _ in trace.undo}
        for i in self.donated:
            array = leaves[i]
            if sys.getrefcount(array) > HELD or id(array) not in given_up:
                leaves = [*leaves] if leaves is trace.leaves else leaves
                leaves[i] = array.copy()
        return leaves

    def first_run(self, words, *leaves):
        start = time.perf_counter()
        with compat.x64(), Progress(f"{len(self.path)} steps at {':'.join(map(str, user_site()))}"):
            run = self.numpy_code(words, leaves) if self.small else None
            self.small = run is not None
            if run is None:
                run, self.executable = disk.prepared(self.jitted, (words, *leaves), self.compiler_options)
            self.run_compiled = run
            results = self.run_compiled(words, *leaves)
        self.seconds = time.perf_counter() - start
        self.inputs = tuple((tuple(a.shape), a.dtype) for a in (words, *leaves))
        return results

    def run_again(self, words, leaves):
        known, placed = self.words
        if known is not words or placed is None:
            placed = self.kept(words, leaves)
        if self.executable is not None and placed is not words and {type(placed)}.issuperset(map(type, leaves)):
            try:
                return self.executable(placed, *leaves)
            except (TypeError, ValueError):  # raised before it runs: they lie elsewhere than those it was made for
                self.executable = None
        with compat.x64():
            if self.runs < AHEAD and self.executable is None:
                self.runs += 1
                self.executable = self.jitted.lower(placed, *leaves).compile() if self.runs == AHEAD else None
            return self.run_compiled(placed, *leaves)

    def kept(self, words, leaves):
        """Numbers that come again stay on the device: to bring a host array there costs as much as seven inputs more."""
        known, placed = self.words
        if known is None or known.tobytes() != words.tobytes():
            self.words = words, None
            return words
        if placed is None:
            with compat.x64():
                placed = jax.device_put(words)
            beside = next((a for a in leaves if isinstance(a, jax.Array)), placed)
            placed = placed if placed.devices() == beside.devices() else words
        self.words = words, placed
        return placed

    def analysis(self):
        """What XLA says of the compiled program (`compat.Analysis`); None before its first run, and of numpy code."""
        if self.seconds is None or self.small:
            return None
        structs = [jax.ShapeDtypeStruct(*facts) for facts in self.inputs]
        with compat.x64():
            return compat.analyse(self.jitted.lower(*structs).compile())

    def numpy_code(self, words, leaves):
        """The program as numpy code, or None. It looks at faults itself, where no value that is written depends on them."""
        if self.overwritten:
            return hosted_whole.code(self.trace, words, leaves)
        return hosted_whole.code(self.evaluate, words, leaves, conditions=True)

    def trace(self, words, *leaves):
        wanted, rest, conditions = self.evaluate(words, *leaves)
        fault = first_wrong(conditions)
        for leaf, at in self.overwritten if fault is not None else ():
            good = (fault[0] < 0) | (fault[0] >= self.checks_before(self.wanted[at]))
            wanted[at] = jnp.where(good, wanted[at], leaves[leaf])
        return [wanted[i] for i in self.order], rest, fault

    def evaluate(self, words, *leaves):
        """(wanted, what is saved besides, conditions of faults)."""
        evaluation = layout.evaluation(self.path, leaves, words, self.with_pull, self.plain).run(self.path)
        self.native = evaluation.native
        wanted, saved = self.finish(evaluation)
        inputs = {id(a): i for i, a in enumerate(leaves) if i not in self.donated}
        outputs = {id(a): i for i, a in enumerate(wanted)}
        # A saved array that is an input or an output already is not returned a second time.
        self.sources = tuple((0, inputs[id(a)]) if id(a) in inputs else (1, outputs[id(a)]) if id(a) in outputs else None
                             for a in saved)  # fmt: skip
        rest = [a for a, source in zip(saved, self.sources) if source is None]
        return wanted, rest, [jnp.asarray(c).reshape(()) for c, *_ in evaluation.faults]

    def checks_before(self, written):
        """How many of the checks come before a value was written, and undo that: all of a step under `jit=True`."""
        table = self.fault_table
        return len(table) if self.static else sum(check[-1].depth < written.node.depth for check in table)

    def __call__(self, leaves, words):
        if self.seconds is None:
            ordered, rest, fault = self.first_run(words, *leaves)
        elif self.small:
            ordered, rest, fault = self.run_compiled(words, *leaves)
        else:
            ordered, rest, fault = self.run_again(words, leaves)
        wanted = self.sort(ordered)
        if not self.sources:
            return wanted, (), fault
        fresh = iter(rest)
        saved = [next(fresh) if s is None else wanted[s[1]] if s[0] else leaves[s[1]] for s in self.sources]
        return wanted, saved, fault


AHEAD = 4
"""The run after the first in which a program's executable is asked for: it is there, JAX only looks for it."""


def overwritten(trace, wanted):
    """[(position of the input, position of the result)] of the values that a trace replaces in place."""
    given_up, inputs = {id(array) for _, array, *_ in trace.undo}, {}
    for i, key in enumerate(map(id, trace.leaves)):
        if key in given_up:
            inputs[key] = None if key in inputs else i  # None: several tensors begin with one array
    results, found = {ref: i for i, ref in enumerate(wanted)}, {}
    for holder, array, ref, _ in trace.undo:
        leaf = inputs.get(id(array)) if ref.node is None else ref.node.leaves - 1  # another alias may have been read
        at = results.get(holder._ref) if holder._trace is trace else None
        if leaf is not None and at is not None and at not in found and ref.aval == wanted[at].aval:
            found[at] = leaf
    return sorted((leaf, at) for at, leaf in found.items())


def _held():
    """What getrefcount says of an array that a trace's inputs and its undo list hold, and a local name."""
    array = object()
    leaves, undo = [array], [(array,)]
    return sys.getrefcount(leaves[0]) if undo else 0


HELD = _held()


class Stepwise(Program):
    """The path one op at a time, each through its own compiled call; known runs of ops in one compiled call."""

    def __init__(self, node, wanted, saving, written=(), chunked=True):
        super().__init__(node, wanted, saving)
        if chunked:
            compiled = functools.cache(lambda: not all_hosted(self.path, self.with_pull))
            self.inside = {**arrange(self.path, wanted, self.with_pull, compiled), **rows(self.path, wanted)}
        # The last call of a piece runs all of it; what numbers the others take is taken in order.
        inside = self.inside
        self.steps = [n for n in self.path if n.scalars or (piece := inside.get(n)) is None or n is piece.nodes[-1]]
        self.deaths = deaths(self.path, set(wanted), self.with_pull, self.inside)
        if self.deaths and not saving:
            self.donated = tuple(leaf for leaf, _ in written)
        self.mine = ()  # arrays among the inputs of the run to come that may be written to
        self.quickest = math.inf  # seconds of a run

    def own(self, trace):
        """The inputs of a run. Arrays that only the trace holds, which has given them up, may be written to."""
        leaves, given_up = trace.leaves, {id(array) for _, array, _, _ in trace.undo}
        self.mine = []
        for i in self.donated:
            array = leaves[i]
            if type(array) is np.ndarray and sys.getrefcount(array) <= HELD and id(array) in given_up:
                self.mine.append(array)
        return leaves

    def evaluation(self, leaves, words):
        if not self.deaths:
            return HostedEvaluation(stepwise, leaves, words, self.with_pull, self.inside)
        mine, self.mine = self.mine, ()
        return InPlaceEvaluation(stepwise, leaves, words, self.with_pull, self.inside, self.deaths, mine)

    def __call__(self, leaves, words):
        start = time.perf_counter()
        with compat.x64(), np.errstate(all="ignore"):
            evaluation = self.evaluation(leaves, words).run(self.steps)
        wanted, saved = self.finish(evaluation)
        wanted = [np.asarray(a) if isinstance(a, np.generic) else a for a in wanted]
        self.quickest = min(self.quickest, time.perf_counter() - start)
        return wanted, saved, first_found([c for c, *_ in evaluation.faults])


def first_wrong(conditions):
    """(number of the first condition that holds or -1, the value that is wrong) as one array; None without conditions."""
    if not conditions:
        return None
    holds = jnp.stack([c if c.dtype == bool else c != FINE for c in conditions])
    values = jnp.stack([c.astype(jnp.int64) for c in conditions])
    at = jnp.argmax(holds)
    return jnp.stack([jnp.where(holds.any(), at, -1).astype(jnp.int64), values[at]])


NO_WORDS = np.zeros(0, np.int64)


def pack(scalars, known=None):
    """Numbers of a trace as one int64 array: an input of a program costs more than what is in it. `known` if it is the same."""
    if not scalars:
        return NO_WORDS
    try:
        data = form_of((*map(type, scalars),)).pack(*scalars)
    except struct.error:  # it has complex numbers, or unsigned ones
        parts = [part for value in scalars for part in parts_of(value)]
        data = form_of((*map(type, parts),)).pack(*parts)
    if known is not None and known.tobytes() == data:
        return known
    return np.frombuffer(data, np.int64)


@functools.lru_cache(4096)
def form_of(kinds):
    """The `struct.Struct` of numbers of these types, a word for each."""
    return struct.Struct("=" + "".join(["d" if kind is float else "q" for kind in kinds]))


def parts_of(number):
    """What stands for a number in 64-bit words."""
    if type(number) is complex:
        return number.real, number.imag
    return (number,) if type(number) is float or number < 1 << 63 else (number - (1 << 64),)
