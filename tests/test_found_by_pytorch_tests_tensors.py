"""What PyTorch's own tests of tensors found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import array
import warnings

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.autograd import functional

LONG = 2**63


# -- integers of a range -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "low", "high", "message"),
    [
        (torch.uint8, -1, 5, "from is out of bounds for unsigned char"),
        (torch.int16, 0, 2**20, "to - 1 is out of bounds for short int"),
        (torch.bool, 0, 3, "to - 1 is out of bounds for bool"),
        (torch.float16, 0, 2**20, "to - 1 is out of bounds for c10::Half"),
        (torch.complex64, 0, 5, "handles only integral, floating-point and boolean types"),
    ],
)
def test_random_integers_that_a_dtype_cannot_hold(kind, low, high, message):
    with pytest.raises(RuntimeError, match=message):
        torch.empty(3, dtype=kind).random_(low, high)
    with pytest.raises(RuntimeError, match=message):
        torch.randint(low, high, (3,), dtype=kind)


def test_random_integers_with_gaps_warn():
    with pytest.warns(UserWarning, match=r"to - 1 is out of bounds \[-\(2\^11\), 2\^11\]"):
        drawn = torch.empty(100, dtype=torch.float16).random_(0, 2**13)
    assert 0 <= drawn.min() and drawn.max() <= 2**13


@pytest.mark.parametrize("kind", [torch.int8, torch.uint8, torch.int32, torch.int64, torch.float32])
@pytest.mark.parametrize("numbers", ["torch", "counter"])
def test_random_from_a_number_on(kind, numbers):
    low = torch.iinfo(kind).min if not kind.is_floating_point else -(2**24)
    high = torch.iinfo(kind).max if not kind.is_floating_point else 2**24
    torch.set_rng(numbers)
    try:
        drawn = torch.empty(2000, dtype=kind).random_(low, None).double()
    finally:
        torch.set_rng("counter")
    assert drawn.min() < low + 0.1 * (high - low) and drawn.max() > high - 0.1 * (high - low)


def test_uniform_bounds():
    x = torch.empty(3)
    for low, high, message in ((-3e38, 3e38, "uniform_ expects to-from <="), (0, 3e39, "to is out of bounds for float"),
                               (2, 1, "found from=2 > to=1")):  # fmt: skip
        with pytest.raises(RuntimeError, match=message):
            x.uniform_(low, high)
    with pytest.raises(RuntimeError, match="n cannot be greater than 2049 for Half type"):
        torch.randperm(2050, dtype=torch.float16)


# -- tensors of data -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([0, "a"], TypeError, r"new\(\): invalid data type 'str'"),
        ("a", TypeError, r"new\(\): invalid data type 'str'"),
        (["ab"], ValueError, "too many dimensions 'str'"),
        (None, RuntimeError, "Could not infer dtype of NoneType"),
        ([{1: 2}], RuntimeError, "Could not infer dtype of dict"),
        ({1, 2}, RuntimeError, "Could not infer dtype of set"),
        ([LONG, 0], ValueError, "Overflow when unpacking long long"),
        ([0, -LONG - 1], ValueError, "Overflow when unpacking long long"),
        ([[1, 2], [3]], ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
        ([[1], 2], TypeError, "not a sequence"),
        ([1.5, [1]], TypeError, "must be real number, not list"),
    ],
)
def test_data_that_is_none(data, error, message):
    with pytest.raises(error, match=message):
        torch.tensor(data)


def test_a_list_in_itself():
    data = [0]
    data.append(data)
    with pytest.raises(TypeError, match="self-referential lists are incompatible"):
        torch.tensor(data)


def test_integers_beyond_64_bits():
    assert torch.tensor([0.5, 2.0**70]).dtype is torch.float32
    assert torch.tensor([2**70, 0.5]).tolist() == [float(2**70), 0.5]
    assert torch.tensor([LONG, 1], dtype=torch.uint64).tolist() == [LONG, 1]
    assert torch.tensor((float("nan"), 0, LONG), dtype=torch.bool).tolist() == [True, False, True]
    assert torch.tensor([0j, 1 + 2j], dtype=torch.bool).tolist() == [False, True]


class Items:
    """A sequence of a program's own."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def test_sequences_of_any_class():
    assert torch.tensor(Items([1, 2])).tolist() == [1, 2]
    assert torch.tensor([Items([1.5])]).tolist() == [[1.5]]
    assert torch.tensor(((7, np.array(5)), (np.array(9), 5.0))).dtype is torch.float32
    with pytest.raises(ValueError, match="could not determine the shape of object type 'Items'"):
        torch.tensor(Items({1: 2}))


