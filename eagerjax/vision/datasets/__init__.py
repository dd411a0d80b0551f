"""Image datasets."""

from eagerjax.vision.datasets.cifar import CIFAR10 as CIFAR10, CIFAR100 as CIFAR100
from eagerjax.vision.datasets.digits import Digits as Digits
from eagerjax.vision.datasets.fake import FakeData as FakeData
from eagerjax.vision.datasets.folder import (
    DatasetFolder as DatasetFolder,
    ImageFolder as ImageFolder,
    default_loader as default_loader,
)
from eagerjax.vision.datasets.mnist import MNIST as MNIST, FashionMNIST as FashionMNIST
from eagerjax.vision.datasets.vision import VisionDataset as VisionDataset
