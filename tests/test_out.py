"""`out=`: what it takes, what it refuses, and numbers in a tensor's place."""

import pytest

import eagerjax as torch


def test_numbers_may_stand_where_pytorch_takes_them():
    """torch.add(2, x) and torch.add(2, 3), but not torch.eq(2, x), pow(2, 3) or where(2, x, x)."""
    x = torch.tensor([3])
    assert torch.add(2, x).tolist() == [5]
    assert torch.div(2, 3, rounding_mode="floor").item() == 0
    assert torch.pow(2, x).tolist() == [8]
    for call in (lambda: torch.pow(2, 3), lambda: torch.bitwise_and(2, 3), lambda: torch.eq(2, x), lambda: torch.rsub(2, x),
                 lambda: torch.where(2, x, x), lambda: torch.Tensor.__rand__(2, x)):  # fmt: skip
        with pytest.raises(TypeError):
            call()


def test_out_may_not_be_an_expanded_tensor_nor_overlap_an_operand():
    """But it may be the operand itself, where the op reads each element before it writes it."""
    whole = torch.arange(5.0)
    with pytest.raises(RuntimeError, match="more than one element"):
        torch.sin(whole, out=torch.zeros(1).expand(5))
    with pytest.raises(RuntimeError, match="some elements of the input"):
        torch.sin(whole[:4], out=whole[1:])
    torch.mean(whole.reshape(1, 5), 0, out=whole)  # what is no kernel over elements computes first
    assert torch.neg(whole, out=whole) is whole
    assert whole.tolist() == [0, -1, -2, -3, -4]


@pytest.mark.parametrize("call", [
    lambda x: torch.take(x, torch.tensor([1, 0, 2]), out=x),
    lambda x: torch.masked_select(x, x > 0, out=x),
    lambda x: torch.kthvalue(x, 2, out=(x, torch.empty((), dtype=torch.int64))),
    lambda x: torch.cat([x, x], out=x),
])  # fmt: skip
def test_ops_that_jump_about_refuse_an_operand_as_out(call):
    """Each would read what it has written."""
    with pytest.raises(RuntimeError, match="some elements of the input"):
        call(torch.arange(1.0, 4.0))


def test_halves_of_one_storage_do_not_overlap():
    """The memory may be shared where the elements are not."""
    whole = torch.arange(6.0)
    torch.take(whole[:3], torch.tensor([2, 1, 0]), out=whole[3:])
    assert whole.tolist() == [0, 1, 2, 2, 1, 0]


def test_a_wider_out_is_for_ops_that_promote():
    """Where PyTorch's kernels write the result's very dtype, any other raises."""
    x = torch.tensor([1.5])
    wide = torch.empty(1, dtype=torch.float64)
    assert torch.sin(x, out=wide).dtype is torch.float64
    for call in (torch.ceil, torch.neg, lambda a, out: torch.complex(a, a, out=out)):
        with pytest.raises(RuntimeError, match="dtype"):
            call(x, out=wide)


def test_resizing_an_out_that_holds_something_warns():
    """As PyTorch deprecates it; an empty one is resized silently."""
    out = torch.empty(3)
    with pytest.warns(UserWarning, match="was resized"):
        torch.sin(torch.zeros(2), out=out)
    assert out.shape == (2,)
    assert torch.sin(torch.zeros(2), out=torch.empty(0)).tolist() == [0, 0]


def test_one_result_takes_one_tensor():
    """A list for one result, or one tensor for several, is a TypeError."""
    with pytest.raises(TypeError):
        torch.sin(torch.zeros(2), out=[torch.zeros(2)])
    with pytest.raises(TypeError):
        torch.sort(torch.zeros(2), out=torch.zeros(2))


def test_conj_is_a_view():
    """Writing to it writes conjugates to the tensor; conj_physical is a copy."""
    x = torch.tensor([1 + 2j])
    x.conj().add_(1j)
    assert x.tolist() == [1 + 1j]
    x.conj_physical().zero_()
    torch.ones(1, 1, dtype=torch.complex64).mH.mul_(1j)
    assert x.conj().tolist() == [1 - 1j]


def test_conj_physical_of_reals_is_the_tensor_and_has_out():
    """A copy only where there is something to conjugate."""
    x = torch.tensor([1.0])
    assert torch.conj_physical(x) is x
    assert torch.conj_physical(torch.tensor([1j]), out=torch.empty(1, dtype=torch.complex64)).tolist() == [-1j]


def test_another_order_in_memory_is_a_copy():
    """`to(memory_format=...)` gives the tensor itself only where it lies like that already."""
    x = torch.zeros(2, 3, 4, 5)
    y = x.float(memory_format=torch.channels_last)
    y.add_(1)
    assert x.sum().item() == 0
    assert x.to(memory_format=torch.contiguous_format) is x
    assert x.to("cpu", torch.float32, False) is x
    assert x.to("cpu", torch.float32, False, True) is not x  # non_blocking, copy
    assert torch.zeros(2, 1, 4, 5).contiguous(memory_format=torch.channels_last) is not None


def test_narrow_takes_whole_numbers():
    """Starts are integers or 0-dim integer tensors."""
    x = torch.zeros(4)
    assert x.narrow(0, torch.tensor(1), 2).shape == (2,)
    with pytest.raises(RuntimeError, match="integral"):
        x.narrow(0, torch.tensor(True), 2)
    with pytest.raises(TypeError):
        x.narrow(0, 1.5, 2)


@pytest.mark.parametrize("call", [
    lambda x: x @ 2,
    lambda x: torch.mm(x, 2),
    lambda x: torch.complex(x, 1),
    lambda x: torch.isclose(x, 1),
    lambda x: torch.linalg.solve(x, 1),
    lambda x: torch.nn.functional.cross_entropy(x, 1),
    lambda x: torch.nn.functional.linear(x, 1),
])  # fmt: skip
def test_numbers_are_no_matrices(call):
    """A TypeError that names the argument, not an AttributeError from within."""
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        call(torch.ones(2, 2))


def test_split_into_no_parts():
    """hsplit by 0 raises as any number that does not divide."""
    with pytest.raises(RuntimeError, match="not divisible"):
        torch.hsplit(torch.ones(2, 4), 0)
