"""Every layer against PyTorch: the same constructor, names, text, outputs and gradients from the same values."""

import copy
import warnings

import numpy as np
import pytest
from conftest import execution

torch = pytest.importorskip("torch")
eagerjax = pytest.importorskip("eagerjax")

X = (2, 6)
IMAGE = (2, 4, 6, 6)
VOLUME = (2, 4, 5, 5, 5)
SIGNAL = (2, 4, 9)
LAYERS = [  # constructor, shapes of the inputs
    ("Identity(1, a=2)", [X]),
    ("Linear(6, 3)", [X]),
    ("Linear(6, 3, bias=False)", [(2, 5, 6)]),
    ("Bilinear(6, 4, 3)", [X, (2, 4)]),
    ("Conv1d(4, 6, 3, padding=1, groups=2)", [SIGNAL]),
    ("Conv2d(4, 6, 3, stride=2, padding=1)", [IMAGE]),
    ("Conv2d(4, 6, (3, 2), padding='same', dilation=2, bias=False)", [IMAGE]),
    ("Conv2d(4, 4, 3, padding=1, groups=4, padding_mode='circular')", [IMAGE]),
    ("Conv2d(4, 4, 3, padding=(1, 2), padding_mode='reflect')", [(4, 6, 6)]),
    ("Conv3d(4, 2, 2, padding_mode='replicate', padding=1)", [VOLUME]),
    ("ConvTranspose1d(4, 3, 3, stride=2, output_padding=1)", [SIGNAL]),
    ("ConvTranspose2d(4, 6, 3, stride=2, padding=1, groups=2)", [IMAGE]),
    ("ConvTranspose3d(4, 2, 2, dilation=2)", [VOLUME]),
    ("MaxPool1d(2)", [SIGNAL]),
    ("MaxPool2d(3, 2, 1, ceil_mode=True)", [IMAGE]),
    ("MaxPool3d(2, return_indices=True)", [VOLUME]),
    ("AvgPool1d(2)", [SIGNAL]),
    ("AvgPool2d(3, 2, 1, count_include_pad=False)", [IMAGE]),
    ("AvgPool3d(2, divisor_override=3)", [VOLUME]),
    ("LPPool1d(2, 2)", [SIGNAL]),
    ("LPPool2d(2, 2)", [IMAGE]),
    ("AdaptiveAvgPool1d(4)", [SIGNAL]),
    ("AdaptiveAvgPool2d((3, None))", [IMAGE]),
    ("AdaptiveAvgPool3d(2)", [VOLUME]),
    ("AdaptiveMaxPool1d(4)", [SIGNAL]),
    ("AdaptiveMaxPool2d(4, return_indices=True)", [IMAGE]),
    ("AdaptiveMaxPool3d(2)", [VOLUME]),
    ("BatchNorm1d(6)", [X]),
    ("BatchNorm2d(4, momentum=None)", [IMAGE]),
    ("BatchNorm3d(4, affine=False, track_running_stats=False)", [VOLUME]),
    ("SyncBatchNorm(4)", [IMAGE]),
    ("InstanceNorm1d(4, affine=True, track_running_stats=True)", [SIGNAL]),
    ("InstanceNorm2d(4)", [(4, 6, 6)]),
    ("LayerNorm(6)", [X]),
    ("LayerNorm((6, 6), eps=1e-3, bias=False)", [IMAGE]),
    ("GroupNorm(2, 4)", [IMAGE]),
    ("RMSNorm(6)", [X]),
    ("LocalResponseNorm(3)", [IMAGE]),
    *((f"{name}()", [X]) for name in (
        "CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
        "LogSigmoid", "Mish", "PReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softplus", "Softshrink",
        "Softsign", "Tanh", "Tanhshrink",
    )),
    ("ELU(0.7, True)", [X]),
    ("Threshold(0.1, 20)", [X]),
    ("PReLU(4, init=0.1)", [IMAGE]),
    ("GELU('tanh')", [X]),
    ("Softmax(1)", [X]),
    ("Softmin(dim=0)", [X]),
    ("LogSoftmax(-1)", [X]),
    ("Softmax2d()", [IMAGE]),
    ("Dropout(0.0)", [X]),
    ("Flatten()", [IMAGE]),
    ("Unflatten(1, (2, 3))", [X]),
    ("ReflectionPad2d(2)", [IMAGE]),
    ("ReplicationPad1d((1, 2))", [SIGNAL]),
    ("ConstantPad3d(1, 2.5)", [VOLUME]),
    ("ZeroPad2d((1, 0, 2, 1))", [IMAGE]),
    ("CircularPad2d(1)", [IMAGE]),
    ("PixelShuffle(2)", [IMAGE]),
    ("PixelUnshuffle(3)", [IMAGE]),
    ("ChannelShuffle(2)", [IMAGE]),
    ("Upsample(scale_factor=2)", [IMAGE]),
    ("Upsample(size=(4, 9), mode='bilinear')", [IMAGE]),
    ("UpsamplingBilinear2d(scale_factor=2)", [IMAGE]),
    ("Fold((4, 5), 2)", [(2, 12, 12)]),
    ("Unfold(2, stride=2)", [IMAGE]),
    ("PairwiseDistance(keepdim=True)", [X, X]),
    ("CosineSimilarity()", [X, X]),
    ("RNN(6, 4, 2, nonlinearity='relu')", [(5, 2, 6)]),
    ("LSTM(6, 4, 2, batch_first=True, bidirectional=True)", [(2, 5, 6)]),
    ("LSTM(6, 4, bias=False, proj_size=3)", [(5, 6)]),
    ("GRU(6, 4, bidirectional=True)", [(5, 2, 6)]),
    ("GRU(6, 4)", [(5, 2, 6), (1, 2, 4)]),
    ("RNNCell(6, 4, nonlinearity='relu')", [X]),
    ("LSTMCell(6, 4)", [X]),
    ("GRUCell(6, 4, bias=False)", [X, (2, 4)]),
    ("MultiheadAttention(6, 2)", [(5, 2, 6), (4, 2, 6), (4, 2, 6)]),
    ("MultiheadAttention(6, 3, bias=False, add_bias_kv=True, add_zero_attn=True, batch_first=True)", [(2, 5, 6)] * 3),
    ("MultiheadAttention(6, 2, kdim=4, vdim=3)", [(5, 6), (4, 4), (4, 3)]),
    ("TransformerEncoderLayer(6, 2, 8, 0.0, norm_first=True, activation='gelu')", [(5, 2, 6)]),
    ("TransformerDecoderLayer(6, 2, 8, 0.0, batch_first=True)", [(2, 5, 6), (2, 3, 6)]),
    ("Transformer(6, 2, 1, 1, 8, 0.0)", [(5, 2, 6), (4, 2, 6)]),
    *((f"{name}()", [X, X]) for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "PoissonNLLLoss")),
    ("MSELoss(reduction='sum')", [X, X]),
    ("TripletMarginLoss()", [X, X, X]),
    ("TripletMarginWithDistanceLoss()", [X, X, X]),
]  # fmt: skip


