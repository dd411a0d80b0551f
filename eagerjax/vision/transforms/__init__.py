"""Transforms of images: Pillow's, and tensors (..., C, H, W)."""

from eagerjax.vision.transforms import functional as functional
from eagerjax.vision.transforms.colour import ColorJitter as ColorJitter
from eagerjax.vision.transforms.colour import Grayscale as Grayscale
from eagerjax.vision.transforms.convert import Compose as Compose
from eagerjax.vision.transforms.convert import Lambda as Lambda
from eagerjax.vision.transforms.convert import Normalize as Normalize
from eagerjax.vision.transforms.convert import PILToTensor as PILToTensor
from eagerjax.vision.transforms.convert import ToPILImage as ToPILImage
from eagerjax.vision.transforms.convert import ToTensor as ToTensor
from eagerjax.vision.transforms.functional import InterpolationMode as InterpolationMode
from eagerjax.vision.transforms.geometry import CenterCrop as CenterCrop
from eagerjax.vision.transforms.geometry import Pad as Pad
from eagerjax.vision.transforms.geometry import RandomCrop as RandomCrop
from eagerjax.vision.transforms.geometry import RandomHorizontalFlip as RandomHorizontalFlip
from eagerjax.vision.transforms.geometry import RandomResizedCrop as RandomResizedCrop
from eagerjax.vision.transforms.geometry import RandomRotation as RandomRotation
from eagerjax.vision.transforms.geometry import RandomVerticalFlip as RandomVerticalFlip
from eagerjax.vision.transforms.geometry import Resize as Resize
