"""Files that are damaged or mean harm, and what happens when saving fails: never a wrong value, never a call."""

import builtins
import collections
import io
import os
import pickle
import random
import zipfile

import pytest

import eagerjax as ej
from eagerjax.serialization import archive, atomic

REFUSED = (pickle.UnpicklingError, RuntimeError, EOFError)


def saved(obj=None, zipped=True):
    file = io.BytesIO()
    obj = {"w": ej.arange(10.0), "v": [ej.ones(2), 1, "a"]} if obj is None else obj
    ej.save(obj, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def members():
    with zipfile.ZipFile(io.BytesIO(saved())) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def packed(content, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, data in content.items():
            zipped.writestr(name, data)
    file.seek(0)
    return file


class Call:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


CALLS = {
    "system": Call(os.system, "exit 1"),
    "eval": Call(eval, "1"),
    "exec": Call(exec, "1"),
    "getattr": Call(getattr, 1, "real"),
    "import": Call(builtins.__import__, "os"),
    "open": Call(open, "never"),
    "relu": Call(str, "a type that may be mentioned"),
    "bomb": Call(bytearray, 10**13),
    "endless": Call(set, range(10**13)),
}


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_file_that_calls_is_refused(call, weights_only):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps({"a": call}, protocol)
        for file in (packed({"a/data.pkl": pickled}), io.BytesIO(pickled)):
            with pytest.raises(REFUSED):
                ej.load(file, weights_only=weights_only)


def test_a_public_function_may_be_mentioned_but_not_called():
    content = members()
    content["archive/data.pkl"] = b"\x80\x02ctorch\nsave\n."
    with pytest.raises(pickle.UnpicklingError, match="save"):
        ej.load(packed(content), weights_only=False)
    content["archive/data.pkl"] = b"\x80\x02ctorch\nzeros\n."
    assert ej.load(packed(content), weights_only=False) is ej.zeros
    content["archive/data.pkl"] = b"\x80\x02ctorch\nzeros\nK\x05\x85R."
    with pytest.raises(pickle.UnpicklingError, match="unrecognized function"):
        ej.load(packed(content), weights_only=False)


def test_an_archive_that_lies_is_refused():
    good = members()
    cases = {
        "compressed": packed(good, zipfile.ZIP_DEFLATED),
        "out of the archive": packed({**good, "../../x": b""}),
        "points out": packed({**good, "/etc/x": b""}),
        "single folder": packed({**good, "other/x": b""}),
        "not found": packed({k: v for k, v in good.items() if not k.endswith("data/0")}),
        "36 bytes, where 40": packed({k: v[:-4] if k.endswith("data/0") else v for k, v in good.items()}),
        "TorchScript": packed({**good, "archive/constants.pkl": b""}),
        "zip archive": io.BytesIO(saved()[:-30]),
        "no file of torch.save": io.BytesIO(b"hello"),
        "Ran out of input": io.BytesIO(b""),
    }
    for message, file in cases.items():
        with pytest.raises(REFUSED, match=message):
            ej.load(file)


def test_a_changed_byte_of_a_storage_is_noticed():
    data = bytearray(saved())
    at = data.index(ej.arange(10.0).numpy().tobytes())
    data[at + 5] ^= 1
    with pytest.raises(RuntimeError, match="CRC"):
        ej.load(io.BytesIO(bytes(data)))


@pytest.mark.parametrize("size, stride, offset", [((11,), (1,), 0), ((2,), (1,), 9), ((2,), (-1,), 5), ((2**62, 8), (8, 1), 0),
                                                  ((2,), (2**62,), 0), ((2,), (1, 1), 0)])  # fmt: skip
def test_a_tensor_outside_of_its_storage_is_refused(size, stride, offset):
    good = pickle.dumps([1], 2)  # only to see that such a file is read at all
    assert ej.load(packed({"a/data.pkl": good})) == [1]
    storage = ej.serialization.allowed.storage.Loaded(ej.float32, 10, "cpu", None)
    with pytest.raises(RuntimeError, match="out of bounds|impossible"):
        storage.tensor(ej.float32, offset, size, stride)


def test_a_key_nested_too_deeply_is_refused():
    deep = b"\x80\x02}()" + b"\x85" * 200_000 + b"K\x01u."
    with pytest.raises(pickle.UnpicklingError, match="nested too deeply"):
        ej.load(packed({"a/data.pkl": deep}))


def test_a_length_beyond_the_file_takes_no_memory(tmp_path):
    (tmp_path / "x").write_bytes(b"\x80\x04\x8e" + (2**60).to_bytes(8, "little") + b"aa")
    with pytest.raises(pickle.UnpicklingError):
        ej.load(tmp_path / "x")


def changed(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at, how = rng.randrange(len(data)), rng.random()
        if how < 0.7:
            data[at] = rng.randrange(256)
        elif how < 0.85:
            del data[at]
        else:
            data.insert(at, rng.randrange(256))
    return bytes(data)


def test_changed_files_raise_named_errors_or_load():
    rng, seen, content = random.Random(0), collections.Counter(), members()
    for _ in range(200):
        pickled = {**content, "archive/data.pkl": changed(content["archive/data.pkl"], rng)}
        for file in (io.BytesIO(changed(saved(), rng)), io.BytesIO(changed(saved(zipped=False), rng)), packed(pickled)):
            try:
                ej.load(file, weights_only=False)
                seen["loaded"] += 1
            except REFUSED as error:
                seen[type(error).__name__] += 1
    assert seen["UnpicklingError"] > 100
    assert seen["RuntimeError"] > 50


# -- saving that fails ------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["fsync", "replace", "write"])
def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch, where):
    path = tmp_path / "model.pt"
    ej.save({"a": ej.ones(2)}, path)

    def fail(*_):
        raise OSError(28, "No space left on device")

    if where == "write":
        monkeypatch.setattr(archive.Writer, "close", fail)
    else:
        monkeypatch.setattr(atomic.os, where, fail)
    with pytest.raises(OSError, match="No space"):
        ej.save({"a": ej.zeros(2)}, path)
    monkeypatch.undo()
    assert ej.load(path)["a"].tolist() == [1.0, 1.0]
    assert os.listdir(tmp_path) == ["model.pt"]


def test_an_object_that_cannot_be_pickled_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.pt"
    ej.save(1, path)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        ej.save(lambda: 1, path)
    assert ej.load(path) == 1
    assert os.listdir(tmp_path) == ["model.pt"]


def test_a_link_and_the_files_rights_stay(tmp_path):
    path, link = tmp_path / "model.pt", tmp_path / "link.pt"
    ej.save(1, path)
    os.chmod(path, 0o640)
    link.symlink_to(path)
    ej.save(2, link)
    assert link.is_symlink()
    assert ej.load(path) == 2
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RuntimeError, match="Parent directory .* does not exist"):
        ej.save(1, tmp_path / "none" / "model.pt")