def ours(array, **kwargs):
    """A tensor of this library, of a PyTorch tensor's values."""
    return eagerjax.tensor(array.detach().numpy().copy(), **kwargs)


def leaves(value):
    """The tensors in nested tuples."""
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [value]


def numbers(tensor):
    """A tensor's values in float64."""
    return np.asarray(tensor.detach().tolist(), np.float64)


def pair(text, train=True):
    """The layer under PyTorch and here, with equal state."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = eval(f"torch.nn.{text}")
        mine = eval(f"eagerjax.nn.{text}")
    mine.load_state_dict({k: ours(v) for k, v in theirs.state_dict().items()})
    return theirs.train(train), mine.train(train)


def as_compiled(layer, inputs):
    """The layer's call under `jit=True`, past the calls that are recorded: from here on it is replayed."""
    compiled = eagerjax.compile(lambda *given: layer(*given), jit=True)
    before = copy.deepcopy(layer.state_dict())
    for _ in range(4):
        compiled(*[ours(x, requires_grad=True) * 1 for x in inputs])
        layer.load_state_dict(before)
    replayed = any(replay.calls for variant in compiled.variants.values() for replay in variant.replays)
    assert replayed == (type(layer).__name__ not in NOT_REPLAYED and getattr(layer, "momentum", 0) is not None)
    return compiled


