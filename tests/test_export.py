"""export and load_exported: one file, no model code, the eager result; damage is named."""

import subprocess
import sys

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F
from eagerjax.static.artifact import ArtifactError

X = np.random.default_rng(0).standard_normal((4, 5)).astype("f")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5))
        self.head = nn.Linear(8, 3)

    def forward(self, x, scale=1.0):
        hidden = self.body(x)
        return {"logits": self.head(hidden) * scale, "top": self.head(hidden).argmax(1), "shape": (x.shape[1], "text")}


@pytest.fixture(params=["baked", "inputs"])
def model(request):
    torch.manual_seed(0)
    net = Net().eval()
    net.body[1].running_mean.add_(0.5)
    return net, request.param


def test_a_module_in_a_process_without_its_code(model, tmp_path):
    net, params = model
    path = tmp_path / "net.bin"
    x = torch.tensor(X)
    torch.export(net, (x,), path, params=params)
    expected = net(x)
    np.save(tmp_path / "x.npy", X)
    code = (
        "import sys, numpy as np, eagerjax\n"
        f"f = eagerjax.load_exported({str(path)!r})\n"
        f"out = f(np.load({str(tmp_path / 'x.npy')!r}))\n"
        "assert 'test_export' not in sys.modules and out['shape'] == (5, 'text')\n"
        f"np.savez({str(tmp_path / 'out.npz')!r}, logits=out['logits'].numpy(), top=out['top'].numpy())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
    found = np.load(tmp_path / "out.npz")
    np.testing.assert_allclose(found["logits"], expected["logits"].detach().numpy(), rtol=1e-5)
    np.testing.assert_array_equal(found["top"], expected["top"].numpy())


def test_parameters_as_inputs_can_be_replaced(tmp_path):
    net = nn.Linear(5, 3)
    loaded = torch.export(net, (torch.tensor(X),), params="inputs")
    assert sorted(loaded.params) == sorted(n for n in loaded.params if n.endswith(("weight", "bias")))
    for name in loaded.params:
        loaded.params[name] = torch.zeros_like(loaded.params[name])
    assert loaded(torch.tensor(X)).abs().sum().item() == 0 and net.weight.abs().sum().item() > 0


def test_any_length_of_the_batch():
    conv = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 4 * 4, 3)).eval()

    def f(x):
        y = conv(x)
        return y.softmax(1), y.reshape(x.shape[0] * 3).view(-1, 3).mean(0)

    images = torch.randn(2, 1, 6, 6)
    loaded = torch.export(f, (images,), dynamic_batch=True)
    for n in (1, 2, 7):
        images = torch.randn(n, 1, 6, 6)
        for a, b in zip(loaded(images), f(images)):
            np.testing.assert_allclose(a.numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_what_depends_on_the_length_in_another_way_is_refused():
    with pytest.raises(
        RuntimeError, match=r"test_export.py:\d+: div gets 4 or 5, depending on the length of the batch"
    ):
        torch.export(lambda x: x.sum() / x.shape[0], (torch.tensor(X),), dynamic_batch=True)
    with pytest.raises(RuntimeError, match="length of the batch"):
        torch.export(lambda x: x.sin() if x.shape[0] == 4 else x.cos(), (torch.tensor(X),), dynamic_batch=True)


def test_effects_are_refused_and_undone():
    net = Net().train()
    before = net.body[1].running_mean.numpy().copy()
    with pytest.raises(RuntimeError, match=r"writes to buffer .*running_mean.*\.eval\(\)"):
        torch.export(net, (torch.tensor(X),))
    np.testing.assert_array_equal(net.body[1].running_mean.numpy(), before)
    w = torch.ones(5, requires_grad=True)

    def backward(x):
        (x @ w).sum().backward()
        return x

    with pytest.raises(RuntimeError, match=r"accumulates gradients"):
        torch.export(backward, (torch.tensor(X),))
    assert w.grad is None
    with pytest.raises(RuntimeError, match="test_export.py.*looks at a tensor's value"):
        torch.export(lambda x: x if x.sum() > 0 else -x, (torch.tensor(X),))


def test_gradients_as_results_and_random_draws():
    w = torch.ones(5, requires_grad=True)

    def forces(x):
        return torch.autograd.grad(((x @ w) ** 2).sum(), w)[0]

    x = torch.tensor(X)
    np.testing.assert_allclose(torch.export(forces, (x,))(x).numpy(), forces(x).numpy(), rtol=1e-5)
    noise = torch.export(lambda x: F.dropout(x, 0.5) + torch.rand(5), (x,))
    torch.manual_seed(7)
    a, b = noise(x), noise(x)
    torch.manual_seed(7)
    np.testing.assert_array_equal(a.numpy(), noise(x).numpy())
    assert (a != b).any()
    torch.manual_seed(7)
    np.testing.assert_allclose((F.dropout(x, 0.5) + torch.rand(5)).numpy(), a.numpy(), rtol=1e-6)


def test_faults_are_raised():
    table = nn.Embedding(4, 2)
    loaded = torch.export(table, (torch.tensor([0, 3]),))
    with pytest.raises(IndexError, match="out of range"):
        loaded(torch.tensor([0, 9]))


def test_other_arguments_are_refused():
    loaded = torch.export(lambda x, k: x * k, (torch.tensor(X), 2))
    assert loaded(torch.tensor(X), 2).shape == (4, 5)
    with pytest.raises(TypeError, match="other arguments"):
        loaded(torch.tensor(X), 3)
    with pytest.raises(TypeError, match=r"argument 0 must be float32\(4, 5\), not float32\(3, 5\)"):
        loaded(torch.tensor(X[:3]), 2)
    with pytest.raises(TypeError, match="not float64"):
        loaded(torch.tensor(X).double(), 2)


def test_damage_is_named(tmp_path):
    path = tmp_path / "f.bin"
    torch.export(lambda x: x + 1, (torch.ones(2),), path, params="inputs")
    data = path.read_bytes()
    for cut in (0, 5, 20, 40, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(ArtifactError, match=r"f\.bin"):
            torch.load_exported(path)
    rng = np.random.default_rng(1)
    for at in rng.integers(16, len(data), 30):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        with pytest.raises(ArtifactError, match=r"f\.bin"):
            torch.load_exported(path)
    path.write_bytes(data)
    assert torch.load_exported(path)(torch.ones(2)).tolist() == [2, 2]
