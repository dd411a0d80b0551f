"""The bridge to JAX: modules and functions of tensors as pure functions of arrays, and functions of arrays as ops."""

import functools
import threading

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.autograd_mode import enable_grad
from eagerjax.control import body, step
from eagerjax.control.run import remembered
from eagerjax.dispatch import enter_all
from eagerjax.func.stateless import functional_call
from eagerjax.lower.flush import flush
from eagerjax.lower.infer import scalar_struct
from eagerjax.nn import Module
from eagerjax.record.trace import Trace, concrete_ref, state
from eagerjax.runtime import compat, config, dtype as dt
from eagerjax.runtime.errors import refuse_wrong
from eagerjax.tensor import Tensor, concrete_array

__all__ = ["from_jax", "to_jax"]


# -- to JAX ---------------------------------------------------------------------------------------------------------
def to_jax(module_or_function, *, mutable=False):
    """(function, tree): what a module or a function of tensors computes, as a pure function for `jax.jit`, `jax.grad` and others.

    tree: {name: jax.Array}, copies of a module's parameters and buffers under their names; {} of a function, to which the
        tensors that it reads from elsewhere are constants.
    function: `function(tree, *args, rng=None, **kwargs)` takes and returns arrays in any nesting; other values are static.
        Its Python runs on every call, which under `jax.jit` is once for each kind of arguments. Derivatives in reverse mode
        are those of `backward()`; forward mode works where no step has a gradient of its own (`jax.custom_vjp`), as
        convolutions, normalisation and attention have.
    rng: a key of `jax.random`, needed where random numbers are drawn (dropout in training mode).
    mutable: return (result, new tree): a module that writes to its buffers, as batch norm does in training mode, needs it.

    Where JAX's x64 mode is off its int32 stands for PyTorch's int64 (class labels, counters), both ways.
    Raises: RuntimeError where the function looks at a value, keeps a tensor, or writes to one that it is given.

    >>> layer = torch.nn.Linear(2, 1)
    >>> function, parameters = eagerjax.to_jax(layer)
    >>> jax.grad(lambda p, x: function(p, x).sum())(parameters, np.ones((3, 2), np.float32))["bias"]
    Array([3.], dtype=float32)
    """
    if not isinstance(module_or_function, Module):
        if not callable(module_or_function):
            raise TypeError(f"to_jax() takes a module or a function, not {type(module_or_function).__name__}")
        if mutable:
            raise TypeError("to_jax(mutable=True) is for modules: a function has no buffers")
        return Pure(lambda _, *args, **kwargs: module_or_function(*args, **kwargs), config.default_device()), {}
    module = module_or_function
    named = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    with compat.x64():
        tree = {name: jnp.array(concrete_array(tensor)) for name, tensor in named.items()}
    device = next((t.device for t in named.values()), config.default_device())
    return Pure(functools.partial(stateful if mutable else stateless, module), device), tree


def stateless(module, tree, *args, **kwargs):
    return functional_call(module, dict(tree), args, kwargs)


def stateful(module, tree, *args, **kwargs):
    tree = {name: tensor.clone() for name, tensor in tree.items()}  # what is given may not be written to
    result = functional_call(module, tree, args, kwargs)
    return result, tree


WIDER, NARROWER = {"int32": "int64", "uint32": "uint64"}, {"int64": "int32", "uint64": "uint32"}


def changed(array, kinds):
    """An array in the dtype that `kinds` has for its own, if any."""
    kind = kinds.get(array.dtype.name)
    if kind is None:
        return array
    with compat.x64():
        return array.astype(kind)


class Pure:
    """A function of tensors, as one of arrays."""

    def __init__(self, function, device):
        self.function, self.device = function, device

    def __call__(self, tree, *args, rng=None, **kwargs):
        leaves, form = jax.tree.flatten((tree, args, kwargs))
        at = [i for i, leaf in enumerate(leaves) if hasattr(leaf, "dtype") and not isinstance(leaf, Tensor)]
        wide = jax.config.jax_enable_x64  # pyright: ignore[reportAttributeAccessIssue]
        arrays = [leaves[i] if wide else changed(leaves[i], WIDER) for i in at]
        refs = [concrete_ref(tuple(a.shape), dt.from_np(a.dtype), self.device, False) for a in arrays]

        def on_tensors(inputs):
            given = list(leaves)
            for i, tensor in zip(at, inputs):
                given[i] = tensor
            tree, args, kwargs = jax.tree.unflatten(form, given)
            return self.function(tree, *args, **kwargs)

        with jax.ensure_compile_time_eval(), Room(), enable_grad():  # what is pending gets values, not tracers
            recorded = body.record("to_jax", on_tensors, (lambda inputs: (inputs,)) if refs else ([],), refs)
        found = run(recorded, arrays, rng)
        results = iter(found if wide else [changed(a, NARROWER) for a in found])
        return jax.tree.unflatten(recorded.tree, [next(results) if leaf is None else leaf for leaf in recorded.leaves])


