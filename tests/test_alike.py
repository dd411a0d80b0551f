"""Calls that differ in sizes alone: one stands for all, and nothing of it is seen."""

import jax
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.lower import alike, hosted, infer
from eagerjax.ops.define import REGISTRY

SIZES = [(2, 3), (3, 2), (5, 5), (1, 6), (6, 1), (7, 4), (101, 103), (40, 50), (3, 101)]


def program(torch, n, m):
    """[value, gradients] of a few ops that are `sizeless`, with broadcasting of all kinds."""
    rng = np.random.default_rng(n * 1000 + m)
    a, b, c = [torch.tensor(rng.standard_normal(s).astype(np.float32), requires_grad=True) for s in ((n, m), (m,), (n, 1))]
    x = torch.where(a > 0, (a * b + c).sigmoid(), b.exp())
    y = x.sum(0).amax() + x.logsumexp(1).sum() + (x.amin(1, keepdim=True) * c).sum() + (a.sin() / (b * b + 1)).sum()
    y.backward()
    return [t.detach().numpy() for t in (y, a.grad, b.grad, c.grad)]


@pytest.mark.torch
def test_values_and_gradients_are_those_of_the_sizes_at_hand():
    oracle = pytest.importorskip("torch")
    for n, m in SIZES:
        for ours, theirs in zip(program(torch, n, m), program(oracle, n, m), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


def returns(n):
    logs = torch.tensor(np.linspace(-1, 0, n, dtype=np.float32), requires_grad=True)
    loss = -(logs * torch.tensor(np.arange(n, dtype=np.float32))).sum()
    loss.backward()
    return loss.item(), logs.grad


def test_another_length_is_not_traced_again(monkeypatch):
    for n in (50, 49):
        returns(n)
    monkeypatch.setattr(hosted, "translate", None)  # what would write numpy code
    monkeypatch.setattr(infer.jax, "eval_shape", None)
    for n in range(43, 48):
        loss, grad = returns(n)
        assert grad.shape == (n,) and grad.tolist() == [-float(i) for i in range(n)]
        np.testing.assert_allclose(loss, -float(np.sum(np.linspace(-1, 0, n) * np.arange(n))), rtol=1e-5)


def test_errors_name_the_sizes_at_hand():
    with pytest.raises(RuntimeError, match=r"tensor a \(7\) must match the size of tensor b \(9\)"):
        torch.ones(7) + torch.ones(9)
    with pytest.raises(IndexError, match=r"range of \[-1, 0\]"):
        torch.ones(11).sum(2)
    with pytest.raises(RuntimeError, match="amax"):
        torch.ones(0).amax()


def test_equal_sizes_stand_for_equal_ones_and_0_for_nothing():
    add, f = REGISTRY["add"], torch.float32
    assert alike.standing(add, (((4, 9), f), ((9,), f))) == ((((101, 103), f), ((103,), f)), {101: 4, 103: 9})
    assert alike.standing(add, (((4, 1, 4), f), ((), f)))[0] == (((101, 1, 101), f), ((), f))
    assert alike.standing(add, (((4, 0), f), ((), f))) is None
    assert alike.standing(add, (((1,), f), ((), f))) is None
    assert alike.standing(REGISTRY["mean"], (((4,), f),)) is None  # it divides by the size


@pytest.mark.parametrize("shapes", [((6, 5), (5,)), ((8,), (8,)), ((3, 1), (1, 4))])
def test_a_reverse_pass_inside_a_compiled_program_has_the_sizes_at_hand(shapes):
    a, b = [torch.rand(shape, requires_grad=True) for shape in shapes]
    out = a * b
    node = out._ref.node
    host = hosted.of(node, True)
    assert type(host.tree) is hosted.Later
    arrays = [np.asarray(t.tolist(), np.float32) for t in (a, b)]
    results = host.run(*arrays)
    grads = [np.ones(out.shape, np.float32)]
    pulled, traced = host.pull(results[1:], grads), host.traced(results[1:], tuple(grads))
    for ours, theirs, operand in zip(pulled, traced, arrays, strict=True):
        assert isinstance(theirs, jax.Array) and ours.shape == operand.shape
        np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-6)


def test_a_call_that_is_too_large_for_numpy_is_compiled():
    node = (torch.rand(300, 400) * 2).erfinv()._ref.node
    assert hosted.of(node, False) is None
    assert hosted.of((torch.rand(3, 40) * 2).erfinv()._ref.node, False) is not None
