"""Parts of one tensor: split, chunk, unbind under autograd read all parts in one step."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.record.trace import state

SPLITS = [
    (lambda x: x.chunk(3, 1), "_split"), (lambda x: x.split(2, 1), "_split"), (lambda x: x.unbind(1), "_unbind"),
    (lambda x: x.split([1, 5], -1), "_split_with_sizes"), (lambda x: tuple(x), "_unbind"),
]  # fmt: skip


def recorded():
    """How often each op stands on the open path."""
    names = [n.op.name for n in state.trace.node.path() if n.op is not None]
    return {name: names.count(name) for name in names}


@pytest.mark.parametrize(("parts_of", "name"), SPLITS)
def test_all_parts_are_one_step_and_have_their_gradients(parts_of, name):
    x = torch.arange(24.0).reshape(4, 6).requires_grad_()
    parts = parts_of(x * 2)
    total = sum((i + 1) * (p * p).sum() for i, p in enumerate(parts))
    steps = recorded()
    assert steps[name] == 1 and "_slice" not in steps and "_select" not in steps
    total.backward()
    factors = torch.empty(4, 6)
    for i, part in enumerate(parts_of(factors)):
        part.fill_(8.0 * (i + 1))
    np.testing.assert_allclose(x.grad.numpy(), (x.detach() * factors).numpy())


def test_a_part_that_nobody_reads_gets_no_gradient_and_costs_no_result():
    x = torch.arange(6.0).requires_grad_()
    a, b, c = (x * 1).chunk(3)
    loss = a.sum() + c.sum()
    assert recorded()["_split"] == 1 and b._trace is None
    loss.backward()
    assert x.grad.tolist() == [1, 1, 0, 0, 1, 1] and b.tolist() == [2, 3]


def test_without_gradients_parts_are_read_one_by_one():
    """`for part in x: part.item()` is one program, not one for each part."""
    x = torch.arange(6.0) * 2
    for i, part in enumerate(x):
        assert part.item() == 2 * i
    y = torch.arange(6.0) * 2
    total = y.chunk(3)[1] + 1
    assert "_split" not in recorded() and total.tolist() == [5, 7]


def test_parts_after_the_whole_was_written_to():
    x = torch.arange(6.0).requires_grad_()
    y = x * 1
    parts = y.split(2)
    a = (parts[0] * 3).sum()
    y.data.mul_(10)
    assert [p.tolist() for p in parts] == [[0, 10], [20, 30], [40, 50]]
    a.backward()
    assert x.grad.tolist() == [3, 3, 0, 0, 0, 0]


def test_hooks_and_kept_gradients_of_single_parts():
    x = torch.arange(6.0).requires_grad_()
    a, b = (x * 2).chunk(2)
    a.retain_grad()
    b.register_hook(lambda grad: 10 * grad)
    (a * b).sum().backward()
    assert a.grad.tolist() == [6, 8, 10] and x.grad.tolist() == [12, 16, 20, 0, 40, 80]


def test_parts_inside_of_a_branch_are_forgotten_with_it():
    x = torch.arange(4.0).requires_grad_()

    def both(y):
        a, b = y.chunk(2)
        return a * b

    y = x * 1
    loss = (torch.cond(x.sum() > 0, both, lambda y: y[:2] * 5, (y,)) + both(y)).sum()
    loss.backward()
    assert loss.item() == 6 and x.grad.tolist() == [4, 6, 0, 2]


def test_names_of_their_history():
    x = torch.ones(4, requires_grad=True)
    names = [f(x)[0].grad_fn.name() for f in (lambda x: x.chunk(2), lambda x: x.split([1, 3]), lambda x: x.unbind())]
    assert names == ["SplitBackward0", "SplitWithSizesBackward0", "UnbindBackward0"]
    assert [p.output_nr for p in x.chunk(2)] == [0, 1]


def test_places_of_parts_of_parts():
    x = torch.arange(24.0).reshape(4, 6)
    for whole in (x[1:], x.t(), x[:, 1:5]):
        for parts in (whole.split(2), whole.chunk(2, 1), whole.chunk(2)[1].split(1, 1)[1:2]):
            for part in parts:
                at = part.storage_offset()
                rows, columns = (step * torch.arange(n) for n, step in zip(part.shape, part.stride()))
                assert part.tolist() == x.reshape(-1)[at + rows[:, None] + columns].tolist()


@pytest.mark.parametrize("change", ["write", "write data", "become another", "look"])
def test_a_part_whose_sibling_was_read_before_something_happened(change):
    x = torch.arange(6.0).requires_grad_()
    y = x * 1
    a, b, c = y.chunk(3)
    loss = (a * 2).sum()
    if change == "write":
        y.mul_(10)
    elif change == "write data":
        y.data.mul_(10)
    elif change == "become another":
        b.data = torch.tensor([20.0, 30.0])
    else:
        assert loss.item() == 2
    (loss + (b * 3).sum() + c.sum()).backward()
    times = 10 if change == "write" else 1
    assert b.tolist() == ([2, 3] if change == "look" else [20, 30])
    assert x.grad.tolist() == [2, 2, 3 * times, 3 * times, times, times]
