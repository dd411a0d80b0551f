"""Rematerialisation: a function whose intermediate values are computed again in the reverse pass instead of being kept."""

import warnings

import jax
import jax.numpy as jnp
from jax.ad_checkpoint import checkpoint_name

from eagerjax import alias
from eagerjax.autograd_mode import no_grad
from eagerjax.control import body, step
from eagerjax.control.run import remembered
from eagerjax.control.selective import kept_nodes, policy_of
from eagerjax.lower import recorder
from eagerjax.ops.view import straight_through
from eagerjax.record.trace import Leaf, state
from eagerjax.runtime import dtype as dt
from eagerjax.runtime.errors import NotSupportedError
from eagerjax.tensor import Tensor

CHECKPOINT = step.operation("checkpoint")


def noop_context_fn():
    """The default of `context_fn`: nothing around the function."""
    raise NotImplementedError("a marker, not to be called")


def checkpoint(function, *args, use_reentrant=None, context_fn=noop_context_fn, determinism_check="default", debug=False,
               early_stop=True, **kwargs):  # fmt: skip
    """`function(*args, **kwargs)`, keeping for the reverse pass only what it reads; the rest is computed again there.

    Draws of random numbers (dropout) are the same in both computations. The Python of `function` runs once.
    `determinism_check`, `debug`, `early_stop` and `preserve_rng_state` are accepted: a recorded function can't differ
    when it runs again. A function that looks at values, or uses a custom autograd.Function or hooks of tensors, runs as
    if it had been called directly, with a warning. `context_fn` may say which results are kept all the same
    (`create_selective_checkpoint_contexts`); raises NotSupportedError for one that gives other contexts.

    >>> y = torch.utils.checkpoint.checkpoint(layers, x, use_reentrant=False)
    """
    use_reentrant = reentrant(use_reentrant, "", 3)
    kwargs.pop("preserve_rng_state", True)
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant and (context_fn is not noop_context_fn or debug is not False):
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    policy = None
    if context_fn is not noop_context_fn and (policy := policy_of(context_fn())) is None:
        raise NotSupportedError("checkpoint: context_fn can't be around a recomputation that runs no Python; what it may give is "
                                "create_selective_checkpoint_contexts(...)")  # fmt: skip
    if not state.trace.grad:
        return function(*args, **kwargs)
    if use_reentrant and not any(isinstance(a, Tensor) and a.requires_grad for a in args):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)
        with no_grad():
            return function(*args, **kwargs)
    return recorded_call(function, args, kwargs, policy)


def reentrant(value, name, level):
    if value is not None:
        return value
    warnings.warn(
        f"torch.utils.checkpoint{name}: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
        "calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you "
        "need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on "
        "the differences between the two variants.",
        stacklevel=level,
    )
    return True


def recorded_call(called, args, kwargs, policy=None):
    """The function as one step that keeps its operands only."""
    body.prepare()
    recorded = body.record("checkpoint", lambda: called(*args, **kwargs), (), effects=True)
    if type(recorded) is not body.Recorded:
        return recorded
    inputs = step.Operands()
    where = inputs.take(recorded)
    run = recorded.run
    facts = list(recorded.facts)
    if run.conditions:
        facts.append(((run.conditions,), dt.int64, facts[0][2], False))
    platform = facts[0][2].type if facts else "cpu"
    kept = kept_nodes(run, policy) if policy is not None else ()
    key = ("checkpoint", run.key, where, platform, kept)
    function = remembered(key, lambda: rematerialised(run, where, platform, kept))
    refs = step.call(CHECKPOINT, function, inputs.refs, facts, (recorded,)) if facts else ()
    if run.conditions:
        step.refuse(refs[-1], (recorded,))
    return results(recorded, list(refs))


def results(recorded, refs):
    """The function's result; what it wrote to and what it keeps elsewhere get their values."""
    shown = sum(leaf is None for leaf in recorded.leaves)
    kept = {}
    for holder, ref, source in zip(recorded.effects, refs[shown:], recorded.sources):
        kept[id(holder)] = holder
        trace = state.trace
        if type(source) is Leaf:
            ref = recorder.variable(trace, recorder.detach(trace, ref), source)
        alias.become(holder, trace, ref)
    fresh = iter(refs)
    leaves = []
    for leaf, identity in zip(recorded.leaves, recorded.identities):
        if leaf is None:
            ref = next(fresh)
            leaf = kept[identity] if identity in kept else step.made([ref])[0]
        leaves.append(leaf)
    return jax.tree.unflatten(recorded.tree, leaves)


