"""What PyTorch's tests of its modules found, once more: each test here is a bug that was one. Expected values: PyTorch 2.13."""

import math

import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F


# -- padding -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["reflect", "replicate"])
@pytest.mark.parametrize("shape, pads", [((3, 0, 10), 2), ((0, 10), 2), ((3, 0, 9, 9), 4), ((0, 9, 9), 4), ((0, 9, 9, 9), 6)])
def test_only_a_batch_may_be_empty_where_edges_are_padded(mode, shape, pads):
    n = pads // 2
    with pytest.raises(RuntimeError, match=rf"Expected {n + 1}D or {n + 2}D \(batch mode\) tensor with possibly 0 batch size"):
        F.pad(torch.rand(shape), (1,) * pads, mode=mode)
    batch = (0, 3, *(4,) * n)
    assert F.pad(torch.rand(batch), (1,) * pads, mode=mode).shape == (0, 3, *(6,) * n)


def test_padding_that_does_not_fit():
    x = torch.rand(2, 3, 3)
    with pytest.raises(NotImplementedError, match="Padding size 4 is not supported for 2D input tensor.\nSupported combinations"):
        F.pad(x[0], (1, 1, 1, 1), mode="replicate")
    with pytest.raises(RuntimeError, match=r"Argument #6: .* padding \(3, 1\) at dimension 1 of input \[2, 3, 3\]"):
        F.pad(x, (1, 1, 3, 1), mode="reflect")
    with pytest.raises(RuntimeError, match=r"input \(W: 3\) is too small. Calculated output W: 0"):
        F.pad(x, (-2, -1), mode="reflect")
    with pytest.raises(RuntimeError, match=r"Trying to create tensor with negative dimension -1: \[2, 5, -1\]"):
        F.pad(x, (-2, -2, 1, 1), mode="replicate")
    assert F.pad(x, (-2, -1, 1, 1), mode="replicate").shape == (2, 5, 0)
    with pytest.raises(NotImplementedError, match="\"replication_pad1d\" not implemented for 'Bool'"):
        F.pad(x > 0.5, (1, 1), mode="replicate")


# -- sampling and folding ------------------------------------------------------------------------------------------
def test_what_a_grid_must_be():
    image = torch.rand(1, 1, 2, 2)
    for grid, message in [
        ((1, 1, 1, 3), "expected grid to have size 2 in last dimension"),
        ((1, 1, 2, 2, 2), "expected 4D input and grid with same number of dimensions"),
        ((2, 1, 1, 2), "expected grid and input to have same batch size"),
    ]:
        with pytest.raises(RuntimeError, match=message):
            F.grid_sample(image, torch.rand(grid), align_corners=False)
    with pytest.raises(RuntimeError, match=r"input has sizes \[1, 1, 0, 2\] with dimension 2 being empty"):
        F.grid_sample(image[:, :, :0], torch.rand(1, 1, 1, 2), align_corners=False)
    with pytest.warns(UserWarning, match="Default grid_sample and affine_grid behavior has changed"):
        F.affine_grid(torch.rand(1, 2, 3), (1, 1, 2, 2))


def test_blocks_that_do_not_fit():
    with pytest.raises(RuntimeError, match=r"dilation=\(8, 8\), padding=\(0, 0\), stride=\(1, 1\), calculated shape of the array "
                                           r"of sliding blocks as \(-4, -3\), which is too small"):  # fmt: skip
        F.fold(torch.rand(1, 12, 12), (4, 5), (2, 2), dilation=8)


@pytest.mark.parametrize("factor", [1e20, math.nan, math.inf])
def test_a_size_that_is_no_number(factor):
    with pytest.raises(RuntimeError, match="value cannot be converted to type int64_t without overflow"):
        F.interpolate(torch.rand(1, 1, 2, 2), scale_factor=factor)


def test_a_size_of_nothing():
    with pytest.raises(RuntimeError, match=r"got input \(H: 2, W: 2\) output \(H: 0, W: 2\)"):
        F.interpolate(torch.rand(1, 1, 2, 2), (0, 2))
    with pytest.raises(RuntimeError, match=r"Non-empty 4D data tensor expected but got a tensor with sizes \[1, 0, 2, 2\]"):
        F.interpolate(torch.rand(1, 0, 2, 2), (2, 2), mode="bilinear")