def test_asarray():
    assert torch.asarray(np.float64(0.5)).dtype is torch.float64
    assert torch.asarray([1, 2]).tolist() == [1, 2]
    assert torch.asarray(array.array("d", [1, 2]), dtype=torch.float64).tolist() == [1, 2]
    capsule = torch.ones(2).__dlpack__()
    assert torch.asarray(capsule, dtype=torch.int32).tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="can't alias NumPy scalars"):
        torch.asarray(np.float64(0.5), copy=False)
    with pytest.raises(ValueError, match="can't alias tensor from device 'cpu' to 'meta'"):
        torch.asarray(torch.ones(2), copy=False, device="meta")


@pytest.mark.parametrize("make", [
    lambda: torch.tensor([1], requires_grad=True), lambda: torch.zeros(2, dtype=torch.int64, requires_grad=True),
    lambda: torch.arange(3, requires_grad=True), lambda: torch.asarray([1], requires_grad=True),
])  # fmt: skip
def test_integers_that_require_grad(make):
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        make()


def test_numbers_of_several_elements():
    for convert in (int, float, complex):
        with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
            convert(torch.ones(2))


# -- out= ----------------------------------------------------------------------------------------------------------
X = torch.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: torch.zeros(3, dtype=torch.int64, out=torch.zeros(3)), "dtype Long does not match dtype of out parameter"),
        (lambda: torch.zeros(3, device="meta", out=torch.zeros(3)), "device type meta does not match device type of out"),
        (lambda: torch.sum(X, 0, dtype=torch.float64, out=torch.empty(3)), "have dtype double, but got float instead"),
        (lambda: torch.cumsum(X, 0, dtype=torch.float64, out=torch.empty(2, 3)), "have dtype double, but got float"),
        (lambda: torch.mean(X, 0, dtype=torch.float64, out=torch.empty(3)), "have dtype double, but got float"),
        (lambda: torch.max(X, 0, out=(torch.empty(3), torch.empty(3))), "have dtype long int, but got float"),
        (lambda: torch.linspace(0, 1j, 5, out=torch.empty(5)), "cannot be converted to type float"),
        (lambda: torch.linspace(0, 1j, 5, dtype=torch.float32), "inferred dtype c10::complex<float> can't be safely cast"),
    ],
)  # fmt: skip
def test_out_and_dtype_contradict(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


def test_arange_into_a_tensor_of_another_size():
    out = torch.empty(1, 4)
    with pytest.warns(UserWarning, match="The out tensor will be resized to a tensor of shape"):
        torch.arange(5, out=out)
    assert out.tolist() == [0, 1, 2, 3, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.linspace(0, 1, 3, out=out)
    assert out.shape == (3,)


# -- sizes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("call", [
    lambda: X.sum(True), lambda: X.topk(2, True), lambda: X.squeeze(True), lambda: torch.cat([X], True), lambda: X.max(True),
    lambda: X.softmax(True), lambda: X.transpose(True, 0), lambda: X.sum((0, True)), lambda: X.view(True, 6),
    lambda: X.gather(True, X.long()), lambda: torch.stack([X], True), lambda: X.view(2.0, 3),
])  # fmt: skip
def test_a_bool_is_no_integer(call):
    with pytest.raises(TypeError):
        call()


