"""Networks for images: names and shapes are those of torchvision's published files, values those of the formulas."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from record_vision_models import DIGESTS

import eagerjax as ej
from eagerjax import nn
from eagerjax.vision import models, ops

# Figures that the papers and torchvision's pages state.
PARAMETERS = {
    "alexnet": 61_100_840, "resnet18": 11_689_512, "resnet50": 25_557_032, "resnext50_32x4d": 25_028_904,
    "wide_resnet50_2": 68_883_240, "vgg16": 138_357_544, "vgg11_bn": 132_868_840, "densenet121": 7_978_856,
    "mobilenet_v2": 3_504_872, "mobilenet_v3_large": 5_483_032, "mobilenet_v3_small": 2_542_856,
    "efficientnet_b0": 5_288_548, "efficientnet_v2_s": 21_458_488, "convnext_tiny": 28_589_128, "vit_b_32": 88_224_232,
    "squeezenet1_0": 1_248_424, "squeezenet1_1": 1_235_496, "shufflenet_v2_x1_0": 2_278_604, "googlenet": 13_004_888,
    "inception_v3": 27_161_264, "mnasnet0_5": 2_218_512, "mnasnet1_0": 4_383_312, "regnet_y_400mf": 4_344_144,
    "regnet_x_400mf": 5_495_976, "swin_t": 28_288_354, "swin_v2_t": 28_351_570,
}  # fmt: skip
LARGE = {"vgg16", "vgg11_bn", "googlenet", "inception_v3", "wide_resnet50_2", "resnext50_32x4d", "vit_b_32"}
SLOW = sorted({*DIGESTS} - {*PARAMETERS} | LARGE)


@pytest.fixture
def no_values(monkeypatch):
    """Models whose parameters are never drawn: their names and shapes are there at once."""
    for name in dir(nn.init):
        if name.endswith("_") and not name.startswith("_"):
            monkeypatch.setattr(nn.init, name, lambda tensor, *args, **options: tensor)


def digest(model):
    state = model.state_dict()
    text = ";".join(f"{name}:{','.join(map(str, value.shape))}" for name, value in state.items())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    "name", [*sorted({*PARAMETERS} - LARGE), *(pytest.param(n, marks=pytest.mark.slow) for n in SLOW)]
)
def test_names_and_shapes_are_torchvisions(name, no_values):
    with ej.device("meta"):  # nor have they memory
        model = models.get_model(name)
    assert digest(model) == DIGESTS[name]
    stated = models.get_model_weights(name).DEFAULT.meta["num_params"]
    # The stated numbers leave GoogLeNet's auxiliary classifiers out, and count ViT-H's positions for images of 518 pixels.
    stated = {"googlenet": PARAMETERS["googlenet"], "vit_h_14": 632_045_800}.get(name, stated)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS.get(name, stated) == stated


def test_every_model_is_recorded():
    assert models.list_models() == sorted(DIGESTS)
    assert models.list_models(include="resnet*") == ["resnet101", "resnet152", "resnet18", "resnet34", "resnet50"]
    assert sum(p.numel() for p in models.LeNet().parameters()) == 61_706
    assert models.LeNet()(ej.zeros(2, 1, 28, 28)).shape == (2, 10)


@pytest.fixture
def no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


def test_weights_by_name_say_where_their_file_belongs(no_file, no_values):
    place = str(no_file / "resnet50-11ad3fa6.pth")
    for weights in ("DEFAULT", "IMAGENET1K_V2", models.ResNet50_Weights.IMAGENET1K_V2):
        with pytest.raises(RuntimeError, match="downloads no weights") as caught:
            models.resnet50(weights=weights)
        assert place in str(caught.value) and "https://download.pytorch.org" in str(caught.value)
    with pytest.raises(ValueError, match="no weights 'V9': IMAGENET1K_V1, IMAGENET1K_V2, DEFAULT"):
        models.resnet50(weights="V9")
    with pytest.raises(TypeError, match="expected ResNet50_Weights but received ResNet18_Weights"):
        models.resnet50(weights=models.ResNet18_Weights.DEFAULT)
    with pytest.raises(ValueError, match="'num_classes' expected value 1000 but got 10"):
        models.resnet50(weights="DEFAULT", num_classes=10)
    with pytest.raises(FileNotFoundError, match="no weights at"):
        models.resnet50(weights=str(no_file / "mine.pth"))
    assert models.get_weight("ResNet50_Weights.IMAGENET1K_V1").url.endswith("resnet50-0676ba61.pth")


def test_weights_are_in_the_module_of_their_family():
    assert models.resnet.ResNet18_Weights is models.ResNet18_Weights
    assert models.swin_transformer.Swin_V2_B_Weights.DEFAULT.url.endswith("swin_v2_b-781e5279.pth")
    assert not hasattr(models.weights, "ResNet18_Weights")


def test_a_file_whose_name_states_another_sum_is_refused(no_file, no_values):
    no_file.mkdir(parents=True)
    (no_file / "resnet18-f37072fd.pth").write_bytes(b"something else")
    with pytest.raises(RuntimeError, match="invalid hash value"):
        models.resnet18(weights="DEFAULT")


def test_weights_from_files_and_dictionaries(tmp_path, no_values):
    model = models.squeezenet1_1(num_classes=3)
    with ej.no_grad():
        model.features[3].squeeze.weight.fill_(0.5)
    ej.save(model.state_dict(), tmp_path / "mine.pth")
    for weights in (tmp_path / "mine.pth", str(tmp_path / "mine.pth"), model.state_dict()):
        again = models.squeezenet1_1(weights=weights, num_classes=3)
        assert (again.features[3].squeeze.weight == 0.5).all() and not (again.classifier[1].weight == 0.5).any()
    with pytest.raises(RuntimeError, match="size mismatch for classifier"):
        models.squeezenet1_1(weights=model.state_dict(), num_classes=4)


def test_old_names_in_published_files_are_understood(no_values):
    new = models.densenet121().state_dict()
    old = {k.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): v for k, v in new.items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    assert set(models.densenet121(weights=old).state_dict()) == set(new)
    block = models.vision_transformer.MLPBlock(4, 8, 0.0)
    names = {"0.weight": "linear_1.weight", "0.bias": "linear_1.bias", "3.weight": "linear_2.weight",
             "3.bias": "linear_2.bias"}  # fmt: skip
    block.load_state_dict({names[k]: v for k, v in block.state_dict().items()})


def test_a_residual_network_trains():
    """Every parameter of two blocks gets a gradient; after zero_init_residual a block is the identity."""
    ej.manual_seed(0)
    block = models.resnet.Bottleneck(16, 4)
    nn.init.zeros_(block.bn3.weight)
    x = ej.rand(2, 16, 4, 4)
    np.testing.assert_allclose(block(x).detach().numpy(), x.numpy(), rtol=1e-6)
    net = nn.Sequential(models.resnet.Bottleneck(16, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 2))
    nn.functional.cross_entropy(net(x), ej.tensor([0, 1])).backward()
    assert all(float(p.grad.abs().sum()) > 0 for p in net.parameters())


def test_vision_transformer_on_small_images():
    ej.manual_seed(0)
    model = models.VisionTransformer(8, 4, 1, 2, 8, 16, num_classes=3)
    assert model(ej.rand(2, 3, 8, 8)).shape == (2, 3)
    assert not model(ej.rand(2, 3, 8, 8)).detach().numpy().any()  # the head starts at zero
    with pytest.raises(AssertionError, match="Wrong image size"):
        model(ej.rand(2, 3, 12, 12))
    larger = models.vision_transformer.interpolate_embeddings(16, 4, model.state_dict())
    models.VisionTransformer(16, 4, 1, 2, 8, 16, num_classes=3).load_state_dict(larger)


def test_windows_that_shift_mix_only_neighbours():
    """Windows of 2x2 shifted by one on a 5x4 image, padded to 6x4: the rows {0}, {1, 2}, {3, 4} stay together."""
    ej.manual_seed(0)
    attention = models.swin_transformer.ShiftedWindowAttention(4, [2, 2], [1, 1], 2)
    x = ej.rand(1, 5, 4, 4)
    before, rows, columns = attention(x), (0, 1, 1, 2, 2), (0, 1, 1, 2)
    for row, column in ((0, 0), (0, 2), (2, 1), (4, 3)):
        other = x.clone()
        other[0, row, column] += 1.0
        moved = ((attention(other) - before).abs() > 1e-4).any(-1)[0].tolist()
        assert moved == [[r == rows[row] and c == columns[column] for c in columns] for r in rows]
    whole = models.swin_transformer.ShiftedWindowAttention(4, [4, 4], [2, 2], 2)  # one window: nothing shifts
    other = x[:, :4].clone()
    other[0, 0, 0] += 1.0
    assert ((whole(other) - whole(x[:, :4])).abs() > 1e-4).any(-1).all()


def test_parts_of_swin_transformers():
    swin = models.swin_transformer
    merged = swin._quads(ej.arange(6.0).view(1, 2, 3, 1))
    assert merged.tolist() == [[[[0, 3, 1, 4], [2, 5, 0, 0]]]]
    bias = swin.ShiftedWindowAttention(4, [2, 3], [0, 0], 1)
    assert bias.relative_position_index.view(6, 6)[0].tolist() == [7, 6, 5, 2, 1, 0]
    second = swin.ShiftedWindowAttentionV2(4, [3, 5], [0, 0], 2)
    told = second.relative_coords_table
    assert told.shape == (1, 5, 9, 2) and told[0, 2, 4].tolist() == [0, 0]
    np.testing.assert_allclose(told[0, 0, -1].numpy(), [-np.log2(9) / 3, np.log2(9) / 3], rtol=1e-6)
    np.testing.assert_allclose(second.logit_scale.exp().detach().numpy().ravel(), [10, 10], rtol=1e-6)
    with ej.no_grad():
        second.qkv.bias[4:8] = 1.0
    x = ej.rand(2, 3, 5, 4)
    second(x).square().sum().backward()
    assert not second.qkv.bias.grad[4:8].any() and second.qkv.bias.grad[:4].all()  # keys have no bias
    with pytest.raises(ValueError, match="of length 2"):
        swin.ShiftedWindowAttention(4, [2], [1], 2)


def test_small_swin_transformers_train():
    ej.manual_seed(0)
    swin = models.swin_transformer
    second = {"block": swin.SwinTransformerBlockV2, "downsample_layer": swin.PatchMergingV2}
    for version in ({}, second):
        model = models.SwinTransformer([2, 2], 4, [2, 1], [1, 2], [2, 2], num_classes=3, **version)
        nn.functional.cross_entropy(model(ej.rand(2, 3, 9, 12)), ej.tensor([0, 2])).backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    chances = [m.p for m in model.modules() if isinstance(m, ops.StochasticDepth)]
    np.testing.assert_allclose(chances, [0, 0.05, 0.1])


def test_shuffle_and_squeeze():
    x = ej.arange(6.0).view(1, 6, 1, 1)
    assert models.shufflenetv2.channel_shuffle(x, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    gate = ops.SqueezeExcitation(4, 2)
    nn.init.zeros_(gate.fc2.weight)
    nn.init.zeros_(gate.fc2.bias)
    y = ej.rand(2, 4, 3, 3)
    np.testing.assert_allclose(gate(y).detach().numpy(), y.numpy() / 2, rtol=1e-6)


def values(model):
    return hashlib.sha256(b"".join(value.numpy().tobytes() for value in model.state_dict().values())).hexdigest()[:12]


def regnet(depth):
    params = models.regnet.BlockParams.from_init_params(depth, 8, 8.0, 2.0, 8, se_ratio=0.25)
    return models.RegNet(params, num_classes=3, stem_width=8)


@pytest.mark.parametrize(
    ("make", "recorded"),
    [(lambda: models.MNASNet(0.1, num_classes=3), "837eb9dec91a"), (lambda: regnet(5), "8afc5cd5e31d")],
    ids=["mnasnet", "regnet"],
)
def test_fresh_values_are_torchvisions(make, recorded):
    """Recorded from torchvision 0.29: the bytes of a state after the seed 0."""
    with ej.set_rng("torch"):
        ej.manual_seed(0)
        assert values(make()) == recorded


def test_outputs_of_mnasnet_and_regnet_are_torchvisions():
    with ej.set_rng("torch"):
        ej.manual_seed(0)
        net = regnet(2).eval()
        ej.manual_seed(0)
        block = models.mnasnet._InvertedResidual(4, 4, 5, 1, 3).eval()
    out = net(ej.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)).detach().numpy()
    np.testing.assert_allclose(out, [[-0.00361548, 0.00493265, -0.00444105]], rtol=1e-4)
    out = block(ej.linspace(-1, 1, 16).view(1, 4, 2, 2)).detach().numpy()
    np.testing.assert_allclose(out.ravel()[::5], [-0.954312, -0.295651, 0.350256, 0.984734], rtol=1e-4)


def test_stages_of_regnet():
    """The first row is RegNetY-400MF's in the paper; the others are torchvision's, with and without a bottleneck."""
    rows = {
        (16, 48, 27.89, 2.09, 8): ([1, 3, 6, 6], [48, 104, 208, 440], [8, 8, 8, 8]),
        (27, 456, 160.83, 2.52, 264): ([2, 7, 17, 1], [528, 1056, 2904, 7392], [264, 264, 264, 264]),
        (9, 24, 20.0, 2.2, 16, 0.25): ([1, 2, 5, 1], [24, 56, 128, 256], [6, 14, 16, 16]),
        (6, 8, 5.0, 1.5, 8, 2.0): ([1, 2, 3], [8, 16, 24], [8, 8, 8]),
    }
    for line, (depths, widths, groups) in rows.items():
        made = models.regnet.BlockParams.from_init_params(*line)
        assert (made.depths, made.widths, made.group_widths) == (depths, widths, groups)
    with pytest.raises(ValueError, match="Invalid RegNet settings"):
        models.regnet.BlockParams.from_init_params(5, 8, 8, 1, 8)


def test_first_version_of_mnasnet(no_values):
    """Its first layers were not scaled: a model takes that form with such a state, and keeps the version."""
    state = models.mnasnet0_5().state_dict()
    models.mnasnet0_5(weights=state)
    old = models.mnasnet0_5()
    state._metadata[""]["version"] = 1
    with pytest.warns(UserWarning, match="first version"), pytest.raises(RuntimeError, match="size mismatch"):
        old.load_state_dict(state)
    assert digest(old) == "e8b851bb14c3" and old.state_dict()._metadata[""] == {"version": 1}
    with pytest.warns(UserWarning, match="first version"):
        models.mnasnet0_5(weights=old.state_dict())
    with pytest.raises(ValueError, match="version should be set to 1 or 2 instead of None"):
        old.load_state_dict(dict(state))


def test_stochastic_depth():
    ej.manual_seed(0)
    x = ej.ones(400, 2, 2)
    rows = ops.stochastic_depth(x, 0.25, "row").numpy()
    assert set(np.unique(rows.round(4))) == {np.float32(0.0), np.float32(1.3333)}
    assert (rows == rows[:, :1, :1]).all() and 0.65 < (rows[:, 0, 0] > 0).mean() < 0.85
    assert ops.stochastic_depth(x, 0.25, "row", training=False) is x
    assert not ops.stochastic_depth(x, 1.0, "batch").numpy().any()
    with pytest.raises(ValueError, match="mode has to be"):
        ops.stochastic_depth(x, 0.5, "image")


# -- boxes ---------------------------------------------------------------------------------------------
def test_boxes():
    boxes = ej.tensor([[0.0, 0, 4, 4], [2, 2, 6, 6], [0, 0, 4, 3.9], [10, 10, 11, 11]])
    iou = ops.box_iou(boxes, boxes).numpy()
    np.testing.assert_allclose(iou[0], [1, 4 / 28, 15.6 / 16, 0], rtol=1e-5)
    assert ops.nms(boxes, ej.tensor([0.5, 0.9, 0.8, 0.1]), 0.5).tolist() == [1, 2, 3]
    assert ops.batched_nms(boxes, ej.tensor([0.5, 0.9, 0.8, 0.1]), ej.tensor([0, 0, 1, 1]), 0.5).tolist() == [
        1,
        2,
        0,
        3,
    ]
    for form in ("xywh", "cxcywh"):
        there = ops.box_convert(boxes, "xyxy", form)
        np.testing.assert_allclose(ops.box_convert(there, form, "xyxy").numpy(), boxes.numpy(), rtol=1e-6)
    assert ops.box_convert(boxes, "xyxy", "cxcywh")[1].tolist() == [4, 4, 4, 4]
    apart = ops.generalized_box_iou(boxes[:1], boxes[3:]).item()
    np.testing.assert_allclose(apart, (16 + 1) / 121 - 1, rtol=1e-5)
    with pytest.raises(ValueError, match="Unsupported"):
        ops.box_convert(boxes, "xyxy", "yxyx")


def test_networks_load_on_first_use():
    """A loader's worker unpickles datasets and transforms from `vision`; they bring no module of networks along."""
    code = ("import sys; from eagerjax.vision import datasets, transforms; import eagerjax.vision as v; "
            "assert 'eagerjax.vision.models' not in sys.modules; v.models, v.ops, v.utils; "
            "assert not hasattr(v, 'nothing')")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_blocks_are_made_in_their_order():
    """So that they draw their first values as torchvision's do."""
    made = []

    class Block(models.shufflenetv2.InvertedResidual):
        def __init__(self, *sizes):
            made.append(sizes)
            super().__init__(*sizes)

    models.ShuffleNetV2([2, 3, 1], [4, 8, 16, 32, 8], inverted_residual=Block)
    assert made == [(4, 8, 2), (8, 8, 1), (8, 16, 2), (16, 16, 1), (16, 16, 1), (16, 32, 2)]


def test_classifiers_half_way_run_on_the_way():
    """So that their dropout draws before the last one's."""
    ran = []

    class Plain(nn.Module):
        def __init__(self, channels, out=1, *more, name=None, **options):
            super().__init__()
            self.kind = name

        def forward(self, x):
            ran.append(self.kind)
            return x

    model = models.GoogLeNet(3, init_weights=False, blocks=[Plain, Plain, Plain])
    for name, module in model.named_modules():
        if isinstance(module, Plain):
            module.kind = name
    model.dropout.register_forward_hook(lambda *_: ran.append("dropout"))
    model.fc = nn.Identity()
    out = model(ej.randn(2, 3, 64, 64))
    assert ran.index("inception4a") + 1 == ran.index("aux1") and ran.index("inception4d") + 1 == ran.index("aux2")
    assert ran[-1] == "dropout" and out._fields == ("logits", "aux_logits2", "aux_logits1")
    assert model.eval()(ej.randn(2, 3, 64, 64)).shape == (2, 3)
