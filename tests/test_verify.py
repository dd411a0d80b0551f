"""verify_jit: agreement is found, planted differences are named, and the world is put back."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.lower import evaluate
from eagerjax.lower.flush import flush
from eagerjax.nn import functional as F
from eagerjax.record.trace import ROOT_NODE
from eagerjax.static.verify import VerificationError

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((6, 5)).astype("f"), RNG.integers(0, 3, 6)


def trainer(dropout=0.25, optimizer=torch.optim.Adam):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(dropout), nn.Linear(7, 3))
    optimizer = optimizer(model.parameters(), lr=0.05)

    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return model, optimizer, step


def batch():
    return torch.tensor(X), torch.tensor(Y)


def everything(model, optimizer):
    found = [v.detach().numpy().copy() for v in model.state_dict().values()]
    found += [None if p.grad is None else p.grad.numpy().copy() for p in model.parameters()]
    return found + [v.numpy().copy() for s in optimizer.state.values() for v in s.values()]


def test_a_step_that_agrees_leaves_everything_as_it_was():
    model, optimizer, step = trainer()
    x, y = batch()
    for trained in (False, True):
        if trained:
            step(x, y)
        before, position = everything(model, optimizer), torch.random.default_generator.state()
        report = torch.verify_jit(torch.compile(step, jit=True), x, y)
        assert report.ok and report.replayed and report.compared > 20, report
        after = everything(model, optimizer)
        assert len(before) == len(after) and torch.random.default_generator.state() == position
        for a, b in zip(before, after):
            np.testing.assert_array_equal(a, b) if a is not None else (b is None) or pytest.fail("a gradient was left")
    losses = [step(x, y).item() for _ in range(3)]
    assert np.isfinite(losses).all()


@pytest.fixture
def own_programs(monkeypatch):
    """Programs that hold a planted error are made in this test and forgotten after it."""
    flush()
    ROOT_NODE.clear()
    yield
    monkeypatch.undo()
    flush()
    ROOT_NODE.clear()


def plant(monkeypatch, name, change, reverse=False):
    """One op gives something else, in compiled programs only."""
    call, vjp = evaluate.Inline.call, evaluate.Inline.vjp

    def wrong_call(node, arrays, scalars, key):
        outs = call(node, arrays, scalars, key)
        return tuple(map(change, outs)) if node.op.name == name else outs

    def wrong_vjp(node, arrays, scalars, key):
        outs, pull = vjp(node, arrays, scalars, key)
        if node.op.name != name:
            return outs, pull
        if reverse:
            return outs, lambda cotangents: tuple(map(change, pull(cotangents)))
        return tuple(map(change, outs)), pull

    monkeypatch.setattr(evaluate.Inline, "call", staticmethod(wrong_call))
    monkeypatch.setattr(evaluate.Inline, "vjp", staticmethod(wrong_vjp))


def refused(step, *args):
    with pytest.raises(VerificationError) as caught:
        torch.verify_jit(step, *args)
    return caught.value.report


def line_of(function, text):
    import inspect  # noqa: PLC0415

    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if text in line)


def test_a_wrong_output_and_its_line(monkeypatch, own_programs):
    plant(monkeypatch, "erfinv", lambda a: a * 1.01)

    def step(x):
        y = (x * 0.1).tanh()
        z = torch.erfinv(y)
        return {"loss": z.sum(), "other": y.sum()}

    report = refused(step, torch.tensor(X))
    assert [d.kind for d in report.differences] == ["output"]
    assert (report.first.op, report.first.line) == ("erfinv", line_of(step, "torch.erfinv"))
    assert report.first.file == __file__ and "erfinv" in str(report)


def test_a_wrong_buffer(monkeypatch, own_programs):
    plant(monkeypatch, "logaddexp", lambda a: a + 0.5)
    module = nn.Module()
    module.register_buffer("total", torch.zeros(6, 5))

    def step(x):
        module.total.copy_(torch.logaddexp(module.total, x))
        return x.sum()

    report = refused(step, torch.tensor(X))
    assert [(d.kind, d.name) for d in report.differences] == [("buffer", "module.total")]
    assert report.first.op == "logaddexp" and module.total.sum().item() == 0


def test_a_wrong_gradient(monkeypatch, own_programs):
    plant(monkeypatch, "softplus", lambda g: g * 2, reverse=True)
    model, optimizer, _ = trainer(0.0, torch.optim.SGD)

    def step(x):
        optimizer.zero_grad()
        loss = F.softplus(model(x)).sum()
        loss.backward()
        optimizer.step()
        return loss

    report = refused(step, torch.tensor(X))
    kinds = {d.kind for d in report.differences}
    assert kinds == {"gradient", "parameter"} and any(d.name.endswith("4.weight") for d in report.differences)
    assert (report.first.op, report.first.part) == ("softplus", "gradient")
    assert report.first.line == line_of(step, "F.softplus")


def test_a_wrong_random_draw(monkeypatch, own_programs):
    key = evaluate.Inline.key
    monkeypatch.setattr(evaluate.Inline, "key", staticmethod(lambda word: key(word + 1)))
    report = refused(lambda x: x + torch.rand(6, 5), torch.tensor(X))
    assert [d.kind for d in report.differences] == ["output"] and report.first.op == "rand"


def test_a_wrong_optimizer_state(monkeypatch, own_programs):
    plant(monkeypatch, "_adam_update", lambda a: a + 0.01 if a.ndim == 2 else a)
    model, optimizer, step = trainer(0.0)
    step(*batch())
    report = refused(step, *batch())
    assert {"parameter", "optimizer state"} <= {d.kind for d in report.differences}
    assert not optimizer.state[model[0].weight]["exp_avg"].isnan().any()


def test_gradients_that_are_rounding_noise_are_no_alarm():
    """A bias before a batch norm has no gradient but noise, which Adam makes as large as any other."""
    model, _, step = trainer(0.0)
    report = torch.verify_jit(step, *batch())
    assert report.ok and all("0.bias" in d.name for d in report.rounding)


def test_python_state_hooks_and_errors():
    seen, count = [], [0]
    model = nn.Linear(5, 2)
    model.register_forward_hook(lambda m, a, out: seen.append(1))

    def step(x):
        count[0] += 1
        return model(x).sum()

    report = torch.verify_jit(step, torch.tensor(X))
    assert report.ok and not report.replayed and report.reason
    assert count == [0]

    def fails(x):
        return x + torch.ones(3, 3)

    assert torch.verify_jit(fails, torch.tensor(X)).ok


def test_what_can_not_be_put_back_is_said():
    hidden = iter(range(1000))
    table = {"next": hidden.__next__}

    def step(x):
        return x * (1.0 if table["next"]() < 1 else 2.0)

    report = refused(step, torch.ones(2))
    assert report.differences[0].kind == "output" and report.fickle


def test_a_split_function():
    model, optimizer, _ = trainer(0.0, torch.optim.SGD)

    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        if loss.item() > 100:
            return None
        loss.backward()
        optimizer.step()
        return loss

    report = torch.verify_jit(step, *batch())
    assert report.ok and "looks at a value" in report.reason
