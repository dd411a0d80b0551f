"""What PyTorch's own tests found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import warnings

import pytest

import eagerjax as torch
from eagerjax.autograd import functional, gradcheck, gradgradcheck


# -- paths whose nodes were taken apart while a later graph still went through them ---------------------------------
def test_second_derivatives_row_by_row():
    """Each row's backward pass is kept, and the rows before it are forgotten meanwhile."""
    x = torch.rand(4, 4)
    for _ in range(3):
        with torch.no_grad():
            functional.jacobian(lambda x: x.exp().sum(dim=1), x)
            rows = functional.jacobian(lambda x: x.exp().sum(dim=1), x, create_graph=True)
        assert rows.shape == (4, 4, 4)
        torch.testing.assert_close(rows.sum(0).detach(), x.exp())


def test_third_derivatives_of_a_part():
    def part(a, b):
        return (a + 3 * b.narrow(0, 0, 3)).exp().sum()

    args = [torch.rand(n, dtype=torch.double, requires_grad=True) for n in (3, 4, 3, 4)]
    assert gradgradcheck(lambda a, b, v, w: functional.hvp(part, (a, b), (v, w), create_graph=True)[1], args)


def test_gradcheck_moves_the_input_itself():
    """A function may reach its input by another way, as a module does its parameters."""
    weight = torch.rand(3, dtype=torch.double, requires_grad=True)
    before, version = weight.clone(), weight._version
    assert gradcheck(lambda _: weight * weight, (weight,))
    assert torch.equal(weight, before) and weight._version == version


# -- optimizers ----------------------------------------------------------------------------------------------------
RULES = [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.Adagrad, torch.optim.Adadelta, torch.optim.RMSprop,
         torch.optim.Rprop, torch.optim.ASGD, torch.optim.NAdam, torch.optim.RAdam, torch.optim.Adamax]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.__name__)
def test_a_differentiable_step_has_a_gradient(rule):
    """Through two steps, to the first gradient: the second reads what the first has written."""

    def trained(start, grad):
        p = start.clone()
        optimizer = rule([p], lr=0.1, differentiable=True)
        for k in range(2):
            p.grad = grad * (k + 1)
            optimizer.step()
        return p

    start, grad = (torch.rand(3, dtype=torch.double, requires_grad=True) for _ in range(2))
    assert gradcheck(trained, (start, grad), atol=1e-4)


def test_lbfgs_at_a_minimum_with_no_tolerance():
    p = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([p], tolerance_grad=-1.0)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 0.0
    assert torch.equal(p.detach(), torch.zeros(2))


# -- indexing ------------------------------------------------------------------------------------------------------
def test_a_list_of_lists_indexes_as_a_tuple():
    x = torch.arange(12).reshape(3, 4)
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert x[[[0, 2], [1, 1]]].tolist() == [1, 9]
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert x[[0, slice(1, 3)]].tolist() == [1, 2]
    assert x[[2, 0]].tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]
    with pytest.warns(UserWarning, match=r"torch\.uint8 is now deprecated"):
        assert x[torch.tensor([0, 1, 0], dtype=torch.uint8)].tolist() == [[4, 5, 6, 7]]


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (slice(0.0, 2.0), TypeError, "slice indices must be integers or None or have an __index__ method"),
        (slice("0", "1"), TypeError, "slice indices"),
        (slice(0, 2, 0), ValueError, "slice step cannot be zero"),
        ((0, 5), IndexError, "index 5 is out of bounds for dimension 1 with size 4"),
        (2**70, ValueError, "Overflow"),
    ],
)
def test_an_index_that_is_none(index, error, message):
    with pytest.raises(error, match=message):
        torch.zeros(3, 4)[index]


def test_an_index_into_a_number():
    with pytest.raises(IndexError, match=r"invalid index of a 0-dim tensor\. Use `tensor\.item\(\)`"):
        torch.tensor(10)[0]
    with pytest.raises(IndexError, match=r"slice\(\) cannot be applied to a 0-dim tensor"):
        torch.tensor(10)[:]
    with pytest.raises(RuntimeError):
        torch.rand([]).index_put((), torch.ones(1), True)


# -- autograd.functional -------------------------------------------------------------------------------------------
def test_functional_of_a_number():
    assert functional.hessian(lambda x: x.sum(), torch.rand([])).shape == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: functional.jacobian(lambda x: x, x, strict=True, vectorize=True), "not supported together"),
        (lambda x: functional.jacobian(torch.clone, x, create_graph=True, strict=True), "jacobian .* is independent of input 0"),
        (lambda x: functional.vjp(lambda x: x.detach().sum(), x, strict=True), "Output 0 .* does not require gradients"),
        (lambda x: functional.hessian(torch.sum, x, strict=True), "jacobian of the .* with respect to input 0"),
        (lambda x: functional.hessian(lambda x: (x.sum(), x.sum()), x), "hessian should return a single Tensor"),
    ],
)
def test_functional_refuses(call, message):
    with pytest.raises(RuntimeError, match=message):
        call(torch.rand(3))


def test_no_warning_where_there_is_nothing_to_warn_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.zeros(3, 4)[[0, 1], [1, 1]]
