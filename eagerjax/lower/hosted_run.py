"""Stepwise execution in which small calls run as numpy code, and the others through their compiled calls."""

import functools

import numpy as np

from eagerjax.lower import hosted, segments
from eagerjax.lower.chunks import ChunkedEvaluation
from eagerjax.lower.hosted import ARRAYS, Host, Pull
from eagerjax.lower.row_sums import RowSum, computed

_new = object.__new__


class HostedEvaluation(ChunkedEvaluation):
    """The values of a run are numpy arrays where numpy code made them, and JAX arrays elsewhere."""

    def run_call(self, node):
        if node in self.inside:
            return super().run_call(node)
        pulled = node in self.with_pull
        host = hosted.of(node, pulled)
        if host is None:
            return super().run_call(node)
        given = self.given(node.inputs)
        if node.scalars:
            given += [self.number(kind) for kind in node.scalars]
            if node.op.random:
                given[-1] = self.calls.key(given[-1])
        if node.call.faults is not None and not node.check:
            self.note_faults(node, given)
        outs = host.run(*given)
        if pulled:
            pull = self.pulls[node] = _new(Pull)
            pull.host, pull.saved = host, outs[host.count :]
        self.values.update(zip(node.results, outs))

    def given(self, refs):
        """The values of operands as numpy code takes them."""
        values, given = self.values, []
        for ref in refs:
            array = values[ref]
            if type(array) not in ARRAYS:
                array = values[ref] = np.asarray(array)  # the next reader has it
            given.append(array)
        return given

    def run_piece(self, piece):
        host = piece.chunk
        if type(host) is not Host:
            return super().run_piece(piece)
        outs = host.run(*self.given(piece.inputs), *self.taken)
        self.taken = []
        if host.wrt:
            pull = self.pulls[piece] = _new(Pull)
            pull.host, pull.saved = host, outs[host.count :]
        self.values.update(zip(piece.exports, outs))

    def note_faults(self, node, given):
        check = hosted.faults(node)
        n = len(node.inputs)
        found = self.calls.faults(node, given[:n], given[n:]) if check is None else check(given[:n], given[n:])
        self.faults += [(*fault, node) for fault in found]

    def run_pull_segment(self, node):
        if not node.detail[2].repeats:  # what ran stepwise will hardly come again; else it is worth code of its own
            return super().run_pull_segment(node)
        row = self.inside.get(node)
        if row is None:
            return self.run_segment(node)
        if node is row.nodes[-1]:
            for alone in row.run(self.values):
                self.run_segment(alone)

    def run_segment(self, node):
        saved = self.values[node.inputs[0]]
        whole = segments.segment(node, saved)
        given = [*saved, *[self.values[ref] for ref in node.inputs[1:]]]
        if whole.hosted:
            given = [a if type(a) in ARRAYS else np.asarray(a) for a in given]
        self.values.update(zip(node.results, whole.run(*given)))

    def visit(self, visited, grads, pulls, inside, done):
        pull = pulls.get(visited)
        if type(pull) is not Pull:
            return super().visit(visited, grads, pulls, inside, done)
        got = iter(pull.host.pull(pull.saved, cotangents(grads, visited.results)))
        for ref in visited.inputs:
            if ref.needs:
                self.accumulate(grads, ref, next(got))

    def visit_piece(self, piece, grads, pulls, done):
        if type(pull := pulls[piece]) is not Pull:
            grads.update({r: computed(grads[r]) for r in piece.inputs if r in grads})
            return super().visit_piece(piece, grads, pulls, done)
        done.add(piece)
        got = pull.host.pull(pull.saved, cotangents(grads, piece.exports))
        for i, grad in zip(pull.host.wrt, got):
            self.accumulate(grads, piece.inputs[i], grad)

    def accumulate(self, grads, ref, grad):
        before = grads.get(ref)
        if before is None:
            grads[ref] = grad
        elif type(before) is RowSum and type(grad) is RowSum:
            before.add(grad)
        else:
            grads[ref] = self.accumulated(computed(before), computed(grad))

    def accumulated(self, a, b):
        return a + b if type(a) in ARRAYS and type(b) in ARRAYS else self.calls.add(a, b)

    def conjugate(self, ref, grad):
        return super().conjugate(ref, computed(grad))

    def cotangent(self, grads, ref):
        return computed(super().cotangent(grads, ref))


def cotangents(grads, refs):
    """The gradients of results, as numpy code takes them."""
    found = []
    for ref in refs:
        grad = computed(grads.get(ref))
        if grad is None:
            grad = zeros(ref.shape, ref.dtype)
        elif type(grad) not in ARRAYS:
            grad = np.asarray(grad)
        found.append(grad)
    return found


@functools.lru_cache(1024)
def zeros(shape, dtype):
    made = np.zeros(shape, dtype.np)
    made.flags.writeable = False
    return made


def all_hosted(path, with_pull):
    """Do the calls of a path run as numpy code, save for a few?"""
    kinds = {}
    for node in path:
        if node.kind == "call":
            kinds.setdefault((node.call, node in with_pull), []).append(node)
    compiled = sum([len(nodes) for (_, pulled), nodes in kinds.items() if hosted.of(nodes[0], pulled) is None])
    return 4 * compiled < sum(map(len, kinds.values()))