@pytest.mark.parametrize("call", [
    lambda: torch.empty(2**62), lambda: torch.zeros(2**31, 2**31, 2**31), lambda: torch.ones(2).repeat(2**61),
    lambda: torch.arange(1e-38, 3e38), lambda: torch.zeros(()).resize_([2, 4, 2**29, 2**29]),
])  # fmt: skip
def test_sizes_beyond_all_memory(call):
    """Said at once: what is pending would fail together with all else that is."""
    with pytest.raises(RuntimeError, match="overflow"):
        call()
    assert (torch.ones(2) + 1).tolist() == [2, 2]


def test_strides_that_were_asked_for():
    made = torch.empty_strided((2, 3), (1, 2))
    assert made.stride() == (1, 2) and not made.is_contiguous()
    made.copy_(X)
    assert torch.equal(made, X) and made.t().is_contiguous()
    assert torch.ones(2, dtype=torch.int32).new_empty_strided((2, 2), (1, 4)).stride() == (1, 4)
    with pytest.raises(RuntimeError, match=r"dimensionality of sizes \(1\) must match dimensionality of strides \(0\)"):
        torch.empty_strided((2,), ())
    with pytest.raises(RuntimeError, match="mismatch in length of strides and shape"):
        X.as_strided((1,), ())


# -- views ---------------------------------------------------------------------------------------------------------
def test_matrices_only():
    for ndim in (1, 3):
        x = torch.ones((2,) * ndim)
        with pytest.raises(RuntimeError, match=rf"tensor.H is only supported on matrices \(2-D tensors\). Got {ndim}-D tensor"):
            x.H  # noqa: B018
    for name in ("mT", "mH"):
        with pytest.raises(RuntimeError, match=f"tensor.{name} is only supported on matrices or batches of matrices"):
            getattr(torch.ones(2), name)
    with pytest.raises(RuntimeError, match="only supported on matrices"):
        torch.ones(2).adjoint()
    assert torch.tensor(2.0).mT.item() == 2.0 and torch.tensor(1j).adjoint().item() == -1j


def test_bytes_of_a_view_with_a_pending_sign():
    c = torch.tensor([1 + 2j])
    with pytest.raises(RuntimeError, match="not supported for conjugate view tensors"):
        c.conj().view(torch.float64)
    with pytest.raises(RuntimeError, match="not supported for tensors with negative bit set"):
        c.conj().imag.view(torch.int32)
    with pytest.raises(RuntimeError, match=r"self.storage_offset\(\) must be divisible by 2 to view Float as Double"):
        torch.ones(5)[1:].view(torch.float64)
    with pytest.raises(RuntimeError, match="Input tensor must have one or more dimensions"):
        torch.view_as_complex(torch.tensor(1.0))


def test_set_to_a_storage():
    x, z = X.clone(), torch.empty(0)
    z.set_(x.storage(), 1, (2, 2), (2, 1))
    assert z.tolist() == [[1, 2], [3, 4]] and z.stride() == (2, 1) and z.storage_offset() == 1
    z[0, 0] = 10
    assert x[0, 1] == 10
    assert z.set_(x.untyped_storage()).shape == (6,) and z.set_().shape == (0,)
    with pytest.raises(RuntimeError, match="Could not set tensor of type long int to a tensor of type float"):
        z.set_(x.long())
    assert x[0]._is_view() and not x._is_view()


def test_where_to_split():
    with pytest.raises(RuntimeError, match="to have dtype of long, but got Float"):
        torch.tensor_split(X, torch.tensor(1.1))
    with pytest.raises(RuntimeError, match="zero-dimensional or one-dimensional tensor, but got a tensor with 2 dims"):
        torch.tensor_split(X, torch.tensor([[1]]))


# -- writing -------------------------------------------------------------------------------------------------------
def test_an_assignment_of_another_dtype():
    x = torch.ones(5, 2, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="got Double for the destination and Int for the source"):
        x[:, [1]] = torch.zeros(5, 1, dtype=torch.int32)
    with pytest.raises(RuntimeError, match="Index put requires the source and destination dtypes match"):
        x[x > 0] = torch.zeros(10)
    x[x > 0] = torch.tensor(3)  # one value is filled in
    x[:, 0] = torch.ones(5)  # a view is copied to
    x[[1]] = 7
    assert x[0].tolist() == [1, 3] and x[1].tolist() == [7, 7]


