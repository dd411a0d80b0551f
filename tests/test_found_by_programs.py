"""What public programs tripped over when they were run unchanged: one test for each cause."""

import enum
import pickle
import zipfile

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.function import once_differentiable


class Level(enum.IntEnum):
    LOW = 3


@pytest.mark.parametrize("number", [np.float64(2.0), Level.LOW], ids=["numpy", "enum"])
def test_numbers_of_subclasses(number):
    """np.float64 is a float, but not its type: attention divides scores by np.sqrt(d)."""
    x = torch.ones(2, requires_grad=True)
    for _ in range(3):
        y = x * number + x / number + x.clamp(max=number)
        y.sum().backward()
    assert torch.allclose(x.grad, torch.full((2,), 3 * (float(number) + 1 / float(number) + 1)))


class Wrapped(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(2, 3)
        self.attention = torch.nn.MultiheadAttention(2, 1)
        self.activation = torch.nn.functional.relu


def test_whole_modules_under_safe_globals(tmp_path):
    """word_language_model saves the model and loads it with the classes of its layers allowed; the file says torch's names."""
    made = Wrapped()
    calls = []
    torch.save(made, tmp_path / "m.pt")
    layers = torch.nn.modules
    allowed = [
        Wrapped,
        layers.rnn.LSTM,
        layers.activation.MultiheadAttention,
        layers.linear.NonDynamicallyQuantizableLinear,
        torch.nn.functional.relu,
    ]
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global"):
        torch.load(tmp_path / "m.pt")
    with torch.serialization.safe_globals(allowed):
        loaded = torch.load(tmp_path / "m.pt")
    loaded.rnn.register_forward_hook(lambda *_: calls.append(1))
    x = torch.ones(2, 1, 2)
    assert torch.equal(loaded.rnn(x)[0], made.rnn(x)[0]) and calls == [1]
    with zipfile.ZipFile(tmp_path / "m.pt") as file:
        named = next(file.read(n) for n in file.namelist() if n.endswith("data.pkl"))
    assert b"torch.nn.modules.rnn\nLSTM" in named and b"eagerjax" not in named


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        return 2 * grad * ctx.saved_tensors[0]


def test_once_differentiable():
    x = torch.ones(2, requires_grad=True)
    assert torch.autograd.grad(Square.apply(x).sum(), x)[0].tolist() == [2.0, 2.0]
    (grad,) = torch.autograd.grad((Square.apply(x) * x).sum(), x, create_graph=True)
    assert grad.tolist() == [3.0, 3.0]
    with pytest.raises(RuntimeError, match="trying to differentiate twice"):
        grad.sum().backward()


def test_gradients_pass_the_views_on_their_way():
    """A part of a view depends on that view: its gradient, its hooks, also when it is gone before the part is read."""
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    view = x.t()
    view.retain_grad()
    part = view[0]
    assert torch.autograd.grad(part.sum(), view, retain_graph=True)[0].tolist() == [[1, 1], [0, 0], [0, 0]]
    part.sum().backward()
    assert view.grad.tolist() == [[2, 2], [0, 0], [0, 0]]  # what is retained adds up over both passes

    def hooked(y):
        view = y.t()
        view.register_hook(lambda g: g * 5)
        return view[1]

    x.grad = None
    hooked(x).sum().backward()
    assert x.grad.tolist() == [[0, 5, 0], [0, 5, 0]]


def test_a_view_that_becomes_another_takes_no_part_along():
    """In-place view functions change the view, not what was made from it."""
    y = torch.arange(6.0).reshape(2, 3).requires_grad_() * 1
    view = y.t()
    part = view[0]
    view.t_()
    assert part.tolist() == [0, 3]
    for _ in range(600):  # a long way is no deep recursion
        y = y.view(3, 2).view(2, 3)
    assert y.sum().requires_grad


def test_views_without_elements_become_arrays():
    """Their offset may be outside of the memory."""
    x = torch.zeros(0, 3)
    assert x[:, 1:].numpy().shape == (0, 2)
    assert x.select(1, 2).numpy().shape == (0,)


@pytest.mark.parametrize(
    "through",
    [
        lambda y: y.fill_(2.0),
        lambda y: y.floor(),
        lambda y: y.normal_(),
        lambda y: y * 2,
        lambda y: y.where(y > 1, y * 3),
        lambda y: y.tanh(),
        lambda y: y.floor() + y.exp(),
    ],
)
@pytest.mark.parametrize("first", [lambda y: y.sum(), lambda y: (y.tanh() ** 2).sum()])
def test_gradients_have_a_history_where_they_depend_on_values(through, first):
    """That of `floor` is 0 whatever comes: it cannot be differentiated, and PyTorch says so."""
    live = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
    found = []
    for lib in (live, torch):
        x = lib.tensor([1.0, 2.0, 3.0], requires_grad=True)
        (grad,) = lib.autograd.grad(first(through(x.clone())), x, create_graph=True)
        found.append(grad.requires_grad)
    assert found[0] is found[1]


def test_as_strided_of_a_view_that_is_a_leaf():
    """requires_grad was set on the view: gradients of its elements are its own."""
    x = torch.arange(7.0)[1:].reshape(2, 3).requires_grad_()
    (x.as_strided((2, 2), (2, 1), 2) * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert x.grad.tolist() == [[0, 1, 2], [3, 4, 0]]


def test_svd_lowrank_is_the_same_for_the_same_seed():
    """Also when the program around it is compiled on a later call."""
    x, seen = torch.arange(32.0).reshape(2, 4, 4).sin(), []
    for _ in range(4):
        torch.manual_seed(3)
        seen.append([part.tolist() for part in torch.svd_lowrank(x, 2)])
    assert all(each == seen[0] for each in seen)


def test_one_kind_of_handle():
    """What hooks of tensors, modules and optimizers return; it does not keep the hooks alive."""
    x = torch.ones(2, requires_grad=True)
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(layer.parameters())
    made = [
        x.register_hook(lambda g: g * 2),
        (x * 2).register_hook(lambda g: g),
        x.register_post_accumulate_grad_hook(lambda p: None),
        layer.register_forward_hook(lambda *_: None),
        optimizer.register_step_pre_hook(lambda *_: None),
    ]
    assert {type(handle) for handle in made} == {torch.utils.hooks.RemovableHandle}
    assert len({handle.id for handle in made}) == len(made)
    x.sum().backward()
    made[0].remove()
    x.sum().backward()
    assert x.grad.tolist() == [3, 3]  # twice once, and once


@pytest.mark.parametrize(
    ("write", "refused"),
    [
        (lambda x: x.mul_(x), True),
        (lambda x: x.addcmul_(x, x), True),
        (lambda x: x.pow_(x), True),
        (lambda x: x.add_(x), False),
        (lambda x: x.mul_(x.detach().clone()), False),
        (lambda x: x.polygamma_(1), False),
        (lambda x: x.sigmoid_(), False),
    ],
)
def test_what_overwrites_its_own_second_operand(write, refused):
    """The value of the first operand is kept as it was; the gradient with respect to it needs the second one."""
    leaf = torch.tensor([1.5, 2.0], requires_grad=True)
    result = write(leaf.clone()).sum()
    if refused:
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            result.backward()
    else:
        result.backward()


def test_float_power_in_place_needs_the_dtype_of_its_result():
    with pytest.raises(RuntimeError, match="has dtype Float but the operation's result requires dtype Double"):
        torch.ones(2).float_power_(2)
    assert torch.full((2,), 3.0, dtype=torch.float64).float_power_(2).tolist() == [9, 9]
