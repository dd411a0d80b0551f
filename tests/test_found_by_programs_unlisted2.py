"""What libraries and programs that no list names tripped over: one test for each cause. Expected values are PyTorch 2.13's."""

import pytest

import eagerjax as torch
from eagerjax.nn import functional as F


@pytest.fixture
def alias():
    with torch.install_as_torch():
        yield


# -- experts ------------------------------------------------------------------------------------------------------
def ends(*values):
    return torch.tensor(values, dtype=torch.int32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_tokens_meet_the_matrices_of_their_experts(dtype):
    torch.manual_seed(0)
    tokens, experts = torch.randn(6, 8, requires_grad=True), torch.randn(3, 8, 16, requires_grad=True)
    offs = ends(2, 2, 5)
    found = F.grouped_mm(tokens.to(dtype), experts.to(dtype), offs=offs)
    want = torch.cat([tokens[:2] @ experts[0], tokens[2:5] @ experts[2]])
    precise = {} if dtype == torch.float32 else {"rtol": 3e-2, "atol": 3e-2}
    assert found.dtype == dtype
    torch.testing.assert_close(found[:5].float(), want, **precise)
    weights = torch.randn(5, 16)
    grads = torch.autograd.grad((found[:5].float() * weights).sum(), (tokens, experts))
    for got, wanted in zip(grads, torch.autograd.grad((want * weights).sum(), (tokens, experts))):
        torch.testing.assert_close(got, wanted, **precise)
    assert not grads[1][1].any()


def test_groups_of_columns_and_of_what_is_added_up():
    torch.manual_seed(0)
    a, b, offs = torch.randn(3, 5, 8), torch.randn(8, 12), ends(4, 8, 12)
    found = F.grouped_mm(a, b, offs=offs)
    torch.testing.assert_close(found, torch.cat([a[i] @ b[:, 4 * i : 4 * i + 4] for i in range(3)], 1))
    a, b = torch.randn(5, 12), torch.randn(12, 8)
    found = F.grouped_mm(a, b, offs=ends(4, 4, 12))
    torch.testing.assert_close(found, torch.stack([a[:, :4] @ b[:4], torch.zeros(5, 8), a[:, 4:] @ b[4:]]))
    a, b = torch.randn(2, 3, 4), torch.randn(2, 4, 8)
    torch.testing.assert_close(F.grouped_mm(a, b), a @ b)


@pytest.mark.parametrize(
    ("a", "b", "named", "text"),
    [
        ((6, 4), (3, 4, 8), {"offs": torch.tensor([2, 3, 6])}, "Offsets have to be int32"),
        ((6, 4), (3, 4, 8), {}, "Have to provide offsets"),
        ((3, 6, 4), (3, 4, 8), {"offs": ends(2, 3, 6)}, "Have to provide offsets"),
        ((6, 4), (4, 4, 8), {"offs": ends(2, 3, 6)}, "matrix batch sizes have to match"),
        ((6, 4), (3, 8, 8), {"offs": ends(2, 3, 6)}, "contraction dimension of mat_a and mat_b must match"),
        ((6, 3), (3, 3, 8), {"offs": ends(2, 3, 6)}, "strides should be multiple of 16 bytes"),
        ((6,), (3, 4, 8), {"offs": ends(2, 3, 6)}, "mat_a has to be 2 or 3d"),
        ((6, 4), (3, 4, 8), {"offs": ends(2, 3, 6), "bias": torch.ones(8)}, "Bias not supported yet"),
        ((6, 4), (3, 4, 8), {"offs": ends(2, 3, 6), "out_dtype": torch.bfloat16}, "output dtype must match"),
    ],
)
def test_what_is_no_product_of_groups(a, b, named, text):
    with pytest.raises(RuntimeError, match=text):
        F.grouped_mm(torch.ones(a), torch.ones(b), **named)


# -- numbers that are tensors ---------------------------------------------------------------------------------------
def test_lengths_and_strides_that_are_tensors():
    """Longformer's chunks: their number is the result of `torch.div`."""
    x = torch.arange(8.0)
    chunks = torch.div(torch.tensor(8), torch.tensor(4), rounding_mode="trunc") * 2 - 1
    assert x.as_strided([chunks, 4], [torch.tensor(2), 1]).tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]
    with pytest.raises(TypeError):
        x.as_strided((2.0, 2), (1, 1))


