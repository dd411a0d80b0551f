"""Gradients that can be differentiated again (`create_graph=True`): the reverse pass as an op of its own.

The op is a function of the values that the visited calls read and of the incoming gradients; it replays the calls
inside. XLA merges what the forward computed already.
"""

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.dispatch import enter_all, pending
from eagerjax.lower import recorder, stepwise
from eagerjax.lower.backward import COTANGENT, routes, union
from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.lower.program import pack
from eagerjax.ops import define
from eagerjax.record.trace import concrete_ref, state
from eagerjax.record.trie import CALL, LEAF, Node
from eagerjax.runtime import compat
from eagerjax.tensor import from_array

PULL_OP = define.Op(lambda input: input, name="pull", homes="")


def record(trace, roots, plan, cotangents):
    """Gradients of `plan.targets`, as tensors with history; None if entering a gradient has run the open trace."""
    inputs = outside(plan)
    if trace is state.trace:
        refs = enter_all(cotangents)
        return call(trace, roots, plan, refs + inputs, numbers_of(trace, plan)) if trace is state.trace else None
    trace.segment.program.outlived = True  # the op goes through its path again wherever it runs
    refs = enter_all([*cotangents, *values_of(trace, inputs)])
    return call(state.trace, roots, plan, refs, numbers_of(trace, plan))


def outside(plan):
    """The Refs that the visited calls read and do not compute."""
    visited = set(plan.visited)
    return tuple({r: None for n in reversed(plan.visited) for r in n.inputs if r.node not in visited})


def numbers_of(trace, plan):
    """The numbers that the visited calls took from their trace, in order of the path."""
    scalars = trace.scalars if trace.segment is None else trace.segment.scalars
    found, at = {}, 0
    for node in max(plan.visited, key=lambda n: n.slots).path():
        found[node] = scalars[at : at + len(node.scalars)]
        at += len(node.scalars)
    return [s for n in reversed(plan.visited) for s in found[n]]


def values_of(trace, refs):
    """The values that `refs` had in a trace that has run, computed again, with the history they had."""
    segment = trace.segment
    path = segment.program.path
    # A program that has given its inputs away left only calls whose derivative does not depend on any value.
    leaves = segment.leaves or [np.zeros(n.results[0].shape, n.results[0].dtype.np) for n in path if n.kind is LEAF]
    with compat.x64():
        values = (
            Evaluation(stepwise, leaves, pack(segment.scalars), frozenset(segment.program.with_pull)).run(path).values
        )
    return [with_source(values[r], r, trace) for r in refs]


def with_source(array, ref, trace):
    made = from_array(array, ref.dtype, ref.device)
    if ref.needs:
        made._source = trace.sources.get(ref) or (trace, ref)
        made._ref = concrete_ref(ref.shape, ref.dtype, ref.device, True)
    return made


def call(trace, roots, plan, refs, numbers):
    """Record the op. `refs` are the gradients of the roots, then the outside values."""
    key = (PULL_OP, plan, roots, trace.grad, *refs)
    node = trace.node.get(key)
    if node is None:
        node = Node(trace.node, CALL, refs, PULL_OP, (), tuple(k for n in reversed(plan.visited) for k in n.scalars))
        node.call = pull_function(roots, plan)  # pyright: ignore[reportAttributeAccessIssue]
        node.several = True
        node.reads = read = reads(plan, roots)
        known = sum([1 << i for i, r in enumerate(refs) if r.needs]) if trace.grad else 0
        node.give([(t.shape, t.dtype, t.device, r & known != 0) for t, r in zip(plan.targets, read)])
        recorder.grow(trace, key, node)
    trace.scalars.extend(numbers)
    trace.node = node
    return [pending(trace, r) for r in node.results]


def reads(plan, roots):
    """For each target, as bits, what its gradient is computed from: the gradients of the roots, then the outside values.

    Others have no gradient here, which is not the same as zeros: an optimizer passes them by.
    """
    values = {r: 1 << len(roots) + i for i, r in enumerate(outside(plan))}
    for node in reversed(plan.visited):
        for result, read in zip(node.results, node.reads or [ALL] * len(node.results)):
            values[result] = union([values[r] for i, r in enumerate(node.inputs) if read >> i & 1])
    grads = {root: 1 << i for i, root in enumerate(roots)}
    for node in plan.visited:
        above = union([grads.get(r, 0) for r in node.results])
        for ref, route in zip([r for r in node.inputs if r.needs], routes(node)):
            found = [above if i == COTANGENT else values[node.inputs[i]] for i in route]
            grads[ref] = union([grads.get(ref, 0), *found])
    return [grads[t] for t in plan.targets]


ALL = -1


def pull_function(roots, plan):
    """(gradients of the roots, outside values) -> gradients of the targets, as a pure function."""
    inputs = outside(plan)
    order = tuple(reversed(plan.visited))
    wanted = [inputs.index(t) for t in plan.targets]

    def function(arrays, scalars=(), key=None):
        cotangents, outer = arrays[: len(roots)], arrays[len(roots) :]

        def forward(*chosen):
            values = dict(zip(inputs, outer))
            values.update((inputs[i], c) for i, c in zip(wanted, chosen))
            replay(order, values, iter(scalars))
            return tuple(values[r] for r in roots)

        _, pull = jax.vjp(forward, *[outer[i] for i in wanted])
        grads = pull(tuple(turned(r, c) for r, c in zip(roots, cotangents)))
        return tuple(turned(t, g) for t, g in zip(plan.targets, grads))

    function.faults = None
    function.within = frozenset(order).union(*[n.call.within for n in order if n.op is PULL_OP])  # calls that it goes through
    return function


def turned(ref, grad):
    """PyTorch's gradient of a complex value is the conjugate of JAX's."""
    return jnp.conj(grad) if ref.dtype.is_complex else grad


def replay(order, values, scalars):
    for node in order:
        taken = [next(scalars) for _ in node.scalars]
        key = Inline.key(taken.pop()) if node.op.random else None
        outs = Inline.call(node, [values[r] for r in node.inputs], taken, key)
        values.update(zip(node.results, outs))
