"""Changes of tone and sharpness, as functions: Pillow's for its images, the same formulas for tensors (..., C, H, W)."""

import numpy as np

from eagerjax.utils.data.host import is_tensor, tensor_of
from eagerjax.vision.transforms.image import is_pil, pil_pixels, pixels

_GREY = (0.2989, 0.587, 0.114)


def bound_of(array):
    """The value of white."""
    return 1.0 if array.dtype.kind == "f" else np.iinfo(array.dtype).max


def blend(first, second, ratio):
    """`ratio` of `first`, the rest of `second`, within the type's bounds."""
    work = first.dtype if first.dtype.kind == "f" else np.dtype(np.float32)
    mixed = first.astype(work) * work.type(ratio) + np.asarray(second, work) * work.type(1.0 - ratio)
    return np.clip(mixed, 0, bound_of(first)).astype(first.dtype)


def grey(array):
    """(..., 1, H, W) of (..., 3, H, W), in the same type."""
    if array.shape[-3] == 1:
        return array
    work = array.dtype if array.dtype.kind == "f" else np.dtype(np.float32)
    red, green, blue = (array[..., i : i + 1, :, :].astype(work) for i in range(3))
    r, g, b = (work.type(w) for w in _GREY)
    return (red * r + green * g + blue * b).astype(array.dtype)


def _enhance(image, kind, factor):
    from PIL import ImageEnhance  # noqa: PLC0415

    return getattr(ImageEnhance, kind)(image).enhance(factor)


def _checked(image, factor, name):
    if factor < 0:
        raise ValueError(f"{name} ({factor}) is not non-negative.")
    if not is_tensor(image):
        if not is_pil(image):
            raise TypeError(f"img should be PIL Image or Tensor. Got {type(image)}")
        return None
    array = pixels(image)
    if array.shape[-3] not in (1, 3):
        raise TypeError(f"Input image tensor permitted channel values are [1, 3], but found {array.shape[-3]}")
    return array


def adjust_brightness(image, brightness_factor):
    """0 is black, 1 the image itself, 2 twice as bright."""
    array = _checked(image, brightness_factor, "brightness_factor")
    if array is None:
        return _enhance(image, "Brightness", brightness_factor)
    return tensor_of(blend(array, np.zeros_like(array), brightness_factor))


def adjust_contrast(image, contrast_factor):
    """0 is grey, 1 the image itself."""
    array = _checked(image, contrast_factor, "contrast_factor")
    if array is None:
        return _enhance(image, "Contrast", contrast_factor)
    work = array.dtype if array.dtype.kind == "f" else np.float32
    mean = grey(array).astype(work).mean((-3, -2, -1), keepdims=True)
    return tensor_of(blend(array, mean, contrast_factor))


def adjust_saturation(image, saturation_factor):
    """0 is without colour, 1 the image itself."""
    array = _checked(image, saturation_factor, "saturation_factor")
    if array is None:
        return _enhance(image, "Color", saturation_factor)
    return image if array.shape[-3] == 1 else tensor_of(blend(array, grey(array), saturation_factor))


def adjust_hue(image, hue_factor):
    """Colours turned around the circle by `hue_factor`, from -0.5 to 0.5 of it."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    array = _checked(image, 0, "hue_factor")
    if array is not None:
        return image if array.shape[-3] == 1 else tensor_of(_turned(array, hue_factor))
    from PIL import Image  # noqa: PLC0415

    if image.mode in ("L", "1", "I", "F"):
        return image
    h, s, v = image.convert("HSV").split()
    turned = (np.asarray(h, np.int32) + int(hue_factor * 255)).astype(np.uint8)
    return Image.merge("HSV", (Image.fromarray(turned), s, v)).convert(image.mode)


def _turned(array, hue_factor):
    """Through hue, saturation and value, and back. Source: Smith 1978."""
    white = bound_of(array)
    rgb = array.astype(array.dtype if array.dtype.kind == "f" else np.float32) / white
    r, g, b = (rgb[..., i, :, :] for i in range(3))
    value, low = rgb.max(-3), rgb.min(-3)
    flat = value == low
    spread = value - low
    saturation = spread / np.where(flat, 1, value)
    step = np.where(flat, 1, spread)
    rc, gc, bc = ((value - c) / step for c in (r, g, b))
    hue = np.where(value == r, bc - gc, np.where(value == g, 2 + rc - bc, 4 + gc - rc))
    hue = (np.where(flat, 0, hue) / 6 + 1 + hue_factor) % 1.0
    sector = np.floor(hue * 6)
    part = hue * 6 - sector
    p, q, t = (np.clip(value * (1 - saturation * x), 0, 1) for x in (1, part, 1 - part))
    faces = [(value, t, p), (q, value, p), (p, value, t), (p, q, value), (t, p, value), (value, p, q)]
    sector = sector.astype(np.int32) % 6
    made = np.stack([np.choose(sector, [face[i] for face in faces]) for i in range(3)], -3)
    if array.dtype.kind == "f":
        return made.astype(array.dtype)
    return (made * (white + 1.0 - 1e-3)).astype(array.dtype)


def adjust_gamma(image, gamma, gain=1):
    """`gain * image ** gamma`, of values 0..1."""
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    if is_tensor(image):
        array = pixels(image)
        white = bound_of(array)
        work = array.astype(np.float32) / white if array.dtype.kind != "f" else array
        made = np.clip(gain * work**gamma, 0, 1)
        return tensor_of((made * (white + 1.0 - 1e-3) if array.dtype.kind != "f" else made).astype(array.dtype))
    mode = image.mode
    table = [int((255 + 1 - 1e-3) * gain * pow(value / 255.0, gamma)) for value in range(256)] * 3
    return image.convert("RGB").point(table).convert(mode)


def adjust_sharpness(image, sharpness_factor):
    """0 is blurred, 1 the image itself."""
    array = _checked(image, sharpness_factor, "sharpness_factor")
    if array is None:
        return _enhance(image, "Sharpness", sharpness_factor)
    if min(array.shape[-2:]) <= 2:
        return image
    kernel = np.ones((3, 3), np.float32)
    kernel[1, 1] = 5.0
    soft = array.copy()
    soft[..., 1:-1, 1:-1] = _rounded(_correlated(array, kernel / kernel.sum()), array.dtype)
    return tensor_of(blend(array, soft, sharpness_factor))


def _correlated(array, kernel):
    """Every window of a kernel's size, weighted by it."""
    work = array.astype(array.dtype if array.dtype.kind == "f" else np.float32)
    height, width = (size - k + 1 for size, k in zip(array.shape[-2:], kernel.shape))
    windows = ((i, j) for i in range(kernel.shape[0]) for j in range(kernel.shape[1]))
    return sum(kernel[i, j] * work[..., i : i + height, j : j + width] for i, j in windows)


