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


def test_a_number_finds_its_bucket_and_nan_is_beyond_all():
    assert torch.bucketize(3, torch.tensor([1, 3, 5])).item() == 1
    assert torch.bucketize(3.5, torch.tensor([1, 3, 5]), right=True).item() == 2
    row = torch.tensor([1.0, 3.0, 5.0])
    assert torch.searchsorted(row, torch.tensor([float("nan"), 2.0])).tolist() == [3, 1]
    with pytest.raises(TypeError):
        torch.bucketize(3, 4)


def test_integers_beyond_64_bits_become_floats_where_asked_for():
    assert torch.tensor([2**70, 1], dtype=torch.float64).tolist() == [2.0**70, 1.0]
    assert torch.tensor(2**70, dtype=torch.complex64).item() == 2.0**70
    assert torch.tensor(2**70, dtype=torch.bool).item() is True
    with pytest.raises(ValueError, match="Overflow"):
        torch.tensor(2**70)


def test_factors_beyond_64_bits():
    """Where they change from call to call too. From 2**64 on PyTorch takes them as floats only."""
    for power in range(50, 64):
        x = torch.ones(2)
        assert x.mul_(2**power).tolist() == [2.0**power] * 2
    for power in range(60, 80):
        x = torch.ones(2)
        assert x.mul_(2.0**power).tolist() == [2.0**power] * 2
    with pytest.raises(OverflowError, match="int too big to convert"):
        x.mul_(2**64)


def test_usual_powers_of_complex_numbers_are_exact():
    z = torch.tensor([1 + 2j, -1j, 0, 3, -2.5 + 1j])
    assert (z**2).tolist() == [-3 + 4j, -1, 0, 9, 5.25 - 5j]
    assert (z**3).tolist() == [-11 - 2j, 1j, 0, 27, -8.125 + 17.75j]
    assert (z**1).tolist() == z.tolist()


def test_a_complex_number_without_imaginary_part_is_a_number():
    z = torch.tensor([3 + 0j, 1 + 2j])
    assert int(z[0]) == 3 and float(z[0]) == 3.0
    for kind in (int, float):
        with pytest.raises(RuntimeError, match="without overflow"):
            kind(z[1])


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 2e-6), (torch.float64, 1e-14)])
def test_the_logarithm_of_nearly_the_whole_area_keeps_its_digits(dtype, tolerance):
    x = torch.tensor([-30.0, -2.5, -1.0, 0.0, 1.5, 3.0, 5.0, 8.0], dtype=dtype, requires_grad=True)
    expected = torch.tensor([-454.32124395634327, -5.081648277278691, -1.841021645009264, -0.6931471805599453,
                             -0.06914345561223396, -0.0013508099647481923, -2.866516129637633e-07, -6.220960574271758e-16],
                            dtype=dtype)  # fmt: skip
    found = torch.special.log_ndtr(x)
    assert ((found - expected) / expected).abs().max() < tolerance
    slope = torch.autograd.grad(found.sum(), x)[0]
    assert slope[[0, 2, 6]].allclose(torch.tensor([30.033259667, 1.5251352761, 1.4867199e-06], dtype=dtype), rtol=1e-4)


def test_the_gamma_function_at_the_far_left_and_the_limits_of_dtypes():
    assert torch.lgamma(torch.tensor(-float("inf"))).item() == float("inf")
    assert [torch.finfo(d).resolution for d in (torch.float16, torch.bfloat16, torch.float32)] == [1e-3, 1e-2, 1e-6]
    assert repr(torch.iinfo(torch.int64)) == "iinfo(min=-9.22337e+18, max=9.22337e+18, dtype=int64)"


def test_bytes_as_booleans_and_complex_numbers():
    z = torch.tensor([1 + 1j, 2])
    assert z.view(torch.float32).tolist() == [1, 1, 2, 0]
    assert torch.tensor([1.0, 2, 3, 4], dtype=torch.float64).view(torch.complex128).tolist() == [1 + 2j, 3 + 4j]
    assert torch.tensor([[1 + 1j, 2], [3, 4j]]).view(torch.float32).shape == (2, 4)
    assert torch.tensor([1, 2, 3, 4, 5, 6, 7, 8], dtype=torch.uint8).view(torch.complex64).view(torch.uint8).sum() == 36
    assert torch.tensor([1, 0, 3, 4], dtype=torch.uint8).view(torch.bool).tolist() == [True, False, True, True]
    assert torch.tensor([True, False, True, True]).view(torch.int32).tolist() == [16842753]
    assert torch.zeros(0).view(torch.complex64).shape == (0,)


def test_bytes_are_written_through_another_type():
    """What a byte was stays where it is true before and after."""
    x = torch.tensor([1, 2, 0], dtype=torch.uint8)
    x.view(torch.bool)[0] = False
    assert x.tolist() == [0, 2, 0]
    x.view(torch.bool)[2] = True
    assert x.tolist() == [0, 2, 1]
    z = torch.tensor([1 + 1j, 2])
    z.view(torch.float32)[0] = 5
    assert z.tolist() == [5 + 1j, 2]
    y = torch.ones(2, requires_grad=True) * 1
    bits = y.view(torch.int32)
    assert not bits.requires_grad
    bits[0] = 0
    assert y.tolist() == [0, 1]


@pytest.mark.parametrize("dtype, number", [(torch.float16, 1e6), (torch.float16, -100000), (torch.bfloat16, 1e39)])
def test_numbers_beyond_half_precision_become_infinite_where_assigned(dtype, number):
    """To one place, several, those of a mask, those of an index."""
    for index in (0, slice(2), torch.tensor([True, False, True]), torch.tensor([2])):
        x = torch.zeros(3, dtype=dtype)
        x[index] = number
        assert x.abs().max().item() == float("inf") and x.abs().min().item() == 0


@pytest.mark.parametrize("call", [
    lambda: torch.full((2,), 1e6, dtype=torch.float16), lambda: torch.full_like(torch.ones(2), 1e300),
    lambda: torch.zeros(2, dtype=torch.uint8).clamp(0, 300), lambda: torch.zeros(2, dtype=torch.float16).clamp_(min=-1e6),
    lambda: torch.zeros(2, dtype=torch.int8).clamp_max(300), lambda: torch.randperm(257, dtype=torch.uint8),
])  # fmt: skip
def test_numbers_that_a_dtype_cannot_hold_are_refused(call):
    with pytest.raises(RuntimeError, match="without overflow"):
        call()


def test_bounds_that_make_floats_of_integers_may_be_any():
    assert torch.tensor([3, 200], dtype=torch.uint8).clamp(-1.5, 150.5).tolist() == [3, 150.5]
    assert torch.randperm(256, dtype=torch.uint8).sort().values[-1].item() == 255


@pytest.mark.parametrize("name, expected", [
    ("sum", [4]), ("prod", [3]), ("nansum", [4]), ("cumsum", [1, 4]), ("cumprod", [1, 3]),
])  # fmt: skip
def test_the_dtype_of_out_is_that_of_the_computation(name, expected):
    """Of what adds or multiplies: 1.7 counts as 1 where integers are asked for."""
    out = torch.zeros(0, dtype=torch.int64)
    getattr(torch, name)(torch.tensor([[1.7], [3.2]]), 0, out=out)
    assert out.reshape(-1).tolist() == expected
    with pytest.raises(RuntimeError, match="dtype"):
        torch.where(torch.tensor([True]), torch.ones(1), torch.ones(1), out=torch.zeros(1, dtype=torch.float64))
