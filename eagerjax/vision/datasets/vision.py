"""`VisionDataset`: transforms and text of all image datasets; `ArrayDataset`: images that lie in memory."""

import os

import numpy as np

from eagerjax.utils.data.dataset import Dataset
from eagerjax.utils.data.host import is_tensor, tensor_of


class VisionDataset(Dataset):
    """A dataset of images: `transform` is for inputs, `target_transform` for labels, `transforms` for both at once."""

    _repr_indent = 4

    def __init__(self, root=None, transforms=None, transform=None, target_transform=None):
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        separate = transform is not None or target_transform is not None
        if transforms is not None and separate:
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.transform = transform
        self.target_transform = target_transform
        self.transforms = StandardTransform(transform, target_transform) if separate else transforms

    def __getitem__(self, index):
        raise NotImplementedError

    def __len__(self):
        raise NotImplementedError

    def __repr__(self):
        body = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            body.append(f"Root location: {self.root}")
        body += self.extra_repr().splitlines()
        if getattr(self, "transforms", None) is not None:
            body += [repr(self.transforms)]
        return "\n".join([f"Dataset {type(self).__name__}"] + [" " * self._repr_indent + line for line in body])

    def extra_repr(self):
        return ""

    def _transformed(self, image, target):
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target


class StandardTransform:
    """One transform for the input, one for the target."""

    def __init__(self, transform=None, target_transform=None):
        self.transform = transform
        self.target_transform = target_transform

    def __call__(self, input, target):
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self):
        body = ["StandardTransform"]
        for what, transform in (("Transform", self.transform), ("Target transform", self.target_transform)):
            if transform is not None:
                first, *rest = repr(transform).splitlines()
                body += [f"{what}: {first}"] + [" " * (len(what) + 2) + line for line in rest]
        return "\n".join(body)


class TensorField:
    """An attribute that is a tensor to whoever looks, and an array until somebody does."""

    def __set_name__(self, owner, name):
        self.key = "_" + name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.__dict__[self.key]
        if isinstance(value, np.ndarray):
            value = instance.__dict__[self.key] = tensor_of(value)
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.key] = value


class ArrayDataset(VisionDataset):
    """Images and labels in memory: `data` (N, H, W) uint8 and `targets` (N,) int64, tensors that may be replaced."""

    data = TensorField()
    targets = TensorField()
    classes: list[str] = []

    def __init__(self, root, train, transform, target_transform):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train

    def __getitem__(self, index):
        from PIL import Image  # noqa: PLC0415

        image = Image.fromarray(array_of(self._data)[index])
        return self._transformed(image, int(array_of(self._targets)[index]))

    def __len__(self):
        return len(self._data)

    def __getstate__(self):
        return {**self.__dict__, "_data": array_of(self._data), "_targets": array_of(self._targets)}

    @property
    def class_to_idx(self):
        return {name: i for i, name in enumerate(self.classes)}

    def extra_repr(self):
        return f"Split: {'Train' if self.train else 'Test'}"


def array_of(value):
    """A tensor's value, or anything else, as an array to read from."""
    if is_tensor(value):
        from eagerjax.tensor import concrete_array  # noqa: PLC0415  a loader's worker may never need it

        return np.asarray(concrete_array(value))
    return np.asarray(value)
