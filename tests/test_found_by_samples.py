"""What PyTorch's own samples of ops have found."""

import pytest

import eagerjax as torch
from eagerjax.nn import functional as F


@pytest.mark.parametrize("order", [2, -2])
def test_equal_singular_values_share_the_gradient_of_a_spectral_norm(order):
    """Where all are equal, each direction gets its part."""
    x = (3 * torch.eye(4)).requires_grad_()
    torch.linalg.norm(x, order).backward()
    assert x.grad.allclose(torch.eye(4) / 4)


def test_what_writes_in_place_differentiates_at_the_value_that_it_overwrote():
    """polygamma_ and rrelu out of training, whose derivatives need their operand."""
    x = torch.tensor([-1.0, 2.0, 0.5], requires_grad=True)
    F.rrelu(x.clone(), 0.1, 0.3, inplace=True).sum().backward()
    assert x.grad.allclose(torch.tensor([0.2, 1.0, 1.0]))
    x = torch.tensor([2.0, 0.5], requires_grad=True)
    x.clone().polygamma_(1).sum().backward()
    assert x.grad.allclose(torch.polygamma(2, x.detach()))


def test_factors_of_a_batch_of_batches():
    """linalg.lu of four dimensions, and the refusal to go without pivots."""
    a = torch.randn(2, 3, 4, 5)
    p, lower, upper = torch.linalg.lu(a)
    assert (p @ lower @ upper).allclose(a, atol=1e-5)
    with pytest.raises(RuntimeError, match="without pivoting"):
        torch.linalg.lu(a, pivot=False)


