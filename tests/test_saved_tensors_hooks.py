"""autograd.graph.saved_tensors_hooks: what is saved for backward goes through pack and unpack, and gradients stay right."""

import os

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.autograd import graph
from eagerjax.nn import functional as F
from eagerjax.utils.checkpoint import checkpoint

hooks = graph.saved_tensors_hooks


class Log:
    """Hooks that note what passes."""

    def __init__(self):
        self.packed, self.unpacked = [], 0

    def pack(self, tensor):
        self.packed.append(tensor)
        return tensor.detach()

    def unpack(self, packed):
        self.unpacked += 1
        return packed

    def shapes(self):
        return [tuple(t.shape) for t in self.packed]

    def __enter__(self):
        self.context = hooks(self.pack, self.unpack)
        self.context.__enter__()
        return self

    def __exit__(self, *error):
        self.context.__exit__()


def leaf(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).normal(size=shape).astype("float32"), requires_grad=True)


CASES = {
    "mul": (lambda x, w: x * x, [(4, 4)] * 2),
    "one factor": (lambda x, w: x * torch.ones(4, 4), [(4, 4)]),
    "div": (lambda x, w: w / (x * x + 1), [(4, 4)] * 4),
    "exp": (lambda x, w: x.exp(), [(4, 4)]),
    "tanh": (lambda x, w: x.tanh(), [(4, 4)]),
    "relu": (lambda x, w: x.relu(), [(4, 4)]),
    "add": (lambda x, w: (x + 2 * w).sum(), []),
    "views": (lambda x, w: x.t()[1:].reshape(-1), []),
    "matmul": (lambda x, w: x @ w, [(4, 4)] * 2),
    "linear": (lambda x, w: F.linear(x, w[:2], w[0, :2]), [(4, 4), (2, 4)]),
    "softmax": (lambda x, w: x.softmax(1), [(4, 4)]),
    "pow": (lambda x, w: x.pow(3), [(4, 4)]),
    "conv": (lambda x, w: F.conv2d(x[None, None], w[None, None, :2, :2]), [(1, 1, 4, 4), (1, 1, 2, 2)]),
    "layer_norm": (lambda x, w: F.layer_norm(x, (4,), w[0], w[1]), [(4, 4), (4,)]),
    "cross_entropy": (lambda x, w: F.cross_entropy(x, torch.tensor([0, 1, 2, 3])), [(4, 4), (4,)]),
    "index": (lambda x, w: x[torch.tensor([1, 1])], [(2,)]),
    "max": (lambda x, w: x.max(1).values, [(4, 4)]),
    "in place": (lambda x, w: (x * 1.0).mul_(w).mul_(w), [(4, 4)] * 4),
    "dropout": (lambda x, w: F.dropout(x * w, 0.5), [(4, 4)] * 2),
    "complex": (lambda x, w: (torch.complex(x, w) * torch.complex(w, x)).abs(), [(4, 4)] * 3),
    "eigh": (lambda x, w: torch.linalg.eigh(x @ x.t() + 9 * torch.eye(4)).eigenvalues, None),
}


@pytest.mark.parametrize("name", CASES)
def test_ops_pack_what_they_save(name):
    function, shapes = CASES[name]
    x, w = leaf(4, 4), leaf(4, 4, seed=1)
    torch.manual_seed(3)
    with Log() as log:
        y = function(x, w)
    found = torch.autograd.grad(y.sum(), [x, w], allow_unused=True)
    torch.manual_seed(3)
    expected = torch.autograd.grad(function(x, w).sum(), [x, w], allow_unused=True)
    if shapes is not None:
        assert log.shapes() == shapes
    assert log.unpacked == len(log.packed)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        assert a is None or torch.allclose(a, b, rtol=1e-5, atol=1e-6)


def test_packing_happens_at_the_line_and_leaves_pass_themselves():
    a = leaf(3)
    b = leaf(3, seed=1) * 2
    with Log() as log:
        y = a * b
        assert len(log.packed) == 2 and log.packed[1] is a
        with torch.no_grad():
            _ = a * b
            with torch.enable_grad():
                _ = a * b
        assert len(log.packed) == 4
    _ = a * b
    assert len(log.packed) == 4 and torch.is_grad_enabled() is True
    assert torch.equal(log.packed[0], b) and log.packed[0].requires_grad
    y.sum().backward()
    assert torch.equal(a.grad, b)


def test_what_is_packed_may_be_anything(tmp_path):
    class File:
        def __init__(self, tensor):
            self.path = tmp_path / str(len(os.listdir(tmp_path)))
            np.save(self.path, tensor.detach().numpy())

        def __del__(self):
            os.remove(f"{self.path}.npy")

    x = leaf(3)
    with hooks(File, lambda f: torch.from_numpy(np.load(f"{f.path}.npy"))):
        y = (x * x).exp()
    assert len(os.listdir(tmp_path)) == 3
    y.sum().backward(retain_graph=True)
    assert torch.allclose(x.grad, 2 * x * y)
    assert len(os.listdir(tmp_path)) == 3
    x.grad = None
    y.sum().backward()
    assert torch.allclose(x.grad, 2 * x * y) and not os.listdir(tmp_path)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()
    with hooks(File, lambda f: torch.from_numpy(np.load(f"{f.path}.npy"))):
        y = (x * x).exp()
    assert y.tolist() and len(os.listdir(tmp_path)) == 3
    del y
    assert not os.listdir(tmp_path)


