"""Tensors in the hands of other libraries: einops, DLPack, jax.Array, copy and pickle."""

import copy
import pickle
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import eagerjax as ej

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int8", "uint8", "bool", "complex64"]


@pytest.mark.parametrize("first", ["einops", "eagerjax"])
def test_einops_knows_tensors(first):
    pytest.importorskip("einops")
    second = {"einops": "eagerjax", "eagerjax": "einops"}[first]
    program = f"""
import {first}, {second}, sys
x = eagerjax.arange(24.0).reshape(2, 3, 4).requires_grad_()
assert einops.rearrange(x, "a b c -> (a b) c").shape == (6, 4)
assert einops.repeat(x, "a b c -> a b c d", d=2).shape == (2, 3, 4, 2)
assert einops.reduce(x, "a b c -> b", "max").tolist() == [15, 19, 23]
assert einops.reduce(x, "a b c -> a", "mean").tolist() == [5.5, 17.5]
assert einops.einsum(x, x, "a b c, a d c -> a b d").shape == (2, 3, 3)
einops.rearrange([x, x], "k a b c -> a (k b) c").sum().backward()
assert x.grad.tolist() == eagerjax.full((2, 3, 4), 2.0).tolist() and "torch" not in sys.modules
assert not any(type(f).__name__ == "Waiting" for f in sys.meta_path)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_with_torch_and_jax(dtype):
    torch = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
    mine, theirs = (lib.arange(6).reshape(2, 3).to(getattr(lib, dtype)) for lib in (ej, torch))
    for found in (ej.from_dlpack(theirs), ej.utils.dlpack.from_dlpack(theirs.__dlpack__())):
        assert found.dtype is mine.dtype and found.tolist() == mine.tolist()
    for found in (torch.from_dlpack(mine), torch.utils.dlpack.from_dlpack(ej.utils.dlpack.to_dlpack(mine))):
        assert found.dtype is theirs.dtype and found.tolist() == theirs.tolist()
        found.zero_()
        assert mine.tolist() == theirs.tolist(), "what is exported is a copy"
    with jax.enable_x64(True):
        assert np.asarray(jnp.from_dlpack(mine)).tolist() == mine.tolist()
        array = jnp.asarray(np.arange(6), dtype)
        for found in (ej.from_dlpack(array), ej.tensor(array), ej.as_tensor(array)):
            assert found.dtype is mine.dtype and found.tolist() == mine.reshape(-1).tolist()
        assert mine.jax().dtype == array.dtype and isinstance(mine.jax(), jax.Array)


def test_dlpack_refuses():
    with pytest.raises(BufferError, match="require gradient"):
        ej.ones(2, requires_grad=True).__dlpack__()
    with pytest.raises(RuntimeError, match="__dlpack__"):
        ej.from_dlpack([1])


def test_copies_of_what_shares_memory_share_memory():
    x = ej.arange(6.0).reshape(2, 3)
    net = ej.nn.Linear(2, 2)
    together = copy.deepcopy({"x": x, "row": x[1], "t": x.t(), "same": x.detach(), "net": net})
    together["x"].add_(10)
    assert together["row"].tolist() == [13, 14, 15] and together["t"][0].tolist() == [10, 13]
    assert together["same"].tolist() == together["x"].tolist() and x[0].tolist() == [0, 1, 2]
    assert net.weight._base is None, "a parameter that was copied has no alias"
    alone = copy.deepcopy(x[1])
    alone.zero_()
    assert x[1].tolist() == [3, 4, 5] and alone.storage_offset() == 3


MAKERS = {
    "plain": lambda: ej.arange(4.0), "parameter": lambda: ej.nn.Parameter(ej.ones(2)),
    "leaf": lambda: ej.ones(2, requires_grad=True), "view": lambda: ej.arange(6).reshape(2, 3).t(),
    "bfloat16": lambda: ej.ones(2, dtype=ej.bfloat16),
}  # fmt: skip


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_tensors_are_copied_and_pickled(make):
    t = make()
    for found in (copy.deepcopy(t), pickle.loads(pickle.dumps(t)), copy.copy(t)):
        assert (
            type(found) is type(t)
            and found.dtype is t.dtype
            and found.requires_grad == t.requires_grad
            and found.is_leaf
        )
        assert found.tolist() == t.tolist() and found is not t
