"""What programs outside the usual lists found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.nn import functional as F
from eagerjax.ops import conv
from eagerjax.vision.transforms import functional as pictures


@pytest.fixture
def default_dtype():
    yield torch.set_default_dtype
    torch.set_default_dtype(torch.float32)


# -- pictures ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_bytes_become_numbers_of_the_default_dtype(default_dtype, dtype):
    default_dtype(dtype)
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 21
    seen = pictures.to_tensor(picture)
    assert seen.dtype == dtype
    exact = picture.transpose(2, 0, 1) / 255
    assert torch.equal(seen, torch.from_numpy(exact).to(torch.float64 if dtype == torch.float64 else torch.float32).to(dtype))


# -- recurrent layers ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_dropout_between_layers_of_packed_sequences_draws_for_their_steps_only(kind):
    """The stream of random numbers goes on where it does in PyTorch, and each step meets its own mask."""
    torch.manual_seed(0)
    both = getattr(torch.nn, kind)(4, 5, 2, dropout=0.5)
    first, second = getattr(torch.nn, kind)(4, 5), getattr(torch.nn, kind)(5, 5)
    for name, weight in first.named_parameters():
        weight.data = getattr(both, name).data
    for name, weight in second.named_parameters():
        weight.data = getattr(both, name.replace("l0", "l1")).data
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.randn(6, 3, 4), [6, 4, 1])

    torch.manual_seed(1)
    out, _ = both(packed)
    after = torch.rand(1)
    torch.manual_seed(1)
    between, _ = first(packed)
    dropped = torch.nn.functional.dropout(between.data, 0.5)
    expected, _ = second(torch.nn.utils.rnn.PackedSequence(dropped, between.batch_sizes))
    assert torch.equal(torch.rand(1), after)
    torch.testing.assert_close(out.data, expected.data)


def test_the_functions_behind_recurrent_layers_take_packed_data():
    """Modules that call `torch.lstm` themselves (with dropped weights) have this overload, too."""
    module = torch.nn.LSTM(4, 5, 2, bidirectional=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.randn(6, 3, 4), [6, 4, 1])
    zero = torch.zeros(4, 3, 5)
    out, h, c = torch.lstm(packed.data, packed.batch_sizes, (zero, zero), module._flat_weights, True, 2, 0.0, False, True)
    expected, (h_expected, c_expected) = module(packed)
    for seen, wanted in ((out, expected.data), (h, h_expected), (c, c_expected)):
        torch.testing.assert_close(seen, wanted)


def test_copies_of_recurrent_modules_find_their_functions():
    with torch.install_as_torch():
        from torch import _VF  # noqa: PLC0415

        assert _VF.lstm is torch.lstm and _VF.gru_cell is torch.gru_cell
        assert not hasattr(_VF, "no_such_function")


# -- convolutions --------------------------------------------------------------------------------------------------
SMALL = [
    (2, (2, 2), 3, 1, 1),  # the kernel is larger than the images: the deep layers of a ResNet on small pictures
    (40, (4, 4), 4, 2, 1),  # ... than what comes out: the gradient of the input
    (2, (1, 5), 3, 1, 1),
    (8, (9, 9), 3, 1, 0),  # no padding: the weight's gradient
    (8, (9, 9), 3, 1, 2),  # much padding
]


@pytest.mark.parametrize("batch, space, kernel, stride, padding", SMALL)
@pytest.mark.parametrize("channels, out", [(5, 3), (3, 5)])
def test_no_convolution_is_left_to_loops(batch, space, kernel, stride, padding, channels, out):
    """XLA swaps a small image and a large kernel, and reverses it; its CPU back end then computes with plain loops."""

    def step(x, weight):
        result, pull = jax.vjp(lambda x, w: conv.conv2d.body("cpu")(x, w, None, stride, padding), x, weight)
        return pull(jnp.sin(result))

    x, weight = jnp.ones((batch, channels, *space)), jnp.ones((out, channels, kernel, kernel))
    text = jax.jit(step).lower(x, weight).compile().as_text()
    assert "rhs_reversal" not in text


@pytest.mark.parametrize("batch, space, kernel, stride, padding", SMALL)
def test_gradients_of_convolutions_of_small_images(batch, space, kernel, stride, padding):
    torch.manual_seed(0)
    x = torch.randn(1, 2, *space, dtype=torch.double, requires_grad=True)
    weight = torch.randn(2, 2, kernel, kernel, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: F.conv2d(x, w, stride=stride, padding=padding), (x, weight), fast_mode=True)


def test_gradients_of_a_long_kernel():
    """As sound has them: a short-time Fourier transform as a convolution."""
    x = torch.randn(1, 1, 90, dtype=torch.double, requires_grad=True)
    weight = torch.randn(2, 1, 40, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: F.conv1d(x, w, stride=10), (x, weight), fast_mode=True)
    assert F.conv1d(x, weight, stride=10)[0, 1, 3].item() == pytest.approx((x[0, 0, 30:70] * weight[1, 0]).sum().item())


# -- numbers before tensors, as optimizers of old have them ------------------------------------------------------------
@pytest.mark.filterwarnings("ignore:This overload of")
def test_numbers_may_stand_before_the_tensors_they_scale():
    x, y, z, v = torch.arange(4.0).reshape(2, 2), torch.full((2, 2), 3.0), torch.full((2, 2), 2.0), torch.tensor([1.0, 2.0])
    b = torch.stack([x, y])
    pairs = [
        (x.add(2, y), x + 2 * y), (torch.add(x, 2, y), x + 2 * y), (x.clone().add_(-0.5, y), x - 0.5 * y),
        (x.sub(2, y), x - 2 * y), (x.add(torch.tensor(2.0), y), x + 2 * y), (x.add(2, other=y), x + 2 * y), (x.add(2, 3), x + 6),
        (x.clone().addcmul_(2, y, z), x + 2 * y * z), (torch.addcdiv(x, -2, y, z), x - 2 * y / z),
        (x.addmm(2, 3, y, z), 2 * x + 3 * y @ z), (torch.addmm(2, x, 3, y, z), 2 * x + 3 * y @ z),
        (torch.addmm(2, x, y, z), 2 * x + y @ z), (v.addmv(2, 3, y, v), 2 * v + 3 * y @ v),
        (x.addr(2, v, v), 2 * x + torch.outer(v, v)),
        (torch.baddbmm(2, b, 3, b, b), 2 * b + 3 * b @ b), (x.clone().addbmm_(2, b, b), 2 * x + (b @ b).sum(0)),
    ]  # fmt: skip
    for seen, expected in pairs:
        assert torch.equal(seen, expected)
    assert torch.add(x, 2, y, out=torch.empty(2, 2)).equal(x + 2 * y)
    for wrong in (lambda: x.add(2, y, z), lambda: x.add(y, z), lambda: x.addcmul(2, 3, y, z), lambda: x.add(2, y, alpha=3)):
        with pytest.raises(TypeError):
            wrong()


def test_lists_of_tensors():
    """torch._foreach_*: what optimizers without a schedule and moving averages are written with."""
    a, b = [torch.tensor([1.0, 2.0]), torch.tensor([3.0])], [torch.tensor([4.0, 5.0]), torch.tensor([6.0])]
    assert [t.tolist() for t in torch._foreach_add(a, b, alpha=2)] == [[9.0, 12.0], [15.0]]
    assert [t.tolist() for t in torch._foreach_addcmul(a, b, b, [1.0, 2.0])] == [[17.0, 27.0], [75.0]]
    assert [t.tolist() for t in torch._foreach_pow(2.0, a)] == [[2.0, 4.0], [8.0]]
    assert [t.item() for t in torch._foreach_norm(b, 1)] == [9.0, 6.0]
    assert torch._foreach_mul_(a, [2.0, 3.0]) is a and a[1].item() == 9.0
    torch._foreach_lerp_(a, b, 0.5)
    assert [t.tolist() for t in a] == [[3.0, 4.5], [7.5]]
    torch._foreach_copy_(a, b)
    torch._foreach_zero_(b)
    assert a[0].tolist() == [4.0, 5.0] and b[1].item() == 0
    with pytest.raises(RuntimeError, match="got 2 and 1"):
        torch._foreach_div(a, [b[0]])


def test_switches_of_compilers_have_numbers():
    with torch.install_as_torch():
        assert max(4, importlib.import_module("torch._dynamo").config.cache_size_limit) == 8
