"""Hooks around a module's call: registration for one module and for all, and the call that runs them.

`Module.__call__` comes here only when a hook exists. Backward hooks ride on two identity functions, one around
the inputs and one around the outputs, whose backward passes see all gradients of one call together.
"""

import warnings
import weakref

from eagerjax.autograd import RemovableHandle
from eagerjax.autograd_mode import is_grad_enabled
from eagerjax.counted import Hooks
from eagerjax.function import Function
from eagerjax.tensor import Tensor

GLOBAL_FORWARD_PRE = Hooks()
GLOBAL_FORWARD = Hooks()
GLOBAL_FORWARD_WITH_KWARGS = Hooks()
GLOBAL_FORWARD_ALWAYS = Hooks()
GLOBAL_BACKWARD_PRE = Hooks()
GLOBAL_BACKWARD = Hooks()
GLOBAL_BUFFER_REGISTRATION = Hooks()
GLOBAL_MODULE_REGISTRATION = Hooks()
GLOBAL_PARAMETER_REGISTRATION = Hooks()
_global_backward_is_full = None


def _register(hooks, hook, prepend=False, marks=(), extra=()):
    """Add `hook` to the dictionary `hooks`, and its id to those of `extra` that `marks` picks."""
    handle = RemovableHandle(hooks, extra_dict=list(extra))
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    for marked, ids in zip(marks, extra):
        if marked:
            ids[handle.id] = True
    return handle


# -- hooks of all modules ---------------------------------------------------------------------------
def register_module_buffer_registration_hook(hook):
    """Call `hook(module, name, buffer)` whenever a module gets a buffer; what it returns takes its place."""
    return _register(GLOBAL_BUFFER_REGISTRATION, hook)


def register_module_module_registration_hook(hook):
    """Call `hook(module, name, submodule)` whenever a module gets a submodule; what it returns takes its place."""
    return _register(GLOBAL_MODULE_REGISTRATION, hook)


def register_module_parameter_registration_hook(hook):
    """Call `hook(module, name, param)` whenever a module gets a parameter; what it returns takes its place."""
    return _register(GLOBAL_PARAMETER_REGISTRATION, hook)


def register_module_forward_pre_hook(hook):
    """Call `hook(module, args)` before the forward of every module."""
    return _register(GLOBAL_FORWARD_PRE, hook)


def register_module_forward_hook(hook, *, with_kwargs=False, always_call=False):
    """Call `hook(module, args, output)` after the forward of every module."""
    extra = (GLOBAL_FORWARD_WITH_KWARGS, GLOBAL_FORWARD_ALWAYS)
    return _register(GLOBAL_FORWARD, hook, marks=(with_kwargs, always_call), extra=extra)


def register_module_full_backward_pre_hook(hook):
    """Call `hook(module, grad_output)` before the backward of every module."""
    return _register(GLOBAL_BACKWARD_PRE, hook)


def register_module_full_backward_hook(hook):
    """Call `hook(module, grad_input, grad_output)` after the backward of every module."""
    return _register_global_backward(hook, full=True)


def register_module_backward_hook(hook):
    """The deprecated form of `register_module_full_backward_hook`; the same here."""
    return _register_global_backward(hook, full=False)


def _register_global_backward(hook, full):
    global _global_backward_is_full
    if _global_backward_is_full is (not full):
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
            "Please use only one of them."
        )
    _global_backward_is_full = full
    return _register(GLOBAL_BACKWARD, hook)


# -- hooks of one module ------------------------------------------------------------------------------
class Hooked:
    """The part of Module that registers hooks."""

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call `hook(module, args)` before `forward`; what it returns takes the place of the arguments.

        With `with_kwargs` it is `hook(module, args, kwargs)` and returns None or both.
        """
        extra = (self._forward_pre_hooks_with_kwargs,)
        return _register(self._forward_pre_hooks, hook, prepend, (with_kwargs,), extra)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """Call `hook(module, args, output)` after `forward`; what it returns takes the place of the output.

        With `always_call` it is called when `forward` raises, too.
        """
        extra = (self._forward_hooks_with_kwargs, self._forward_hooks_always_called)
        return _register(self._forward_hooks, hook, prepend, (with_kwargs, always_call), extra)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """Call `hook(module, grad_output)` before this module's backward; it may return new gradients."""
        return _register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """Call `hook(module, grad_input, grad_output)` after this module's backward; it may return new gradients."""
        self._set_backward_kind(True)
        return _register(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook):
        """The deprecated form of `register_full_backward_hook`; the same here."""
        self._set_backward_kind(False)
        return _register(self._backward_hooks, hook)

    def _set_backward_kind(self, full):
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. "
                "Please use only one of them."
            )
        self._is_full_backward_hook = full


