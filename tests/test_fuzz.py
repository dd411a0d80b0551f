"""Random programs agree with PyTorch in values, gradients and exceptions."""

import warnings

import programs_jit
import programs_views
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from programs import SHAPES, run

import eagerjax

torch = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")


@pytest.mark.parametrize("part", range(8))
def test_random_programs_agree_with_pytorch(part):
    """2,000 programs of 5-40 instructions, 250 a part, drawn by fixed seeds.

    A part has three or four of the eight shapes, so that it meets fewer kinds of calls; any two of the eight meet in some part.
    """
    shapes = [SHAPES[(part + i) % len(SHAPES)] for i in ((0, 1, 3, 4) if part < 4 else (0, 1, 3))]
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(part * 250, (part + 1) * 250):
            run(torch, eagerjax, seed, 5 + seed % 36, shapes=shapes)


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers(10**6, 10**9), st.integers(5, 40))
def test_random_programs_from_hypothesis_agree(seed, steps):
    """Seeds that hypothesis chooses, the same on every run; it shrinks a failing one to fewer instructions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run(torch, eagerjax, seed, steps)


@pytest.mark.parametrize("part", range(2))
def test_random_programs_of_views_agree_with_pytorch(part, mode):
    """60 programs a mode of the second family: views, aliases, writes in other grad modes, gradients of gradients."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = part * 50 + (1000 if mode == "stepwise" else 0)
        for seed in range(first, first + 30):
            programs_views.run(torch, eagerjax, seed, 5 + seed % 36)


@pytest.mark.parametrize("part", range(2))
def test_random_programs_as_compiled_functions(part):
    """60 programs, each called six times as a function under `jit=True`: the calls must leave what they leave without."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        replayed = sum(programs_jit.run(torch, eagerjax, s, 5 + s % 36) for s in range(part * 30, part * 30 + 30))
    assert replayed > 5
