"""Quantiles, histograms, membership, differences and flat indices, against numpy."""

import math

import numpy as np
import pytest

import eagerjax as torch

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(3, 7)).astype(np.float32)


# -- quantiles -------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("dim", [None, 0, -1])
def test_quantiles_as_numpy(dim, way):
    q = np.array([0.0, 0.3, 0.5, 1.0], np.float32)
    for keepdim in (False, True):
        found = torch.quantile(torch.tensor(ROWS), torch.tensor(q), dim, keepdim, interpolation=way)
        wanted = np.quantile(ROWS, q, axis=dim, keepdims=keepdim, method=way)
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_nan_spoils_quantiles_but_not_nanquantiles():
    x = torch.tensor([[1.0, math.nan, 3.0], [1.0, 2.0, 3.0]])
    assert torch.quantile(x, 0.5, 1).tolist()[1] == 2 and math.isnan(torch.quantile(x, 0.5, 1).tolist()[0])
    assert torch.nanquantile(x, 0.5, 1).tolist() == [2.0, 2.0]
    assert math.isnan(torch.nanquantile(torch.full((2,), math.nan), 0.5).item())


def test_gradient_of_a_quantile_goes_to_its_two_neighbours():
    x = torch.tensor([4.0, 1.0, 2.0], requires_grad=True)
    torch.quantile(x, 0.75).backward()
    assert x.grad.tolist() == [0.5, 0.0, 0.5]


def test_quantile_errors():
    x = torch.tensor([1.0, 2.0])
    for call in (
        lambda: torch.quantile(x, 2.0),
        lambda: torch.quantile(x, torch.tensor([2.0])).tolist(),
        lambda: torch.quantile(x.int(), 0.5),
        lambda: torch.quantile(x[:0], 0.5),
        lambda: torch.quantile(x, 0.5, interpolation="other"),
        lambda: torch.quantile(x, torch.tensor([0.5], dtype=torch.float64)),
    ):
        with pytest.raises(RuntimeError, match="quantile"):
            call()


# -- histograms --------------------------------------------------------------------------
@pytest.mark.parametrize("options", [{}, {"density": True}, {"range": (-1.0, 0.5)}])
def test_histogram_as_numpy(options):
    weight = np.abs(ROWS)
    found = torch.histogram(torch.tensor(ROWS), 5, weight=torch.tensor(weight), **options)
    hist, edges = np.histogram(ROWS, 5, weights=weight, **options)
    np.testing.assert_allclose(found.hist.numpy(), hist, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.bin_edges.numpy(), edges, rtol=1e-5, atol=1e-6)


def test_histogram_edges():
    """The last bin holds its upper edge; equal elements get a range; what lies outside or is NaN is not counted."""
    x = torch.tensor([0.0, 1.0, 2.0, 9.0, math.nan])
    assert torch.histogram(x, torch.tensor([0.0, 1.0, 2.0])).hist.tolist() == [1.0, 2.0]
    assert torch.histogram(torch.ones(3), 4).bin_edges.tolist() == [0.5, 0.75, 1.0, 1.25, 1.5]
    with pytest.raises(RuntimeError, match="not finite"):
        torch.histogram(x, 3).hist.tolist()
    with pytest.raises(NotImplementedError):
        torch.histogram(torch.arange(3), 3)


def test_histogramdd_as_numpy():
    points = RNG.normal(size=(20, 2)).astype(np.float32)
    found = torch.histogramdd(torch.tensor(points), [2, 3])
    hist, edges = np.histogramdd(points, [2, 3])
    np.testing.assert_allclose(found.hist.numpy(), hist)
    for mine, wanted in zip(found.bin_edges, edges):
        np.testing.assert_allclose(mine.numpy(), wanted, rtol=1e-5)


# -- the rest --------------------------------------------------------------------------------
def test_isin():
    x = torch.tensor([1.0, math.nan, 3.0])
    assert torch.isin(x, torch.tensor([3, 1])).tolist() == [True, False, True]
    assert torch.isin(x, x, invert=True).tolist() == [False, True, False]
    assert torch.isin(x, 3).tolist() == [False, False, True] and torch.isin(3, x).item()
    assert torch.isin(x, x[:0]).tolist() == [False] * 3
    assert torch.isin(torch.tensor([1, 2]), torch.tensor([1.5, 2])).tolist() == [False, True]
    with pytest.raises(RuntimeError, match="Bool"):
        torch.isin(torch.tensor([True]), torch.tensor([True]))


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient_as_numpy(edge_order):
    x, at = ROWS.astype(np.float64), np.cumsum(1 + RNG.random(7))
    for mine, wanted in zip(
        torch.gradient(torch.tensor(x), spacing=(2.0, 0.5), edge_order=edge_order),
        np.gradient(x, 2.0, 0.5, edge_order=edge_order),
    ):
        np.testing.assert_allclose(mine.numpy(), wanted)
    (mine,) = torch.gradient(torch.tensor(x), spacing=(torch.tensor(at),), dim=1, edge_order=edge_order)
    np.testing.assert_allclose(mine.numpy(), np.gradient(x, at, axis=1, edge_order=edge_order))


def test_unravel_index():
    flat = torch.tensor([[0, 5], [11, 7]])
    for mine, wanted in zip(torch.unravel_index(flat, (3, 2, 2)), np.unravel_index(flat.numpy(), (3, 2, 2))):
        assert mine.tolist() == wanted.tolist()
    with pytest.raises(TypeError):
        torch.unravel_index(torch.tensor([1.0]), (2,))


def test_hash_is_the_exclusive_or_of_the_bits():
    x = torch.tensor([1.5, -2.0, 3.25])
    wanted = np.bitwise_xor.reduce(x.double().numpy().view(np.uint64))
    assert torch.hash_tensor(x).item() == int(wanted)
    assert torch.hash_tensor(torch.tensor([True, True, True])).item() == 1


@pytest.mark.parametrize("spoil", [None, np.inf, np.nan])
def test_long_running_sums_and_their_gradients(spoil):
    """Sums in blocks: an infinite value changes nothing that comes before it."""
    x = np.linspace(-1, 2, 2 * 600, dtype=np.float32).reshape(2, 600)
    if spoil is not None:
        x[1, 400] = spoil
    g = np.linspace(1, -1, 1200, dtype=np.float32).reshape(2, 600)
    leaf = torch.tensor(x, requires_grad=True)
    y = leaf.cumsum(1)
    y.backward(torch.tensor(g))
    assert np.allclose(y.tolist(), np.cumsum(x.astype(np.float64), 1), atol=1e-3, equal_nan=True)
    assert np.allclose(leaf.grad.tolist(), np.cumsum(g[:, ::-1].astype(np.float64), 1)[:, ::-1], atol=1e-3)
