"""Random transforms of place by a map, of tone, and by erasing."""

import math
import numbers

import numpy as np

from eagerjax.utils.data.draw import normals, randint, uniform
from eagerjax.utils.data.host import is_tensor
from eagerjax.vision.transforms import functional as F
from eagerjax.vision.transforms.base import Transform
from eagerjax.vision.transforms.functional import InterpolationMode


def _span(value, name):
    """(lowest, highest) of a number or a pair."""
    if isinstance(value, numbers.Number):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return [-float(value), float(value)]
    if len(value) != 2:
        raise ValueError(f"{name} should be a sequence of length 2.")
    return [float(v) for v in value]


class RandomAffine(Transform):
    """Turned, shifted by parts of the size, scaled and sheared at random, the middle staying in place."""

    def __init__(self, degrees, translate=None, scale=None, shear=None, interpolation=InterpolationMode.NEAREST, fill=0,
                 center=None):  # fmt: skip
        self.degrees = _span(degrees, "degrees")
        if translate is not None and any(not 0.0 <= t <= 1.0 for t in translate):
            raise ValueError("translation values should be between 0 and 1")
        if scale is not None and any(s <= 0 for s in scale):
            raise ValueError("scale values should be positive")
        if shear is not None and not isinstance(shear, numbers.Number) and len(shear) == 4:
            shear = [float(s) for s in shear]
        elif shear is not None:
            shear = _span(shear, "shear")
        self.translate = translate
        self.scale = scale
        self.shear = shear
        self.interpolation = F.mode_of(interpolation)
        self.fill = fill
        self.center = center

    @staticmethod
    def get_params(degrees, translate, scale_ranges, shears, img_size):
        """(angle, shift in pixels, scale, shear in degrees) for an image of (width, height)."""
        angle = uniform(*degrees)
        shift = (0, 0)
        if translate is not None:
            most = [part * size for part, size in zip(translate, img_size)]
            shift = tuple(round(uniform(-m, m)) for m in most)
        scale = 1.0 if scale_ranges is None else uniform(*scale_ranges)
        shear = (0.0, 0.0)
        if shears is not None:
            shear = (uniform(*shears[:2]), uniform(*shears[2:]) if len(shears) == 4 else 0.0)
        return angle, shift, scale, shear

    def forward(self, img):
        _, height, width = F.get_dimensions(img)
        drawn = self.get_params(self.degrees, self.translate, self.scale, self.shear, (width, height))
        return F.affine(img, *drawn, interpolation=self.interpolation, fill=self.fill, center=self.center)

    def __repr__(self):
        text = f"degrees={self.degrees}"
        for name in ("translate", "scale", "shear"):
            text += f", {name}={getattr(self, name)}" if getattr(self, name) is not None else ""
        if self.interpolation is not InterpolationMode.NEAREST:
            text += f", interpolation={self.interpolation.value}"
        text += f", fill={self.fill}" if self.fill != 0 else ""
        text += f", center={self.center}" if self.center is not None else ""
        return f"{type(self).__name__}({text})"


