"""Policies of augmentation: AutoAugment, RandAugment, TrivialAugment.

Sources: Cubuk et al. 2019 (tables 7 to 9), Cubuk et al. 2020, Müller and Hutter 2021.
"""

import enum
import math

import numpy as np

from eagerjax.utils.data.draw import randint, uniform
from eagerjax.utils.data.host import is_tensor
from eagerjax.vision.transforms import functional as F
from eagerjax.vision.transforms.base import Transform
from eagerjax.vision.transforms.functional import InterpolationMode


class AutoAugmentPolicy(enum.Enum):
    """What a policy was learned on."""

    IMAGENET = "imagenet"
    CIFAR10 = "cifar10"
    SVHN = "svhn"


# Pairs of operation, tenths of probability, magnitude.
_POLICIES = {
    AutoAugmentPolicy.IMAGENET: """
        Posterize 4 8 Rotate 6 9; Solarize 6 5 AutoContrast 6 -; Equalize 8 - Equalize 6 -; Posterize 6 7 Posterize 6 6;
        Equalize 4 - Solarize 2 4; Equalize 4 - Rotate 8 8; Solarize 6 3 Equalize 6 -; Posterize 8 5 Equalize 10 -;
        Rotate 2 3 Solarize 6 8; Equalize 6 - Posterize 4 6; Rotate 8 8 Color 4 0; Rotate 4 9 Equalize 6 -;
        Equalize 0 - Equalize 8 -; Invert 6 - Equalize 10 -; Color 6 4 Contrast 10 8; Rotate 8 8 Color 10 2;
        Color 8 8 Solarize 8 7; Sharpness 4 7 Invert 6 -; ShearX 6 5 Equalize 10 -; Color 4 0 Equalize 6 -;
        Equalize 4 - Solarize 2 4; Solarize 6 5 AutoContrast 6 -; Invert 6 - Equalize 10 -; Color 6 4 Contrast 10 8;
        Equalize 8 - Equalize 6 -""",
    AutoAugmentPolicy.CIFAR10: """
        Invert 1 - Contrast 2 6; Rotate 7 2 TranslateX 3 9; Sharpness 8 1 Sharpness 9 3; ShearY 5 8 TranslateY 7 9;
        AutoContrast 5 - Equalize 9 -; ShearY 2 7 Posterize 3 7; Color 4 3 Brightness 6 7; Sharpness 3 9 Brightness 7 9;
        Equalize 6 - Equalize 5 -; Contrast 6 7 Sharpness 6 5; Color 7 7 TranslateX 5 8; Equalize 3 - AutoContrast 4 -;
        TranslateY 4 3 Sharpness 2 6; Brightness 9 6 Color 2 8; Solarize 5 2 Invert 0 -; Equalize 2 - AutoContrast 6 -;
        Equalize 2 - Equalize 6 -; Color 9 9 Equalize 6 -; AutoContrast 8 - Solarize 2 8; Brightness 1 3 Color 7 0;
        Solarize 4 5 AutoContrast 9 -; TranslateY 9 9 TranslateY 7 9; AutoContrast 9 - Solarize 8 3;
        Equalize 8 - Invert 1 -; TranslateY 7 9 AutoContrast 9 -""",
    AutoAugmentPolicy.SVHN: """
        ShearX 9 4 Invert 2 -; ShearY 9 8 Invert 7 -; Equalize 6 - Solarize 6 6; Invert 9 - Equalize 6 -;
        Equalize 6 - Rotate 9 3; ShearX 9 4 AutoContrast 8 -; ShearY 9 8 Invert 4 -; ShearY 9 5 Solarize 2 6;
        Invert 9 - AutoContrast 8 -; Equalize 6 - Rotate 9 3; ShearX 9 4 Solarize 3 3; ShearY 8 8 Invert 7 -;
        Equalize 9 - TranslateY 6 6; Invert 9 - Equalize 6 -; Contrast 3 3 Rotate 8 4; Invert 8 - TranslateY 0 2;
        ShearY 7 6 Solarize 4 8; Invert 6 - Rotate 8 4; ShearY 3 7 TranslateX 9 3; ShearX 1 6 Invert 6 -;
        Solarize 7 2 TranslateY 6 7; ShearY 8 4 Invert 8 -; ShearX 7 9 TranslateY 8 3; ShearY 8 5 AutoContrast 7 -;
        ShearX 7 2 Invert 1 -""",
}


def policy_of(kind):
    """[((operation, probability, magnitude or None), ...)] of a learned policy."""
    made = []
    for pair in _POLICIES[kind].split(";"):
        words = pair.split()
        steps = zip(words[::3], words[1::3], words[2::3])
        made.append(tuple((name, int(p) / 10, None if m == "-" else int(m)) for name, p, m in steps))
    return made


def _affine(img, interpolation, fill, translate=(0, 0), shear=(0.0, 0.0), center=None):
    return F.affine(img, 0.0, list(translate), 1.0, list(shear), interpolation, fill, center)


