"""Writes through `.data` between forward and backward: no version check sees them, and PyTorch's gradients are computed from
what is there by then. The numbers are PyTorch's."""

import math

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.nn import functional as F

OVERWRITTEN = "modified by an inplace operation"


@pytest.fixture(params=[False, True], ids=["pending", "looked"])
def look(request):
    """May look at a result: what was recorded so far runs then."""
    return (lambda tensor: tensor.item()) if request.param else lambda tensor: None


def ones(*shape):
    return torch.ones(*shape, requires_grad=True)


def close(found, expected):
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5)


def set_data(x):
    x.data = torch.full((3,), 7.0)


def write_data(x):
    x.data.mul_(3)


@pytest.mark.parametrize("change, expected", [(set_data, [7, 7, 7]), (write_data, [0, 6, 12])])
def test_a_kept_operand(mode, look, change, expected):
    w, u = ones(3), torch.arange(3.0) * 2
    y = (w * u).sum()
    look(y)
    change(u)
    y.backward()
    close(w.grad, expected)


@pytest.mark.parametrize("writer, checked", [("data", True), ("base", False)])
def test_each_data_has_a_version_counter_of_its_own(look, writer, checked):
    w, u = ones(3), torch.arange(3.0) * 2
    data = u.data
    y = (w * data).sum()
    look(y)
    (data if writer == "data" else u).mul_(3)
    if checked:
        with pytest.raises(RuntimeError, match=OVERWRITTEN):
            y.backward()
    else:
        y.backward()
        close(w.grad, [0, 6, 12])


@pytest.mark.parametrize("needs", [False, True])
def test_detach_shares_the_version_counter(look, needs):
    w, u = ones(3), torch.arange(3.0, requires_grad=needs) * 2
    y = (w * u.detach()).sum()
    look(y)
    u.mul_(3)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.backward()


def test_versions():
    u = torch.ones(3)
    u.data.add_(1)
    data = u.data
    data.add_(1)
    assert (u._version, data._version) == (0, 1)
    u.add_(1)
    u.view(3).add_(1)
    assert (u._version, u.detach()._version, u.view(3)._version, data._version) == (2, 2, 2, 1)


def test_a_view_that_nobody_has_any_more(mode, look):
    w, x = ones(2, 3), ones(3)
    y = (w.view(-1)[:3] * x).sum() * 2
    look(y)
    w.data.mul_(5)
    y.backward()
    close(w.grad, [[2, 2, 2], [0, 0, 0]])
    close(x.grad, [10, 10, 10])


def test_views_keep_the_memory_that_setting_data_leaves(look):
    w, x = ones(2, 3), ones(3)
    y = (w.view(-1)[:3] * x).sum()
    look(y)
    w.data = torch.full((2, 3), 4.0)
    y.backward()
    close(x.grad, [1, 1, 1])


def test_a_value_with_a_history(mode, look):
    w, b = ones(3), ones(3)
    a = w * 2
    y = (a * b).exp().sum()
    look(y)
    a.data.mul_(3)
    y.backward()
    close(w.grad, [2 * math.exp(2)] * 3)
    close(b.grad, [6 * math.exp(2)] * 3)


@pytest.mark.parametrize("change, factor", [(set_data, 2), (write_data, 6)])
def test_a_kept_result(mode, look, change, factor):
    w = ones(3)
    a = w.exp()
    y = (a * 2).sum()
    look(y)
    change(a)  # what is kept of a result shares its memory, and does not follow the tensor to another
    y.backward()
    close(w.grad, [factor * math.e] * 3)


def test_gradients_of_gradients(look):
    w, x = ones(3), torch.full((3,), 2.0, requires_grad=True)
    y = (w * x * x).sum()
    look(y)
    x.data = torch.full((3,), 5.0)
    (g,) = torch.autograd.grad(y, w, create_graph=True)
    look(g.sum())
    g.sum().backward()
    close(g, [25, 25, 25])
    close(x.grad, [10, 10, 10])
    assert w.grad is None


def test_each_backward_reads_what_is_there():
    w, x = ones(3), torch.full((3,), 2.0)
    y = (w * x).sum()
    for expected in (2, 3, 4):
        w.grad = None
        y.backward(retain_graph=True)
        close(w.grad, [expected] * 3)
        x.data.add_(1)
    w.grad = None
    y.backward()
    close(w.grad, [5, 5, 5])
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_reads_of_programs_that_are_gone_are_forgotten():
    """A frozen weight that has an alias is read by every program."""
    w = torch.ones(3)
    handle = w.detach()
    for i in range(400):
        (w * i).sum().item()
    assert len(w._base.storage.reads) < 100
    assert handle.tolist() == [1, 1, 1]


def test_another_shape_is_refused():
    w, u = ones(3), torch.ones(3)
    y = (w * u).sum()
    u.data = torch.ones(2, 2)
    with pytest.raises(RuntimeError, match=r"FloatTensor \[3\].*FloatTensor \[2, 2\]"):
        y.backward()


def test_power_iterations_in_each_forward_pass(way, look):
    """What the spectral normalisation of old GANs does: two forward passes, then one backward pass."""

    def gradient(w, u, v):
        total = 0
        for i in range(3):
            v.data = F.normalize(torch.mv(torch.t(w.view(5, -1).data), u.data), dim=0)
            u.data = F.normalize(torch.mv(w.view(5, -1).data, v.data), dim=0)
            sigma = u.dot(w.view(5, -1).mv(v))
            out = (w / sigma.expand_as(w)).pow(2).sum()
            look(out)
            total = total + out * (i + 1)
        total.backward()

    step = way(gradient)
    for _ in range(3):
        w = (torch.arange(20.0).reshape(5, 4) / 10).requires_grad_()
        step(w, torch.ones(5) / 5, torch.ones(4) / 4)
        np.testing.assert_allclose(
            w.grad.flatten()[:6].numpy(), [-0.06839, -0.02571, 0.01697, 0.05966, -0.04479, -0.01721], atol=1e-5
        )
