"""What only values can tell: the error says which value, and the user's line of the very call."""

import inspect

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn

ROWS = 3


def table():
    return torch.ones(ROWS, 4)


CALLS = {
    "index": (lambda i: table()[i], IndexError, "index 7 is out of bounds for dimension 0 with size 3"),
    "write": (lambda i: table().index_put_((i,), torch.tensor(1.0)), IndexError, "index 7 is out of bounds"),
    "gather": (
        lambda i: table().gather(0, i[:, None]),
        RuntimeError,
        "index 7 is out of bounds for dimension 0 with size 3",
    ),
    "scatter": (
        lambda i: table().scatter(0, i[:, None], 1.0),
        RuntimeError,
        "index 7 is out of bounds for dimension 0",
    ),
    "index_select": (lambda i: table().index_select(0, i), IndexError, "index out of range in self: index 7"),
    "index_copy": (lambda i: table().index_copy(0, i, table()[:2]), IndexError, r"index_copy_\(\): index 7 is out of"),
    "take": (lambda i: table().take(2 * i), IndexError, "tried to access index 14 on a tensor of 12 elements"),
    "embedding": (lambda i: nn.functional.embedding(i, table()), IndexError, "index out of range in self: index 7"),
    "bag": (lambda i: nn.functional.embedding_bag(i[None], table()), RuntimeError, r"value 7 .* valid range \[0, 3\)"),
    "cross_entropy": (lambda i: nn.functional.cross_entropy(table()[:2], i), IndexError, "Target 7 is out of bounds."),
    "nll_loss": (lambda i: nn.functional.nll_loss(table()[:2], i), IndexError, "Target 7 is out of bounds."),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_wrong_value_is_named(name, mode):
    """On the first run and on later ones, with the operand at hand or computed."""
    call, kind, message = CALLS[name]
    for run in range(4):
        with pytest.raises(kind, match=message.replace("7", "9") if run == 2 and name != "take" else message):
            call(torch.tensor([0, 9 if run == 2 and name != "take" else 7]) * 1).tolist()
        assert call(torch.tensor([0, 1]) * 1) is not None


def test_the_line_is_that_of_the_call_that_failed(mode):
    """Two lines record the same path; the note names the second where the second fails."""

    def look(i):
        return table()[i].sum()

    weight = table()
    for good in range(3):
        (weight[torch.tensor([0, good]) * 1] * 2).sum().item()
    with pytest.raises(IndexError, match="index 7") as caught:
        (weight[torch.tensor([0, 7]) * 1] * 2).sum().item()
    here = inspect.currentframe().f_lineno - 1
    assert caught.value.__notes__ == [f"eagerjax: raised by index at {__file__}:{here}"]
    assert look(torch.tensor([1])).item() == 4.0


def test_indices_that_reach_nothing_are_not_wrong(mode):
    """Where nothing is read or written PyTorch does not look at them."""
    i = torch.tensor([0, 5]) * 1
    assert torch.zeros(1, 0, 3)[i].tolist() == [[], []]
    assert torch.zeros(2, 0)[i].shape == (2, 0)


def test_rows_of_a_0_dim_tensor():
    """index_add takes a source of the same shape only; index_copy minds just the shapes of the rows."""
    one = torch.tensor(1.0)
    assert one.index_add(0, torch.tensor([0]), torch.tensor(2.0)).item() == 3.0
    assert one.index_copy(0, torch.tensor([0]), torch.tensor([2.0])).item() == 2.0
    with pytest.raises(RuntimeError, match="source tensor shape must match self tensor shape"):
        one.index_add(0, torch.tensor([0, 0]), torch.tensor([2.0, 2.0]))
    with pytest.raises(RuntimeError, match="same slice shapes"):
        torch.zeros(2, 3).index_copy(0, torch.tensor([0]), torch.zeros(1, 4))
    assert torch.zeros(2).gather(0, torch.zeros(0, dtype=torch.uint8)).shape == (0,)


def test_a_few_indices_are_looked_at_each_time_that_they_change():
    table, indices = torch.ones(4, 2), np.array([1, 3])
    for good in (indices, indices.copy(), np.array([3, 0])):
        assert torch.nn.functional.embedding(torch.from_numpy(good), table).tolist() == [[1, 1], [1, 1]]
    indices[1] = 4
    with pytest.raises(IndexError, match="index 4"):
        torch.nn.functional.embedding(torch.from_numpy(indices), table)
    with pytest.raises(IndexError, match="index 3"):  # what was right for one table is not for another
        torch.nn.functional.embedding(torch.tensor([1, 3]), torch.ones(3, 2))
