"""Makes files that are damaged or mean harm, and sees each of them refused: `python tests/fault_files.py 300`.

An audit hook counts what Python runs, opens for writing, imports or starts while a file is read: nothing may.
"""

import io
import json
import os
import pickle
import random
import struct
import sys
import tempfile
import zipfile

import numpy as np

import eagerjax as torch
from eagerjax.serialization import safetensors

REFUSED = (pickle.UnpicklingError, RuntimeError, EOFError, safetensors.SafetensorError)
HARM = ("exec", "compile", "os.system", "os.exec", "os.posix_spawn", "os.remove", "os.rename", "os.mkdir", "shutil",
        "subprocess.Popen", "socket", "import", "ctypes", "pty.spawn", "webbrowser.open")  # fmt: skip
CANARY = os.path.join(tempfile.gettempdir(), "eagerjax-fault-canary")
CONTENT = {"w": torch.arange(40.0), "v": [torch.ones(3, 2), 1, "a"], "n": {"deep": (1, 2.5, None)}}


# -- good files ------------------------------------------------------------------------------------
def good(kind):
    file = io.BytesIO()
    if kind == "safetensors":
        return safetensors.save({"w": torch.arange(40.0), "v": torch.ones(3, 2)})
    torch.save(CONTENT, file, _use_new_zipfile_serialization=kind == "zip")
    return file.getvalue()


def members():
    with zipfile.ZipFile(io.BytesIO(good("zip"))) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def packed(content, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as zipped:
        for name, data in content.items():
            zipped.writestr(name, data)
    return file.getvalue()


# -- bad files: each function gives (bytes, ending) ----------------------------------------------------
def truncated(rng):
    kind = rng.choice(("zip", "legacy", "safetensors"))
    data = good(kind)
    return data[: rng.randrange(1, len(data))], ending(kind)


def flipped(rng):
    """A bit of a tensor's bytes, or of what describes it, is another."""
    kind = rng.choice(("zip", "zip", "pickle"))
    if kind == "zip":
        data = bytearray(good("zip"))
        at = data.index(np.arange(40, dtype=np.float32).tobytes()) + rng.randrange(160)
        data[at] ^= 1 << rng.randrange(8)
        return bytes(data), ".pt"
    content = members()
    pickled = bytearray(content["archive/data.pkl"])
    start = pickled.index(b"storage")
    pickled[start + rng.randrange(7)] ^= 1 << rng.randrange(5)
    return packed({**content, "archive/data.pkl": bytes(pickled)}), ".pt"


def oversized(rng):
    """Headers that promise more than there is."""
    big = rng.choice((1 << 20, 1 << 31, 1 << 40, 1 << 62))
    how = rng.randrange(6)
    if how == 0:
        return struct.pack("<Q", big) + good("safetensors")[8:], ".safetensors"
    if how == 1:
        header = {"w": {"dtype": "F32", "shape": [big], "data_offsets": [0, 4 * big]}}
        return with_header(header), ".safetensors"
    if how == 2:
        header = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [big, big + 16]}}
        return with_header(header), ".safetensors"
    if how == 3:
        return b"\x80\x04\x8e" + struct.pack("<Q", big) + b"aa", ".pt"
    if how == 4:
        pickled = members()["archive/data.pkl"].replace(b"K(", b"J" + struct.pack("<i", min(big, (1 << 31) - 1)), 1)
        return packed({**members(), "archive/data.pkl": pickled}), ".pt"
    data = bytearray(good("zip"))
    at = data.index(b"PK\x01\x02") + 20  # the sizes of the first member, in the central directory
    data[at : at + 8] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(data), ".pt"


def with_header(header):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(16)


def traversing(rng):
    """Members whose names lead out of the archive, or into another folder of it."""
    name = (
        rng.choice(("../", "../../etc/", "/etc/", "archive/../../", "..\\", "C:\\", "other/"))
        + f"x{rng.randrange(100)}"
    )
    how = rng.randrange(3)
    content = members()
    if how == 0:
        return packed({**content, name: b"x"}), ".pt"
    if how == 1:
        return packed({name: b"x", **content}), ".pt"
    return packed({**content, f"{name}/data.pkl": content["archive/data.pkl"]}), ".pt"