def test_gradients_of_eigenvectors():
    """They turn; their lengths stay 1."""
    a = torch.tensor([[2.0, 1.0], [0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a: torch.linalg.eig(a).eigenvectors.abs(), (a,))
    assert torch.linalg.eig(torch.zeros(0, 0)).eigenvalues.shape == (0,)


def test_what_is_drawn_in_place_of_a_tensor_depends_on_it_with_gradient_zero():
    """In-place draws, and normal and poisson with tensors as parameters."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for drawn in (x.clone().normal_(), x.clone().random_(), torch.normal(x, x), torch.normal(0.0, x), torch.poisson(x)):
        assert torch.autograd.grad(drawn.sum(), x)[0].tolist() == [0, 0]


def test_addbmm_alone_gives_its_operand_the_shape_of_the_result():
    x = torch.tensor(1.0, requires_grad=True)
    y = x.clone()
    with pytest.warns(UserWarning, match="resized"):
        y.addbmm_(torch.ones(2, 5, 3), torch.ones(2, 3, 4))
    assert y.shape == (5, 4)
    y.sum().backward()
    assert x.grad.item() == 20


@pytest.mark.parametrize("call, error", [
    (lambda x: x.roll(()), RuntimeError),
    (lambda x: torch.range(0, 3, 0), RuntimeError),
    (lambda x: torch.arange(10**20), OverflowError),
    (lambda x: F.adaptive_avg_pool2d(x, (1, 1)), ValueError),
    (lambda x: F.multilabel_margin_loss(x, x, reduction="abc"), ValueError),
    (lambda x: F.multi_margin_loss(x, x, reduction="abc"), ValueError),
])  # fmt: skip
def test_refused_with_pytorchs_types(call, error):
    with pytest.raises(error):
        call(torch.ones(3, 4))


def test_the_older_name_of_the_mean():
    """Losses take it with a warning."""
    with pytest.warns(UserWarning, match="elementwise_mean"):
        assert F.mse_loss(torch.ones(2), torch.zeros(2), reduction="elementwise_mean").item() == 1


def test_one_variable_has_one_number_as_covariance():
    """Given as a matrix of one row too."""
    x = torch.tensor([[1.0, 2.0, 4.0]])
    assert x.cov().shape == x.corrcoef().shape == ()
    assert x.T.cov().shape == (3, 3)


@pytest.mark.parametrize("accumulate", [False, True])
def test_values_have_to_fit_even_where_nothing_is_written(accumulate):
    """Into a tensor without elements; and only `x[i] = v` leaves out leading ones of the value."""
    x, at = torch.ones(2, 0, 3), (torch.tensor([0, 0, 1]),)
    with pytest.raises(RuntimeError, match="cannot be broadcast"):
        x.index_put_(at, torch.ones(0), accumulate=accumulate)
    y = torch.zeros(2, 3)
    y[at[0][:1]] = torch.ones(1, 1, 1, 3)
    assert y[0].tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match="cannot be broadcast"):
        y.index_put_((at[0][:1],), torch.ones(1, 1, 1, 3), accumulate=accumulate)


def test_parts_of_one_memory_written_to_each_other():
    """An element to the others as a number is; the same elements with a new leading dimension; not to one place twice."""
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    y[1:] = y[0]
    y.sum().backward()
    assert y.tolist() == [0, 0, 0, 0] and x.grad.tolist() == [4, 0, 0, 0]
    z = torch.arange(6.0).view(3, 2)
    assert z.expand(1, 3, 2).stride() == z[None].stride()
    z[None][0:] = z
    with pytest.raises(RuntimeError, match="more than one element"):
        torch.zeros(1).expand(3)[1:] = 2.0


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
@pytest.mark.parametrize("given", [(-1.5, 3, 1), (0, 2.5, 0.5), (-1, 3, 1.7), (0, -0.5, 1), (5.9, -2, -2.5)])
def test_arange_of_fractions_in_integers(given, dtype):
    """PyTorch counts the steps by what was given, for int64 by whole numbers."""
    live = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
    results = []
    for lib in (live, torch):
        try:
            results.append(lib.arange(*given, dtype=getattr(lib, dtype)).tolist())
        except (RuntimeError, ValueError) as error:
            results.append((type(error), str(error)))
    assert results[0] == results[1]


def test_scatter_tells_numbers_from_tensors():
    """A second number is no tensor of another dtype, and a tensor is no number."""
    for x, index in ((torch.zeros(3, dtype=torch.int64), [0, 2]), (torch.tensor(3), 0)):
        index = torch.tensor(index)
        for number in (2.5, 3.5, 4.5):
            assert x.scatter(0, index, number, reduce="add").sum() == x.sum() + index.numel() * int(number)
        with pytest.raises(RuntimeError):
            x.scatter(0, index, torch.tensor(2.5))
        with pytest.raises(TypeError):
            x.scatter_add(0, index, 2)


def test_logspace_of_one_step_and_of_small_integers():
    live = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
    for given, dtype in (((4.3, 0, 1), "bfloat16"), ((4.3, 4.3, 1), "int64"), ((4.3, 0, 3), "uint8")):
        assert (
            torch.logspace(*given, dtype=getattr(torch, dtype)).tolist()
            == live.logspace(*given, dtype=getattr(live, dtype)).tolist()
        )


def test_fractional_pools_take_more_samples_than_the_batch_needs():
    """Those of an image alone are the first."""
    x, samples = torch.arange(500.0).reshape(4, 5, 5, 5), torch.linspace(0, 0.9, 24).reshape(2, 4, 3)
    alone = F.fractional_max_pool3d(x, 2, output_size=3, _random_samples=samples)
    assert alone.equal(F.fractional_max_pool3d(x, 2, output_size=3, _random_samples=samples[:1]))
    for wrong, message in (
        (samples.double(), "the same dtype as input"),
        (samples[:, :2], "equals to input channel size"),
        (samples[..., :2], "equals to 3; got 2"),
        (samples[0], "3 dimensions, got 2"),
        (samples[:0], "no less then input batch size"),
    ):
        with pytest.raises(RuntimeError, match=message):
            F.fractional_max_pool3d(x, 2, output_size=3, _random_samples=wrong)
