"""Datasets and transforms of images. torchvision is no oracle here: its formulas are written out where they matter."""

import gzip
import hashlib
import pickle
import struct

import numpy as np
import pytest

import eagerjax as ej
from eagerjax.utils.data import DataLoader
from eagerjax.vision import datasets, transforms

Image = pytest.importorskip("PIL.Image")


def picture(h=6, w=8, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (h, w, 3), np.uint8))


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


# -- datasets --------------------------------------------------------------------------------------
def test_digits():
    train, test = datasets.Digits(transform=transforms.ToTensor()), datasets.Digits(train=False)
    assert len(train) + len(test) == 1797
    image, label = train[0]
    assert image.shape == (1, 8, 8) and image.dtype is ej.float32 and 0.9 < image.numpy().max() <= 1.0
    assert label == 0 and isinstance(label, int)
    assert isinstance(test[0][0], Image.Image) and test[0][0].mode == "L"
    assert train.data.shape == (1438, 8, 8) and train.data.dtype is ej.uint8
    assert train.targets.dtype is ej.int64 and train.targets.numpy().max() == 9
    counts = np.bincount(test.targets.numpy())
    assert counts.min() > 20


def test_digits_in_a_loader_and_replaced_data():
    data = datasets.Digits(transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]))
    for workers in (0, 1):
        x, y = next(iter(DataLoader(data, batch_size=32, num_workers=workers)))
        assert x.shape == (32, 1, 8, 8) and y.dtype is ej.int64
        assert x.numpy().min() == -1.0
    data.data, data.targets = data.data[:10], data.targets[:10]
    assert len(data) == 10 and len(pickle.loads(pickle.dumps(data))) == 10
    assert data[3][1] == data.targets[3].item()


def write_mnist(folder, packed):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    made = {}
    for part, n in (("train", 12), ("t10k", 5)):
        images, labels = rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n, np.uint8)
        made[part] = images, labels
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            raw = idx(array)
            (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(raw) if packed else raw)
    return made


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", [datasets.MNIST, datasets.FashionMNIST])
def test_mnist_files(tmp_path, packed, kind):
    made = write_mnist(tmp_path / kind.__name__ / "raw", packed)
    for train, part in ((True, "train"), (False, "t10k")):
        data = kind(str(tmp_path), train=train)
        images, labels = made[part]
        np.testing.assert_array_equal(data.data.numpy(), images)
        np.testing.assert_array_equal(data.targets.numpy(), labels)
        np.testing.assert_array_equal(np.asarray(data[1][0]), images[1])
        assert data[1][1] == labels[1]
    assert repr(data) == (f"Dataset {kind.__name__}\n    Number of datapoints: 5\n    Root location: {tmp_path}\n"
                          "    Split: Test")  # fmt: skip
    assert len(data.classes) == 10


def test_missing_files_say_what_to_do(tmp_path):
    with pytest.raises(RuntimeError, match="(?s)download=True.*train-images-idx3-ubyte.gz.*MNIST/raw"):
        datasets.MNIST(str(tmp_path))


class Local(datasets.MNIST):
    mirrors = ["file:///nowhere/"]


def test_download_from_a_mirror_is_checked_and_atomic(tmp_path, monkeypatch):
    write_mnist(tmp_path / "server", packed=True)
    folder = tmp_path / "Local" / "raw"
    with pytest.raises(RuntimeError, match="(?s)could not be downloaded.*place the file.*Digits"):
        Local(str(tmp_path), download=True)
    monkeypatch.setattr(Local, "mirrors", ["file:///nowhere/", f"file://{tmp_path}/server/"])
    with pytest.raises(RuntimeError, match="the file is damaged"):
        Local(str(tmp_path), download=True)
    assert list(folder.iterdir()) == []
    sums = {n: hashlib.sha256((tmp_path / "server" / n).read_bytes()).hexdigest() for n in Local.sha256}
    monkeypatch.setattr(Local, "sha256", sums)
    assert len(Local(str(tmp_path), download=True)) == 12
    assert sorted(p.name for p in folder.iterdir()) == sorted(sums)


