"""torch.autograd.graph: the steps of a history, hooks on several tensors, and what concerns saved values.

No op saves values by itself here: what backward needs is found when it is differentiated, and kept or computed again as
the compiler decides. Hooks on saved tensors make it otherwise while they are set (saved.py).
"""

import contextlib
import functools

from eagerjax import saved
from eagerjax.autograd_mode import no_grad
from eagerjax.forms.grad_fn import GradFn as Node
from eagerjax.record.trace import state
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
    """In it, each tensor that is saved for backward goes through `pack_hook(tensor)`, and in backward through
    `unpack_hook(packed)`, whose result must be a tensor of the same content. The innermost pair counts.

    It costs time: each op that saves something becomes a step of its own.
    """

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self):
        if not (callable(self.pack_hook) and callable(self.unpack_hook)):
            raise TypeError("saved_tensors_hooks: pack_hook and unpack_hook must be functions")
        saved.push(self.pack_hook, self.unpack_hook)

    def __exit__(self, *error):
        saved.pop()


class save_on_cpu(saved_tensors_hooks):
    """What is saved for backward in it waits in the memory of the CPU, and comes back to its device when it is needed."""

    def __init__(self, pin_memory=False, device_type="cuda"):
        super().__init__(lambda tensor: (tensor.device, tensor.cpu()), lambda packed: packed[1].to(packed[0]))


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message):
    """Setting hooks on saved tensors in it raises RuntimeError(error_message)."""
    if state.packing:
        raise RuntimeError(error_message)
    before, state.packing_refused = state.packing_refused, error_message
    try:
        yield
    finally:
        state.packing_refused = before


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
