"""The library's own errors, and how errors of JAX become the ones that PyTorch's users catch."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class EagerJaxError(RuntimeError):
    """Base of the library's own errors."""


class NotSupportedError(EagerJaxError, NotImplementedError):
    """A part of PyTorch that eagerjax does not have; docs/coverage.md lists them."""


def error_of_jax(error, name, avals):
    """`error` itself if an op's definition raised it; what JAX raised becomes a RuntimeError in the user's terms."""
    if _raised_by_us(error):
        return error
    operands = ", ".join(f"{dtype.name}{list(shape)}" for shape, dtype in avals)
    return RuntimeError(f"{name}({operands}): {str(error).splitlines()[0] if str(error) else type(error).__name__}")


def _raised_by_us(error):
    tb = error.__traceback__
    while tb.tb_next is not None:
        tb = tb.tb_next
    return tb.tb_frame.f_code.co_filename.startswith(_PACKAGE)
