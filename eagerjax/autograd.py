"""torch.autograd: backward, grad, hooks, custom Functions."""

import weakref
from collections import OrderedDict

from eagerjax import anomaly as watch, known_pass
from eagerjax.alias import retain
from eagerjax.anomaly import detect_anomaly, set_detect_anomaly
from eagerjax.autograd_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from eagerjax.dispatch import apply
from eagerjax.function import Function, FunctionCtx, once_differentiable
from eagerjax.namespace import METHODS, torch
from eagerjax.record.trace import state
from eagerjax.reverse import identity, settled
from eagerjax.tensor import Tensor

__all__ = [
    "Function",
    "FunctionCtx",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "once_differentiable",
    "set_detect_anomaly",
    "set_grad_enabled",
    "variable",
]


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Accumulate gradients of `tensors` into the leaves' `.grad`.

    Raises RuntimeError for a non-scalar without `grad_tensors`, for tensors without history, and for a graph whose
    saved values were freed or overwritten.
    """
    tensors = as_tuple(tensors)
    plain = len(tensors) == 1 and isinstance(tensors[0], Tensor) and grad_tensors is None and inputs is None
    plain = plain and not (retain_graph or create_graph)
    if plain and known_pass.repeat(tensors[0]):
        return
    start = known_pass.Start(tensors[0]) if plain else None
    grads = first_gradients(tensors, as_grads(grad_tensors, tensors), create_graph)
    if inputs is not None:
        inputs = as_tuple(inputs)
        if not inputs:
            raise RuntimeError("'inputs' argument to backward() cannot be empty.")
        if not all(tensor.requires_grad for tensor in inputs):
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        got = run(tensors, grads, inputs, retain_graph, create_graph)
        for leaf, g in zip(inputs, got):
            if g is not None:
                leaf.grad = g if leaf.grad is None else leaf.grad + g
        return
    run(tensors, grads, (), retain_graph, create_graph)
    if start is not None:
        start.note(tensors[0])


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    only_inputs=True,
    allow_unused=None,
    is_grads_batched=False,
    materialize_grads=False,
):
    """Gradients of `outputs` with respect to `inputs`, as a tuple; `.grad` is left alone.

    Raises RuntimeError where an input was not used, unless `allow_unused`.
    """
    if is_grads_batched:
        return batched_grad(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads)
    if state.body is not None and not create_graph:  # `vmap` maps what is recorded: the steps of the reverse pass, not the pass
        with enable_grad():
            found = grad(outputs, inputs, grad_outputs, True, True, only_inputs, allow_unused, False, materialize_grads)
        return tuple(g if g is None else g.detach() for g in found)
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                         "allow_unused=False.")  # fmt: skip
    outputs, inputs = as_tuple(outputs), as_tuple(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    grads = first_gradients(outputs, as_grads(grad_outputs, outputs), create_graph)
    for tensor in inputs:
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    got = run(outputs, grads, inputs, retain_graph, create_graph)
    for i, g in enumerate(got):
        if g is None and materialize_grads:
            got[i] = torch.zeros_like(inputs[i], requires_grad=create_graph)
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
    return tuple(got)


def batched_grad(outputs, inputs, grad_outputs, retain, create, unused, materialize):
    """`grad` for a batch of incoming gradients: their first dimension is mapped over."""
    from eagerjax.func.mapped import vmap  # noqa: PLC0415  (func is written in terms of this module)

    there = []

    def one(*starts):
        found = grad(outputs, inputs, starts, True, True, True, unused, False, materialize)
        there[:] = [g is not None for g in found]
        return tuple(g for g in found if g is not None)

    with enable_grad():
        found = [g if create else g.detach() for g in vmap(one)(*as_tuple(grad_outputs))]
    return tuple(found.pop(0) if known else None for known in there)


def run(tensors, grads, inputs, retain, create):
    engine = watch.engine()(create if retain is None else retain, create, inputs)
    engine.run(tensors, grads)
    return engine.results


def as_tuple(tensors):
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)


def as_grads(grads, tensors):
    if grads is None:
        return (None,) * len(tensors)
    grads = (grads,) if isinstance(grads, Tensor) else tuple(grads)
    if len(grads) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    return grads


def first_gradients(tensors, grads, create):
    """The incoming gradients, ones for scalars."""
    found = []
    for i, (tensor, g) in enumerate(zip(tensors, grads)):
        if not settled(tensor).requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        found.append(first_gradient(tensor, g, create))
    return found


def first_gradient(tensor, g, create):
    if g is None:
        if tensor.numel() != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if tensor.is_complex():
            raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                               f"{tensor.dtype}")  # fmt: skip
        return apply("_ones_like", tensor)
    if not isinstance(g, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if g._ref.shape != tensor._ref.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {g.shape} and output[0] has a shape of {tensor.shape}."
        )
    if g.is_complex() != tensor.is_complex():
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch "
            f"in dtype: grad_output[0] has a dtype of {g.dtype} and output[0] has a dtype of {tensor.dtype}."
        )
    if g.dtype is not tensor.dtype:
        g = g.to(tensor.dtype)
    return g if create or not g.requires_grad else g.detach()


def tensor_backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Accumulate gradients of this tensor into the leaves' `.grad`."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


# -- hooks ---------------------------------------------------------------------------------
class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away, as does leaving a `with` block."""

    next_id = 0

    def __init__(self, hooks_dict, *, extra_dict=None):
        extra = [extra_dict] if isinstance(extra_dict, dict) else list(extra_dict or ())
        self._refer([hooks_dict, *extra])
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1

    def _refer(self, dicts):
        self.hooks_dict_ref, *extra = map(weakref.ref, dicts)
        self.extra_dict_ref = tuple(extra)

    def remove(self):
        """Take the hook away; a second time does nothing."""
        for ref in (self.hooks_dict_ref, *self.extra_dict_ref):
            found = ref()
            if found is not None:
                found.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()

    def __getstate__(self):
        return self.hooks_dict_ref(), self.id, tuple(ref() for ref in self.extra_dict_ref)

    def __setstate__(self, state):
        hooks_dict, self.id, extra = state
        self._refer([OrderedDict() if d is None else d for d in (hooks_dict, *extra)])
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)


