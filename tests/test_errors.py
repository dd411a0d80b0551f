"""Errors as PyTorch's users know them: raised at their line, of PyTorch's type, and naming what is at fault."""

import inspect
import traceback

import pytest

eagerjax = pytest.importorskip("eagerjax")
torch, nn, F = eagerjax, eagerjax.nn, eagerjax.nn.functional


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(5, 2)
        self.body = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(3, 4))

    def forward(self, x):
        return self.fc1(x) if x.shape[-1] == 5 or len(x) == 4 else self.body(x)


def leaf(*shape):
    return torch.ones(*shape, requires_grad=True)


def notes(error):
    return "\n".join(getattr(error.value, "__notes__", []))


def here(error):
    """Is the innermost frame outside the library a line of this file?"""
    frames = [f for f in traceback.extract_tb(error.tb) if "eagerjax/eagerjax" not in f.filename]
    return frames[-1].filename == __file__ or any(f.filename == __file__ for f in frames)


# -- shapes ------------------------------------------------------------------------------------
def test_linear_names_both_shapes_and_the_layer():
    with pytest.raises(RuntimeError) as error:
        Net()(torch.ones(4, 3))
    assert str(error.value) == "mat1 and mat2 shapes cannot be multiplied (4x3 and 5x2)"
    assert "in Linear(in_features=5, out_features=2, bias=True) at Net.fc1" in notes(error)


def test_a_nested_layer_is_named_by_its_path():
    with pytest.raises(RuntimeError) as error:
        Net()(torch.ones(2, 3))
    assert "in Linear(in_features=3, out_features=4, bias=True) at Net.body.2" in notes(error)


def test_a_layer_alone_is_named_by_its_text():
    with pytest.raises(RuntimeError) as error:
        nn.Linear(5, 2)(torch.ones(4, 3))
    assert notes(error) == "in Linear(in_features=5, out_features=2, bias=True)"


def test_the_users_own_error_in_forward_keeps_its_type_and_text():
    class Picky(nn.Module):
        def forward(self, x):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as error:
        nn.Sequential(Picky())(torch.ones(1))
    assert notes(error) == "in Picky() at Sequential.0"


SHAPES = [
    (lambda: torch.ones(2, 3) @ torch.ones(2, 3), "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    (lambda: torch.ones(3) + torch.ones(4),
     "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0"),
    (lambda: torch.ones(2, 3) * torch.ones(3, 2),
     "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"),
    (lambda: torch.ones(6).view(4), "shape '[4]' is invalid for input of size 6"),
    (lambda: torch.stack([torch.ones(2), torch.ones(3)]),
     "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1"),
]  # fmt: skip


@pytest.mark.parametrize("wrong, message", SHAPES)
def test_shapes(wrong, message):
    with pytest.raises(RuntimeError) as error:
        wrong()
    assert str(error.value) == message
    assert not notes(error)
    assert here(error)


# -- dtypes and devices --------------------------------------------------------------------------
def test_dtypes_that_do_not_mix():
    with pytest.raises(RuntimeError, match="mat1 and mat2 must have the same dtype, but got Double and Float"):
        nn.Linear(2, 2)(torch.ones(2, 2, dtype=torch.float64))
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.ones(2, dtype=torch.int64).add_(1.5)
    with pytest.raises(RuntimeError, match="only Tensors of floating point"):
        torch.ones(2, dtype=torch.int64).requires_grad_()


def test_no_tensor_where_one_must_be():
    with pytest.raises(TypeError, match="relu"):
        torch.relu(None)
    with pytest.raises(TypeError, match="must be Tensor, not str"):
        torch.relu("x")


def test_devices_that_are_not_there():
    with pytest.raises(RuntimeError, match="device"):
        torch.device("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="cuda"):
            torch.ones(2).to("cuda")


# -- what only values can tell -----------------------------------------------------------------------
VALUES = [
    (lambda i: torch.ones(3)[torch.tensor([0, i])], IndexError, "out of bounds for dimension 0 with size 3", 7),
    (lambda i: nn.Embedding(4, 2)(torch.tensor([0, i])), IndexError, "index out of range in self", 9),
    (lambda i: torch.ones(2, 2).gather(1, torch.tensor([[i]])), RuntimeError, "out of bounds for dimension 1 with size 2", 5),
    (lambda i: F.cross_entropy(torch.ones(2, 3), torch.tensor([0, i])), IndexError, "out of bounds", 3),
    (lambda i: F.nll_loss(torch.ones(2, 3), torch.tensor([0, i])), IndexError, "out of bounds", -1),
]


@pytest.mark.parametrize("wrong, kind, message, bad", VALUES)
def test_values_out_of_range(wrong, kind, message, bad):
    for _ in range(3):  # the path is known after the first time, and the program itself finds it
        assert wrong(1).sum().item() is not None
        with pytest.raises(kind, match=message) as error:
            wrong(bad).sum().item()
        assert here(error)


def test_an_index_found_out_of_range_later_names_op_and_line():
    def pick(i):
        return torch.ones(41)[i]  # no other test takes this path: the note names the line that recorded it first

    line = inspect.getsourcelines(pick)[1] + 1
    pick(torch.tensor([1]) + 0).sum().item()
    result = pick(torch.tensor([99]) + 0).sum()  # computed: an index that is there already is refused at its own line
    with pytest.raises(IndexError) as error:
        result.item()
    assert notes(error) == f"eagerjax: raised by index at {__file__}:{line}"
    assert torch.ones(2).sum().item() == 2


# -- autograd ----------------------------------------------------------------------------------------
def test_backward_twice():
    y = (leaf(2) ** 2).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_backward_on_a_non_scalar():
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        (leaf(2) * 2).backward()


def test_backward_without_history():
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad and does not have a grad_fn"):
        torch.ones(2).sum().backward()


@pytest.mark.parametrize("write", [lambda x: x.add_(1), lambda x: x.__setitem__(0, 1.0), lambda x: x.zero_()])
def test_in_place_on_a_leaf(write):
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        write(leaf(2))


def test_saved_value_overwritten():
    y = leaf(2).exp()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_unused_input():
    x, unused = leaf(2), leaf(2)
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        torch.autograd.grad(x.sum(), unused)


def test_nan_under_detect_anomaly_names_the_forward_line():
    x = torch.tensor([0.0, -1.0], requires_grad=True)
    line = inspect.currentframe().f_lineno + 3
    with pytest.raises(RuntimeError) as error:
        with torch.autograd.set_detect_anomaly(True):
            y = x.sqrt()
            (y * 0).sum().backward()
    assert str(error.value) == "Function 'SqrtBackward0' returned nan values in its 0th output."
    assert notes(error) == f"eagerjax: the forward call was sqrt at {__file__}:{line}"


# -- state_dict --------------------------------------------------------------------------------------
def test_state_dict_keys():
    state = dict(Net().state_dict())
    state["extra.weight"] = state.pop("fc1.weight")
    with pytest.raises(RuntimeError) as error:
        Net().load_state_dict(state)
    text = str(error.value)
    assert text.startswith("Error(s) in loading state_dict for Net:")
    assert 'Missing key(s) in state_dict: "fc1.weight".' in text
    assert 'Unexpected key(s) in state_dict: "extra.weight".' in text


def test_state_dict_shapes():
    state = dict(Net().state_dict(), **{"fc1.weight": torch.ones(3, 3)})
    with pytest.raises(RuntimeError, match="size mismatch for fc1.weight"):
        Net().load_state_dict(state)