def test_backward_uses_what_is_unpacked():
    x = leaf(3)
    with hooks(lambda t: t * 4, lambda t: t / 8):
        y = x * x
    y.sum().backward()
    assert torch.allclose(x.grad, x.detach())  # half of 2 x
    with hooks(lambda t: t.half(), lambda t: t):  # converted back, as the values are what counts
        y = x * x
    x.grad = None
    y.sum().backward()
    assert torch.allclose(x.grad, 2 * x, rtol=1e-3)
    with hooks(lambda t: 1, lambda p: p):
        y = x * x
    with pytest.raises(TypeError, match="expected to be a Tensor but got result of type int"):
        y.sum().backward()
    with hooks(lambda t: t, lambda t: t[:2]):
        y = x * x
    with pytest.raises(RuntimeError):
        y.sum().backward()


def test_nesting_refusing_and_writing_to_the_input():
    x = leaf(3) * 1
    with Log() as outer, Log() as inner:
        _ = x * x
    assert len(inner.packed) == 2 and not outer.packed
    with graph.disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"), Log():
        pass
    with Log(), pytest.raises(RuntimeError, match="not here"), graph.disable_saved_tensors_hooks("not here"):
        pass
    with hooks(lambda t: t.mul_(2), lambda t: t), pytest.raises(RuntimeError, match="modifying its input in place"):
        _ = x * x
    with pytest.raises(TypeError):
        hooks(1, 2).__enter__()
    assert torch.is_grad_enabled() and (x * x).requires_grad


def test_functions_of_the_user_pack_what_they_save():
    class Times(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            y = a * b
            ctx.save_for_backward(a, b, y, None)
            return y

        @staticmethod
        def backward(ctx, grad):
            a, b, y, nothing = ctx.saved_tensors
            assert nothing is None and torch.equal(y, a * b)
            return grad * b, grad * a

    a, b = leaf(3), leaf(3, seed=1)
    with Log() as log:
        y = Times.apply(a, b)
    assert len(log.packed) == 3 and log.packed[0] is a
    (g,) = torch.autograd.grad(y.sum(), a, create_graph=True)
    assert torch.equal(g, b)
    (h,) = torch.autograd.grad(g.sum(), b)
    assert h.tolist() == [1, 1, 1] and log.unpacked == 3


def test_gradients_of_gradients():
    x = leaf(3)
    with Log():
        y = (x.exp() * x).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    assert torch.allclose(g, x.exp() * (1 + x))
    (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    assert torch.allclose(h, x.exp() * (2 + x))
    assert torch.allclose(torch.autograd.grad(h.sum(), x)[0], x.exp() * (3 + x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.rnn, self.out = nn.GRU(4, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x)), inplace=True), 2)
        x, _ = self.rnn(x.flatten(2).transpose(1, 2))
        x = x + F.scaled_dot_product_attention(x, x, x)
        return self.out(checkpoint(torch.tanh, x, use_reentrant=False).mean(1))


def test_a_network_trains_as_without():
    losses = []
    for context in (torch.enable_grad, Log):
        torch.manual_seed(0)
        net, rounds = Net(), []
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
        x, y = torch.randn(4, 1, 4, 4), torch.tensor([0, 1, 2, 0])
        seen = []
        net.out.weight.register_hook(seen.append)
        for _ in range(2):
            with context() as log:
                loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rounds.append(loss.item())
        losses.append(rounds)
        assert len(seen) == 2
        if context is Log:
            assert log.unpacked == len(log.packed) > 15 and any(t is net.out.weight for t in log.packed)
    np.testing.assert_allclose(losses[1], losses[0], rtol=2e-5)


def test_save_on_cpu():
    x = leaf(3)
    with graph.save_on_cpu(pin_memory=True):
        y = (x * x).mul_(x)
    y.sum().backward()
    assert torch.allclose(x.grad, 3 * x * x)


def test_under_jit_hooks_run_every_time():
    x, log = leaf(3), Log()

    @torch.jit
    def step():
        with log:
            y = (x * x).sum()
        y.backward()
        return y

    for n in range(1, 5):
        x.grad = None
        step()
        assert torch.allclose(x.grad, 2 * x) and (len(log.packed), log.unpacked) == (2 * n, 2 * n)


def test_histories_tell_what_they_saved():
    a, b = leaf(3), leaf(3, seed=1)
    y = a * b
    assert y.grad_fn._saved_self is a and y.grad_fn._saved_other is b
    e = a.exp()
    assert torch.equal(e.grad_fn._saved_result, e) and e.grad_fn._saved_result is not e
    assert not hasattr(e.grad_fn, "_saved_self")
    _ = y.tolist()
    assert y.grad_fn._saved_self is a
    y.sum().backward()
    with pytest.raises(RuntimeError, match="directly access saved tensors"):
        _ = y.grad_fn._saved_self
    with hooks(lambda t: t * 2, lambda t: t + 1):
        y = a * b
    assert type(y.grad_fn).__name__ == "MulBackward0" and y.grad_fn.next_functions[0][0].variable is a
    assert torch.equal(y.grad_fn._saved_self, a * 2 + 1)
