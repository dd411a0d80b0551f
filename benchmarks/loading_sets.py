"""What `benchmarks.loading` loads: data sets in numpy, one source for both libraries. Workers import this module alone."""

import numpy as np

SHAPE = (3, 32, 32)
MEAN, STD = (0.5, 0.45, 0.4), (0.25, 0.2, 0.3)


class Drawn:
    """An array made in numpy for each index."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return np.random.default_rng(index).random(SHAPE, np.float32), index % 10


class Transformed:
    """Pictures of bytes (H, W, C), each through a transform."""

    def __init__(self, length, transform):
        self.pictures = np.random.default_rng(0).integers(0, 256, (length, 32, 32, 3), np.uint8)
        self.transform = transform

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return self.transform(self.pictures[index]), index % 10


def drawn(torch, length):
    return Drawn(length)


def transformed(torch, length):
    return Transformed(length, by_hand(torch) if torch.__name__ == "torch" else of_vision())


def tensors(torch, length):
    """Images and labels that are tensors already."""
    rng = np.random.default_rng(0)
    images, labels = rng.random((length, *SHAPE), np.float32), rng.integers(0, 10, length)
    return torch.utils.data.TensorDataset(torch.tensor(images), torch.tensor(labels))


def of_vision():
    from eagerjax.vision import transforms  # noqa: PLC0415  (PyTorch's process does not load JAX)

    return transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def by_hand(torch):
    """ToTensor and Normalize, as torchvision does them."""

    def transform(picture):
        image = torch.from_numpy(picture.transpose(2, 0, 1)).contiguous().to(torch.float32).div(255)
        mean, std = (torch.as_tensor(v, dtype=image.dtype).view(-1, 1, 1) for v in (MEAN, STD))
        return image.sub_(mean).div_(std)

    return transform


SETS = {
    "tensors": ("TensorDataset of images", tensors),
    "drawn": ("array drawn in numpy for each index", drawn),
    "transformed": ("bytes through ToTensor and Normalize", transformed),
}
"""{name: (title, make(torch, length))}; pictures of 3x32x32 and a label."""