# -- normalisation -------------------------------------------------------------------------------------------------
def test_a_group_of_one_value():
    with pytest.raises(ValueError, match=r"Expected more than 1 value per channel when training, got input size \[1, 4\]"):
        F.group_norm(torch.rand(1, 4), 4)
    assert F.group_norm(torch.rand(1, 4), 2).shape == (1, 4)
    assert F.group_norm(torch.rand(0, 4, 1), 4).shape == (0, 4, 1)


def test_the_mean_of_a_long_row():
    """As a matrix product the sum of a million float32 numbers loses two digits more."""
    x = torch.rand(2, 1 << 20)
    wide = x.double()
    exact = (wide - wide.mean(1, True)) / (wide.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(F.layer_norm(x, (1 << 20,)).double(), exact, atol=2e-6, rtol=0)


# -- activations in place ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name, call", [
    ("leakyReLu", lambda x: F.leaky_relu_(x, -2)), ("leakyReLu", nn.LeakyReLU(-1.0, inplace=True)),
    ("leakyReLu", lambda x: F.rrelu_(x, -2.0, -1.0)), ("elu", lambda x: F.elu_(x, alpha=-2)),
    ("elu", nn.ELU(-1, inplace=True)), ("elu", lambda x: torch.celu_(x, -2.0)),
])  # fmt: skip
def test_no_gradient_in_place_where_the_sign_is_lost(name, call):
    x = torch.tensor([-1.0, 1.0], requires_grad=True)
    y = call(x.clone())
    with pytest.raises(RuntimeError, match=f"In-place {name} backward calculation is triggered with a negative slope"):
        y.sum().backward()
    call(torch.tensor([-1.0, 1.0]))


def test_a_slope_of_zero_in_place():
    x = torch.tensor([-1.0, 1.0], requires_grad=True)
    F.leaky_relu(x.clone(), 0.0, inplace=True).sum().backward()
    assert x.grad.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
def test_the_gradient_of_a_softmax_of_nothing_has_one(function):
    x = torch.rand(0, 10, requires_grad=True)
    (grad,) = torch.autograd.grad(function(x, 0), x, torch.rand(0, 10), create_graph=True)
    assert grad.requires_grad


