"""Shared by all tests: execution modes as one fixture, quiet JAX, a fresh seed."""

import contextlib
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import pytest

import eagerjax
from eagerjax.lower.flush import flush
from eagerjax.record.trace import state
from eagerjax.runtime import config


@contextlib.contextmanager
def execution(mode):
    """Run with one way of execution: "stepwise", or "fused" (whole programs are compiled at first sight)."""
    flush()
    saved = state.stepwise, config.repeats_before_compile
    state.stepwise = mode == "stepwise"
    config.repeats_before_compile = 0 if mode == "fused" else saved[1]
    try:
        yield
    finally:
        flush()
        state.stepwise, config.repeats_before_compile = saved


@pytest.fixture(params=["stepwise", "fused"])
def mode(request):
    """Every test that takes this runs in each mode, with equal results."""
    with execution(request.param):
        yield request.param


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from one seed and leaves no grad mode and no pending fault behind."""
    eagerjax.manual_seed(0)
    yield
    state.trace.grad = True
    flush()
    state.faults.clear()