class WrappedHook:
    """A hook that gets its module first, held weakly so that the two do not keep each other alive."""

    def __init__(self, hook, module=None):
        self.hook = hook
        self.module = None if module is None else weakref.ref(module)
        self.with_module = module is not None

    def __call__(self, *args, **kwargs):
        if not self.with_module:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self):
        return {"hook": self.hook, "with_module": self.with_module, "module": self.module and self.module()}

    def __setstate__(self, state):
        self.hook, self.with_module = state["hook"], state["with_module"]
        if self.with_module and state["module"] is None:
            raise RuntimeError("You are trying to revive the hook of a dead Module!")
        self.module = weakref.ref(state["module"]) if self.with_module else None


# -- the call -----------------------------------------------------------------------------------------
def call_with_hooks(module, args, kwargs):
    """`module.forward(*args, **kwargs)` with every hook around it."""
    called = set()
    result = None
    try:
        args, kwargs = _run_pre_hooks(module, args, kwargs)
        around = _Around(module) if _has_backward(module) else None
        if around is not None:
            given, args = args, around.gate_inputs(args)
        result = module.forward(*args, **kwargs)
        for number, hook, with_kwargs in _forward_hooks(module):
            called.add(number)
            changed = hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)
            if changed is not None:
                result = changed
        if around is None:
            return result
        if around.old_form:
            _warn_of_old_form(given, args, result)
            if not isinstance(result, (Tensor, tuple)):
                return around.watch_first(result)
        return around.gate_outputs(result)
    except Exception:
        _run_always_hooks(module, args, kwargs, result, called)
        raise


def has_hooks(module):
    """Does anything run before or after this module's forward or backward?"""
    forward = module._forward_hooks or module._forward_pre_hooks or GLOBAL_FORWARD or GLOBAL_FORWARD_PRE
    return forward or _has_backward(module)


def _has_backward(module):
    return module._backward_hooks or module._backward_pre_hooks or GLOBAL_BACKWARD or GLOBAL_BACKWARD_PRE


def _run_pre_hooks(module, args, kwargs):
    for number, hook in (*GLOBAL_FORWARD_PRE.items(), *module._forward_pre_hooks.items()):
        if number not in module._forward_pre_hooks_with_kwargs:
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
            continue
        changed = hook(module, args, kwargs)
        if changed is not None:
            if not (isinstance(changed, tuple) and len(changed) == 2):
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                )
            args, kwargs = changed
    return args, kwargs


def _forward_hooks(module):
    """(id, hook, does it take kwargs) of all forward hooks, the global ones first."""
    own, everyone = module._forward_hooks_with_kwargs, GLOBAL_FORWARD_WITH_KWARGS
    hooks = (*GLOBAL_FORWARD.items(), *module._forward_hooks.items())
    return [(number, hook, number in own or number in everyone) for number, hook in hooks]


def _run_always_hooks(module, args, kwargs, result, called):
    """After an exception: the hooks with `always_call` that have not run; what they raise becomes a warning."""
    for number, hook, with_kwargs in _forward_hooks(module):
        everyone = number in GLOBAL_FORWARD_ALWAYS
        if number in called or not (everyone or number in module._forward_hooks_always_called):
            continue
        try:
            changed = hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)
            if changed is not None:
                result = changed
        except Exception as error:
            warnings.warn(
                f"{'global ' * everyone}module forward hook with ``always_call=True`` raised an exception that was "
                f"silenced as another error was raised in forward: {error}",
                stacklevel=4,
            )


def _warn_of_old_form(given, args, result):
    """Where `register_backward_hook` would, in PyTorch, see other gradients than the documented ones.

    `args` are the arguments `given`, behind the gate.
    """
    results, first = (result if isinstance(result, tuple) else (result,)), _first_tensor(result)
    if first is None or first.grad_fn is None:
        return
    if not all(isinstance(r, Tensor) for r in results):
        what, missed = "on a Module that does not return a single Tensor or a tuple of Tensors", "of the grad_output"
    elif not all(isinstance(arg, Tensor) for arg in args):
        what = "on a Module that does not take as input a single Tensor or a tuple of Tensors"
        missed = "of the grad_input"
    elif len({r.grad_fn for r in results if r.grad_fn is not None}) > 1:
        what, missed = "when outputs are generated by different autograd Nodes", "grad_output"
    else:
        # a leaf has a node of its own, as in PyTorch, where the node that accumulates is not the leaf's grad_fn
        before = {arg.grad_fn for old, arg in zip(given, args) if old.grad_fn is not None}
        if before == {node for node, _ in first.grad_fn.next_functions}:
            return
        what, missed = "when the forward contains multiple autograd Nodes", "grad_input"
    hook = "non-full backward hooks" if what.startswith("on") else "a non-full backward hook"
    warnings.warn(f"Using {hook} {what} is deprecated and will be removed in future versions. This hook will be missing some "
                  f"{missed}. Please use register_full_backward_hook to get the documented behavior.",
                  FutureWarning, stacklevel=4)  # fmt: skip


