"""`scan` and `while_loop`: loops inside one program."""

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.autograd_mode import no_grad
from eagerjax.control import body, step
from eagerjax.control.branch import describe
from eagerjax.control.run import remembered
from eagerjax.dispatch import enter_all
from eagerjax.function import Function
from eagerjax.namespace import torch
from eagerjax.record.trace import state
from eagerjax.record.trie import Ref
from eagerjax.runtime import dtype as dt
from eagerjax.runtime.errors import FINE
from eagerjax.tensor import Tensor

SCAN, WHILE = step.operation("scan"), step.operation("while_loop")


# -- scan ----------------------------------------------------------------------------------------------
def scan(f, init, xs=None, length=None, reverse=False):
    """A loop over the first dimension of `xs`: `carry, y = f(carry, x)`. Returns the last carry and the stacked ys.

    init, xs and what `f` returns are tensors in any nesting; the carry keeps its shapes and dtypes. Without `xs`,
    `length` says how often. Gradients reach init, xs and every other tensor that `f` reads. `f`'s Python runs once;
    draws of random numbers differ from round to round.

    >>> eagerjax.scan(lambda total, x: (total + x, total + x), eagerjax.tensor(0.0), eagerjax.tensor([1.0, 2.0, 3.0]))
    (tensor(6.), tensor([1., 3., 6.]))
    """
    carries, carry_tree = step.tensors_of(init, "scan", "the members of init")
    slices, xs_tree = step.tensors_of(xs, "scan", "the members of xs")
    length = length_of(slices, length)
    body.prepare()
    refs = enter_all([*carries, *slices])
    given = [*refs[: len(carries)], *[Ref(r.shape[1:], r.dtype, r.device, r.needs) for r in refs[len(carries) :]]]

    def arrange(tensors):
        n = len(carries)
        return jax.tree.unflatten(carry_tree, tensors[:n]), jax.tree.unflatten(xs_tree, tensors[n:])

    recorded = body.record("scan", f, arrange, given) if given else body.record("scan", f, (init, xs))
    step.check_result(recorded, "scan", "f")
    ys_tree = check_carry(recorded, carry_tree, given[: len(carries)], "scan", pair=True)
    inputs = step.Operands(refs)
    where = inputs.take(recorded)
    run, n = recorded.run, len(carries)
    key = ("scan", run.key, where, n, len(slices), length, bool(reverse))
    function = remembered(key, lambda: scanned(run, where, n, len(slices), length, bool(reverse)))
    facts = recorded.facts[:n] + [((length, *s), *rest) for s, *rest in recorded.facts[n:]]
    facts += faults_of(run, inputs.refs)
    outs = step.call(SCAN, function, inputs.refs, facts, (recorded,))
    results = step.made(outs[: len(recorded.facts)])
    if run.conditions:
        step.refuse(outs[-1], (recorded,))
    return jax.tree.unflatten(carry_tree, results[:n]), jax.tree.unflatten(ys_tree, results[n:])


def length_of(slices, length):
    lengths = {t.shape[0] if t.ndim else None for t in slices}
    if None in lengths:
        raise ValueError("scan: each member of xs needs a first dimension to loop over, and one has none")
    if length is not None:
        lengths.add(int(length))
    if len(lengths) != 1:
        raise ValueError("scan: give xs or length" if not lengths else f"scan: lengths differ: {sorted(lengths)}")
    return lengths.pop()


def check_carry(recorded, tree, given, name, pair=False):
    """Raises TypeError unless the new carry is like the old one. Returns the structure of what comes with it."""
    found = recorded.tree
    rest = None
    if pair:
        parts = found.children()
        if found.node_data() is None or found.node_data()[0] is not tuple or len(parts) != 2:
            raise TypeError(f"{name}: the function must return a pair (carry, y), not {found}")
        found, rest = parts
    if found != tree:
        raise TypeError(f"{name}: the carry that comes back has another structure: {found} instead of {tree}")
    for i, (fact, ref) in enumerate(zip(recorded.facts, given)):
        if fact[:2] != (ref.shape, ref.dtype):
            raise TypeError(f"{name}: member {i} of the carry is {describe((ref.shape, ref.dtype, ref.device))} before a round "
                            f"and {describe(fact)} after it: it must keep its shape and dtype")  # fmt: skip
    return rest


