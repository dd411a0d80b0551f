"""What copies and what aliases, resizing in place, and PyTorch's inner norms."""

import numpy as np
import pytest

import eagerjax as torch
import eagerjax.nn.functional as F

COPIES = {
    "alias_copy": (),
    "as_strided_copy": ((2, 2), (1, 2)),
    "diagonal_copy": (),
    "expand_copy": ((2, 3),),
    "permute_copy": ((1, 0),),
    "select_copy": (0, 1),
    "slice_copy": (1, 0, 2),
    "split_copy": (1,),
    "split_with_sizes_copy": ([1, 1],),
    "squeeze_copy": (),
    "t_copy": (),
    "transpose_copy": (0, 1),
    "unbind_copy": (),
    "unfold_copy": (1, 2, 1),
    "unsqueeze_copy": (0,),
    "view_copy": ((3, 2),),
    "narrow_copy": (0, 0, 1),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_shows_what_the_view_shows_and_leaves_it_alone(name):
    x = torch.arange(6.0).reshape(2, 3)
    made = getattr(torch, name)(x, *COPIES[name])
    parts = made if isinstance(made, tuple) else (made,)
    plain = getattr(torch, name.removesuffix("_copy"), None) or getattr(torch.Tensor, name.removesuffix("_copy"), None)
    if plain is not None and name not in ("alias_copy", "unfold_copy"):
        shown = plain(x, *COPIES[name])
        assert [p.tolist() for p in parts] == [p.tolist() for p in (shown if isinstance(shown, tuple) else (shown,))]
    for part in parts:
        part.fill_(9.0)
    assert x.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_unsafe_splits_are_views_that_may_be_written_to():
    x = torch.zeros(4, requires_grad=True)
    y = x * 1
    first, _ = torch.unsafe_split(y, 2)
    first.add_(1.0)
    assert y.tolist() == [1.0, 1.0, 0.0, 0.0]
    with pytest.raises(RuntimeError, match="view"):
        (x * 1).split(2)[0].add_(1.0)


def test_resize():
    x = torch.arange(6)
    assert x.resize_(2, 2) is x and x.tolist() == [[0, 1], [2, 3]]
    x.resize_(2, 3)  # the storage still holds the rest
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert x.resize_(8).shape == (8,) and x[:6].tolist() == [0, 1, 2, 3, 4, 5]
    assert torch.ones(1).resize_as_(torch.zeros(2, 3)).shape == (2, 3)
    with pytest.raises(RuntimeError, match="require grad"):
        torch.ones(2, requires_grad=True).resize_(1)


def test_sum_to_size():
    x = torch.ones(2, 3, 4)
    assert x.sum_to_size(3, 1).tolist() == [[8.0]] * 3 and x.sum_to_size(2, 3, 4) is x
    assert x.sum_to_size(()).item() == 24
    with pytest.raises(RuntimeError, match="expandable"):
        x.sum_to_size(2)


def test_fill_diagonal():
    assert torch.zeros(4, 2).fill_diagonal_(1, wrap=True).tolist() == [[1, 0], [0, 1], [0, 0], [1, 0]]
    assert torch.zeros(4, 2).fill_diagonal_(1).sum().item() == 2
    assert torch.zeros(2, 2, 2).fill_diagonal_(5).sum().item() == 10
    with pytest.raises(RuntimeError, match="equal length"):
        torch.zeros(2, 2, 3).fill_diagonal_(1)


def test_as_strided_scatter_writes_into_a_copy():
    """Also of a transposed input; gradients go to `src` where it was written, to the input elsewhere."""
    x, src = torch.zeros(2, 3, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    made = torch.as_strided_scatter(x, src, (2, 2), (1, 2), 1)
    assert made.tolist() == [[0, 1, 1], [1, 1, 0]]
    (made * torch.arange(1.0, 7).reshape(2, 3)).sum().backward()
    assert src.grad.tolist() == [[2, 4], [3, 5]] and x.grad.tolist() == [[1, 0, 0], [0, 0, 6]]
    turned = torch.arange(6.0).reshape(2, 3).t().as_strided_scatter(torch.ones(2, 2) * 9, (2, 2), (1, 2))
    assert turned.tolist() == [[9, 9], [9, 4], [9, 5]]


# -- inner functions ----------------------------------------------------------------------
def test_native_norms_return_their_statistics():
    x = torch.tensor(np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32), requires_grad=True)
    for (out, mean, rate), wanted, axes in (
        (torch.native_layer_norm(x, (3,), None, None, 1e-5), F.layer_norm(x, (3,)), (2,)),
        (
            torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5),
            F.batch_norm(x, None, None, training=True),
            (0, 2),
        ),
    ):
        assert torch.equal(out, wanted) and out.requires_grad and not mean.requires_grad
        np.testing.assert_allclose(mean.numpy().ravel(), x.detach().numpy().mean(axes).ravel(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(
            rate.numpy().ravel(), (x.detach().numpy().var(axes).ravel() + 1e-5) ** -0.5, rtol=1e-4
        )
    assert torch.native_group_norm(x, None, None, 2, 4, 3, 2, 1e-5)[1].shape == (2, 2)


def test_native_dropout_tells_what_it_kept():
    x = torch.ones(1000)
    out, kept = torch.native_dropout(x, 0.25, True)
    assert torch.equal(out, kept / 0.75) and 0.6 < kept.float().mean().item() < 0.9
    assert torch.native_dropout(x, 0.25, False)[1].all()


@pytest.mark.parametrize("name", ["relu", "elu", "celu", "selu", "hardtanh", "leaky_relu"])
def test_activations_in_place(name):
    x = torch.tensor([-2.0, 0.5, 3.0])
    y = x.clone()
    assert getattr(F, name + "_")(y) is y and torch.equal(y, getattr(F, name)(x))


def test_segments():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    lengths = torch.tensor([1, 0, 3])
    assert torch.segment_reduce(x, "sum", lengths=lengths).tolist() == [1.0, 0.0, 9.0]
    assert torch.segment_reduce(x, "max", lengths=lengths, initial=0).tolist() == [1.0, 0.0, 4.0]
    assert torch.segment_reduce(x, "mean", offsets=torch.tensor([0, 2, 4])).tolist() == [1.5, 3.5]
    with pytest.raises(RuntimeError, match="lengths"):
        torch.segment_reduce(x, "sum", lengths=torch.tensor([1]))


def test_constant_pad_and_time_batch_channel_convolution():
    assert torch.constant_pad_nd(torch.ones(3), (1, -1), 5).tolist() == [5.0, 1.0, 1.0]
    with pytest.raises(RuntimeError, match="even"):
        torch.constant_pad_nd(torch.ones(3), (1,))
    x, weight, bias = torch.randn(5, 2, 3), torch.randn(2, 3, 4), torch.randn(4)
    wanted = F.conv1d(x.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=1).permute(2, 0, 1)
    assert torch.allclose(torch.conv_tbc(x, weight, bias, 1), wanted)
