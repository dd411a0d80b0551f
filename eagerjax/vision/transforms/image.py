"""Values of Pillow images and of tensors, to read from."""

import numpy as np


def is_pil(image):
    from PIL import Image  # noqa: PLC0415

    return isinstance(image, Image.Image)


def pixels(image):
    """A tensor's values to read from."""
    from eagerjax.tensor import concrete_array  # noqa: PLC0415  a loader's worker may never need it

    return np.asarray(concrete_array(image))


def pil_pixels(image):
    """(C, H, W) of a Pillow image, in memory of its own."""
    kinds = {"I": np.int32, "I;16": np.int16, "F": np.float32, "1": np.uint8}
    array = np.array(image, kinds.get(image.mode, np.uint8), copy=True)
    if image.mode == "1":
        array *= 255
    array = array[:, :, None] if array.ndim == 2 else array
    return np.ascontiguousarray(array.transpose(2, 0, 1))
