"""Where JAX's numbers or silences differ from PyTorch's: each case as PyTorch has it."""

import math

import numpy as np
import pytest

import eagerjax as torch
import eagerjax.nn.functional as F


def grad_of(function, *values):
    x = torch.tensor(list(values), requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize(
    "bad",
    [
        lambda x: x[7],
        lambda x: x[[7]],
        lambda x: x.__setitem__(7, 0.0),
        lambda x: x.__setitem__([7], 0.0),
        lambda x: x.index_add(0, torch.tensor([7]), torch.ones(1)),
        lambda x: x.gather(0, torch.tensor([-1])),
        lambda x: x.index_select(0, torch.tensor([9])),
        lambda x: x.take(torch.tensor([9])),
        lambda x: F.one_hot(torch.tensor([5]), 5),
        lambda x: F.one_hot(torch.tensor([-1]), 5),
        lambda x: F.embedding(torch.tensor([5]), torch.ones(5, 2)),
        lambda x: F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 3])),
    ],
)
def test_out_of_range_raises_and_is_never_clamped(bad):
    """At once, or when something is observed."""
    x = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])
    with pytest.raises((IndexError, RuntimeError)):
        result = bad(x)
        (x if result is None else result).tolist()


def test_64_bit_values_are_kept():
    """numpy's int64 and float64 keep value and dtype."""
    assert torch.tensor(np.array([2**40])).item() == 2**40
    assert torch.tensor(np.array([1e300])).item() == 1e300
    assert torch.tensor(np.array([1.0])).dtype is torch.float64


def test_integer_sums_and_indices_are_64_bit():
    """An int32 sum does not wrap; argmax, arange and bool sums are int64."""
    assert torch.tensor([2**30] * 3, dtype=torch.int32).sum().item() == 3 * 2**30
    assert torch.tensor([1.0, 2.0]).argmax().dtype is torch.int64
    assert torch.arange(3).dtype is torch.int64
    assert torch.tensor([True, True]).sum().dtype is torch.int64


def test_mean_of_integers_and_negative_steps_raise():
    """As in PyTorch."""
    with pytest.raises(RuntimeError):
        torch.arange(3).mean()
    with pytest.raises(ValueError):
        torch.arange(3)[::-1]


def test_integer_division_by_zero_raises():
    """// and % by an integer zero raise when looked at."""
    for bad in (lambda: torch.tensor([4]) // torch.tensor([0]), lambda: torch.tensor([4]) % torch.tensor([0])):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bad().tolist()


def test_floats_become_integers_as_on_pytorchs_cpu():
    """uint8 wraps (image code relies on it)."""
    assert torch.tensor([-1.0, 300.0, 3.9]).to(torch.uint8).tolist() == [255, 44, 3]


def test_zero_dim_tensors_and_numbers_do_not_widen():
    """The category decides: a 0-dim float32 tensor leaves a half vector half."""
    half = torch.ones(2, dtype=torch.float16)
    assert (half + torch.tensor(1.0)).dtype is torch.float16
    assert (half * 2.0).dtype is torch.float16
    assert (torch.arange(2) * 1.5).dtype is torch.float32
    assert (torch.ones(2, dtype=torch.bfloat16) + half).dtype is torch.float32


def test_definitions_that_differ():
    """sign of nan, lower median, unbiased std, tiling repeat, exact gelu, uint8 wrap, floor division."""
    assert torch.tensor([math.nan]).sign().item() == 0
    assert torch.tensor([4.0, 1.0, 3.0, 2.0]).median().item() == 2
    assert torch.tensor([1.0, 2.0, 4.0]).std().item() == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert torch.tensor([1, 2]).repeat(2).tolist() == [1, 2, 1, 2]
    assert F.gelu(torch.tensor([1.0])).item() == pytest.approx(0.8413447, abs=1e-6)
    assert (torch.tensor([250], dtype=torch.uint8) + 10).item() == 4
    assert ((-torch.tensor([7])) // 2).item() == -4 and ((-torch.tensor([7])) % 3).item() == 2


def test_gradients_at_kinks():
    """abs and norm at 0, clamp at its bound, ties of max, relu at 0, where beside a nan."""
    assert grad_of(torch.abs, 0.0) == [0.0]
    assert grad_of(lambda x: x.norm(), 0.0, 0.0) == [0.0, 0.0]
    assert grad_of(lambda x: x.clamp(0.0, 1.0), 0.0, 1.0, 2.0) == [1.0, 1.0, 0.0]
    assert grad_of(lambda x: x.max(), 3.0, 3.0) == [0.5, 0.5]
    assert grad_of(F.relu, 0.0) == [0.0]
    assert math.isnan(grad_of(lambda x: torch.where(x > 0, x, x.sqrt() * 0 + 1), -1.0)[0])


def test_nan_compares_as_ieee_says():
    """nan equals nothing; allclose knows equal_nan."""
    x = torch.tensor([math.nan])
    assert not (x == x).item()
    assert not torch.allclose(x, x) and torch.allclose(x, x, equal_nan=True)


def test_uint8_masks_still_mask():
    """The old kind of mask."""
    assert torch.tensor([1, 2, 3])[torch.tensor([1, 0, 1], dtype=torch.uint8)].tolist() == [1, 3]


def test_global_jax_configuration_is_untouched():
    """Users' own JAX code sees 32-bit defaults before and after."""
    jax = pytest.importorskip("jax")
    torch.tensor([1], dtype=torch.int64).sum().item()
    assert not jax.config.jax_enable_x64
    assert jax.numpy.arange(3).dtype == np.int32
