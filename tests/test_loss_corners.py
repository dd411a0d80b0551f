"""Losses and pools where PyTorch's gradient or error is a convention."""

import math

import pytest

import eagerjax as ej
from eagerjax import nn
from eagerjax.nn import functional as F


def test_the_gradient_of_kl_div_for_targets_at_and_below_zero_is_nan():
    x = ej.tensor([0.5, 0.5, 0.5])
    t = ej.tensor([0.0, -1.0, 0.5], requires_grad=True)
    loss = F.kl_div(x, t, reduction="none")
    loss.backward(ej.ones(3))
    assert [math.isnan(g) for g in t.grad.tolist()] == [True, True, False]
    t.grad = None
    F.kl_div(x, t, reduction="none").backward(ej.zeros(3))
    assert [math.isnan(g) for g in t.grad.tolist()] == [True, False, False]


def test_lp_pool_hands_nan_to_every_element_of_its_window():
    x = ej.tensor([[[1.0, -1.0, 0.0, 0.0, 3.0, 4.0]]], requires_grad=True)
    F.lp_pool1d(x, 1.5, 2).sum().backward()
    assert [math.isnan(g) for g in x.grad.tolist()[0][0]] == [True, True, False, False, False, False]


def test_class_weights_of_another_dtype_are_refused_with_labels():
    for loss in (F.nll_loss, F.cross_entropy):
        with pytest.raises(RuntimeError, match="expected scalar type Float but found Half"):
            loss(ej.randn(2, 3), ej.tensor([0, 1]), weight=ej.ones(3, dtype=ej.float16))


def test_ignore_index_needs_labels():
    with pytest.raises(RuntimeError, match="ignore_index is not supported"):
        F.cross_entropy(ej.randn(2, 3), ej.rand(2, 3), ignore_index=1)


@pytest.mark.torch
@pytest.mark.parametrize("size, channels", [(3, 5), (4, 6), (5, 3)])
def test_cross_map_normalisation_is_pytorchs(size, channels):
    torch = pytest.importorskip("torch")
    x = torch.randn(2, channels, 2, 3, generator=torch.Generator().manual_seed(0)) * 10
    theirs, mine = x.clone().requires_grad_(), ej.tensor(x.numpy(), requires_grad=True)
    want = torch.nn.CrossMapLRN2d(size, alpha=0.1)(theirs)
    got = nn.CrossMapLRN2d(size, alpha=0.1)(mine)
    assert ej.allclose(got, ej.tensor(want.detach().numpy()), atol=1e-5)
    want.pow(2).sum().backward()
    got.pow(2).sum().backward()
    assert ej.allclose(mine.grad, ej.tensor(theirs.grad.numpy()), atol=1e-4)
