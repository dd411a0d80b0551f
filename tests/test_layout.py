"""Compiled programs: images with channels last give the same values as op by op, in PyTorch's layout."""

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax.lower import layout
from eagerjax.lower.evaluate import Evaluation
from eagerjax.nn import functional as F


def both(run, rtol=1e-5, atol=1e-5, of_largest=0.0):
    """What `run(given)` returns is the same in a compiled program, with channels last, and op by op.

    `of_largest`: how far an element may be off, as a share of the largest one (what large terms leave when they cancel).
    """
    found = {}
    for mode in ("stepwise", "fused"):
        with execution(mode):
            torch.manual_seed(3)
            found[mode] = [t.float().detach().numpy() for t in run()]
    assert len(found["fused"]) > 0
    for one, other in zip(found["fused"], found["stepwise"], strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol + of_largest * np.abs(other).max(initial=0))


@pytest.fixture
def counted(monkeypatch):
    """How many calls of each op took the form with channels last."""
    counts, plain = {}, layout.form

    def form(node, native):
        made = plain(node, native)
        if made is not None:
            counts[node.op.name] = counts.get(node.op.name, 0) + 1
        return made

    monkeypatch.setattr(layout, "form", form)
    return counts


def gradients(loss, *leaves):
    return torch.autograd.grad(loss, leaves)


def test_a_residual_net_forward_and_backward(counted):
    """Convolutions, batch norm, relu, a sum of two ways, pools, cat and a mean stay in one layout all the way."""

    def run():
        x, w, v = torch.randn(2, 4, 9, 8), torch.randn(4, 4, 3, 3), torch.randn(6, 8, 1, 1)
        scale, shift = torch.rand(4) + 0.5, torch.randn(4)
        mean, var = torch.zeros(4), torch.ones(4)
        leaves = [t.requires_grad_() for t in (x, w, v, scale, shift)]
        y = F.relu(F.batch_norm(F.conv2d(x, w, padding=1), mean, var, scale, shift, True))
        y = F.max_pool2d(F.gelu(y + x), 3, 2, 1)
        y = torch.cat([y, F.avg_pool2d(y, 3, 1, 1)], 1)
        y = (F.conv2d(y, v) * torch.linspace(0, 1, 4) - 0.1).sigmoid()
        out = y.mean((2, 3))
        return (out, y, mean, var, *gradients((out * out).sum(), *leaves))

    both(run)
    expected = {"conv2d": 2, "_batch_norm_train": 1, "relu": 1, "add": 1, "gelu": 1, "max_pool2d": 1, "avg_pool2d": 1, "cat": 1,
                "mul": 1, "sub": 1, "sigmoid": 1, "mean": 1}  # fmt: skip
    assert {name: counted.get(name) for name in expected} == expected


