"""torchvision.utils: images side by side, and as files."""

import math

import numpy as np

from eagerjax.namespace import torch
from eagerjax.tensor import Tensor

__all__ = ["make_grid", "save_image"]


def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """Images (B, C, H, W), or a list of them, side by side in one image (3, H, W)."""
    if not isinstance(tensor, Tensor) and not (isinstance(tensor, list) and all(isinstance(t, Tensor) for t in tensor)):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    images = three_channels(torch.stack(tensor, 0) if isinstance(tensor, list) else tensor)
    if normalize:
        images = normalized(images, value_range, scale_each)
    if images.size(0) == 1:
        return images.squeeze(0)
    columns = min(nrow, images.size(0))
    rows = math.ceil(images.size(0) / columns)
    height, width = images.size(2) + padding, images.size(3) + padding
    shape = (images.size(1), height * rows + padding, width * columns + padding)
    grid = torch.full(shape, pad_value, dtype=images.dtype, device=images.device)
    for i in range(images.size(0)):
        y, x = i // columns * height + padding, i % columns * width + padding
        grid[:, y : y + height - padding, x : x + width - padding] = images[i]
    return grid


def three_channels(images):
    """(B, 3, H, W) of an image or a batch, grey or in colour."""
    if images.dim() == 2:
        images = images.unsqueeze(0)
    if images.dim() == 3:
        images = images.unsqueeze(0)
    return torch.cat((images,) * 3, 1) if images.dim() == 4 and images.size(1) == 1 else images


def normalized(images, value_range, scale_each):
    """Values from `value_range`, or from the smallest to the largest, to 0..1."""
    if value_range is not None and not isinstance(value_range, tuple):
        raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")

    def scaled(t):
        low, high = value_range or (float(t.min()), float(t.max()))
        return (t.clamp(low, high) - low) / max(high - low, 1e-5)

    return torch.stack([scaled(t) for t in images]) if scale_each else scaled(images)


def save_image(tensor, fp, format=None, **kwargs):
    """Write a grid of images to a file; the options are those of `make_grid`."""
    from PIL import Image  # noqa: PLC0415  Pillow is needed only here

    grid = make_grid(tensor, **kwargs)
    pixels = (grid.detach() * 255 + 0.5).clamp(0, 255).permute(1, 2, 0).cpu().numpy().astype(np.uint8)
    Image.fromarray(pixels).save(fp, format=format)