NOT_REPLAYED = {"Identity", "Dropout", "Flatten", "Unflatten"}
"""They compute nothing here: the result is the argument itself, or a view of it. (A BatchNorm without momentum looks at its
counter of batches, and is split there.)"""


WAYS = [(True, "fused"), (True, "stepwise"), (True, "jit"), (False, "fused")]


@pytest.mark.parametrize(("train", "way"), WAYS, ids=[f"{'train' if t else 'eval'}-{way}" for t, way in WAYS])
@pytest.mark.parametrize(("text", "shapes"), LAYERS, ids=[text for text, _ in LAYERS])
def test_layer_equals_pytorch(text, shapes, train, way):
    """Names, text, outputs, gradients of inputs and parameters, and buffers afterwards."""
    with execution("stepwise" if way == "stepwise" else "fused"):
        compare_layer(text, shapes, train, way)


def compare_layer(text, shapes, train, way):
    theirs, mine = pair(text, train)
    assert repr(mine) == repr(theirs)
    for (name, a), (other, b) in zip(theirs.named_parameters(), mine.named_parameters(), strict=True):
        assert (name, tuple(a.shape), a.requires_grad) == (other, tuple(b.shape), b.requires_grad)
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(shape, generator=generator) for shape in shapes]
    their_inputs = [x.clone().requires_grad_() for x in inputs]
    my_inputs = [ours(x, requires_grad=True) for x in inputs]
    in_place = text.endswith("True)") and "ELU" in text
    want = leaves(theirs(*[x * 1 if in_place else x for x in their_inputs]))
    layer = as_compiled(mine, inputs) if way == "jit" else mine
    got = leaves(layer(*[x * 1 if in_place or way == "jit" else x for x in my_inputs]))
    assert len(want) == len(got)
    for w, g in zip(want, got, strict=True):
        assert str(w.dtype) == str(g.dtype)
        np.testing.assert_allclose(numbers(g), numbers(w), rtol=1e-4, atol=1e-5)
    weights = [torch.randn(w.shape, generator=generator) for w in want]
    sum((w * c).sum() for w, c in zip(want, weights, strict=True) if w.requires_grad).backward()
    sum((g * ours(c)).sum() for g, c, w in zip(got, weights, want, strict=True) if w.requires_grad).backward()
    for w, g in zip([*their_inputs, *theirs.parameters()], [*my_inputs, *mine.parameters()], strict=True):
        assert (w.grad is None) == (g.grad is None)
        if w.grad is not None:
            np.testing.assert_allclose(numbers(g.grad), numbers(w.grad), rtol=1e-3, atol=1e-4)
    for w, g in zip(theirs.buffers(), mine.buffers(), strict=True):
        np.testing.assert_allclose(numbers(g), numbers(w), rtol=1e-4, atol=1e-5)


