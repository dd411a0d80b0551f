"""Sequence to sequence with attention: dates written in many ways are translated to year-month-day, letter by letter.

Source: Bahdanau, Cho, Bengio 2015, with attention by dot product.
"""

import datetime
import random
import sys

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn

REQUIRED_ACCURACY = {True: 0.75, False: 0.99}  # of letters, by --quick; always guessing the best letter gives 0.4
FORMATS = ["%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%A %d %b %Y", "%b %d %y"]
LETTERS = "\0" + "".join(sorted({c for f in FORMATS for m in range(1, 13) for d in range(1, 32) for c in
                                 datetime.date(1987, m, min(d, 28)).strftime(f)} | set("0123456789-")))  # fmt: skip
LONGEST, TIME = 26, 10


def numbers(text, length):
    return [LETTERS.index(c) for c in text.ljust(length, "\0")]


def dates(count):
    """(as somebody wrote them (count, LONGEST), as year-month-day (count, TIME)) as numbers of letters."""
    days = [datetime.date(1970, 1, 1) + datetime.timedelta(random.randrange(365 * 60)) for _ in range(count)]
    written = [day.strftime(random.choice(FORMATS)) for day in days]
    return (torch.tensor([numbers(text, LONGEST) for text in written]),
            torch.tensor([numbers(day.isoformat(), TIME) for day in days]))  # fmt: skip


class Translator(nn.Module):
    """A GRU reads both ways, another writes, looking at what was read by attention."""

    def __init__(self, width=64):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), width)
        self.reader = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.memory = nn.Linear(2 * width, width)
        self.writer = nn.GRUCell(2 * width, width)
        self.out = nn.Linear(2 * width, len(LETTERS))

    def forward(self, text, target=None):
        """Logits (batch, TIME, letters). With a `target` each letter is guessed after the true ones before it."""
        memory = self.memory(self.reader(self.embedding(text))[0])
        blank = (text == 0)[:, :, None]
        state, seen = memory.mean(1), memory.mean(1)
        letter = torch.zeros(len(text), dtype=torch.int64)
        logits = []
        for i in range(TIME):
            state = self.writer(torch.cat([self.embedding(letter), seen], 1), state)
            weights = (memory @ state[:, :, None]).masked_fill(blank, -torch.inf).softmax(1)
            seen = (weights * memory).sum(1)
            logits.append(self.out(torch.cat([state, seen], 1)))
            letter = logits[-1].argmax(1) if target is None else target[:, i]
        return torch.stack(logits, 1)


def main():
    args = arguments(__doc__, steps=2000, quick_steps=100, lr=5e-3)
    random.seed(args.seed)
    model = Translator()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def step(text, target):
        loss = F.cross_entropy(model(text, target).flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(*dates(64)), args.steps)

    model.eval()
    text, target = dates(256)
    with torch.no_grad():
        guess = model(text).argmax(2)
    for row, made in zip(text[:3].tolist(), guess[:3].tolist()):
        print("".join(LETTERS[i] for i in row).strip("\0"), "->", "".join(LETTERS[i] for i in made))
    right = (guess == target).float().mean().item()
    return result("letters that are right", right, at_least=REQUIRED_ACCURACY[args.quick])


if __name__ == "__main__":
    sys.exit(main())
