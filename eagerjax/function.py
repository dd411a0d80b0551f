"""autograd.Function: forward and backward written by the user, with a context between them."""

import functools
import inspect

from eagerjax import alias
from eagerjax.autograd_mode import is_grad_enabled, no_grad
from eagerjax.dispatch import enter_all, pending
from eagerjax.lower import recorder
from eagerjax.namespace import torch
from eagerjax.record.trace import state
from eagerjax.reverse import FREED, Call, identity
from eagerjax.tensor import Tensor


class FunctionCtx:
    """What a Function's forward leaves for its backward."""

    def __init__(self):
        self.saved = ()
        self.needs_input_grad = ()
        self.dirty = ()
        self.non_differentiable = ()
        self.materialize = True
        self._materialize_non_diff_grads = True  # PyTorch's private switch: zeros for outputs without a gradient, too
        self.freed = False
        self.packed = None  # under hooks on saved tensors: functions that unpack them

    def save_for_backward(self, *tensors):
        """Keep tensors; `ctx.saved_tensors` gives them back, and raises if one was modified in place since."""
        self.saved = tuple((t, t._version if isinstance(t, Tensor) else 0) for t in tensors)

    save_for_forward = save_for_backward

    @property
    def saved_tensors(self):
        if self.freed:
            raise RuntimeError(FREED)
        if self.packed is not None:
            return tuple(None if p is None else p() for p in self.packed)
        for tensor, version in self.saved:
            if tensor is not None and tensor._version != version:
                raise RuntimeError("one of the variables needed for gradient computation has been modified by an inplace "
                                   f"operation: [torch.{tensor.type_name()} {list(tensor.shape)}] is at version "
                                   f"{tensor._version}; expected version {version} instead.")  # fmt: skip
        return tuple(t for t, _ in self.saved)

    saved_variables = saved_tensors

    def mark_dirty(self, *tensors):
        """These inputs were modified in place by forward."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors):
        """These outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value):
        """Shall backward get zeros (True) or None for outputs without a gradient?"""
        self.materialize = value


class Function:
    """Base of custom differentiable functions: define static `forward(ctx, ...)` and `backward(ctx, *grads)`."""

    @staticmethod
    def forward(*args, **kwargs):
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function to "
                                  "use it with backward mode AD.")  # fmt: skip

    vjp = backward  # another name for it

    @staticmethod
    def jvp(ctx, *grad_inputs):
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with forward mode "
                                  "AD.")  # fmt: skip

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run forward and record the call."""
        outputs, ctx = cls._applied(args, kwargs)
        return outputs if forward_rule is None else forward_rule(cls, ctx, args, outputs)

    @classmethod
    def _applied(cls, args, kwargs):
        ctx = FunctionCtx()
        if hasattr(cls, "setup_context"):  # it gets all arguments of forward
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        wanted = state.trace.grad and any(isinstance(a, Tensor) and a.requires_grad for a in args)
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        with no_grad():
            if hasattr(cls, "setup_context"):
                outputs = cls.forward(*args)
                cls.setup_context(ctx, args, outputs)
            else:
                outputs = cls.forward(ctx, *args, **kwargs)
        return record(cls, ctx, args, outputs) if wanted else outputs, ctx


forward_rule = None
"""(class, ctx, args, outputs) -> the outputs with tangents, if a level of forward_ad is open: set by func/dual.py."""


def record(cls, ctx, args, outputs):
    """The outputs as tensors whose history is the call."""
    several = isinstance(outputs, (tuple, list))
    outs = list(outputs) if several else [outputs]
    differentiable = [i for i, o in enumerate(outs) if is_differentiable(ctx, o)]
    sources = [identity(a) if isinstance(a, Tensor) and a.requires_grad else None for a in args]
    refs = enter_all([outs[i] for i in differentiable])
    trace = state.trace
    call = Call(functools.partial(pull, cls, ctx, sources, differentiable, facts_of(outs), facts_of(args)), sources)
    variables = [recorder.variable(trace, recorder.detach(trace, r), None) for r in refs]
    call.outputs = tuple(variables)
    for variable in variables:
        del trace.sources[variable]
        trace.calls[variable] = call
    made = {}  # a tensor that is returned twice stays one
    for i, variable in zip(differentiable, variables):
        out = outs[i]
        if id(out) not in made:
            dirty = any(out is d for d in ctx.dirty)
            made[id(out)] = out, rebind(out, trace, variable) if dirty else pending(trace, variable)
            if not dirty and is_view_of(out, args):
                made[id(out)][1]._made = cls
        outs[i] = made[id(out)][1]
    ctx.saved = tuple(own_output(t, v, outputs, outs, several) for t, v in ctx.saved)
    if state.packing:
        ctx.packed = [None if t is None else unpacking(t) for t, _ in ctx.saved]
        ctx.saved = ()
    return tuple(outs) if several else outs[0]


def is_view_of(out, args):
    """Is an output a view of an argument, or one as it is? It is a tensor of its own here, so writing to it is refused."""
    return any(isinstance(a, Tensor) and (a is out or (a._base is not None and a._base is out._base)) for a in args)


def unpacking(tensor):
    """Pack a tensor that a Function saved. Returns what unpacks it, with its history."""
    from eagerjax.saved import Saved, with_history  # noqa: PLC0415  (only where hooks have been set)

    saved = Saved(tensor, state.packing[-1])
    source = identity(tensor) if tensor.requires_grad else None
    return lambda: with_history(saved.unpack(), source)


def facts_of(outs):
    return [(o._ref.shape, o._ref.dtype, o._ref.device) if isinstance(o, Tensor) else None for o in outs]


def own_output(tensor, version, old, new, several):
    """(tensor, version); a saved output is the output with history, so that gradients of gradients are right."""
    for before, after in zip(old if several else [old], new):
        if tensor is before and isinstance(after, Tensor):
            return after, after._version
    return tensor, version


def is_differentiable(ctx, output):
    return (
        isinstance(output, Tensor)
        and output.dtype.category >= 2
        and not any(output is t for t in ctx.non_differentiable)
    )


def rebind(tensor, trace, variable):
    """A dirty input goes on as the call's output. Where it is a view, that is written to what it is a view of."""
    if tensor._view:
        alias.overwrite(tensor, pending(trace, variable))
        return tensor
    alias.become(tensor, trace, variable)
    if tensor._base is not None:
        alias.become(tensor._base, trace, variable)
    return tensor


