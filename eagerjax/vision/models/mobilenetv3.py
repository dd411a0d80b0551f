"""MobileNetV3. Source: Howard et al. 2019, tables 1 and 2."""

from functools import partial

from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor
from eagerjax.vision.models.mobilenetv2 import initialise
from eagerjax.vision.models.weights import builder
from eagerjax.vision.models.widths import divisible
from eagerjax.vision.ops.misc import Conv2dNormActivation, SqueezeExcitation


class InvertedResidualConfig:
    """One row of the tables: channels in, kernel, channels inside, channels out, squeeze, activation, stride."""

    def __init__(self, input_channels, kernel, expanded_channels, out_channels, use_se, activation, stride, dilation,
                 width_mult):  # fmt: skip
        self.input_channels = self.adjust_channels(input_channels, width_mult)
        self.kernel = kernel
        self.expanded_channels = self.adjust_channels(expanded_channels, width_mult)
        self.out_channels = self.adjust_channels(out_channels, width_mult)
        self.use_se = use_se
        self.use_hs = activation == "HS"
        self.stride = stride
        self.dilation = dilation

    @staticmethod
    def adjust_channels(channels, width_mult):
        return divisible(channels * width_mult, 8)


_squeeze = partial(SqueezeExcitation, scale_activation=nn.Hardsigmoid)


class InvertedResidual(nn.Module):
    """1x1 up, a convolution for each channel, squeeze and excitation, 1x1 down."""

    def __init__(self, cnf, norm_layer, se_layer=_squeeze):
        super().__init__()
        if cnf.stride not in (1, 2):
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        hidden = cnf.expanded_channels
        options = {"norm_layer": norm_layer, "activation_layer": nn.Hardswish if cnf.use_hs else nn.ReLU}
        layers = []
        if hidden != cnf.input_channels:
            layers.append(Conv2dNormActivation(cnf.input_channels, hidden, 1, **options))
        stride = 1 if cnf.dilation > 1 else cnf.stride
        layers.append(Conv2dNormActivation(hidden, hidden, cnf.kernel, stride, groups=hidden, dilation=cnf.dilation,
                                           **options))  # fmt: skip
        if cnf.use_se:
            layers.append(se_layer(hidden, divisible(hidden // 4, 8)))
        options["activation_layer"] = None
        layers.append(Conv2dNormActivation(hidden, cnf.out_channels, 1, **options))
        self.block = nn.Sequential(*layers)
        self.out_channels = cnf.out_channels

    def forward(self, input):
        return self.block(input) + input if self.use_res_connect else self.block(input)


class MobileNetV3(nn.Module):
    """A stem, the rows of `inverted_residual_setting`, a 1x1 convolution, two linear layers. Input: (batch, 3, H, W)."""

    def __init__(self, inverted_residual_setting, last_channel, num_classes=1000, block=None, norm_layer=None,
                 dropout=0.2, **kwargs):  # fmt: skip
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        block = block or InvertedResidual
        norm = norm_layer or partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
        options = {"norm_layer": norm, "activation_layer": nn.Hardswish}
        first, last = inverted_residual_setting[0].input_channels, inverted_residual_setting[-1].out_channels
        self.features = nn.Sequential(
            Conv2dNormActivation(3, first, 3, 2, **options),
            *(block(row, norm) for row in inverted_residual_setting),
            Conv2dNormActivation(last, 6 * last, 1, **options),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * last, last_channel),
            nn.Hardswish(inplace=True),
            nn.Dropout(p=dropout, inplace=True),
            nn.Linear(last_channel, num_classes),
        )
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


_LARGE = [
    (16, 3, 16, 16, False, "RE", 1), (16, 3, 64, 24, False, "RE", 2), (24, 3, 72, 24, False, "RE", 1),
    (24, 5, 72, 40, True, "RE", 2), (40, 5, 120, 40, True, "RE", 1), (40, 5, 120, 40, True, "RE", 1),
    (40, 3, 240, 80, False, "HS", 2), (80, 3, 200, 80, False, "HS", 1), (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1), (80, 3, 480, 112, True, "HS", 1), (112, 3, 672, 112, True, "HS", 1),
    (112, 5, 672, 160, True, "HS", 2), (160, 5, 960, 160, True, "HS", 1), (160, 5, 960, 160, True, "HS", 1),
]  # fmt: skip
_SMALL = [
    (16, 3, 16, 16, True, "RE", 2), (16, 3, 72, 24, False, "RE", 2), (24, 3, 88, 24, False, "RE", 1),
    (24, 5, 96, 40, True, "HS", 2), (40, 5, 240, 40, True, "HS", 1), (40, 5, 240, 40, True, "HS", 1),
    (40, 5, 120, 48, True, "HS", 1), (48, 5, 144, 48, True, "HS", 1), (48, 5, 288, 96, True, "HS", 2),
    (96, 5, 576, 96, True, "HS", 1), (96, 5, 576, 96, True, "HS", 1),
]  # fmt: skip


def _made(name, rows, last_channel):
    def make(width_mult=1.0, reduced_tail=False, dilated=False, **options):
        """`reduced_tail` halves the last three rows' channels, `dilated` keeps their resolution."""
        half = 2 if reduced_tail else 1
        setting = []
        for i, (inp, kernel, hidden, out, *rest, stride) in enumerate(rows):
            tail = len(rows) - i
            inp = inp // half if tail < 3 else inp
            hidden = hidden // half if tail < 3 else hidden
            out = out // half if tail <= 3 else out
            dilation = 2 if dilated and tail <= 3 else 1
            setting.append(InvertedResidualConfig(inp, kernel, hidden, out, *rest, stride, dilation, width_mult))
        last = InvertedResidualConfig.adjust_channels(last_channel // half, width_mult)
        return MobileNetV3(setting, last, **options)

    return builder(name, make, MobileNetV3)


mobilenet_v3_large = _made("mobilenet_v3_large", _LARGE, 1280)
mobilenet_v3_small = _made("mobilenet_v3_small", _SMALL, 1024)