@pytest.mark.parametrize(
    "raw, text",
    [(b"xx", "no idx file"), (b"\0\0\x08\x01\0\0", "cut short"), (idx(np.zeros(4, np.uint8))[:-1], "its header says"),
     (idx(np.zeros((2, 2), np.uint8)), "has 2 dimensions, should have 1")],
)  # fmt: skip
def test_damaged_idx(tmp_path, raw, text):
    (tmp_path / "file").write_bytes(raw)
    with pytest.raises(ValueError, match=text):
        datasets.mnist.read_idx(str(tmp_path / "file"), ndim=1)


def test_image_folder(tmp_path):
    for name, count in (("cat", 2), ("ant", 1)):
        (tmp_path / name).mkdir()
        for i in range(count):
            picture(seed=i).save(tmp_path / name / f"{i}.png")
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    data = datasets.ImageFolder(str(tmp_path), transform=transforms.PILToTensor())
    assert data.classes == ["ant", "cat"] and data.class_to_idx == {"ant": 0, "cat": 1} and data.targets == [0, 1, 1]
    image, label = data[2]
    assert label == 1 and image.dtype is ej.uint8
    np.testing.assert_array_equal(image.numpy(), np.asarray(picture(seed=1)).transpose(2, 0, 1))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty"):
        datasets.ImageFolder(str(tmp_path))


def test_fake_data():
    data = datasets.FakeData(5, (3, 4, 6), 3, transform=transforms.ToTensor())
    assert len(list(iter(DataLoader(data, batch_size=2)))) == 3
    np.testing.assert_array_equal(data[1][0].numpy(), data[1][0].numpy())
    assert data[1][0].shape == (3, 4, 6)
    with pytest.raises(IndexError):
        data[5]


# -- transforms ----------------------------------------------------------------------------------------
def test_to_tensor_and_back():
    image = picture()
    tensor = transforms.ToTensor()(image)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(image).transpose(2, 0, 1).astype(np.float32) / 255)
    np.testing.assert_array_equal(np.asarray(transforms.ToPILImage()(tensor)), np.asarray(image))
    assert transforms.ToTensor()(np.zeros((4, 5))).dtype is ej.float64
    assert transforms.ToTensor()(image.convert("L")).shape == (1, 6, 8)
    assert transforms.PILToTensor()(image.convert("1")).numpy().max() == 255
    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray"):
        transforms.ToTensor()([1])


def test_normalize():
    tensor = ej.rand(3, 4, 5)
    got = transforms.Normalize((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))(tensor)
    mean, std = (np.array(v, np.float32).reshape(3, 1, 1) for v in ((0.1, 0.2, 0.3), (0.5, 0.6, 0.7)))
    np.testing.assert_allclose(got.numpy(), (tensor.numpy() - mean) / std, rtol=1e-6)
    with pytest.raises(ValueError, match="division by zero"):
        transforms.Normalize((0.0,), (0.0,))(tensor)
    with pytest.raises(TypeError, match="should be a float tensor"):
        transforms.Normalize((0.0,), (1.0,))(ej.zeros(1, 2, 2, dtype=ej.uint8))


