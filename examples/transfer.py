"""Transfer learning: a LeNet that knows the digits 0 to 4 learns 5 to 9 from thirty images each, its body frozen."""

import sys

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.vision import datasets, models

REQUIRED_ACCURACY = 0.75  # on the new digits; by chance it is 0.2


def load(train, digits, each=None):
    """Images (n, 1, 28, 28) of some digits, numbered from 0; of each at most `each`."""
    data = datasets.Digits(train=train)
    images, labels = torch.tensor(data.data)[:, None] / 255, torch.tensor(data.targets)
    rows = [torch.nonzero(labels == digit)[:each, 0] for digit in digits]
    targets = torch.cat([torch.full((len(r),), i) for i, r in enumerate(rows)])
    return F.interpolate(images[torch.cat(rows)], size=28, mode="bilinear"), targets


def fit(model, data, args, steps):
    images, labels = data
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=args.lr)

    def step(rows):
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(torch.randint(0, len(images), (32,))), steps)


def main():
    args = arguments(__doc__, steps=600, quick_steps=200, lr=2e-3)
    model = models.LeNet(num_classes=5)
    fit(model, load(True, range(5)), args, args.steps)

    model.requires_grad_(False)
    model.fc2, model.fc3 = nn.Linear(120, 84), nn.Linear(84, 5)  # new layers learn
    before = model.conv2.weight.clone()
    fit(model, load(True, range(5, 10), each=30), args, args.steps)
    if not torch.equal(before, model.conv2.weight):
        return "the frozen body has changed"

    images, labels = load(False, range(5, 10))
    with torch.no_grad():
        right = (model(images).argmax(1) == labels).float().mean().item()
    return result("accuracy on the new digits", right, at_least=REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
