"""An optimizer's step that is known is recorded as one: with the same results as the long way, whatever happens between two."""

import threading

import numpy as np
import pytest
from pokes import POKES, Training, as_the_long_way, counting

import eagerjax as torch
from eagerjax import known

nn, F = torch.nn, torch.nn.functional


@pytest.fixture
def counts(monkeypatch):
    """[steps that were known, steps that went the long way]."""
    return counting(known, monkeypatch)


@pytest.mark.parametrize("name", POKES)
def test_between_two_steps(name, monkeypatch, counts):
    as_the_long_way(known, name, monkeypatch, counts, 5)


RULES = {
    "SGD": {"lr": 0.1}, "Adagrad": {"lr": 0.1}, "Adadelta": {}, "Adam": {"amsgrad": True}, "AdamW": {}, "Adamax": {}, "ASGD": {},
    "NAdam": {}, "RAdam": {}, "RMSprop": {"momentum": 0.5, "centered": True}, "Rprop": {},
}  # fmt: skip


def train(steps, make, schedule=None, before=None):
    """The parameters and slots after some steps of a small model."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    optimizer = make(model)
    scheduler = schedule and schedule(optimizer)
    for k in range(steps):
        optimizer.zero_grad()
        x = torch.tensor(np.linspace(-1, 1 + k % 3, 15, dtype="float32").reshape(5, 3))
        F.mse_loss(model(x), torch.ones(5, 2)).backward()
        if before is not None:
            before(k, model, optimizer)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    slots = [s for p in model.parameters() for s in optimizer.state[p].values() if isinstance(s, torch.Tensor)]
    return [t.detach().numpy().copy() for t in (*model.parameters(), *model.buffers(), *slots)]


def both(monkeypatch, counts, *args, least=4, **kwargs):
    found = train(20, *args, **kwargs)
    assert counts[0] >= least
    monkeypatch.setattr(known, "repeat", lambda optimizer: False)
    for one, other in zip(train(20, *args, **kwargs), found, strict=True):
        np.testing.assert_array_equal(other, one)


@pytest.mark.parametrize("name", RULES)
def test_rules(name, monkeypatch, counts):
    both(monkeypatch, counts, lambda model: getattr(torch.optim, name)(model.parameters(), **RULES[name]))


def test_a_rate_that_changes_with_each_step(monkeypatch, counts):
    both(monkeypatch, counts, lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
         lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9))  # fmt: skip


def test_options_that_change_what_is_computed(monkeypatch, counts):
    def change(k, model, optimizer):
        group = optimizer.param_groups[0]
        if k == 8:
            group["weight_decay"] = 0.1
        if k == 13:
            group["maximize"] = True

    both(monkeypatch, counts, lambda model: torch.optim.AdamW(model.parameters(), weight_decay=0.0), before=change, least=8)


def test_groups_that_gain_and_lose_parameters(monkeypatch, counts):
    def change(k, model, optimizer):
        if k == 8:
            optimizer.add_param_group({"params": [*model[2].parameters()], "lr": 0.5})
        if k == 14:
            del optimizer.param_groups[0]["params"][1]

    both(monkeypatch, counts, lambda model: torch.optim.SGD(model[:2].parameters(), lr=0.1, momentum=0.9), before=change,
         least=8)  # fmt: skip


def test_gradients_that_come_and_go(monkeypatch, counts):
    def change(k, model, optimizer):
        if k in (8, 9):
            model[0].bias.grad = None
        if k == 14:
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)

    both(monkeypatch, counts, lambda model: torch.optim.Adam(model.parameters()), before=change, least=8)


def test_two_optimizers_of_one_model(monkeypatch, counts):
    class Both:
        def __init__(self, model):
            self.parts = [torch.optim.Adam(model[0].parameters()), torch.optim.SGD(model[1:].parameters(), lr=0.1)]
            self.state = {**self.parts[0].state}

        def zero_grad(self):
            for part in self.parts:
                part.zero_grad()

        def step(self):
            for part in self.parts:
                part.step()
            self.state = {p: {**part.state[p]} for part in self.parts for g in part.param_groups for p in g["params"]}

    both(monkeypatch, counts, Both, least=12)


def test_a_parameter_that_is_written_to_before_the_step(monkeypatch, counts):
    def change(k, model, optimizer):
        with torch.no_grad():
            model[0].weight.clamp_(-0.5, 0.5)

    both(monkeypatch, counts, lambda model: torch.optim.Adam(model.parameters()), before=change, least=0)


def test_a_backward_after_the_step_notices_what_it_has_written(counts):
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(8):
        optimizer.zero_grad()
        loss = model(torch.ones(3, 2)).square().sum()
        again = (model.weight * model.weight).sum()
        loss.backward()
        before = model.weight._version
        optimizer.step()
        assert model.weight._version == before + 1
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            again.backward()
    assert counts[0] >= 4


def test_a_scaler_that_skips_steps(monkeypatch, counts):
    def make(model):
        return torch.optim.Adam(model.parameters())

    def run():
        torch.manual_seed(0)
        model = nn.Linear(3, 2)
        optimizer, scaler = make(model), torch.amp.GradScaler("cpu", init_scale=4.0)
        for k in range(10):
            optimizer.zero_grad()
            loss = model(torch.ones(4, 3)).square().mean() * (float("inf") if k == 6 else 1.0)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        return [p.detach().numpy().copy() for p in model.parameters()]

    found = run()
    monkeypatch.setattr(known, "repeat", lambda optimizer: False)
    for one, other in zip(run(), found):
        np.testing.assert_array_equal(other, one)


def test_a_trace_that_another_thread_has_run_before_the_step(counts):
    """The step begins nowhere then: it goes the long way."""
    t = Training(False, "Adam")
    for k in range(8):
        t.optimizer.zero_grad()
        t.model(torch.ones(5, 3)).sum().backward()
        if k > 5:
            thread = threading.Thread(target=lambda: t.notes.append(t.weight.grad.sum().item()))
            thread.start()
            thread.join()
        t.optimizer.step()
    assert counts[0] >= 2 and counts[1] >= 4
    assert len(t.notes) == 2 and all(np.isfinite(t.notes))