# -- single functions ----------------------------------------------------------------------------------------------
def test_joining_nothing():
    empty = torch.empty(0)
    assert torch.cat([empty, empty], dim=1).shape == (0,)
    with pytest.raises(RuntimeError, match="Input 1 has 3 dimensions"):
        torch.block_diag(torch.tensor(5), torch.tensor([[[6]]]))
    with pytest.raises(RuntimeError, match="expects all tensors to have the same device"):
        torch.meshgrid(torch.ones(2), torch.ones(2, device="meta"), indexing="ij")


def test_counts_of_floats():
    with pytest.raises(NotImplementedError, match="\"bincount_cpu\" not implemented for 'Float'"):
        torch.bincount(torch.tensor([1.0, 0.3]))
    with pytest.raises(RuntimeError, match="only when boundaries tensor dimension is 1"):
        torch.searchsorted(X, 1)
    with pytest.raises(IndexError, match="Expected reduction dim 1 to have non-zero size"):
        torch.kthvalue(torch.ones(2, 0, 4), 1, 1)
    with pytest.warns(UserWarning, match=r"torch\.range is deprecated"):
        assert torch.range(0, 3).tolist() == [0, 1, 2, 3]


def test_a_hessian_of_what_does_not_depend():
    def apart(a):
        return a.long().float().requires_grad_().clone().sum()

    for function in (functional.hvp, functional.vhp):
        with pytest.raises(RuntimeError, match="The output of the user-provided function is independent of input 0"):
            function(apart, torch.rand(4), torch.rand(4), strict=True)


# -- overloads of old -------------------------------------------------------------------------------------------------
Y, Z = torch.full((2, 3), 2.0), torch.full((2, 3), 4.0)
S = torch.ones(2, 2)


@pytest.mark.filterwarnings("ignore:This overload of")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lambda: X.clone().add_(0.5, Y), lambda: X + 0.5 * Y),
        (lambda: torch.add(X, 2, Y), lambda: X + 2 * Y),
        (lambda: X.sub(torch.tensor(0.5), Y), lambda: X - 0.5 * Y),
        (lambda: X.clone().mul_(0.9).addcmul_(0.1, Y, Z), lambda: 0.9 * X + 0.1 * Y * Z),
        (lambda: torch.addcdiv(X, -0.5, Y, Z), lambda: X - 0.5 * Y / Z),
        (lambda: torch.addmm(0.5, S, S, S), lambda: 0.5 * S + S @ S),
        (lambda: torch.addmm(0.5, S, 2, S, S), lambda: 0.5 * S + 2 * S @ S),
        (lambda: S.clone().addmm_(0.5, S, S), lambda: 0.5 * S + S @ S),
        (lambda: S.addmm(0.5, 3, S, S), lambda: 0.5 * S + 3 * S @ S),
        (lambda: S[0].addmv(2, S, S[0]), lambda: 2 * S[0] + S @ S[0]),
    ],
)
def test_deprecated_overloads(old, new):
    torch.testing.assert_close(old(), new())


def test_a_number_too_many():
    for call in (lambda: X.add(Y, Z), lambda: X.addcmul(Y, Y, Z), lambda: torch.addmm(S, S, S, S)):
        with pytest.raises(TypeError):
            call()


# -- numbers beside half precision --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_a_number_is_rounded_as_the_tensor_is(kind):
    x, near = torch.full((2,), 0.3, dtype=kind), torch.tensor(0.3, dtype=kind).double().item()
    assert (x == 0.3).all() and (x >= 0.3).all() and not (x > 0.3).any() and (x == torch.tensor(0.3)).all()
    assert torch.nn.functional.hardshrink(x, 0.3).tolist() == [0, 0]
    y = torch.full((2,), 1.7, dtype=kind)
    wide = y.float()
    assert torch.equal(y + 0.3, (wide + near).to(kind)) and torch.equal(0.3 - y, (near - wide).to(kind))
    assert torch.equal(y % 0.3, (wide % near).to(kind)) and torch.equal(y**0.3, (wide**near).to(kind))
    assert torch.equal(y * 0.3, (wide * 0.3).to(kind)) and torch.equal(y / 0.3, (wide / 0.3).to(kind))  # products are exact
    assert torch.equal(y + torch.tensor([257, 4097]), (wide + torch.tensor([257, 4097]).to(kind).float()).to(kind))


