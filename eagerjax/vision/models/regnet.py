"""RegNetX and RegNetY. Source: Radosavovic et al. 2020, sections 3.3 and 4."""

import itertools
import math
from collections import OrderedDict

import numpy as np

from eagerjax import nn
from eagerjax.tensor import Tensor
from eagerjax.vision.models.weights import builder
from eagerjax.vision.models.widths import divisible
from eagerjax.vision.ops.misc import Conv2dNormActivation, SqueezeExcitation

_STEP = 8  # widths are multiples of it


class SimpleStemIN(Conv2dNormActivation):
    """The first convolution, which halves the image."""

    def __init__(self, width_in, width_out, norm_layer, activation_layer):
        super().__init__(width_in, width_out, 3, 2, norm_layer=norm_layer, activation_layer=activation_layer)


class BottleneckTransform(nn.Sequential):
    """1x1, 3x3 in groups of `group_width` channels, squeeze and excitation where `se_ratio` is given, 1x1."""

    def __init__(self, width_in, width_out, stride, norm_layer, activation_layer, group_width, bottleneck_multiplier,
                 se_ratio):  # fmt: skip
        inner = round(width_out * bottleneck_multiplier)
        options = {"norm_layer": norm_layer, "activation_layer": activation_layer}
        layers = OrderedDict(a=Conv2dNormActivation(width_in, inner, 1, **options))
        layers["b"] = Conv2dNormActivation(inner, inner, 3, stride, groups=inner // group_width, **options)
        if se_ratio:  # a share of what comes into the block
            layers["se"] = SqueezeExcitation(inner, round(se_ratio * width_in), activation=activation_layer)
        layers["c"] = Conv2dNormActivation(inner, width_out, 1, norm_layer=norm_layer, activation_layer=None)
        super().__init__(layers)


class ResBottleneckBlock(nn.Module):
    """A bottleneck and a shortcut, projected where the shape changes."""

    def __init__(self, width_in, width_out, stride, norm_layer, activation_layer, group_width=1,
                 bottleneck_multiplier=1.0, se_ratio=None):  # fmt: skip
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            options = {"norm_layer": norm_layer, "activation_layer": None}
            self.proj = Conv2dNormActivation(width_in, width_out, 1, stride, **options)
        self.f = BottleneckTransform(width_in, width_out, stride, norm_layer, activation_layer, group_width,
                                     bottleneck_multiplier, se_ratio)  # fmt: skip
        self.activation = activation_layer(inplace=True)

    def forward(self, x):
        shortcut = x if self.proj is None else self.proj(x)
        return self.activation(shortcut + self.f(x))


class AnyStage(nn.Sequential):
    """`depth` blocks, the first of which changes width and resolution."""

    def __init__(self, width_in, width_out, stride, depth, block_constructor, norm_layer, activation_layer, group_width,
                 bottleneck_multiplier, se_ratio=None, stage_index=0):  # fmt: skip
        super().__init__()
        rest = (norm_layer, activation_layer, group_width, bottleneck_multiplier, se_ratio)
        for i in range(depth):
            shape = (width_out, width_out, 1) if i else (width_in, width_out, stride)
            self.add_module(f"block{stage_index}-{i}", block_constructor(*shape, *rest))


class BlockParams:
    """The stages, one list for each property: blocks, width, width of the groups, bottleneck, stride."""

    def __init__(self, depths, widths, group_widths, bottleneck_multipliers, strides, se_ratio=None):
        self.depths = depths
        self.widths = widths
        self.group_widths = group_widths
        self.bottleneck_multipliers = bottleneck_multipliers
        self.strides = strides
        self.se_ratio = se_ratio

    @classmethod
    def from_init_params(cls, depth, w_0, w_a, w_m, group_width, bottleneck_multiplier=1.0, se_ratio=None, **kwargs):
        """Stages of the blocks whose widths come nearest to the line w_0 + w_a * i among the values w_0 * w_m ** k.

        Source: equations 2 to 4. Raises ValueError for numbers that give no such line.
        """
        if w_a < 0 or w_0 <= 0 or w_m <= 1 or w_0 % _STEP != 0:
            raise ValueError("Invalid RegNet settings")
        runs = [(width, len(list(run))) for width, run in itertools.groupby(_block_widths(depth, w_0, w_a, w_m))]
        pairs = [_fitting(width, group_width, bottleneck_multiplier) for width, _ in runs]
        return cls(
            depths=[count for _, count in runs],
            widths=[width for width, _ in pairs],
            group_widths=[group for _, group in pairs],
            bottleneck_multipliers=[bottleneck_multiplier] * len(runs),
            strides=[2] * len(runs),
            se_ratio=se_ratio,
        )

    def _stages(self):
        """(width, stride, depth, group width, bottleneck) of each stage."""
        return zip(self.widths, self.strides, self.depths, self.group_widths, self.bottleneck_multipliers)


def _block_widths(depth, w_0, w_a, w_m):
    """The width of each block, in single precision as the published networks' were."""
    line = np.arange(depth, dtype=np.float32) * np.float32(w_a) + np.float32(w_0)
    power = np.round(np.log(line / np.float32(w_0)) / np.float32(math.log(w_m)))
    widths = np.float32(w_0) * np.float32(w_m) ** power
    return (np.round(widths / np.float32(_STEP)) * _STEP).astype(int).tolist()


def _fitting(width, group_width, bottleneck):
    """(width, group width) near those given, so that the bottleneck's width is a multiple of the group's."""
    inner = int(width * bottleneck)
    group = min(group_width, inner)
    return int(divisible(inner, group) / bottleneck), group


class RegNet(nn.Module):
    """A stem, the stages of `block_params`, a linear classifier. Input: (batch, 3, H, W)."""

    def __init__(self, block_params, num_classes=1000, stem_width=32, stem_type=None, block_type=None, norm_layer=None,
                 activation=None):  # fmt: skip
        super().__init__()
        norm, activation = norm_layer or nn.BatchNorm2d, activation or nn.ReLU
        self.stem = (stem_type or SimpleStemIN)(3, stem_width, norm, activation)
        width, stages = stem_width, OrderedDict()
        for i, (out, stride, depth, *rest) in enumerate(block_params._stages(), 1):
            stages[f"block{i}"] = AnyStage(width, out, stride, depth, block_type or ResBottleneckBlock, norm, activation,
                                           *rest, block_params.se_ratio, stage_index=i)  # fmt: skip
            width = out
        self.trunk_output = nn.Sequential(stages)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(width, num_classes)
        self._initialise()

    def _initialise(self):
        """The biases of squeeze and excitation stay as they were drawn."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = math.prod(module.kernel_size) * module.out_channels
                nn.init.normal_(module.weight, 0.0, math.sqrt(2.0 / fan_out))
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0.0, 0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.avgpool(self.trunk_output(self.stem(x))).flatten(start_dim=1))


# -- the settings --------------------------------------------------------------------------
def _made(name, *line, se_ratio=None):
    """line: depth, w_0, w_a, w_m and the width of the groups."""

    def make(**options):
        return RegNet(BlockParams.from_init_params(*line, se_ratio=se_ratio), **options)

    return builder(name, make, RegNet)


regnet_y_400mf = _made("regnet_y_400mf", 16, 48, 27.89, 2.09, 8, se_ratio=0.25)
regnet_y_800mf = _made("regnet_y_800mf", 14, 56, 38.84, 2.4, 16, se_ratio=0.25)
regnet_y_1_6gf = _made("regnet_y_1_6gf", 27, 48, 20.71, 2.65, 24, se_ratio=0.25)
regnet_y_3_2gf = _made("regnet_y_3_2gf", 21, 80, 42.63, 2.66, 24, se_ratio=0.25)
regnet_y_8gf = _made("regnet_y_8gf", 17, 192, 76.82, 2.19, 56, se_ratio=0.25)
regnet_y_16gf = _made("regnet_y_16gf", 18, 200, 106.23, 2.48, 112, se_ratio=0.25)
regnet_y_32gf = _made("regnet_y_32gf", 20, 232, 115.89, 2.53, 232, se_ratio=0.25)
regnet_y_128gf = _made("regnet_y_128gf", 27, 456, 160.83, 2.52, 264, se_ratio=0.25)
regnet_x_400mf = _made("regnet_x_400mf", 22, 24, 24.48, 2.54, 16)
regnet_x_800mf = _made("regnet_x_800mf", 16, 56, 35.73, 2.28, 16)
regnet_x_1_6gf = _made("regnet_x_1_6gf", 18, 80, 34.01, 2.25, 24)
regnet_x_3_2gf = _made("regnet_x_3_2gf", 25, 88, 26.31, 2.25, 48)
regnet_x_8gf = _made("regnet_x_8gf", 23, 80, 49.56, 2.88, 120)
regnet_x_16gf = _made("regnet_x_16gf", 22, 216, 55.59, 2.1, 128)
regnet_x_32gf = _made("regnet_x_32gf", 23, 320, 69.86, 2.0, 168)
