"""grad_fn, anomaly detection, gradcheck, autograd.functional, debug mode: as PyTorch has them."""


import numpy as np
import pytest

eagerjax = pytest.importorskip("eagerjax")
from eagerjax.debug import debug, is_debug_enabled  # noqa: E402
from eagerjax.gradcheck import GradcheckError  # noqa: E402

autograd = eagerjax.autograd


# -- grad_fn --------------------------------------------------------------------------------------
SAME = """
x*2; x*x; x+1; x-1; 1-x; x/2; x/x; -x; x**2; x**x; 2**x; x.sum(); x.sum(0); x.mean(); x.mean(1); x.relu();
F.linear(x,w,b); F.linear(x,w); x@w.t(); x[0]@x[1]; x@x[0]; x.t(); x3.permute(2,0,1); x.view(-1); x3.flatten(1);
x[0]; x[1:2]; x[None]; x[[0,1]]; x.unsqueeze(0); x[None].squeeze(); x[:1].expand(3,4); x.log(); x.sigmoid();
F.log_softmax(x,1); F.nll_loss(F.log_softmax(x,1),lab); F.cross_entropy(x,lab); F.mse_loss(x,x.detach());
F.layer_norm(x,(4,),x[0],x[0]); T.cat([x,x]); T.stack([x,x]); x.max(); x.max(1)[0]; x.norm(); x.prod();
x.clamp(0,1); T.where(x>0,x,x); x.masked_fill(x>0,0); x.clone(); x.double(); x.pow(3); x.log1p(); x.atan2(x);
x.median(); F.relu6(x); x.clone().add_(1); x.clone().copy_(x); x.square(); T.addcmul(x,x,x); x.detach()
"""


def history(library, expression):
    """(name, names of the next steps) of the grad_fn of an expression."""
    names = {"T": library, "F": library.nn.functional, "lab": library.tensor([0, 1, 2])}
    for name, shape in {"x": (3, 4), "w": (5, 4), "b": (5,), "x3": (2, 3, 4)}.items():
        names[name] = library.ones(*shape, requires_grad=True)
    step = eval(expression.strip(), names).grad_fn
    return step and (type(step).__name__, [(f and type(f).__name__, i) for f, i in step.next_functions])


def test_grad_fn_names_are_pytorchs():
    torch = pytest.importorskip("torch")
    for expression in SAME.split(";"):
        assert history(eagerjax, expression) == history(torch, expression), expression


def test_grad_fn_is_none_for_leaves_and_without_history():
    x = eagerjax.ones(2, requires_grad=True)
    assert x.grad_fn is None and eagerjax.ones(2).grad_fn is None and (x * 2).detach().grad_fn is None
    with eagerjax.no_grad():
        assert (x * 2).grad_fn is None


@pytest.mark.parametrize("run_before", [False, True])
def test_a_walk_reaches_the_parameters(run_before):
    net = eagerjax.nn.Sequential(eagerjax.nn.Linear(3, 4), eagerjax.nn.Tanh(), eagerjax.nn.Linear(4, 1))
    loss = net(eagerjax.ones(2, 3)).sum()
    if run_before:
        loss.item()
    found, seen, todo = set(), set(), [loss.grad_fn]
    while todo:
        step = todo.pop()
        if step is None or step in seen:
            continue
        seen.add(step)
        if hasattr(step, "variable"):
            assert step.name() == "torch::autograd::AccumulateGrad"
            found.add(id(step.variable))
        todo += [f for f, _ in step.next_functions]
    assert found == {id(p) for p in net.parameters()}


