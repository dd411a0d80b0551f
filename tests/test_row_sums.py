"""Gradients of a weight that many calls read are one product of all their rows."""

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax.lower import chunks, row_sums

F = torch.nn.functional


@pytest.fixture
def products(monkeypatch):
    """How many pairs of sides each product had that was put off."""
    found, value = [], row_sums.RowSum.value

    def counted(self):
        found.append(len(self.left))
        return value(self)

    monkeypatch.setattr(row_sums.RowSum, "value", counted)
    return found


def inputs(n, rows=(), dtype=torch.float32):
    rng = np.random.default_rng(0)
    weight = torch.tensor(rng.standard_normal((24, 16)), dtype=dtype, requires_grad=True)
    return weight, [torch.tensor(rng.standard_normal((*rows, 16)), dtype=dtype) for _ in range(n)]


def expected(weight, xs, factor=1.0):
    """The gradient of the sum of tanh(factor * weight @ x)."""
    w, total = factor * weight.detach().numpy(), 0
    for x in xs:
        x = x.numpy().reshape(-1, 16)
        total = total + factor * (1 - np.tanh(x @ w.T) ** 2).T @ x
    return total


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rows", [(), (1,), (2,)])
def test_many_calls_make_one_product(products, rows, dtype):
    weight, xs = inputs(5, rows, dtype)
    with execution("stepwise"):
        sum(F.linear(x, weight).tanh().sum() for x in xs).backward()
        assert weight.grad.dtype is dtype
    np.testing.assert_allclose(weight.grad.numpy(), expected(weight, xs), rtol=1e-4, atol=1e-5)
    assert products == [5]


def test_where_rows_are_many_each_call_has_its_product(products):
    weight, xs = inputs(3, (12,))
    with execution("stepwise"):
        sum(F.linear(x, weight).tanh().sum() for x in xs).backward()
        np.testing.assert_allclose(weight.grad.numpy(), expected(weight, xs), rtol=1e-4, atol=1e-5)
    assert not products


def test_a_weight_that_something_else_reads_too():
    weight, xs = inputs(4)
    with execution("stepwise"):
        loss = F.linear(xs[0], weight).tanh().sum() + (weight * 3).sum()
        for x in xs[1:]:
            loss = loss + F.linear(x, weight).tanh().sum()
        (loss + weight.sum()).backward()
    np.testing.assert_allclose(weight.grad.numpy(), expected(weight, xs) + 4, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("retain", [False, True])
def test_a_weight_that_is_computed(retain):
    weight, xs = inputs(4)
    with execution("stepwise"):
        scaled = weight * 2
        if retain:
            scaled.retain_grad()
        sum(F.linear(x, scaled).tanh().sum() for x in xs).backward()
        np.testing.assert_allclose(weight.grad.numpy(), expected(weight, xs, 2.0), rtol=1e-4, atol=1e-5)
        if retain:
            np.testing.assert_allclose(scaled.grad.numpy(), expected(weight, xs, 2.0) / 2, rtol=1e-4, atol=1e-5)


def test_sums_go_on_over_several_passes_and_pieces_that_are_looked_at():
    weight, xs = inputs(6)
    with execution("stepwise"):
        seen = []
        weight.register_hook(lambda grad: seen.append(grad.clone()))
        first = F.linear(xs[0], weight).tanh().sum()
        assert np.isfinite(first.item())
        (first + sum(F.linear(x, weight).tanh().sum() for x in xs[1:4])).backward()
        sum(F.linear(x, weight).tanh().sum() for x in xs[4:]).backward()
        np.testing.assert_allclose(weight.grad.numpy(), expected(weight, xs), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(seen[0].numpy(), expected(weight, xs[:4]), rtol=1e-4, atol=1e-5)


def test_a_repeated_cell(products):
    """Pieces of calls that are one function of numpy code put their products off, too."""
    weight, xs = inputs(40, dtype=torch.float64)
    rng = np.random.default_rng(1)

    def run(order, multiply):
        mine = weight.detach().clone().requires_grad_()
        h = xs[0]
        for i in order:
            h = torch.tanh(multiply(torch.cat([xs[i][:8], h[:8]]), mine)[:16]) + h
        h.sum().backward()
        return mine.grad.numpy()

    for _ in range(6):
        order = rng.permutation(len(xs))[: int(rng.integers(20, 40))]
        found = run(order, F.linear)
        assert products == [len(order)]
        products.clear()
        np.testing.assert_allclose(found, run(order, lambda x, weight: (weight * x).sum(1)), rtol=1e-6, atol=1e-8)
    assert any(chunk is not None for chunk in chunks._KNOWN.values())
