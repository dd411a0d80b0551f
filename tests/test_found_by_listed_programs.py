"""What public programs that had never been run tripped over: one test for each cause."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.lower import policy
from eagerjax.runtime import config
from eagerjax.vision import datasets, transforms


@pytest.fixture
def torch_numbers():
    with torch.set_rng("torch"):
        yield


def test_fake_data_draws_from_the_stream(torch_numbers):
    """The ImageNet program trains on `--dummy` images: those that PyTorch draws after `manual_seed(index)`."""
    data = datasets.FakeData(5, (3, 4, 6), 10, transform=transforms.ToTensor(), random_offset=2)
    torch.manual_seed(0)
    before = torch.get_rng_state()
    image, target = data[1]
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(3)
    expected = torch.randn(3, 4, 6).mul(255).byte()
    np.testing.assert_array_equal((image * 255).round().byte().numpy(), expected.numpy())
    assert target == torch.randint(0, 10, (1,)).item() and type(target) is int


@pytest.mark.parametrize("kind", [bool, int, float, complex])
def test_number_types_of_python_are_dtypes(kind):
    """Wherever PyTorch takes a dtype it takes `float` for float64, and so on; anything else is refused."""
    made = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}[kind]
    x = torch.arange(4)
    assert x.to(kind).dtype is x.to("cpu", kind).dtype is x.to(dtype=kind).dtype is made
    assert torch.zeros(2, dtype=kind).dtype is torch.ones_like(x, dtype=kind).dtype is made
    assert torch.tensor([1, 0], dtype=kind).dtype is torch.as_tensor(np.ones(2), dtype=kind).dtype is made
    assert torch.frombuffer(bytearray(16), dtype=kind).dtype is made
    assert x.new_zeros(2, dtype=kind).dtype is x.sum(dtype=kind).dtype is x.view(kind).dtype is made


def test_number_types_of_python_where_the_default_is_another_dtype():
    assert torch.randperm(3, dtype=float).dtype is torch.randint(3, (2,), dtype=float).dtype is torch.float64


def test_a_module_in_a_number_type_of_python():
    assert torch.nn.Linear(2, 2).to(float).weight.dtype is torch.nn.Linear(2, 2, dtype=float).bias.dtype is torch.float64
    with pytest.raises(TypeError, match=r"only accepts floating point or complex dtypes, .*torch\.int64"):
        torch.nn.Linear(2, 2).to(int)


@pytest.mark.parametrize("wrong", [str, np.float32, "float32", np.dtype("int8"), torch.FloatTensor])
def test_what_is_no_dtype(wrong):
    for call in (torch.zeros, torch.ones(2).sum):
        with pytest.raises(TypeError, match="must be torch.dtype, not"):
            call(0, dtype=wrong)
    if isinstance(wrong, type):
        with pytest.raises(TypeError):
            torch.ones(2).to(wrong)


def test_type_by_legacy_types():
    """DiscoGAN writes `x.type(torch.Tensor)`: the default dtype. Unknown names are refused."""
    x = torch.arange(3)
    assert x.type(torch.Tensor).dtype is x.type("torch.Tensor").dtype is torch.float32
    assert x.type("torch.ComplexFloatTensor").dtype is torch.complex64
    assert x.type(torch.HalfTensor).dtype is torch.float16
    for wrong in ("float", "FloatTensor", "torch.float32", int, torch.nn.Parameter):
        with pytest.raises(ValueError, match="invalid type"):
            x.type(wrong)
    with pytest.raises(TypeError, match="dtype must be a type, str, or dtype object"):
        x.type(5)


def test_interpolation_by_the_numbers_of_pillow():
    """SRGAN, pix2pix and CycleGAN resize with `Image.BICUBIC`."""
    from PIL import Image  # noqa: PLC0415

    image = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5)
    by_number = transforms.Resize((7, 5), Image.BICUBIC)
    by_name = transforms.Resize((7, 5), transforms.InterpolationMode.BICUBIC)
    assert repr(by_number) == repr(by_name)
    np.testing.assert_array_equal(np.asarray(by_number(image)), np.asarray(by_name(image)))
    assert transforms.RandomRotation(3, Image.BILINEAR).interpolation is transforms.InterpolationMode.BILINEAR
    with pytest.raises(TypeError, match="interpolation should be"):
        transforms.functional.resize(image, (2, 2), "bicubic")


def test_long_paths_that_never_come_back_are_soon_no_longer_compiled(monkeypatch):
    """A classifier of names sums the losses of a batch of words of all lengths: no two batches are alike.

    One program of each such batch took half a minute to compile, and eight of them were.
    """
    monkeypatch.setattr(config, "long_path", 12)
    monkeypatch.setattr(config, "eager_programs", 20)  # runs at a call site beyond which nothing is trusted at first sight
    rng = np.random.default_rng(0)
    w = torch.randn(3, 3, requires_grad=True)

    def batch(turns):
        y = torch.ones(3)
        for turn in turns:
            y = torch.tanh(w @ y) if turn else torch.sigmoid(y @ w)
        loss = y.sum()
        loss.backward()
        return loss.item()

    def made():
        return sum("found_by_listed" in site[0] for site, _, _ in policy.programs())

    turns = list(rng.integers(0, 2, (8, config.long_path)))
    for some in turns:
        batch(some)
    assert made() == config.programs_on_trust
    for _ in range(config.repeats_before_compile):
        batch(turns[-1])
    assert made() == config.programs_on_trust + 1  # but one that comes again and again is
    batch(turns[-1])
    batch(rng.integers(0, 2, config.long_path))
    assert made() == config.programs_on_trust + 2  # and where some do come back, the next one is trusted


def test_a_long_path_of_few_kinds_of_calls_is_compiled_when_it_comes_back(monkeypatch):
    """Words of all lengths, 64 in a batch: stepwise such a batch needs the compiled calls of the lengths alone."""
    monkeypatch.setattr(config, "long_path", 12)
    w, word = torch.tensor([[0.1, 0.2], [0.3, 0.4]], requires_grad=True), torch.ones(2)
    assert (w @ word).tolist() == pytest.approx([0.3, 0.7])
    compiled = []
    monkeypatch.setattr(policy, "note", lambda program, runs, *_: compiled.append((len(program.path) > 12, runs)))

    def batch(count):
        loss = torch.stack([torch.tanh(w @ word).sum() for _ in range(count)]).sum()
        loss.backward()
        w.grad = None
        return loss.item()

    first = batch(41)
    assert [long for long, _ in compiled].count(True) == 0
    assert batch(41) == pytest.approx(first)
    assert (True, 2) in compiled
    batch(43)
    assert [long for long, _ in compiled].count(True) == 1


def test_late_programs_are_compiled_once_that_pays(monkeypatch):
    monkeypatch.setattr(config, "eager_programs", 0)
    x = torch.ones(3, requires_grad=True)

    class Ran:
        path, quickest = [None] * 50, 0.01

    def chosen(runs):
        return policy.compiles(node, runs, ("late.py", 1), (), Ran)

    y = (x * 2).sum()
    node = y._trace.node
    late = 50 * policy.SECONDS_PER_STEP / Ran.quickest
    assert [chosen(runs) for runs in (1, 3, late - 1, late + 1)] == [False, False, False, True]
    Ran.quickest = 1.0
    assert [chosen(runs) for runs in (10, 11)] == [False, True]


@pytest.mark.parametrize(("old", "new"), [("train_data", "data"), ("test_data", "data"), ("train_labels", "targets"),
                                          ("test_labels", "targets")])  # fmt: skip
def test_old_names_of_what_mnist_holds(old, new):
    """An often copied tutorial reads `test_data.test_data` and `test_data.test_labels`."""
    digits = datasets.MNIST.__new__(datasets.MNIST)
    digits.data, digits.targets = np.zeros((2, 28, 28), np.uint8), np.array([3, 4])
    with pytest.warns(UserWarning, match=f"{old} has been renamed {new}"):
        assert torch.equal(getattr(digits, old), getattr(digits, new))


def test_a_tensor_that_is_of_the_type_already_stays_itself():
    x = torch.zeros(2, dtype=float)
    assert x.to(float) is x and x.to(int) is not x
    with pytest.raises(TypeError, match=r"must be torch\.dtype"):
        x.to(str)