def apply(img, name, magnitude, interpolation, fill):
    """One operation of a policy. Raises ValueError for an unknown name."""
    place = {"interpolation": interpolation, "fill": fill}
    slant = math.degrees(math.atan(magnitude))
    changes = {
        "ShearX": lambda: _affine(img, shear=(slant, 0.0), center=[0, 0], **place),
        "ShearY": lambda: _affine(img, shear=(0.0, slant), center=[0, 0], **place),
        "TranslateX": lambda: _affine(img, translate=(int(magnitude), 0), **place),
        "TranslateY": lambda: _affine(img, translate=(0, int(magnitude)), **place),
        "Rotate": lambda: F.rotate(img, magnitude, **place),
        "Brightness": lambda: F.adjust_brightness(img, 1.0 + magnitude),
        "Color": lambda: F.adjust_saturation(img, 1.0 + magnitude),
        "Contrast": lambda: F.adjust_contrast(img, 1.0 + magnitude),
        "Sharpness": lambda: F.adjust_sharpness(img, 1.0 + magnitude),
        "Posterize": lambda: F.posterize(img, int(magnitude)),
        "Solarize": lambda: F.solarize(img, magnitude),
        "AutoContrast": lambda: F.autocontrast(img),
        "Equalize": lambda: F.equalize(img),
        "Invert": lambda: F.invert(img),
        "Identity": lambda: img,
    }
    if name not in changes:
        raise ValueError(f"The provided operator {name} is not recognized.")
    return changes[name]()


_SIGNED = ("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color", "Contrast", "Sharpness")


def _space(bins, shear, shift, turn, strength, bits):
    """{operation: its magnitudes from weak to strong, or None}"""
    most = dict(zip(_SIGNED, (shear, shear, *shift, turn, *[strength] * 4)))
    made = {"Identity": None, **{name: np.linspace(0.0, top, bins) for name, top in most.items()}}
    made["Posterize"] = 8 - np.round(np.arange(bins) / ((bins - 1) / bits))
    made["Solarize"] = np.linspace(255.0, 0.0, bins)
    return {**made, "AutoContrast": None, "Equalize": None}


class _Policy(Transform):
    """Base of the three: images in, images out."""

    def __init__(self, interpolation, fill):
        self.interpolation = F.mode_of(interpolation)
        self.fill = fill

    def _changed(self, img, name, magnitude, negative):
        if name in _SIGNED and negative:
            magnitude = -magnitude
        channels = F.get_dimensions(img)[0]
        fill = self.fill
        if is_tensor(img) and fill is not None:
            fill = [float(fill)] * channels if isinstance(fill, (int, float)) else [float(f) for f in fill]
        return apply(img, name, magnitude, self.interpolation, fill)

    def __repr__(self):
        given = ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)
        return f"{type(self).__name__}({given})"


class AutoAugment(_Policy):
    """One of 25 pairs of operations, learned on a data set."""

    _shown = ("policy", "fill")

    def __init__(self, policy=AutoAugmentPolicy.IMAGENET, interpolation=InterpolationMode.NEAREST, fill=None):
        super().__init__(interpolation, fill)
        self.policy = policy
        self.policies = policy_of(policy)

    def forward(self, img):
        _, height, width = F.get_dimensions(img)
        shift = (150.0 / 331.0 * width, 150.0 / 331.0 * height)
        space = _space(10, 0.3, shift, 30.0, 0.9, bits=4)
        chosen = self.policies[randint(len(self.policies))]
        chances = [uniform() for _ in chosen]
        negatives = [randint(2) == 0 for _ in chosen]
        for (name, p, level), chance, negative in zip(chosen, chances, negatives):
            if chance <= p:
                magnitude = 0.0 if level is None else float(space[name][level])
                img = self._changed(img, name, magnitude, negative)
        return img


class RandAugment(_Policy):
    """`num_ops` random operations of one strength."""

    _shown = ("num_ops", "magnitude", "num_magnitude_bins", "interpolation", "fill")

    def __init__(self, num_ops=2, magnitude=9, num_magnitude_bins=31, interpolation=InterpolationMode.NEAREST,
                 fill=None):  # fmt: skip
        super().__init__(interpolation, fill)
        self.num_ops = num_ops
        self.magnitude = magnitude
        self.num_magnitude_bins = num_magnitude_bins

    def forward(self, img):
        _, height, width = F.get_dimensions(img)
        shift = (150.0 / 331.0 * width, 150.0 / 331.0 * height)
        space = _space(self.num_magnitude_bins, 0.3, shift, 30.0, 0.9, bits=4)
        for _ in range(self.num_ops):
            name = list(space)[randint(len(space))]
            magnitude = 0.0 if space[name] is None else float(space[name][self.magnitude])
            img = self._changed(img, name, magnitude, name in _SIGNED and randint(2) == 1)
        return img


class TrivialAugmentWide(_Policy):
    """One random operation of random strength."""

    _shown = ("num_magnitude_bins", "interpolation", "fill")

    def __init__(self, num_magnitude_bins=31, interpolation=InterpolationMode.NEAREST, fill=None):
        super().__init__(interpolation, fill)
        self.num_magnitude_bins = num_magnitude_bins

    def forward(self, img):
        space = _space(self.num_magnitude_bins, 0.99, (32.0, 32.0), 135.0, 0.99, bits=6)
        name = list(space)[randint(len(space))]
        magnitude = 0.0 if space[name] is None else float(space[name][randint(self.num_magnitude_bins)])
        return self._changed(img, name, magnitude, name in _SIGNED and randint(2) == 1)
