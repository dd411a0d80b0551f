"""The library's own errors, and how errors of JAX become the ones that PyTorch's users catch."""

import os

FINE = -(1 << 63)
"""A fault's condition is a boolean, or an int64: the value that is wrong, or this."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class EagerJaxError(RuntimeError):
    """Base of the library's own errors."""


class NotSupportedError(EagerJaxError, NotImplementedError):
    """A part of PyTorch that eagerjax does not have; docs/coverage.md lists them."""


def is_wrong(condition):
    """Does a fault's computed condition hold?"""
    return bool(condition) if condition.dtype == bool else int(condition) != FINE


def first_found(conditions):
    """(number of the first computed condition that holds, the value that is wrong) or None."""
    for i, condition in enumerate(conditions):
        if is_wrong(condition):
            return i, int(condition)
    return None


def fault_text(message, value):
    """A fault's message: a function of the value that is wrong, or a text in which {} stands for it."""
    return message(int(value)) if callable(message) else message.replace("{}", str(int(value)))


def refuse_wrong(found):
    """Raise the first of (condition, error class, message) whose condition holds."""
    for condition, kind, message in found:
        if is_wrong(condition):
            raise kind(fault_text(message, condition))


def error_of_jax(error, name, avals):
    """`error` itself if an op's definition raised it; what JAX raised becomes a RuntimeError in the user's terms."""
    error.__dict__.pop("__notes__", None)  # JAX's remark that it hides frames of its own
    if isinstance(error, AttributeError) and "'NoneType' object" in str(error):
        return TypeError(f"{name}(): argument must be Tensor, not NoneType")
    if _raised_by_us(error):
        return error
    if "for broadcasting" in str(error):
        return RuntimeError(broadcast_message([shape for shape, _ in avals]) or str(error))
    operands = ", ".join(f"{dtype.name}{list(shape)}" for shape, dtype in avals)
    return RuntimeError(f"{name}({operands}): {str(error).splitlines()[0] if str(error) else type(error).__name__}")


def broadcast_message(shapes):
    """What PyTorch says of the first two shapes that do not broadcast; None if they all do."""
    so_far = ()
    for shape in shapes:
        ndim = max(len(so_far), len(shape))
        a, b = ((1,) * (ndim - len(s)) + tuple(s) for s in (so_far, shape))
        for dim in reversed(range(ndim)):
            if a[dim] != b[dim] and 1 not in (a[dim], b[dim]):
                return (f"The size of tensor a ({a[dim]}) must match the size of tensor b ({b[dim]}) at non-singleton dimension "
                        f"{dim}")  # fmt: skip
        so_far = tuple(m if n == 1 else n for n, m in zip(a, b))
    return None


def _raised_by_us(error):
    tb = error.__traceback__
    while tb.tb_next is not None:
        tb = tb.tb_next
    return tb.tb_frame.f_code.co_filename.startswith(_PACKAGE)
