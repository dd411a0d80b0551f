"""Many images as one, and images as files."""

import math

import numpy as np

from eagerjax.namespace import torch
from eagerjax.utils.data.host import is_tensor
from eagerjax.vision.transforms.functional import to_pil_image


def _batch(tensor):
    """(N, C, H, W) with three channels. Raises TypeError for what holds no tensors."""
    if isinstance(tensor, (list, tuple)):
        for part in tensor:
            if not is_tensor(part):
                raise TypeError(f"tensor or list of tensors expected, got a list containing {type(part)}")
        tensor = torch.stack(list(tensor), 0)
    if not is_tensor(tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if tensor.dim() == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 3:
        tensor = tensor.unsqueeze(0)
    return torch.cat((tensor,) * 3, 1) if tensor.shape[1] == 1 else tensor


def _scaled(images, value_range):
    """Every image, or group of images, stretched from its lowest and highest value to 0..1."""
    low, high = (float(images.min()), float(images.max())) if value_range is None else value_range
    return images.clamp(low, high).sub(low).div(max(high - low, 1e-5))


@torch.no_grad()
def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """Images (N, C, H, W), or a list of (C, H, W), side by side, `nrow` in a row: a tensor (C, H', W')."""
    images = _batch(tensor)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
        if scale_each:
            images = torch.stack([_scaled(image, value_range) for image in images])
        else:
            images = _scaled(images, value_range)
    if images.shape[0] == 1:
        return images.squeeze(0)
    count, channels, height, width = images.shape
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    height, width = height + padding, width + padding
    grid = images.new_full((channels, height * rows + padding, width * columns + padding), pad_value)
    for i in range(count):
        top, left = (i // columns) * height + padding, (i % columns) * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = images[i]
    return grid


@torch.no_grad()
def save_image(tensor, fp, format=None, **kwargs):
    """`make_grid` of images of values 0..1, written to a file; the options are those of `make_grid`."""
    grid = make_grid(tensor, **kwargs)
    values = np.clip(grid.detach().cpu().numpy() * 255 + 0.5, 0, 255).astype(np.uint8)
    to_pil_image(np.ascontiguousarray(values.transpose(1, 2, 0))).save(fp, format=format)
