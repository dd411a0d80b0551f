"""Two tensors exchange all that they are, and stay the objects that others hold."""

import copyreg
import weakref
from collections import OrderedDict

from eagerjax.lower.flush import flush
from eagerjax.record.trace import state
from eagerjax.tensor import new_leaf, set_leaf

POISONED = (
    "Trying to execute AccumulateGrad node that was poisoned by swap_tensors this can happen when you try to run backward on "
    "a tensor that was swapped. For a module m with `torch.__future__.set_swap_module_params_on_conversion(True)` you should "
    "not change the device or dtype of the module (e.g. `m.cpu()` or `m.half()`) between running forward and backward. To "
    "resolve this, please only change the device/dtype before running forward (or after both forward and backward)."
)


def swap(t1, t2):
    """Exchange class, attributes and value of two tensors.

    A history that led to one of them as a leaf ends here: going backward through it raises RuntimeError, as in PyTorch.
    """
    slots = [set(copyreg._slotnames(t.__class__)) for t in (t1, t2)]  # pyright: ignore[reportAttributeAccessIssue]
    if t1 is t2:
        return
    flush()  # a program that failed later would give both their old values back
    known = [release(t) for t in (t1, t2)]
    try:
        check(t1, t2, *slots)
        state_of = [(t.__class__, t.__dict__, {s: getattr(t, s) for s in slots[0] if hasattr(t, s)}) for t in (t1, t2)]
        give(t1, *state_of[1], slots[0])
        give(t2, *state_of[0], slots[0])
        known.reverse()
    finally:
        for tensor, (base, leaf) in zip((t1, t2), known):
            if base is not None:
                base.aliases.append(weakref.ref(tensor))
            if leaf is not None:
                leaf.owner = weakref.ref(tensor)
    for tensor in (t1, t2):
        if tensor._array is None and tensor._trace is not None:
            tensor._trace.live.append(tensor)
        renew_leaf(tensor)
    if state.watch is not None:
        state.watch.rebound = True


def release(tensor):
    """Drop the engine's own weak references to a tensor. Returns who had them: (its family, its leaf)."""
    base, leaf = tensor._base, tensor._leaf
    if leaf is not None:
        leaf.owner = None
    if base is not None:
        base.aliases = [r for r in base.aliases if r() is not tensor]
    return base, leaf


def check(t1, t2, slots1, slots2):
    for name, tensor in (("t1", t1), ("t2", t2)):
        if weakref.getweakrefs(tensor):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    if slots1 != slots2:
        raise RuntimeError("Cannot swap t1 and t2 if they have different slots")
    for name, tensor in (("t1", t1), ("t2", t2)):
        views = 0 if tensor._base is None or tensor._view else sum(bool(t._view) for t in tensor._base.tensors())
        if views:
            raise RuntimeError(f"Expected use_count of {name} to be 1 or 2 with an AccumulateGrad node but got {1 + views} make "
                               "sure you are not holding references to the tensor in other places.")  # fmt: skip


def give(tensor, cls, attributes, values, slots):
    tensor.__class__ = cls
    tensor.__dict__ = attributes
    for slot in slots:
        if slot in values:
            setattr(tensor, slot, values[slot])
        elif hasattr(tensor, slot):
            delattr(tensor, slot)


def renew_leaf(tensor):
    """The tensor becomes a leaf of its own; what was recorded before leads to one that refuses gradients."""
    old = tensor._leaf
    if old is None:
        return
    new = new_leaf(tensor)
    new.grad, new.hooks, new.accumulated_hooks, new.deaf = old.grad, old.hooks, old.accumulated_hooks, old.deaf
    old.grad, old.accumulated_hooks, old.hooks = None, None, OrderedDict([(0, refuse)])
    set_leaf(tensor, new)


def refuse(grad):
    raise RuntimeError(POISONED)
