"""The meta device: tensors and models that have shapes and no values."""

import io

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn


def net(**options):
    return nn.Sequential(
        nn.Linear(3, 4, **options), nn.BatchNorm1d(4, **options), nn.Dropout(), nn.LSTM(4, 5, **options)
    )


def test_shapes_without_values(monkeypatch):
    x = torch.empty(2, 3, device="meta")
    assert x.is_meta and x.device == torch.device("meta") and repr(x) == "tensor(..., device='meta', size=(2, 3))"
    assert (x @ x.t()).shape == (2, 2) and torch.cat([x, x]).device.type == "meta" and (x > 0).dtype is torch.bool
    assert (
        x.view(6)[2:].shape == (4,) and x.add_(1) is x and torch.ones(2).to("meta").shape == (2,) and x.data_ptr() == 0
    )
    for look in (x.tolist, x.cpu, lambda: x.to("cpu"), x.nonzero, lambda: torch.ones(2, 3).copy_(x)):
        with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
            look()
    for look in (x.sum().item, lambda: bool(x.sum()), lambda: x + torch.ones(2, 3)):
        with pytest.raises(RuntimeError):
            look()
    with pytest.raises(TypeError, match="can't convert meta device"):
        x.numpy()


def test_a_model_without_memory():
    """Shapes far beyond any memory; nothing is computed, and no random number drawn."""
    torch.manual_seed(0)
    before = torch.get_rng_state().tolist()
    with torch.device("meta"):
        huge = nn.Sequential(nn.Linear(1 << 20, 1 << 20), nn.Embedding(1 << 30, 1 << 12), nn.LayerNorm(1 << 20))
        layer = nn.TransformerEncoderLayer(8, 2, 16)
        assert torch.randn(3).is_meta and torch.tensor([1.0]).is_meta and torch.arange(4).is_meta
    assert torch.get_rng_state().tolist() == before and all(p.is_meta for p in huge.parameters())
    assert layer(torch.zeros(3, 2, 8, device="meta")).shape == (3, 2, 8)
    assert huge[0](torch.empty(7, 1 << 20, device="meta")).shape == (7, 1 << 20)


def net_inside():
    with torch.device("meta"):
        return net()


@pytest.mark.parametrize("make", [lambda: net(device="meta"), net_inside])
def test_a_model_gets_its_values_later(make):
    real = net().eval()
    x = torch.rand(6, 3)
    first, second, third = make(), make(), make()
    assert {t.device.type for t in first.state_dict().values()} == {"meta"}
    first.to_empty(device="cpu").load_state_dict(real.state_dict())
    assert str(second.load_state_dict(real.state_dict(), assign=True)) == "<All keys matched successfully>"
    for model in (first, second):
        assert all(p.requires_grad and type(p) is nn.Parameter for p in model.parameters())
        assert model[1].num_batches_tracked.device.type == "cpu"
        np.testing.assert_array_equal(model.eval()(x)[0].detach(), real(x)[0].detach())
    with pytest.warns(UserWarning, match="no-op"):
        third.load_state_dict(real.state_dict())
    with pytest.raises(NotImplementedError, match="to_empty"):
        third.to("cpu")
    with pytest.raises(RuntimeError):
        third(x)


def test_a_step_on_the_meta_device():
    layer = nn.Linear(3, 4, device="meta")
    optimizer = torch.optim.Adam(layer.parameters())
    mixed = torch.ones(2) * 3
    layer(torch.ones(2, 3, device="meta")).sum().backward()
    optimizer.step()
    assert layer.weight.grad.is_meta and layer.weight.grad.shape == (4, 3) and mixed.tolist() == [3, 3]


def test_files():
    oracle = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
    for source, target in ((torch, oracle), (oracle, torch)):
        file = io.BytesIO()
        source.save({"x": source.empty(2, 3, device="meta"), "y": source.ones(2)}, file)
        file.seek(0)
        found = target.load(file)
        assert found["x"].is_meta and tuple(found["x"].shape) == (2, 3) and found["y"].tolist() == [1, 1]
