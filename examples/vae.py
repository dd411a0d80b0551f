"""A variational autoencoder of digits: it learns to describe each image by eight numbers, and draws images of its own.

Source: Kingma, Welling 2014.
"""

import sys

from shared import arguments, picture, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.vision import datasets

ALLOWED_NATS = {True: 27.0, False: 24.5}  # an image on unseen digits, by --quick; the mean image alone has 34


class VAE(nn.Module):
    def __init__(self, latent=8, width=256):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, 64))

    def forward(self, x):
        """x: (batch, 64). Returns logits of the image, and mean and log-variance of its description."""
        mean, logvar = self.encoder(x).chunk(2, 1)
        z = mean + (logvar / 2).exp() * torch.randn_like(mean)
        return self.decoder(z), mean, logvar


def bound(model, x):
    """Nats that an image takes at most: what the decoder gets wrong, and what the description says."""
    logits, mean, logvar = model(x)
    wrong = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    said = -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum()
    return (wrong + said) / len(x)


def load(train):
    return torch.tensor(datasets.Digits(train=train).data).flatten(1) / 255


def main():
    args = arguments(__doc__, steps=6000, quick_steps=800, lr=1e-3)
    images, unseen = load(True), load(False)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def step(rows):
        loss = bound(model, images[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(step, jit=args.jit)
    train(lambda: step(torch.randint(0, len(images), (128,))), args.steps)
    with torch.no_grad():
        print(picture(model.decoder(torch.randn(6, 8)).sigmoid().unflatten(1, (8, 8))))
        nats = bound(model, unseen).item()
    return result("nats an unseen image takes", nats, at_most=ALLOWED_NATS[args.quick])


if __name__ == "__main__":
    sys.exit(main())