class Inside(threading.local):
    """Does this thread call a function that was given to `from_jax` while a trace is differentiated or run?"""

    call = False


INSIDE = Inside()


class Room:
    """A trace in which nothing is pending: the open one, once that has run, or one apart from it where it is in use."""

    def __enter__(self):
        self.outer = state.trace if INSIDE.call or state.body is not None else None
        if self.outer is None:
            flush()
        else:
            state.trace = Trace(True, self.outer.number, state.root, self.outer.engines)

    def __exit__(self, *_):
        if self.outer is not None:
            state.trace = self.outer


def run(recorded, arrays, rng):
    """The results of what was recorded."""
    captured = [held._array for held, _ in recorded.captured]
    with compat.x64():
        scalars = [np.asarray(v, scalar_struct(k).dtype) for k, v in zip(recorded.run.scalars, recorded.scalars)]
        for (at, _), word in zip(recorded.words, words(rng, len(recorded.words))):
            scalars[at] = word
        outs, conditions = recorded.run.compute([jnp.asarray(a) for a in (*arrays, *captured)], scalars)
        if not isinstance(conditions, jax.core.Tracer):
            entries = [entry for found in recorded.run.texts for entry in found]
            refuse_wrong([(c, kind, text) for c, (_, kind, text) in zip(np.asarray(conditions), entries)])
    return outs


def words(rng, count):
    """What random draws start from: 64 bits each."""
    if count and rng is None:
        raise RuntimeError("the function draws random numbers: call it with rng=, a key of jax.random (or call .eval() on the "
                           "module first)")  # fmt: skip
    if not count:
        return []
    bits = jax.random.bits(rng, (count, 2), "uint32")
    return list(jax.lax.bitcast_convert_type(bits, jnp.int64))


# -- from JAX --------------------------------------------------------------------------------------------------------
FROM_JAX = step.operation("from_jax")


def from_jax(function):
    """A function of JAX arrays as one of tensors, recorded, compiled and differentiated like any other op.

    Tensors among the arguments, in any nesting, are given as arrays; other arguments are static and must be hashable. The
    function must be pure, and traceable under `jax.jit`; it returns arrays in any nesting. Where JAX's x64 mode is off and no
    argument is float64 or complex128 it sees what JAX shows it then: int32 for int64.

    >>> swish = eagerjax.from_jax(jax.nn.swish)
    >>> x = torch.ones(2, requires_grad=True)
    >>> swish(x).sum().backward()
    >>> x.grad
    tensor([0.9277, 0.9277])
    """

    @functools.wraps(function)
    def op(*args, **kwargs):
        leaves, form = jax.tree.flatten((args, kwargs))
        at = tuple([i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)])
        if not at:
            raise TypeError(f"{op.__name__}(): none of the arguments is a tensor")
        static = tuple([None if i in at else leaf for i, leaf in enumerate(leaves)])
        kinds = tuple([(tuple(leaves[i].shape), leaves[i].dtype) for i in at])
        wide = jax.config.jax_enable_x64 or any(kind in (dt.float64, dt.complex128) for _, kind in kinds)  # pyright: ignore
        call = remembered(("from_jax", function, form, at, static, wide, kinds),
                          lambda: Call(function, form, at, static, wide, kinds))  # fmt: skip
        refs = enter_all([leaves[i] for i in at])
        facts = [(s, d, refs[0].device, any(r.needs for r in refs)) for s, d in call.facts]
        return jax.tree.unflatten(call.tree, step.made(step.call(FROM_JAX, call, refs, facts, ())))

    op.__name__ = getattr(function, "__name__", type(function).__name__)
    return op


class Call:
    """The pure function of a step: (arrays, scalars, key) -> tuple of arrays."""

    faults = None

    def __init__(self, function, form, at, static, wide, kinds):
        self.function, self.form, self.at, self.static, self.wide = function, form, at, static, wide
        with compat.x64():
            structs = [jax.ShapeDtypeStruct(s, d.np) for s, d in kinds]
            outs = jax.eval_shape(self.nested, structs)
        leaves, self.tree = jax.tree.flatten(outs)
        self.facts = [(tuple(leaf.shape), dt.from_np(leaf.dtype)) for leaf in leaves]

    def nested(self, arrays):
        given = list(self.static)
        for i, array in zip(self.at, arrays):
            given[i] = array if self.wide else changed(array, NARROWER)
        args, kwargs = jax.tree.unflatten(self.form, given)
        with compat.x64_is(self.wide):
            return jax.tree.map(jnp.asarray, self.function(*args, **kwargs))

    def __call__(self, arrays, scalars=(), key=None):
        before, INSIDE.call = INSIDE.call, True
        try:
            return tuple(jax.tree.leaves(self.nested(arrays)))
        finally:
            INSIDE.call = before

