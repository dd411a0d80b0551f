"""EfficientNet and EfficientNetV2. Sources: Tan and Le 2019, table 1; Tan and Le 2021, table 4."""

import copy
import math
from functools import partial

from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor
from eagerjax.vision.models.mobilenetv2 import initialise
from eagerjax.vision.models.weights import builder
from eagerjax.vision.models.widths import divisible
from eagerjax.vision.ops.misc import Conv2dNormActivation, SqueezeExcitation, StochasticDepth


def draw_linear(weight):
    bound = 1.0 / math.sqrt(len(weight))
    nn.init.uniform_(weight, -bound, bound)


class _MBConvConfig:
    """A stage: the blocks' expansion, kernel and stride, channels in and out, how many, and their class."""

    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block):
        self.expand_ratio = expand_ratio
        self.kernel = kernel
        self.stride = stride
        self.input_channels = input_channels
        self.out_channels = out_channels
        self.num_layers = num_layers
        self.block = block

    @staticmethod
    def adjust_channels(channels, width_mult, min_value=None):
        return divisible(channels * width_mult, 8, min_value)


class MBConvConfig(_MBConvConfig):
    """A stage of inverted residuals, scaled in width and depth."""

    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, width_mult=1.0,
                 depth_mult=1.0, block=None):  # fmt: skip
        inp, out = (self.adjust_channels(c, width_mult) for c in (input_channels, out_channels))
        super().__init__(expand_ratio, kernel, stride, inp, out, self.adjust_depth(num_layers, depth_mult),
                         block or MBConv)  # fmt: skip

    @staticmethod
    def adjust_depth(num_layers, depth_mult):
        return math.ceil(num_layers * depth_mult)


class FusedMBConvConfig(_MBConvConfig):
    """A stage of inverted residuals whose first two convolutions are one."""

    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block=None):
        super().__init__(expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block or FusedMBConv)