def faults_of(run, refs):
    """Facts of the hidden result that holds the conditions of faults."""
    return [((run.conditions,), dt.int64, refs[0].device, False)] if run.conditions else []


def first(old, new):
    """Conditions of faults so far: what an earlier round found stays."""
    return jnp.where(old == FINE, new, old)


def scanned(run, where, carries, slices, length, reverse):
    """The pure function of a scan: (carry, xs, captured) -> (carry, ys, conditions of faults)."""

    def function(arrays, scalars=(), key=None):
        captured, scalars = [arrays[i] for i in where], list(scalars)

        def one_round(state, given):
            carry, found = state
            at, xs = given
            outs, new = run.compute([*carry, *xs, *captured], scalars, at)
            return (outs[:carries], first(found, new)), outs[carries:]

        start = list(arrays[:carries]), jnp.full((run.conditions,), FINE, jnp.int64)
        xs = np.arange(length), list(arrays[carries : carries + slices])
        (carry, found), ys = jax.lax.scan(one_round, start, xs, length=length, reverse=reverse)
        return (*carry, *ys, found) if found.size else (*carry, *ys)

    function.faults = None
    function.words = run.words
    return function


# -- while_loop ------------------------------------------------------------------------------------------
def while_loop(cond_fn, body_fn, carried_inputs, *, max_steps=None):
    """`while cond_fn(*carried): carried = body_fn(*carried)`, inside one program. Returns what is carried last.

    carried_inputs: a tuple of tensors (in any nesting; numbers become tensors); `body_fn` returns the same again, with the
    same shapes and dtypes, and `cond_fn` a tensor of one boolean element. The Python of both runs once.

    max_steps: the most rounds there may be; it is an error if they do not suffice. A loop without a bound has no reverse
    mode, and raises in backward(); with it gradients reach the inputs and every other tensor that the functions read, at
    the price of `max_steps` rounds' memory.

    >>> eagerjax.while_loop(lambda x: x < 100, lambda x: (x * 2,), (eagerjax.tensor(3),))
    (tensor(192),)
    """
    if not callable(cond_fn) or not callable(body_fn):
        raise RuntimeError("Expect cond_fn and body_fn to be callable.")
    if not isinstance(carried_inputs, (tuple, list)):
        raise RuntimeError(f"Expect carried_inputs to be a tuple or list, got {type(carried_inputs)}")
    inputs = tuple(jax.tree.map(as_tensor, tuple(carried_inputs)))
    carries, tree = step.tensors_of(inputs, "while_loop", "carried_inputs")
    if not carries:
        raise RuntimeError("while_loop: carried_inputs holds no tensor")
    if max_steps is not None:
        return jax.tree.unflatten(tree, looped(cond_fn, body_fn, carries, tree, int(max_steps)))
    if not state.trace.grad:
        return jax.tree.unflatten(tree, looped(cond_fn, body_fn, carries, tree, None))
    return jax.tree.unflatten(tree, unbounded(cond_fn, body_fn, carries, tree))


def as_tensor(value):
    return torch.tensor(value) if isinstance(value, (bool, int, float)) else value


class Unbounded(Function):
    """Stands in the history of a loop without a bound."""

    @staticmethod
    def forward(ctx, count, *tensors):
        ctx.set_materialize_grads(False)
        return tuple(t.clone() for t in tensors[:count])

    @staticmethod
    def backward(ctx, *grads):
        raise RuntimeError("while_loop has no reverse mode: nobody knows beforehand how many rounds' values backward needs. "
                           "Give the most rounds there may be as max_steps=, or use eagerjax.scan.")  # fmt: skip