# -- losses --------------------------------------------------------------------------------------------------------
LABELS = [
    ((10, 3), (10, 2), RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
    ((10, 3), (), ValueError, r"Expected input batch_size \(10\) to match target batch_size \(0\)"),
    ((3,), (3,), ValueError, "For 1D input, 1D target must have size 1, but got target size: 3"),
    ((2, 3, 4, 5), (2, 4), RuntimeError, r"only batches of spatial targets supported \(3D tensors\) .* dimension: 2"),
    ((2, 3, 4, 5), (2, 4, 4), RuntimeError, r"size mismatch \(got input: \[2, 3, 4, 5\] , target: \[2, 4, 4\]"),
    ((2, 3, 4), (2, 2), RuntimeError, r"Expected target size \[2, 4\], got \[2, 2\]"),
]


@pytest.mark.parametrize("scores, labels, error, message", LABELS)
@pytest.mark.parametrize("loss", [F.nll_loss, F.cross_entropy])
def test_labels_of_another_shape(loss, scores, labels, error, message):
    if scores == labels and loss is F.cross_entropy:
        scores = (4,)
    with pytest.raises(error, match=message):
        loss(torch.rand(scores), torch.zeros(labels, dtype=torch.int64))


def test_one_label_in_a_row_of_one():
    x = torch.tensor([1.0, 2.0, 3.0])
    assert F.nll_loss(x, torch.tensor([1])).item() == -2.0
    assert F.cross_entropy(x, torch.tensor([1]), reduction="none").shape == ()


def test_labels_and_weights_of_another_kind():
    x = torch.rand(2, 3)
    with pytest.raises(RuntimeError, match="expected target dtype to be Long or Byte, but got Int"):
        F.cross_entropy(x, torch.tensor([0, 1], dtype=torch.int32))
    with pytest.raises(RuntimeError, match="expected scalar type Long but found Byte"):
        F.nll_loss(x[..., None], torch.zeros(2, 1, dtype=torch.uint8))
    with pytest.raises(RuntimeError, match="cross_entropy: weight tensor should be defined either for all 3 classes"):
        F.cross_entropy(x, torch.rand(2, 3), torch.ones(2))
    with pytest.raises(RuntimeError, match="weight tensor should be defined either for all or no classes"):
        F.cross_entropy(x[..., None], torch.zeros(2, 1, dtype=torch.int64), torch.ones(2))
    with pytest.raises(IndexError, match="Target 0 is out of bounds"):
        F.cross_entropy(torch.rand(2, 0), torch.zeros(2, dtype=torch.int64)).item()


def test_margins_between_no_classes():
    for loss in (F.multi_margin_loss, F.multilabel_margin_loss):
        for shape in ((0,), (10, 0), (2, 3, 1)):
            with pytest.raises(RuntimeError, match="Expected non-empty vector or matrix with optional 0-dim batch size"):
                loss(torch.rand(shape), torch.ones(shape, dtype=torch.int64))
    with pytest.raises(RuntimeError, match=r"target tensor should be 1-D .* Expected target size \[2\], but got \[1, 2\]"):
        F.multi_margin_loss(torch.rand(2, 3), torch.ones(1, 2, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="inconsistent weight size, expected 3 but got"):
        F.multi_margin_loss(torch.rand(2, 3), torch.tensor([1, 1]), weight=torch.ones(2))
    with pytest.raises(RuntimeError, match="argument #2 'target' is out of range"):
        F.multilabel_margin_loss(torch.rand(1, 3), torch.tensor([[1, 0, 5]])).item()
    assert F.multi_margin_loss(torch.rand(3), torch.tensor([1]), reduction="none").shape == (1,)


# -- pooling -------------------------------------------------------------------------------------------------------
def test_what_pooling_refuses():
    with pytest.raises(RuntimeError, match=r"Found an invalid max index: 19 \(output volumes are of size 4x4\)"):
        F.max_unpool2d(torch.rand(1, 1, 2, 2), torch.tensor([[[[0, 2], [8, 19]]]]), 2).tolist()
    with pytest.raises(RuntimeError, match=r"Found an invalid max index: 9 \(output volumes are of size 4x1\)"):
        F.max_unpool1d(torch.rand(1, 1, 2), torch.tensor([[[0, 9]]]), 2).tolist()
    with pytest.raises(RuntimeError, match="output_size must either be a single Int or tuple of three Ints"):
        F.fractional_max_pool3d(torch.rand(1, 1, 4, 4, 4), 2, output_size=(1, 1))
    with pytest.raises(RuntimeError, match="Storage size calculation overflowed"):
        F.adaptive_max_pool1d(torch.rand(2, 2, 2), 0x3FFFFFFFFFFFFFFF)


# -- modules and tensors -------------------------------------------------------------------------------------------
def test_skipping_initial_values_draws_none():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    layer = nn.utils.skip_init(nn.Linear, 5, 1)
    assert layer.weight.shape == (1, 5) and layer.weight.device.type == "cpu" and layer.weight.requires_grad
    assert torch.equal(torch.rand(2), expected)


def test_a_derivative_of_no_outputs():
    x = torch.rand(1, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(F.pdist, (x,))


def test_a_tensor_set_to_a_part_of_a_storage():
    memory = torch.arange(24.0)
    x = torch.rand(5).set_(memory.untyped_storage(), 2, (2, 3), (6, 2))
    assert x.tolist() == [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]]
    x.zero_()
    assert memory[:8].tolist() == [0.0, 1.0, 0.0, 3.0, 0.0, 5.0, 0.0, 7.0]
    assert torch.rand(1).set_(memory[3:], 0, (2,)).tolist() == [3.0, 0.0]
    assert torch.rand(1).set_(memory[3:].storage()).shape == (24,)
    assert torch.rand(1).set_().shape == (0,)
    with pytest.raises(RuntimeError, match="Could not set tensor of type int to a tensor of type float"):
        memory.set_(torch.arange(3, dtype=torch.int32))
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        nn.Parameter(memory).set_(memory)


def test_dimensions_of_bags():
    weight, index = torch.rand(2, 6), torch.ones(2, dtype=torch.int64)
    for given, message in [((weight, index.view(1, 1, 2), index), "input has to be a 1D or 2D Tensor"),
                           ((weight, index, index[None]), "offsets has to be a 1D Tensor"),
                           ((weight[0], index, index), "weight has to be a 2D Tensor")]:  # fmt: skip
        with pytest.raises(RuntimeError, match=message):
            torch.embedding_bag(*given)


# -- gradients of convolutions, sums of complex numbers, switches --------------------------------------------------
def test_gradients_of_convolutions_as_functions():
    weight = torch.ones(4, 3, 2, requires_grad=True)
    grad = torch.ones(2, 4, 4, requires_grad=True)
    found = nn.grad.conv1d_input((2, 3, 5), weight, grad)
    assert found[0, 0].tolist() == [4.0, 8.0, 8.0, 8.0, 4.0]
    found.sum().backward()
    assert torch.equal(weight.grad, torch.full((4, 3, 2), 8.0)) and torch.equal(grad.grad, torch.full((2, 4, 4), 6.0))
    of_weight = nn.grad.conv2d_weight(torch.ones(2, 4, 5, 5), (4, 2, 3, 3), torch.ones(2, 4, 2, 2), stride=2, groups=2)
    assert torch.equal(of_weight, torch.full((4, 2, 3, 3), 8.0))
    with torch.no_grad():
        assert not nn.grad.conv1d_input((2, 3, 5), weight, grad).requires_grad


def test_many_complex_numbers_add_up():
    x = torch.rand(64, 32, 16, 16)
    z = torch.complex(x, -x)
    exact = x.double()
    for got, expected in ((z.sum(), exact.sum()), (z.mean(), exact.mean()), (z.sum((0, 2, 3)), exact.sum((0, 2, 3)))):
        torch.testing.assert_close(got.real.double(), expected, atol=0, rtol=1e-5)  # jaxlib 0.7: 3e-6
        torch.testing.assert_close(got.imag.double(), -expected, atol=0, rtol=1e-5)


def test_switches_for_a_while():
    for switches in (torch.backends.mkldnn, torch.backends.nnpack, torch.backends.cudnn):
        before = switches.enabled
        with switches.flags(enabled=not before):
            assert switches.enabled is not before
        assert switches.enabled is before
    torch.backends.mha.set_fastpath_enabled(False)
    assert not torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(True)


# -- connectionist temporal classification -------------------------------------------------------------------------
def test_sequences_without_labels():
    log_probs = torch.randn(5, 3, 4).log_softmax(2)
    nothing = torch.zeros(0, dtype=torch.int64)
    for form in (list, torch.tensor):
        loss = F.ctc_loss(log_probs, nothing, form([5, 0, 5]), form([0, 0, 0]), reduction="none")
        torch.testing.assert_close(loss, -log_probs[:, :, 0].sum(0) * torch.tensor([1.0, 0.0, 1.0]))


@pytest.mark.parametrize("labels, inputs, lengths, message", [
    ((7,), [6, 5, 5], [2, 2, 3], r"Expected input_lengths to have value at most 5, but got value 6"),
    ((7,), [5, 5, -1], [2, 2, 3], r"Expected input_lengths to have value at least 0, but got value -1"),
    ((7,), [5, 5, 5], [2, 8, -3], r"Expected target_lengths to have value at least 0, but got value -3"),
    ((6,), [5, 5, 5], [2, 2, 3], r"Expected tensor to have size 7 at dimension 0, but got size 6 for argument #2 'targets'"),
    ((3, 2), [5, 5, 5], [2, 2, 3], r"Expected tensor to have size at least 3 at dimension 1, but got size 2 for argument"),
])  # fmt: skip
def test_lengths_that_do_not_fit(labels, inputs, lengths, message):
    log_probs = torch.randn(5, 3, 4).log_softmax(2)
    for form in (list, torch.tensor):
        with pytest.raises(RuntimeError, match=message):
            F.ctc_loss(log_probs, torch.ones(labels, dtype=torch.int64), form(inputs), form(lengths)).item()


def test_labels_given_as_floats():
    log_probs = torch.randn(5, 2, 4).log_softmax(2)
    labels = torch.tensor([[1.0, 2.0], [3.0, 1.0]])
    expected = F.ctc_loss(log_probs, labels.long(), [5, 5], [2, 2])
    assert torch.equal(F.ctc_loss(log_probs, labels, [5, 5], [2, 2]), expected)
    with pytest.raises(TypeError):
        F.ctc_loss(log_probs, labels, [5, 5], [2.0, 2])


# -- data ----------------------------------------------------------------------------------------------------------
def test_the_context_of_workers():
    def loader(context, workers=1):
        return torch.utils.data.DataLoader([1, 2], num_workers=workers, multiprocessing_context=context)

    with pytest.raises(ValueError, match="should specify a valid start method in .* but got multiprocessing_context='bad'"):
        loader("bad")
    with pytest.raises(TypeError, match="should be a valid context object or a string"):
        loader(3)
    with pytest.raises(ValueError, match="can only be used with multi-process loading"):
        loader(None, 0).multiprocessing_context = "spawn"
    assert type(loader("spawn").multiprocessing_context).__name__ == "SpawnContext"
    assert loader(None).multiprocessing_context is None


def test_what_other_libraries_reach_into():
    from eagerjax.as_torch.lib.torch.utils.data._utils import collate  # noqa: PLC0415

    assert collate.default_collate is torch.utils.data.default_collate
    assert collate.default_collate_err_msg_format.format(3).endswith("dicts or lists; found 3")
    assert collate.np_str_obj_array_pattern.search("S3") and collate.collate_tensor_fn([torch.ones(2)] * 2).shape == (2, 2)


# -- distributions and attention -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["HalfNormal", "HalfCauchy"])
def test_half_a_distribution_checks_its_scale(name):
    with pytest.raises(ValueError, match=rf"Expected parameter scale \(Tensor of shape \(2,\)\) of distribution {name}\(\)"):
        getattr(torch.distributions, name)(torch.tensor([0.0, 1.0]))
    assert getattr(torch.distributions, name)(torch.tensor([0.0, 1.0]), validate_args=False).scale.tolist() == [0.0, 1.0]


def test_attention_with_a_mask_that_is_causal_too():
    """PyTorch's kernel for four dimensions takes both; the general way refuses."""
    q, mask = torch.randn(1, 2, 3, 4), torch.tensor([[0.0, 0, 0], [1, 2, 0], [0, -3, 1]])
    both = mask.masked_fill(torch.ones(3, 3).triu(1) > 0, -math.inf)
    expected = F.scaled_dot_product_attention(q, q, q, both)
    torch.testing.assert_close(F.scaled_dot_product_attention(q, q, q, mask, is_causal=True), expected)
    seen = torch.tensor([[True, True, True], [True, False, True], [False, False, False]])
    out = F.scaled_dot_product_attention(q, q, q, seen, is_causal=True)
    torch.testing.assert_close(out[..., :2, :], q[..., :1, :].expand(1, 2, 2, 4))
    assert torch.equal(out[..., 2, :], torch.zeros(1, 2, 4))
    with pytest.raises(RuntimeError, match="dropout probability has to be between 0 and 1"):
        F.scaled_dot_product_attention(q, q, q, dropout_p=2.0)
    for refused in (lambda: F.scaled_dot_product_attention(q[0], q[0], q[0], mask, is_causal=True),
                    lambda: F.scaled_dot_product_attention(q, q, q, mask, 0.5, True)):  # fmt: skip
        with pytest.raises(RuntimeError, match="Explicit attn_mask should not be set when is_causal=True"):
            refused()


def test_what_attention_refuses():
    q = torch.randn(1, 2, 3, 4)
    with pytest.raises(RuntimeError, match=r"same dtype, but got query.dtype: float key.dtype: half and value.dtype: float"):
        F.scaled_dot_product_attention(q, q.half(), q)
    with pytest.raises(RuntimeError, match="at least 2 dimensional, but got query.dim: 1 key.dim: 1 and value.dim: 1"):
        F.scaled_dot_product_attention(q[0, 0, 0], q[0, 0, 0], q[0, 0, 0], is_causal=True)
    with pytest.raises(RuntimeError, match="attn_mask.dtype: int and  query.dtype: float instead"):
        F.scaled_dot_product_attention(q, q, q, torch.zeros(3, 3, dtype=torch.int32))


# -- messages ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", [F.mse_loss, F.smooth_l1_loss, F.soft_margin_loss, F.pairwise_distance])
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_shapes_that_do_not_broadcast(loss):
    with pytest.raises(RuntimeError, match=r"size of tensor a \(2\) must match the size of tensor b \(4\) at non-singleton dim"):
        loss(torch.rand(3, 2), torch.rand(3, 4))


def test_windows_larger_than_the_image():
    with pytest.raises(RuntimeError, match=r"Given input size: \(3x4x9\). Calculated output size: \(3x0x1\). Output size is too"):
        F.max_pool2d(torch.rand(2, 3, 4, 9), 5)
    with pytest.raises(RuntimeError, match=r"Given input size: \(3x1x4\). Calculated output size: \(3x1x0\). Output size is too"):
        F.avg_pool1d(torch.rand(2, 3, 4), 5)
