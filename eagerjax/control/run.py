"""A run of recorded steps as a pure function of the values that it reads, to stand inside XLA's control flow."""

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower.backward import ones
from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.lower.infer import scalar_struct
from eagerjax.ops import define
from eagerjax.record.trie import CALL, LEAF, PULL, ROOT
from eagerjax.runtime import compat
from eagerjax.runtime.errors import FINE


class Run:
    """Steps `nodes` with what they read (`inputs`: first those given, then what else there is) and what is wanted of them.

    Equal runs, wherever they were recorded, have equal keys.
    """

    def __init__(self, nodes, given, outs):
        self.nodes = [n for n in nodes if n.kind not in (LEAF, ROOT)]
        self.outs = outs
        self.inputs = list(given)
        numbers = {r: -1 - i for i, r in enumerate(given)}
        own = {r: None for n in self.nodes for r in n.results}

        def number(ref):
            found = numbers.get(ref)
            if found is None:
                if ref in own:
                    raise KeyError(ref)
                self.inputs.append(ref)
                found = numbers[ref] = -len(self.inputs)
            return found

        key, at = [], 0
        for node in self.nodes:
            operands = tuple(map(number, node.inputs))
            detail = None
            if node.kind is PULL:
                roots, plan = node.detail
                detail = (tuple(map(number, roots)), tuple(map(number, plan.targets)))
                detail += (tuple(number(n.results[0]) for n in plan.visited),)
            needs = tuple(r.needs for r in (*node.inputs, *node.results))
            key.append((node.kind, node.call, operands, len(node.results), needs, node.scalars, detail))
            for ref in node.results:
                numbers[ref] = at
                at += 1
        wanted = tuple(map(number, outs))
        facts = tuple((r.shape, r.dtype) for r in self.inputs)
        self.key = (tuple(key), wanted, len(given), facts)
        self.scalars = tuple(k for n in self.nodes for k in n.scalars)
        self.with_pull = frozenset(v for n in self.nodes if n.kind is PULL for v in n.detail[1].visited)
        self.faulty = [n for n in self.nodes if n.kind is CALL and n.call.faults is not None]
        self.texts = [texts(n) for n in self.faulty]
        self.words = tuple(words(self.nodes))

    def behind(self, refs):
        """The numbers of the inputs on which `refs` depend."""
        wanted = set(refs)
        for node in reversed(self.nodes):
            if not wanted.isdisjoint(node.results):
                wanted.update(node.inputs)
                if node.kind is PULL:
                    wanted.update(r for v in (node, *node.detail[1].visited) for r in (*v.inputs, *v.results))
        return [i for i, r in enumerate(self.inputs) if r in wanted]

    @property
    def conditions(self):
        """How many things values can get wrong."""
        return sum(map(len, self.texts))

    def compute(self, inputs, scalars, step=None, meet=None):
        """(results, conditions of faults as an int64 array). `step` is the number of a loop's round.

        meet: {step of the run: what is to be made of its results}.
        """
        evaluation = RunEvaluation(dict(zip(self.inputs, inputs)), scalars, self.with_pull, step, meet or {}).run(self.nodes)
        outs = [jnp.asarray(evaluation.values[r], r.dtype.np) for r in self.outs]
        found = [as_word(c) for c, *_ in evaluation.faults]
        return outs, jnp.stack(found) if found else jnp.zeros((0,), jnp.int64)


def texts(node):
    """[(is the condition a boolean?, error class, message)] of what values can get wrong in a call."""
    found = []

    def trace(arrays, scalars):
        for condition, kind, message in node.call.faults(arrays, scalars):
            found.append((jnp.asarray(condition).dtype == bool, kind, message))
        return ()

    structs = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.inputs]
    with compat.x64():
        jax.eval_shape(trace, structs, [scalar_struct(k) for k in node.scalars[: len(ones(node))]])
    return tuple(found)


def as_word(condition):
    condition = jnp.asarray(condition).reshape(())
    return jnp.where(condition, 1, FINE).astype(jnp.int64) if condition.dtype == bool else condition.astype(jnp.int64)


def words(nodes):
    """Positions, among the numbers of a run, of the words that random draws start from."""
    at = 0
    for node in nodes:
        if node.kind is CALL:
            yield from (at + p for p in words_of(node))
        at += len(node.scalars)


def words_of(node):
    if node.op.random:
        return (len(node.scalars) - 1,)
    return getattr(node.call, "words", ())


def is_control(node):
    """Is this a step that stands for a run of others?"""
    return node.kind is CALL and hasattr(node.call, "words")


class RunEvaluation(Evaluation):
    """Values along a run. What has no history for autograd has none for JAX either."""

    def __init__(self, values, scalars, with_pull, step, meet):
        super().__init__(Inline, (), (), with_pull)
        self.meet = meet
        self.values = values
        self.taken = iter(scalars)
        self.step = step

    def run_call(self, node):
        scalars = [next(self.taken) for _ in node.scalars]
        if self.step is not None:
            for at in words_of(node):
                scalars[at] = mixed(scalars[at], self.step)
        arrays = [self.values[r] for r in node.inputs]
        key = Inline.key(jnp.asarray(scalars.pop(), jnp.int64)) if node.op.random else None
        if node.call.faults is not None:
            self.faults += [(*fault, node) for fault in node.call.faults(arrays, scalars)]
        if node in self.with_pull:
            outs, self.pulls[node] = Inline.vjp(node, arrays, scalars, key)
        else:
            outs = Inline.call(node, arrays, scalars, key)
        if not any(r.needs for r in node.results) and any(r.needs for r in node.inputs):
            outs = [jax.lax.stop_gradient(o) for o in outs]
        if node in self.meet:
            outs = self.meet[node](list(outs))
        self.values.update(zip(node.results, outs))

    def run_detach(self, node):
        self.values[node.results[0]] = jax.lax.stop_gradient(self.values[node.inputs[0]])

    def run_pull(self, node):
        super().run_pull(node)
        for ref in node.results:
            self.values[ref] = jax.lax.stop_gradient(self.values[ref])


_GOLDEN, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def mixed(word, step):
    """The word of a draw in round `step` of a loop: SplitMix64 of both."""
    z = (
        jnp.asarray(word, jnp.int64).astype(jnp.uint64)
        + (jnp.asarray(step).astype(jnp.uint64) + np.uint64(1)) * _GOLDEN
    )
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return (z ^ (z >> np.uint64(31))).astype(jnp.int64)


REFUSE = define.Op(lambda input: input, name="refuse", homes="")
"""Reads the conditions that a run found, and is refused where one holds."""

_FUNCTIONS: dict[tuple, object] = {}
_MOST = 1000


def remembered(key, make):
    """One function object per meaning: compiled code is found by it."""
    found = _FUNCTIONS.get(key)
    if found is None:
        if len(_FUNCTIONS) >= _MOST:
            _FUNCTIONS.clear()
        found = _FUNCTIONS[key] = make()
    return found


def refusal(at, entries):
    """The function of a REFUSE step for the conditions from number `at` on."""

    def make():
        def function(arrays, scalars=(), key=None):
            return arrays[0][at]

        def faults(arrays, scalars=()):
            return [
                (arrays[0][at + i] != FINE if boolean else arrays[0][at + i], kind, message)
                for i, (boolean, kind, message) in enumerate(entries)
            ]

        function.faults = faults
        return function

    return remembered(("refuse", at, entries), make)
