"""Defaults that scripts set, memory from elsewhere, and the answers of dense tensors to sparse questions."""

import array

import numpy as np
import pytest

import eagerjax as torch


def test_default_device_and_type():
    assert torch.get_default_device().type == "cpu"
    with torch.device("meta"):
        assert torch.get_default_device().type == "meta"
    torch.set_default_device("meta")
    try:
        assert torch.get_default_device().type == "meta"
        with torch.device("cpu"):
            assert torch.zeros(2).device.type == "cpu"
    finally:
        torch.set_default_device(None)
    try:
        torch.set_default_tensor_type("torch.DoubleTensor")
        assert torch.zeros(1).dtype is torch.float64
    finally:
        torch.set_default_tensor_type(torch.FloatTensor)
    assert torch.get_default_dtype() is torch.float32
    for wrong in (torch.LongTensor, 3, torch.float64):
        with pytest.raises(TypeError):
            torch.set_default_tensor_type(wrong)


def test_settings_are_remembered():
    torch.set_float32_matmul_precision("high")
    torch.set_float32_matmul_precision("no such thing")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_float32_matmul_precision("highest")
    torch.set_deterministic_debug_mode("warn")
    assert torch.get_deterministic_debug_mode() == 1 and torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_deterministic_debug_mode(0)
    assert not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(RuntimeError):
        torch.set_deterministic_debug_mode(5)
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled()
    assert not torch.is_inference_mode_enabled()


def test_frombuffer():
    data = array.array("i", [1, 2, 3, 4])
    assert torch.frombuffer(data, dtype=torch.int32).tolist() == [1, 2, 3, 4]
    assert torch.frombuffer(data, dtype=torch.int32, count=2, offset=4).tolist() == [2, 3]
    assert torch.frombuffer(bytearray(4), dtype=torch.bfloat16).dtype is torch.bfloat16
    for options in ({"offset": 3}, {"count": 9}, {"offset": 16}, {"count": 0}, {"offset": -1}):
        with pytest.raises(ValueError, match="buffer length"):
            torch.frombuffer(data, dtype=torch.int32, **options)
    with pytest.raises(ValueError, match="buffer protocol"):
        torch.frombuffer(3, dtype=torch.int32)


def test_dlpack_gives_copies_both_ways():
    """What the other side writes does not reach the tensor, which may be part of recorded programs."""
    source = np.arange(3.0)
    x = torch.from_dlpack(source)
    source[0] = 9
    given = np.from_dlpack(x)
    assert x.tolist() == [0.0, 1.0, 2.0] == given.tolist() and x.dtype is torch.float64
    with pytest.raises(BufferError):
        torch.ones(1, requires_grad=True).__dlpack__()
    with pytest.raises(RuntimeError):
        torch.from_dlpack(3)


def test_dense_tensors_answer_sparse_questions():
    x = torch.ones(2, 3)
    assert x.to_dense() is x and (x.sparse_dim(), x.dense_dim()) == (0, 2)
    assert x.dim_order() == (0, 1) and x.t().dim_order() == (1, 0)
    for ask in (x.coalesce, x.indices, x.values, x.is_coalesced):
        with pytest.raises(RuntimeError, match="Strided"):
            ask()


def test_embedding_bag_tells_how_it_came_about():
    weight, indices, offsets = torch.arange(12.0).reshape(6, 2), torch.tensor([0, 1, 4, 5]), torch.tensor([0, 1])
    out, bag, size, _ = torch.embedding_bag(weight, indices, offsets, mode=1)
    assert bag.tolist() == [0, 1, 1, 1] and size.tolist() == [1, 3]
    np.testing.assert_allclose(out.numpy(), [[0, 1], [20 / 3, 23 / 3]], rtol=1e-6)
    assert torch.embedding_bag(weight, indices, offsets, mode=2)[3].tolist() == [[0, 0], [5, 5]]
    rows = torch.ones(3, 4)
    assert torch.embedding_renorm_(rows, torch.tensor([0, 2]), 1.0, 2.0) is rows
    np.testing.assert_allclose(rows.norm(dim=1).numpy(), [1, 2, 1], rtol=1e-5)