BAD = [  # constructors that raise, and calls that do
    "Conv2d(3, 4, 3, groups=2)", "Conv2d(3, 4, 3, groups=0)", "Conv2d(4, 3, 3, groups=2)",
    "Conv2d(1, 1, 1, padding='all')", "Conv2d(1, 1, 1, stride=2, padding='same')",
    "Conv2d(1, 1, 1, padding_mode='x')", "ConvTranspose2d(1, 1, 1, padding_mode='reflect')",
    "ConvTranspose2d(1, 1, 3, stride=2)(T.zeros(1, 1, 4, 4), output_size=(20, 20))",
    "ConvTranspose2d(1, 1, 3)(T.zeros(1, 1, 4, 4), output_size=(6,))",
    "Bilinear(0, 1, 1)", "GroupNorm(3, 4)", "Dropout(1.5)", "Dropout(-1)", "Hardtanh(1, 0)",
    "BatchNorm1d(3)(T.zeros(2, 3, 4, 5))", "BatchNorm2d(3)(T.zeros(2, 3))", "InstanceNorm2d(3)(T.zeros(2, 3))",
    "InstanceNorm1d(3, affine=True)(T.zeros(2, 4, 5))", "SyncBatchNorm(2)(T.zeros(2))",
    "Embedding(3, 2, padding_idx=3)", "Embedding(3, 2, padding_idx=-4)", "Embedding(3, 2, _weight=T.zeros(2, 2))",
    "Unflatten(1, 3)", "Unflatten(1, (2, 1.5))", "Softmax2d()(T.zeros(2))", "CircularPad1d(1)(T.zeros(2))",
    "MultiheadAttention(5, 2)", "MultiheadAttention(0, 2)", "MultiheadAttention(4, 2)(*[T.zeros(1, 2, 3, 4)] * 3)",
    "MultiheadAttention(4, 2)(T.zeros(2, 4), T.zeros(1, 2, 4), T.zeros(1, 2, 4))",
    "MultiheadAttention(4, 2)(*[T.zeros(2, 1, 4)] * 3, is_causal=True)",
    "MultiheadAttention(4, 2)(*[T.zeros(2, 1, 4)] * 3, attn_mask=T.zeros(3, 3))",
    "MultiheadAttention(4, 2)(*[T.zeros(2, 1, 4)] * 3, key_padding_mask=T.zeros(1, 2).int())",
    "LSTM(3, 0)", "LSTM(0, 3)", "LSTM(3, 4, 0)", "LSTM(3, 4, dropout=2)", "LSTM(3, 4, proj_size=4)",
    "LSTM(3.0, 4)", "GRU(3, 4, proj_size=1)", "RNN(3, 4, nonlinearity='gelu')", "LSTM(3, 4, bias=1)",
    "LSTM(3, 4)(T.zeros(2))", "LSTM(3, 4)(T.zeros(2, 2, 4))", "LSTM(3, 4)(T.zeros(2, 2, 3).double())",
    "LSTM(3, 4)(T.zeros(2, 2, 3), (T.zeros(2, 4), T.zeros(2, 4)))", "GRU(3, 4)(T.zeros(2, 2, 3), T.zeros(1, 3, 4))",
    "GRU(3, 4)(T.zeros(2, 3), T.zeros(1, 3, 4))", "GRUCell(3, 4)(T.zeros(2, 2, 3))",
    "RNNCell(3, 4)(T.zeros(3), T.zeros(1, 1, 4))",
    "TransformerEncoderLayer(4, 2, activation='tanh')",
    "Transformer(4, 2, 1, 1, 4)(T.zeros(2, 2, 4), T.zeros(2, 3, 4))",
    "Transformer(4, 2, 1, 1, 4)(T.zeros(2, 2, 3), T.zeros(2, 2, 4))",
    "HuberLoss(delta='x')", "MultiMarginLoss(p=3)", "MultiMarginLoss(weight=T.zeros(1, 1))",
    "TripletMarginLoss(margin=0)",
    "TripletMarginWithDistanceLoss(margin=0)", "AdaptiveLogSoftmaxWithLoss(4, 5, [])",
    "AdaptiveLogSoftmaxWithLoss(4, 5, [3, 2])",
    "FractionalMaxPool2d(2)", "FractionalMaxPool2d(2, 3, 0.5)", "FractionalMaxPool2d(2, output_ratio=2)",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_errors_have_pytorchs_type(text):
    """Where PyTorch raises, so does this library, and of the same built-in type."""
    found = []
    for T in (torch, eagerjax):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(Exception) as caught:
                eval(text, {"T": T, **{name: getattr(T.nn, name) for name in dir(T.nn) if name[0].isupper()}})
        found.append(next(kind for kind in caught.type.__mro__ if kind.__module__ == "builtins"))
    assert found[0] is found[1]


@pytest.mark.parametrize("masks", ["none", "bool", "float", "padding", "both"])
@pytest.mark.parametrize("need_weights", [True, False])
def test_attention_masks(masks, need_weights):
    """Boolean and float masks, for keys and for pairs."""
    theirs, mine = pair("MultiheadAttention(6, 2, batch_first=True)", train=False)
    x = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(0))
    causal = torch.triu(torch.ones(4, 4), 1) > 0
    given = {}
    if masks in ("bool", "both"):
        given["attn_mask"] = causal
    if masks == "float":
        given["attn_mask"] = torch.zeros(4, 4).masked_fill(causal, float("-inf")).expand(4, 4, 4)
    if masks in ("padding", "both"):
        given["key_padding_mask"] = torch.tensor([[False] * 4, [False, False, True, True]])
    want = theirs(x, x, x, need_weights=need_weights, average_attn_weights=False, **given)
    z = ours(x)
    got = mine(z, z, z, need_weights=need_weights, average_attn_weights=False, **{k: ours(v) for k, v in given.items()})
    assert (got[1] is None) == (not need_weights)
    for w, g in zip(leaves(want), leaves(got), strict=True):
        np.testing.assert_allclose(numbers(g), numbers(w), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("text", ["LSTM(3, 4, 2, bidirectional=True)", "GRU(3, 4, 2)", "RNN(3, 4, bidirectional=True)"])
@pytest.mark.parametrize("enforce_sorted", [True, False])
def test_recurrent_layers_on_packed_sequences(text, enforce_sorted):
    """Output and last state of sequences of different lengths."""
    theirs, mine = pair(text)
    lengths = [5, 3, 3, 1] if enforce_sorted else [3, 1, 5, 3]
    x = torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(0))
    want, want_last = theirs(
        torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=enforce_sorted)
    )
    packed = eagerjax.nn.utils.rnn.pack_padded_sequence(ours(x), lengths, enforce_sorted=enforce_sorted)
    got, got_last = mine(packed)
    assert got.batch_sizes.tolist() == want.batch_sizes.tolist()
    want_padded = torch.nn.utils.rnn.pad_packed_sequence(want, batch_first=True, total_length=6)
    got_padded = eagerjax.nn.utils.rnn.pad_packed_sequence(got, batch_first=True, total_length=6)
    for w, g in zip(leaves([want.data, want_last, want_padded]), leaves([got.data, got_last, got_padded]), strict=True):
        np.testing.assert_allclose(numbers(g), numbers(w), rtol=1e-4, atol=1e-5)


