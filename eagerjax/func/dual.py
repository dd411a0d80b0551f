"""torch.autograd.forward_ad: dual numbers. A tangent is derived, by the rule of `jvp`, when `unpack_dual` asks for it."""

import collections
import contextlib

from eagerjax import function
from eagerjax.autograd_mode import enable_grad, is_grad_enabled
from eagerjax.func.grad import gradients, start
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

UnpackedDualTensor = collections.namedtuple("UnpackedDualTensor", ["primal", "tangent"])
_LEVELS: list[list] = []
"""[[(dual tensor, tangent), ...]] of the levels that are open; one may be open at a time."""


def enter_dual_level():
    """Open a level. Raises RuntimeError if one is open."""
    if _LEVELS:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _LEVELS.append([])
    return 0


def exit_dual_level(*, level=None):
    """Close the level: tangents are gone."""
    if not _LEVELS:
        raise RuntimeError("Trying to exit a forward AD level but none is open")
    if level not in (None, 0):
        raise RuntimeError(f"Trying to exit a forward AD level that was not the last one that was created: {level}")
    _LEVELS.pop()


@contextlib.contextmanager
def dual_level():
    """Inside, tensors may have tangents."""
    level = enter_dual_level()
    try:
        yield level
    finally:
        exit_dual_level(level=level)


def make_dual(tensor, tangent, *, level=None):
    """`tensor` with a tangent: what is computed from it has one, too."""
    if not _LEVELS:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for value in (tensor, tangent):
        if not value.dtype.is_floating_point and not value.dtype.is_complex:
            raise ValueError(f"Expected primal and tangent to be floating point or complex, but got: {value.dtype}")
    if tensor.shape != tangent.shape:
        raise RuntimeError("Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                           f"not supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
                           f"{list(tangent.shape)}.")  # fmt: skip
    with enable_grad():
        made = start("make_dual", tensor)
    _LEVELS[-1].append((made, tangent))
    return made


def unpack_dual(tensor, *, level=None):
    """(primal, tangent); the tangent is None for what does not depend on a dual tensor."""
    if not _LEVELS:
        return UnpackedDualTensor(tensor, None)
    for dual, tangent in _LEVELS[-1]:
        if dual is tensor:
            return UnpackedDualTensor(tensor.detach(), tangent)
    return UnpackedDualTensor(tensor.detach(), tangent_of(tensor, _LEVELS[-1]))


def tangent_of(tensor, duals):
    if not tensor.requires_grad or not duals:
        return None
    with enable_grad():
        probe = torch.zeros_like(tensor).requires_grad_()
        found = gradients([tensor], [d for d, _ in duals], [probe], True, True)
    kept = [(g, t) for g, (_, t) in zip(found, duals) if g is not None]
    if not kept:
        return None
    create = is_grad_enabled() and any(t.requires_grad for _, t in kept)
    linear = [(g, t) for g, t in kept if g.requires_grad]
    (out,) = gradients([g for g, _ in linear], [probe], [t for _, t in linear], True, create)
    return torch.zeros_like(tensor) if out is None else out


def by_jvp(cls, ctx, args, outputs):
    """The outputs of a Function with the tangents that its own `jvp` gives; one with a `backward` needs no rule."""
    base = function.Function
    if not _LEVELS or cls.jvp is base.jvp or cls.backward is not base.backward or cls.vjp is not base.vjp:
        return outputs
    tangents = [unpack_dual(a).tangent if isinstance(a, Tensor) else None for a in args]
    if all(t is None for t in tangents):
        return outputs
    given = [torch.zeros_like(a) if t is None and isinstance(a, Tensor) else t for a, t in zip(args, tangents)]
    several = isinstance(outputs, (tuple, list))
    outs = outputs if several else (outputs,)
    got = cls.jvp(ctx, *given)
    got = got if isinstance(got, (tuple, list)) else (got,)
    made = tuple(o if t is None else make_dual(o.detach(), t) for o, t in zip(outs, got))
    return made if several else made[0]


function.forward_rule = by_jvp
