"""MAML: weights from which a few gradient steps are enough for a new task. Gradients flow through gradients.

Each task is a sine of its own amplitude and phase; ten points of it must do. Source: Finn, Abbeel, Levine 2017, 5.1.
"""

import math
import sys

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.func import functional_call

ALLOWED_LOSS = {True: 2.5, False: 1.0}  # after one step on a new task, by --quick; without learning it is about 4
TASKS, POINTS, INNER_LR = 4, 10, 0.03


def tasks(count):
    """`count` sines: (points to learn from, points to be judged by), each (count, POINTS, 1) of x and of y."""
    amplitude = torch.rand(count, 1, 1) * 4.9 + 0.1
    phase = torch.rand(count, 1, 1) * math.pi
    x = torch.rand(count, 2 * POINTS, 1) * 10 - 5
    y = amplitude * torch.sin(x - phase)
    return (x[:, :POINTS], y[:, :POINTS]), (x[:, POINTS:], y[:, POINTS:])


def adapted(model, params, x, y, create_graph):
    """The parameters after one step on a task's points; with `create_graph` they can be differentiated again."""
    loss = F.mse_loss(functional_call(model, params, (x,)), y)
    grads = torch.autograd.grad(loss, list(params.values()), create_graph=create_graph)
    return {name: p - INNER_LR * g for (name, p), g in zip(params.items(), grads)}


def loss_after_adaptation(model, count, create_graph=True):
    """Mean over tasks of the loss on new points, after a step on the known ones."""
    (x, y), (new_x, new_y) = tasks(count)
    params = dict(model.named_parameters())
    total = 0.0
    for i in range(count):
        fast = adapted(model, params, x[i], y[i], create_graph)
        total = total + F.mse_loss(functional_call(model, fast, (new_x[i],)), new_y[i])
    return total / count


def main():
    args = arguments(__doc__, steps=5000, quick_steps=400, lr=3e-3)
    model = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def step():
        loss = loss_after_adaptation(model, TASKS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    train(torch.compile(step, jit=args.jit), args.steps)
    losses = [loss_after_adaptation(model, TASKS, create_graph=False).item() for _ in range(25)]
    return result("loss on new tasks after one step", sum(losses) / 25, at_most=ALLOWED_LOSS[args.quick])


if __name__ == "__main__":
    sys.exit(main())