def add_hook(hooks, hook):
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def register_hook(self, hook):
    """Call `hook(grad)` when the gradient of this tensor is known; what it returns replaces the gradient."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._leaf is not None:
        self._leaf.look()
        self._leaf.hooks = self._leaf.hooks or OrderedDict()
        return add_hook(self._leaf.hooks, hook)
    trace, ref = identity(self)
    return add_hook(trace.hooked.setdefault(ref, OrderedDict()), hook)


def register_post_accumulate_grad_hook(self, hook):
    """Call `hook(param)` after `.grad` was accumulated. Only for leaves."""
    if self._leaf is None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    self._leaf.look()
    self._leaf.accumulated_hooks = self._leaf.accumulated_hooks or OrderedDict()
    return add_hook(self._leaf.accumulated_hooks, hook)


def retain_grad(self):
    """Keep the gradient of this non-leaf tensor in `.grad`."""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._leaf is not None or self._retains:
        return
    me = weakref.ref(self)

    def keep(g):
        tensor = me()
        if tensor is not None:
            old = tensor._retained
            tensor._retained = g if old is None else old + g

    retain(self, keep, identity(self))


METHODS.update(
    backward=tensor_backward,
    register_hook=register_hook,
    retain_grad=retain_grad,
    register_post_accumulate_grad_hook=register_post_accumulate_grad_hook,
    retains_grad=property(lambda self: self._retains is not None),
)
torch.no_grad, torch.enable_grad, torch.set_grad_enabled = no_grad, enable_grad, set_grad_enabled
torch.inference_mode, torch.is_grad_enabled = inference_mode, is_grad_enabled

from eagerjax.autograd_extras import (  # noqa: E402  (they use `grad`)
    Variable,
    anomaly_mode,
    function,
    functional,
    grad_mode,
    gradcheck,
    gradgradcheck,
    graph,
    variable,
)