@pytest.mark.parametrize("options", [
    {"stride": 2, "padding": 1}, {"padding": 2}, {"dilation": 2, "padding": (1, 0)}, {"padding": "same"}, {"groups": 2},
    {"groups": 4}, {"stride": (2, 1)},
])  # fmt: skip
def test_convolutions_of_every_kind(options):
    """Strided, padded, dilated and grouped ones, with their gradients and the gradients' gradients."""

    def run():
        x = torch.randn(2, 4, 7, 6).requires_grad_()
        w, b = torch.randn(4, 4 // options.get("groups", 1), 3, 2).requires_grad_(), torch.randn(4).requires_grad_()
        y = F.conv2d(F.conv2d(x, torch.ones(4, 4, 1, 1)).tanh(), w, b, **options)
        first = torch.autograd.grad((y * y).sum(), (x, w, b), create_graph=True)
        return (y, *first, *gradients(sum((g * g).sum() for g in first), x, w, b))

    both(run, rtol=1e-3, atol=2e-3, of_largest=1e-6)


@pytest.mark.parametrize(("inner", "outer"), [(3, 5), (5, 3), (4, 4)])
def test_the_gradient_of_a_weight(inner, outer):
    """It is put together one way for few outputs, another way for many."""

    def run():
        x, w = torch.randn(3, inner, 6, 5), torch.randn(outer, inner, 3, 2).requires_grad_()
        y = F.conv2d(x, w, padding=(2, 1), dilation=(1, 2))
        return gradients((y * torch.randn(y.shape)).sum(), w)

    both(run)


@pytest.mark.parametrize("space", [1, 2, 3])
def test_transposed_convolutions_and_other_numbers_of_axes(space):
    """One to three axes of space; a transposed convolution after a convolution and a pool."""

    def run():
        conv, up, pool = (getattr(F, f"{name}{space}d") for name in ("conv", "conv_transpose", "max_pool"))
        x = torch.randn(2, 3, *(6,) * space).requires_grad_()
        w, v = torch.randn(4, 3, *(3,) * space).requires_grad_(), torch.randn(4, 2, *(2,) * space).requires_grad_()
        y = up(pool(F.relu(conv(x, w, padding=1)), 2), v, stride=2)
        return (y, *gradients((y * y).sum(), x, w, v))

    both(run, rtol=1e-4, atol=1e-3)


def test_a_value_looked_at_in_the_middle():
    """What was printed has PyTorch's layout, and the reverse pass goes on from what the first program saved."""

    def run():
        x, w = torch.randn(2, 3, 6, 6).requires_grad_(), torch.randn(3, 3, 3, 3).requires_grad_()
        y = F.conv2d(x, w, padding=1).relu()
        seen = torch.tensor(y.tolist())
        z = F.conv2d(y, w) + y[:, :, 1:-1, 1:-1]
        loss = (z * z).sum()
        loss.item()
        return (seen, z, *gradients(loss, x, w))

    both(run, rtol=1e-4, atol=1e-3)


def test_what_knows_no_layout_gets_pytorchs():
    """Views, indices of maxima, broadcast operands of fewer axes, a detached value and its shape."""

    def run():
        x, w = torch.randn(2, 3, 6, 4).requires_grad_(), torch.randn(5, 3, 3, 3).requires_grad_()
        y = F.conv2d(x, w, padding=1)
        pooled, at = F.max_pool2d(y, 2, return_indices=True)
        flat = y.flatten(1) * torch.arange(120.0) + y.detach().flatten(1)
        z = torch.where(y > 0, y, torch.arange(4.0)) + torch.arange(6.0)[:, None]
        loss = flat.sum() + (pooled * pooled).sum() + (z * z).sum() + y.sum((0, 2, 3)).square().sum()
        return (at, pooled, z, y.amax((2, 3), keepdim=True), y.transpose(1, 2)[0], *gradients(loss, x, w))

    both(run, rtol=1e-4, atol=1e-3)


def test_half_precision_and_empty_batches():
    def run():
        x = torch.randn(2, 4, 6, 6, dtype=torch.bfloat16).requires_grad_()
        w = torch.randn(4, 4, 3, 3, dtype=torch.bfloat16).requires_grad_()
        y = F.avg_pool2d(F.relu(F.conv2d(x, w, padding=1)), 2)
        empty = F.relu(F.conv2d(x[:0], w))
        assert y.dtype is empty.dtype is torch.bfloat16
        return (y, empty, *gradients(y.sum() + empty.sum(), x, w))

    both(run, rtol=2e-2, atol=5e-2)


def test_the_first_of_equal_maxima_wins():
    """After a relu many values are equal."""

    def run():
        x = torch.tensor(np.arange(32.0).reshape(1, 2, 4, 4) % 3 - 1, dtype=torch.float32).requires_grad_()
        y = F.max_pool2d(F.conv2d(x, torch.eye(2).reshape(2, 2, 1, 1)).relu(), 2)
        return (y, *gradients((y * torch.arange(1.0, 3.0)).sum(), x))

    both(run)


def test_programs_without_convolutions_are_left_alone(counted):
    """They are traced as ever, whatever images they hold."""
    with execution("fused"):
        x = torch.randn(2, 3, 4, 4).requires_grad_()
        F.max_pool2d(x.relu(), 2).sum().backward()
        assert x.grad.shape == (2, 3, 4, 4)
    assert not counted
    assert type(layout.evaluation([], (), (), set())) is Evaluation
