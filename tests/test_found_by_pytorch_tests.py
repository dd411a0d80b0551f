"""What PyTorch's own tests found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import sys
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


# -- autograd ------------------------------------------------------------------------------------------------------
def test_the_gradient_that_is_kept_is_that_of_the_latest_value():
    a = torch.tensor([1.0, 2.0], requires_grad=True).clone()
    a.retain_grad()
    a.mul_(2)
    a[:1].mul_(3)
    a.sum().backward()
    assert a.grad.tolist() == [1.0, 1.0]

    base = torch.tensor([1.0], requires_grad=True).clone()
    views = base[:], base[:]
    for view in views:
        view.retain_grad()
    views[0].mul_(2)
    (views[0] + views[1]).sum().backward()
    assert [v.grad.item() for v in views] == [1.0, 1.0]


def test_what_is_kept_is_what_the_hooks_have_made_of_it():
    b = torch.tensor(1.0, requires_grad=True).clone()
    b.register_hook(lambda g: g * 2)
    b.retain_grad()
    b.register_hook(lambda g: g * 3)
    b.clone().backward()
    assert b.grad.item() == 6


class Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.mark_dirty(x)
        return x.add_(y)

    @staticmethod
    def backward(ctx, grad):
        return grad * 10, grad * 100


def test_a_function_writes_to_a_view():
    """What the view is a view of gets the function's history, and keeps its own beside it."""
    root, b = torch.zeros(4, 4, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    x = root.clone()
    Add.apply(x.narrow(1, 2, 2).narrow(0, 1, 2), b)
    x.sum().backward()
    assert x.sum().item() == 4
    assert root.grad.tolist() == [[1, 1, 1, 1], [1, 1, 10, 10], [1, 1, 10, 10], [1, 1, 1, 1]]
    assert b.grad.tolist() == [[100, 100], [100, 100]]


class Part(torch.autograd.Function):
    """Returns a view, takes a default, and calls its backward pass `vjp`."""

    @staticmethod
    def forward(x, first=1):
        return x.narrow(0, first, 1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.first = inputs
        ctx.n = len(x)

    @staticmethod
    def vjp(ctx, grad):
        return torch.nn.functional.pad(grad, (ctx.first, ctx.n - ctx.first - 1)), None


def test_a_function_with_defaults_that_returns_a_view():
    x = torch.arange(3.0, requires_grad=True)
    out = Part.apply(x.clone())
    out.sum().backward()
    assert out.item() == 1 and x.grad.tolist() == [0, 1, 0]
    with pytest.raises(RuntimeError, match="Output 0 of Part is a view and is being modified inplace"):
        out += 1


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = x * 2
        return out, out

    @staticmethod
    def backward(ctx, g, h):
        return 2 * (g + h)


def test_a_tensor_that_a_function_returns_twice_is_one():
    x = torch.ones((), requires_grad=True)
    a, b = Twice.apply(x)
    assert a is b
    (a + b).backward()
    assert x.grad.item() == 4


def test_a_part_multiplied_in_place_has_second_derivatives():
    def part(x, b):
        x = x.clone()
        x.narrow(1, 2, 2).mul_(b)
        return x

    x, b = torch.rand(2, 4, dtype=torch.double), torch.rand(2, 2, dtype=torch.double, requires_grad=True)
    assert gradgradcheck(part, (x, b))
    assert gradgradcheck(part, (x.requires_grad_(), b))


def test_a_view_of_what_became_a_leaf():
    a = torch.zeros(2, 3)
    b = a[:]
    b.add_(5)
    a.requires_grad = True
    with pytest.raises(RuntimeError, match="a view of a leaf"):
        b.add_(5)
    with torch.no_grad():
        b.add_(5)
    assert a.sum().item() == 60


def test_numpy_without_grad():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="requires grad"):
        x.numpy()
    with torch.no_grad():
        x.numpy()[0] = 5
    assert x.tolist() == [5, 1] and x.requires_grad


def test_modes():
    with torch.inference_mode(), torch.inference_mode(False):
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @torch.no_grad()
        class Made:
            def __init__(self):
                self.mode = torch.is_grad_enabled()

            def later(self):
                return torch.is_grad_enabled()

    assert Made().mode is False and Made().later() is True


def test_modes_around_a_generator_that_is_thrown_into_and_closed():
    seen = []

    @torch.no_grad()
    def count():
        try:
            while True:
                try:
                    yield torch.is_grad_enabled()
                except KeyError:
                    seen.append(torch.is_grad_enabled())
        finally:
            seen.append(torch.is_grad_enabled())

    items = count()
    assert next(items) is False and torch.is_grad_enabled()
    assert items.throw(KeyError()) is False and torch.is_grad_enabled()
    items.close()
    assert seen == [False, False] and torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: torch.autograd.grad(x.sum(), []), RuntimeError, "cannot be empty"),
        (lambda x: torch.autograd.grad(x.sum(), x, allow_unused=False, materialize_grads=True), ValueError, "allow_unused"),
        (lambda x: (x.sum() * 1j).backward(), RuntimeError, "only for real scalar outputs but got torch"),
        (lambda x: setattr(x, "data", torch.arange(2)), RuntimeError, "must be floating point or complex dtype"),
        (lambda x: (x.register_post_accumulate_grad_hook(lambda p: p), x.sum().backward()), RuntimeError, "should return None"),
    ],
)
def test_autograd_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call(torch.ones(2, requires_grad=True))


def test_several_gradients_that_arrive_at_one_tensor():
    """Their sum may run the trace that the backward pass is about to go through."""
    x, y = torch.rand(2, 3), torch.rand(2)
    rows = torch.func.jacfwd(lambda args: (args[0], args[0]))((x, y))
    assert [[tuple(part.shape) for part in row] for row in rows] == [[(2, 3, 2, 3), (2, 3, 2)]] * 2
    assert rows[1][0].sum().item() == 6 and rows[1][1].sum().item() == 0

    a = torch.ones(3, requires_grad=True)
    b = a * 2
    b.sum().item()
    torch.autograd.backward([b, b, b], [torch.ones(3), torch.ones(3) * 2, torch.ones(3) * 3])
    assert a.grad.tolist() == [12.0] * 3


def test_an_ensemble_in_functorchs_words():
    before = sys.modules.get("functorch")
    with torch.install_as_torch(), pytest.warns(FutureWarning):
        from functorch import combine_state_for_ensemble  # noqa: PLC0415

        call, params, buffers = combine_state_for_ensemble([torch.nn.Linear(2, 3) for _ in range(4)])
    assert sys.modules.get("functorch") is before
    assert [tuple(p.shape) for p in params] == [(4, 3, 2), (4, 3)] and buffers == ()
    assert torch.func.vmap(call, (0, None, None))(params, (), torch.ones(5, 2)).shape == (4, 5, 3)
