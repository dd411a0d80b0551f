"""`compile(..., pad_batches=True)` and `dynamic="powers-of-two"`: calls of other lengths through one masked program."""

import time

import jax
import numpy as np

from eagerjax.lower.flush import saved_calls
from eagerjax.lower.program import Compiled, Program, pack
from eagerjax.record.trie import BULK, LEAF
from eagerjax.runtime import compat
from eagerjax.runtime.progress import Progress
from eagerjax.static.layouts import Any, Unknown, ragged, shape, size
from eagerjax.static.ragged import Run, plan


class Padding:
    """What a compiled function remembers about programs that others may be made of. Batches are padded to the longest one."""

    leading = True  # does only the first dimension vary?
    word = "rows"

    def __init__(self):
        self.jaxprs = {}  # id of a program -> (program, jaxpr, sources)
        self.masked = {}  # (id of a program, plan, length) -> Masked

    def found(self, key, variants):
        """[(recordings of another length, that length)] and this length, which calls of kind `key` may be made of, or None."""
        known = []
        for other, variant in variants.items():
            pair = lengths(other, key, self.leading)
            recordings = [r.recording for r in variant.replays]
            recordings += [variant.last[0]] if variant.last is not None else []
            recordings = [r for r in recordings if type(r.program) is Compiled]
            if pair is not None and recordings:
                known.append((recordings, *pair))
        return self.chosen(known)

    def chosen(self, known):
        longer = [k for k in known if k[1] > k[2]]
        return [max(longer, key=lambda k: k[1])] if longer else None

    def room(self, rows, valid):
        """The length of the program for calls of length `valid`, made of a recording of length `rows`."""
        return rows

    def maker(self, found, say):
        """What makes the program of a watched call: padded if that is right; else None, and `say(why)`."""

        def make(node, wanted, trace):
            short = Compiled(node, wanted, saved_calls(wanted, trace))
            why = "run at its own length: the full batch took other steps"
            for recording, rows, valid, inner in [(r, *pair) for recordings, *pair in found for r in recordings]:
                try:
                    made = self.padded(recording, short, pack(trace.scalars), rows, valid, inner)
                except Unknown as unknown:
                    why = f"run at its own length: {unknown}"
                    continue
                say(f"padded to {self.room(rows, valid)} {self.word}")
                return made
            say(why)
            return None

        return make

    def padded(self, recording, short, words, rows, valid, inner):
        program = recording.program
        known = self.jaxprs.get(id(program))
        if known is None:
            whole = Compiled(program.node, program.wanted, program.saving)
            jaxpr = traced(whole, pack(recording.scalars))
            known = self.jaxprs[id(program)] = (program, jaxpr, whole.sources)
        steps, inputs, results = plan(known[1], traced(short, words), rows, valid, inner)
        if short.sources != known[2]:
            raise Unknown("it keeps other values for a backward pass")
        room = self.room(rows, valid)
        masked = self.masked.get((id(program), steps, room))
        if masked is None:
            masked = self.masked[id(program), steps, room] = Masked(known[1], steps, short.compiler_options, room)
        return Padded(short, masked, valid, inputs[1:], results)


class Buckets(Padding):
    """Lengths of any one dimension, each padded to the next power of two."""

    leading = False
    word = "elements"

    def chosen(self, known):
        """The latest few: a function may take other steps for some lengths."""
        return known[:-5:-1] or None

    def room(self, rows, valid):
        return 1 << (valid - 1).bit_length()


def lengths(known, key, leading):
    """(N, n, inner) where two kinds of arguments differ only in that sizes of N in one are n in the other.

    inner: does something stand before what varies? leading: look at first dimensions only.
    """
    if len(known[1]) != len(key[1]) or (known[0], known[2:]) != (key[0], key[2:]):
        return None
    found, inner = set(), False
    for a, b in zip(known[1], key[1]):
        if a[1:] != b[1:] or len(a[0]) != len(b[0]):
            return None
        places = [i for i, (m, n) in enumerate(zip(a[0], b[0])) if m != n]
        if leading and any(places):
            return None
        found.update((a[0][i], b[0][i]) for i in places)
        inner = inner or any(places)
    (pair, *more) = found or [None]
    return None if more or pair is None or not all(pair) else (*pair, inner)


