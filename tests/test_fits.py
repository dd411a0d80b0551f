"""Numbers that a dtype cannot hold, things that cannot be assigned, and writes to places that several elements share."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.forms import indexing


def small():
    return torch.tensor([100, 120], dtype=torch.int8)


@pytest.mark.parametrize(
    "write",
    [
        lambda n: n.fill_(300),
        lambda n: n.__setitem__(0, -300),
        lambda n: n.__setitem__(slice(None), 1e20),
        lambda n: n.__setitem__(n > 0, 300),
        lambda n: n.masked_fill(n > 0, 300),
        lambda n: n.index_fill_(0, torch.tensor([0]), 300),
        lambda n: torch.full((2,), 300, dtype=torch.int8),
        lambda n: torch.tensor([300], dtype=torch.int8),
        lambda n: torch.tensor(float("inf"), dtype=torch.int32),
        lambda n: n.float().fill_(1e300),
        lambda n: n.float().fill_(1j),
    ],
)
def test_a_number_that_does_not_fit_is_refused(write):
    """Also when another number has made the step general before."""
    n = small()
    n.fill_(3)
    n.fill_(4)
    with pytest.raises(RuntimeError, match="without overflow"):
        write(n)
    assert n.tolist() == [4, 4]


def test_what_fits_is_written():
    """Negative integers wrap in unsigned dtypes, fractions are cut, infinities are floats."""
    assert torch.tensor([1, 2], dtype=torch.uint8).fill_(-1).tolist() == [255, 255]
    assert small().fill_(1.7).tolist() == [1, 1]
    assert torch.zeros(1, dtype=torch.float16).fill_(-float("inf")).tolist() == [-float("inf")]
    assert torch.zeros(1, dtype=torch.bool).fill_(7).tolist() == [True]


@pytest.mark.parametrize("value", [[1.0, 2.0], (1.0, 2.0), np.ones(2), None, "a"])
def test_only_numbers_and_tensors_are_assigned(value):
    """PyTorch refuses sequences and arrays."""
    with pytest.raises(TypeError, match="can't assign a"):
        torch.zeros(2)[:] = value


def test_indices_are_long_int_or_masks():
    """Other integers do not index; a mask of bytes reads, but is not filled in."""
    x = torch.zeros(3)
    for bad in (torch.tensor([0], dtype=torch.int16), torch.tensor([0], dtype=torch.int8), 1.0):
        with pytest.raises(IndexError):
            x[bad]
    mask = torch.tensor([1, 0, 1], dtype=torch.uint8)
    assert x[mask].shape == (2,)
    with pytest.raises(RuntimeError, match="only supports boolean masks"):
        x[mask] = 1


def test_writes_to_shared_places():
    """Fills go through an expanded tensor, what would write one place twice raises, and so does copying across itself."""
    x = torch.arange(12.0).reshape(3, 4)
    x[0].expand(3, 4).fill_(7)
    assert x[0].tolist() == [7.0] * 4
    wide = x[0].expand(3, 4)
    indexing.warn_of_expanded.cache_clear()  # it warns once
    wide[torch.tensor([[False] * 4, [True] * 4, [False, True, True, False]])] = 5.0
    assert x[0].tolist() == [5.0] * 4
    with pytest.warns(UserWarning, match="index_put_ on expanded tensors is deprecated"):
        wide[[1]] = 1.0
    assert x[0].tolist() == [1.0] * 4
    with pytest.raises(RuntimeError, match="single memory"):
        wide.add_(1)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        x[:2].copy_(x[1:])
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        x[:2] = x[1:]
