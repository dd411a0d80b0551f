"""Transforms that hold other transforms, several crops at once, and what else takes no parameter of place or colour."""

import random

from eagerjax.utils.data.draw import uniform
from eagerjax.utils.data.host import is_tensor
from eagerjax.vision.transforms import functional as F
from eagerjax.vision.transforms.base import Transform
from eagerjax.vision.transforms.geometry import size_of


class RandomTransforms:
    """Base of those that choose among `transforms`."""

    def __init__(self, transforms):
        if not isinstance(transforms, (list, tuple)):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __repr__(self):
        return "\n".join([f"{type(self).__name__}(", *(f"    {t}" for t in self.transforms), ")"])


class RandomApply(Transform):
    """All transforms in their order, with probability `p`; else none."""

    def __init__(self, transforms, p=0.5):
        self.transforms = transforms
        self.p = p

    def forward(self, img):
        if self.p < uniform():
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return "\n".join([f"{type(self).__name__}(", f"    p={self.p}", *(f"    {t}" for t in self.transforms), ")"])


class RandomOrder(RandomTransforms):
    """All transforms in an order that Python's `random` chooses, as in torchvision."""

    def __call__(self, img):
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for i in order:
            img = self.transforms[i](img)
        return img


class RandomChoice(RandomTransforms):
    """One of the transforms, chosen by Python's `random` as in torchvision; `p` gives their weights."""

    def __init__(self, transforms, p=None):
        super().__init__(transforms)
        if p is not None and not isinstance(p, (list, tuple)):
            raise TypeError("Argument p should be a sequence")
        self.p = p

    def __call__(self, img):
        return random.choices(self.transforms, weights=self.p)[0](img)

    def __repr__(self):
        return f"{super().__repr__()}(p={self.p})"


class ConvertImageDtype(Transform):
    """Tensors of another type, with values scaled to it."""

    def __init__(self, dtype):
        self.dtype = dtype

    def forward(self, image):
        return F.convert_image_dtype(image, self.dtype)

    def __repr__(self):
        return f"{type(self).__name__}()"


class FiveCrop(Transform):
    """The four corners and the middle."""

    def __init__(self, size):
        self.size = size_of(size, "Please provide only two dimensions (h, w) for size.")

    def forward(self, img):
        return F.five_crop(img, self.size)

    def __repr__(self):
        return f"{type(self).__name__}(size={self.size})"


class TenCrop(Transform):
    """`FiveCrop`, and that of the flipped image."""

    def __init__(self, size, vertical_flip=False):
        self.size = size_of(size, "Please provide only two dimensions (h, w) for size.")
        self.vertical_flip = vertical_flip

    def forward(self, img):
        return F.ten_crop(img, self.size, self.vertical_flip)

    def __repr__(self):
        return f"{type(self).__name__}(size={self.size}, vertical_flip={self.vertical_flip})"


class RandomGrayscale(Transform):
    """Grey, with probability `p`; the number of channels stays."""

    def __init__(self, p=0.1):
        self.p = p

    def forward(self, img):
        channels = F.get_dimensions(img)[0]
        return F.to_grayscale(img, num_output_channels=channels) if uniform() < self.p else img

    def __repr__(self):
        return f"{type(self).__name__}(p={self.p})"


class LinearTransformation(Transform):
    """`(flattened tensor - mean) @ matrix`, as for whitening."""

    def __init__(self, transformation_matrix, mean_vector):
        rows, columns = transformation_matrix.shape
        if rows != columns:
            raise ValueError("transformation_matrix should be square. Got "
                             f"{list(transformation_matrix.shape)} rectangular matrix.")  # fmt: skip
        if mean_vector.shape[0] != rows:
            raise ValueError(f"mean_vector should have the same length {mean_vector.shape[0]}"
                             f" as any one of the dimensions of the transformation_matrix [{rows}, {rows}]")  # fmt: skip
        self.transformation_matrix = transformation_matrix
        self.mean_vector = mean_vector

    def forward(self, tensor):
        if not is_tensor(tensor):
            raise TypeError(f"Input tensor should be a torch tensor. Got {type(tensor)}.")
        flat = tensor.reshape(-1, self.transformation_matrix.shape[0]) - self.mean_vector
        return (flat @ self.transformation_matrix).reshape(tensor.shape)

    def __repr__(self):
        return (f"{type(self).__name__}(transformation_matrix={self.transformation_matrix.tolist()}, "
                f"mean_vector={self.mean_vector.tolist()})")  # fmt: skip