class _Residual(nn.Module):
    """`block`, dropped at random for whole images where there is a shortcut around it."""

    def __init__(self, cnf, stochastic_depth_prob):
        super().__init__()
        if cnf.stride not in (1, 2):
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        self.out_channels = cnf.out_channels

    def forward(self, input):
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class MBConv(_Residual):
    """1x1 up, a convolution for each channel, squeeze and excitation, 1x1 down."""

    def __init__(self, cnf, stochastic_depth_prob, norm_layer, se_layer=SqueezeExcitation):
        super().__init__(cnf, stochastic_depth_prob)
        options = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        hidden = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        layers = []
        if hidden != cnf.input_channels:
            layers.append(Conv2dNormActivation(cnf.input_channels, hidden, 1, **options))
        layers += [
            Conv2dNormActivation(hidden, hidden, cnf.kernel, cnf.stride, groups=hidden, **options),
            se_layer(hidden, max(1, cnf.input_channels // 4), activation=partial(nn.SiLU, inplace=True)),
            Conv2dNormActivation(hidden, cnf.out_channels, 1, norm_layer=norm_layer, activation_layer=None),
        ]
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")


class FusedMBConv(_Residual):
    """A convolution up, 1x1 down; a single convolution where nothing is expanded."""

    def __init__(self, cnf, stochastic_depth_prob, norm_layer):
        super().__init__(cnf, stochastic_depth_prob)
        options = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        hidden = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        if hidden != cnf.input_channels:
            layers = [
                Conv2dNormActivation(cnf.input_channels, hidden, cnf.kernel, cnf.stride, **options),
                Conv2dNormActivation(hidden, cnf.out_channels, 1, norm_layer=norm_layer, activation_layer=None),
            ]
        else:
            layers = [Conv2dNormActivation(hidden, cnf.out_channels, cnf.kernel, cnf.stride, **options)]
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")


class EfficientNet(nn.Module):
    """A stem, the stages of `inverted_residual_setting`, a 1x1 convolution, a classifier. Input: (batch, 3, H, W)."""

    def __init__(self, inverted_residual_setting, dropout, stochastic_depth_prob=0.2, num_classes=1000,
                 norm_layer=None, last_channel=None):  # fmt: skip
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        norm = norm_layer or nn.BatchNorm2d
        options = {"norm_layer": norm, "activation_layer": nn.SiLU}
        channels = inverted_residual_setting[-1].out_channels
        last = last_channel if last_channel is not None else 4 * channels
        self.features = nn.Sequential(
            Conv2dNormActivation(3, inverted_residual_setting[0].input_channels, 3, 2, **options),
            *_stages(inverted_residual_setting, stochastic_depth_prob, norm),
            Conv2dNormActivation(channels, last, 1, **options),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(last, num_classes))
        initialise(self, draw_linear)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def _stages(setting, stochastic_depth_prob, norm):
    """The stages; the chance of being dropped grows with depth, from 0 up to nearly `stochastic_depth_prob`."""
    total, seen = sum(stage.num_layers for stage in setting), 0
    for stage in setting:
        blocks = []
        for i in range(stage.num_layers):
            cnf = copy.copy(stage)
            if i > 0:
                cnf.input_channels, cnf.stride = cnf.out_channels, 1
            blocks.append(cnf.block(cnf, stochastic_depth_prob * seen / total, norm))
            seen += 1
        yield nn.Sequential(*blocks)


# -- the settings --------------------------------------------------------------------------
_V1 = [(1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3), (6, 5, 1, 80, 112, 3),
       (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1)]  # fmt: skip
_V2 = {  # the number of fused stages, and all stages
    "efficientnet_v2_s": (3, [(1, 3, 1, 24, 24, 2), (4, 3, 2, 24, 48, 4), (4, 3, 2, 48, 64, 4), (4, 3, 2, 64, 128, 6),
                              (6, 3, 1, 128, 160, 9), (6, 3, 2, 160, 256, 15)]),
    "efficientnet_v2_m": (3, [(1, 3, 1, 24, 24, 3), (4, 3, 2, 24, 48, 5), (4, 3, 2, 48, 80, 5), (4, 3, 2, 80, 160, 7),
                              (6, 3, 1, 160, 176, 14), (6, 3, 2, 176, 304, 18), (6, 3, 1, 304, 512, 5)]),
    "efficientnet_v2_l": (3, [(1, 3, 1, 32, 32, 4), (4, 3, 2, 32, 64, 7), (4, 3, 2, 64, 96, 7), (4, 3, 2, 96, 192, 10),
                              (6, 3, 1, 192, 224, 19), (6, 3, 2, 224, 384, 25), (6, 3, 1, 384, 640, 7)]),
}  # fmt: skip
_precise = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)


def _v1(letter, width_mult, depth_mult, dropout, norm_layer=None):
    def make(**options):
        setting = [MBConvConfig(*row, width_mult=width_mult, depth_mult=depth_mult) for row in _V1]
        return EfficientNet(setting, **{"dropout": dropout, "norm_layer": norm_layer, **options})

    return builder(f"efficientnet_{letter}", make, EfficientNet)


def _v2(name, dropout, norm_layer):
    def make(**options):
        fused, rows = _V2[name]
        setting = [(FusedMBConvConfig if i < fused else MBConvConfig)(*row) for i, row in enumerate(rows)]
        given = {"dropout": dropout, "norm_layer": norm_layer, "last_channel": 1280}
        return EfficientNet(setting, **{**given, **options})

    return builder(name, make, EfficientNet)


efficientnet_b0 = _v1("b0", 1.0, 1.0, 0.2)
efficientnet_b1 = _v1("b1", 1.0, 1.1, 0.2)
efficientnet_b2 = _v1("b2", 1.1, 1.2, 0.3)
efficientnet_b3 = _v1("b3", 1.2, 1.4, 0.3)
efficientnet_b4 = _v1("b4", 1.4, 1.8, 0.4)
efficientnet_b5 = _v1("b5", 1.6, 2.2, 0.4, _precise)
efficientnet_b6 = _v1("b6", 1.8, 2.6, 0.5, _precise)
efficientnet_b7 = _v1("b7", 2.0, 3.1, 0.5, _precise)
efficientnet_v2_s = _v2("efficientnet_v2_s", 0.2, partial(nn.BatchNorm2d, eps=1e-03))
efficientnet_v2_m = _v2("efficientnet_v2_m", 0.3, partial(nn.BatchNorm2d, eps=1e-03))
efficientnet_v2_l = _v2("efficientnet_v2_l", 0.4, partial(nn.BatchNorm2d, eps=1e-03))
