"""Actor and critic learn to balance a pole on a cart; the cart is simulated in numpy, 16 of them at once.

Source of the method: Mnih et al. 2016 (without asynchrony); of the physics: Barto, Sutton, Anderson 1983.
"""

import sys

import numpy as np
from shared import arguments, result, train
from shared.carts import Carts

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.distributions import Categorical

REQUIRED_LENGTH = {True: 40, False: 150}  # mean length of an episode of at most 200, by --quick; at random it is 22
CARTS, HORIZON, DISCOUNT = 16, 16, 0.98


class ActorCritic(nn.Module):
    """What to do (logits of two pushes), and what it is worth."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh())
        self.actor = nn.Linear(64, 2)
        self.critic = nn.Linear(64, 1)

    def forward(self, state):
        h = self.body(state)
        return self.actor(h), self.critic(h)[..., 0]


def play(model, carts):
    """HORIZON steps of all carts: (states, pushes, where episodes ended, the states after)."""
    states, pushes, ends = [], [], []
    for _ in range(HORIZON):
        with torch.no_grad():
            chances = model(carts.seen())[0].softmax(1).numpy()
        push = (carts.rng.random(CARTS) < chances[:, 1]).astype(int)
        states.append(carts.state)
        pushes.append(push)
        ends.append(carts.step(push))
    return (torch.tensor(np.stack(states), dtype=torch.float32), torch.tensor(np.stack(pushes)),
            torch.tensor(np.stack(ends), dtype=torch.float32), carts.seen())  # fmt: skip


def main():
    args = arguments(__doc__, steps=1500, quick_steps=160, lr=3e-3)
    model, carts = ActorCritic(), Carts(CARTS, args.seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def learn(states, pushes, ends, after):
        logits, values = model(states)
        with torch.no_grad():
            worth, returns = model(after)[1], []
            for i in reversed(range(HORIZON)):  # a step is worth 1, and what comes after it
                worth = 1.0 + DISCOUNT * worth * (1 - ends[i])
                returns.insert(0, worth)
            returns = torch.stack(returns)
        policy = Categorical(logits=logits)
        advantage = (returns - values).detach()
        loss = -(policy.log_prob(pushes) * advantage).mean() - 0.01 * policy.entropy().mean()
        loss = loss + 0.5 * F.smooth_l1_loss(values, returns)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return loss

    learn = torch.compile(learn, jit=args.jit)
    train(lambda: learn(*play(model, carts)), args.steps)
    print(f"first 50 episodes: {np.mean(carts.lengths[:50]):.1f} steps; {len(carts.lengths)} episodes in all")
    last = float(np.mean(carts.lengths[-50:]))
    return result("mean length of the last 50 episodes", last, at_least=REQUIRED_LENGTH[args.quick])


if __name__ == "__main__":
    sys.exit(main())
