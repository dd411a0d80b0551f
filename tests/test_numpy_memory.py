"""Tensors and numpy arrays that share memory: what is written to one shows in the other; JAX keeps private copies."""

import gc
import pickle
import warnings

import numpy as np
import programs_numpy
import pytest

import eagerjax as torch
from eagerjax.nn import functional as F


@pytest.mark.parametrize("part", range(2))
def test_random_interleavings_agree_with_pytorch(part):
    """100 programs (4,000 were run once) of writes to arrays and tensors, views, histories, and arrays that are dropped."""
    oracle = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(part * 50, part * 50 + 50):
            programs_numpy.run(oracle, torch, seed, 5 + seed % 45)


def test_from_numpy_shares_memory(mode):
    a = np.ones(5)
    t = torch.from_numpy(a)
    np.add(a, 1, out=a)
    assert t.tolist() == [2.0] * 5
    t.add_(1)
    assert a.tolist() == [3.0] * 5
    view = t[1:3]
    a[1] = -1
    late = t * 2
    a[2] = -2
    view.mul_(10)
    assert late.tolist() == [6, -2, 6, 6, 6] and a.tolist() == [3, -10, -20, 3, 3] and view.tolist() == [-10, -20]
    assert np.shares_memory(t.numpy(), a) and np.shares_memory(np.asarray(t), a)
    assert torch.as_tensor(a).data_ptr() and torch.tensor(a).add_(1) is not None and a[0] == 3


def test_numpy_shares_memory(mode):
    t = torch.ones(2, 3)
    n = t.numpy()
    t.add_(1)
    assert n.tolist() == [[2.0] * 3] * 2
    n[0, 0] = 9
    assert t[0, 0].item() == 9 and (t + 0)[0, 0].item() == 9
    column = t[:, 1].numpy()
    column[:] = 7
    assert t[:, 1].tolist() == [7, 7] and n[:, 1].tolist() == [7, 7] and column.strides == (12,)
    assert not np.shares_memory(np.array(t), n)


def test_a_dropped_array_leaves_ordinary_tensors():
    t = torch.ones(3)
    n = t.numpy()
    n[0] = 5
    del n
    assert (t + 0).tolist() == [5, 1, 1] and t._base.storage.memory is None
    a = np.arange(4.0)
    u = torch.from_numpy(a)
    part = a[1:]
    del a
    assert (u + 0).sum().item() == 6 and u._base.storage.memory is not None, "a view of the array is alive"
    part[0] = 10
    del part
    assert (u + 0).sum().item() == 15 and u._base.storage.memory is None


@pytest.mark.parametrize(
    "make", [lambda a: a.T, lambda a: a[:, :2], lambda a: a[1:, 1:3], lambda a: a[::2], lambda a: a.T[1:]]
)
def test_arrays_with_other_strides(make):
    whole = np.arange(12.0).reshape(3, 4)
    a = make(whole)
    t = torch.from_numpy(a)
    assert t.stride() == tuple(s // 8 for s in a.strides) and t.shape == a.shape
    before = a.copy()
    t += 1
    np.testing.assert_array_equal(a, before + 1)
    whole *= 2
    np.testing.assert_array_equal(t.tolist(), a.tolist())
    np.testing.assert_array_equal((t @ torch.ones(t.shape[1], dtype=torch.float64)).tolist(), a.sum(1))
    x = torch.from_numpy(a).requires_grad_()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad.tolist(), 2 * a)


def test_views_as_other_dtypes_share():
    t = torch.arange(4)
    halves, pairs = t.view(torch.int32).numpy(), torch.zeros(2, dtype=torch.complex64)
    halves[2] = 5
    assert t.tolist() == [0, 5, 2, 3]
    torch.view_as_real(pairs).numpy()[1, 1] = 3
    assert pairs.tolist() == [0, 3j]
    pairs.imag.numpy()[0] = 4
    assert pairs.tolist() == [4j, 3j]


def test_parameters_follow_and_are_followed(mode):
    p = torch.nn.Parameter(torch.ones(3))
    shown = p.detach().numpy()
    optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.9)
    for _ in range(3):
        optimizer.zero_grad()
        (p**2).sum().backward()
        optimizer.step()
        np.testing.assert_allclose(shown, p.tolist(), rtol=1e-6)
    shown[:] = 5
    assert p.tolist() == [5, 5, 5] and p.is_leaf and p.requires_grad
    optimizer.zero_grad()
    (p * 2).sum().backward()
    assert p.grad.tolist() == [2, 2, 2]
    p.data.numpy()[0] = -1
    assert p[0].item() == -1


def test_a_result_that_is_kept_can_be_gone_backward_through(mode):
    w = torch.ones(3, requires_grad=True)
    kept = []
    for _ in range(3):
        loss = (w * w).sum()
        kept.append(loss.detach().numpy())
        loss.backward()
    assert w.grad.tolist() == [6, 6, 6] and [float(k) for k in kept] == [3, 3, 3]


def test_what_autograd_saved_and_was_overwritten_is_noticed():
    w = torch.ones(3, requires_grad=True)
    t = torch.from_numpy(array := np.full(3, 2.0, np.float32))
    product = (w * t).sum()
    t.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()
    assert array.tolist() == [3, 3, 3]