def unbounded(cond_fn, body_fn, carries, tree):
    """A loop whose results require grad where they depend on what does, and raise in backward."""
    with no_grad():
        results, read = looped(cond_fn, body_fn, carries, tree, None, True)
    if not any(t.requires_grad for t in read):
        return results
    return list(Unbounded.apply(len(results), *results, *read))


def looped(cond_fn, body_fn, carries, tree, limit, reads=False):
    """The results of a loop; with `reads` also the tensors that it depends on."""
    body.prepare()
    refs = enter_all(carries)

    def arrange(tensors):
        return jax.tree.unflatten(tree, tensors)

    test = body.record("while_loop", cond_fn, arrange, refs)
    check_test(test)
    recorded = body.record("while_loop", lambda *given: normal(body_fn(*given)), arrange, refs)
    step.check_result(recorded, "while_loop", "body_fn")
    check_carry(recorded, tree, refs, "while_loop")
    inputs = step.Operands(refs)
    wheres = inputs.take(test), inputs.take(recorded)
    key = ("while", test.run.key, recorded.run.key, wheres, limit)
    function = remembered(key, lambda: repeated(test.run, recorded.run, wheres, len(refs), limit))
    runs = (test, recorded)
    count = test.run.conditions + recorded.run.conditions + (limit is not None)
    facts = [(*f[:3], f[3] or r.needs) for f, r in zip(recorded.facts, refs)]
    facts += [((count,), dt.int64, refs[0].device, False)] if count else []
    outs = step.call(SCAN if limit is not None else WHILE, function, inputs.refs, facts, runs)
    results = step.made(outs[: len(refs)])
    if count:
        step.refuse(outs[-1], runs)
    if limit is not None:
        text = f"while_loop: the condition still held after max_steps={limit} rounds"
        step.note(outs[-1], count - 1, ((True, RuntimeError, text),), body.user_site())
    return (results, [*carries, *captured(test), *captured(recorded)]) if reads else results


def captured(recorded):
    """What a recorded function reads from outside, as tensors."""
    return [step.made([c])[0] if type(c) is Ref else c[1] for c in recorded.captured]


def normal(result):
    return (result,) if isinstance(result, Tensor) else tuple(result)


def check_test(test):
    if len(test.facts) != 1 or test.facts[0][1] is not dt.bool_ or any(n != 1 for n in test.facts[0][0]):
        got = ", ".join(map(describe, test.facts)) or "no tensor"
        raise RuntimeError(f"while_loop: cond_fn must return a tensor of one boolean element, got {got}")


def repeated(test, run, wheres, carries, limit):
    """The pure function of a while loop; with a limit, a scan that goes on idly once the condition fails."""
    split = len(test.scalars)

    def function(arrays, scalars=(), key=None):
        known = [[arrays[i] for i in where] for where in wheres]
        scalars = list(scalars)

        def holds(at, carry):
            (out,), found = test.compute([*carry, *known[0]], scalars[:split], at)
            return out.reshape(()), found

        def one_round(state):
            at, carry, found, _ = state
            outs, new = run.compute([*carry, *known[1]], scalars[split:], at)
            again, tested = holds(at + 1, outs)
            return at + 1, outs, first(found, jnp.concatenate([tested, new])), again

        carry = list(arrays[:carries])
        again, tested = holds(np.int64(0), carry)
        found = jnp.concatenate([tested, jnp.full((run.conditions,), FINE, jnp.int64)])
        start = jnp.asarray(0, jnp.int64), carry, found, again
        _, carry, found, again = (
            jax.lax.while_loop(lambda s: s[3], one_round, start) if limit is None else bounded(one_round, start)
        )
        if limit is not None:
            found = jnp.append(found, jnp.where(again, 1, FINE).astype(jnp.int64))
        return (*carry, found) if found.size else tuple(carry)

    def bounded(one_round, start):
        def one(state, _):
            return jax.lax.cond(state[3], one_round, lambda s: s, state), None

        return jax.lax.scan(one, start, None, length=limit)[0]

    function.faults = None
    function.words = (*test.words, *(split + p for p in run.words))
    return function
