"""torch.autograd.Function: a quantiser with a straight-through gradient, trained inside a small network."""

import argparse
import sys

from tqdm import tqdm

import eagerjax as torch
from eagerjax import nn
from eagerjax.vision import datasets

REQUIRED_ACCURACY = 0.88  # with weights of three values


class Quantise(torch.autograd.Function):
    """Round to a multiple of `step` within [-limit, limit]; the gradient passes as if nothing had been rounded."""

    @staticmethod
    def forward(ctx, x, step, limit):
        ctx.save_for_backward(x)
        ctx.limit = limit
        return torch.clamp(torch.round(x / step) * step, -limit, limit)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x.abs() <= 2 * ctx.limit), None, None


class QuantisedLinear(nn.Linear):
    """A linear layer that computes with weights of three values: -scale, 0 and scale."""

    def quantised(self):
        scale = self.weight.detach().abs().mean().item()
        return Quantise.apply(self.weight, scale, scale)

    def forward(self, x):
        return nn.functional.linear(x, self.quantised(), self.bias)


def load(train):
    digits = datasets.Digits(train=train)
    return torch.tensor(digits.data).flatten(1) / 255, torch.tensor(digits.targets)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="200 steps")
    args = parser.parse_args()
    steps = 200 if args.quick else args.steps

    torch.manual_seed(args.seed)
    images, labels = load(train=True)
    model = nn.Sequential(QuantisedLinear(64, 128), nn.ReLU(), QuantisedLinear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    bar = tqdm(range(steps), mininterval=1)
    for _ in bar:
        rows = torch.randint(0, len(images), (128,))
        loss = nn.functional.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)

    images, labels = load(train=False)
    with torch.no_grad():
        final = (model(images).argmax(1) == labels).float().mean().item()
    values = len(model[0].quantised().unique())
    print(f"validation accuracy {final:.4f} (required: {REQUIRED_ACCURACY}) with weights of {values} values")
    return int(final < REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
