"""to_jax, from_jax, from_optax: the ways between tensors and JAX; and memory_summary."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F

X = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)


def network():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))


# -- to JAX -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit])
def test_a_module_and_its_gradients(wrap):
    net = network()
    function, tree = torch.to_jax(net)
    assert sorted(tree) == sorted(net.state_dict()) and all(isinstance(a, jax.Array) for a in tree.values())
    np.testing.assert_allclose(wrap(function)(tree, X), net(torch.tensor(X)).detach().numpy(), rtol=1e-5, atol=1e-6)
    grads = wrap(jax.grad(lambda tree, x: (function(tree, x) ** 2).sum()))(tree, X)
    (net(torch.tensor(X)) ** 2).sum().backward()
    for name, parameter in net.named_parameters():
        np.testing.assert_allclose(grads[name], parameter.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_the_tree_is_a_copy():
    net = network()
    function, tree = torch.to_jax(net)
    before = function(tree, X)
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
    np.testing.assert_array_equal(function(tree, X), before)


def test_transforms_of_jax():
    net = network()
    function, tree = torch.to_jax(net)
    one = lambda x: function(tree, x)  # noqa: E731
    np.testing.assert_allclose(jax.vmap(one)(X), function(tree, X), rtol=1e-5, atol=1e-6)
    _, tangent = jax.jvp(one, (X,), (np.ones_like(X),))
    np.testing.assert_allclose(tangent, jax.vmap(jax.jacrev(one))(X).sum(-1), rtol=1e-4, atol=1e-5)
    hessian = jax.hessian(lambda x: one(x).sum())(X[0])
    mine = torch.func.hessian(lambda x: net(x).sum())(torch.tensor(X[0]))
    np.testing.assert_allclose(hessian, mine.detach().numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wide", [False, True])
def test_class_labels_are_int32_for_jax_and_int64_for_pytorch(wide):
    with jax.experimental.enable_x64(wide) if hasattr(jax.experimental, "enable_x64") else jax.enable_x64(wide):
        loss, tree = torch.to_jax(lambda logits, target: (F.cross_entropy(logits, target), target))
        labels = jnp.arange(5) % 4
        value, given = jax.jit(loss)(tree, X, labels)
        assert given.dtype == labels.dtype == (jnp.int64 if wide else jnp.int32)
    expected = F.cross_entropy(torch.tensor(X), torch.arange(5) % 4)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-6)


def test_nested_and_static_arguments_and_results():
    def function(pair, *, scale, flip):
        a, b = pair["a"], pair["b"]
        return {"sum": a + b * scale, "which": "flipped" if flip else "plain", "parts": (a, [b])}

    pure, _ = torch.to_jax(function)
    found = pure({}, {"a": X, "b": X}, scale=2, flip=True)
    assert found["which"] == "flipped"
    np.testing.assert_allclose(found["sum"], 3 * X, rtol=1e-6)
    np.testing.assert_array_equal(found["parts"][1][0], X)


def test_pending_tensors_from_elsewhere_are_constants_and_what_is_pending_stays():
    a = torch.ones(4) * 3
    b = torch.ones(2) * 5
    pure, _ = torch.to_jax(lambda x: x * a)
    np.testing.assert_array_equal(jax.jit(pure)({}, X), 3 * X)
    assert (a + 1).tolist() == [4] * 4 and (b + a[:2]).tolist() == [8, 8]


def test_a_function_that_goes_backward_inside():
    def slope(x):
        (grad,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        return grad

    pure, _ = torch.to_jax(slope)
    np.testing.assert_allclose(jax.grad(lambda x: pure({}, x).sum())(np.array([2.0, 3.0], np.float32)), [12, 18])


def test_no_grad_stops_gradients_of_jax_too():
    def function(x):
        with torch.no_grad():
            scale = x.sum()
        return (x * scale).sum()

    pure, _ = torch.to_jax(function)
    np.testing.assert_allclose(jax.grad(lambda x: pure({}, x))(np.array([1.0, 2.0], np.float32)), [3, 3])


def test_random_numbers_need_a_key_and_follow_it():
    net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
    function, tree = torch.to_jax(net)
    with pytest.raises(RuntimeError, match="rng="):
        function(tree, X)
    draw = jax.jit(function)
    first, again, other = (draw(tree, X, rng=jax.random.key(k)) for k in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    net.eval()
    np.testing.assert_allclose(function(tree, X), net(torch.tensor(X)).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_buffers_that_are_written_to_come_back():
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    plain, tree = torch.to_jax(net)
    with pytest.raises(RuntimeError, match="writes in place to a tensor from outside"):
        plain(tree, X)
    function, tree = torch.to_jax(net, mutable=True)
    out, new = jax.jit(function)(tree, X)
    expected = net(torch.tensor(X))
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-5, atol=1e-5)
    for name, buffer in net.named_buffers():
        np.testing.assert_allclose(new[name], buffer.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(new["0.weight"], tree["0.weight"])


def test_a_tied_weight_is_one_entry():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4, bias=False)
            self.second = nn.Linear(4, 4, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x))

    function, tree = torch.to_jax(Tied())
    assert list(tree) == ["first.weight"]
    np.testing.assert_allclose(function({"first.weight": 2 * np.eye(4, dtype=np.float32)}, X), 4 * X, rtol=1e-6)


def test_what_a_pure_function_cannot_do_is_refused():
    kept = []
    for function, error, text in (
        (lambda x: x if x.sum() > 0 else -x, RuntimeError, "looks at a tensor's value"),
        (lambda x: kept.append(x * 2), RuntimeError, "keeps somewhere besides its result"),
        (lambda x: x.add_(1), RuntimeError, "writes in place"),
    ):
        pure, _ = torch.to_jax(function)
        with pytest.raises(error, match=text):
            pure({}, X)
        kept.clear()
    with pytest.raises(TypeError, match="takes a module or a function, not int"):
        torch.to_jax(3)
    with pytest.raises(TypeError, match="mutable=True"):
        torch.to_jax(lambda x: x, mutable=True)


def test_an_index_out_of_range_is_said_where_values_are_known():
    table = nn.Embedding(3, 2)
    function, tree = torch.to_jax(table)
    with pytest.raises(IndexError, match="index 5 of a table of 3 rows"):
        function(tree, np.array([5]))


def test_values_that_are_right_are_not_refused():
    """A condition that is a boolean is a word by then, like the others: 1, or what says that nothing is wrong."""
    codes, _ = torch.to_jax(lambda x: F.one_hot(x, 3))
    np.testing.assert_array_equal(codes({}, np.array([0, 2])), [[1, 0, 0], [0, 0, 1]])
    with pytest.raises(RuntimeError, match="Class values must be smaller than num_classes"):
        codes({}, np.array([3]))


def test_a_training_loop_in_jax_and_optax():
    net = nn.Linear(4, 1)
    function, tree = torch.to_jax(net)
    target, rule = X @ np.array([[1.0], [-2.0], [0.5], [3.0]], np.float32), optax.adam(0.1)
    state = rule.init(tree)

    @jax.jit
    def step(tree, state):
        loss, grads = jax.value_and_grad(lambda tree: ((function(tree, X) - target) ** 2).mean())(tree)
        updates, state = rule.update(grads, state)
        return optax.apply_updates(tree, updates), state, loss

    losses = []
    for _ in range(200):
        tree, state, loss = step(tree, state)
        losses.append(float(loss))
    assert losses[-1] < 1e-2 < losses[0]


# -- from JAX --------------------------------------------------------------------------------------------------------
def test_a_function_of_jax_is_an_op(way):
    swish = torch.from_jax(jax.nn.swish)
    x = torch.tensor(X, requires_grad=True)

    @way
    def run(x):
        x.grad = None
        value = swish(x).sum()
        value.backward()
        return value

    for _ in range(4):
        value = run(x)
    other = torch.tensor(X, requires_grad=True)
    F.silu(other).sum().backward()
    np.testing.assert_allclose(value.item(), F.silu(other).sum().item(), rtol=1e-5)
    np.testing.assert_allclose(x.grad.numpy(), other.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_nested_arguments_static_arguments_and_derivatives_of_derivatives():
    def function(pair, *, power):
        return {"value": (pair["a"] @ pair["b"]) ** power, "shape": jnp.zeros(pair["a"].shape)}

    op = torch.from_jax(function)
    a, b = torch.randn(2, 3, requires_grad=True), torch.randn(3, 2)
    found = op({"a": a, "b": b}, power=3)
    assert found["shape"].shape == (2, 3) and found["shape"].dtype is torch.float32
    (grad,) = torch.autograd.grad(found["value"].sum(), a, create_graph=True)
    (second,) = torch.autograd.grad((grad**2).sum(), a)
    (first,) = torch.autograd.grad(((a @ b) ** 3).sum(), a, create_graph=True)
    (expected,) = torch.autograd.grad((first**2).sum(), a)
    np.testing.assert_allclose(second.numpy(), expected.numpy(), rtol=1e-3, atol=1e-3)
    with pytest.raises(TypeError, match="none of the arguments is a tensor"):
        op(3, power=2)


def test_integers_and_doubles_of_a_function_of_jax():
    seen = []
    op = torch.from_jax(lambda a: seen.append(a.dtype.name) or a + jnp.ones(3))
    assert op(torch.tensor([1, 2, 3])).dtype is torch.float32 and seen[-1] == "int32"
    assert op(torch.ones(3, dtype=torch.float64)).dtype is torch.float64 and seen[-1] == "float64"


def test_there_and_back_again():
    net = network()
    function, tree = torch.to_jax(net)
    op = torch.from_jax(lambda x: function(tree, x))
    x = torch.tensor(X, requires_grad=True)
    op(x).sum().backward()
    other = torch.tensor(X, requires_grad=True)
    net(other).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), other.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_from_optax_is_an_optimizer():
    w = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.from_optax([w], optax.sgd(0.5))
    assert isinstance(optimizer, torch.optim.Optimizer)
    w.sum().backward()
    optimizer.step()
    assert w.tolist() == [0.5, 0.5]


# -- memory -------------------------------------------------------------------------------------------------------
def test_the_summary_counts_what_is_alive():
    before = torch.memory_summary()
    net = nn.Sequential(nn.Linear(100, 50), nn.BatchNorm1d(50))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(8, 100)).square().mean().backward()
    optimizer.step()
    view = net[0].weight[:10]
    after = torch.memory_summary()
    grown = {k: after.arrays[k][1] - before.arrays[k][1] for k in after.arrays}
    weights = 4 * (100 * 50 + 3 * 50)
    assert grown["parameters"] == grown["gradients"] == weights and grown["optimizer state"] == 2 * weights + 4
    assert grown["buffers"] == 4 * 100 + 8 and view.shape == (10, 100)
    assert after.total == sum(size for _, size in after.arrays.values())
    text = str(after)
    assert "parameters" in text and "compiled programs: " in text and text.count("\n") >= 8


@pytest.mark.parametrize("inside", ["alone", "branch", "compiled"])
def test_to_jax_inside_of_from_jax_reads_what_is_pending(inside):
    c = torch.ones(4) * 7  # not computed yet

    def function(x):
        return torch.to_jax(lambda t: t * c)[0]({}, x) * 2

    op, x = torch.from_jax(function), torch.ones(4, requires_grad=True)
    beside = c + 5
    if inside == "branch":
        op(torch.zeros(4))
        y = torch.cond(torch.tensor(True), op, lambda a: a, (x,))
    else:
        y = (torch.compile(op, jit=True) if inside == "compiled" else op)(x)
    y.sum().backward()
    assert x.grad.tolist() == [14.0] * 4 and y.tolist() == [14.0] * 4
    assert beside.tolist() == [12.0] * 4 and (c + 1).tolist() == [8.0] * 4
