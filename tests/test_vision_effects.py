"""Augmentations, policies, grids of images and CIFAR's files."""

import pickle
import random
import tarfile

import numpy as np
import pytest

import eagerjax as ej
from eagerjax.vision import datasets, transforms, utils

Image = pytest.importorskip("PIL.Image")
F = transforms.functional
T = transforms


def picture(h=12, w=16, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (h, w, 3), np.uint8))


def floats(image):
    return transforms.ToTensor()(image).numpy()


@pytest.mark.parametrize(
    "call",
    [lambda x: F.adjust_brightness(x, 1.4), lambda x: F.adjust_contrast(x, 0.6), lambda x: F.adjust_saturation(x, 1.7),
     lambda x: F.adjust_gamma(x, 1.4), F.invert, lambda x: F.posterize(x, 3), lambda x: F.solarize(x, 100),
     F.autocontrast, F.equalize, lambda x: F.gaussian_blur(x, [5, 3], [1.2, 0.7]), lambda x: F.affine(x, 20.0, [3, -2],
     1.2, [10.0, 5.0]), lambda x: F.rotate(x, 33.0), lambda x: F.ten_crop(x, (5, 7))[7], lambda x: F.hflip(x)],
)  # fmt: skip
def test_pillow_images_and_bytes_agree(call):
    """The formulas for tensors are Pillow's own, up to its rounding."""
    image = picture()
    want = np.asarray(call(image)).transpose(2, 0, 1).astype(int)
    got = call(transforms.PILToTensor()(image)).numpy().astype(int)
    assert want.shape == got.shape and abs(want - got).max() <= 1


def test_hue_and_sharpness():
    red = ej.tensor(np.array([1.0, 0, 0], np.float32).reshape(3, 1, 1))
    np.testing.assert_allclose(F.adjust_hue(red, 1 / 3).numpy().ravel(), [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(F.adjust_hue(red, 0.5).numpy().ravel(), [0, 1, 1], atol=1e-6)
    spot = np.zeros((1, 5, 5), np.float32)
    spot[0, 2, 2] = 1
    soft = F.adjust_sharpness(ej.tensor(spot), 0.0).numpy()[0]
    np.testing.assert_allclose(soft[1:4, 1:4], np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13, rtol=1e-6)
    with pytest.raises(ValueError, match="hue_factor"):
        F.adjust_hue(red, 0.7)


def test_types_keep_their_span():
    byte = ej.tensor(np.array([[[0, 128, 255]]], np.uint8))
    np.testing.assert_allclose(F.convert_image_dtype(byte).numpy().ravel(), np.array([0, 128, 255]) / 255, rtol=1e-6)
    assert F.convert_image_dtype(F.convert_image_dtype(byte), ej.uint8).tolist() == byte.tolist()
    assert F.convert_image_dtype(byte, ej.int16).flatten().tolist() == [0, 128 * 128, 255 * 128]
    with pytest.raises(RuntimeError, match="cannot be performed safely"):
        F.convert_image_dtype(ej.rand(1, 2, 2), ej.int32)


def test_a_perspective_moves_its_corners():
    corners = [[0, 0], [15, 0], [15, 11], [0, 11]]
    same = F.perspective(picture(), corners, corners)
    assert abs(np.asarray(same).astype(int) - np.asarray(picture()).astype(int)).max() <= 1
    shifted = F.perspective(picture(), corners, [[x + 2, y + 1] for x, y in corners], T.InterpolationMode.NEAREST)
    np.testing.assert_array_equal(np.asarray(shifted)[1:, 2:], np.asarray(picture())[:-1, :-2])


def test_erasing():
    ej.manual_seed(0)
    image = ej.ones(3, 20, 20)
    erased = T.RandomErasing(1.0, value=(0.0, 2.0, 3.0))(image).numpy()
    hole = erased[0] == 0
    assert 0.02 * 400 * 0.5 < hole.sum() < 0.34 * 400
    assert (erased[1][hole] == 2).all() and (erased[2][hole] == 3).all() and (erased[:, ~hole] == 1).all()
    assert T.RandomErasing(1.0, value="random")(image).numpy().std() > 0
    assert T.RandomErasing(0.0)(image) is image
    with pytest.raises(ValueError, match="number of input channels"):
        T.RandomErasing(1.0, value=(1, 2))(image)


@pytest.mark.parametrize("policy", [*(T.AutoAugment(p) for p in T.AutoAugmentPolicy), T.RandAugment(),
                                    T.TrivialAugmentWide(), T.RandomPerspective(p=1.0), T.GaussianBlur(3),
                                    T.RandomAffine(20, (0.1, 0.2), (0.8, 1.2), 10)], ids=repr)  # fmt: skip
def test_policies_follow_the_seed_and_keep_the_size(policy):
    for image in (picture(), transforms.PILToTensor()(picture())):
        ej.manual_seed(3)
        first = [policy(image) for _ in range(12)]
        ej.manual_seed(3)
        second = [policy(image) for _ in range(12)]
        arrays = [
            [np.asarray(i) if isinstance(i, Image.Image) else i.numpy() for i in part] for part in (first, second)
        ]
        for a, b in zip(*arrays):
            np.testing.assert_array_equal(a, b)
            assert a.shape == arrays[0][0].shape and a.dtype == np.uint8
        assert len({a.tobytes() for a in arrays[0]}) > 3


def test_jitter_draws_all_its_factors_first(monkeypatch):
    """PyTorch's order: the permutation, then brightness, contrast, saturation and hue, whichever comes first."""
    drawn = []
    monkeypatch.setattr(transforms.colour, "permutation", lambda n: [3, 2, 1, 0])
    monkeypatch.setattr(transforms.colour, "uniform", lambda low, high: drawn.append(high) or high)
    jitter = T.ColorJitter(0.1, 0.2, 0.3, 0.4)
    got = jitter(picture())
    assert drawn == [1.1, 1.2, 1.3, 0.4]
    want = F.adjust_brightness(F.adjust_contrast(F.adjust_saturation(F.adjust_hue(picture(), 0.4), 1.3), 1.2), 1.1)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


def test_policies_hold_25_pairs():
    for kind in T.AutoAugmentPolicy:
        pairs = transforms.auto.policy_of(kind)
        assert len(pairs) == 25 and all(len(p) == 2 for p in pairs)
    assert transforms.auto.policy_of(T.AutoAugmentPolicy.IMAGENET)[0] == (("Posterize", 0.4, 8), ("Rotate", 0.6, 9))


def test_choices_among_transforms():
    random.seed(0)
    ej.manual_seed(0)
    marks = [T.Lambda(lambda x, i=i: [*x, i]) for i in range(3)]
    assert {tuple(T.RandomOrder(marks)([])) for _ in range(60)} == {
        (a, b, c) for a in range(3) for b in range(3) for c in range(3) if len({a, b, c}) == 3
    }
    drawn = [T.RandomChoice(marks, p=[0.0, 1.0, 3.0])([])[0] for _ in range(300)]
    assert 0 not in drawn and 0.6 < np.mean([d == 2 for d in drawn]) < 0.9
    assert 0.3 < np.mean([T.RandomApply(marks, p=0.5)([]) == [0, 1, 2] for _ in range(300)]) < 0.7
    assert [np.asarray(c).shape for c in T.FiveCrop(4)(picture())] == [(4, 4, 3)] * 5
    with pytest.raises(TypeError, match="should be a sequence"):
        T.RandomChoice(T.Lambda(abs))


def test_preset_of_published_weights():
    from eagerjax.vision.models import ResNet50_Weights, get_model_weights  # noqa: PLC0415

    image = picture(300, 260)
    got = ResNet50_Weights.IMAGENET1K_V1.transforms()(image)
    by_hand = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(),
                         T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])(image)  # fmt: skip
    np.testing.assert_allclose(got.numpy(), by_hand.numpy(), rtol=1e-5, atol=1e-6)
    assert "resize_size=[232]" in repr(ResNet50_Weights.DEFAULT.transforms())
    assert get_model_weights("vit_b_16").IMAGENET1K_SWAG_E2E_V1.transforms.keywords["crop_size"] == 384