class Harm:
    """Pickles as a call that would leave a mark."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def carrying_code(rng):
    """Pickles that call, by every opcode that can."""
    mark = f"open({CANARY!r}, 'w').close()".encode()
    shell = f"touch {CANARY}".encode()
    text = lambda s: b"X" + struct.pack("<I", len(s)) + s  # noqa: E731
    short = lambda s: b"\x8c" + bytes([len(s)]) + s  # noqa: E731
    made = [
        b"\x80\x02cbuiltins\nexec\n" + text(mark) + b"\x85R.",  # GLOBAL, REDUCE
        b"\x80\x02cos\nsystem\n" + text(shell) + b"\x85R.",
        b"\x80\x02cposix\nsystem\n" + text(shell) + b"\x85R.",
        b"\x80\x02csubprocess\ngetoutput\n" + text(shell) + b"\x85R.",
        b"(" + text(shell) + b"ios\nsystem\n.",  # INST
        b"(cos\nsystem\n" + text(shell) + b"o.",  # OBJ
        b"\x80\x02csubprocess\nPopen\n" + text(shell) + b"\x85\x81.",  # NEWOBJ
        b"\x80\x04csubprocess\nPopen\n" + text(shell) + b"\x85}\x92.",  # NEWOBJ_EX
        b"\x80\x04" + short(b"os") + short(b"system") + b"\x93" + text(shell) + b"\x85R.",  # STACK_GLOBAL
        b"\x80\x02cbuiltins\ngetattr\ncos\nsystem\n" + text(b"__call__") + b"\x86R.",
        b"\x80\x02cbuiltins\neval\n" + text(b"__import__('os').system('" + shell + b"')") + b"\x85R.",
        b"\x80\x02ctorch\nload\n" + text(CANARY.encode()) + b"\x85R.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\ncos\nsystem\nb.",  # BUILD
        b"\x80\x02\x82\x01.",  # EXT1
        b"\x80\x02ctorch.hub\nload_state_dict_from_url\n" + text(b"http://127.0.0.1") + b"\x85R.",
        b"\x80\x02cnumpy\nsave\n" + text(CANARY.encode()) + b"K\x01\x86R.",
        b"\x80\x02cnumpy.testing._private.utils\nrunstring\n" + text(mark) + b"}\x86R.",
        b"\x80\x02cruntime.missing\nthing\n.",
        pickle.dumps({"w": [1, Harm(os.system, shell.decode())]}, rng.randrange(6)),
        pickle.dumps(Harm(exec, mark.decode()), rng.randrange(6)),
    ]
    pickled = rng.choice(made)
    if rng.random() < 0.4:
        return pickled, ".pt"
    return packed({**members(), "archive/data.pkl": pickled}), ".pt"


def ending(kind):
    return ".safetensors" if kind == "safetensors" else ".pt"


MAKERS = (truncated, flipped, oversized, traversing, carrying_code)


# -- reading them ---------------------------------------------------------------------------------------
class Watched:
    """What Python did while a file was read."""

    def __init__(self):
        self.on, self.events = False, []
        sys.addaudithook(self.hook)

    def hook(self, event, arguments):
        if not self.on:
            return
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        if writes or event.startswith(HARM):
            self.events.append((event, str(arguments)[:100]))


def read(path, weights_only):
    if path.endswith(".safetensors"):
        return safetensors.load_file(path)
    return torch.load(path, weights_only=weights_only)


def attempt(data, end, folder, watched, weights_only=True):
    """The error that a file raises. Raises AssertionError where there is none, or where something ran."""
    path = os.path.join(folder, "bad" + end)
    with open(path, "wb") as file:
        file.write(data)
    watched.events.clear()
    watched.on = True
    try:
        read(path, weights_only)
    except REFUSED as error:
        assert str(error), f"{type(error).__name__} without a word"
        return error
    finally:
        watched.on = False
        assert not watched.events, watched.events
        assert not os.path.exists(CANARY), "something ran"
    raise AssertionError("it was read as if it were whole")


def run(count, seed=0):
    """[(maker, error)] of `count` files."""
    rng, watched, found = random.Random(seed), Watched(), []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("zip", "legacy", "safetensors"):  # what is imported at first is imported now
            path = os.path.join(folder, "good" + ending(kind))
            with open(path, "wb") as file:
                file.write(good(kind))
            assert read(path, True)["w"].tolist() == list(range(40))
        for warm in (True, False):
            attempt(good("zip")[:-9], ".pt", folder, watched, warm)
        for i in range(count):
            maker = MAKERS[i % len(MAKERS)]
            data, end = maker(rng)
            error = attempt(data, end, folder, watched, weights_only=bool(rng.randrange(2)))
            found.append((maker.__name__, error))
    return found


if __name__ == "__main__":
    results = run(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    for name in (m.__name__ for m in MAKERS):
        errors = [e for made, e in results if made == name]
        kinds = sorted({type(e).__name__ for e in errors})
        print(f"{name}: {len(errors)} refused ({', '.join(kinds)}), for example: {str(errors[0])[:100]}")
