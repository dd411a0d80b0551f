"""What the dtypes between float32 and bool have found: small integers, half precision, booleans as numbers."""

import pytest

import eagerjax as torch

LOWEST = -128


@pytest.mark.parametrize("dtype, expected", [
    (torch.uint8, 45), (torch.int8, 45), (torch.int16, 301), (torch.int32, 301), (torch.bool, True), (torch.float16, 301.75),
])  # fmt: skip
def test_a_sum_has_the_dtype_that_was_asked_for(dtype, expected):
    x = torch.tensor([[300.7, 2.0], [3.0, -4.0]])
    for total in (x.sum(dtype=dtype), x.nansum(dtype=dtype)):
        assert total.dtype is dtype and total.item() == expected


@pytest.mark.parametrize("call", [
    lambda x, m: x - m, lambda x, m: m - x, lambda x, m: 1 - m, lambda x, m: m - 1.5, lambda x, m: x - True,
    lambda x, m: True - x, lambda x, m: x.sub_(m), lambda x, m: torch.rsub(m, 1), lambda x, m: torch.sub(x, m[0]),
])  # fmt: skip
def test_a_boolean_is_not_subtracted(call):
    """Nor subtracted from, whatever the other operand is."""
    with pytest.raises(RuntimeError, match="with a bool tensor is not supported"):
        call(torch.ones(2), torch.tensor([True, False]))
    with pytest.raises(RuntimeError, match="two bool tensors"):
        torch.tensor([True]) - torch.tensor(False)


@pytest.mark.parametrize("dtype, exponent, expected", [
    (torch.int64, 100, [0, -2984622845537545263, -2984622845537545263, 0, 1, 1]),
    (torch.int32, 70, [0, -102221863, -102221863, 0, 1, 1]),
    (torch.int8, 67, [0, 27, -27, 0, -1, 1]),
])  # fmt: skip
def test_powers_of_integers_wrap_around_beyond_63(dtype, exponent, expected):
    """With a number or a tensor as exponent."""
    x = torch.tensor([2, 3, -3, 0, -1, 1], dtype=dtype)
    assert (x**exponent).tolist() == expected
    assert (x ** torch.full((6,), exponent, dtype=dtype)).tolist() == expected


def test_a_power_that_the_dtype_cannot_hold_is_refused():
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.tensor([1], dtype=torch.int8) ** 200


def test_common_divisors_and_multiples_at_the_lowest_integer():
    """It has no absolute value."""
    x, y = torch.tensor([[LOWEST, 12, 0, LOWEST, 64], [12, LOWEST, LOWEST, 0, -3]], dtype=torch.int8)
    assert torch.gcd(x, y).tolist() == [4, 4, LOWEST, LOWEST, 1]
    assert torch.lcm(x, y).tolist() == [LOWEST, LOWEST, 0, 0, -64]


def test_trapezoids_of_small_integers_add_up_without_overflow():
    x = torch.tensor([127, 127, 3, LOWEST], dtype=torch.int8)
    assert torch.trapezoid(x).item() == 129.5
    assert torch.cumulative_trapezoid(x, dx=2).tolist() == [-2, -128, -253]
    with pytest.raises(RuntimeError, match="bool input for `y`"):
        torch.trapezoid(x > 0)


@pytest.mark.parametrize("pairs, why", [
    (lambda: torch.zeros(4, 5)[:, 1:3], "stride divisible by 2"),
    (lambda: torch.zeros(4, 6)[:, 1:3], "storage_offset divisible by 2"),
    (lambda: torch.zeros(2, 4).t(), "last dimension with stride 1"),
])  # fmt: skip
def test_pairs_that_do_not_lie_as_pairs_are_no_complex_numbers(pairs, why):
    with pytest.raises(RuntimeError, match=why):
        torch.view_as_complex(pairs())


def test_there_are_no_complex_numbers_of_two_halves():
    """Refused at once, with the way out."""
    with pytest.raises(TypeError, match="complex32"):
        torch.view_as_complex(torch.zeros(3, 2, dtype=torch.float16))
