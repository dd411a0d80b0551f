"""torch.save and torch.load: round trips, shared memory, files of torch's, places; safetensors."""

import argparse
import collections
import io
import json
import struct

import numpy as np
import pytest
from recorded_files import LEGACY, ZIP, bytes_of

import eagerjax as ej
from eagerjax import nn
from eagerjax.serialization import safetensors


def record(lib):
    """What the recorded files hold."""
    base = lib.arange(6.0)
    return collections.OrderedDict(
        weight=lib.nn.Parameter(base.view(2, 3)), tail=base[2:], t=base.view(2, 3).t(),
        half=lib.tensor([1.5, -2.0], dtype=lib.bfloat16), flag=lib.tensor([True, False]), step=lib.tensor(7),
        z=lib.tensor([1 + 2j]), u=lib.tensor([1, 65535], dtype=lib.uint16),
        meta={"epoch": 3, "shape": base.shape, "dtype": lib.float16, "names": ("a", None)})  # fmt: skip


def again(obj, lib=ej, save=ej, zipped=True, **kwargs):
    """`obj`, saved by one library and loaded by the other."""
    file = io.BytesIO()
    save.save(obj, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    return lib.load(file, **kwargs)


def check_equal(got, want):
    assert list(got) == list(want)
    for name, value in want.items():
        if name == "meta":
            assert str(got[name]) == str(value)
            continue
        mine = got[name]
        assert str(mine.dtype) == str(value.dtype)
        assert tuple(mine.stride()) == tuple(value.stride())
        assert mine.storage_offset() == value.storage_offset()
        assert mine.requires_grad == value.requires_grad
        assert type(mine).__name__ == type(value).__name__
        assert mine.tolist() == value.tolist()


@pytest.mark.parametrize("text", [ZIP, LEGACY], ids=["zip", "legacy"])
def test_a_file_that_torch_wrote_is_read_with_its_shared_memory(text):
    want = record(ej)
    if text is LEGACY:
        del want["u"]  # the old format has no name for uint16
    got = ej.load(io.BytesIO(bytes_of(text)))
    check_equal(got, want)
    got["tail"][0] = 99.0
    assert float(got["weight"][0, 2]) == 99.0
    assert float(got["t"][2, 0]) == 99.0


@pytest.mark.parametrize("zipped", [True, False])
def test_what_is_saved_comes_back(zipped):
    want = record(ej)
    if not zipped:
        del want["u"]
    got = again(want, zipped=zipped)
    check_equal(got, want)
    got["weight"].data.fill_(5)
    assert got["tail"].tolist() == [5.0] * 4


@pytest.mark.torch
@pytest.mark.parametrize("zipped", [True, False])
def test_torch_reads_what_is_saved_here(zipped):
    torch = pytest.importorskip("torch")
    mine, theirs = record(ej), record(torch)
    if not zipped:
        del mine["u"], theirs["u"]
    got = again(mine, lib=torch, zipped=zipped, weights_only=True)
    check_equal(got, mine)
    got["tail"][0] = 99.0
    assert got["weight"].tolist()[0][2] == 99.0
    check_equal(again(theirs, save=torch, zipped=zipped), theirs)


def test_views_of_every_kind_keep_their_place():
    x = ej.arange(24.0).view(2, 3, 4)
    c = ej.tensor([1 + 2j, 3 + 4j])
    for view in (x[1], x[:, ::2, 1:3], x.transpose(0, 2), x.permute(2, 0, 1), x[0].diagonal(), x.unfold(2, 2, 1),
                 ej.ones(1, 3).expand(4, 3), c.real, c.imag, x.view(-1)[5:5]):  # fmt: skip
        got = again(view)
        assert got.stride() == view.stride()
        assert got.storage_offset() == view.storage_offset()
        assert ej.equal(got, view)


def test_plain_python_values_come_back():
    want = {"b": b"\x00\xff", "c": 1 - 2j, "s": {1, (2, 3)}, "n": None, "i": 2**80, "f": 0.1, "t": (1, (), [2]), "ü": "\u2028",
            "count": collections.Counter("aab"), "frozen": frozenset({1}), "device": ej.device("cpu"),
            "bytes": bytearray(b"ab"), "layout": ej.strided}  # fmt: skip
    for protocol in (2, 3, 4, 5):
        file = io.BytesIO()
        ej.save(want, file, pickle_protocol=protocol)
        file.seek(0)
        assert ej.load(file) == want


def test_attributes_and_the_metadata_of_a_state_dict_come_back():
    p = nn.Parameter(ej.ones(2))
    p.tag = "head"
    state = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).state_dict()
    got = again({"p": p, "state": state})
    assert type(got["p"]) is nn.Parameter
    assert got["p"].tag == "head"
    assert got["state"]._metadata == state._metadata


def test_training_resumes_from_a_file(tmp_path):
    def made():
        ej.manual_seed(3)
        model = nn.Linear(3, 2)
        return model, ej.optim.Adam(model.parameters(), lr=0.1)

    def train(model, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            model(ej.ones(4, 3)).pow(2).sum().backward()
            optimizer.step()

    model, optimizer = made()
    train(model, optimizer, 3)
    ej.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "a.pt")
    train(model, optimizer, 3)
    other, other_optimizer = made()
    state = ej.load(tmp_path / "a.pt")
    other.load_state_dict(state["model"])
    other_optimizer.load_state_dict(state["optimizer"])
    train(other, other_optimizer, 3)
    assert ej.equal(other.weight, model.weight)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(1, 2, 2), nn.BatchNorm1d(2), nn.ReLU())
        self.act = nn.functional.gelu

    def forward(self, x):
        return self.act(self.layers(x))


