"""Does memory grow? Training steps, unobserved ops, and models that come and go; `python -m benchmarks.memory`.

Prints the resident memory after a warm-up and at the end, and what lies between: 20,000 steps of a small classifier must
grow by less than 1 %, a million unobserved ops by less than 200 MB, 200 models that were trained and dropped by less than 5 %.
"""

import argparse
import gc
import os

import numpy as np

import eagerjax as torch
from eagerjax import nn


def resident():
    """Megabytes of this process in memory (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def classifier():
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 10))


def train(model, opt, steps, every=100):
    """Steps on random batches; the loss is looked at every so often."""
    rng = np.random.default_rng(0)
    for step in range(steps):
        x = torch.tensor(rng.standard_normal((32, 64), dtype=np.float32))
        y = torch.tensor(rng.integers(0, 10, 32))
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if every and step % every == 0:
            loss.item()


def steps(count, every):
    """Growth over `count` training steps, in per cent, after a tenth as many to warm up."""
    model = classifier()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    train(model, opt, count // 10, every)
    return growth(lambda: train(model, opt, count, every))


def unobserved(count):
    """`count` ops that nobody looks at."""
    x, y = torch.zeros(8, 8), torch.ones(8, 8)

    def run():
        nonlocal x
        for _ in range(count):
            x = x + y
        x[0, 0].item()

    return growth(run)


def models(count):
    """`count` models of one kind, each trained a little and dropped."""

    def one():
        model = classifier()
        train(model, torch.optim.Adam(model.parameters()), 20, 5)

    for _ in range(10):
        one()
    return growth(lambda: [one() for _ in range(count)])


def growth(run):
    """(megabytes before, megabytes after)"""
    gc.collect()
    before = resident()
    run()
    gc.collect()
    return before, resident()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--ops", type=int, default=1_000_000)
    parser.add_argument("--models", type=int, default=200)
    given = parser.parse_args()
    rows = {
        f"{given.steps} steps, looked at every 100th": lambda: steps(given.steps, 100),
        f"{given.steps} steps, never looked at": lambda: steps(given.steps, 0),
        f"{given.ops} unobserved ops": lambda: unobserved(given.ops),
        f"{given.models} models": lambda: models(given.models),
    }
    for name, run in rows.items():
        before, after = run()
        print(f"{name}: {before:.0f} MB -> {after:.0f} MB ({100 * (after / before - 1):+.2f} %)", flush=True)


if __name__ == "__main__":
    main()