# -- names that libraries use --------------------------------------------------------------------------------------
def test_torch_by_way_of_itself(alias):
    import torch as pytorch  # noqa: PLC0415

    assert pytorch.torch is pytorch
    assert pytorch.nn.functional.torch is pytorch
    assert not hasattr(pytorch.nn, "torch")


def test_living_tensors_have_numbers_of_their_own():
    """Pyro finds a module's parameters again by them."""
    a, b = torch.ones(2), torch.nn.Parameter(torch.ones(2))
    assert a._cdata == a._cdata != b._cdata


def test_functions_know_that_they_are_transformed(alias):
    """Kornia's filters do not look at values then."""
    from torch import _C, func  # noqa: PLC0415

    seen = []

    def function(x):
        seen.append(_C._are_functorch_transforms_active())
        return (x**2).sum()

    x = torch.ones(3, 2)
    for transformed in (func.grad(function), func.vmap(function), function):
        transformed(x)
    assert seen == [True, True, False]


def test_lists_of_tensors_by_device_and_dtype(alias):
    from torch.utils._foreach_utils import _group_tensors_by_device_and_dtype as group  # noqa: PLC0415

    a, b, c = torch.ones(1), torch.ones(2).double(), torch.zeros(3)
    found = group([[a, b, c], [], [None, a, b]], with_indices=True)
    cpu = torch.device("cpu")
    (one, where), (other, there) = found[cpu, torch.float32], found[cpu, torch.float64]
    assert (where, there) == ([0, 2], [1])
    assert one[0][0] is a and one[0][1] is c and one[1] == [] and one[2][0] is None and one[2][1] is b
    assert other[0][0] is b and other[2][0] is a
    with pytest.raises(RuntimeError):
        group([[a, b], [a]])


def test_facts_of_sparse_tensors():
    """linear_operator's interpolation asks for them; `dsmm` is its product."""
    s = torch.eye(3).to_sparse()
    assert (s.ndimension(), s.nelement(), s.element_size(), s.itemsize, s.get_device()) == (2, 9, 4, 4, -1)
    assert not s.is_contiguous()
    assert torch.dsmm(s, torch.ones(3, 2)).tolist() == [[1, 1]] * 3


# -- half precision ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["addmm", "addmv", "baddbmm", "addbmm"])
def test_sums_with_products_are_rounded_once(name, dtype):
    """Muon's iteration in bfloat16: its losses were off by 1e-2 where the product was rounded before it was added."""
    torch.manual_seed(0)
    shapes = {"addmm": ((9, 7), (9, 70), (70, 7)), "addmv": ((9,), (9, 70), (70,)),
              "baddbmm": ((2, 9, 7), (2, 9, 70), (2, 70, 7)), "addbmm": ((9, 7), (2, 9, 70), (2, 70, 7))}  # fmt: skip
    input, a, b = (torch.randn(shape).to(dtype) for shape in shapes[name])
    found = getattr(torch, name)(input, a, b, beta=-4.775, alpha=2.0315)
    product = a.double() @ b.double()
    exact = -4.775 * input.double() + 2.0315 * (product.sum(0) if name == "addbmm" else product)
    assert found.dtype == dtype
    assert (found != exact.to(dtype)).sum() <= 1  # but for a tie, perhaps


def test_an_input_of_another_dtype_is_no_summand():
    with pytest.raises(RuntimeError, match="same dtype"):
        torch.addmm(torch.ones(2, 2), torch.ones(2, 2).bfloat16(), torch.ones(2, 2).bfloat16())


# -- parameters of a program's own kind ------------------------------------------------------------------------------
class Scaled(torch.nn.Parameter):
    """As geoopt makes parameters on a manifold."""

    def __new__(cls, data, scale=2.0, requires_grad=True):
        made = torch.Tensor._make_subclass(cls, data, requires_grad)
        made.scale = scale
        return made


