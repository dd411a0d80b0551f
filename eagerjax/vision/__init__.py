"""Datasets, transforms, networks and operations for images, with torchvision's names. Images are Pillow's."""

from eagerjax.vision import (
    datasets as datasets,
    models as models,
    ops as ops,
    transforms as transforms,
    utils as utils,
)