def pull(cls, ctx, sources, differentiable, facts, inputs, gradients, engine):
    """Run the user's backward. Returns [(source, gradient)]."""
    full = [None] * len(facts)
    for i, g in zip(differentiable, gradients):
        full[i] = g
    if ctx.materialize:
        full = [
            torch.zeros(f[0], dtype=f[1], device=f[2])
            if g is None and f is not None and (ctx._materialize_non_diff_grads or i in differentiable)
            else g
            for i, (g, f) in enumerate(zip(full, facts))
        ]
    got = backward_of(cls)(ctx, *full)
    got = tuple(got) if isinstance(got, (tuple, list)) else (got,)
    if len(got) > len(sources) and all(g is None for g in got[len(sources) :]):
        got = got[: len(sources)]
    if len(got) != len(sources):
        raise RuntimeError(f"function {cls.__name__}Backward returned an incorrect number of gradients (expected {len(sources)}, "
                           f"got {len(got)})")  # fmt: skip
    if not engine.retain:
        ctx.freed, ctx.packed = True, None
    return [
        (s, fitted(cls, i, g, inputs[i]))
        for i, (s, g) in enumerate(zip(sources, got))
        if s is not None and g is not None
    ]


def backward_of(cls):
    """The class's backward pass, under the name that it has there."""
    if cls.vjp is Function.vjp:
        return cls.backward
    if cls.backward is not Function.backward:
        raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                           "implement one of them.")  # fmt: skip
    return cls.vjp


def fitted(cls, index, grad, fact):
    """A gradient from the user's backward, in its input's shape and dtype. Raises RuntimeError where it can't be."""
    shape, dtype, _ = fact
    found = grad._ref.shape
    if found != shape:
        tail = found[len(found) - len(shape) :]
        if len(shape) > len(found) or any(a not in (1, b) for a, b in zip(shape, tail)):
            raise RuntimeError(f"Function {cls.__name__}Backward returned an invalid gradient at index {index} - got "
                               f"{list(found)} but expected shape compatible with {list(shape)}")  # fmt: skip
        grad = grad.sum_to_size(shape)
    if grad.dtype is not dtype:
        grad = grad.real.to(dtype) if grad.is_complex() and not dtype.is_complex else grad.to(dtype)
    return grad


class _Once(Function):
    """Gradients that cannot be differentiated: tensors as they are, which hang on others."""

    @staticmethod
    def forward(ctx, count, *values):
        results = tuple(value.clone() for value in values[:count])
        return results[0] if count == 1 else results

    @staticmethod
    def backward(ctx, *grads):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(function):
    """Decorator for backward methods that cannot be differentiated: they run under no_grad; doing so raises RuntimeError."""

    @functools.wraps(function)
    def wrapper(ctx, *args):
        with no_grad():
            results = function(ctx, *args)
        inputs = [a for a in args if isinstance(a, Tensor) and a.requires_grad]
        if not inputs or not is_grad_enabled():
            return results
        found = results if isinstance(results, tuple) else (results,)
        tensors = [r for r in found if isinstance(r, Tensor)]
        marked = _Once.apply(len(tensors), *tensors, *inputs)
        rest = iter(marked if isinstance(marked, tuple) else (marked,))
        found = tuple(next(rest) if isinstance(r, Tensor) else r for r in found)
        return found if isinstance(results, tuple) else found[0]

    return wrapper
