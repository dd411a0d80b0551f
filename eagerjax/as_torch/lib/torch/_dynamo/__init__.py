"""torch._dynamo: functions run as they are written; marks for a compiler have no effect."""

from eagerjax.as_torch.lib.torch.compiler import (  # noqa: F401
    allow_in_graph,
    assume_constant_result,
    disable,
    disallow_in_graph,
    is_compiling,
    list_backends,
    reset,
    substitute_in_graph,
)


def optimize(*args, **kwargs):
    """A decorator that returns the function."""
    return lambda fn: fn


optimize_assert = optimize


def graph_break(msg=""):
    """Nothing to do."""


def mark_dynamic(t, index, **bounds):
    """Nothing to do."""


def mark_static(t, index=None):
    """Nothing to do."""


def mark_static_address(t, guard=True):
    """Nothing to do."""


maybe_mark_dynamic = mark_dynamic


def forbid_in_graph(fn):
    return fn


def skip(fn=None):
    return fn if fn is not None else lambda f: f


def reset_code_caches():
    """Nothing to do."""


def is_dynamo_supported():
    """No: XLA compiles what runs."""
    return False


is_inductor_supported = is_dynamo_supported
