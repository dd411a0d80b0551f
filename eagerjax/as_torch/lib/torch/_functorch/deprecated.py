"""torch._functorch.deprecated: what the package `functorch` shows, `torch.func` under its old names, with warnings."""

import functools
import warnings

from eagerjax import func


def deprecated(name, new):
    """`func.new` as `functorch.name`; each call warns."""
    function = getattr(func, new)

    @functools.wraps(function)
    def old(*args, **kwargs):
        warnings.warn(f"We've integrated functorch into PyTorch. As the final step of the integration, `functorch.{name}` is "
                      "deprecated as of PyTorch 2.0 and will be deleted in a future version of PyTorch >= 2.3. Please use "
                      f"`torch.{'vmap' if new == 'vmap' else f'func.{new}'}` instead; see the PyTorch 2.0 release notes and/or "
                      "the `torch.func` migration guide for more details "
                      "https://pytorch.org/docs/main/func.migrating.html", FutureWarning, stacklevel=2)  # fmt: skip
        return function(*args, **kwargs)

    return old


for _name in ("vmap", "grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "functionalize"):
    globals()[_name] = deprecated(_name, _name)
combine_state_for_ensemble = deprecated("combine_state_for_ensemble", "stack_module_state")
