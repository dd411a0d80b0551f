"""`compile(..., accumulate=N)`: N calls make one update, equal to the plain loop, eagerly and under `jit=True`."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F

N = 3


def parts(kind):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 2))
    make = {"sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), "adam": lambda p: torch.optim.Adam(p, lr=0.05)}
    return model, make[kind](model.parameters())


def batches(count):
    rng = np.random.default_rng(0)
    return [
        (torch.tensor(rng.normal(size=(5, 4)).astype("f")), torch.tensor(rng.integers(0, 2, 5))) for _ in range(count)
    ]


def plain(kind, data):
    model, optimizer = parts(kind)
    losses = []
    for i, (x, y) in enumerate(data):
        if i % N == 0:
            optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y) / N
        loss.backward()
        if (i + 1) % N == 0:
            nn.utils.clip_grad_norm_(model.parameters(), 0.05)
            optimizer.step()
        losses.append(loss.item())
    return losses, [p.tolist() for p in model.parameters()], [p.grad.tolist() for p in model.parameters()]


@pytest.mark.parametrize("zero", ["first", "last", "module"])
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_equals_the_plain_loop(kind, jit, zero):
    data = batches(6 * N + 1)
    model, optimizer = parts(kind)

    @torch.compile(jit=jit, accumulate=N)
    def step(x, y):
        if zero != "last":
            (optimizer if zero == "first" else model).zero_grad()
        loss = F.cross_entropy(model(x), y) / N
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.05)
        optimizer.step()
        if zero == "last":
            optimizer.zero_grad()
        return loss

    losses = [step(x, y).item() for x, y in data]
    want = plain(kind, data)
    np.testing.assert_allclose(losses, want[0], rtol=2e-5)
    for p, value in zip(model.parameters(), want[1]):
        np.testing.assert_allclose(p.tolist(), value, rtol=1e-4, atol=1e-6)
    for p, grad in zip(model.parameters(), want[2]):
        np.testing.assert_allclose(p.grad.tolist(), grad, rtol=1e-4, atol=1e-6)
    if jit:
        replayed = {key[2][-1]: sum(r.calls for r in v.replays) for key, v in step.variants.items()}
        assert len(replayed) == 3 and all(replayed.values())


def test_schedules_and_scalers_wait_for_the_last_call():
    model, optimizer = parts("sgd")
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    @torch.compile(accumulate=2)
    def step(x, y):
        optimizer.zero_grad()
        scaler.scale(F.cross_entropy(model(x), y)).backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        schedule.step()

    seen = []
    for x, y in batches(4):
        step(x, y)
        seen.append((optimizer.param_groups[0]["lr"], scaler.get_scale()))
    assert seen == [(0.1, 4.0), (0.05, 8.0), (0.05, 8.0), (0.025, 16.0)]


def test_a_call_that_raises_is_no_part_of_the_update():
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=1.0)

    @torch.compile(accumulate=2)
    def step(x):
        optimizer.zero_grad()
        if x is None:
            raise ValueError("no data")
        (p * x).sum().backward()
        optimizer.step()

    step(1.0)
    with pytest.raises(ValueError, match="no data"):
        step(None)
    assert p.item() == 0
    step(2.0)
    assert p.item() == -3


def test_two_steps_in_one_call_are_refused():
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=1.0)

    @torch.compile(accumulate=2)
    def step():
        p.sum().backward()
        optimizer.step()
        optimizer.step()

    with pytest.raises(RuntimeError, match="one step of each optimizer"):
        step()
    with pytest.raises(ValueError, match="positive integer"):
        torch.compile(step, accumulate=0)


def test_a_module_and_a_compiled_function_that_calls_an_accumulating_one():
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=1.0)

    @torch.compile(accumulate=2, jit=True)
    def inner():
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()

    outer = torch.compile(lambda: inner(), jit=True)
    for i in range(1, 9):
        outer()
        assert p.item() == -2 * (i // 2)
    assert "accumulate" in str(torch.explain(outer))
