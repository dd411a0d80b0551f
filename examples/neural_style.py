"""Neural style: an image keeps its shapes and takes on the texture of another, by what a convolutional network sees in both.

Source: Gatys, Ecker, Bethge 2016; that untrained networks serve for textures: Ustyuzhaninov et al. 2016. Needs no download.
"""

import sys

from shared import arguments, picture, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn

ALLOWED_STYLE = {True: 0.05, False: 0.02}  # the style's distance at the end, as a part of that at the beginning, by --quick
ALLOWED_CONTENT = 0.6  # the content's distance, as a part of the distance that the style image itself has
SIZE = 48


def shapes():
    """A disk and a square (1, 3, SIZE, SIZE)."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    disk = ((x - 15) ** 2 + (y - 17) ** 2 < 100).float()
    square = ((x - 34).abs().maximum((y - 32).abs()) < 8).float()
    return torch.stack([disk, square, 0.2 + 0.3 * (disk + square)])[None].clamp(0, 1)


def stripes():
    """Slanting stripes of two colours (1, 3, SIZE, SIZE)."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    wave = torch.sin((x + 2 * y) * 0.9) / 2 + 0.5
    return torch.stack([wave, 0.5 * wave + 0.2, 1 - wave])[None]


class Features(nn.Module):
    """What each of three convolutions, untrained, sees in an image."""

    def __init__(self):
        super().__init__()
        sizes = zip((3, 32, 64), (32, 64, 64), strict=True)
        self.layers = nn.ModuleList([nn.Conv2d(a, b, 3, padding=1, padding_mode="reflect") for a, b in sizes])
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight, 2**0.5)
        self.requires_grad_(False)

    def forward(self, x):
        seen = []
        for i, layer in enumerate(self.layers):
            x = layer(x if i == 0 else F.avg_pool2d(x, 2)).relu()
            seen.append(x)
        return seen


def gram(seen):
    """How strongly channels go together, wherever in the image: (channels, channels)."""
    flat = seen[0].flatten(1)
    return flat @ flat.T / flat.shape[1]


def main():
    args = arguments(__doc__, steps=1000, quick_steps=250, lr=0.03)
    features = Features()
    content, style = shapes(), stripes()
    wanted, grams = features(content)[-1], [gram(s) for s in features(style)]
    image = nn.Parameter(content.clone())
    optimizer = torch.optim.Adam([image], lr=args.lr)

    def distances(image):
        seen = features(image)
        looks = sum(F.mse_loss(gram(s), g) / g.square().mean() for s, g in zip(seen, grams, strict=True))
        return looks, F.mse_loss(seen[-1], wanted) / wanted.square().mean()

    def step():
        looks, shape = distances(image)
        loss = looks + 0.3 * shape
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            image.clamp_(0, 1)
        return loss

    with torch.no_grad():
        before, other = distances(content)[0].item(), distances(style)[1].item()
    train(torch.compile(step, jit=args.jit), args.steps)
    with torch.no_grad():
        looks, shape = (d.item() for d in distances(image))
        print(picture(F.avg_pool2d(torch.cat([content, style, image]).mean(1), (2, 2))))
    failed = result("distance to the style", looks / before, at_most=ALLOWED_STYLE[args.quick])
    return failed or result("distance to the content", shape / other, at_most=ALLOWED_CONTENT)


if __name__ == "__main__":
    sys.exit(main())
