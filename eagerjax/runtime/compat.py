"""Every difference between the JAX versions that are supported (0.7.2 and later) lives in this file."""

import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Analysis:
    """What XLA says of a compiled program; None where the backend does not tell."""

    flops: float | None
    bytes_accessed: float | None
    peak_bytes: int | None
    input_bytes: int | None
    output_bytes: int | None
    scratch_bytes: int | None


def analyse(executable):
    """The Analysis of a `jax.stages.Compiled`. The shapes of both answers differ between versions and backends."""
    cost, memory = executable.cost_analysis() or {}, executable.memory_analysis()
    if isinstance(cost, (list, tuple)):  # one per partition, once
        cost = cost[0] if cost else {}
    sizes = [getattr(memory, f"{name}_size_in_bytes", None) for name in ("argument", "output", "temp", "alias")]
    inputs, outputs, scratch, shared = sizes
    peak = None if None in sizes else inputs + outputs + scratch - shared
    return Analysis(cost.get("flops"), cost.get("bytes accessed"), peak, inputs, outputs, scratch)


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
