"""`compile(..., pad_batches=True)`: shorter batches run through one masked program of the full batch's length."""

import time

import jax
import numpy as np

from eagerjax.lower.flush import saved_calls
from eagerjax.lower.program import Compiled, Program, pack
from eagerjax.record.trie import BULK, LEAF
from eagerjax.runtime import compat
from eagerjax.runtime.progress import Progress
from eagerjax.static.ragged import Unknown, plan, run


class Padding:
    """What a compiled function remembers about programs of full length."""

    def __init__(self):
        self.jaxprs = {}  # id of a full program -> (program, jaxpr)
        self.masked = {}  # (id of a full program, plan) -> Masked

    def full_length(self, key, variants):
        """(recordings of a longer batch, its length, this one's) that calls of kind `key` may be padded to, or None."""
        best = None
        for other, variant in variants.items():
            rows = lengths(other, key)
            recordings = [r.recording for r in variant.replays]
            recordings += [variant.last[0]] if variant.last is not None else []
            recordings = [r for r in recordings if type(r.program) is Compiled]
            if rows is not None and recordings and (best is None or rows[0] > best[1]):
                best = recordings, *rows
        return best

    def maker(self, found, say):
        """What makes the program of a watched call: padded if that is right; else None, and `say(why)`."""
        recordings, rows, valid = found

        def make(node, wanted, trace):
            short = Compiled(node, wanted, saved_calls(wanted, trace))
            why = "run at its own length: the full batch took other steps"
            for recording in recordings:
                try:
                    made = self.padded(recording, short, pack(trace.scalars), rows, valid)
                except Unknown as unknown:
                    why = f"run at its own length: {unknown}"
                    continue
                say(f"padded to {rows} rows")
                return made
            say(why)
            return None

        return make

    def padded(self, recording, short, words, rows, valid):
        program = recording.program
        known = self.jaxprs.get(id(program))
        if known is None:
            whole = Compiled(program.node, program.wanted, program.saving)
            jaxpr = traced(whole, pack(recording.scalars))
            known = self.jaxprs[id(program)] = (program, jaxpr, whole.sources)
        steps, results = plan(known[1], traced(short, words), rows, valid)
        if short.sources != known[2]:
            raise Unknown("it keeps other values for a backward pass")
        masked = self.masked.get((id(program), steps))
        if masked is None:
            masked = self.masked[id(program), steps] = Masked(known[1], steps, short.options())
        return Padded(short, masked, rows, valid, program, results)


def lengths(longer, shorter):
    """(N, n) where two kinds of arguments differ only in that first dimensions are N in one and n < N in the other."""
    if len(longer[1]) != len(shorter[1]) or (longer[0], longer[2:]) != (shorter[0], shorter[2:]):
        return None
    found = set()
    for a, b in zip(longer[1], shorter[1]):
        if a == b:
            continue
        if not (a[1:] == b[1:] and len(a[0]) == len(b[0]) and a[0]):
            return None
        if a[0][1:] != b[0][1:]:
            return None
        found.add((a[0][0], b[0][0]))
    rows = found.pop() if len(found) == 1 else None
    return rows if rows is not None and 0 < rows[1] < rows[0] else None


def traced(program, words):
    """The jaxpr of a program."""
    if any(n.kind is BULK for n in program.path):
        raise Unknown("it goes backward through a graph that was made outside")
    structs = [jax.ShapeDtypeStruct(words.shape, words.dtype)]
    structs += [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for n in program.path if n.kind is LEAF for r in n.results]
    with compat.x64():
        return jax.make_jaxpr(program.trace)(*structs)


class Masked:
    """The masked program of one full length; compiled once for all shorter ones."""

    def __init__(self, jaxpr, steps, options):
        def compute(rows, words, *leaves):
            return run(jaxpr, steps, [words, *leaves], rows)

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
    """The program of a short batch that runs as the masked program of the full one."""

    def __init__(self, short, masked, rows, valid, full, results):
        super().__init__(short.node, short.wanted, short.saving)
        self.layout, self.fault_table, self.sources = short.layout, short.fault_table, short.sources
        self.masked, self.rows, self.valid = masked, rows, np.asarray(valid, np.int64)
        self.cuts = results
        self.repeats = True
        self.kept = len(self.wanted) + sum(s is None for s in self.sources)  # results, and what a backward pass needs
        leaves = [[r.shape for n in p.path if n.kind is LEAF for r in n.results] for p in (full, short)]
        self.pads = [ragged_axis(a, b) for a, b in zip(*leaves)]

    seconds = property(lambda self: self.masked.seconds)
    inputs = property(lambda self: self.masked.inputs)

    def analysis(self):
        if self.seconds is None:
            return None
        structs = [jax.ShapeDtypeStruct(*facts) for facts in self.inputs]
        with compat.x64():
            return compat.analyse(self.masked.run.lower(*structs).compile())

    def __call__(self, leaves, words):
        arrays = [a if pad is None else lengthened(a, *pad) for a, pad in zip(leaves, self.pads)]
        results = self.masked(self.valid, words, *arrays)
        cuts = zip(results, self.cuts)
        values = [a if at is None else shortened(a, at[0], at[1] * int(self.valid)) for a, at in cuts]
        wanted, fresh = values[: len(self.wanted)], iter(values[len(self.wanted) : self.kept])
        saved = [next(fresh) if s is None else wanted[s[1]] if s[0] else leaves[s[1]] for s in self.sources]
        return wanted, saved, values[self.kept] if len(values) > self.kept else None


def ragged_axis(full, short):
    """(axis, missing rows) of an input that is to be padded, else None."""
    return next(((i, m - n) for i, (m, n) in enumerate(zip(full, short)) if m != n), None)


def lengthened(array, axis, missing):
    """More rows, copies of the first: values that the function can compute with. In numpy, which compiles nothing."""
    array = np.asarray(array)
    first = array[(slice(None),) * axis + (slice(0, 1),)]
    return np.concatenate([array, np.repeat(first, missing, axis)], axis)


def shortened(array, axis, length):
    device = next(iter(array.devices()))
    cut = np.asarray(array)[(slice(None),) * axis + (slice(0, length),)]
    return cut if device.platform == "cpu" else jax.device_put(cut, device)
