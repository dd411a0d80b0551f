"""Compiled programs on disk: another process loads them; what is damaged, exchanged or of others is not used."""

import os
import secrets
import stat
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eagerjax.runtime import disk

PROGRAM = """
import eagerjax as torch, jax
from eagerjax.runtime import disk
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters())
def step(x):
    optimizer.zero_grad()
    loss = net(x).pow(2).mean()
    loss.backward()
    optimizer.step()
    return loss
compiled = torch.compile(step, jit=True)
x = torch.ones(4, 8)
losses = [f(x).item().hex() for f in (step, step, compiled, compiled, compiled, compiled)]
print(losses, disk.counts["stored"] > 0, disk.counts["loaded"] > 0, jax.config.jax_compilation_cache_dir)
"""


def run(folder):
    env = {k: v for k, v in os.environ.items() if not k.startswith("JAX_COMPILATION_CACHE")}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env={**env, "EAGERJAX_CACHE": str(folder)}, text=True, check=True,
                          capture_output=True, timeout=120)  # fmt: skip
    return done.stdout.strip().rpartition("]")[0], done.stdout.strip().rpartition("]")[2].split()


def test_a_second_process_loads_what_the_first_compiled(tmp_path):
    cold, facts = run(tmp_path / "programs")
    assert facts == ["True", "False", "None"], "stored, and JAX's own configuration is as it was"
    assert stat.S_IMODE((tmp_path / "programs").stat().st_mode) == 0o700
    warm, facts = run(tmp_path / "programs")
    assert facts[1] == "True" and warm == cold, "bit for bit"
    assert run("off") == (cold, ["False", "False", "None"])


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder that is in use, with two programs of one signature in it."""
    monkeypatch.setattr(disk, "folder", lambda: str(tmp_path))
    monkeypatch.setattr(disk, "WORTH", -1.0)
    never = -float(secrets.randbits(20) + 1)  # programs that no other run has left in JAX's cache: those cannot be stored again
    programs = [jax.jit(lambda x: jnp.maximum(x * 2, never)), jax.jit(lambda x: jnp.maximum(x * 3, never))]
    for jitted in programs:
        assert disk.prepared(jitted, (jnp.ones(3),), None)[0] is jitted
    return tmp_path, programs


def loads(jitted):
    found, _ = disk.prepared(jitted, (jnp.ones(3),), None)
    return found is not jitted, found(jnp.ones(3)).tolist()


def test_programs_are_kept_by_their_text(kept):
    folder, programs = kept
    assert len(list(folder.iterdir())) == 2 and [loads(p) for p in programs] == [(True, [2, 2, 2]), (True, [3, 3, 3])]
    assert loads(jax.jit(lambda x: x * 4)) == (False, [4, 4, 4])


def test_a_program_takes_numpy_numbers(kept):
    never = -float(secrets.randbits(20) + 1)
    jitted = jax.jit(lambda x, y: jnp.maximum(x + y, never))
    arguments = (jnp.ones(3), np.float32(2))  # what a call in numpy saved for its reverse pass may be one
    assert disk.prepared(jitted, arguments, None)[0] is jitted
    found, _ = disk.prepared(jitted, arguments, None)
    assert found is not jitted and found(*arguments).tolist() == [3, 3, 3]


def test_damaged_and_exchanged_files_are_compiled_anew(kept):
    folder, programs = kept
    first, second = sorted(folder.iterdir())
    a, b = first.read_bytes(), second.read_bytes()
    for contents in (
        (b, a),
        (a[:-3], b[: len(b) // 2]),
        (a[:90] + bytes([a[90] ^ 1]) + a[91:], b""),
        (b"cos\nsystem\n(S'true'\ntR.", b"x"),
    ):
        first.write_bytes(contents[0])
        second.write_bytes(contents[1])
        assert [loads(p) for p in programs] == [(False, [2, 2, 2]), (False, [3, 3, 3])]


def test_programs_that_call_python_are_not_kept(kept):
    folder, _ = kept
    jitted = jax.jit(lambda x: jax.pure_callback(lambda v: v + 1, jax.ShapeDtypeStruct((3,), "float32"), x))
    assert disk.prepared(jitted, (jnp.ones(3),), None)[0] is jitted and len(list(folder.iterdir())) == 2


def test_the_folder_has_to_be_the_users_own(tmp_path, monkeypatch):
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv("EAGERJAX_CACHE", str(tmp_path))
    decide = disk.folder.__wrapped__
    if jax.config.jax_compilation_cache_dir:
        assert decide() is None, "the user's own cache is in use"
        return
    tmp_path.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="others may write"):
        assert decide() is None
    tmp_path.chmod(0o700)
    assert decide() == str(tmp_path)
    monkeypatch.setenv("EAGERJAX_CACHE", "off")
    assert decide() is None


def test_the_folder_stays_bounded(kept, monkeypatch):
    folder, _ = kept
    monkeypatch.setattr(disk, "ROOM", max(f.stat().st_size for f in folder.iterdir()) + 10)
    disk.make_room()
    assert len(list(folder.iterdir())) == 1
