"""MNASNet-B1. Source: Tan et al. 2019, figure 7."""

import warnings

from eagerjax import nn
from eagerjax.tensor import Tensor
from eagerjax.vision.models.mobilenetv2 import initialise
from eagerjax.vision.models.weights import builder
from eagerjax.vision.models.widths import divisible

_MOMENTUM = 1 - 0.9997  # the paper's, which counts the share that stays
_STEM = (32, 16)
_STACKS = [(24, 3, 2, 3, 3), (40, 5, 2, 3, 3), (80, 5, 2, 6, 3), (96, 3, 1, 6, 2), (192, 5, 2, 6, 4),
           (320, 3, 1, 6, 1)]  # channels, kernel, stride, expansion, blocks  # fmt: skip
_LAST = 1280


def draw_linear(weight):
    nn.init.kaiming_uniform_(weight, mode="fan_out", nonlinearity="sigmoid")


def _convolution(inp, out, kernel=1, stride=1, groups=1, momentum=_MOMENTUM, active=True):
    layers = [
        nn.Conv2d(inp, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out, momentum=momentum),
    ]
    return [*layers, nn.ReLU(inplace=True)] if active else layers


class _InvertedResidual(nn.Module):
    """1x1 up, a convolution for each channel, 1x1 down without activation; a shortcut where the shape stays."""

    def __init__(self, in_ch, out_ch, kernel_size, stride, expansion_factor, bn_momentum=0.1):
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride should be 1 or 2 instead of {stride}")
        if kernel_size not in (3, 5):
            raise ValueError(f"kernel_size should be 3 or 5 instead of {kernel_size}")
        hidden = in_ch * expansion_factor
        self.apply_residual = stride == 1 and in_ch == out_ch
        self.layers = nn.Sequential(
            *_convolution(in_ch, hidden, momentum=bn_momentum),
            *_convolution(hidden, hidden, kernel_size, stride, hidden, bn_momentum),
            *_convolution(hidden, out_ch, momentum=bn_momentum, active=False),
        )

    def forward(self, input):
        return self.layers(input) + input if self.apply_residual else self.layers(input)


def _stack(inp, out, kernel, stride, expansion, count):
    blocks = [_InvertedResidual(inp, out, kernel, stride, expansion, _MOMENTUM)]
    blocks += [_InvertedResidual(out, out, kernel, 1, expansion, _MOMENTUM) for _ in range(1, count)]
    return nn.Sequential(*blocks)


def _start(first, second, third):
    """The layers up to the first stack, whose widths version 1 did not scale (but for `third`)."""
    return [
        *_convolution(3, first, 3, 2),
        *_convolution(first, first, 3, groups=first),
        *_convolution(first, second, active=False),
        _stack(second, third, *_STACKS[0][1:]),
    ]


class MNASNet(nn.Module):
    """A separable convolution and stacks of inverted residuals, `alpha` times as wide. Input: (batch, 3, H, W)."""

    _version = 2  # since 2 the first layers are scaled too

    def __init__(self, alpha, num_classes=1000, dropout=0.2):
        super().__init__()
        if alpha <= 0.0:
            raise ValueError(f"alpha should be greater than 0.0 instead of {alpha}")
        self.alpha = alpha
        self.num_classes = num_classes
        stem, widths = [divisible(c * alpha, 8) for c in _STEM], self._widths()
        layers = _start(*stem, widths[0])
        for inp, out, row in zip(widths, widths[1:], _STACKS[1:]):
            layers.append(_stack(inp, out, *row[1:]))
        self.layers = nn.Sequential(*layers, *_convolution(widths[-1], _LAST))
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(_LAST, num_classes))
        initialise(self, draw_linear)

    def _widths(self):
        return [divisible(row[0] * self.alpha, 8) for row in _STACKS]

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.layers(x).mean([2, 3]))

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        version = local_metadata.get("version")
        if version not in (1, 2):
            raise ValueError(f"version should be set to 1 or 2 instead of {version}")
        if version == 1 and self.alpha != 1.0:
            self._become_version_1()
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def _become_version_1(self):
        """The network whose first layers are as wide as those of `alpha` 1; it is saved as that version, too."""
        for i, layer in enumerate(_start(*_STEM, self._widths()[0])):
            self.layers[i] = layer
        self._version = 1
        warnings.warn("The state was saved by the first version of MNASNet, which did not scale its first layers. "
                      "The model has taken that form; a newer state fits the published network better.",
                      UserWarning, stacklevel=2)  # fmt: skip


def _made(name, alpha):
    def make(**options):
        return MNASNet(alpha, **options)

    return builder(name, make, MNASNet)


mnasnet0_5 = _made("mnasnet0_5", 0.5)
mnasnet0_75 = _made("mnasnet0_75", 0.75)
mnasnet1_0 = _made("mnasnet1_0", 1.0)
mnasnet1_3 = _made("mnasnet1_3", 1.3)
