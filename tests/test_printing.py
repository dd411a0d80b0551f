"""The text of tensors: equal to PyTorch's, character by character."""

import math
import pickle
import random

import numpy as np
import pytest

eagerjax = pytest.importorskip("eagerjax")

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool", "complex64", "complex128"]
OPTIONS = [{}, {}, {}, {"precision": 2}, {"threshold": 5}, {"edgeitems": 1, "threshold": 10}, {"linewidth": 40},
           {"sci_mode": True}, {"sci_mode": False}, {"profile": "short"}, {"profile": "full"},
           {"edgeitems": 0, "threshold": 3}]  # fmt: skip
TEXTS = [  # expression, its text
    ("tensor([1., 2.])", "tensor([1., 2.])"),
    ("tensor([1, -20])", "tensor([  1, -20])"),
    ("tensor(3.14159)", "tensor(3.1416)"),
    ("tensor(float('nan'))", "tensor(nan)"),
    ("tensor([1., float('inf')])", "tensor([1., inf])"),
    ("tensor([1e-6, 1.])", "tensor([1.0000e-06, 1.0000e+00])"),
    ("tensor([True, False])", "tensor([ True, False])"),
    ("tensor([1 + 2j, -1 - 0.5j])", "tensor([ 1.+2.0000j, -1.-0.5000j])"),
    ("tensor([1], dtype=T.int32)", "tensor([1], dtype=torch.int32)"),
    ("tensor([])", "tensor([])"),
    ("zeros(2, 0)", "tensor([], size=(2, 0))"),
    ("zeros(0, dtype=T.int64)", "tensor([], dtype=torch.int64)"),
    ("zeros(2, requires_grad=True)", "tensor([0., 0.], requires_grad=True)"),
    ("zeros(2, requires_grad=True) + 1", "tensor([1., 1.], grad_fn=<AddBackward0>)"),
    ("nn.Parameter(T.ones(2))", "Parameter containing:\ntensor([1., 1.], requires_grad=True)"),
    ("arange(1001)", "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
]


@pytest.fixture(autouse=True)
def default_options():
    yield
    eagerjax.set_printoptions(profile="default")


@pytest.mark.parametrize("expression, text", TEXTS)
def test_known_texts(expression, text):
    T = eagerjax
    made = eval("T." + expression, {"T": T})
    assert repr(made) == str(made) == text


def elements(rng, shape):
    """Random elements of one of the kinds that print in different ways."""
    some = rng.random(shape)
    values = rng.standard_normal(shape)
    return [
        lambda: values,
        lambda: values * 10.0 ** rng.integers(-6, 7, shape),
        lambda: np.round(values * 100),
        lambda: np.where(some < 0.3, math.nan, values),
        lambda: np.where(some < 0.3, rng.choice([math.inf, -math.inf, 0.0, -0.0]), values),
        lambda: np.zeros(shape) * rng.choice([1, -1]),
        lambda: values * 1e9,
        lambda: np.where(some < 0.5, math.inf, np.round(values * 5)),
    ][rng.integers(8)]()


def random_array(rng, dtype):
    shape = tuple(int(n) for n in rng.integers(0, 6, rng.integers(5)))
    if rng.random() < 0.15:
        shape = (int(rng.integers(20, 40)), int(rng.integers(30, 60)))
    values = elements(rng, shape)
    if dtype.startswith("complex"):
        return values + 1j * elements(rng, shape)
    if dtype in ("int64", "int32", "uint8", "int8", "bool"):
        return np.nan_to_num(values, posinf=100, neginf=-100).clip(0 if dtype == "uint8" else -100, 100)
    return values


@pytest.mark.parametrize("dtype", DTYPES)
def test_random_tensors_print_as_in_pytorch(dtype):
    torch = pytest.importorskip("torch")
    rng, choice = np.random.default_rng(7), random.Random(7)
    try:
        for _ in range(30):
            with np.errstate(all="ignore"):
                theirs = torch.tensor(random_array(rng, dtype)).to(getattr(torch, dtype))
            half = dtype in ("float16", "bfloat16")
            ours = eagerjax.tensor((theirs.float() if half else theirs).numpy()).to(getattr(eagerjax, dtype))
            if theirs.is_floating_point() and choice.random() < 0.3:
                theirs.requires_grad_()
                ours.requires_grad_()
            options = choice.choice(OPTIONS)
            for library in (torch, eagerjax):
                library.set_printoptions(profile="default")
                library.set_printoptions(**options)
            assert repr(ours) == repr(theirs), options
    finally:
        torch.set_printoptions(profile="default")


def test_options_are_given_back():
    before = eagerjax.get_printoptions()
    with eagerjax.printoptions(precision=1):
        assert repr(eagerjax.tensor(1.25)) == "tensor(1.2)"
        assert eagerjax.get_printoptions()["precision"] == 1
    assert eagerjax.get_printoptions() == before


def test_numbers_format_as_numbers():
    assert f"{eagerjax.tensor(3.14159):.2f} {eagerjax.tensor(7):>3d}" == "3.14   7"
    assert f"{eagerjax.ones(2)}" == "tensor([1., 1.])"
    with pytest.raises(TypeError):
        format(eagerjax.ones(2), ".2f")


def test_subclasses_print_their_name():
    class Named(eagerjax.Tensor):
        pass

    made = Named(eagerjax.ones(2))
    assert repr(made) == "Named([1., 1.])"


def test_named_results_print_and_pickle():
    found = eagerjax.max(eagerjax.tensor([[1.0, 3.0], [2.0, 0.0]]), 1)
    assert repr(found) == "torch.return_types.max(\nvalues=tensor([3., 2.]),\nindices=tensor([1, 0]))"
    assert type(found) is eagerjax.return_types.max and isinstance(found, tuple) and found.n_fields == 2
    values, indices = pickle.loads(pickle.dumps(found))
    assert values.tolist() == [3.0, 2.0] and indices.tolist() == [1, 0]
    assert repr(eagerjax.linalg.slogdet(eagerjax.eye(2))).startswith("torch.return_types.linalg_slogdet(\nsign=tensor(1.),")
    assert repr(eagerjax.histogram(eagerjax.ones(2), bins=1)).startswith("torch.return_types.histogram(\nhist=")
    with pytest.raises(AttributeError):
        eagerjax.return_types.relu  # noqa: B018
