"""torch.utils.checkpoint: the same numbers, and less memory."""

import warnings

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax import nn
from eagerjax.lower import flush as flushing
from eagerjax.lower.program import Compiled
from eagerjax.utils.checkpoint import checkpoint, checkpoint_sequential

X = np.random.default_rng(0).normal(size=(6, 4)).astype("f")


def block():
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 4), nn.Tanh())


def plainly(function, *args, **_):
    return function(*args)


def train(around, way, rounds=4):
    """What `rounds` steps of two blocks, the first of them called through `around`, leave behind."""
    torch.manual_seed(0)
    first, second = block(), block()
    parameters = [*first.parameters(), *second.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9)

    def step(x):
        optimizer.zero_grad()
        loss = second(around(first, x, use_reentrant=False)).square().sum()
        loss.backward()
        optimizer.step()
        return loss

    run = torch.compile(step, jit=True, fullgraph=True) if way == "jit" else step
    losses = [run(torch.tensor(X)).item() for _ in range(rounds)]
    if way == "jit":
        (variant,) = run.variants.values()
        assert variant.replays and variant.replays[0].calls
    return [np.array(losses), *[t.detach().numpy() for t in (*parameters, *first.buffers(), *second.buffers())]]


@pytest.mark.parametrize("way", ["stepwise", "fused", "jit"])
def test_the_same_numbers_with_dropout_and_running_statistics(way):
    with execution("stepwise" if way == "stepwise" else "fused"):
        for a, b in zip(train(checkpoint, way), train(plainly, "stepwise"), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


def gradients(run, depth=6):
    torch.manual_seed(0)
    layers = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.GELU(), nn.Dropout(0.3)) for _ in range(depth)])
    x = torch.tensor(X, requires_grad=True)
    run(layers, x).square().sum().backward()
    return [x.grad.numpy(), *[p.grad.numpy() for p in layers.parameters()]]


@pytest.mark.parametrize("reentrant", [False, True])
def test_sequential(mode, reentrant):
    ours = gradients(lambda layers, x: checkpoint_sequential(layers, 3, x, use_reentrant=reentrant))
    for a, b in zip(ours, gradients(lambda layers, x: layers(x)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def peak(monkeypatch, around):
    """Bytes that the compiled training step of a wide, deep net needs besides its inputs and outputs."""
    programs = []
    monkeypatch.setattr(
        flushing, "program_for", lambda *a, f=flushing.program_for: programs.append(f(*a)) or programs[-1]
    )
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh()) for _ in range(8)]
    x = torch.ones(1024, 64)
    flushing.flush()
    with execution("fused"):
        out = x
        for layer in layers:
            out = around(layer, out, use_reentrant=False)
        out.sum().backward()
        wanted = [layer[0].weight.grad for layer in layers]
        assert all(g.abs().sum().item() > 0 for g in wanted)
    program = max((p for p in programs if type(p) is Compiled), key=lambda p: p.node.depth)
    monkeypatch.undo()
    from eagerjax.runtime import compat  # noqa: PLC0415

    leaves = [n.results[0] for n in program.path if n.kind == "leaf"]
    with compat.x64():
        words = np.zeros(program.node.numbers, np.int64)
        lowered = program.run_compiled.lower(words, *[np.zeros(r.shape, r.dtype.np) for r in leaves])
        return lowered.compile().memory_analysis().temp_size_in_bytes


def test_the_peak_of_memory_falls(monkeypatch):
    kept, recomputed = peak(monkeypatch, plainly), peak(monkeypatch, checkpoint)
    assert recomputed < 0.7 * kept, (recomputed, kept)


def test_arguments_and_results_of_any_kind(mode):
    x = torch.tensor(X, requires_grad=True)
    kept = []

    def f(scale, tensors, *, flag=False):
        kept.append(tensors["a"] * 2)
        return {"out": tensors["a"] * scale, "flag": flag, "kept": kept[-1]}, None

    found, nothing = checkpoint(f, 3.0, {"a": x}, flag=True, use_reentrant=False)
    assert nothing is None and found["flag"] is True and found["kept"] is kept[0]
    (found["out"].sum() + kept[0].sum()).backward()
    assert (x.grad == 5).all()
    with torch.no_grad():
        assert not checkpoint(lambda v: v * 2, x, use_reentrant=False).requires_grad


def test_writes_in_place_reach_what_they_write_to(mode):
    total, row = torch.zeros(4), torch.zeros(2, 4)

    def f(v):
        total.add_(v.detach().sum(0))
        row[1] += 1
        return v.sin()

    for i in range(1, 4):
        x = torch.tensor(X, requires_grad=True)
        checkpoint(f, x, use_reentrant=False).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), np.cos(X), rtol=1e-5)
        np.testing.assert_allclose(total.numpy(), i * X.sum(0), rtol=1e-5)
        assert row.tolist() == [[0] * 4, [i] * 4]


def test_a_function_that_fails_has_done_what_it_did(mode):
    total = torch.zeros(2)

    def f(v):
        total.add_(1)
        raise KeyError("no")

    pending = total * 3
    with pytest.raises(KeyError):
        checkpoint(f, torch.ones(2, requires_grad=True), use_reentrant=False)
    assert total.tolist() == [1, 1] and pending.tolist() == [0, 0]


def test_second_gradients_and_overwritten_inputs(mode):
    x = torch.tensor(X, requires_grad=True)
    y = checkpoint(lambda v: (v**3).sum(), x, use_reentrant=False)
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    g.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 6 * X, rtol=1e-5)
    h = x * 1
    y = checkpoint(lambda v: v.sin().sum(), h, use_reentrant=False)
    h.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_what_cannot_be_recomputed_runs_plainly(mode):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, v):
            return v * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    before = x * 3
    for f, why in (
        (lambda v: v * v.sum().item(), "looks at a tensor's value"),
        (Double.apply, "custom autograd.Function"),
    ):
        x.grad = None
        with pytest.warns(RuntimeWarning, match=f"{why}.*runs as if"):
            y = checkpoint(f, x * 1, use_reentrant=False)
        y.sum().backward()
        assert x.grad.tolist() == ([3, 3] if why.startswith("looks") else [2, 2])
    assert before.tolist() == [3, 6]


def test_arguments_as_in_pytorch():
    x = torch.tensor([1.0])
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed"), warnings.catch_warnings():
        checkpoint(lambda v: v, x.requires_grad_())
    with pytest.raises(ValueError, match="Unexpected keyword arguments: a"):
        checkpoint(lambda v: v, x, use_reentrant=True, a=1)
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        w = torch.ones(1, requires_grad=True)
        assert not checkpoint(lambda v: v * w, torch.ones(1), use_reentrant=True).requires_grad
    with pytest.raises(NotImplementedError, match="context_fn"):
        checkpoint(lambda v: v, x, use_reentrant=False, context_fn=lambda: (None, None))
    assert torch.utils.checkpoint.checkpoint is checkpoint


@pytest.mark.parametrize("way", ["stepwise", "jit"])
def test_pytorchs_own_numbers(way):
    torch.set_rng("torch")
    try:
        with execution("stepwise" if way == "stepwise" else "fused"):
            for a, b in zip(train(checkpoint, way), train(plainly, "stepwise"), strict=True):
                np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)
    finally:
        torch.set_rng("counter")
