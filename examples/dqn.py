"""Q-learning with a network balances a pole on a cart, from a memory of what it has tried.

Source: Mnih et al. 2015, with the double estimate of van Hasselt, Guez, Silver 2016.
"""

import sys

import numpy as np
from shared import arguments, result, train
from shared.carts import Carts

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn

REQUIRED_LENGTH = {True: 50, False: 150}  # mean of the last 16 episodes, of at most 200, by --quick; at random it is 22
CARTS, MEMORY, DISCOUNT = 8, 20_000, 0.98


class Memory:
    """What happened: states, pushes, states after, and whether that was the end; the oldest is forgotten."""

    def __init__(self):
        self.columns = [np.zeros((MEMORY, *shape), kind) for shape, kind in
                        (((4,), "f4"), ((), "i8"), ((4,), "f4"), ((), "f4"))]  # fmt: skip
        self.count = 0

    def add(self, *columns):
        rows = (self.count + np.arange(len(columns[0]))) % MEMORY
        for column, new in zip(self.columns, columns, strict=True):
            column[rows] = new
        self.count += len(rows)

    def draw(self, rng, count):
        rows = rng.integers(0, min(self.count, MEMORY), count)
        return [torch.tensor(column[rows]) for column in self.columns]


def network():
    return nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def play(model, carts, memory, explore):
    """One push of each cart: with chance `explore` any, else the one that is worth more."""
    before = carts.state
    with torch.no_grad():
        best = model(carts.seen()).argmax(1).numpy()
    push = np.where(carts.rng.random(CARTS) < explore, carts.rng.integers(0, 2, CARTS), best)
    over = carts.step(push)
    memory.add(before, push, carts.after, carts.fell)
    return over


def main():
    args = arguments(__doc__, steps=6000, quick_steps=1500, lr=1e-3)
    carts, memory = Carts(CARTS, args.seed), Memory()
    model, target = network(), network()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def step(state, push, after, fell):
        worth = model(state).gather(1, push[:, None])[:, 0]
        with torch.no_grad():
            best = model(after).argmax(1, keepdim=True)
            later = target(after).gather(1, best)[:, 0]
        loss = F.smooth_l1_loss(worth, 1 + DISCOUNT * (1 - fell) * later)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step, done = torch.compile(step, jit=args.jit), 0

    def update():
        nonlocal done
        if done % 100 == 0:
            target.load_state_dict(model.state_dict())
        play(model, carts, memory, explore=max(0.05, 1 - 2 * done / args.steps))
        done += 1
        return step(*memory.draw(carts.rng, 128))

    train(update, args.steps)
    carts.lengths.clear()
    while len(carts.lengths) < 2 * CARTS:
        play(model, carts, memory, explore=0)
    return result("mean length of an episode", float(np.mean(carts.lengths)), at_least=REQUIRED_LENGTH[args.quick])


if __name__ == "__main__":
    sys.exit(main())