def test_a_grid_and_its_file(tmp_path):
    images = ej.rand(5, 1, 2, 3)
    grid = utils.make_grid(images, nrow=2, padding=1, pad_value=0.5)
    assert grid.shape == (3, 10, 9)
    np.testing.assert_array_equal(grid[:, 4:6, 5:8].numpy(), np.repeat(images[3].numpy(), 3, 0))
    assert (grid[:, 7:, 5:].numpy() == 0.5).all() and (grid[:, 0].numpy() == 0.5).all()
    spread = utils.make_grid(images * 7 - 3, normalize=True, padding=0)
    assert spread.numpy().min() == 0 and abs(spread.numpy().max() - 1) < 1e-6
    utils.save_image(images, tmp_path / "grid.png", nrow=2)
    assert np.asarray(Image.open(tmp_path / "grid.png")).shape == (14, 12, 3)


def write_cifar(folder, kind):
    rng = np.random.default_rng(0)
    folder.mkdir()
    made = {}
    for name in (*kind.train_list, *kind.test_list):
        made[name] = rng.integers(0, 256, (3, 3072), np.uint8)
        batch = {"data": made[name], kind.label_key: [0, 1, 1]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    (folder / kind.meta["filename"]).write_bytes(pickle.dumps({kind.meta["key"]: ["plane", "car"]}, protocol=2))
    return made


@pytest.mark.parametrize("kind", [datasets.CIFAR10, datasets.CIFAR100])
def test_cifar_from_folder_and_archive(tmp_path, kind):
    made = write_cifar(tmp_path / kind.base_folder, kind)
    data = kind(str(tmp_path), train=False)
    pixels = made[kind.test_list[0]][1].reshape(3, 32, 32).transpose(1, 2, 0)
    np.testing.assert_array_equal(np.asarray(data[1][0]), pixels)
    assert data[1][1] == 1 and data.class_to_idx == {"plane": 0, "car": 1}
    assert len(kind(str(tmp_path))) == 3 * len(kind.train_list)
    away = tmp_path / "packed"
    away.mkdir()
    with tarfile.open(away / kind.filename, "w:gz") as archive:
        archive.add(tmp_path / kind.base_folder, kind.base_folder)
    np.testing.assert_array_equal(kind(str(away), train=False).data, data.data)


class Spy:
    def __reduce__(self):
        return print, ("called",)


def test_cifar_files_call_nothing(tmp_path):
    write_cifar(tmp_path / datasets.CIFAR10.base_folder, datasets.CIFAR10)
    (tmp_path / datasets.CIFAR10.base_folder / "test_batch").write_bytes(pickle.dumps({"data": Spy()}))
    with pytest.raises(pickle.UnpicklingError, match="should not hold builtins.print"):
        datasets.CIFAR10(str(tmp_path), train=False)
    with pytest.raises(RuntimeError, match="cifar-100-python.tar.gz"):
        datasets.CIFAR100(str(tmp_path))
