"""MNIST and Fashion-MNIST, from their idx files."""

import os
import warnings

import numpy as np

from eagerjax.vision.datasets.download import fetch
from eagerjax.vision.datasets.idx import read_idx
from eagerjax.vision.datasets.vision import ArrayDataset


def renamed(old, new):
    """A property by the `old` name, which warns and gives the attribute `new`."""

    def read(self):
        warnings.warn(f"{old} has been renamed {new}", stacklevel=2)
        return getattr(self, new)

    return property(read)


class MNIST(ArrayDataset):
    """70,000 handwritten digits of 28x28 pixels, in `root`/MNIST/raw; `download=True` gets them there.

    Raises RuntimeError where the files are missing, or where no mirror can be reached.
    """

    mirrors = [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ]
    sha256 = {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    }
    classes = ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven",
               "8 - eight", "9 - nine"]  # fmt: skip

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, train, transform, target_transform)
        if download:
            self.download()
        if not self._check_exists():
            raise RuntimeError("Dataset not found. You can use download=True to download it, or place "
                               f"{', '.join(self.sha256)} (or the unpacked files) in {self.raw_folder}")  # fmt: skip
        self.data, self.targets = self._load_data()

    def _load_data(self):
        part = "train" if self.train else "t10k"
        images = read_idx(self._path(f"{part}-images-idx3-ubyte.gz"), ndim=3)
        labels = read_idx(self._path(f"{part}-labels-idx1-ubyte.gz"), ndim=1)
        if len(images) != len(labels):
            raise RuntimeError(f"{self.raw_folder} holds {len(images)} images and {len(labels)} labels")
        return images, labels.astype(np.int64)

    # as the two were named once
    train_data, test_data = renamed("train_data", "data"), renamed("test_data", "data")
    train_labels, test_labels = renamed("train_labels", "targets"), renamed("test_labels", "targets")

    @property
    def raw_folder(self):
        return os.path.join(self.root, type(self).__name__, "raw")

    @property
    def processed_folder(self):
        return os.path.join(self.root, type(self).__name__, "processed")

    def _path(self, name):
        """The file, unpacked or not; None where it is missing."""
        packed = os.path.join(self.raw_folder, name)
        return next((path for path in (packed.removesuffix(".gz"), packed) if os.path.isfile(path)), None)

    def _check_exists(self):
        return all(self._path(name) for name in self.sha256)

    def download(self):
        """Get the files that are missing, from the first mirror that has them; each is checked by its SHA-256."""
        for name, digest in self.sha256.items():
            if self._path(name) is None:
                fetch(name, self.mirrors, os.path.join(self.raw_folder, name), digest)


class FashionMNIST(MNIST):
    """70,000 pictures of clothes of 28x28 pixels, in the form of MNIST."""

    mirrors = [
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ]
    sha256 = {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    }
    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
