"""LoRA: a checkpoint is adapted to other images by small matrices beside its frozen ones.

First a network learns the digits and is saved. Then it is loaded, everything in it is frozen, and only the added
matrices learn digits whose images are upside down and in negative. Source: Hu et al. 2022.
"""

import pathlib
import sys
import tempfile

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.vision import datasets

REQUIRED_ACCURACY = 0.85  # on the changed images; without adaptation it is about 0.1


class LoRALinear(nn.Module):
    """A frozen linear layer and, beside it, a map of low rank that starts at zero."""

    def __init__(self, base, rank=8, alpha=16.0):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) * base.in_features**-0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + F.linear(F.linear(x, self.down), self.up) * self.scale

    def merged(self):
        """A plain linear layer that does the same."""
        layer = nn.Linear(self.base.in_features, self.base.out_features)
        with torch.no_grad():
            layer.weight.copy_(self.base.weight + self.scale * self.up @ self.down)
            layer.bias.copy_(self.base.bias)
        return layer


def network():
    return nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


def load(train, changed=False):
    digits = datasets.Digits(train=train)
    images = torch.tensor(digits.data) / 255
    images = 1 - images.flip(1) if changed else images
    return images.flatten(1), torch.tensor(digits.targets)


def fit(model, data, args, lr):
    """Train what needs a gradient."""
    images, labels = data
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr)

    def step(rows):
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(torch.randint(0, len(images), (128,))), args.steps)


@torch.no_grad()
def accuracy(model, data):
    images, labels = data
    return (model(images).argmax(1) == labels).float().mean().item()


def main():
    args = arguments(__doc__, steps=1000, quick_steps=200, lr=2e-3)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "digits.pth"
        first = network()
        fit(first, load(train=True), args, args.lr)
        torch.save(first.state_dict(), path)
        model = network()
        model.load_state_dict(torch.load(path))
    test, plain_test = load(train=False, changed=True), load(train=False)
    before = accuracy(model, test)

    model = nn.Sequential(*(LoRALinear(m) if isinstance(m, nn.Linear) else m for m in model))
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
    total = sum(p.numel() for p in model.parameters())
    fit(model, load(train=True, changed=True), args, 10 * args.lr)  # small matrices take larger steps
    print(f"accuracy before: {before:.4f}; parameters that learned: {learning:,} of {total:,}")

    merged = nn.Sequential(*(m.merged() if isinstance(m, LoRALinear) else m for m in model))
    with torch.no_grad():
        torch.testing.assert_close(merged(test[0]), model(test[0]), rtol=1e-3, atol=1e-3)
    kept = nn.Sequential(*(m.base if isinstance(m, LoRALinear) else m for m in model))
    if accuracy(kept, plain_test) != accuracy(first, plain_test):
        return "the frozen weights have changed"
    return result("accuracy on the changed images", accuracy(merged, test), at_least=REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