@pytest.mark.parametrize("convert", [lambda x: x, transforms.PILToTensor()])
def test_crops_flips_and_margins(convert):
    image = picture()
    pixels = np.asarray(image)

    def check(transform, want):
        got = transform(convert(image))
        got = np.asarray(got) if isinstance(got, Image.Image) else got.numpy().transpose(1, 2, 0)
        np.testing.assert_array_equal(got, want)

    check(transforms.CenterCrop(4), pixels[1:5, 2:6])
    check(transforms.CenterCrop((8, 4)), np.pad(pixels, [(1, 1), (0, 0), (0, 0)])[:, 2:6])
    check(transforms.RandomHorizontalFlip(1.0), pixels[:, ::-1])
    check(transforms.RandomVerticalFlip(1.0), pixels[::-1])
    check(transforms.RandomHorizontalFlip(0.0), pixels)
    check(transforms.Pad((1, 2), fill=7), np.pad(pixels, [(2, 2), (1, 1), (0, 0)], constant_values=7))
    check(transforms.Pad(2, padding_mode="reflect"), np.pad(pixels, [(2, 2), (2, 2), (0, 0)], "reflect"))
    check(transforms.RandomCrop((6, 8)), pixels)
    check(transforms.RandomRotation((90, 90), expand=True), np.rot90(pixels))
    crops = {transforms.RandomCrop(3)(image).tobytes() for _ in range(30)}
    assert len(crops) > 10
    with pytest.raises(ValueError, match="larger than input image size"):
        transforms.RandomCrop(10)(convert(image))
    assert transforms.functional.get_dimensions(transforms.RandomCrop(10, pad_if_needed=True)(convert(image))) == [
        3,
        10,
        10,
    ]


@pytest.mark.parametrize(
    "size, max_size, want", [(3, None, (3, 4)), ((5, 9), None, (5, 9)), ([12], None, (12, 16)), (12, 14, (10, 14))]
)
def test_resize(size, max_size, want):
    for image in (picture(), transforms.ToTensor()(picture())):
        got = transforms.Resize(size, max_size=max_size)(image)
        assert tuple(transforms.functional.get_dimensions(got)[1:]) == want
    byte = transforms.PILToTensor()(transforms.Resize((3, 4))(picture())).numpy().astype(int)
    float_ = transforms.Resize((3, 4))(transforms.PILToTensor()(picture())).numpy().astype(int)
    assert abs(byte - float_).max() <= 1


def test_random_transforms_follow_the_seed():
    several = transforms.Compose(
        [transforms.RandomResizedCrop(4), transforms.ColorJitter(0.3, 0.3, 0.3, 0.1), transforms.RandomRotation(20),
         transforms.RandomCrop(4, padding=1), transforms.RandomHorizontalFlip(), transforms.Grayscale(3)]
    )  # fmt: skip
    ej.manual_seed(1)
    first, second = several(picture()), several(picture())
    ej.manual_seed(1)
    assert several(picture()).tobytes() == first.tobytes() != second.tobytes()
    assert first.size == (4, 4) and first.mode == "RGB"


def test_texts():
    T = transforms
    both = T.Compose([T.Resize(4), T.ToTensor(), T.Normalize((0.1,), (0.2,)), T.Lambda(abs)])
    assert repr(both) == (
        "Compose(\n    Resize(size=4, interpolation=bilinear, max_size=None, antialias=True)\n    ToTensor()\n"
        "    Normalize(mean=(0.1,), std=(0.2,))\n    Lambda()\n)"
    )
    assert (
        repr(T.RandomRotation(10))
        == "RandomRotation(degrees=[-10.0, 10.0], interpolation=nearest, expand=False, fill=0)"
    )
    assert repr(T.RandomCrop(32, padding=4)) == "RandomCrop(size=(32, 32), padding=4)"
    assert repr(T.ColorJitter(0.5)) == "ColorJitter(brightness=(0.5, 1.5), contrast=None, saturation=None, hue=None)"
    crop = "RandomResizedCrop(size=(8, 8), scale=(0.08, 1.0), ratio=(0.75, 1.3333), interpolation=bilinear, "
    assert repr(T.RandomResizedCrop(8)) == crop + "antialias=True)"
    data = datasets.Digits(transform=T.Compose([T.ToTensor()]))
    tree = ["    Split: Train", "    StandardTransform", "Transform: Compose(", 15 * " " + "ToTensor()", 11 * " " + ")"]
    assert repr(data).splitlines()[2:] == tree
