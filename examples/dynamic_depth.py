"""A network whose depth is drawn anew for every batch, and that gains and loses layers while it trains.

Plain Python decides what runs; nothing is declared. Each depth is compiled once, when it is first met.
"""

import argparse
import random
import sys

from tqdm import tqdm

import eagerjax as torch
from eagerjax import nn

ALLOWED_LOSS = 0.02  # mean squared error at full depth; the target's variance is about 0.5


class RandomDepth(nn.Module):
    """Residual layers of which a random number, at least one, runs each time in training; all of them in eval()."""

    def __init__(self, width, depth):
        super().__init__()
        self.width = width
        self.first = nn.Linear(2, width)
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        depth = random.randint(1, len(self.layers)) if self.training else len(self.layers)
        x = torch.tanh(self.first(x))
        for layer in self.layers[:depth]:
            x = x + torch.tanh(layer(x))
        return self.last(x)

    def grow(self):
        """One more layer, which changes nothing yet: its weights are zero."""
        layer = nn.Linear(self.width, self.width)
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        self.layers.append(layer)
        return layer

    def shrink(self):
        """Lose the last layer."""
        del self.layers[-1]


def make_data(count):
    x = torch.rand(count, 2) * 4 - 2
    return x, torch.sin(2 * x[:, :1]) * torch.cos(x[:, 1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="600 steps")
    args = parser.parse_args()
    steps = 600 if args.quick else args.steps

    torch.manual_seed(args.seed)
    random.seed(args.seed)
    model = RandomDepth(width=48, depth=2)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    bar = tqdm(range(steps), mininterval=1)
    for step in bar:
        if step == steps // 3:
            optimizer.add_param_group({"params": model.grow().parameters()})
            tqdm.write(f"step {step}: one layer more, {len(model.layers)} now")
        if step == 2 * steps // 3:
            model.shrink()
            tqdm.write(f"step {step}: one layer less, {len(model.layers)} now")
        x, y = make_data(128)
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bar.set_postfix(loss=f"{loss.item():.4f}", refresh=False)

    model.eval()
    with torch.no_grad():
        x, y = make_data(2000)
        final = loss_fn(model(x), y).item()
    print(f"mean squared error at depth {len(model.layers)}: {final:.4f} (allowed: {ALLOWED_LOSS})")
    return int(final > ALLOWED_LOSS)


if __name__ == "__main__":
    sys.exit(main())
