"""A character-level LSTM on the text of Python's own documentation, which every Python carries with it."""

import argparse
import sys

from shared.text import batch_of, read_text
from tqdm import tqdm

import eagerjax as torch
from eagerjax import nn

ALLOWED_LOSS = {True: 2.3, False: 1.4}  # nats a character, over the last steps; by --quick


class CharLSTM(nn.Module):
    def __init__(self, symbols, hidden):
        super().__init__()
        self.embedding = nn.Embedding(symbols, 32)
        self.lstm = nn.LSTM(32, hidden, batch_first=True)
        self.out = nn.Linear(hidden, symbols)

    def forward(self, x, state=None):
        """x: (batch, time) of symbol numbers. Returns logits (batch, time, symbols) and the LSTM's state."""
        y, state = self.lstm(self.embedding(x), state)
        return self.out(y), state


@torch.no_grad()
def sample(model, symbols, start, length, temperature=0.7):
    """Text that the model goes on with after `start`."""
    model.eval()
    x = torch.tensor([[symbols.index(symbol) for symbol in start]])
    state, text = None, start
    for _ in range(length):
        logits, state = model(x, state)
        chances = torch.softmax(logits[0, -1] / temperature, dim=-1)
        x = torch.multinomial(chances, 1)[None]
        text += symbols[x.item()]
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--time", type=int, default=48)
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="150 steps")
    args = parser.parse_args()
    steps = 150 if args.quick else args.steps

    torch.manual_seed(args.seed)
    text, symbols = read_text(200_000)
    model = CharLSTM(len(symbols), args.hidden)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    losses = []
    bar = tqdm(range(steps), mininterval=1)
    for _ in bar:
        x, y = batch_of(text, 32, args.time)
        logits, _ = model(x)
        loss = loss_fn(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)

    final = sum(losses[-20:]) / len(losses[-20:])
    allowed = ALLOWED_LOSS[args.quick]
    print("sample:", repr(sample(model, symbols, "The ", 80)))
    print(f"loss: first {losses[0]:.3f}, mean of the last 20 steps {final:.3f} (allowed: {allowed})")
    return int(final > allowed)


if __name__ == "__main__":
    sys.exit(main())
