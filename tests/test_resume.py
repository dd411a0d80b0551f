"""A run that is stopped at any step and goes on from its file equals the run that was not stopped, bit for bit.

The stops are few here; RESUME_STOPS=5 takes five for each kind of loader and mode.
"""

import os
import random

import numpy as np
import pytest
from conftest import execution
from loader_parts import Counting, NoisyOnTheHost

import eagerjax as torch
from eagerjax import nn
from eagerjax.lower import policy
from eagerjax.utils.data import DataLoader, Dataset, TensorDataset, WeightedRandomSampler

MODES = ["stepwise", "fused", "jit"]
STOPS = int(os.environ.get("RESUME_STOPS", "1"))
TOTAL = 9 if STOPS == 1 else 16


@pytest.fixture(autouse=True)
def own_allowance(monkeypatch):
    """A line may have so many programs compiled at first sight, and what runs stepwise first may differ in the last digit:
    the runs of other tests at these lines do not count here."""
    monkeypatch.setattr(policy, "_COMPILED", {})


class Noisy(Dataset):
    """Items that are augmented with random numbers of all three kinds."""

    def __len__(self):
        return 22

    def __getitem__(self, i):
        noise = random.random() + float(np.random.rand()) + torch.rand(()).item()
        return torch.full((3,), i / 22 + noise), i % 3


class Run:
    """A training run with everything that may have a state."""

    def __init__(self, mode, make_loader):
        torch.manual_seed(3)
        random.seed(4)
        np.random.seed(5)
        self.model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.01)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 20)
        self.scaler = torch.amp.GradScaler("cpu", growth_interval=3)
        self.generator = torch.Generator().manual_seed(9)
        self.loader = make_loader(self.generator)
        self.step = self.epoch = 0
        self.losses = []
        self.train_step = torch.compile(self.update, jit=mode == "jit")

    def update(self, x, y):
        loss = nn.functional.cross_entropy(self.model(x), y)
        self.scaler.scale(loss).backward()
        return loss

    def objects(self):
        return {
            "scheduler": self.scheduler,
            "scaler": self.scaler,
            "loader": self.loader,
            "generators": [self.generator],
        }

    def go(self, steps, save_at=None, path=None):
        while self.step < steps:
            for x, y in self.loader:
                self.losses.append(self.train_step(x, y).item())
                self.step += 1
                if self.step % 2 == 0:  # gradients of two steps are accumulated
                    self.scaler.step(self.optimizer)
                    self.scaler.update()
                    self.optimizer.zero_grad()
                    self.scheduler.step()
                if self.step == save_at:
                    torch.save_training_state(path, self.model, self.optimizer, **self.objects(), step=self.step,
                                              epoch=self.epoch, note="kept")  # fmt: skip
                if self.step == steps:
                    break
            else:
                self.epoch += 1
        return self

    def load(self, path):
        found = torch.load_training_state(path, self.model, self.optimizer, **self.objects())
        assert found.note == "kept"
        self.step, self.epoch = found.step, found.epoch
        return self

    def content(self):
        state = [*self.model.state_dict().values(), *[v for s in self.optimizer.state.values() for v in s.values()]]
        return [np.array(t) for t in state]


DATA = torch.rand(22, 3, generator=torch.Generator().manual_seed(1))
LOADERS = {
    "plain": lambda g: DataLoader(TensorDataset(DATA, torch.arange(22) % 3), batch_size=4, shuffle=True),
    "generator": lambda g: DataLoader(
        TensorDataset(DATA, torch.arange(22) % 3), batch_size=4, shuffle=True, generator=g
    ),
    "noisy": lambda g: DataLoader(Noisy(), batch_size=4, shuffle=True),
    "weighted": lambda g: DataLoader(Noisy(), 4, sampler=WeightedRandomSampler(range(1, 23), 20, generator=g)),
    "workers": lambda g: DataLoader(NoisyOnTheHost(), batch_size=4, shuffle=True, num_workers=2),
    "persistent": lambda g: DataLoader(
        NoisyOnTheHost(), 4, shuffle=True, num_workers=2, persistent_workers=True, generator=g
    ),
    "stream": lambda g: DataLoader(Counting(), batch_size=4, num_workers=2),
}


