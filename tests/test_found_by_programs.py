"""What public programs tripped over when they were run unchanged: one test for each cause."""

import enum

import numpy as np
import pytest

import eagerjax as torch


class Level(enum.IntEnum):
    LOW = 3


@pytest.mark.parametrize("number", [np.float64(2.0), Level.LOW], ids=["numpy", "enum"])
def test_numbers_of_subclasses(number):
    """np.float64 is a float, but not its type: attention divides scores by np.sqrt(d)."""
    x = torch.ones(2, requires_grad=True)
    for _ in range(3):
        y = x * number + x / number + x.clamp(max=number)
        y.sum().backward()
    assert torch.allclose(x.grad, torch.full((2,), 3 * (float(number) + 1 / float(number) + 1)))
