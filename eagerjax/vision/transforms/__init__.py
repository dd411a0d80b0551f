"""Transforms of images: Pillow's, and tensors (..., C, H, W)."""

from eagerjax.vision.transforms import functional as functional
from eagerjax.vision.transforms.auto import (
    AutoAugment as AutoAugment,
    AutoAugmentPolicy as AutoAugmentPolicy,
    RandAugment as RandAugment,
    TrivialAugmentWide as TrivialAugmentWide,
)
from eagerjax.vision.transforms.colour import ColorJitter as ColorJitter, Grayscale as Grayscale
from eagerjax.vision.transforms.convert import (
    Compose as Compose,
    Lambda as Lambda,
    Normalize as Normalize,
    PILToTensor as PILToTensor,
    ToPILImage as ToPILImage,
    ToTensor as ToTensor,
)
from eagerjax.vision.transforms.effects import (
    GaussianBlur as GaussianBlur,
    RandomAdjustSharpness as RandomAdjustSharpness,
    RandomAffine as RandomAffine,
    RandomAutocontrast as RandomAutocontrast,
    RandomEqualize as RandomEqualize,
    RandomErasing as RandomErasing,
    RandomInvert as RandomInvert,
    RandomPerspective as RandomPerspective,
    RandomPosterize as RandomPosterize,
    RandomSolarize as RandomSolarize,
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
from eagerjax.vision.transforms.parts import (
    ConvertImageDtype as ConvertImageDtype,
    FiveCrop as FiveCrop,
    LinearTransformation as LinearTransformation,
    RandomApply as RandomApply,
    RandomChoice as RandomChoice,
    RandomGrayscale as RandomGrayscale,
    RandomOrder as RandomOrder,
    TenCrop as TenCrop,
)
