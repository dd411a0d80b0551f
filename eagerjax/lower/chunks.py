"""Chunks: straight runs of calls that programs have in common, compiled once and used in every path that holds them.

A program whose structure changes on every input (a tree, an episode) never takes the same path twice, but it is made
of the same pieces. A path is cut where the user's code jumps back (a loop's next round, a function called again);
equal pieces, up to where their operands come from, share one compiled forward and one compiled reverse function, or,
where all calls are small enough for numpy, one function of numpy code for either.
"""

import types

import jax

from eagerjax.lower import hosted
from eagerjax.lower.backward import wrt_of
from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.record.trie import CALL, LEAF, PULL
from eagerjax.runtime import config

LONGEST = 64
_KNOWN: dict[tuple, "Chunk | hosted.Host | None"] = {}
_SEEN: dict[tuple, int] = {}


class Piece:
    """One occurrence of a chunk in a path."""

    __slots__ = ("chunk", "exports", "inputs", "nodes")

    def __init__(self, nodes):
        self.nodes = nodes
        self.chunk = None
        self.inputs = ()  # Refs from outside
        self.exports = ()  # Refs that somebody outside needs


def cut(path):
    """The calls of a path in pieces: a new one where the code jumps back, or after LONGEST calls."""
    pieces, run, last = [], [], None
    for node in path:
        kind = node.kind
        if kind is not CALL:
            if kind is PULL or (kind is not LEAF and run):
                run = close(pieces, run)
            continue
        site = node.site
        if run and (len(run) >= LONGEST or node.call.faults is not None or (site[0] == last[0] and site[1] < last[1])):
            run = close(pieces, run)
        run.append(node)
        last = site
        if node.call.faults is not None:
            run = close(pieces, run)
    close(pieces, run)
    return pieces


def close(pieces, run):
    if run:
        pieces.append(Piece(run))
    return []


def arrange(path, wanted, with_pull, compiled):
    """{node: Piece} for the calls that run as part of a chunk, in numpy or, where `compiled()`, compiled; others one by one."""
    pieces = cut(path)
    exported = set(wanted)
    stops = set()
    for piece in pieces:
        first = piece.nodes[0].slots - len(piece.nodes[0].results)  # whoever comes before it is outside
        exported.update([r for n in piece.nodes for r in n.inputs if r.slot < first])
    for node in path:
        if node.kind is not CALL:
            exported.update(node.inputs)
            if node.kind is PULL:
                roots, plan = node.detail
                exported.update(roots)
                stops.update(t.node for t in plan.targets)
    inside = {}
    for piece in pieces:
        if len(piece.nodes) > 1 and stops.isdisjoint(piece.nodes):
            describe(piece, exported, with_pull, compiled)
            if piece.chunk is not None:
                inside.update(dict.fromkeys(piece.nodes, piece))
    return inside


def describe(piece, exported, with_pull, compiled):
    """Find (or make) the chunk of a piece: its calls with operands numbered from the piece's own view."""
    numbers, inputs, exports, key = {}, [], [], []
    local, pulled = 0, False
    for node in piece.nodes:
        back = node in with_pull
        pulled = pulled or back
        key += (node.call, back)
        for ref in node.inputs:
            number = numbers.get(ref)
            if number is None:
                number = numbers[ref] = -1 - len(inputs)
                inputs.append(ref)
            key.append(number)
        for ref in node.results:
            numbers[ref] = local
            local += 1
            if ref in exported:
                key.append(ref.index)
                exports.append(ref)
        key.append(node.scalars)  # a tuple: here the next call begins
    key = (tuple(key), tuple([r.needs for r in inputs]) if pulled else None)
    piece.inputs, piece.exports = inputs, exports
    chunk = _KNOWN.get(key, _KNOWN)
    if chunk is _KNOWN:
        chunk = None
        seen = _SEEN[key] = _SEEN.get(key, 0) + 1
        small = all(hosted.of(n, n in with_pull) is not None for n in piece.nodes)
        enough = config.repeats_before_numpy if small else config.repeats_before_compile
        if seen > enough and len(_KNOWN) < config.max_chunks and (small or compiled()):
            chunk = _KNOWN[key] = in_numpy(piece, numbers, pulled) if small else Chunk(piece, numbers, pulled)
            del _SEEN[key]
        elif len(_SEEN) > 10_000:
            _SEEN.clear()
    piece.chunk = chunk


def in_numpy(piece, numbers, pulled):
    """The Host of a piece of small calls; None where they have no numpy code together, or one writes to a part."""
    if any(n.op.writes for n in piece.nodes):
        return None
    wrt = wrt_of(piece) if pulled else None
    scalars = tuple([kind for n in piece.nodes for kind in n.scalars])
    step = types.SimpleNamespace(
        call=composed(piece, numbers), inputs=piece.inputs, results=piece.exports, scalars=scalars
    )
    return hosted.make(hosted.Host, step, wrt, len(piece.nodes))


def composed(piece, numbers):
    """The calls of a piece as one function of its inputs, which gives its exports."""
    steps = [
        (n.call, n.op.random, len(n.scalars), tuple(numbers[r] for r in n.inputs), len(n.results)) for n in piece.nodes
    ]
    exports = tuple(numbers[r] for r in piece.exports)

    def compute(inputs, scalars, key=None):
        values, scalars = {-1 - i: a for i, a in enumerate(inputs)}, iter(scalars)
        at = 0
        for call, random, taken, operands, results in steps:
            own = [next(scalars) for _ in range(taken)]
            key = Inline.key(own.pop()) if random else None
            out = call([values[o] for o in operands], own, key)
            values.update(zip(range(at, at + results), out if isinstance(out, (tuple, list)) else (out,)))
            at += results
        return tuple(values[e] for e in exports)

    return compute


class Chunk:
    """A run of calls as one compiled function of its outside operands, with its compiled reverse."""

    __slots__ = ("backward", "forward", "pulled", "wrt")

    def __init__(self, piece, numbers, pulled):
        compute = composed(piece, numbers)
        self.pulled = pulled
        self.wrt = wrt_of(piece) if pulled else ()

        def with_pull(inputs, scalars):
            def chosen(*arrays):
                full = list(inputs)
                for i, array in zip(self.wrt, arrays):
                    full[i] = array
                return compute(full, scalars)

            return jax.vjp(chosen, *[inputs[i] for i in self.wrt])

        def reverse(pull, cotangents, sums):
            return [g if s is None else s + g for g, s in zip(pull(cotangents), sums)]

        self.forward = jax.jit(with_pull if pulled else compute)
        self.backward = jax.jit(reverse)


class ChunkedEvaluation(Evaluation):
    """Stepwise execution in which the calls of known chunks run together."""

    def __init__(self, calls, leaves, words, with_pull, inside):
        super().__init__(calls, leaves, words, with_pull)
        self.inside = inside
        self.taken = []  # numbers for the piece under way

    def run_call(self, node):
        piece = self.inside.get(node)
        if piece is None:
            return super().run_call(node)
        self.taken += [self.number(kind) for kind in node.scalars]
        if node is piece.nodes[-1]:
            self.run_piece(piece)

    def run_piece(self, piece):
        outs = piece.chunk.forward([self.values[r] for r in piece.inputs], self.taken)
        self.taken = []
        if piece.chunk.pulled:
            outs, self.pulls[piece] = outs
        self.values.update(zip(piece.exports, outs))
