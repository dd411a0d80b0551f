"""CIFAR-10 and CIFAR-100, from the archives of their authors."""

import os
import pickle
import tarfile

import numpy as np

from eagerjax.vision.datasets.download import fetch
from eagerjax.vision.datasets.vision import VisionDataset

_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


class _Unpickler(pickle.Unpickler):
    """Reads arrays, numbers and text; whatever else a file names is refused."""

    def find_class(self, module, name):
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"a batch of CIFAR should not hold {module}.{name}")
        return super().find_class(module, name)


def _read(path):
    with open(path, "rb") as file:
        return _Unpickler(file, encoding="latin1").load()


class CIFAR10(VisionDataset):
    """60,000 colour images of 32x32 pixels in 10 classes, in `root`/cifar-10-batches-py; `download=True` gets them.

    Raises RuntimeError where the files are missing, or where they cannot be downloaded.
    """

    base_folder = "cifar-10-batches-py"
    filename = "cifar-10-python.tar.gz"
    mirrors = ["https://www.cs.toronto.edu/~kriz/"]
    sha256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
    train_list = [f"data_batch_{i}" for i in range(1, 6)]
    test_list = ["test_batch"]
    meta = {"filename": "batches.meta", "key": "label_names"}
    label_key = "labels"

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            self.download()
        if not self._check_exists():
            raise RuntimeError("Dataset not found or corrupted. You can use download=True to download it, or place "
                               f"{self.filename}, or the folder {self.base_folder} that it holds, in {self.root}")  # fmt: skip
        parts = [_read(self._path(name)) for name in (self.train_list if train else self.test_list)]
        images = np.concatenate([np.asarray(part["data"], np.uint8).reshape(-1, 3, 32, 32) for part in parts])
        self.data = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
        self.targets = [int(label) for part in parts for label in part[self.label_key]]
        if len(self.data) != len(self.targets):
            raise RuntimeError(f"{self.root} holds {len(self.data)} images and {len(self.targets)} labels")
        self.classes = list(_read(self._path(self.meta["filename"]))[self.meta["key"]])
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}

    @property
    def _names(self):
        return [*self.train_list, *self.test_list, self.meta["filename"]]

    def _path(self, name):
        return os.path.join(self.root, self.base_folder, name)

    def _check_exists(self):
        """Are the files there? An archive that is there is unpacked."""
        archive = os.path.join(self.root, self.filename)
        if not all(os.path.isfile(self._path(name)) for name in self._names) and os.path.isfile(archive):
            self._unpack(archive)
        return all(os.path.isfile(self._path(name)) for name in self._names)

    def _unpack(self, archive):
        """Write the files that belong to the data set, by their fixed names, and no others."""
        os.makedirs(os.path.join(self.root, self.base_folder), exist_ok=True)
        with tarfile.open(archive) as packed:
            for name in self._names:
                member = packed.extractfile(f"{self.base_folder}/{name}")
                if member is None:
                    raise RuntimeError(f"{archive}: {name} is no file")
                with member, open(self._path(name) + ".part", "wb") as file:
                    file.write(member.read())
                os.replace(self._path(name) + ".part", self._path(name))

    def download(self):
        """Get the archive, checked by its SHA-256, and unpack it."""
        if not self._check_exists():
            fetch(self.filename, self.mirrors, os.path.join(self.root, self.filename), self.sha256)

    def __getitem__(self, index):
        from PIL import Image  # noqa: PLC0415

        return self._transformed(Image.fromarray(self.data[index]), self.targets[index])

    def __len__(self):
        return len(self.data)

    def extra_repr(self):
        return f"Split: {'Train' if self.train else 'Test'}"


class CIFAR100(CIFAR10):
    """60,000 colour images of 32x32 pixels in 100 classes, in the form of CIFAR-10."""

    base_folder = "cifar-100-python"
    filename = "cifar-100-python.tar.gz"
    sha256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
    train_list = ["train"]
    test_list = ["test"]
    meta = {"filename": "meta", "key": "fine_label_names"}
    label_key = "fine_labels"
