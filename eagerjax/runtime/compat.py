"""Every difference between the JAX versions that are supported (0.7.2 and later) lives in this file."""

import functools

import jax
from jax.extend.core import Literal as Literal

try:
    from jax import enable_x64 as _enable_x64  # 0.8 and later  # pyright: ignore[reportAttributeAccessIssue]
except ImportError:
    from jax.experimental import enable_x64 as _enable_x64  # pyright: ignore[reportAttributeAccessIssue]


def x64():
    """A context in which JAX keeps 64-bit types; thread-local, so nobody else's programs change."""
    return _enable_x64(True)


RuntimeFailure = getattr(jax.errors, "JaxRuntimeError", None) or RuntimeError
"""What a compiled program raises when it fails while running (out of memory, say)."""


@functools.cache
def knows_option(option):
    """Does this jaxlib's compiler take `option`, a (name, value) pair? Asked once with a tiny program."""
    if jax.default_backend() != "cpu":
        return False
    try:
        jax.jit(lambda: 0, compiler_options=dict([option])).lower().compile()
    except Exception as error:
        if "No such compile option" in str(error) or option[0] in str(error):
            return False
        raise
    return True
