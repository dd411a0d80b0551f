"""What more public programs tripped over when they were run unchanged: one test for each cause."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.nn import functional as F


@pytest.fixture
def torch_numbers():
    with torch.set_rng("torch"):
        yield


def kept(x):
    """Where a dropout with seed 0 keeps something."""
    torch.manual_seed(0)
    return "".join(str(int(v)) for v in (F.dropout(x, 0.5) != 0).flatten())


ONES = torch.ones(2, 3, 4)


@pytest.mark.parametrize("flushed", [False, True])
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: ONES.transpose(1, 2) * 2, "000001111011111010101100"),
        (lambda: (ONES.transpose(1, 2) * 2).transpose(1, 2), "001000110111101111001010"),
        (lambda: torch.ones(2, 4, 3) + ONES.transpose(1, 2), "001000110111101111001010"),
        (lambda: ONES.transpose(1, 2) + torch.ones(3), "000001111011111010101100"),
        (lambda: F.gelu(ONES.permute(2, 0, 1)).clone(), "000111001010111101011100"),
        (lambda: (ONES.transpose(1, 2) * 2).contiguous(), "001000110111101111001010"),
        (lambda: (ONES.transpose(1, 2) * 2).softmax(-1), "001000110111101111001010"),
        (lambda: (ONES.transpose(1, 2) * 2).reshape(2, 12), "001000110111101111001010"),
        (lambda: (ONES.transpose(1, 2) * 2)[:, 1:] + 1, "001001100111101111"),
        (lambda: F.conv2d(torch.ones(1, 3, 3, 2).permute(0, 3, 1, 2), torch.ones(2, 2, 1, 1)), "010101111000111011"),
        (lambda: (torch.ones(1, 2, 3, 3) * 2).contiguous(memory_format=torch.channels_last), "010101111000111011"),
    ],
)
def test_masks_are_drawn_in_the_order_of_memory(torch_numbers, make, expected, flushed):
    """Autoformer and S4 drop elements of sums of transposed tensors: PyTorch draws in the order in which those lie."""
    kept(ONES)  # from the first draw on, tensors remember how they lie
    x = make()
    if flushed:
        torch.ones(()).item()
    assert kept(x) == expected


def test_layers_of_a_model_by_name():
    """DETR takes its backbone's features with `torchvision.models._utils.IntermediateLayerGetter`."""
    with torch.install_as_torch():
        from torchvision.models._utils import IntermediateLayerGetter  # noqa: PLC0415

    net = torch.nn.Sequential()
    for i in range(3):
        net.add_module(f"layer{i}", torch.nn.Linear(2, 2))
    body = IntermediateLayerGetter(net, {"layer0": "a", "layer1": "b"})
    x = torch.ones(1, 2)
    found = body(x)
    assert list(found) == ["a", "b"] and torch.equal(found["b"], net.layer1(net.layer0(x)))
    assert [n for n, _ in body.named_parameters()] == [f"layer{i}.{n}" for i in (0, 1) for n in ("weight", "bias")]
    with pytest.raises(ValueError, match="return_layers are not present in model"):
        IntermediateLayerGetter(net, {"layer9": "a"})


def test_torchvision_traces_nothing():
    """DETR asks before it interpolates."""
    with torch.install_as_torch():
        import torchvision  # noqa: PLC0415

    assert torchvision._is_tracing() is False


def test_softmax_backward_data():
    """NVIDIA's EDM and DeBERTa write softmax's gradient with PyTorch's inner function."""
    x = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    grad = torch.tensor([[0.5, 0.0, 1.0]])
    out = torch._softmax(x, -1, False)
    found = torch._softmax_backward_data(grad, out, -1, torch.float32)
    assert torch.allclose(found, torch.tensor([[-0.018929487, -0.173819914, 0.192749426]]))
    found.pow(2).sum().backward()
    assert torch.allclose(x.grad, torch.tensor([[-0.008298348, 0.056474179, -0.048175838]]), atol=1e-7)
    found = torch._log_softmax_backward_data(grad, torch._log_softmax(x, -1, False), 1, torch.float32)
    assert torch.allclose(found, torch.tensor([[0.364954114, -0.367092729, 0.002138495]]), atol=1e-7)
    with pytest.raises(IndexError, match=r"expected to be in range of \[-2, 1\], but got 3"):
        torch._softmax_backward_data(grad, out, 3, torch.float32)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x**3

    @staticmethod
    def jvp(ctx, tangent):
        return 3 * tangent * ctx.x**2


class Wrong(Cube):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x**2


