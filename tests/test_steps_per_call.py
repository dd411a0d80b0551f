"""`compile(..., steps_per_call=K)`: K steps in one call leave what K single steps leave."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F

K = 3


def build(kind="adam", **options):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 2))
    make = {"sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), "adam": lambda p: torch.optim.Adam(p, lr=0.05)}
    optimizer = make[kind](model.parameters())
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)

    def step(x, y, scale=1.0):
        optimizer.zero_grad()
        out = model(x)
        loss = F.cross_entropy(out, y[:, 0]) * scale
        loss.backward()
        optimizer.step()
        return {"loss": loss, "out": out.detach()}

    if options:
        step = torch.compile(step, steps_per_call=K, after_step=schedule.step, **options)
    return model, optimizer, schedule, step


def data(calls, seed=0):
    rng = np.random.default_rng(seed)
    return [(torch.tensor(rng.normal(size=(K, 5, 4)).astype("f")), torch.tensor(rng.integers(0, 2, (K, 5, 1))))
            for _ in range(calls)]  # fmt: skip


def facts(model, optimizer):
    slots = [v.tolist() for p in model.parameters() for v in optimizer.state[p].values()]
    return [t.tolist() for t in model.state_dict().values()] + [p.grad.tolist() for p in model.parameters()] + slots


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_equals_single_steps(kind, jit):
    model, optimizer, schedule, step = build(kind)
    want = []
    for xs, ys in data(5):
        for x, y in zip(xs, ys):
            want.append(step(x, y))
            schedule.step()
    rest = torch.rand(2).tolist()
    ours, slots, _, stepped = build(kind, jit=jit)
    got = [stepped(xs, ys) for xs, ys in data(5)]
    assert torch.rand(2).tolist() == rest
    for name in ("loss", "out"):
        np.testing.assert_allclose(
            np.concatenate([g[name].numpy() for g in got]), [w[name].tolist() for w in want], rtol=1e-4, atol=1e-5
        )
    for a, b in zip(facts(ours, slots), facts(model, optimizer)):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
    assert slots.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    if jit:
        assert sum(loop.replay.calls for loop in stepped.loops.values()) >= 2 * K
        assert "3 steps in one program" in str(torch.explain(stepped))


def test_a_wrong_label_stops_the_loop_where_single_steps_would_stop():
    plain, slots, schedule, single = build("sgd")
    for xs, ys in data(4):
        for x, y in zip(xs, ys):
            single(x, y)
            schedule.step()
    xs, ys = data(1, seed=1)[0]
    single(xs[0], ys[0])
    model, optimizer, _, step = build("sgd", jit=True)
    for batches in data(4):
        step(*batches)
    ys[1, 2] = 9
    with pytest.raises(IndexError, match="Target 9"):
        step(xs, ys)
    for a, b in zip(facts(model, optimizer), facts(plain, slots)):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)


def test_parameters_that_somebody_holds_keep_their_values():
    model, _, _, step = build("sgd", jit=True)
    held = []
    for xs, ys in data(5):
        held.append((model[0].weight.clone(), model[0].weight.grad, model[0].weight.tolist()))
        step(xs, ys)
    assert all(clone.tolist() == values for clone, _, values in held)
    assert held[-1][1].tolist() != model[0].weight.grad.tolist()


def test_arguments_without_a_batch_for_each_step_are_refused():
    _, _, _, step = build(jit=True)
    with pytest.raises(ValueError, match="first dimension must be 3"):
        step(torch.zeros(2, 5, 4), torch.zeros(2, 5, 1))
    with pytest.raises(ValueError, match="do not go together"):
        torch.compile(step, steps_per_call=2, accumulate=2)
    with pytest.raises(ValueError, match="after_step"):
        torch.compile(step, after_step=print)


def test_what_does_not_fit_a_loop_runs_step_by_step_and_explain_says_why():
    total = torch.zeros(2)

    @torch.compile(jit=True, steps_per_call=K)
    def add(x):
        total.add_(x)
        return total

    for i in range(1, 7):
        got = add(torch.ones(K, 2))
        assert got.tolist() == [[3.0 * i - 2 + k] * 2 for k in range(K)]
    assert "one by one" in str(torch.explain(add))
