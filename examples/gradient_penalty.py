"""A Wasserstein GAN whose critic is held to slope one by a penalty on its gradient, learning eight spots on a ring.

The penalty is a loss of a gradient, so its own gradient is a second derivative. Source: Gulrajani et al. 2017.
"""

import math
import sys

from shared import arguments, result, train

import eagerjax as torch
from eagerjax import nn

REQUIRED_ON_SPOTS = {True: 0.5, False: 0.75}  # share of samples within 0.4 of a spot, by --quick
PENALTY, CRITIC_STEPS, BATCH = 1.0, 3, 256


def spots(count):
    """Points around eight places on a circle of radius 2: (count, 2)."""
    angle = torch.randint(0, 8, (count,)) * (math.pi / 4)
    centre = 2 * torch.stack([angle.cos(), angle.sin()], 1)
    return centre + 0.1 * torch.randn(count, 2)


def network(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 128), nn.LeakyReLU(0.2), nn.Linear(128, 128), nn.LeakyReLU(0.2),
                         nn.Linear(128, outputs))  # fmt: skip


def penalty(critic, real, fake):
    """How far the critic's slope is from one, at places between real and false points."""
    mix = torch.rand(len(real), 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_()
    (grad,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((grad.norm(dim=1) - 1) ** 2).mean()


def main():
    args = arguments(__doc__, steps=3000, quick_steps=500, lr=1e-3)
    generator, critic = network(4, 2), network(2, 1)
    make_optimizer = torch.optim.Adam(generator.parameters(), lr=args.lr, betas=(0.5, 0.9))
    judge_optimizer = torch.optim.Adam(critic.parameters(), lr=args.lr, betas=(0.5, 0.9))

    def judge():
        real, fake = spots(BATCH), generator(torch.randn(BATCH, 4)).detach()
        loss = critic(fake).mean() - critic(real).mean() + PENALTY * penalty(critic, real, fake)
        judge_optimizer.zero_grad()
        loss.backward()
        judge_optimizer.step()

    def step():
        for _ in range(CRITIC_STEPS):
            judge()
        loss = -critic(generator(torch.randn(BATCH, 4))).mean()
        make_optimizer.zero_grad()
        loss.backward()
        make_optimizer.step()
        return loss

    train(torch.compile(step, jit=args.jit), args.steps)
    with torch.no_grad():
        made = generator(torch.randn(2000, 4))
        angle = torch.arange(8) * (math.pi / 4)
        distance = torch.cdist(made, 2 * torch.stack([angle.cos(), angle.sin()], 1))
        nearest, spot = distance.min(1)
        print(f"spots reached: {len(spot[nearest < 0.4].unique())} of 8")
        share = (nearest < 0.4).float().mean().item()
    return result("share of samples on a spot", share, at_least=REQUIRED_ON_SPOTS[args.quick])


if __name__ == "__main__":
    sys.exit(main())
