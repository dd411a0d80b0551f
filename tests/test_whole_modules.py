"""Whole modules, pickled here and run in PyTorch, and the other way round."""

import collections
import copy
import io
import os
import warnings

import numpy as np
import pytest

import eagerjax

torch = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")

IMAGE, LINE, VOLUME = (1, 4, 8, 8), (1, 4, 8), (1, 4, 4, 4, 4)
ROWS, STEPS = (2, 3), (5, 2, 3)
SIMPLE = {  # name: (arguments, shapes of the inputs); None where a call needs more than that
    "Linear": ((3, 4), [ROWS]), "Bilinear": ((3, 3, 5), [ROWS, ROWS]), "Identity": ((), [ROWS]),
    **{f"Conv{n}d": ((4, 2, 3), [s]) for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    **{f"ConvTranspose{n}d": ((4, 2, 3), [s]) for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    **{f"{kind}Norm{n}d": ((4,), [s]) for kind in ("Batch", "Instance") for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    "SyncBatchNorm": ((4,), None), "GroupNorm": ((2, 4), [IMAGE]), "LayerNorm": ((3,), [ROWS]), "RMSNorm": ((3,), [ROWS]),
    "LocalResponseNorm": ((2,), [IMAGE]), "CrossMapLRN2d": ((2,), None), "LSTM": ((3, 4, 2), [STEPS]), "GRU": ((3, 4), [STEPS]),
    "RNN": ((3, 4), [STEPS]), "LSTMCell": ((3, 4), [ROWS]), "GRUCell": ((3, 4), [ROWS]), "RNNCell": ((3, 4), [ROWS]),
    "Embedding": ((10, 4), None), "EmbeddingBag": ((10, 4), None), "MultiheadAttention": ((4, 2), [(3, 2, 4)] * 3),
    "TransformerEncoderLayer": ((4, 2, 8), [(3, 2, 4)]), "TransformerDecoderLayer": ((4, 2, 8), [(3, 2, 4)] * 2),
    "Transformer": ((4, 2, 1, 1, 8), [(3, 2, 4)] * 2), "PReLU": ((), [ROWS]), "Threshold": ((0.1, 0.2), [ROWS]),
    **{f"{kind}Pool{n}d": ((2,), [s]) for kind in ("Max", "Avg", "AdaptiveMax", "AdaptiveAvg")
       for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    **{f"LPPool{n}d": ((2, 2), [s]) for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    **{f"{kind}Pad{n}d": ((1,), [s]) for kind in ("Zero", "Reflection", "Replication", "Circular")
       for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    **{f"ConstantPad{n}d": ((1, 2.0), [s]) for n, s in zip("123", (LINE, IMAGE, VOLUME))},
    **{name: ((), [ROWS]) for name in ("ReLU ReLU6 LeakyReLU RReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Softplus Softsign "
                                       "Softshrink Hardshrink Tanhshrink Hardtanh Hardsigmoid Hardswish LogSigmoid Dropout "
                                       "AlphaDropout Flatten").split()},
    **{name: ((1,), [ROWS]) for name in ("Softmax", "LogSoftmax", "Softmin")}, "Softmax2d": ((), [IMAGE]), "GLU": ((1,), [IMAGE]),
    "Dropout1d": ((), None), "Dropout2d": ((), [IMAGE]), "Dropout3d": ((), [VOLUME]), "FeatureAlphaDropout": ((), [IMAGE]),
    "Unflatten": ((1, (2, 2)), [IMAGE]), "Fold": (((4, 5), (2, 2)), [(1, 12, 12)]), "Unfold": (((2, 2),), [IMAGE]),
    "PixelShuffle": ((2,), [IMAGE]), "PixelUnshuffle": ((2,), [IMAGE]), "ChannelShuffle": ((2,), [IMAGE]),
    "UpsamplingNearest2d": ((None, 2), [IMAGE]), "UpsamplingBilinear2d": ((None, 2), [IMAGE]), "Upsample": ((None, 2), [IMAGE]),
    "CosineSimilarity": ((), [ROWS, ROWS]), "PairwiseDistance": ((), [ROWS, ROWS]),
    "AdaptiveLogSoftmaxWithLoss": ((8, 20, [5]), None),
    **{f"MaxUnpool{n}d": ((2,), None) for n in "123"}, **{f"FractionalMaxPool{n}d": ((2, 3), None) for n in "23"},
    **{name: ((), [ROWS, ROWS]) for name in ("MSELoss L1Loss SmoothL1Loss HuberLoss BCEWithLogitsLoss KLDivLoss PoissonNLLLoss "
                                             "HingeEmbeddingLoss MultiLabelSoftMarginLoss SoftMarginLoss").split()},
    **{name: ((), [ROWS] * 3) for name in ("TripletMarginLoss", "TripletMarginWithDistanceLoss")},
    **dict.fromkeys(
        "CrossEntropyLoss NLLLoss BCELoss GaussianNLLLoss CTCLoss CosineEmbeddingLoss MarginRankingLoss MultiLabelMarginLoss "
        "MultiMarginLoss".split(), ((), None)),
}  # fmt: skip
COMPOSED = {
    "Sequential": (lambda t: t.nn.Sequential(collections.OrderedDict(a=t.nn.Linear(3, 4), b=t.nn.ReLU())), [ROWS]),
    "ModuleList": (lambda t: t.nn.ModuleList([t.nn.Linear(3, 4)]), None),
    "ModuleDict": (lambda t: t.nn.ModuleDict({"x": t.nn.Linear(3, 4)}), None),
    "ParameterList": (lambda t: t.nn.ParameterList([t.nn.Parameter(t.ones(2)), 3]), None),
    "ParameterDict": (lambda t: t.nn.ParameterDict({"a": t.nn.Parameter(t.ones(2))}), None),
    "TransformerEncoder": (lambda t: t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(4, 2, 8), 2), [(3, 2, 4)]),
    "TransformerDecoder": (lambda t: t.nn.TransformerDecoder(t.nn.TransformerDecoderLayer(4, 2, 8), 1), [(3, 2, 4)] * 2),
    "bidirectional": (lambda t: t.nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True, dropout=0.2), [STEPS]),
    "projected": (lambda t: t.nn.LSTM(3, 4, proj_size=2), [STEPS]),
    "weight_norm": (lambda t: t.nn.utils.weight_norm(t.nn.Linear(3, 4)), [ROWS]),
    "spectral_norm": (lambda t: t.nn.utils.spectral_norm(t.nn.Linear(3, 4)), [ROWS]),
    "DataParallel": (lambda t: t.nn.DataParallel(t.nn.Linear(3, 4)), None),
    "AveragedModel": (lambda t: t.optim.swa_utils.AveragedModel(t.nn.Linear(3, 4)), [ROWS]),
}  # fmt: skip
CASES = {**{n: (lambda t, n=n: getattr(t.nn, n)(*SIMPLE[n][0]), SIMPLE[n][1]) for n in SIMPLE}, **COMPOSED}
RUN = (
    "Conv2d",
    "ConvTranspose2d",
    "BatchNorm2d",
    "LSTM",
    "GRU",
    "RNN",
    "MultiheadAttention",
    "MaxPool2d",
    "GELU",
    "Upsample",
)
"""Those that are called as well; all are with RUN_ALL_LAYERS in the environment (they were, once)."""
UNLIKE = ("weight_norm", "spectral_norm")
"""PyTorch cannot copy these itself."""


def moved(module, source, target):
    file = io.BytesIO()
    source.save(module, file)
    file.seek(0)
    return target.load(file, weights_only=False)


def outputs(lib, module, shapes):
    rng = np.random.default_rng(0)
    given = [lib.tensor(rng.standard_normal(s).astype(np.float32)) for s in shapes]
    found = module.eval()(*given)
    flat = [
        t
        for part in (found if isinstance(found, tuple) else (found,))
        for t in (part if isinstance(part, tuple) else (part,))
    ]
    return [t.detach().numpy() for t in flat if t is not None]


@pytest.mark.parametrize("way", ["to torch", "from torch"])
def test_whole_modules_run_on_the_other_side(way):
    source, target = (eagerjax, torch) if way == "to torch" else (torch, eagerjax)
    torch.manual_seed(0)
    for name, (make, shapes) in CASES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = make(source)
            found = moved(module, source, target)
            assert type(found).__name__ == type(module).__name__ and repr(found)
            assert list(found.state_dict()) == list(module.state_dict()), name
            if shapes is not None and (name in COMPOSED or name in RUN or "RUN_ALL_LAYERS" in os.environ):
                for a, b in zip(outputs(source, module, shapes), outputs(target, found, shapes), strict=True):
                    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5, err_msg=name)
            if name not in UNLIKE:
                missing = set(vars(make(target))) - set(vars(copy.deepcopy(found)))
                assert not missing - {"dim", "output_device", "_compiled_call"}, (name, missing)
            assert list(moved(found, target, target).state_dict()) == list(module.state_dict()), name


def test_every_public_layer_is_among_them():
    known = set(CASES) | {"Module", "Container", "RNNBase", "RNNCellBase", "NLLLoss2d", "LinearCrossEntropyLoss"}
    layers = {n for n, c in vars(torch.nn).items() if isinstance(c, type) and issubclass(c, torch.nn.Module)}
    assert not {n for n in layers - known if not n.startswith("Lazy")}


def test_a_recurrent_layer_trains_on_after_it_was_moved():
    net = moved(eagerjax.nn.LSTM(3, 4), eagerjax, torch)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    before = net.weight_ih_l0.detach().clone()
    net(torch.ones(5, 2, 3))[0].sum().backward()
    optimizer.step()
    assert not torch.equal(before, net.weight_ih_l0) and net._flat_weights[0] is net.weight_ih_l0
    again = moved(net, torch, eagerjax)
    assert again._flat_weights[0] is again.weight_ih_l0 and "_flat_weights" not in vars(again)
    assert copy.deepcopy(again)(eagerjax.ones(5, 2, 3))[0].shape == (5, 2, 4)


def test_uninitialized_parameters_in_a_state_dict():
    for source, target in ((eagerjax, torch), (torch, eagerjax)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            state = moved(source.nn.LazyLinear(4).state_dict(), source, target)
            layer = target.nn.LazyLinear(4)
        layer.load_state_dict(state)
        assert type(state["weight"]).__name__ == "UninitializedParameter" and layer(target.ones(2, 3)).shape == (2, 4)


def test_a_sparse_buffer():
    class Net(eagerjax.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("heads", eagerjax.eye(3).to_sparse(), persistent=False)

    assert Net().heads.to_dense().sum().item() == 3 and not Net().state_dict()
