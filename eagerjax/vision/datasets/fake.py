"""FakeData: random images, for tests of programs."""

from eagerjax.namespace import torch
from eagerjax.vision.datasets.vision import VisionDataset


class FakeData(VisionDataset):
    """`size` images of random pixels with random labels; the same image for the same index."""

    def __init__(self, size=1000, image_size=(3, 224, 224), num_classes=10, transform=None, target_transform=None,
                 random_offset=0):  # fmt: skip
        super().__init__(transform=transform, target_transform=target_transform)
        self.size = size
        self.image_size = image_size
        self.num_classes = num_classes
        self.random_offset = random_offset

    def __getitem__(self, index):
        from eagerjax.vision.transforms.functional import to_pil_image  # noqa: PLC0415

        if not 0 <= index < len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        # A generator of its own draws what the program's one would after the same seed, and leaves that one alone.
        own = torch.Generator().manual_seed(index + self.random_offset)
        image = to_pil_image(torch.randn(*self.image_size, generator=own))
        target = torch.randint(0, self.num_classes, size=(1,), generator=own).item()
        return self._transformed(image, target)

    def __len__(self):
        return self.size
