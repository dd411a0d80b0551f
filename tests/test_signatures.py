"""Keyword names and defaults of functions whose PyTorch names are not those that one would guess."""

import inspect

import pytest

import eagerjax as torch


def test_split_has_two_faces():
    """torch.split(tensor, split_size_or_sections) and Tensor.split(split_size)."""
    x = torch.arange(6.0)
    for parts in (torch.split(tensor=x, split_size_or_sections=4), x.split(split_size=4), x.split([4, 2])):
        assert [p.tolist() for p in parts] == [[0, 1, 2, 3], [4, 5]]
    with pytest.raises(TypeError):
        x.split(split_size_or_sections=4)


def test_tensor_split_takes_sections_or_indices():
    x = torch.arange(6.0)
    assert [len(p) for p in x.tensor_split(sections=4)] == [2, 2, 1, 1]
    assert [len(p) for p in torch.tensor_split(x, indices=(1, 4))] == [1, 3, 2]
    assert [len(p) for p in torch.tensor_split(x, tensor_indices_or_sections=torch.tensor(3))] == [2, 2, 2]
    assert [len(p) for p in torch.hsplit(x, indices=[4])] == [4, 2]
    with pytest.raises(TypeError, match="sections or indices"):
        x.tensor_split(2, indices=[1])


@pytest.mark.parametrize(
    "function, names",
    [
        (torch.special.airy_ai, ["x"]),
        (torch.special.hermite_polynomial_h, ["x", "n"]),
        (torch.cholesky_solve, ["input", "input2", "upper"]),
        (torch.ormqr, ["input", "input2", "input3", "left", "transpose"]),
        (torch.swapaxes, ["input", "axis0", "axis1"]),
        (torch.promote_types, ["type1", "type2"]),
        (torch.result_type, ["tensor", "other"]),
        (torch.nn.functional.one_hot, ["input", "num_classes"]),
        (torch.poisson, ["input", "generator"]),
        (torch.rrelu, ["input", "lower", "upper", "training", "generator"]),
        (torch.nn.functional.rrelu, ["input", "lower", "upper", "training", "inplace"]),
        (torch.Tensor.transpose_, ["input", "dim0", "dim1"]),
        (torch.Tensor.swapaxes_, ["input", "axis0", "axis1"]),
    ],
)
def test_names_of_parameters(function, names):
    assert list(inspect.signature(function).parameters) == names


def test_losses_of_torch_itself_do_not_reduce():
    """torch.kl_div and the like take the reduction as a number, and without one return each element's loss."""
    x = torch.tensor([[0.5, -1.0], [2.0, 0.0]])
    assert torch.kl_div(x, x.exp()).shape == (2, 2)
    assert torch.hinge_embedding_loss(x, torch.ones(2, 2), 1.0, 1).item() == 0.375
    assert torch.margin_ranking_loss(x, x, torch.ones(2, 2), margin=0.5, reduction=2).item() == 2.0


def test_arguments_that_say_how_pytorch_compiles_or_forks():
    """They are taken, and change nothing here."""
    assert torch.compile(lambda x: x + 1, backend="inductor", name="f", recompile_limit=8)(torch.ones(1)).item() == 2
    with torch.random.fork_rng(devices=[], device_type="cuda"):
        inside = torch.rand(2)
    assert torch.rand(2).equal(inside)


def test_names_of_the_past():
    """What old programs say."""
    x = torch.tensor([3.0])
    assert x.__div__(2).item() == 1.5 and x.__idiv__(2) is x and x.__long__() == 1
    assert torch.GradScaler is torch.amp.GradScaler and torch.autograd.variable.Variable is torch.autograd.Variable
    assert torch.legacy_contiguous_format is torch.contiguous_format
    made = [torch.rrelu(-torch.ones(4), training=True, generator=torch.Generator().manual_seed(5)) for _ in range(2)]
    assert made[0].equal(made[1])
    with pytest.raises(TypeError):
        torch.range(3)


def test_a_step_that_is_postponed_calls_its_closure():
    """With gradients, whatever the mode around it."""
    with torch.no_grad():
        assert torch.optim.optimizer.evaluate(torch.is_grad_enabled)
    assert torch.optim.optimizer.evaluate() is None
