"""Running a path: one loop that serves the compiled programs (inside jax.jit) and stepwise execution alike."""

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower.backward import vjp, wrt_of
from eagerjax.ops import define


class Evaluation:
    """The values along one run of a path.

    `calls` says how an op is run (inline while tracing, or one compiled op at a time); `with_pull` are the calls
    whose reverse pass will be wanted.
    """

    native = frozenset()  # results that come with channels last

    def __init__(self, calls, leaves, words, with_pull):
        self.calls = calls
        self.leaves = iter(leaves)
        self.words = words
        self.at = 0
        self.with_pull = with_pull
        self.values = {}
        self.pulls = {}  # call (or piece of calls) -> its pull
        self.inside = {}  # call -> the piece it ran in
        self.faults = []  # (condition, error class, message, node)

    def run(self, path):
        runs = {}  # kind of node -> the method for it
        for node in path:
            run = runs.get(node.kind)
            if run is None:
                run = runs[node.kind] = getattr(self, "run_" + node.kind)
            run(node)
        return self

    def run_leaf(self, node):
        self.values[node.results[0]] = next(self.leaves)

    def run_bulk(self, node):
        self.values[node.results[0]] = [next(self.leaves) for _ in range(node.detail)]

    def run_variable(self, node):
        self.values[node.results[0]] = self.values[node.inputs[0]]

    run_detach = run_variable

    def run_root(self, node):
        """(Where a path was once taken aside.)"""

    def run_call(self, node):
        arrays = [self.values[r] for r in node.inputs]
        scalars = [self.number(kind) for kind in node.scalars]
        key = self.calls.key(scalars.pop()) if node.op.random else None
        if node.call.faults is not None and not node.check:
            self.faults += [(*fault, node) for fault in self.calls.faults(node, arrays, scalars)]
        if node in self.with_pull:
            outs, self.pulls[node] = self.calls.vjp(node, arrays, scalars, key)
        else:
            outs = self.calls.call(node, arrays, scalars, key)
        self.values.update(zip(node.results, outs))

    def number(self, kind):
        """The next number of the trace as a 0-dim array."""
        at = self.at
        self.at += 2 if kind is define.COMPLEX else 1
        return self.calls.number(self.words, at, kind)

    def run_pull(self, node):
        roots, plan = node.detail
        self.reverse(node, roots, node.inputs, plan, self.pulls, self.inside)

    def run_pull_segment(self, node):
        roots, plan, program, summed = node.detail
        n = len(node.inputs) - len(summed)
        pulls = program.restore(self.values[node.inputs[0]])
        self.reverse(node, roots, node.inputs[1:n], plan, pulls, program.inside)
        for at, ref in zip(summed, node.inputs[n:]):
            result = node.results[at]
            self.values[result] = self.calls.add(self.values[ref], self.values[result])

    def reverse(self, node, roots, cotangents, plan, pulls, inside):
        """The reverse pass: each visited call pulls the gradients of its results back to its operands."""
        grads, done = {}, set()
        for root, cotangent in zip(roots, cotangents):
            self.accumulate(grads, root, self.conjugate(root, self.values[cotangent]))
        for visited in plan.visited:
            if inside.get(visited) not in done:  # else it went back with its piece
                self.visit(visited, grads, pulls, inside, done)
        self.values.update(zip(node.results, [self.conjugate(t, grads[t]) for t in plan.targets]))

    def conjugate(self, ref, grad):
        """PyTorch's gradient of a complex value is the conjugate of JAX's."""
        return self.calls.conjugate(grad) if ref.dtype.is_complex else grad

    def visit(self, visited, grads, pulls, inside, done):
        piece = inside.get(visited)
        if piece is not None:  # the pulls are those of whole pieces, and this program has them inline
            return self.visit_piece(piece, grads, pulls, done)
        wanted = [r for r in visited.inputs if r.needs]
        got = self.calls.pull(pulls[visited], tuple([self.cotangent(grads, r) for r in visited.results]))
        for ref, grad in zip(wanted, got):
            self.accumulate(grads, ref, grad)

    def visit_piece(self, piece, grads, pulls, done):
        """The reverse pass of a whole piece, whose pull an earlier program saved."""
        done.add(piece)
        wanted = [piece.inputs[i] for i in piece.chunk.wrt]
        cotangents = tuple([self.cotangent(grads, r) for r in piece.exports])
        grads.update(
            zip(wanted, self.calls.pull_piece(piece, pulls[piece], cotangents, [grads.get(r) for r in wanted]))
        )

    def accumulate(self, grads, ref, grad):
        grads[ref] = self.calls.add(grads[ref], grad) if ref in grads else grad

    def cotangent(self, grads, ref):
        found = grads.get(ref)
        if found is not None:
            return found
        if ref.dtype.category < 2:
            return np.zeros(ref.shape, jax.dtypes.float0)
        return self.calls.zeros(ref)


class Inline:
    """Calls become part of the program that is being traced."""

    @staticmethod
    def key(word):
        return jax.lax.bitcast_convert_type(word, jnp.uint32)

    @staticmethod
    def number(words, at, kind):
        word = words[at]
        if kind is define.FLOAT:
            return jax.lax.bitcast_convert_type(word, jnp.float64)
        if kind is define.COMPLEX:
            return jax.lax.complex(*(jax.lax.bitcast_convert_type(words[at + i], jnp.float64) for i in (0, 1)))
        return word != 0 if kind is define.BOOL else word

    @staticmethod
    def call(node, arrays, scalars, key):
        out = node.call(arrays, scalars, key)
        return out if isinstance(out, (tuple, list)) else (out,)

    @staticmethod
    def vjp(node, arrays, scalars, key):
        return vjp(node.call, arrays, scalars, wrt_of(node), key)

    @staticmethod
    def faults(node, arrays, scalars):
        return node.call.faults(arrays, scalars)

    @staticmethod
    def pull(pull, cotangents):
        return pull(cotangents)

    @staticmethod
    def pull_piece(piece, pull, cotangents, sums):
        return [g if s is None else s + g for g, s in zip(pull(cotangents), sums)]

    conjugate = staticmethod(jnp.conj)

    @staticmethod
    def add(a, b):
        return a + b

    @staticmethod
    def zeros(ref):
        return jnp.zeros(ref.shape, ref.dtype.np)
