"""Functions of torch.nn made for floats, given integers: PyTorch's dtype or PyTorch's error, never a silent float64."""

import pytest

import eagerjax as torch
import eagerjax.nn.functional as F

A = torch.arange(20).reshape(4, 5)
B = A.flip(0)
SIGNS = torch.sign(A - 9)
IMAGE = torch.arange(24).reshape(1, 1, 4, 6)


@pytest.mark.parametrize("call, error", [
    (lambda: F.mse_loss(A, B), NotImplementedError),
    (lambda: F.smooth_l1_loss(A, B), NotImplementedError),
    (lambda: F.huber_loss(A, B), NotImplementedError),
    (lambda: F.binary_cross_entropy_with_logits(A, B), NotImplementedError),
    (lambda: F.binary_cross_entropy_with_logits(A.float(), B), RuntimeError),
    (lambda: F.binary_cross_entropy(A.float() / 20, B), RuntimeError),
    (lambda: F.kl_div(A.float(), B), RuntimeError),
    (lambda: F.soft_margin_loss(A, SIGNS), RuntimeError),
    (lambda: F.gaussian_nll_loss(A, B, B), RuntimeError),
    (lambda: F.l1_loss(A, B), RuntimeError),
    (lambda: F.hinge_embedding_loss(A, SIGNS), RuntimeError),
    (lambda: F.multi_margin_loss(A, A[:, 0] % 5), NotImplementedError),
    (lambda: F.ctc_loss(A[:, None], torch.ones(1, 2, dtype=torch.int64), [4], [2]), NotImplementedError),
    (lambda: F.max_pool1d(IMAGE[0], 2), NotImplementedError),
    (lambda: F.avg_pool2d(IMAGE.int(), 2), NotImplementedError),
    (lambda: F.adaptive_avg_pool2d(IMAGE, 2), NotImplementedError),
    (lambda: F.adaptive_max_pool2d(IMAGE, 2), NotImplementedError),
    (lambda: F.interpolate(IMAGE, scale_factor=2), NotImplementedError),
    (lambda: F.unfold(IMAGE, 2), NotImplementedError),
    (lambda: F.grid_sample(IMAGE, torch.zeros(1, 2, 2, 2, dtype=torch.int64)), NotImplementedError),
    (lambda: torch.bernoulli(A), NotImplementedError),
    (lambda: A.clone().exponential_(), RuntimeError),
    (lambda: A.clone().cauchy_(), RuntimeError),
    (lambda: A.clone().log_normal_(), NotImplementedError),
    (lambda: A.bool().geometric_(0.5), NotImplementedError),
    (lambda: A.to(torch.complex64).random_(), NotImplementedError),
    (lambda: A.bool().clamp(A.bool(), A.bool()), NotImplementedError),
    (lambda: A.bool().kthvalue(1), NotImplementedError),
    (lambda: A.bool().topk(1), RuntimeError),
    (lambda: torch.igamma(A, A), NotImplementedError),
    (lambda: F.linear(A.bool(), A.bool()), NotImplementedError),
    (lambda: F.scaled_dot_product_attention(A, A, A), RuntimeError),
    (lambda: F.rms_norm(A, (5,)), NotImplementedError),
    (lambda: F.conv2d(IMAGE.bool(), IMAGE.bool()), NotImplementedError),
    (lambda: torch.linalg.vecdot(A, A), RuntimeError),
    (lambda: F.fractional_max_pool2d(IMAGE.to(torch.complex64), 2, output_size=2), NotImplementedError),
    (lambda: F.mse_loss(A.to(torch.complex64), B), NotImplementedError),
    (lambda: F.kl_div(A.to(torch.complex64), B.float()), RuntimeError),
    (lambda: torch.view_as_complex(IMAGE.reshape(12, 2)), RuntimeError),
])  # fmt: skip
def test_integers_are_refused(call, error):
    """At the user's line."""
    with pytest.raises(error):
        call()


@pytest.mark.parametrize("call, dtype, value", [
    (lambda: F.l1_loss(A.to(torch.uint8), B, reduction="sum"), torch.int64, 200),
    (lambda: F.l1_loss(A.to(torch.uint8), A.to(torch.uint8), reduction="sum"), torch.int64, 0),
    (lambda: F.margin_ranking_loss(A, B, SIGNS, margin=0.5), torch.float32, 0.025),
    (lambda: F.pairwise_distance(A, A + 3, p=1).sum(), torch.float32, 60.0),
    (lambda: F.triplet_margin_loss(A, A, B), torch.float32, 0.0),
    (lambda: F.poisson_nll_loss(A[:1], B[:1], reduction="sum"), torch.float32, -94.20898),
    (lambda: F.cosine_embedding_loss(A, A + 1, SIGNS[:, 0].abs()).round(decimals=1), torch.float32, 0.0),
    (lambda: F.avg_pool2d(IMAGE - 20, 3).sum(), torch.int64, -23),
    (lambda: F.max_pool2d(IMAGE, 2).sum(), torch.int64, 90),
    (lambda: F.interpolate(IMAGE.to(torch.uint8), scale_factor=0.5).sum(), torch.int64, 48),
    (lambda: F.local_response_norm(IMAGE, 2).sum(), torch.float32, 273.19379),
    (lambda: torch.einsum("ij->", A.int()), torch.int64, 190),
    (lambda: torch.einsum("ij,ij->", A.int(), A.int()), torch.int32, 2470),
    (lambda: torch.linalg.matrix_power(A[:, :4], 2).sum(), torch.int64, 5584),
])  # fmt: skip
def test_integers_are_taken(call, dtype, value):
    """With PyTorch's dtype and value."""
    result = call()
    assert result.dtype is dtype
    assert result.item() == pytest.approx(value, rel=1e-5)


def test_losses_of_a_single_score():
    """A 0-dim input is one row of one class; hardtanh's bound is an integer for integers."""
    one = torch.tensor(1.5)
    assert F.multi_margin_loss(one, torch.tensor(0)).item() == 0
    assert F.multilabel_margin_loss(one, torch.tensor(0), reduction="none").shape == ()
    assert F.hardtanh(torch.tensor([9], dtype=torch.uint8), -0.5, 5).tolist() == [5]


def test_bytes_are_resampled_with_pytorchs_integers():
    """Images of uint8: 16-bit weights, rounded after each axis."""
    image = (torch.arange(36) * 7).to(torch.uint8).reshape(1, 1, 6, 6)
    smaller = F.interpolate(image, size=(3, 4), mode="bilinear", antialias=True)
    assert smaller.tolist() == [[[[33, 42, 53, 62], [108, 117, 128, 137], [183, 192, 203, 212]]]]
    assert F.interpolate(image, size=(2, 3), mode="bicubic").tolist() == [[[[45, 60, 74], [171, 186, 200]]]]
