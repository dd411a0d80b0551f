"""`cond`: one of two functions, chosen by a value, inside one program."""

import jax
import jax.numpy as jnp

from eagerjax.control import body, step
from eagerjax.control.run import remembered
from eagerjax.dispatch import enter_all
from eagerjax.runtime import dtype as dt
from eagerjax.runtime.errors import FINE
from eagerjax.tensor import Tensor

COND = step.operation("cond")


def cond(pred, true_fn, false_fn, operands=()):
    """`true_fn(*operands)` where `pred` holds, else `false_fn(*operands)`; only the chosen one is computed.

    pred: a bool, or a tensor of one boolean element. Both functions return tensors (in any nesting) of the same
    structure, shapes and dtypes. Gradients reach the operands and every other tensor that the functions read, such as
    parameters. Each function's Python runs once, whichever is chosen: it may not look at values, write to tensors from
    outside or keep tensors.

    >>> x = eagerjax.tensor(3.0, requires_grad=True)
    >>> eagerjax.cond(x > 2, lambda x: x * x, lambda x: -x, (x,))
    tensor(9., grad_fn=<CondBackward0>)
    """
    check_arguments(pred, true_fn, false_fn, operands)
    operands = tuple(operands)
    if isinstance(pred, bool):
        return (true_fn if pred else false_fn)(*operands)
    body.prepare()
    (condition,) = enter_all([pred])
    chosen = body.record("cond", true_fn, operands)
    other = body.record("cond", false_fn, operands)
    check_branches(chosen, other)
    inputs = step.Operands((condition,))
    wheres = inputs.take(chosen), inputs.take(other)
    function = remembered(
        ("cond", chosen.run.key, other.run.key, wheres), lambda: choice(chosen.run, other.run, wheres)
    )
    facts = [(*a[:3], a[3] or b[3]) for a, b in zip(chosen.facts, other.facts)]
    count = chosen.run.conditions + other.run.conditions
    facts += [((count,), dt.int64, condition.device, False)] if count else []
    refs = step.call(COND, function, inputs.refs, facts, (chosen, other))
    results = step.made(refs[: len(chosen.facts)])
    if count:
        step.refuse(refs[-1], (chosen, other))
    return jax.tree.unflatten(chosen.tree, results)


def check_arguments(pred, true_fn, false_fn, operands):
    if not isinstance(pred, (bool, Tensor)):
        raise RuntimeError(f"Expected pred to be bool or tensor, but got {pred}.")
    if isinstance(pred, Tensor) and (pred.numel() != 1 or pred.dtype is not dt.bool_):
        raise RuntimeError(f"cond: pred must be a tensor of one boolean element, got {pred.dtype} {tuple(pred.shape)}")
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    if not isinstance(operands, (tuple, list)):
        raise RuntimeError(f"Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of tensor "
                           f"leaves, but got {operands}.")  # fmt: skip


def check_branches(chosen, other):
    """Raises where the two functions do not return the same kind of thing."""
    for recorded, what in ((chosen, "true_fn"), (other, "false_fn")):
        step.check_result(recorded, "cond", what)
    if chosen.tree != other.tree:
        raise RuntimeError(f"cond: true_fn returns {chosen.tree} and false_fn returns {other.tree}: they must have the same "
                           "structure")  # fmt: skip
    for i, (a, b) in enumerate(zip(chosen.facts, other.facts)):
        if a[:3] != b[:3]:
            raise RuntimeError(
                f"cond: result {i} of true_fn is {describe(a)}, and of false_fn {describe(b)}: they must agree"
            )


def describe(fact):
    return f"{fact[1].name} {list(fact[0])} on {fact[2]}"


def choice(chosen, other, wheres):
    """The pure function of the step: condition and operands -> results (and the conditions of faults)."""
    split = len(chosen.scalars)

    def side(run, where, numbers, before, after):
        def compute(arrays, scalars):
            outs, found = run.compute([arrays[i] for i in where], scalars[numbers])
            quiet = [jnp.full((n,), FINE, jnp.int64) for n in (before, after)]
            return (*outs, jnp.concatenate([quiet[0], found, quiet[1]]))

        return compute

    def function(arrays, scalars=(), key=None):
        branches = (
            side(chosen, wheres[0], slice(0, split), 0, other.conditions),
            side(other, wheres[1], slice(split, None), chosen.conditions, 0),
        )
        *outs, found = jax.lax.cond(arrays[0].reshape(()), *branches, list(arrays), list(scalars))
        return (*outs, found) if found.size else tuple(outs)

    function.faults = None
    function.words = (*chosen.words, *(split + p for p in other.words))
    return function