def _rounded(array, dtype):
    return (np.round(array) if dtype.kind in "ui" else array).astype(dtype)


def gaussian_blur(image, kernel_size, sigma=None):
    """Blurred by a normal curve of width `sigma` within a window of odd `kernel_size`, both (x, y) or one number."""
    width, height = _two(kernel_size)
    if any(not isinstance(k, int) or k % 2 == 0 or k < 0 for k in (width, height)):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {[width, height]}")
    sigmas = [k * 0.15 + 0.35 for k in (width, height)] if sigma is None else _two(sigma)
    if any(s <= 0.0 for s in sigmas):
        raise ValueError(f"sigma should have positive values. Got {list(sigmas)}")
    array = pixels(image) if is_tensor(image) else pil_pixels(image)
    around = [(0, 0)] * (array.ndim - 2) + [(height // 2,) * 2, (width // 2,) * 2]
    made = np.pad(array, around, "reflect")
    made = _correlated(made, _curve(width, sigmas[0])[None])
    made = _rounded(_correlated(made, _curve(height, sigmas[1])[:, None]), array.dtype)
    if is_tensor(image):
        return tensor_of(made)
    from PIL import Image  # noqa: PLC0415

    return Image.fromarray(made[0] if len(made) == 1 else made.transpose(1, 2, 0), image.mode)


def _two(value):
    if isinstance(value, (int, float)):
        return (value, value)
    return tuple(value) * 2 if len(value) == 1 else tuple(value)


def _curve(size, sigma):
    at = np.linspace(-(size - 1) * 0.5, (size - 1) * 0.5, size, dtype=np.float32)
    curve = np.exp(-0.5 * (at / np.float32(sigma)) ** 2)
    return curve / curve.sum()


# -- operations of the automatic policies --------------------------------------------------
def _ops(image, kind, *args):
    from PIL import ImageOps  # noqa: PLC0415

    if not is_pil(image):
        raise TypeError(f"img should be PIL Image or Tensor. Got {type(image)}")
    return getattr(ImageOps, kind)(image, *args)


def invert(image):
    """The negative."""
    if not is_tensor(image):
        return _ops(image, "invert")
    array = pixels(image)
    return tensor_of(np.asarray(bound_of(array), array.dtype) - array)


def posterize(image, bits):
    """Only the highest `bits` of each value."""
    if not is_tensor(image):
        return _ops(image, "posterize", bits)
    array = pixels(image)
    if array.dtype != np.uint8:
        raise TypeError(f"Only torch.uint8 image tensors are supported, but found {image.dtype}")
    return tensor_of(array & np.uint8(256 - 2 ** (8 - bits)))


def solarize(image, threshold):
    """Values from `threshold` on inverted."""
    if not is_tensor(image):
        return _ops(image, "solarize", threshold)
    array = pixels(image)
    if threshold > bound_of(array):
        raise TypeError("Threshold should be less than bound of img.")
    return tensor_of(np.where(array >= threshold, np.asarray(bound_of(array), array.dtype) - array, array))


def autocontrast(image):
    """Each channel stretched from black to white."""
    if not is_tensor(image):
        return _ops(image, "autocontrast")
    array = pixels(image)
    white = bound_of(array)
    work = array.astype(array.dtype if array.dtype.kind == "f" else np.float32)
    low, high = work.min((-2, -1), keepdims=True), work.max((-2, -1), keepdims=True)
    flat = low == high
    scale = np.where(flat, 1, white / np.where(flat, 1, high - low))
    return tensor_of(np.clip((work - np.where(flat, 0, low)) * scale, 0, white).astype(array.dtype))


def equalize(image):
    """Each channel with every tone about as often as any other."""
    if not is_tensor(image):
        return _ops(image, "equalize")
    array = pixels(image)
    if array.dtype != np.uint8:
        raise TypeError(f"Only torch.uint8 image tensors are supported, but found {image.dtype}")
    planes = array.reshape(-1, *array.shape[-2:])
    return tensor_of(np.stack([_equal(plane) for plane in planes]).reshape(array.shape))


def _equal(plane):
    counts = np.bincount(plane.ravel(), minlength=256)
    step = (counts.sum() - counts[counts > 0][-1]) // 255
    if step == 0:
        return plane
    table = (np.cumsum(counts) + step // 2) // step
    return np.clip(np.concatenate([[0], table[:-1]]), 0, 255).astype(np.uint8)[plane]
