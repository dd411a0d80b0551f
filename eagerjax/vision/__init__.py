"""Datasets and transforms of images, with torchvision's names. Needs Pillow."""

from eagerjax.vision import datasets as datasets, transforms as transforms
