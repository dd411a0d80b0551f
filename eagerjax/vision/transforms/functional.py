"""What the transforms do, as functions. Tensors are handled in host memory; no program is compiled for an image."""

import enum
import math

import numpy as np

from eagerjax.runtime.dtype import float32, float64, get_default_dtype, int32, int64
from eagerjax.utils.data.host import is_tensor, tensor_of
from eagerjax.vision.transforms.image import is_pil, pil_pixels, pixels
from eagerjax.vision.transforms.tone import (
    adjust_brightness as adjust_brightness,
    adjust_contrast as adjust_contrast,
    adjust_gamma as adjust_gamma,
    adjust_hue as adjust_hue,
    adjust_saturation as adjust_saturation,
    adjust_sharpness as adjust_sharpness,
    autocontrast as autocontrast,
    equalize as equalize,
    gaussian_blur as gaussian_blur,
    grey as grey_of,
    invert as invert,
    posterize as posterize,
    solarize as solarize,
)


class InterpolationMode(enum.Enum):
    """How pixels between pixels are found."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_OF_PILLOW = dict(enumerate(InterpolationMode(name) for name in
                            ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")))  # fmt: skip


def mode_of(interpolation):
    """The mode that `interpolation` says, which may be Pillow's own number for it: `Image.BICUBIC`."""
    if isinstance(interpolation, int):
        interpolation = _OF_PILLOW[interpolation]
    elif not isinstance(interpolation, InterpolationMode):
        raise TypeError("Argument interpolation should be a InterpolationMode or a corresponding Pillow integer constant")
    return interpolation


def _resample(interpolation):
    from PIL import Image  # noqa: PLC0415

    interpolation = mode_of(interpolation)
    return getattr(Image.Resampling, interpolation.value.split("-")[0].upper())


# -- from one kind to the other ------------------------------------------------------------
def pil_to_tensor(image):
    """A tensor (C, H, W) of the same values. Raises TypeError for what is no Pillow image."""
    if not is_pil(image):
        raise TypeError(f"pic should be PIL Image. Got {type(image)}")
    return tensor_of(pil_pixels(image))


def to_tensor(image):
    """A tensor (C, H, W); bytes become 0..1 of the default dtype. Takes Pillow images and arrays (H, W) or (H, W, C)."""
    if isinstance(image, np.ndarray):
        if image.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {image.ndim} dimensions.")
        array = image[:, :, None] if image.ndim == 2 else image
        array = array.transpose(2, 0, 1)
    elif is_pil(image):
        array = pil_pixels(image)
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(image)}")
    if array.dtype == np.uint8:
        default = get_default_dtype()
        work = np.float64 if default is float64 else np.float32
        scaled = np.ascontiguousarray(array, work) / work(255)
        return tensor_of(scaled.astype(default.np, copy=False))
    return tensor_of(np.array(array, order="C"))


def to_pil_image(image, mode=None):
    """A Pillow image of a tensor (C, H, W), or of an array (H, W) or (H, W, C); floats are taken as 0..1."""
    from PIL import Image  # noqa: PLC0415

    if is_tensor(image):
        array = pixels(image)
        if array.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {array.ndim} dimensions.")
        array = array[None] if array.ndim == 2 else array
        if array.dtype.kind == "f" and mode != "F":
            array = (array * 255).astype(np.uint8)
        array = array.transpose(1, 2, 0)
    elif isinstance(image, np.ndarray):
        array = image[:, :, None] if image.ndim == 2 else image
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(image)}.")
    channels = array.shape[-1]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    modes = {1: {"|u1": "L", "<i2": "I;16", "<i4": "I", "<f4": "F"}.get(array.dtype.str), 2: "LA", 3: "RGB", 4: "RGBA"}
    natural = modes[channels]
    if natural is None or (channels > 1 and array.dtype != np.uint8):
        raise TypeError(f"Input type {array.dtype} is not supported")
    made = Image.fromarray(np.ascontiguousarray(array[:, :, 0] if channels == 1 else array))
    return made if mode is None or mode == made.mode else made.convert(mode)


