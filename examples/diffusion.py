"""A diffusion model in two dimensions: points are turned into noise step by step, and a network learns the way back.

Source: Ho, Jain, Abbeel 2020 (algorithms 1 and 2), with the cosine schedule of Nichol and Dhariwal 2021.
"""

import math
import sys

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn

LEVELS = 50  # of noise
ALLOWED_DISTANCE = {True: 0.25, False: 0.12}  # mean distance of samples from the spiral, by --quick; noise has 0.55


def spiral(count):
    """Points (count, 2) near a spiral of two turns."""
    turn = (torch.rand(count, 1) * 0.9 + 0.1) * 4 * math.pi
    return torch.cat([turn.cos(), turn.sin()], 1) * turn / 6 + 0.02 * torch.randn(count, 2)


class Denoiser(nn.Module):
    """Guesses the noise in points (batch, 2) at levels (batch,)."""

    def __init__(self, width=128):
        super().__init__()
        self.level = nn.Embedding(LEVELS, width)
        self.first = nn.Linear(2, width)
        self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(3)])
        self.last = nn.Linear(width, 2)

    def forward(self, x, level):
        h = self.first(x) + self.level(level)
        for block in self.blocks:
            h = h + block(F.silu(h))
        return self.last(F.silu(h))


def schedule():
    """How much of the signal is left at each level (as a variance), falling from nearly 1 to nearly 0."""
    at = torch.arange(LEVELS + 1) / LEVELS
    left = torch.cos((at + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = (1 - left[1:] / left[:-1]).clamp(max=0.99)
    return betas, torch.cumprod(1 - betas, 0)


@torch.no_grad()
def sample(model, count, betas, left):
    """From noise to points, one level after the other."""
    x = torch.randn(count, 2)
    for level in reversed(range(LEVELS)):
        noise = model(x, torch.full((count,), level))
        x = (x - betas[level] / (1 - left[level]).sqrt() * noise) / (1 - betas[level]).sqrt()
        if level > 0:
            x = x + betas[level].sqrt() * torch.randn(count, 2)
    return x


def main():
    args = arguments(__doc__, steps=8000, quick_steps=1000, lr=2e-3)
    betas, left = schedule()
    model = Denoiser()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def step():
        points, noise = spiral(512), torch.randn(512, 2)
        level = torch.randint(0, LEVELS, (512,))
        signal = left[level][:, None]
        loss = F.mse_loss(model(signal.sqrt() * points + (1 - signal).sqrt() * noise, level), noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    train(torch.compile(step, jit=args.jit), args.steps)
    model.eval()
    made = sample(model, 1000, betas, left)
    distance = torch.cdist(made, spiral(4000)).min(1).values.mean().item()
    return result("mean distance of samples from the spiral", distance, at_most=ALLOWED_DISTANCE[args.quick])


if __name__ == "__main__":
    sys.exit(main())
