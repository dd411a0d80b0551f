"""DCGAN: one network draws digits of 8x8 pixels, another tells them from real ones. Source: Radford et al. 2016.

The drawings are judged by a classifier that has seen real digits only.
"""

import sys

from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.vision import datasets
from eagerjax.vision.utils import save_image

REQUIRED_CONFIDENCE = {True: 0.6, False: 0.8}  # of the classifier in its guess, by --quick; for noise it is below 0.5
NOISE, BATCH = 32, 64


def generator():
    """From noise (batch, NOISE, 1, 1) to images (batch, 1, 8, 8) between -1 and 1."""
    return nn.Sequential(
        nn.ConvTranspose2d(NOISE, 64, 2, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1), nn.Tanh(),
    )  # fmt: skip


def discriminator():
    """From images to one logit: real or drawn."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 1, 2), nn.Flatten(0),
    )  # fmt: skip


def trained_classifier(images, labels):
    """A small network that names real digits."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(100):
        rows = torch.randint(0, len(images), (128,))
        optimizer.zero_grad()
        F.cross_entropy(model(images[rows]), labels[rows]).backward()
        optimizer.step()
    return model


def main():
    args = arguments(__doc__, steps=2000, quick_steps=100, lr=1e-3)
    digits = datasets.Digits(train=True)
    images, labels = torch.tensor(digits.data)[:, None] / 127.5 - 1, torch.tensor(digits.targets)
    draw, judge = generator(), discriminator()
    draw_optimizer = torch.optim.Adam(draw.parameters(), lr=args.lr, betas=(0.5, 0.999))
    judge_optimizer = torch.optim.Adam(judge.parameters(), lr=args.lr, betas=(0.5, 0.999))
    real, drawn = torch.full((BATCH,), 0.9), torch.zeros(BATCH)

    def step(rows):
        made = draw(torch.randn(BATCH, NOISE, 1, 1))
        loss = F.binary_cross_entropy_with_logits(judge(images[rows]), real)
        loss = loss + F.binary_cross_entropy_with_logits(judge(made.detach()), drawn)
        judge_optimizer.zero_grad()
        loss.backward()
        judge_optimizer.step()

        loss = F.binary_cross_entropy_with_logits(judge(made), torch.ones(BATCH))
        draw_optimizer.zero_grad()
        loss.backward()
        draw_optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(torch.randint(0, len(images), (BATCH,))), args.steps)

    draw.eval()
    classifier = trained_classifier(images, labels)
    with torch.no_grad():
        made = draw(torch.randn(200, NOISE, 1, 1))
        sure, kind = classifier(made).softmax(1).max(1)
        noise = classifier(torch.rand(200, 1, 8, 8) * 2 - 1).softmax(1).max(1).values
    print(f"confidence in noise: {noise.mean().item():.4f}")
    print(f"kinds of digits drawn: {len(kind.unique())} of 10")
    if not args.quick:
        save_image(made[:64], "digits_drawn.png", normalize=True, value_range=(-1, 1))
    return result("confidence of a classifier in the drawings", sure.mean().item(),
                  at_least=REQUIRED_CONFIDENCE[args.quick])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
