"""Digits: real handwritten digits that come with the package."""

import os

import numpy as np

from eagerjax.vision.datasets.vision import ArrayDataset

_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "digits.npz")


class Digits(ArrayDataset):
    """1,797 handwritten digits of 8x8 pixels, embedded: no download. Every fifth one is for testing.

    The arguments are MNIST's; `root` and `download` are not used. Source and licence: data/DIGITS_LICENSE.md.

    >>> len(Digits(train=True)), len(Digits(train=False))
    (1438, 359)
    """

    classes = [str(i) for i in range(10)]

    def __init__(self, root=None, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, train, transform, target_transform)
        with np.load(_FILE) as file:
            images, labels = file["images"], file["labels"]
        chosen = (np.arange(len(labels)) % 5 == 4) != bool(train)
        self.data = (images[chosen].astype(np.uint16) * 255 // 16).astype(np.uint8)
        self.targets = labels[chosen].astype(np.int64)
