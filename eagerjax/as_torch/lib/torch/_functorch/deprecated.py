"""torch._functorch.deprecated: what the package `functorch` shows, `torch.func` under its old names, with warnings."""

import copy
import functools
import warnings

from eagerjax import func


def deprecated(name, new):
    """`func.new` as `functorch.name`; each call warns."""
    function = getattr(func, new)

    @functools.wraps(function)
    def old(*args, **kwargs):
        warn(name, new)
        return function(*args, **kwargs)

    return old


def warn(name, new):
    warnings.warn(f"We've integrated functorch into PyTorch. As the final step of the integration, `functorch.{name}` is "
                  "deprecated as of PyTorch 2.0 and will be deleted in a future version of PyTorch >= 2.3. Please use "
                  f"`torch.{'vmap' if new == 'vmap' else f'func.{new}'}` instead; see the PyTorch 2.0 release notes and/or "
                  "the `torch.func` migration guide for more details "
                  "https://pytorch.org/docs/main/func.migrating.html", FutureWarning, stacklevel=3)  # fmt: skip


for _name in ("vmap", "grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "functionalize"):
    globals()[_name] = deprecated(_name, _name)


def combine_state_for_ensemble(models):
    """(function of (parameters, buffers, arguments...) of one model, all models' parameters stacked, their buffers)."""
    warn("combine_state_for_ensemble", "stack_module_state")
    params, buffers = func.stack_module_state(models)
    call, *_ = functional(models[0], False)
    return call, tuple(params.values()), tuple(buffers.values())


def make_functional(model, disable_autograd_tracking=False):
    """(function of (parameters, arguments...), the model's parameters)."""
    warn("make_functional", "functional_call")
    if next(model.buffers(), None) is not None:
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    call, params, _ = functional(model, disable_autograd_tracking)
    return lambda params, *args, **kwargs: call(params, (), *args, **kwargs), params


def make_functional_with_buffers(model, disable_autograd_tracking=False):
    """(function of (parameters, buffers, arguments...), the model's parameters, its buffers)."""
    warn("make_functional_with_buffers", "functional_call")
    return functional(model, disable_autograd_tracking)


def functional(model, no_tracking):
    model = copy.deepcopy(model)
    names = [n for n, _ in model.named_parameters()], [n for n, _ in model.named_buffers()]
    params = tuple(p.detach() if no_tracking else p for p in model.parameters())

    def call(params, buffers, *args, **kwargs):
        given = dict(zip((*names[0], *names[1]), (*params, *buffers), strict=True))
        return func.functional_call(model, given, args, kwargs)

    return call, params, tuple(model.buffers())
