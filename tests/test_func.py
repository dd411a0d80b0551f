"""torch.func: transforms of functions, checked against formulas and against loops."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import func


def data(*shape, shift=0.0):
    n = int(np.prod(shape))
    return torch.tensor(np.sin(np.arange(n) * 1.7 + 0.3 + shift).reshape(shape).astype("float32"))


def close(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-5)
    assert a.dtype is b.dtype


# -- vmap ----------------------------------------------------------------------------------------------
def test_vmap_is_a_loop():
    """Dimensions of inputs and outputs, nested arguments, arguments that are not mapped, captured tensors."""
    x, w, scale = data(5, 2, 3), data(3, 4), data(4)

    def f(both, w):
        return (both["x"] @ w * scale, {"sum": both["x"].sum()})

    out, rest = torch.vmap(f, in_dims=({"x": 0}, None), out_dims=(1, {"sum": 0}))({"x": x}, w)
    close(out, torch.stack([one @ w * scale for one in x], 1))
    close(rest["sum"], torch.stack([one.sum() for one in x]))


def test_vmap_nests_and_takes_chunks():
    a, b = data(4, 3), data(5, 3)
    each = torch.vmap(torch.vmap(torch.dot, in_dims=(None, 0)), in_dims=(0, None), chunk_size=3)
    close(each(a, b), a @ b.T)


def test_vmap_is_differentiable():
    x, w = data(4, 3).requires_grad_(), data(3).requires_grad_()
    found = torch.autograd.grad(torch.vmap(lambda row: (row * w).sin().sum())(x).pow(2).sum(), (x, w))
    expected = torch.autograd.grad((x * w).sin().sum(1).pow(2).sum(), (x, w))
    for a, b in zip(found, expected):
        close(a, b)


def test_vmap_writes_to_its_own_tensors_only():
    def f(x):
        y = x.clone()
        y[0] = 5.0
        return y.add_(1)

    assert torch.vmap(f)(torch.zeros(2, 2)).tolist() == [[6.0, 1.0], [6.0, 1.0]]
    with pytest.raises(RuntimeError, match="writes in place"):
        torch.vmap(lambda x: x.add_(1))(torch.zeros(2, 2))


def test_vmap_draws():
    zeros = torch.zeros(3, 2)
    same = torch.vmap(lambda x: x + torch.rand(2), randomness="same")(zeros)
    different = torch.vmap(lambda x: x + torch.rand(2), randomness="different")(zeros)
    assert torch.equal(same[0], same[2]) and not (different[0] == different[1]).any()
    with pytest.raises(RuntimeError, match="randomness error mode"):
        torch.vmap(lambda x: x + torch.rand(2))(zeros)


def branch(x):
    return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    "call, kind, text",
    [
        (lambda: torch.vmap(lambda x: x.item())(data(3)), RuntimeError, "looks at a tensor's value"),
        (lambda: torch.vmap(branch)(data(3, 2)), RuntimeError, "looks at a tensor's value"),
        (lambda: torch.vmap(lambda x: 3)(data(3)), ValueError, "must only return Tensors"),
        (lambda: torch.vmap(torch.dot)(data(3, 2), data(4, 2)), ValueError, r"got sizes \[3, 4\]"),
        (
            lambda: torch.vmap(torch.sum, in_dims=2)(data(3, 2)),
            ValueError,
            "expected in_dim to satisfy -2 <= in_dim < 2",
        ),
        (lambda: torch.vmap(torch.sum, in_dims=(0, 0))(data(3, 2)), ValueError, "not compatible with the structure"),
        (lambda: torch.vmap(torch.sum)(3), ValueError, "non-Tensor arguments"),
        (lambda: torch.vmap(torch.sum)(), ValueError, "got no inputs"),
        (lambda: torch.vmap(torch.sin, out_dims=None)(data(3)), ValueError, "out_dim is None"),
        (lambda: torch.vmap(torch.sin, out_dims=(0, 1))(data(3, 2)), ValueError, "out_dims"),
        (lambda: torch.vmap(torch.sin, randomness="x"), RuntimeError, "Only allowed values for randomness"),
    ],
)
def test_vmap_refuses(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


def test_vmap_finds_bad_values():
    """An index out of range in one example is an error, as outside."""
    take = torch.vmap(lambda x, i: x.index_select(0, i), in_dims=(None, 0))
    with pytest.raises(IndexError, match="index 7"):
        take(data(3), torch.tensor([[0], [7], [1]])).tolist()
    assert take(data(3), torch.tensor([[0], [1]])).shape == (2, 1)


# -- derivatives ---------------------------------------------------------------------------------------
def test_grad_nests_and_keeps_python():
    two = torch.tensor(2.0)
    assert func.grad(lambda x: func.grad(lambda y: x * y**3)(x))(two).item() == 36.0
    close(func.grad(func.grad(func.grad(torch.sin)))(two), -torch.cos(two))
    assert func.grad(lambda x: branch(x).sum())(torch.tensor([-1.0, -2.0])).tolist() == [-1.0, -1.0]


def test_grad_of_nested_arguments():
    params = {"w": data(3), "b": data(1), "unused": data(2)}

    def f(p, k):
        return (p["w"] * k).sum() * p["b"][0], p["w"] + 1

    grads, (value, seen) = func.grad_and_value(f, has_aux=True)(params, 2.0)
    assert list(grads) == ["w", "b", "unused"]
    close(grads["w"], 2 * params["b"].expand(3))
    close(grads["b"], 2 * params["w"].sum().reshape(1))
    assert grads["unused"].tolist() == [0.0, 0.0]
    assert not any(t.requires_grad for t in (*grads.values(), value, seen))


def test_grad_has_a_history_where_something_outside_has_one():
    w = data(3).requires_grad_()
    g = func.grad(lambda x: (x * w).pow(2).sum())(data(3, shift=1))
    g.sum().backward()
    close(w.grad, 4 * w * data(3, shift=1))
    with torch.no_grad():
        assert not func.grad(lambda x: (x * w).pow(2).sum())(data(3)).requires_grad
    x = data(3).requires_grad_()
    func.grad(lambda x: (x**3).sum())(x).sum().backward()
    close(x.grad, 6 * x)


def test_the_function_may_write_to_its_arguments():
    x = data(3)
    before = x.tolist()
    close(func.grad(lambda x: x.mul_(2).pow(2).sum())(x), 8 * torch.tensor(before))
    assert x.tolist() == before


def test_gradients_per_example():
    """vmap of grad: what a loop over the examples gives."""
    params = {"w": data(3, 2), "b": data(2)}
    x, y = data(6, 3, shift=2), torch.tensor([0, 1, 0, 1, 1, 0])

    def loss(p, x, y):
        return torch.nn.functional.cross_entropy((x @ p["w"] + p["b"])[None], y[None])

    found = func.vmap(func.grad(loss), in_dims=(None, 0, 0))(params, x, y)
    for i in range(6):
        one = func.grad(loss)(params, x[i], y[i])
        close(found["w"][i], one["w"])
        close(found["b"][i], one["b"])


def test_jacobians():
    x, y = data(3), data(3, shift=1)
    rows = func.jacrev(lambda x: (x.sin(), {"a": x.sum()}))(x)
    close(rows[0], torch.diag(x.cos()))
    close(rows[1]["a"], torch.ones(3))
    of_x, of_y = func.jacfwd(lambda x, y: (x * y).cumsum(0), argnums=(0, 1))(x, y)
    close(of_x, torch.ones(3, 3).tril() * y)
    close(of_y, torch.ones(3, 3).tril() * x)
    close(func.jacrev(torch.sin, chunk_size=2)(x), torch.diag(x.cos()))
    close(func.hessian(lambda x: (x**3).sum())(x), torch.diag(6 * x))
    close(
        func.vmap(func.hessian(lambda x: (x**3).sum()))(torch.stack([x, y])), torch.diag_embed(6 * torch.stack([x, y]))
    )


def test_products_with_jacobians():
    x, t = data(3), data(3, shift=1)
    out, along = func.jvp(torch.sin, (x,), (t,))
    close(out, x.sin())
    close(along, x.cos() * t)
    (sine, total), pull = func.vjp(lambda x: (x.sin(), x.sum()), x)
    close(pull((t, torch.tensor(2.0)))[0], x.cos() * t + 2)
    close(pull((t, torch.tensor(0.0)))[0], x.cos() * t)  # and again
    _, push = func.linearize(lambda x, y: x * y, x, t)
    close(push(t, x), t * t + x * x)
    cube, product = func.jvp(func.grad(lambda x: (x**3).sum()), (x,), (t,))
    close(product, 6 * x * t)


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: func.grad(lambda x: x)(data(3)), "scalar Tensor"),
        (lambda: func.grad(torch.sum, argnums=1)(data(3)), "only 1 positional inputs"),
        (lambda: func.grad(lambda x: (x.sum(), 1))(data(3)), "to return"),
        (lambda: func.jvp(torch.sin, (data(3),), (data(2),)), "shapes"),
        (lambda: func.vjp(torch.sin, data(3))[1]((data(3),)), "structure of cotangents"),
    ],
)
def test_derivatives_refuse(call, text):
    with pytest.raises(RuntimeError, match=text):
        call()


def test_batched_gradients():
    x, unused = data(3).requires_grad_(), data(2).requires_grad_()
    y = x.sin() * 2
    found, nothing = torch.autograd.grad(y, (x, unused), torch.eye(3), is_grads_batched=True, allow_unused=True)
    close(found, torch.diag(2 * x.cos()))
    assert nothing is None and not found.requires_grad


def test_dual_numbers():
    dual = torch.autograd.forward_ad
    x, t = data(3), data(3, shift=1)
    with dual.dual_level():
        made = dual.make_dual(x, t)
        primal, tangent = dual.unpack_dual((made.sin() * 2).cumsum(0))
        assert dual.unpack_dual(x).tangent is None
        assert dual.unpack_dual(made).tangent is t
        with pytest.raises(RuntimeError, match="Nested"):
            dual.enter_dual_level()
    close(primal, (x.sin() * 2).cumsum(0))
    close(tangent, (x.cos() * 2 * t).cumsum(0))


# -- modules -------------------------------------------------------------------------------------------
def test_functional_call():
    """Given tensors stand in for this call only; a buffer that the call changes is changed in the dict."""
    norm = torch.nn.BatchNorm1d(3)
    given = {"running_mean": torch.zeros(3), "weight": torch.zeros(3)}
    assert func.functional_call(norm, given, data(5, 3)).tolist() == [[0.0] * 3] * 5
    assert given["running_mean"].abs().sum() > 0 and norm.running_mean.tolist() == [0.0] * 3
    assert norm.weight.tolist() == [1.0] * 3
    with pytest.raises(RuntimeError, match="Missing key"):
        func.functional_call(norm, given, data(5, 3), strict=True)


def test_tied_parameters_are_replaced_together():
    net = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    zero = torch.zeros(2, 2)
    assert func.functional_call(net, {"0.weight": zero}, data(1, 2)).tolist() == [[0.0, 0.0]]
    with pytest.raises(ValueError, match="tied"):
        func.functional_call(net, {"0.weight": zero, "1.weight": zero + 1}, data(1, 2))


def test_an_ensemble():
    nets = [torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)) for _ in range(3)]
    params, buffers = func.stack_module_state(nets)
    x = data(5, 3)
    out = func.vmap(lambda p, b: func.functional_call(nets[0], (p, b), (x,)))(params, buffers)
    close(out, torch.stack([net(x) for net in nets]))
    out.sum().backward()
    assert params["0.weight"].grad.shape == (3, 4, 3) and nets[0][0].weight.grad is None


def test_transforms_inside_a_compiled_function():
    w = data(3)

    @torch.jit
    def step(w, x):
        return w - 0.1 * func.grad(lambda w: func.vmap(lambda row: (row * w).sin().sum())(x).mean())(w)

    x = data(4, 3)
    for _ in range(3):
        expected = w - 0.1 * ((x * w).cos() * x).mean(0)
        w = step(w, x)
        close(w, expected)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * ctx.saved_tensors[0] * grad


def test_custom_functions():
    """Their backward is Python: grad runs it, vmap runs the forward of what needs no gradient and refuses the rest."""
    x = data(2, 3)
    close(func.grad(lambda x: Square.apply(x).sum())(x), 2 * x)
    close(func.vmap(Square.apply)(x), x * x)
    with pytest.raises(NotImplementedError, match=r"autograd\.Function"):
        func.vmap(Square.apply)(data(2, 3).requires_grad_())


def test_results_have_no_history_of_their_own():
    x = data(3)
    for result in (
        func.vmap(torch.sin)(x),
        func.jacrev(torch.sin)(x),
        func.jacfwd(torch.sin)(x),
        func.hessian(lambda x: (x**3).sum())(x),
        func.vmap(func.grad(torch.sin))(x),
        *func.jvp(torch.sin, (x,), (x,)),
    ):
        assert not result.requires_grad