def _first_tensor(result):
    """The first tensor in dictionaries and sequences, or None."""
    while not isinstance(result, Tensor):
        if not isinstance(result, (dict, tuple, list)) or not result:
            return None
        result = next(iter(result.values())) if isinstance(result, dict) else result[0]
    return result


class BackwardHookFunction(Function):
    """The identity on several tensors; its backward pass hands all their gradients to `on_grads` together.

    `zeros` says whether a missing gradient is zeros there, or None.
    """

    @staticmethod
    def forward(ctx, on_grads, zeros, *tensors):
        ctx.on_grads = on_grads
        ctx.set_materialize_grads(zeros)
        outputs = tuple(t.view_as(t) for t in tensors)
        needed = ctx.needs_input_grad[2:]
        ctx.mark_non_differentiable(*[out for out, needs in zip(outputs, needed) if not needs])
        return outputs

    @staticmethod
    def backward(ctx, *grads):
        return (None, None, *ctx.on_grads(grads))


class _Around:
    """The backward hooks of one call of a module: two gates, and what the second tells the first."""

    def __init__(self, module):
        self.module = module
        self.pre_hooks = [*GLOBAL_BACKWARD_PRE.values(), *module._backward_pre_hooks.values()]
        self.hooks = [*GLOBAL_BACKWARD.values(), *module._backward_hooks.values()]
        self.old_form = (_global_backward_is_full is False and GLOBAL_BACKWARD) or (
            module._is_full_backward_hook is False and module._backward_hooks)  # fmt: skip
        self.grad_outputs = None
        self.n_inputs = self.n_outputs = 0
        self.inputs_at = self.outputs_at = None  # where tensors stand; None while no gradient flows

    def gate_inputs(self, args):
        args, self.inputs_at = self._gate(args, self._on_grad_inputs, zeros=True)
        self.n_inputs = len(args)
        return args

    def gate_outputs(self, result):
        if not isinstance(result, (Tensor, tuple)) and not self.old_form:
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                f"received {type(result)}",
                stacklevel=4,
            )
        single = not isinstance(result, tuple)
        outputs, self.outputs_at = self._gate((result,) if single else result, self._on_grad_outputs, zeros=False)
        self.n_outputs = len(outputs)
        return outputs[0] if single else outputs

    def watch_first(self, result):
        """In the old form: the hooks hear of the first tensor in a dictionary or list."""
        place, key = result, None
        while isinstance(place, (dict, list)) and place:
            key = next(iter(place)) if isinstance(place, dict) else 0
            if isinstance(place[key], Tensor):
                (place[key],), self.outputs_at = self._gate((place[key],), self._on_grad_outputs, zeros=False)
                self.n_outputs = 1
                break
            place = place[key]
        return result

    def _gate(self, values, on_grads, zeros):
        at = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
        if not (any(values[i].requires_grad for i in at) and is_grad_enabled()):
            return values, None
        gated = list(values)
        for i, tensor in zip(at, BackwardHookFunction.apply(on_grads, zeros, *[values[i] for i in at])):
            gated[i] = tensor
        return (tuple(gated) if type(values) is tuple else type(values)(*gated)), at

    def _on_grad_outputs(self, grads):
        spread = [None] * self.n_outputs
        for i, grad in zip(self.outputs_at, grads):
            spread[i] = grad
        self.grad_outputs = tuple(spread)
        for hook in self.pre_hooks:
            changed = hook(self.module, self.grad_outputs)
            if changed is None:
                continue
            if len(changed) != self.n_outputs:
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(changed)}, "
                    f"but expected {self.n_outputs}"
                )
            self.grad_outputs = changed
        passed_on = tuple(self.grad_outputs[i] for i in self.outputs_at)
        if self.inputs_at is None:
            self._run_without_inputs()
        return passed_on

    def _run_without_inputs(self):
        """No input needs a gradient, so the hooks run here, and have nothing to change."""
        for hook in self.hooks:
            changed = hook(self.module, (None,) * self.n_inputs, self.grad_outputs)
            if changed is not None and not (isinstance(changed, tuple) and all(g is None for g in changed)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or "
                    "None for all gradients."
                )
        self.grad_outputs = None

    def _on_grad_inputs(self, grads):
        if self.grad_outputs is None:  # this pass did not go through the outputs
            return grads
        spread = [None] * self.n_inputs
        for i, grad in zip(self.inputs_at, grads):
            spread[i] = grad
        grad_inputs = tuple(spread)
        for hook in self.hooks:
            changed = hook(self.module, grad_inputs, self.grad_outputs)
            if changed is None:
                continue
            if len(changed) != len(grad_inputs):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(changed)}, "
                    f"but expected {len(grad_inputs)}"
                )
            grad_inputs = changed
        self.grad_outputs = None
        return tuple(grad_inputs[i] for i in self.inputs_at)