def compare(mode, loader, stops, tmp_path, total=TOTAL):
    with execution("fused" if mode == "jit" else mode):
        whole = Run(mode, LOADERS[loader]).go(total)
        for stop in stops:
            path = tmp_path / f"{stop}.pt"
            Run(mode, LOADERS[loader]).go(stop + stop % 3, stop, path)
            torch.rand(3), random.random(), np.random.rand()
            again = Run(mode, LOADERS[loader]).load(path).go(total)
            assert again.losses == whole.losses[stop:], (mode, loader, stop)
            assert (
                again.epoch == whole.epoch
                and again.optimizer.param_groups[0]["lr"] == whole.optimizer.param_groups[0]["lr"]
            )
            for a, b in zip(again.content(), whole.content(), strict=True):
                np.testing.assert_array_equal(a, b)


def stops(seed):
    return random.Random(seed).sample(range(1, TOTAL - 1), STOPS)


@pytest.mark.parametrize("mode", MODES)
def test_a_run_goes_on_bit_for_bit(mode, tmp_path):
    compare(mode, "noisy", stops(mode), tmp_path)


@pytest.mark.parametrize("loader", ["generator", "weighted", "workers", "persistent", "stream"])
def test_every_kind_of_loader(loader, tmp_path):
    compare("fused", loader, stops(loader), tmp_path)


def test_with_pytorchs_own_random_numbers(tmp_path):
    with torch.set_rng("torch"):
        compare("fused", "noisy", [7], tmp_path)


def test_what_does_not_fit_changes_nothing(tmp_path):
    run = Run("fused", LOADERS["plain"]).go(3, 3, tmp_path / "a.pt")
    other = Run("fused", LOADERS["plain"])
    before = other.content()
    with pytest.raises(ValueError, match="scheduler: the file has one"):
        torch.load_training_state(tmp_path / "a.pt", other.model, other.optimizer, scaler=other.scaler, loader=other.loader,
                                  generators=[other.generator])  # fmt: skip
    with pytest.raises(ValueError, match="generators"):
        torch.load_training_state(
            tmp_path / "a.pt", other.model, other.optimizer, **{**other.objects(), "generators": ()}
        )
    for a, b in zip(before, other.content(), strict=True):
        np.testing.assert_array_equal(a, b)
    torch.save(run.model.state_dict(), tmp_path / "b.pt")
    with pytest.raises(ValueError, match="save_training_state"):
        torch.load_training_state(tmp_path / "b.pt", run.model)
    with pytest.raises(ValueError, match="workers"):
        LOADERS["workers"](None).load_state_dict(run.loader.state_dict())


def test_several_models_and_plain_values(tmp_path):
    models = {"g": nn.Linear(2, 2), "d": nn.Linear(2, 1)}
    optimizers = [torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9) for m in models.values()]
    models["g"](torch.ones(1, 2)).sum().backward()
    average = torch.optim.swa_utils.AveragedModel(models["g"])
    torch.save_training_state(tmp_path / "s.pt", models, optimizers, step=5, best=0.5, average=average, history=[1, 2])
    fresh = {"g": nn.Linear(2, 2), "d": nn.Linear(2, 1)}
    twin = torch.optim.swa_utils.AveragedModel(fresh["g"])
    optimizers = [torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9) for m in fresh.values()]
    found = torch.load_training_state(tmp_path / "s.pt", fresh, optimizers, average=twin)
    assert (found.step, found.best, found.history) == (5, 0.5, [1, 2]) and "average" not in found
    assert (
        fresh["d"].weight.tolist() == models["d"].weight.tolist()
        and twin.module.bias.tolist() == models["g"].bias.tolist()
    )
    assert fresh["g"].weight.grad.tolist() == models["g"].weight.grad.tolist() and fresh["d"].weight.grad is None