class RandomPerspective(Transform):
    """Seen from another side, with probability `p`; the corners move inwards by up to half of `distortion_scale`."""

    def __init__(self, distortion_scale=0.5, p=0.5, interpolation=InterpolationMode.BILINEAR, fill=0):
        self.distortion_scale = distortion_scale
        self.p = p
        self.interpolation = F.mode_of(interpolation)
        self.fill = fill

    @staticmethod
    def get_params(width, height, distortion_scale):
        """(the corners, where they go)"""
        dx, dy = (int(distortion_scale * (size // 2)) + 1 for size in (width, height))
        corners = [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]
        moved = [[randint(dx) + (x and width - dx), randint(dy) + (y and height - dy)] for x, y in corners]
        return corners, moved

    def forward(self, img):
        _, height, width = F.get_dimensions(img)
        if uniform() >= self.p:
            return img
        return F.perspective(img, *self.get_params(width, height, self.distortion_scale), self.interpolation, self.fill)

    def __repr__(self):
        return f"{type(self).__name__}(p={self.p})"


class GaussianBlur(Transform):
    """Blurred by a normal curve of random width."""

    def __init__(self, kernel_size, sigma=(0.1, 2.0)):
        size = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
        if any(k <= 0 or k % 2 == 0 for k in size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        sigma = (float(sigma),) * 2 if isinstance(sigma, numbers.Number) else tuple(sigma)
        if not 0.0 < sigma[0] <= sigma[1]:
            raise ValueError("sigma values should be positive and of the form (min, max).")
        self.kernel_size = size
        self.sigma = sigma

    @staticmethod
    def get_params(sigma_min, sigma_max):
        return uniform(sigma_min, sigma_max)

    def forward(self, img):
        width = self.get_params(*self.sigma)
        return F.gaussian_blur(img, self.kernel_size, [width, width])

    def __repr__(self):
        return f"{type(self).__name__}(kernel_size={self.kernel_size}, sigma={self.sigma})"


class RandomErasing(Transform):
    """A rectangle of a tensor erased, with probability `p`: of area `scale`, of shape `ratio`, to `value` or "random"."""

    def __init__(self, p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False):
        if not isinstance(value, (numbers.Number, str, tuple, list)):
            raise TypeError("Argument value should be either a number or str or a sequence")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError("Scale should be between 0 and 1")
        if p < 0 or p > 1:
            raise ValueError("Random erasing probability should be between 0 and 1")
        self.p = p
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    @staticmethod
    def get_params(img, scale, ratio, value=None):
        """(top, left, height, width, an array of what to put there); `value` None means random numbers."""
        channels, height, width = F.get_dimensions(img)
        for _ in range(10):
            area = height * width * uniform(*scale)
            shape = math.exp(uniform(math.log(ratio[0]), math.log(ratio[1])))
            h, w = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if h < height and w < width:
                if value is None:
                    what = normals((channels, h, w))
                else:
                    what = np.asarray(value, np.float32).reshape(-1, 1, 1)
                return randint(height - h + 1), randint(width - w + 1), h, w, what
        return 0, 0, height, width, img

    def forward(self, img):
        if not is_tensor(img):
            raise TypeError(f"img should be Tensor Image. Got {type(img)}")
        if uniform() >= self.p:
            return img
        value = None if self.value == "random" else np.atleast_1d(np.asarray(self.value, np.float32))
        channels = F.get_dimensions(img)[0]
        if value is not None and len(value) not in (1, channels):
            raise ValueError("If value is a sequence, it should have either a single value or "
                             f"{channels} (number of input channels)")  # fmt: skip
        return F.erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)

    def __repr__(self):
        names = ("p", "scale", "ratio", "value", "inplace")
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


class _Sometimes(Transform):
    """`change`, with probability `p`."""

    def __init__(self, p):
        self.p = p

    def change(self, img):
        raise NotImplementedError

    def forward(self, img):
        return self.change(img) if uniform() < self.p else img

    def __repr__(self):
        shown = [*(n for n in vars(self) if n not in Transform().__dict__ and n != "p"), "p"]
        return f"{type(self).__name__}({','.join(f'{n}={getattr(self, n)}' for n in shown)})"


class RandomInvert(_Sometimes):
    """The negative, with probability `p`."""

    def __init__(self, p=0.5):
        super().__init__(p)

    def change(self, img):
        return F.invert(img)


class RandomPosterize(_Sometimes):
    """Only the highest `bits` of each value, with probability `p`."""

    def __init__(self, bits, p=0.5):
        super().__init__(p)
        self.bits = bits

    def change(self, img):
        return F.posterize(img, self.bits)


class RandomSolarize(_Sometimes):
    """Values from `threshold` on inverted, with probability `p`."""

    def __init__(self, threshold, p=0.5):
        super().__init__(p)
        self.threshold = threshold

    def change(self, img):
        return F.solarize(img, self.threshold)


class RandomAdjustSharpness(_Sometimes):
    """Sharper or softer, with probability `p`."""

    def __init__(self, sharpness_factor, p=0.5):
        super().__init__(p)
        self.sharpness_factor = sharpness_factor

    def change(self, img):
        return F.adjust_sharpness(img, self.sharpness_factor)


class RandomAutocontrast(_Sometimes):
    """Each channel stretched from black to white, with probability `p`."""

    def __init__(self, p=0.5):
        super().__init__(p)

    def change(self, img):
        return F.autocontrast(img)


class RandomEqualize(_Sometimes):
    """Each channel with every tone about as often as any other, with probability `p`."""

    def __init__(self, p=0.5):
        super().__init__(p)

    def change(self, img):
        return F.equalize(img)
