"""What only values can tell is also seen in operands that are aliases of an input and hold no array themselves."""

import pytest

import eagerjax as ej
from eagerjax.nn import functional as F


def test_a_detached_index_is_checked_like_any_other():
    weight, index = ej.ones(4, 2), ej.tensor([1, 2])
    for _ in range(3):
        assert F.embedding(index.detach(), weight).shape == (2, 2)
    with pytest.raises(IndexError):
        float(F.embedding(ej.tensor([1, 9]).detach(), weight).sum())


def test_normal_takes_tensors_of_means_and_deviations():
    assert ej.normal(ej.zeros(3), ej.ones(3)).shape == (3,)
    with pytest.raises(RuntimeError, match="std >= 0"):
        float(ej.normal(ej.zeros(3), -ej.ones(3)).sum())