def test_grad_fn_of_a_custom_function_and_of_writes():
    class Double(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = eagerjax.ones(3, requires_grad=True)
    step = Double.apply(x.exp()).grad_fn
    assert step.name() == "DoubleBackward" and step.next_functions[0][0].name() == "ExpBackward0"
    y = x * 1
    y[0] = 5
    assert y.grad_fn.name() == "CopySlices"


def test_equal_steps_are_one_step():
    x = eagerjax.ones(2, requires_grad=True)
    y = x.exp()
    assert y.grad_fn == y.grad_fn and len({y.grad_fn, y.grad_fn}) == 1
    assert y.grad_fn != x.exp().grad_fn


# -- anomaly detection -----------------------------------------------------------------------------
def test_detect_anomaly_warns_and_is_left_behind():
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        with autograd.detect_anomaly():
            assert eagerjax.is_anomaly_enabled()
    assert not eagerjax.is_anomaly_enabled()


def test_healthy_training_is_the_same_under_anomaly_detection():
    def losses():
        eagerjax.manual_seed(0)
        net = eagerjax.nn.Sequential(eagerjax.nn.Linear(3, 8), eagerjax.nn.ReLU(), eagerjax.nn.Dropout(0.5),
                                     eagerjax.nn.Linear(8, 1))  # fmt: skip
        optimizer, found = eagerjax.optim.SGD(net.parameters(), 0.1), []
        for _ in range(4):
            optimizer.zero_grad()
            loss = net(eagerjax.ones(4, 3)).pow(2).mean()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return found

    usual = losses()
    with autograd.set_detect_anomaly(True):
        watched = losses()
    np.testing.assert_allclose(watched, usual, rtol=1e-6)


def test_nan_made_by_a_custom_function_and_under_create_graph():
    class Broken(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    x = eagerjax.zeros(2, requires_grad=True)
    with autograd.set_detect_anomaly(True):
        with pytest.raises(RuntimeError, match="Function 'BrokenBackward' returned nan values in its 0th output"):
            Broken.apply(x).sum().backward()
        with pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan values"):
            autograd.grad((x.sqrt() * 0).sum(), x, create_graph=True)
    with autograd.set_detect_anomaly(True, check_nan=False):
        Broken.apply(x).sum().backward()


def test_a_graph_recorded_before_can_be_watched():
    x = eagerjax.zeros(2, requires_grad=True)
    y = (x.sqrt() * 0).sum()
    assert y.item() == 0
    with autograd.set_detect_anomaly(True), pytest.raises(RuntimeError, match="SqrtBackward0"):
        y.backward()


# -- gradcheck ---------------------------------------------------------------------------------------
def double(*shape, complex=False):
    return eagerjax.randn(*shape, dtype=eagerjax.complex128 if complex else eagerjax.float64, requires_grad=True)


def test_gradcheck_accepts_right_gradients():
    assert autograd.gradcheck(lambda a, b: (a.sin() @ b, a.sum()), (double(2, 3), double(3)))
    assert autograd.gradcheck(lambda z: z * z.conj() + z, double(2, complex=True))
    assert autograd.gradgradcheck(lambda a: (a**3).sum(1), double(3, 2))


def test_gradcheck_finds_wrong_gradients():
    class Wrong(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0"):
        autograd.gradcheck(Wrong.apply, double(2))
    assert not autograd.gradcheck(Wrong.apply, double(2), raise_exception=False)


@pytest.mark.parametrize(("change", "repeatable"), [(1e-15, True), (1e-5, False)])
def test_gradcheck_wants_gradients_that_repeat_up_to_rounding(change, repeatable):
    class Drifting(autograd.Function):
        runs = 0

        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            Drifting.runs += 1
            return grad * (3 + change * Drifting.runs)

    x = double(4)
    if repeatable:
        assert autograd.gradcheck(Drifting.apply, (x,))
        return
    with pytest.raises(RuntimeError, match="not reentrant"):
        autograd.gradcheck(Drifting.apply, (x,), atol=1e-2)
    assert autograd.gradcheck(Drifting.apply, (x,), atol=1e-2, nondet_tol=1e-3)


def test_gradcheck_wants_doubles_that_require_grad():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        autograd.gradcheck(eagerjax.sin, eagerjax.ones(2, dtype=eagerjax.float64))
    with pytest.warns(UserWarning, match="not a double precision"):
        autograd.gradcheck(eagerjax.sin, eagerjax.ones(2, requires_grad=True), raise_exception=False)


# -- autograd.functional -----------------------------------------------------------------------------
def everything(library):
    """What the functional API says of a few functions, as one flat list."""
    A = library.autograd.functional
    x = library.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], dtype=library.float64)
    y = library.tensor([1.0, 2.0, 3.0], dtype=library.float64)

    def row_sums(a):
        return a.exp().sum(1)

    def pair(a, b):
        return (a * b).sum(1), (a**2).sum() * b

    def number(a, b):
        return (a**3 * b).sum() + (b**2).sum()

    return flat([
        A.jacobian(row_sums, x), A.jacobian(pair, (x, y)), A.hessian(number, (x, y)), A.hessian(lambda a: a.sum(), x),
        A.vjp(row_sums, x, y[:2]), A.jvp(pair, (x, y), (x, y)), A.vhp(number, (x, y), (x, y)), A.hvp(number, (x, y), (x, y)),
        A.jacobian(lambda a: a.sum() * 2, x),
    ])  # fmt: skip


def flat(value):
    return [leaf for v in value for leaf in flat(v)] if isinstance(value, (tuple, list)) else [value]


def test_functional_equals_pytorchs():
    torch = pytest.importorskip("torch")
    ours, theirs = everything(eagerjax), everything(torch)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert a.shape == b.shape and not a.requires_grad
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_functional_results_can_be_differentiated():
    x = eagerjax.tensor([0.5, 1.0], dtype=eagerjax.float64, requires_grad=True)
    autograd.functional.jacobian(lambda a: a**3, x, create_graph=True).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [3.0, 6.0])


def test_functional_says_what_is_wrong():
    A, x = autograd.functional, eagerjax.ones(2, 3)
    with pytest.raises(RuntimeError, match="should contain a single element"):
        A.hessian(lambda a: a.sum(1), x)
    with pytest.raises(RuntimeError, match="can only be None if"):
        A.vjp(lambda a: a.sum(1), x)
    with pytest.raises(RuntimeError, match="v has invalid size"):
        A.jvp(lambda a: a, x, eagerjax.ones(3))
    with pytest.raises(RuntimeError, match="strict mode"):
        A.jacobian(lambda a: eagerjax.ones(2), x, strict=True)
    with pytest.raises(TypeError, match="must be either a Tensor or a tuple of Tensors"):
        A.jacobian(lambda a: 3, x)


