"""Programs whose structure changes with every input: nothing here takes the same path twice, or not for long.

Written once for both libraries. An input is drawn anew for each step; both libraries get the same ones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

WARM_UP = 30
"""Inputs that a program has seen before it is measured."""


@dataclass(frozen=True)
class Program:
    """`model(torch)`, `draw(rng)` gives an input, `loss(torch, model, input)` is differentiated."""

    name: str
    title: str
    model: Callable
    draw: Callable
    loss: Callable
    same_losses: bool = True  # False: it draws random numbers of its own


def initial_weights(torch, program):
    """{name: array}: what `state_dict()` of a fresh model holds."""
    torch.manual_seed(0)
    return {name: value.detach().numpy().copy() for name, value in program.model(torch).state_dict().items()}


def training_step(torch, program, weights):
    """`step(input) -> loss`."""
    model = program.model(torch)
    model.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(given):
        optimizer.zero_grad()
        loss = program.loss(torch, model, given)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


# -- a network as deep as its input says ------------------------------------------------------------------
def deep(torch, width=64):
    nn = torch.nn

    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.middle, self.last = nn.Linear(16, width), nn.Linear(width, width), nn.Linear(width, 4)

        def forward(self, x, depth):
            h = torch.relu(self.first(x))
            for _ in range(depth):
                h = h + torch.relu(self.middle(h))
            return self.last(h)

    return Deep()


def draw_deep(rng):
    return rng.standard_normal((32, 16)).astype(np.float32), rng.integers(0, 4, 32), int(rng.integers(1, 20))


def deep_loss(torch, model, given):
    x, y, depth = given
    return torch.nn.functional.cross_entropy(model(torch.from_numpy(x), depth), torch.from_numpy(y))


# -- an LSTM over trees --------------------------------------------------------------------------------------
def tree_lstm(torch, vocabulary=50, width=64):
    nn = torch.nn

    class TreeLSTM(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(vocabulary, 2 * width)
            self.gates, self.head = nn.Linear(2 * width, 5 * width), nn.Linear(width, 2)

        def node(self, tree):
            if isinstance(tree, int):
                h, c = self.words(torch.tensor(tree)).chunk(2)
                return torch.tanh(h), c
            (left_h, left_c), (right_h, right_c) = self.node(tree[0]), self.node(tree[1])
            i, f, g, o, u = self.gates(torch.cat([left_h, right_h])).chunk(5)
            c = torch.sigmoid(i) * torch.tanh(u) + torch.sigmoid(f) * left_c + torch.sigmoid(g) * right_c
            return torch.sigmoid(o) * torch.tanh(c), c

        def forward(self, tree):
            return self.head(self.node(tree)[0])

    return TreeLSTM()


def draw_tree(rng):
    """(a random binary tree of 4 to 16 leaves, its label)."""
    return grow(rng, int(rng.integers(4, 17))), int(rng.integers(0, 2))


def grow(rng, leaves):
    if leaves == 1:
        return int(rng.integers(0, 50))
    left = int(rng.integers(1, leaves))
    return grow(rng, left), grow(rng, leaves - left)


def tree_loss(torch, model, given):
    tree, label = given
    return torch.nn.functional.cross_entropy(model(tree).unsqueeze(0), torch.tensor([label]))


# -- REINFORCE -----------------------------------------------------------------------------------------------
def policy(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))


def draw_episode(rng):
    """(length, seed): an episode ends by chance, so that both libraries play equally long ones."""
    return int(rng.integers(5, 60)), int(rng.integers(1 << 30))


def play(length, seed):
    """The environment, in numpy: yields (observation, None), is sent the action, and yields (None, reward)."""
    rng = np.random.default_rng(seed)
    place = rng.standard_normal(4).astype(np.float32)
    for _ in range(length):
        action = yield place
        place = (0.9 * place + 0.3 * (2 * action - 1) + 0.1 * rng.standard_normal(4)).astype(np.float32)
        yield -float(np.abs(place).sum())


def reinforce_loss(torch, model, given):
    length, seed = given
    world = play(length, seed)
    log_probs, rewards = [], []
    for place in world:
        log_prob = torch.log_softmax(model(torch.from_numpy(place)), dim=-1)
        action = torch.multinomial(log_prob.detach().exp(), 1).item()
        log_probs.append(log_prob[action])
        rewards.append(world.send(action))
    returns = np.cumsum(rewards[::-1])[::-1]
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    return -(torch.stack(log_probs) * torch.tensor(returns.copy(), dtype=torch.float32)).sum()


PROGRAMS = [
    Program("depth", "Depth drawn for each batch (1-19 layers)", deep, draw_deep, deep_loss),
    Program("tree_lstm", "Tree-LSTM over random trees (4-16 leaves)", tree_lstm, draw_tree, tree_loss),
    Program("reinforce", "REINFORCE, episodes of 5-59 steps", policy, draw_episode, reinforce_loss, same_losses=False),
]