def test_a_whole_module_comes_back_only_if_asked_for():
    model = Net().eval()
    with pytest.raises(Exception, match=r"add_safe_globals\(\[.*Net\]\)"):
        again(model)
    got = again(model, weights_only=False)
    x = ej.randn(2, 1, 5)
    assert ej.equal(got(x), model(x))
    assert not got.training
    calls = []
    got.register_forward_hook(lambda *_: calls.append(1))
    got(x)
    assert calls == [1]


@pytest.mark.torch
def test_a_whole_module_that_torch_saved_runs_here():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.TransformerEncoderLayer(4, 2, 8), torch.nn.LSTM(4, 2)).eval()
    mine = again(theirs, save=torch, weights_only=False)
    x = np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 1, 3)
    want = theirs(torch.tensor(x))[0].detach().numpy()
    np.testing.assert_allclose(np.asarray(mine(ej.tensor(x))[0].detach()), want, atol=1e-6)


def test_numpy_and_a_few_common_types_need_weights_only_false():
    want = {"a": np.arange(6).reshape(2, 3).T, "x": np.float32(1.5), "big": np.array([1, 2], ">i4"),
            "args": argparse.Namespace(lr=0.1), "d": collections.defaultdict(list, {1: [2]}),
            "q": collections.deque([1, 2], 3)}  # fmt: skip
    got = again(want, weights_only=False)
    np.testing.assert_array_equal(got.pop("a"), want.pop("a"))
    np.testing.assert_array_equal(got.pop("big"), want.pop("big"))
    assert got == want
    assert type(got["x"]) is np.float32
    with pytest.raises(Exception, match="numpy"):
        again(np.float32(1))


class Settings:
    def __init__(self, lr):
        self.lr = lr


def test_a_class_of_the_users_can_be_allowed():
    with ej.serialization.safe_globals([Settings]):
        assert ej.serialization.get_safe_globals() == [Settings]
        assert again(Settings(3)).lr == 3
    assert ej.serialization.get_safe_globals() == []
    with pytest.raises(Exception, match="Settings"):
        again(Settings(3))


def test_map_location_says_where():
    x = ej.ones(2)
    assert again(x, map_location="cpu").device == ej.device("cpu")
    assert again(x, map_location={"cpu": "cpu"}).tolist() == [1.0, 1.0]
    seen = []
    again(x, map_location=lambda storage, tag: seen.append((tag, storage.nbytes())))
    assert seen == [("cpu", 8)]
    with pytest.raises(RuntimeError, match="don't know how to restore"):
        again(x, map_location="nowhere")


def test_one_memory_as_two_dtypes_is_refused():
    x = ej.ones(2)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        again([x, x.view(ej.int32)])


# -- safetensors ------------------------------------------------------------------------------
def some():
    return {"b": ej.arange(6.0).view(2, 3).t(), "a": ej.tensor([1, 2]), "half": ej.ones(3, dtype=ej.bfloat16),
            "flag": ej.tensor([True, False]), "empty": ej.empty(0, 2)}  # fmt: skip


def test_safetensors_come_back(tmp_path):
    safetensors.save_file(some(), tmp_path / "x.safetensors", {"k": "v"})
    for got in (safetensors.load_file(tmp_path / "x.safetensors"), safetensors.load(safetensors.save(some()))):
        for name, want in some().items():
            assert got[name].dtype is want.dtype
            assert ej.equal(got[name], want)
    assert safetensors.read_metadata(tmp_path / "x.safetensors") == {"k": "v"}


def test_a_safetensors_file_of_known_bytes():
    head = b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    head += b" " * (-len(head) % 8)
    want = struct.pack("<Q", len(head)) + head + struct.pack("<2f", 1.0, 2.0)
    assert safetensors.save({"x": ej.tensor([1.0, 2.0])}) == want
    assert safetensors.load(want)["x"].tolist() == [1.0, 2.0]


def test_tied_weights_need_save_model(tmp_path):
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    with pytest.raises(RuntimeError, match="share memory"):
        safetensors.save_file(model.state_dict(), tmp_path / "x")
    safetensors.save_model(model, tmp_path / "x")
    other = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    assert safetensors.load_model(other, tmp_path / "x") == ([], [])
    assert ej.equal(other[1].weight, model[0].weight)


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
BROKEN = {
    "overlap": {"x": ENTRY, "y": ENTRY},
    "hole": {"x": ENTRY, "y": {**ENTRY, "data_offsets": [12, 20]}},
    "length": {"x": {**ENTRY, "shape": [3]}},
    "huge": {"x": {**ENTRY, "shape": [2**62, 4]}},
    "negative": {"x": {**ENTRY, "shape": [-2]}},
    "dtype": {"x": {**ENTRY, "dtype": "F5"}},
    "fields": {"x": {"dtype": "F32"}},
    "outside": {"x": {**ENTRY, "data_offsets": [8, 16]}},
}


@pytest.mark.parametrize("header", BROKEN.values(), ids=BROKEN)
def test_a_safetensors_header_that_lies_is_refused(header):
    text = json.dumps(header).encode()
    with pytest.raises(safetensors.SafetensorError):
        safetensors.load(struct.pack("<Q", len(text)) + text + bytes(8))


def test_damaged_safetensors_are_refused():
    good = safetensors.save({"x": ej.ones(2)})
    twice = b'{"x":%b,"x":%b}' % ((json.dumps(ENTRY).encode(),) * 2)
    for data in (b"", good[:4], good[:20], good[:-1], good + b"x", struct.pack("<Q", 2**60) + good[8:],
                 struct.pack("<Q", len(twice)) + twice + bytes(8)):  # fmt: skip
        with pytest.raises(safetensors.SafetensorError):
            safetensors.load(data)
