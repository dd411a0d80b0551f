"""GPT: a small Transformer learns to go on with text, symbol by symbol, and writes some of its own."""

import sys

from shared import arguments, result, train
from shared.gpt import GPT
from shared.text import batch_of, read_text

import eagerjax as torch
import eagerjax.nn.functional as F

ALLOWED_LOSS = {True: 2.45, False: 1.6}  # nats a symbol on text that it has not seen, by --quick; untrained it has 4.6
TIME = 64


@torch.no_grad()
def sample(model, symbols, start, length, temperature=0.7):
    """Text that the model goes on with after `start`, numbers of at least TIME symbols."""
    text = start.tolist()
    for _ in range(length):
        logits = model(torch.tensor([text[-TIME:]]))[0, -1]
        text.append(torch.multinomial((logits / temperature).softmax(0), 1).item())
    return "".join(symbols[i] for i in text[len(start) :])


@torch.no_grad()
def mean_loss(model, text, batches=10):
    losses = []
    for _ in range(batches):
        x, y = batch_of(text, 32, TIME)
        losses.append(F.cross_entropy(model(x).flatten(0, 1), y.flatten()))
    return torch.stack(losses).mean().item()


def main():
    args = arguments(__doc__, steps=3000, quick_steps=300, lr=2e-3)
    text, symbols = read_text(200_000)
    known, unseen = text[:180_000], text[180_000:]
    model = GPT(len(symbols), TIME)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.lr, total_steps=args.steps)

    def step(x, y):
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)

    def update():
        loss = step(*batch_of(known, 32, TIME))
        schedule.step()
        return loss

    train(update, args.steps)
    model.eval()
    print("sample:", repr(sample(model, symbols, unseen[:TIME], 80)))
    return result("loss on unseen text", mean_loss(model, unseen), at_most=ALLOWED_LOSS[args.quick])


if __name__ == "__main__":
    sys.exit(main())
