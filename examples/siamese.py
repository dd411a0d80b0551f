"""A siamese network: digits are put on a map where the same digits lie close together, learned from pairs alone.

It never sees a label, only whether two images show the same digit. Source of the loss: Hadsell, Chopra, LeCun 2006.
"""

import sys

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.vision import datasets

REQUIRED_ACCURACY = 0.93  # of the nearest neighbour on the map


class Twin(nn.Module):
    """From an image (batch, 1, 8, 8) to a place on the map (batch, 16)."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 64), nn.ReLU()
        )
        self.place = nn.Linear(64, 16)

    def forward(self, x):
        return self.place(self.features(x))


def contrastive(first, second, same, margin=1.5):
    """Pull equal digits together; push different ones apart until they are `margin` away."""
    distance = F.pairwise_distance(first, second)
    return torch.where(same, distance**2, F.relu(margin - distance) ** 2).mean()


def load(train):
    digits = datasets.Digits(train=train)
    return torch.tensor(digits.data)[:, None] / 255, torch.tensor(digits.targets)


def main():
    args = arguments(__doc__, steps=1500, quick_steps=150, lr=2e-3)
    images, labels = load(train=True)
    model = Twin()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def step(rows, others):
        loss = contrastive(model(images[rows]), model(images[others]), labels[rows] == labels[others])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(*torch.randint(0, len(images), (2, 128))), args.steps)

    model.eval()
    test_images, test_labels = load(train=False)
    with torch.no_grad():
        nearest = torch.cdist(model(test_images), model(images)).argmin(1)
        right = (labels[nearest] == test_labels).float().mean().item()
    return result("accuracy of the nearest neighbour", right, at_least=REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