def traced(program, words):
    """The jaxpr of a program."""
    if any(n.kind is BULK for n in program.path):
        raise Unknown("it goes backward through a graph that was made outside")
    structs = [jax.ShapeDtypeStruct(words.shape, words.dtype)]
    structs += [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for n in program.path if n.kind is LEAF for r in n.results]
    program.plain = True  # else other lengths might take other steps
    with compat.x64():
        return jax.make_jaxpr(program.trace)(*structs)


class Masked:
    """A masked program of one length; compiled once for all shorter ones."""

    def __init__(self, jaxpr, steps, options, room):
        def compute(rows, words, *leaves):
            return Run(rows, room)(jaxpr, steps, [words, *leaves])

        self.room = room
        self.seconds, self.inputs = None, ()
        self.run = jax.jit(compute, compiler_options=options)

    def __call__(self, *arguments):
        start = time.perf_counter()
        if self.seconds is not None:
            return self.run(*arguments)
        with Progress("a masked program"):
            results = self.run(*arguments)
        self.seconds = time.perf_counter() - start
        self.inputs = tuple((tuple(a.shape), a.dtype) for a in arguments)
        return results


class Padded(Program):
    """The program of a call that runs as the masked program of another length."""

    padded = True

    def __init__(self, short, masked, valid, inputs, results):
        super().__init__(short.node, short.wanted, short.saving)
        self.layout, self.fault_table, self.sources = short.layout, short.fault_table, short.sources
        self.masked, self.valid = masked, np.asarray(valid, np.int64)
        self.cuts = [layout if ragged(layout) else None for layout in results]
        self.pads = [layout if ragged(layout) else None for layout in inputs]
        self.repeats = True
        self.kept = len(self.wanted) + sum(s is None for s in self.sources)  # results, and what a backward pass needs

    seconds = property(lambda self: self.masked.seconds)
    inputs = property(lambda self: self.masked.inputs)

    def analysis(self):
        if self.seconds is None:
            return None
        structs = [jax.ShapeDtypeStruct(*facts) for facts in self.inputs]
        with compat.x64():
            return compat.analyse(self.masked.run.lower(*structs).compile())

    def __call__(self, leaves, words):
        room, valid = self.masked.room, int(self.valid)
        arrays = [a if layout is None else lengthened(a, shape(layout, room)) for a, layout in zip(leaves, self.pads)]
        with compat.x64():
            results = self.masked(self.valid, words, *arrays)
            values = [a if cut is None else shortened(a, cut, room, valid) for a, cut in zip(results, self.cuts)]
        wanted, fresh = values[: len(self.wanted)], iter(values[len(self.wanted) : self.kept])
        saved = [next(fresh) if s is None else wanted[s[1]] if s[0] else leaves[s[1]] for s in self.sources]
        return wanted, saved, values[self.kept] if len(values) > self.kept else None


def lengthened(array, sizes):
    """More rows, copies of the first: values that the function can compute with. In numpy, which compiles nothing."""
    array = np.asarray(array)
    for axis, n in enumerate(sizes):
        first = array[(slice(None),) * axis + (slice(0, 1),)]
        array = np.concatenate([array, np.repeat(first, n - array.shape[axis], axis)], axis)
    return array


def shortened(array, layout, room, length):
    """What is right of a result."""
    device = next(iter(array.devices()))
    axes = [(axis,) if isinstance(axis, Any) else axis for axis in layout]
    parts = np.asarray(array).reshape([extent(f, room) for axis in axes for f in axis])
    cut = parts[tuple([slice(0, extent(f, length)) for axis in axes for f in axis])].reshape(shape(layout, length))
    cut = np.ascontiguousarray(cut)
    return cut if device.platform == "cpu" else jax.device_put(cut, device)


def extent(factor, length):
    """The size of one factor of an axis."""
    return size(factor if isinstance(factor, Any) else (factor,), length)
