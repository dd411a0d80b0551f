"""Every difference between the JAX versions that are supported (0.7.2 and later) lives in this file."""

import dataclasses
import functools
import importlib
from typing import Any

import jax

try:
    from jax import enable_x64 as _enable_x64  # 0.8 and later  # pyright: ignore[reportAttributeAccessIssue]
except ImportError:
    from jax.experimental import enable_x64 as _enable_x64  # pyright: ignore[reportAttributeAccessIssue]


def x64():
    """The context of all tracing and running: JAX keeps 64-bit types, and float32 products are as exact as PyTorch's.

    Thread-local, so nobody else's programs change. On the CPU products are exact anyway.
    """
    return _enable_x64(True) if _exact() else _Context(_enable_x64(True), jax.default_matmul_precision(PRECISIONS[precision]))


def x64_is(on):
    """The context in which JAX's x64 mode is on or off, for functions that are not the library's."""
    return _enable_x64(on)


PRECISIONS = {"highest": "highest", "high": "high", "medium": "default"}
"""JAX's names for those of `set_float32_matmul_precision`. JAX's own default is bfloat16 on a TPU and TF32 on a GPU."""
precision = "highest"


@functools.cache
def jaxprs():
    """`jax.extend.core`, the types of jaxprs. It brings all of Pallas, 20 ms: imported when first needed."""
    return importlib.import_module("jax.extend.core")


@functools.cache
def _exact():
    return jax.default_backend() == "cpu"


class _Context:
    """Two contexts as one."""

    __slots__ = ("inner", "outer")

    def __init__(self, outer, inner):
        self.outer, self.inner = outer, inner

    def __enter__(self):
        self.outer.__enter__()
        self.inner.__enter__()

    def __exit__(self, *error):
        self.inner.__exit__(*error)
        self.outer.__exit__(*error)


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
    sizes: list[Any] = [getattr(memory, f"{name}_size_in_bytes", None) for name in ("argument", "output", "temp", "alias")]
    inputs, outputs, scratch, shared = sizes
    peak = None if None in sizes else inputs + outputs + scratch - shared
    return Analysis(cost.get("flops"), cost.get("bytes accessed"), peak, inputs, outputs, scratch)


def bind(equation, values):
    """The results of an equation of a jaxpr for other operands."""
    params, functions = equation.primitive.get_bind_params(equation.params), ()
    if isinstance(params, tuple):  # before jax 0.8 or so: functions among the parameters come apart from the rest
        functions, params = params
    outs = equation.primitive.bind(*functions, *values, **params)
    return outs if equation.primitive.multiple_results else [outs]


def state_of_scan(equation):
    """(start, stop) of the loop's state among the operands of a `scan`: constants come before it, rows after it.

    Seen from the shapes: the parameters that tell it have other names in each version.
    """
    body = getattr(equation.params["jaxpr"], "jaxpr", equation.params["jaxpr"])
    alike = [
        sum(len(a.aval.shape) == len(b.aval.shape) for a, b in zip(inner, outer, strict=True))
        for inner, outer in ((body.invars, equation.invars), (body.outvars, equation.outvars))
    ]
    return alike[0] - alike[1], alike[0]


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