def test_a_number_by_a_tensor():
    """3 / x is 3 * (1 / x), in its last bit, too."""
    x = torch.rand(1000) + 0.1
    assert torch.equal(3 / x, x.reciprocal() * 3) and torch.equal(2.5 / x.half(), x.half().reciprocal() * 2.5)
    assert (2 / torch.tensor([1, 4])).tolist() == [2, 0.5]


# -- torch.func -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: torch.func.grad(torch.sum, has_aux=True)(x), RuntimeError, r"grad_and_value\(f\)\(\*args\): output"),
        (lambda x: torch.func.vjp(lambda x: (x, 1.0), x, has_aux=True), RuntimeError, "Expected tensors, got unsupported type"),
        (lambda x: torch.func.vjp(lambda x: None, x), RuntimeError, "Expected f to be a function that has non-empty"),
        (lambda x: torch.func.jacrev(lambda x: ())(x), RuntimeError, "Expected f to be a function that has non-empty output"),
        (lambda x: torch.func.grad(torch.sum, argnums=0.0)(x), RuntimeError, r"must be int or Tuple\[int, ...\]"),
        (lambda x: torch.func.jacfwd(torch.mul, argnums=(0, 0))(x, x), RuntimeError, "must be unique"),
        (lambda x: torch.func.jacrev(torch.sin, chunk_size=0), ValueError, "`chunk_size` should be greater than 0"),
        (lambda x: torch.func.jacrev(torch.sin)(x + 1j), RuntimeError, "jacrev: Expected all inputs to be real"),
        (lambda x: torch.func.jvp(torch.sin, (), ()), RuntimeError, "Expected primals to contain at least one Tensor"),
        (lambda x: torch.func.jvp(torch.sin, (x,), x), RuntimeError, "same python structure"),
    ],
)  # fmt: skip
def test_transforms_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call(torch.rand(3))


def test_grad_mode_where_a_gradient_is_pulled():
    x = torch.tensor(3.0, requires_grad=True)
    out, pull = torch.func.vjp(lambda x: x**2, x)
    with torch.no_grad():
        (gradient,) = pull(torch.tensor(1.0))
        _, other = torch.func.vjp(lambda x: x**2, x)
    assert not gradient.requires_grad and out.requires_grad and gradient.item() == 6
    assert torch.autograd.grad(other(torch.tensor(1.0))[0], x)[0].item() == 2


def test_one_row_at_a_time_may_look_at_values():
    seen = []

    class Looks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen.append(g.tolist())
            return g * 2

    rows = torch.func.jacrev(Looks.apply, chunk_size=1)(torch.ones(2))
    assert rows.tolist() == [[2, 0], [0, 2]] and seen == [[1, 0], [0, 1]]


