"""torch.testing: what passes, what is refused and with which words."""

import numpy as np
import pytest

import eagerjax as ej
from eagerjax.testing import assert_allclose, assert_close, make_tensor

ONES = ej.ones(2)


@pytest.mark.parametrize("actual, expected, options", [
    (ONES, ONES + 1e-7, {}), (ONES, ONES * 1.05, {"rtol": 0.1, "atol": 0.0}), (1, 1, {}), (None, None, {}),
    ([1.0, {"a": ONES}], [1.0, {"a": ONES.clone()}], {}), (np.ones(2), np.ones(2), {}),
    (ONES * float("nan"), ONES * float("nan"), {"equal_nan": True}), (ONES, ONES.double(), {"check_dtype": False}),
    (ONES.bfloat16(), (ONES * 1.01).bfloat16(), {}), (float("inf"), float("inf"), {}),
])  # fmt: skip
def test_close_values_pass(actual, expected, options):
    assert_close(actual, expected, **options)


@pytest.mark.parametrize("actual, expected, words", [
    (ONES, ej.tensor([1.0, 1.1]), r"Tensor-likes are not close!\n\nMismatched elements: 1 / 2 \(50.0%\)\nGreatest absolute"),
    (ej.tensor(1.0), ej.tensor(2.0), "Expected 2.0 but got 1.0.\nAbsolute difference: 1.0"),
    (ej.tensor([1]), ej.tensor([2]), "Tensor-likes are not equal!"), (ONES, ej.ones(3), "attribute 'shape'"),
    (ONES, ONES.double(), "attribute 'dtype'"), ([ONES, 1.0], [ONES, 2.0], r"item \[1\]"), ([1], [1, 2], "length of the"),
    ({"a": 1}, {"b": 1}, r"Missing keys in the actual mapping: \['b'\]"), (None, 1, "None mismatch"),
    (ONES * float("nan"), ONES * float("nan"), "Mismatched elements: 2 / 2"), (1, 1.0, "types do not match"),
])  # fmt: skip
def test_differences_are_described(actual, expected, words):
    with pytest.raises(AssertionError, match=words):
        assert_close(actual, expected)
    with pytest.raises(AssertionError, match=r"^mine$"):
        assert_close(actual, expected, msg="mine")


def test_what_does_not_compare_is_refused():
    with pytest.raises(TypeError, match="No comparison pair"):
        assert_close(ONES, [1.0, 1.0])
    with pytest.raises(ValueError, match="got no atol"):
        assert_close(ONES, ONES, rtol=1e-3)
    with pytest.warns(FutureWarning):
        assert_allclose(ONES, [1.0, 1.0])


@pytest.mark.parametrize("dtype", [ej.float32, ej.bfloat16, ej.int64, ej.uint8, ej.bool, ej.complex64])
def test_tensors_for_tests(dtype):
    made = make_tensor((3, 4), dtype=dtype, device="cpu", noncontiguous=True, exclude_zero=True)
    assert made.shape == (3, 4)
    assert made.dtype is dtype
    assert not made.is_contiguous()
    assert bool((made != 0).all())
    if dtype is ej.int64:
        assert set(make_tensor(100, dtype=dtype, device="cpu", low=2, high=4).tolist()) == {2, 3}