def test_parameters_of_a_kind_of_their_own():
    data = torch.ones(2, 2)
    layer = torch.nn.Linear(2, 2)
    layer.weight = Scaled(data)
    (layer(torch.ones(1, 2)) * layer.weight.scale).sum().backward()
    assert layer.weight.grad.tolist() == [[2, 2], [2, 2]]
    assert type(layer.weight) is Scaled and [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    data.add_(1)
    assert layer.weight.tolist() == [[2, 2], [2, 2]]


def test_what_is_no_kind_of_tensor():
    with pytest.raises(TypeError):
        torch.Tensor._make_subclass(3, torch.ones(1))
    with pytest.raises(TypeError):
        torch.Tensor._make_subclass(Scaled, [1])
    with pytest.raises(RuntimeError, match="floating point"):
        torch.Tensor._make_subclass(Scaled, torch.ones(1).long(), True)


def test_nothing_is_traced(alias):
    from torch import _C  # noqa: PLC0415

    assert _C._is_tracing() is False


# -- operators of a program --------------------------------------------------------------------------------------------
def test_each_device_has_its_function(alias):
    """Spikingjelly registers a reference for CPUs, then kernels for GPUs: the last one ran everywhere."""
    import torch as pytorch  # noqa: PLC0415

    library = pytorch.library.Library("test_devices", "DEF")
    library.define("plus(Tensor x) -> Tensor")
    library.impl("plus", lambda x: x + 1, "CPU")
    library.impl("plus", lambda x: x + 100, "CUDA")
    library.impl("plus", pytorch.empty_like, "Meta")
    assert pytorch.ops.test_devices.plus(pytorch.ones(2)).tolist() == [2, 2]

    @pytorch.library.custom_op("test_devices::times", mutates_args=(), device_types="cpu")
    def times(x: pytorch.Tensor, factor: float = 2.0) -> pytorch.Tensor:
        return x * factor

    times.register_kernel("cuda")(lambda x, factor=2.0: x * 0)

    def setup(ctx, inputs, output):
        ctx.factor = inputs[1]

    times.register_autograd(lambda ctx, grad: (grad * ctx.factor, None), setup_context=setup)
    x = pytorch.ones(2, requires_grad=True)
    times(x, 5.0).sum().backward()
    assert (x.grad.tolist(), times(x=x).tolist()) == ([5, 5], [2, 2])


def test_an_operator_for_other_devices_only(alias):
    import torch as pytorch  # noqa: PLC0415

    @pytorch.library.custom_op("test_devices::elsewhere", mutates_args=(), device_types=("cuda", "xpu"))
    def elsewhere(x: pytorch.Tensor) -> pytorch.Tensor:
        return x.clone()

    with pytest.raises(NotImplementedError, match="Could not run 'test_devices::elsewhere'"):
        elsewhere(pytorch.ones(2))


# -- vmap over rows of a Jacobian ----------------------------------------------------------------------------------------
def test_vmap_over_gradients_of_what_was_computed_before():
    """The example of PyTorch's page on `vmap`."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**2 * x.sum()
    rows = torch.vmap(lambda v: torch.autograd.grad(y, x, v, retain_graph=True)[0])(torch.eye(3))
    one_by_one = torch.stack([torch.autograd.grad(y, x, v, retain_graph=True)[0] for v in torch.eye(3)])
    assert torch.equal(rows, one_by_one) and not rows.requires_grad
    seconds = torch.autograd.grad(torch.vmap(lambda v: torch.autograd.grad(y, x, v, create_graph=True)[0])(torch.eye(3)).sum(), x)
    assert seconds[0].tolist() == [30, 36, 42]


# -- pruning -----------------------------------------------------------------------------------------------------------
def test_elements_are_pruned_where_pytorch_prunes_them():
    """The tutorial on pruning, with PyTorch's random numbers: each mask was another one."""
    with torch.set_rng("torch"):
        torch.manual_seed(0)
        layer = torch.nn.utils.prune.random_unstructured(torch.nn.Linear(5, 2), "weight", amount=3)
        drawn = torch.rand(1)
        torch.manual_seed(0)
        torch.nn.Linear(5, 2)
        numbers = torch.rand(2, 5)
        assert torch.equal(drawn, torch.rand(1))
    largest = numbers.flatten().topk(3).indices
    assert sorted(largest.tolist()) == (layer.weight_mask.flatten() == 0).nonzero().flatten().tolist()
