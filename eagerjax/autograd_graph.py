"""torch.autograd.graph: the steps of a history, hooks on several tensors, and what concerns saved values.

No op saves values by itself here: what backward needs is found when it is differentiated, and kept or computed again as
the compiler decides. So there is nothing that a hook on saved tensors could be given.
"""

import contextlib
import functools

from eagerjax.autograd_mode import no_grad
from eagerjax.forms.grad_fn import GradFn as Node
from eagerjax.tensor import Tensor

__all__ = [
    "Node",
    "disable_saved_tensors_hooks",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class saved_tensors_hooks:
    """Not possible here: no op saves tensors. Raises NotImplementedError; `utils.checkpoint` trades memory for time."""

    def __init__(self, pack_hook, unpack_hook):
        raise NotImplementedError("saved_tensors_hooks: no op saves tensors for backward here, so the hooks would never be "
                                  "called. To keep less, use eagerjax.utils.checkpoint.checkpoint.")  # fmt: skip


class save_on_cpu(contextlib.nullcontext):
    """The same results with the same memory: what backward needs stays where it was computed."""

    def __init__(self, pin_memory=False, device_type="cuda"):
        super().__init__()


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message):
    """Hooks on saved tensors are refused under it, as everywhere here."""
    yield


def increment_version(tensor):
    """Count a write that autograd has not seen: backward refuses then to use the value from before it.

    tensor: one, or an iterable of several.
    """
    for one in (tensor,) if isinstance(tensor, Tensor) else tensor:
        with no_grad():
            one.copy_(one.clone())


class _Handles:
    """`remove()` takes away several hooks."""

    def __init__(self, handles):
        self.handles = handles

    def remove(self):
        for handle in self.handles:
            handle.remove()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


def register_multi_grad_hook(tensors, fn, *, mode="all"):
    """Call `fn` in a backward pass: with all gradients once all are known, or with `mode="any"` with the first.

    All must require grad, and the pass has to reach all for "all". Returns a handle to remove it.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if not all(t.requires_grad for t in tensors):
        raise AssertionError("Expected gradient function to be set")
    known = {}

    def one(i, grad):
        if mode == "any" and not known:
            fn(grad)
        known[i] = grad
        if len(known) == len(tensors):
            grads = [known[j] for j in range(len(tensors))]
            known.clear()
            if mode == "all":
                fn(grads)

    return _Handles([t.register_hook(functools.partial(one, i)) for i, t in enumerate(tensors)])
