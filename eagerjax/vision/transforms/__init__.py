"""Transforms of images: Pillow's, and tensors (..., C, H, W)."""

from eagerjax.vision.transforms import functional as functional
from eagerjax.vision.transforms.colour import ColorJitter as ColorJitter, Grayscale as Grayscale
from eagerjax.vision.transforms.convert import (
    Compose as Compose,
    Lambda as Lambda,
    Normalize as Normalize,
    PILToTensor as PILToTensor,
    ToPILImage as ToPILImage,
    ToTensor as ToTensor,
)
from eagerjax.vision.transforms.functional import InterpolationMode as InterpolationMode
from eagerjax.vision.transforms.geometry import (
    CenterCrop as CenterCrop,
    Pad as Pad,
    RandomCrop as RandomCrop,
    RandomHorizontalFlip as RandomHorizontalFlip,
    RandomResizedCrop as RandomResizedCrop,
    RandomRotation as RandomRotation,
    RandomVerticalFlip as RandomVerticalFlip,
    Resize as Resize,
)
