"""Shared by all tests: execution modes as one fixture, quiet JAX, a fresh seed."""

import contextlib
import functools
import gc
import importlib.metadata
import math
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("EAGERJAX_CACHE", "off")  # what a test compiles does not depend on what ran before
os.environ.setdefault("JAX_TRACEBACK_FILTERING", "off")  # thousands of calls are to fail, and each is looked through
if os.environ["JAX_PLATFORMS"] == "cpu" and "xla_backend_optimization_level" not in os.environ.get("XLA_FLAGS", ""):
    # Half of what the tests cost is the second half of the compiler: LLVM's passes, and the code that they work on. XLA's
    # own passes, before these, give the same programs either way.
    quickly = ["--xla_backend_optimization_level=0"]
    if [*map(int, importlib.metadata.version("jaxlib").split(".")[:2])] < [0, 11]:  # later ones have one way only
        quickly.append("--xla_cpu_use_fusion_emitters=false")
    os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *quickly]).strip()

import pytest

import eagerjax
from eagerjax.lower import program
from eagerjax.lower.flush import flush
from eagerjax.lower.options import options_of
from eagerjax.record.trace import state
from eagerjax.runtime import compat, config
from eagerjax.static.deferred import Deferred


@contextlib.contextmanager
def execution(mode):
    """Run with one way of execution: "stepwise", or "fused" (whole programs are compiled at first sight)."""
    flush()
    saved = state.stepwise, config.repeats_before_compile, config.compile_small, config.long_light
    state.stepwise = mode == "stepwise"
    config.long_light = math.inf if mode == "fused" else saved[3]
    config.compile_small = mode == "fused"  # also what would run as numpy code
    config.repeats_before_compile = 0 if mode == "fused" else saved[1]
    try:
        yield
    finally:
        flush()
        state.stepwise, config.repeats_before_compile, config.compile_small, config.long_light = saved


@pytest.fixture(params=["stepwise", "fused"])
def mode(request):
    """Every test that takes this runs in each mode, with equal results."""
    with execution(request.param):
        yield request.param


@pytest.fixture(params=["stepwise", "fused", "jit"])
def way(request):
    """A test that takes this runs in three modes, with equal results: `way(function)` is what it is to call."""
    with execution("stepwise" if request.param == "stepwise" else "fused"):
        yield Way(request.param)


class Way:
    """One of the three ways to run a function."""

    def __init__(self, name):
        self.name = name
        self.made = []

    def __call__(self, function):
        if self.name != "jit":
            return function
        compiled = eagerjax.compile(function, jit=True)
        self.made.append(compiled)
        return compiled

    def replayed(self):
        """Calls that ran none of a function's Python."""
        return sum(r.calls for c in self.made for v in c.variants.values() for r in v.replays)


@pytest.fixture
def rounded_as_for_users(monkeypatch):
    """Programs round in the last bit as they do outside of the tests, where the compiler is not in a hurry (see above)."""
    slowly = ("xla_cpu_use_fusion_emitters", True)
    if compat.knows_option(slowly):
        monkeypatch.setattr(program, "options_of", lambda path: {**(options_of(path) or {}), **dict([slowly])})


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from one seed and leaves no grad mode and no pending fault behind."""
    eagerjax.manual_seed(0)
    yield
    state.trace.grad = True
    flush()
    state.faults.clear()
    modes = state.watch, state.body, state.engines, state.inference, state.stepwise, state.anomaly, state.autocast
    assert modes == (None, None, [], False, False, False, None)  # all is over


@pytest.fixture(autouse=True, scope="module")
def what_others_left():
    """Of no concern to the garbage collections of a file: millions of objects that JAX keeps, a second for each collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def untouched():
    """A compiled call asks a few counters whether its results are as it has left them; in tests each of them is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Deferred, "is_open", functools.partialmethod(checked_is_open, Deferred.is_open))
        yield


def checked_is_open(self, is_open):
    found = is_open(self)
    if found:
        for holder, ref in zip(self.holders(), self.refs, strict=True):
            assert holder._array is None and holder._trace is self.trace and holder._ref is ref and holder._base is None
        assert not any(leaf.hooks or leaf.accumulated_hooks for leaf in self.leaves)
        assert {leaf for leaf in self.leaves if leaf.kept is not None} >= {*self.gradients}
    return found
