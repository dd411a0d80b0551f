"""torch.masked: each function equals the plain one of the elements that are kept."""

import math

import numpy as np
import pytest

import eagerjax as torch

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(3, 6))
MASK = np.array([[1, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0]], bool)
PLAIN = {
    "sum": np.sum,
    "prod": np.prod,
    "amax": np.max,
    "amin": np.min,
    "mean": np.mean,
    "var": lambda x: np.var(x, ddof=1),
    "std": lambda x: np.std(x, ddof=1),
    "median": lambda x: np.sort(x)[(len(x) - 1) // 2],
    "norm": np.linalg.norm,
    "logsumexp": lambda x: np.log(np.sum(np.exp(x))),
}


@pytest.mark.parametrize("name", PLAIN)
def test_reductions_of_what_is_kept(name):
    found = getattr(torch.masked, name)(torch.tensor(ROWS), dim=1, mask=torch.tensor(MASK))
    wanted = [PLAIN[name](row[kept]) for row, kept in zip(ROWS, MASK)]
    np.testing.assert_allclose(found.numpy(), wanted)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_normalisations_of_what_is_kept(name):
    found = getattr(torch.masked, name)(torch.tensor(ROWS), 1, mask=torch.tensor(MASK)).numpy()
    for row, kept, mine in zip(ROWS, MASK, found):
        weights = np.exp(-row[kept] if name == "softmin" else row[kept])
        share = weights / weights.sum()
        np.testing.assert_allclose(mine[kept], np.log(share) if name == "log_softmax" else share)
        assert (mine[~kept] == (-math.inf if name == "log_softmax" else 0)).all()


def test_positions_running_sums_and_normalize():
    x, mask = torch.tensor([3.0, 9.0, -1.0]), torch.tensor([True, False, True])
    masked = torch.masked
    assert masked.argmax(x, mask=mask).item() == 0 and masked.argmin(x, mask=mask).item() == 2
    assert masked.cumsum(x, 0, mask=mask).tolist() == [3.0, 3.0, 2.0]
    assert masked.cumprod(x, 0, mask=mask).tolist() == [3.0, 3.0, -3.0]
    assert masked.normalize(x, 1.0, 0, mask=mask).tolist() == [0.75, 0.0, -0.25]
    assert masked.logaddexp(x, x, input_mask=mask, other_mask=~mask).tolist() == x.tolist()


def test_nothing_kept():
    x, mask = torch.ones(2), torch.zeros(2, dtype=torch.bool)
    assert torch.masked.sum(x, mask=mask).item() == 0 and torch.masked.prod(x, mask=mask).item() == 1
    assert torch.masked.amax(x, mask=mask).item() == -math.inf and torch.masked.mean(x, mask=mask).isnan()
    assert torch.masked.amin(torch.tensor([1, 2]), mask=mask).item() == torch.iinfo(torch.int64).max
    with pytest.raises(ValueError, match="fully masked out"):
        torch.masked.median(torch.tensor([1, 2]), mask=mask)


def test_complex_elements_are_masked_out_too():
    x, mask = torch.tensor([1 + 1j, 5 - 2j, 0.5j]), torch.tensor([True, False, True])
    wanted = np.log(np.exp(1 + 1j) + np.exp(0.5j))
    np.testing.assert_allclose(torch.masked.logsumexp(x, mask=mask).item(), wanted, rtol=1e-5)


def test_gradients_pass_through_what_is_kept():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    torch.masked.mean(x, mask=torch.tensor([True, False, True])).backward()
    assert x.grad.tolist() == [0.5, 0.0, 0.5]


def test_a_mask_with_more_dimensions_is_refused():
    with pytest.raises(IndexError):
        torch.masked.sum(torch.ones(2), mask=torch.ones(1, 2, dtype=torch.bool))