# -- memory that is shared --------------------------------------------------------------------------------------------
def test_operands_in_the_memory_that_is_written_to():
    at, row = torch.tensor([2, 1, 0]), torch.ones(3)
    for call in (
        lambda: at.index_add_(0, at, at.clone()), lambda: at.index_copy_(0, at.clone(), at), lambda: at.index_fill_(0, at, 0),
        lambda: at.put_(at, at.clone()), lambda: row.scatter_(0, at, row), lambda: row.scatter_add_(0, at, row),
        lambda: row.scatter_reduce_(0, at, row, "sum"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="unsupported operation: some elements of the input tensor"):
            call()


@pytest.mark.filterwarnings("ignore:Use of")
def test_one_place_behind_several_elements():
    """Deprecated by PyTorch, and done: the place is filled if any of its elements is."""
    mask, at = torch.tensor([False, True, False]), torch.tensor([2, 1])
    for fill in (lambda x: x.masked_fill_(mask, 7.0), lambda x: x.index_fill_(0, at, 7.0),
                 lambda x: x.__setitem__(mask, 7.0),
                 lambda x: x.index_put_((at,), torch.tensor(7.0)),
                 lambda x: x.__setitem__(at, torch.tensor([7.0, 7.0]))):  # fmt: skip
        base = torch.zeros(1)
        fill(base.expand(3))
        assert base.item() == 7
    rows = torch.zeros(1, 2)
    rows.expand(3, 2).index_put_((at, torch.tensor([0, 0])), torch.tensor([5.0, 5.0]))
    assert rows.tolist() == [[5, 0]]
    with pytest.raises(IndexError):
        torch.zeros(1).expand(3).index_put_((torch.tensor([5]),), torch.tensor(1.0))


# -- the rest -----------------------------------------------------------------------------------------------------------
def test_gamma_functions_of_large_orders():
    inf = float("inf")
    a, x = torch.tensor([inf, inf, 1.0, 0.0]), torch.tensor([1.0, inf, inf, 1.0])
    assert torch.igamma(a, x)[[0, 2, 3]].tolist() == [0, 1, 1] and torch.igamma(a, x)[1].isnan()
    assert torch.igammac(a, x)[[0, 2, 3]].tolist() == [1, 0, 0]
    big = torch.tensor(5000.0)
    torch.testing.assert_close(torch.igamma(big, big), torch.tensor(0.50188063), rtol=1e-6, atol=0)


def test_out_of_what_becomes_real():
    assert torch.abs(torch.tensor([3 + 4j]), out=torch.zeros(1, dtype=torch.complex64)).tolist() == [5]
    assert torch.bernoulli(torch.ones(3), out=torch.zeros(3, dtype=torch.bool)).all()
    assert (torch.empty(3).cauchy_(float("inf"), 0.5) == float("inf")).all()


@pytest.mark.parametrize("call", [
    lambda: X.topk(1.0), lambda: X.select(0, 1.0), lambda: X.chunk(2.0), lambda: X.split(1.0), lambda: X.expand(2.0, 2, 3),
    lambda: torch.cumsum(X, torch.tensor(0.0)), lambda: X.sum(0.5), lambda: X.roll(1.5),
])  # fmt: skip
def test_a_float_is_no_integer(call):
    with pytest.raises(TypeError):
        call()


def test_names_of_old():
    assert X.new(size=(3, 4)).shape == (3, 4) and torch.FloatTensor(size=(2,)).shape == (2,)
    with pytest.raises(RuntimeError, match="device type not an accelerator"):
        torch.Generator("opengl")
    with pytest.raises(RuntimeError, match="prepend or append to match that of input"):
        X.diff(dim=0, prepend=torch.tensor([[0, 1]]))


def test_a_warning_of_a_loss_names_the_users_line():
    """It is said where the loss is called, once, and not when the value is looked at."""
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated") as seen:
        loss = torch.nn.functional.mse_loss(torch.ones(2, 7), torch.zeros(2, 7), size_average=False)
    assert [w.filename for w in seen] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loss.item() == 14


def test_numbers_that_a_dtype_cannot_hold():
    x = torch.tensor([1, 2], dtype=torch.uint8)
    for call in (lambda: x + 2**70, lambda: 2**64 - x, lambda: x == -(2**63) - 1, lambda: x * -(2**64)):
        with pytest.raises(OverflowError, match="int too big to convert"):
            call()
    assert (x.long() == 2**63 - 1).tolist() == [False, False]
    with pytest.raises(RuntimeError, match="cannot be converted to type uint8_t without overflow"):
        torch.where(x > 1, x, 300)
    with pytest.raises(RuntimeError, match="cannot be converted to type uint8_t without overflow"):
        torch.full((2,), 300, dtype=torch.uint8)
    assert torch.where(x > 1, x, 0.5).tolist() == [0.5, 2] and torch.where(x > 1, 1.5, x).dtype is torch.float32
    assert torch.full((1,), 1j, dtype=torch.bool).item() is True