def normalize(tensor, mean, std, inplace=False):
    """`(tensor - mean) / std`, channel by channel. Raises TypeError for integers, ValueError for a zero in `std`."""
    if not is_tensor(tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.dim() < 3:
        raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got {tuple(tensor.shape)}")
    values = pixels(tensor)
    mean, std = (np.asarray(v, values.dtype).reshape(-1, 1, 1) for v in (mean, std))
    if (std == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
    made = tensor_of((values - mean) / std)
    return tensor.copy_(made) if inplace else made


def convert_image_dtype(image, dtype=None):
    """Values of another type: floats are 0..1, integers span their type. The default is float32.

    Raises RuntimeError where float32 cannot hold the integers exactly, as torchvision does.
    """
    if not is_tensor(image):
        raise TypeError("Input img should be Tensor Image")
    dtype = float32 if dtype is None else dtype
    values, old = pixels(image), image.dtype
    if old == dtype:
        return image
    new = np.dtype(dtype.np)
    if old.is_floating_point:
        if dtype.is_floating_point:
            return tensor_of(values.astype(new))
        if dtype == int64 or (dtype == int32 and old != float64):
            raise RuntimeError(f"The cast from {old} to {dtype} cannot be performed safely.")
        eps = values.dtype.type(1e-3)
        return tensor_of((values * values.dtype.type(np.iinfo(new).max + 1.0 - eps)).astype(new))
    largest = np.iinfo(values.dtype).max
    if dtype.is_floating_point:
        return tensor_of(values.astype(new) / np.asarray(largest, new))
    factor = (largest + 1) // (np.iinfo(new).max + 1)
    if factor > 1:
        return tensor_of((values // factor).astype(new))
    return tensor_of(values.astype(new) * new.type((np.iinfo(new).max + 1) // (largest + 1)))


# -- geometry ------------------------------------------------------------------------------
def get_dimensions(image):
    """[channels, height, width]"""
    if is_tensor(image):
        shape = tuple(image.shape)
        return [1 if len(shape) == 2 else shape[-3], shape[-2], shape[-1]]
    return [len(image.getbands()), image.height, image.width]


def get_image_num_channels(image):
    """The number of channels."""
    return get_dimensions(image)[0]


def get_image_size(image):
    """[width, height]"""
    _, height, width = get_dimensions(image)
    return [width, height]


def crop(image, top, left, height, width):
    """A part of the image; what lies outside of it is 0."""
    if not is_tensor(image):
        return image.crop((left, top, left + width, top + height))
    _, h, w = get_dimensions(image)
    around = [max(-left, 0), max(-top, 0), max(left + width - w, 0), max(top + height - h, 0)]
    values = pixels(pad(image, around) if any(around) else image)
    top, left = max(top, 0), max(left, 0)
    return tensor_of(np.array(values[..., top : top + height, left : left + width], order="C"))


def center_crop(image, output_size):
    """The middle of the image, with a margin of 0 where it is too small."""
    th, tw = _pair(output_size)
    _, h, w = get_dimensions(image)
    if tw > w or th > h:
        x, y = max(tw - w, 0), max(th - h, 0)
        image = pad(image, [x // 2, y // 2, (x + 1) // 2, (y + 1) // 2])
        _, h, w = get_dimensions(image)
    return crop(image, round((h - th) / 2.0), round((w - tw) / 2.0), th, tw)


def hflip(image):
    """Left and right exchanged."""
    if is_tensor(image):
        return tensor_of(pixels(image)[..., ::-1].copy())
    from PIL import Image  # noqa: PLC0415

    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def vflip(image):
    """Top and bottom exchanged."""
    if is_tensor(image):
        return tensor_of(pixels(image)[..., ::-1, :].copy())
    from PIL import Image  # noqa: PLC0415

    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


_PAD_MODES = {"constant": "constant", "edge": "edge", "reflect": "reflect", "symmetric": "symmetric"}


def margins(padding):
    """(left, top, right, bottom) of one number, two (sides, ends) or four. Raises ValueError for other lengths."""
    if isinstance(padding, (int, float)):
        return (int(padding),) * 4
    if len(padding) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple")
    return tuple({1: lambda p: p * 4, 2: lambda p: p * 2, 4: lambda p: p}[len(padding)](tuple(padding)))


def pad(image, padding, fill=0, padding_mode="constant"):
    """A margin around the image."""
    if padding_mode not in _PAD_MODES:
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    left, top, right, bottom = margins(padding)
    options = {"constant_values": fill} if padding_mode == "constant" else {}
    if is_tensor(image):
        values = pixels(image)
        width = [(0, 0)] * (values.ndim - 2) + [(top, bottom), (left, right)]
        return tensor_of(np.pad(values, width, _PAD_MODES[padding_mode], **options))
    if padding_mode == "constant":
        from PIL import ImageOps  # noqa: PLC0415

        return ImageOps.expand(image, (left, top, right, bottom), _fill(image, fill))
    from PIL import Image  # noqa: PLC0415

    values = np.asarray(image)
    width = [(top, bottom), (left, right)] + [(0, 0)] * (values.ndim - 2)
    return Image.fromarray(np.pad(values, width, padding_mode))


def _fill(image, fill):
    """A colour for every band of a Pillow image."""
    bands = len(image.getbands())
    if fill is None:
        fill = 0
    if isinstance(fill, (int, float)):
        return (fill,) * bands if bands > 1 else fill
    return tuple(fill) * bands if len(fill) == 1 and bands > 1 else fill[0] if bands == 1 else tuple(fill)


def resize(image, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    """The image in another size: (height, width), or the length of its shorter side."""
    _, h, w = get_dimensions(image)
    height, width = output_size(h, w, size, max_size)
    if not is_tensor(image):
        return image if (h, w) == (height, width) else image.resize((width, height), _resample(interpolation))
    from PIL import Image  # noqa: PLC0415

    values = pixels(image)
    planes = values.reshape(-1, h, w).astype(np.float32)
    resized = [np.asarray(Image.fromarray(p).resize((width, height), _resample(interpolation))) for p in planes]
    made = np.stack(resized).reshape(*values.shape[:-2], height, width)
    if values.dtype.kind in "ui":
        made = np.clip(np.round(made), np.iinfo(values.dtype).min, np.iinfo(values.dtype).max)
    return tensor_of(made.astype(values.dtype))


def output_size(h, w, size, max_size=None):
    """(height, width) after a resize: one number is for the shorter side, and the longer is at most `max_size`."""
    if not isinstance(size, int) and len(size) == 2:
        if max_size is not None:
            raise ValueError("max_size should only be passed if size specifies the length of the smaller edge")
        return tuple(size)
    shorter = size if isinstance(size, int) else size[0]
    short, long = min(h, w), max(h, w)
    longer = int(shorter * long / short)
    if max_size is not None:
        if max_size <= shorter:
            raise ValueError(f"max_size = {max_size} must be strictly greater than the requested size for the smaller "
                             f"edge size = {size}")  # fmt: skip
        if longer > max_size:
            shorter, longer = int(max_size * shorter / longer), max_size
    return (shorter, longer) if h <= w else (longer, shorter)


def resized_crop(image, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
    """A part of the image, in another size."""
    return resize(crop(image, top, left, height, width), size, interpolation, antialias=antialias)


def rotate(image, angle, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=None):
    """Turned by `angle` degrees against the clock."""
    if not is_tensor(image):
        return image.rotate(angle, _resample(interpolation), expand, center, fillcolor=_fill(image, fill))
    values = pixels(image)
    planes = values.reshape(-1, *values.shape[-2:])
    from PIL import Image  # noqa: PLC0415

    turned = [
        np.asarray(Image.fromarray(plane.astype(np.float32)).rotate(angle, _resample(interpolation), expand, center,
                                                                    fillcolor=fill or 0))
        for plane in planes
    ]  # fmt: skip
    made = np.stack(turned)
    return tensor_of(made.reshape(*values.shape[:-2], *made.shape[-2:]).astype(values.dtype))


def inverse_affine(center, angle, translate, scale, shear):
    """The six numbers that lead from a place in the result back to one in the image, around `center`.

    Forward it is a shear in y, one in x, a turn by `angle` degrees, a scaling, and a shift.
    """
    turn, sx, sy = math.radians(angle), *(math.radians(s) for s in shear)
    a = math.cos(turn - sy) / math.cos(sy)
    b = -math.cos(turn - sy) * math.tan(sx) / math.cos(sy) - math.sin(turn)
    c = math.sin(turn - sy) / math.cos(sy)
    d = -math.sin(turn - sy) * math.tan(sx) / math.cos(sy) + math.cos(turn)
    (cx, cy), (tx, ty) = center, translate
    rows = [d / scale, -b / scale, -c / scale, a / scale]
    x = rows[0] * (-cx - tx) + rows[1] * (-cy - ty) + cx
    y = rows[2] * (-cx - tx) + rows[3] * (-cy - ty) + cy
    return [rows[0], rows[1], x, rows[2], rows[3], y]


def affine(image, angle, translate, scale, shear, interpolation=InterpolationMode.NEAREST, fill=None, center=None):
    """Turned by `angle` degrees with the clock, shifted by pixels, scaled, sheared by degrees in x and y."""
    if scale <= 0.0:
        raise ValueError("Argument scale should be positive")
    shear = [shear, 0.0] if isinstance(shear, (int, float)) else [*shear, 0.0][:2]
    _, h, w = get_dimensions(image)
    matrix = inverse_affine(center or (w * 0.5, h * 0.5), angle, translate, scale, shear)
    return _transformed(image, "AFFINE", matrix, interpolation, fill)


def _transformed(image, kind, numbers, interpolation, fill):
    from PIL import Image  # noqa: PLC0415

    def one(part, colour):
        method = getattr(Image.Transform, kind)
        return part.transform(part.size, method, numbers, _resample(interpolation), fillcolor=colour)

    if not is_tensor(image):
        return one(image, _fill(image, fill))
    values = pixels(image)
    planes = values.reshape(-1, *values.shape[-2:]).astype(np.float32)
    colours = np.resize(np.asarray(0 if fill is None else fill, np.float32), len(planes))
    made = np.stack([np.asarray(one(Image.fromarray(p), float(c))) for p, c in zip(planes, colours)])
    made = np.round(made) if values.dtype.kind in "ui" else made
    return tensor_of(made.reshape(values.shape).astype(values.dtype))


def perspective(image, startpoints, endpoints, interpolation=InterpolationMode.BILINEAR, fill=None):
    """The image such that four places (x, y), `startpoints`, come to lie at `endpoints`."""
    rows, right = [], []
    for (x, y), (u, v) in zip(startpoints, endpoints):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        right += [x, y]
    numbers = np.linalg.solve(np.array(rows, np.float64), np.array(right, np.float64)).tolist()
    return _transformed(image, "PERSPECTIVE", numbers, interpolation, fill)


def five_crop(image, size):
    """(top left, top right, bottom left, bottom right, middle). Raises ValueError where the image is too small."""
    _, h, w = get_dimensions(image)
    ch, cw = _pair(size)
    if cw > w or ch > h:
        raise ValueError(f"Requested crop size {(ch, cw)} is bigger than input size {(h, w)}")
    corners = [(0, 0), (0, w - cw), (h - ch, 0), (h - ch, w - cw)]
    return *(crop(image, top, left, ch, cw) for top, left in corners), center_crop(image, [ch, cw])


def ten_crop(image, size, vertical_flip=False):
    """`five_crop` of the image, and of the image flipped."""
    return five_crop(image, size) + five_crop(vflip(image) if vertical_flip else hflip(image), size)


def erase(image, i, j, h, w, v, inplace=False):
    """A tensor whose rows i to i + h, columns j to j + w, are `v`."""
    if not is_tensor(image):
        raise TypeError(f"img should be Tensor Image. Got {type(image)}")
    values = pixels(image).copy()
    values[..., i : i + h, j : j + w] = pixels(v) if is_tensor(v) else v
    return image.copy_(tensor_of(values)) if inplace else tensor_of(values)


# -- colour --------------------------------------------------------------------------------
def rgb_to_grayscale(image, num_output_channels=1):
    """`to_grayscale`, for tensors too."""
    return to_grayscale(image, num_output_channels)


def to_grayscale(image, num_output_channels=1):
    """Grey, in one channel or three equal ones."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if is_tensor(image):
        values = grey_of(pixels(image))
        return tensor_of(np.repeat(values, num_output_channels, -3))
    from PIL import Image  # noqa: PLC0415

    grey = image.convert("L")
    return grey if num_output_channels == 1 else Image.merge("RGB", (grey,) * 3)


def _pair(size):
    return (int(size),) * 2 if isinstance(size, (int, float)) else (size[0],) * 2 if len(size) == 1 else tuple(size)
