"""A step waits for that of another optimizer, where both learn from one graph; else each step is a program of its own."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.lower import waiting


def networks():
    torch.manual_seed(0)
    make = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh())
    judge = nn.Sequential(nn.Linear(6, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1))
    return make, judge, torch.optim.Adam(make.parameters(), 0.01), torch.optim.Adam(judge.parameters(), 0.01)


def pending(module):
    return any(p._array is None for p in module.parameters())


def batch(i):
    return torch.tensor(np.random.default_rng(i).standard_normal((3, 6)).astype(np.float32))


def adversarial(make, judge, for_make, for_judge, seen=None):
    def step(x):
        fake = make(x[:, :4])
        for_judge.zero_grad()
        loss = (judge(x) - judge(fake.detach())).square().mean()
        loss.backward()
        for_judge.step()
        if seen is not None:
            seen(judge)
        for_make.zero_grad()
        other = judge(fake).square().mean()
        other.backward()
        for_make.step()
        return loss.detach() + other.detach()

    return step


def test_an_adversarial_step_is_one_program():
    make, judge, *optimizers = networks()
    seen = []
    step = adversarial(make, judge, *optimizers, seen=lambda module: seen.append(pending(module)))
    for i in range(3):
        step(batch(i))
        assert not pending(make) and not pending(judge)
    assert seen == [True, True, True]


def test_the_same_numbers_as_apart(way):
    make, judge, *optimizers = networks()
    step = way(adversarial(make, judge, *optimizers))
    found = [step(batch(i)).item() for i in range(4)]
    make, judge, *optimizers = networks()
    step = adversarial(make, judge, *optimizers, seen=lambda module: module[0].bias.detach().sum().item())
    np.testing.assert_allclose(found, [step(batch(i)).item() for i in range(4)], rtol=1e-5)


@pytest.mark.parametrize("keep", ["loss", "output", "other head", "detached"])
def test_an_ordinary_step_runs_at_once(keep):
    body, heads = nn.Linear(6, 8), [nn.Linear(8, 2), nn.Linear(8, 2)]
    optimizer = torch.optim.SGD([*body.parameters(), *heads[0].parameters()], 0.1)
    for i in range(3):
        hidden = body(batch(i)).relu()
        outs = [head(hidden) for head in heads]
        loss = outs[0].square().mean()
        kept = {"loss": loss, "output": outs[0].sigmoid(), "other head": outs[1], "detached": hidden.detach() * 2}[keep]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert not pending(body)
        assert kept.isfinite().all()


def test_it_waits_once():
    """Somebody may have a graph that is never used."""
    make, judge, for_make, _ = networks()
    for i in range(3):
        never = judge(batch(i))
        waits = []
        for _ in range(2):
            for_make.zero_grad()
            make(batch(i)[:, :4]).square().mean().backward()
            for_make.step()
            waits.append(pending(make))
        assert waits == [True, False]
        assert never.isfinite().all()


def test_an_ordinary_step_with_values_at_hand_looks_no_way_down(monkeypatch):
    """A third of a step over trees, whose gates are views of a product that they keep alive, went into looking."""
    asked = []
    monkeypatch.setattr(waiting, "plan", lambda roots: asked.append(roots))
    torch.manual_seed(0)
    linear = nn.Linear(4, 8)
    optimizer = torch.optim.SGD(linear.parameters(), 0.1)
    x, parts = torch.ones(4), []
    for _ in range(5):
        parts.append(linear(x).chunk(2))
        x = torch.sigmoid(parts[-1][0]) * torch.tanh(parts[-1][1])
    x.sum().backward()
    optimizer.step()
    assert asked == [] and len(parts) == 5
