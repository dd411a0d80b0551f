"""Hooks on saved tensors: what a call's gradient is computed from goes through `pack` at its line and `unpack` in backward.

Nothing here runs unless hooks are set. While they are, grad mode is `PACKING`, a value under which no step is found in the
tree of traces: all calls come to `record`. It makes each that saves values a step of its own, like a custom Function's.
"""

import functools
import threading

from eagerjax import dispatch, rewritten
from eagerjax.autograd_mode import no_grad
from eagerjax.dispatch import enter_all, pending
from eagerjax.lower import recorder
from eagerjax.lower.flush import flush
from eagerjax.lower.residuals import recipe_of
from eagerjax.record.storage import take
from eagerjax.record.trace import PACKING, Leaf, concrete_ref, state
from eagerjax.reverse import FREED, Call, identity, now, settled
from eagerjax.tensor import Tensor, concrete_array, from_array

IN_PLACE = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be modified by "
    "in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to perform in-place "
    "operations on the input to a pack hook."
)
_PLAIN = dispatch.record
_LOCK = threading.Lock()


def push(pack, unpack):
    """From here on `pack` and `unpack` are the hooks of this thread."""
    if state.packing_refused is not None:
        raise RuntimeError(state.packing_refused)
    with _LOCK:
        dispatch.record = record  # for good: from now on it asks each call that is not on a known path for its grad mode
    state.packing = (*state.packing, (pack, unpack))
    set_on(PACKING)


def pop():
    state.packing = state.packing[:-1]
    if not state.packing:
        set_on(True)


def set_on(mode):
    """What grad mode is where it is on."""
    state.grad_on = mode
    if state.trace.grad:
        state.trace.grad = mode


class Saved:
    """A packed tensor, and how its history is found again."""

    __slots__ = ("fact", "packed", "unpack_hook")

    def __init__(self, tensor, hooks):
        pack, self.unpack_hook = hooks
        self.fact = facts(tensor)
        version = tensor._version
        with no_grad():
            self.packed = pack(tensor)
        if tensor._version != version:
            raise RuntimeError(IN_PLACE)

    def unpack(self):
        """What the hook gives back. Raises TypeError for what is no tensor, RuntimeError for one that does not fit."""
        value = self.unpack_hook(self.packed)
        if not isinstance(value, Tensor):
            raise TypeError("Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                            f"{type(value).__name__}")  # fmt: skip
        shape, dtype, device = self.fact
        ref = value._ref
        if ref.shape != shape or ref.device is not device:
            raise RuntimeError(f"unpack_hook returned a tensor of shape {list(ref.shape)} on {ref.device} for one of shape "
                               f"{list(shape)} on {device}")  # fmt: skip
        return value if ref.dtype is dtype else value.to(dtype)


def with_history(tensor, source):
    """A value as it was saved: with the history of the tensor that was packed."""
    if source is None or not state.trace.grad:
        return tensor
    if state.body is not None:
        raise RuntimeError("Functions that are recorded aside (vmap, jacrev) don't support hooks on saved tensors")
    made = from_array(concrete_array(tensor), tensor._ref.dtype, tensor._ref.device)
    if type(source) is tuple:
        trace, ref = source
        if not now(trace).closed:
            flush(trace)
        source = now(trace), ref
    made._source = source
    made._ref = concrete_ref(*facts(tensor), True)
    made._leaf = source if type(source) is Leaf else None
    return made


def facts(tensor):
    return tensor._ref.shape, tensor._ref.dtype, tensor._ref.device


def record(op, template, operands, numbers=()):
    """`dispatch.record` once hooks have been set somewhere."""
    if state.trace.grad is not PACKING:
        return _PLAIN(op, template, operands, numbers)
    state.trace.grad = True
    try:
        node, trace = _PLAIN(op, template, operands, numbers)
    finally:
        state.trace.grad = state.grad_on
    if not state.packing or state.body is not None or not any(r.needs for r in node.results):
        return node, trace
    recipe = recipe_of(node)
    return packed(recipe, node, trace, operands) if recipe.kept else (node, trace)


def packed(recipe, node, trace, operands):
    """The call's results as those of a step with packed values."""
    scalars = trace.scalars[len(trace.scalars) - len(node.scalars) :]
    node = Facts(node)  # a hook may look at values: once it has run, a new path leaves the tree
    if state.watch is not None:
        state.watch.packed = True
    outs = [pending(trace, recorder.detach(trace, r)) for r in node.results]
    hooks = state.packing[-1]
    safe = {id(t): snapshot(t) for t in operands}
    saved = [Saved(safe[id(operands[i])] if side else outs[i], hooks) for side, i in recipe.kept]
    sources = [identity(t) if r.needs else None for t, r in zip(operands, node.inputs)]
    refs = enter_all(outs)
    trace = state.trace
    call = PackedCall(recipe, node, sources, saved, scalars)
    needs = [r.needs for r in node.results]
    results = [recorder.variable(trace, ref, None) if n else ref for ref, n in zip(refs, needs)]
    call.outputs = tuple([r for r, n in zip(results, needs) if n])
    for variable in call.outputs:
        del trace.sources[variable]
        trace.calls[variable] = call
    call.results = [(trace, r) if n else None for r, n in zip(results, needs)]
    return Step(tuple(results), node.several), trace


def snapshot(tensor):
    """What a hook is given for an operand: a leaf itself; another's value apart, as the call may be an in-place one and
    overwrite the tensor."""
    if tensor._leaf is not None:
        return tensor
    made = object.__new__(Tensor)
    made._stamp = None
    take(made, settled(tensor))
    if made._trace is None and made._array is None:  # its memory is shared with a numpy array
        made._array = concrete_array(tensor)
    made._strides, made._offset = tensor._strides, tensor._offset
    return made


class Facts:
    """What is known of a call."""

    __slots__ = ("inputs", "op", "results", "scalars", "several", "template")

    def __init__(self, node):
        for name in self.__slots__:
            setattr(self, name, getattr(node, name))


class Step:
    """What `dispatch.wrap` wants to know of a node."""

    __slots__ = ("results", "several")

    def __init__(self, results, several):
        self.results = results
        self.several = several


class PackedCall(Call):
    """A call of an op whose saved values are packed."""

    __slots__ = ("node", "recipe", "results", "saved", "scalars")

    def __init__(self, recipe, node, sources, saved, scalars):
        self.sources = sources
        self.recipe, self.node, self.saved, self.scalars = recipe, node, saved, scalars

    def value(self, number):
        """A saved value, unpacked."""
        if self.saved is None:
            raise RuntimeError(FREED)
        side, i = self.recipe.kept[number]
        return with_history(self.saved[number].unpack(), (self.sources if side else self.results)[i])

    def named(self):
        """{name: function that gives the value} of what is saved."""
        return {n: functools.partial(self.value, i) for i, n in enumerate(self.recipe.names(self.node))}

    def pull(self, gradients, engine):  # not a bound method in a slot: what is packed goes with the last tensor that needs it
        """[(source, gradient)] of the operands."""
        values = [self.value(i) for i in range(len(self.recipe.kept))]
        grads = rewritten.gradients(self.node, self.recipe, values, self.scalars, gradients)
        if not engine.retain:
            self.saved = None
        return [(s, g) for s, g in zip([s for s in self.sources if s is not None], grads)]