def test_embedding_and_its_padding():
    """Rows by index, the padding row zero and without gradient, tables given from outside."""
    theirs, mine = pair("Embedding(5, 3, padding_idx=-1)")
    index = torch.tensor([[1, 4], [0, 1]])
    for layer, at in ((theirs, index), (mine, ours(index))):
        (layer(at) * 2).sum().backward()
    np.testing.assert_allclose(numbers(mine.weight.grad), numbers(theirs.weight.grad))
    assert numbers(eagerjax.nn.Embedding(3, 2, padding_idx=1).weight)[1].tolist() == [0, 0]
    table = eagerjax.tensor([[1.0, 2.0], [3.0, 4.0]])
    frozen = eagerjax.nn.Embedding.from_pretrained(table)
    assert not frozen.weight.requires_grad
    table.fill_(9.0)
    assert numbers(frozen.weight).tolist() == [[9, 9], [9, 9]]


def test_adaptive_softmax():
    """Output, loss, all log-probabilities and predictions."""
    theirs, mine = pair("AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0)")
    x = torch.randn(6, 8, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([0, 3, 4, 9, 10, 19])
    for w, g in ((theirs(x, target), mine(ours(x), ours(target))), ([theirs.log_prob(x)], [mine.log_prob(ours(x))]),
                 ([theirs.predict(x)], [mine.predict(ours(x))])):  # fmt: skip
        for a, b in zip(w, g, strict=True):
            np.testing.assert_allclose(numbers(b), numbers(a), rtol=1e-4, atol=1e-5)
    with pytest.raises(RuntimeError):
        mine(ours(x), ours(target + 1)).loss.item()


def test_same_names_as_pytorch():
    """Every public class of torch.nn is here, but for what belongs to other back ends."""
    elsewhere = {
        "attention",
        "common_types",
        "factory_kwargs",
        "grad",
        "intrinsic",
        "parallel",
        "qat",
        "quantizable",
        "quantized",
    }
    assert {n for n in dir(torch.nn) if n[0] != "_"} - set(dir(eagerjax.nn)) <= elsewhere