def test_gradcheck_of_forward_mode():
    """The tutorial on forward mode checks a Function that has nothing but a jvp."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    forward_only = {"check_forward_ad": True, "check_backward_ad": False, "check_undefined_grad": False}
    assert torch.autograd.gradcheck(Cube.apply, (x,), **forward_only)
    assert not torch.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False, **forward_only)
    with pytest.raises(
        RuntimeError, match="Jacobian computed with forward mode mismatch for output 0 with respect to input 0"
    ):
        torch.autograd.gradcheck(Wrong.apply, (x,), **forward_only)
    z = torch.tensor([1 + 2j, 0.5 - 1j], dtype=torch.complex128, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a: a * a.conj() * a, (z,), check_forward_ad=True)


ONE = torch.tensor([0.5])


@pytest.mark.parametrize(
    ("data", "shape", "kind"),
    [
        ([[ONE], [ONE]], (2, 1), torch.float32),
        ([1, torch.tensor([[2]])], (2,), torch.int64),
        ([torch.tensor(1), 2.0], (2,), torch.float32),
        ([torch.tensor(1.0, dtype=torch.float64), 2.0], (2,), torch.float64),
        ([torch.tensor([1], dtype=torch.int32)], (1,), torch.int32),
        ([np.array([0.5]), np.array([0.5])], (2, 1), torch.float64),
        ([[3, 4], np.array([1.0, 2.0])], (2, 2), torch.float64),
        ([np.float32(1), 1], (2,), torch.float32),
        ([1.0, np.float64(1)], (2,), torch.float64),
        ([[1, 2], torch.tensor([1, 2])], (2, 2), torch.int64),
    ],
)
def test_tensors_and_arrays_in_lists(data, shape, kind):
    """minimalRL collects actions, tensors of one element, in lists: each is a number to `torch.tensor`."""
    made = torch.tensor(data)
    assert made.shape == shape and made.dtype is kind


@pytest.mark.parametrize(
    ("data", "kind", "error", "text"),
    [
        (
            [torch.ones(2), torch.ones(2)],
            None,
            ValueError,
            "only one element tensors can be converted to Python scalars",
        ),
        (
            [torch.tensor([1, 2])],
            None,
            TypeError,
            "only integer tensors of a single element can be converted to an index",
        ),
        ([torch.tensor(1.5)], torch.int64, TypeError, "only integer tensors of a single element can be converted"),
        ([np.arange(3), np.arange(2)], None, ValueError, r"expected sequence of length 3 at dim 1 \(got 2\)"),
        ([np.array([1.0]), 2.0], None, TypeError, "not a sequence"),
        ([None], None, RuntimeError, "Could not infer dtype of NoneType"),
        (["a"], None, ValueError, "too many dimensions 'str'"),
    ],
)
def test_what_lists_may_not_hold(data, kind, error, text):
    with pytest.raises(error, match=text):
        torch.tensor(data, dtype=kind)


def test_numpy_arrays_to_the_right_of_an_operator():
    """minimalRL's V-trace: `rhos * delta.numpy()`; numpy computes it and gives a tensor, whatever has run before."""
    x = torch.ones(2, 1)
    x.sum().item()
    array = np.full((2, 1), 3.0)
    for made, expected in (
        (x * array, 3.0),
        (x - array, -2.0),
        (x / array, 1 / 3),
        (x**array, 1.0),
        (x @ array.T, 3.0),
    ):
        assert isinstance(made, torch.Tensor) and made.dtype is torch.float64 and made.flatten()[0].item() == expected
    x -= array
    assert x.tolist() == [[-2.0], [-2.0]] and x.dtype is torch.float64
    assert (x == array).tolist() == [[False], [False]] and (x != array) is True  # for `!=` nobody answers: not the same
    with pytest.raises(TypeError, match="not supported between instances of 'Tensor' and 'numpy.ndarray'"):
        _ = x > array
    with pytest.raises(TypeError, match="unsupported operand type"):
        _ = x + [1, 2]
    with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad"):
        _ = torch.ones(2, 1, requires_grad=True) * array


def test_functorch():
    """The tutorial on forward mode ends with `functorch.jvp`; that package takes its names from `torch._functorch.deprecated`."""
    with torch.install_as_torch():
        from torch._functorch import deprecated  # noqa: PLC0415

    with pytest.warns(
        FutureWarning, match=r"`functorch.jvp` is deprecated as of PyTorch 2.0.*use `torch.func.jvp` instead"
    ):
        out, slope = deprecated.jvp(torch.sin, (torch.zeros(()),), (torch.ones(()),))
    assert (out.item(), slope.item()) == (0.0, 1.0)
    net = torch.nn.BatchNorm1d(2).eval()
    with pytest.warns(FutureWarning, match="make_functional_with_buffers"):
        call, params, buffers = deprecated.make_functional_with_buffers(net)
    x = torch.ones(3, 2)
    assert torch.equal(call(params, buffers, x), net(x)) and (len(params), len(buffers)) == (2, 3)
    assert torch.equal(call((2 * params[0], params[1]), buffers, x), 2 * net(x))
