"""Prefix tuning: a frozen Transformer is told what to do by a few learned keys and values, and not by its input.

First it learns to add any number from 0 to 9 to the digits of a row; the number stands in front. Then everything is frozen, what
stands in front says nothing, and a prefix learns to mean one of the numbers. Source: Li, Liang 2021.
"""

import sys

from shared import arguments, result, train
from shared.gpt import GPT

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn

REQUIRED_ACCURACY = 0.95  # of digits; without the prefix it is about 0.1
LENGTH, BLANK, SYMBOLS, HEADS, PREFIX = 6, 10, 11, 4, 4


def rows(count, number=None):
    """(what stands in front and digits (count, 1 + LENGTH), the digits with the number added (count, LENGTH))."""
    digits = torch.randint(0, 10, (count, LENGTH))
    front = torch.randint(0, 10, (count, 1)) if number is None else torch.full((count, 1), BLANK)
    added = (digits + (front if number is None else number)) % 10
    return torch.cat([front, digits], 1), added


def fit(model, parameters, lr, args, number=None, prefixes=None):
    optimizer = torch.optim.Adam(parameters, lr=lr)

    def step(x, y):
        loss = F.cross_entropy(model(x, prefixes)[:, 1:].flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(*rows(128, number)), args.steps)


@torch.no_grad()
def accuracy(model, number=None, prefixes=None):
    x, y = rows(500, number)
    return (model(x, prefixes)[:, 1:].argmax(2) == y).float().mean().item()


def main():
    args = arguments(__doc__, steps=2000, quick_steps=800, lr=3e-3)
    model = GPT(SYMBOLS, 1 + LENGTH, heads=HEADS)
    fit(model, model.parameters(), args.lr, args)
    print(f"accuracy with the number in front: {accuracy(model):.4f}")

    model.requires_grad_(False)
    number = 7
    before = accuracy(model, number)
    width = model.head.in_features // HEADS
    prefixes = nn.ParameterList([nn.Parameter(0.1 * torch.randn(2, HEADS, PREFIX, width)) for _ in model.blocks])
    fit(model, prefixes.parameters(), 10 * args.lr, args, number, prefixes)  # few numbers take larger steps
    learned, total = (sum(p.numel() for p in m.parameters()) for m in (prefixes, model))
    print(f"accuracy without: {before:.4f}; numbers that learned: {learned:,} beside {total:,} frozen ones")
    return result("accuracy with the prefix", accuracy(model, number, prefixes), at_least=REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