def rematerialised(run, where, platform, kept):
    """The pure function of the step. `kept` are the numbers of the steps whose results are not computed again."""
    nodes = [run.nodes[i] for i in kept]

    def compute(captured, scalars, meet=named):
        outs, found = run.compute(captured, scalars, meet=dict.fromkeys(nodes, meet))
        return (*outs, found) if run.conditions else tuple(outs)

    if platform == "cpu":
        again = recomputed_on_cpu(run, compute)
    else:
        again = jax.checkpoint(compute, policy=jax.checkpoint_policies.save_only_these_names(KEPT))

    def function(arrays, scalars=(), key=None):
        return again([arrays[i] for i in where], list(scalars))

    function.faults = None
    function.words = run.words
    return function


KEPT = "kept"


def named(outs):
    """Results that `jax.checkpoint` is to keep."""
    return [checkpoint_name(o, KEPT) for o in outs]


class Keeping:
    """The results of some steps, as they are computed (`note`) and in their place when they would be again (`take`)."""

    def __init__(self, saved=()):
        self.saved = list(saved)
        self.rest = iter(self.saved)

    def note(self, outs):
        self.saved += outs
        return outs

    def take(self, outs):
        """The saved results with the derivatives of those computed again, of which XLA leaves out what is not needed for them."""
        return [straight_through(o, next(self.rest)) for o in outs]


def recomputed_on_cpu(run, compute):
    """`jax.checkpoint` for XLA's CPU back end, which drops the barriers of the former and computes everything early.

    There the recomputation is the branch of a conditional on an incoming gradient: it can't begin before that is known.
    """
    again = jax.custom_vjp(lambda captured, scalars: compute(captured, scalars))
    outs = [i for i, r in enumerate(run.outs) if r.needs]
    read = sorted(run.behind([run.outs[i] for i in outs]))
    wrt = [i for i in read if run.inputs[i].needs]

    def forward(captured, scalars):
        keeping = Keeping()
        results = compute(captured, scalars, keeping.note)
        return results, ([captured[i] for i in read], scalars, keeping.saved)

    def pull(saved, scalars, kept, cotangents):
        values = dict(zip(read, saved))

        def chosen(*arrays):
            found = {**values, **dict(zip(wrt, arrays))}
            results = compute([found.get(i, unread(r)) for i, r in enumerate(run.inputs)], scalars, Keeping(kept).take)
            return tuple(results[i] for i in outs)

        return jax.vjp(chosen, *[values[i] for i in wrt])[1](tuple(cotangents))

    def nothing(saved, scalars, kept, cotangents):
        return tuple(jnp.zeros(run.inputs[i].shape, run.inputs[i].dtype.np) for i in wrt)

    def backward(saved, cotangents):
        given = [cotangents[i] for i in outs]
        first = next((c.reshape(-1)[0] for c in given if c.size), None)
        if first is None:
            found = pull(*saved, given)
        else:
            found = jax.lax.cond((first == first) | jnp.isnan(first), pull, nothing, *saved, given)
        grads = dict(zip(wrt, found))
        return [grads.get(i) for i in range(len(run.inputs))], [None for _ in saved[1]]

    again.defvjp(forward, backward)
    return again


def unread(ref):
    """In place of an input on which no gradient depends."""
    return jnp.zeros(ref.shape, ref.dtype.np)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """`functions` (a Sequential or a list) one after the other, in `segments` pieces, each but the last checkpointed."""
    use_reentrant = reentrant(use_reentrant, ".checkpoint_sequential", 3)
    kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(functions) // segments
    pieces = [functions[i : i + size] for i in range(0, size * (segments - 1), size)] if segments > 1 else []
    for piece in pieces:
        input = checkpoint(in_order, piece, input, use_reentrant=use_reentrant)
    return in_order(functions[len(pieces) * size :], input)


def in_order(functions, input):
    for function in functions:
        input = function(input)
    return input


def set_checkpoint_early_stop(enable):
    """A context manager, accepted for PyTorch's sake: XLA computes only what the reverse pass needs."""
    import contextlib  # noqa: PLC0415

    return contextlib.nullcontext()


def set_checkpoint_debug_enabled(enabled):
    """Accepted for PyTorch's sake."""
    return set_checkpoint_early_stop(enabled)
