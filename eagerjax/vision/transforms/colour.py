"""Transforms of colour."""

from eagerjax.utils.data.draw import permutation, uniform
from eagerjax.vision.transforms import functional as F
from eagerjax.vision.transforms.base import Transform


class Grayscale(Transform):
    """Grey, in one channel or three equal ones."""

    def __init__(self, num_output_channels=1):
        self.num_output_channels = num_output_channels

    def forward(self, img):
        return F.to_grayscale(img, self.num_output_channels)

    def __repr__(self):
        return f"{type(self).__name__}(num_output_channels={self.num_output_channels})"


class ColorJitter(Transform):
    """Brightness, contrast, saturation and hue changed at random, in random order."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        self.brightness = _range(brightness, "brightness")
        self.contrast = _range(contrast, "contrast")
        self.saturation = _range(saturation, "saturation")
        self.hue = _range(hue, "hue", 0, (-0.5, 0.5), False)

    def forward(self, img):
        steps = (
            (F.adjust_brightness, self.brightness),
            (F.adjust_contrast, self.contrast),
            (F.adjust_saturation, self.saturation),
            (F.adjust_hue, self.hue),
        )
        order = permutation(len(steps))
        factors = [None if bounds is None else uniform(*bounds) for _, bounds in steps]
        for i in order:
            if factors[i] is not None:
                img = steps[i][0](img, factors[i])
        return img

    def __repr__(self):
        names = ("brightness", "contrast", "saturation", "hue")
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


def _range(value, name, center=1, bound=(0, float("inf")), clip=True):
    """(lowest, highest) factor; None where nothing changes. Raises ValueError outside of `bound`."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        value = (center - float(value), center + float(value))
        value = (max(value[0], 0.0), value[1]) if clip else value
    elif len(value) != 2:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
    if not bound[0] <= value[0] <= value[1] <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {value}.")
    return None if value[0] == value[1] == center else tuple(float(v) for v in value)