def test_the_modules_have_pytorchs_names():
    from eagerjax.autograd.functional import jacobian  # noqa: PLC0415

    assert jacobian is autograd.functional.jacobian


# -- the rest ----------------------------------------------------------------------------------------
def test_variable_is_a_tensor():
    x = autograd.Variable(eagerjax.ones(2), requires_grad=True)
    assert isinstance(x, autograd.Variable) and type(x) is eagerjax.Tensor and x.is_leaf and x.requires_grad


def test_debug_mode_gives_the_same_values():
    def step():
        x = eagerjax.ones(3, requires_grad=True)
        (x.exp() * 2).sum().backward()
        return x.grad.tolist()

    usual = step()
    with debug():
        assert is_debug_enabled() and step() == pytest.approx(usual, rel=1e-6)
        with debug(False):
            assert not is_debug_enabled()
        with autograd.set_detect_anomaly(True):
            assert step() == pytest.approx(usual, rel=1e-6)
    assert not is_debug_enabled()
    assert step() == usual


def test_a_function_with_a_jvp_has_tangents():
    class Scaled(autograd.Function):
        @staticmethod
        def forward(ctx, x, y, factor):
            ctx.factor = factor
            return x * y * factor, x + y

        @staticmethod
        def jvp(ctx, x, y, factor):
            assert factor is None
            assert y.tolist() == [0.0, 0.0]  # zeros for a tensor without a tangent
            return x * ctx.factor, None

    forward_ad = autograd.forward_ad
    x, y = eagerjax.tensor([1.0, 2.0]), eagerjax.tensor([3.0, 4.0])
    with forward_ad.dual_level():
        first, second = Scaled.apply(forward_ad.make_dual(x, eagerjax.ones(2)), y, 2.0)
        assert forward_ad.unpack_dual(first).primal.tolist() == [6.0, 16.0]
        assert forward_ad.unpack_dual(first).tangent.tolist() == [2.0, 2.0]
        assert forward_ad.unpack_dual(first * y).tangent.tolist() == [6.0, 8.0]
        assert second.tolist() == [4.0, 6.0]
        assert Scaled.apply(x, y, 1.0)[0].tolist() == [3.0, 8.0]


def gradients_of_gradients():
    """(what, which gradients of a gradient are missing, by PyTorch) for an x and a w of one element each."""
    x, w = (eagerjax.tensor([value], requires_grad=True) for value in (0.7, 0.3))
    conv, image = eagerjax.nn.Conv2d(1, 1, 2), eagerjax.ones(1, 1, 3, 3, requires_grad=True)
    return [
        ("product", x * w, (x, w), [True, False]),
        ("square", x * x * w, (x, w), [False, False]),
        ("scan", (x * w).cumsum(0), (x, w), [True, False]),
        ("linear", eagerjax.nn.functional.linear(x[None], w[None], x), (x, w), [True, False]),
        ("relu", eagerjax.relu(x) * w, (x, w), [False, False]),
        ("convolution", conv(image), (image, conv.weight, conv.bias), [True, False, True]),
    ]


@pytest.mark.parametrize("at", range(6), ids=[case[0] for case in gradients_of_gradients()])
def test_a_gradient_that_does_not_depend_on_a_tensor_has_none_for_it(at):
    """Zeros would not do: an optimizer passes by what has no gradient, and `autograd.grad` says that it was not used."""
    _, y, inputs, missing = gradients_of_gradients()[at]
    (grad,) = eagerjax.autograd.grad(y.sum(), inputs[0], create_graph=True)
    found = eagerjax.autograd.grad(grad.sum(), inputs, allow_unused=True, retain_graph=True)
    assert [g is None for g in found] == missing
    if any(missing):
        with pytest.raises(RuntimeError, match=f"Tensor at index {missing.index(True)} appears to not have been used"):
            eagerjax.autograd.grad(grad.sum(), inputs, retain_graph=True)
    grad.sum().backward()
    assert [p.grad is None for p in inputs] == missing


def test_a_gradient_penalty_leaves_biases_alone():
    eagerjax.manual_seed(0)
    critic = eagerjax.nn.Sequential(eagerjax.nn.Linear(3, 4), eagerjax.nn.Tanh(), eagerjax.nn.Linear(4, 1))
    x = eagerjax.rand(5, 3, requires_grad=True)
    (grad,) = eagerjax.autograd.grad(critic(x).sum(), x, create_graph=True)
    ((grad.norm(2, dim=1) - 1) ** 2).mean().backward()
    assert critic[2].bias.grad is None
    assert critic[0].bias.grad.abs().sum() > 0
    assert x.grad is not None