def test_compiled_functions_read_and_write_the_array():
    a = np.zeros(3, np.float32)
    total, weight = torch.from_numpy(a), torch.nn.Parameter(torch.ones(3))
    shown = weight.detach().numpy()

    @torch.compile(jit=True)
    def step(x):
        loss = (weight * x + total).sum()
        loss.backward()
        with torch.no_grad():
            weight.sub_(weight.grad)
            weight.grad = None
            total.add_(1)
        return loss

    expected = np.ones(3), np.zeros(3)
    for i in range(8):
        if i == 5:
            a[:] = 100
            expected[1][:] = 100
        x = np.full(3, i, np.float32)
        value = step(torch.tensor(x)).item()
        assert value == pytest.approx((expected[0] * x + expected[1]).sum())
        expected[0][:] -= x
        expected[1][:] += 1
        np.testing.assert_allclose(a, expected[1])
        np.testing.assert_allclose(shown, expected[0])


def test_verify_jit_with_shared_memory():
    a = np.ones(3, np.float32)
    t, w = torch.from_numpy(a), torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([w], lr=0.1)

    def step():
        optimizer.zero_grad()
        (w * t).sum().backward()
        optimizer.step()
        t.mul_(2)

    assert torch.verify_jit(step).ok
    assert a.tolist() == t.tolist()


def test_control_flow_reads_the_array():
    a = np.zeros(2, np.float32)
    t = torch.from_numpy(a)
    for value in (1, 2, 3):
        a[:] = value
        found = torch.cond(torch.tensor(True), lambda x: x + t, lambda x: x - t, (torch.zeros(2),))
        assert found.tolist() == [value, value]
        t.add_(1)
        assert a.tolist() == [value + 1] * 2


def test_jax_never_sees_what_the_user_can_write():
    rng = np.random.default_rng(0)
    for i in range(200):
        a = np.zeros(int(rng.integers(1, 3000)), np.float32)[i % 3 :]
        t = torch.from_numpy(a)
        pending = t + 1
        array = t.jax()
        n = t.numpy() if i % 2 else None
        a += 5
        assert not pending.numpy().any() or pending.tolist() == [1.0] * len(a)
        assert not np.asarray(array).any() and (n is None or n.tolist() == a.tolist())


def test_what_cannot_be_shared_raises_as_in_pytorch():
    for error, array in [
        (ValueError, np.arange(3.0)[::-1]),
        (ValueError, np.arange(3.0).astype(">f8")),
        (ValueError, np.zeros(3, [("x", "f4"), ("y", "i1")])["x"]),
        (TypeError, np.array(["a"])),
        (TypeError, np.array([object()])),
        (TypeError, [1]),
        (TypeError, np.float32(3)),
    ]:
        with pytest.raises(error):
            torch.from_numpy(array)
    with pytest.raises(ValueError, match="can't alias"):
        torch.asarray(np.zeros(2), dtype=torch.float32, copy=False)
    with pytest.raises(RuntimeError, match="requires grad"):
        torch.zeros(2, requires_grad=True).numpy()


def test_a_read_only_array_is_not_written_to():
    a = np.zeros(3)
    a.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t = torch.from_numpy(a)
    t.add_(1)
    assert t.tolist() == [1, 1, 1] and a.tolist() == [0, 0, 0]


def test_asarray_and_frombuffer_share():
    a = np.zeros(2, np.float32)
    assert np.shares_memory(torch.asarray(a).numpy(), a) and not np.shares_memory(
        torch.asarray(a, copy=True).numpy(), a
    )
    buffer = bytearray(8)
    t = torch.frombuffer(buffer, dtype=torch.float32)
    t[1] = 2.0
    assert np.frombuffer(buffer, np.float32).tolist() == [0, 2]
    buffer[0:4] = np.float32(3).tobytes()
    assert t.tolist() == [3, 2]


def test_large_arrays_are_read_in_part():
    a = np.zeros((700, 500), np.float32)
    t = torch.from_numpy(a)
    a[600] = 3
    assert t[torch.tensor([600, 1])].sum(1).tolist() == [1500, 0] and t[600:602].sum().item() == 1500
    with pytest.raises(IndexError):
        t[torch.tensor([700])]
    data = torch.utils.data.TensorDataset(t, torch.arange(700))
    a[3] = 2
    for x, i in torch.utils.data.DataLoader(data, batch_size=4):
        assert x[3].sum().item() == 1000 and i.tolist() == [0, 1, 2, 3]
        break


def test_copies_stay_copies():
    a = np.ones(3, np.float32)
    t = torch.from_numpy(a)
    copies = [
        t.clone(),
        torch.tensor(a),
        pickle.loads(pickle.dumps(t)),
        t.to(torch.float64),
        t.reshape(3, 1).expand(3, 2).clone(),
    ]
    a[:] = 0
    assert [c.sum().item() for c in copies] == [3, 3, 3, 3, 6]
    assert F.relu(t).sum().item() == 0


def test_memory_is_given_back():
    gc.collect()
    before = sum(type(o).__name__ == "Memory" for o in gc.get_objects())
    kept = [torch.ones(3).numpy() for _ in range(50)]
    gc.collect()
    assert sum(type(o).__name__ == "Memory" for o in gc.get_objects()) == before and len(kept) == 50
