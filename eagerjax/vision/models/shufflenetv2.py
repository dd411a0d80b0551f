"""ShuffleNet V2. Source: Ma et al. 2018, table 5."""

from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor
from eagerjax.vision.models.weights import builder


def channel_shuffle(x, groups):
    """The channels of `groups` groups, dealt out in turn."""
    batch, channels, height, width = x.size()
    x = x.view(batch, groups, channels // groups, height, width)
    return torch.transpose(x, 1, 2).contiguous().view(batch, channels, height, width)


def _depthwise(inp, out, stride):
    """A 3x3 for each channel and a 1x1, each with norm; activation after the second."""
    return [nn.Conv2d(inp, inp, 3, stride, 1, groups=inp, bias=False), nn.BatchNorm2d(inp), *_pointwise(inp, out)]


def _pointwise(inp, out):
    return [nn.Conv2d(inp, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]


class InvertedResidual(nn.Module):
    """Half of the channels pass (or are halved in size), the other half is worked on; then both are mixed."""

    def __init__(self, inp, oup, stride):
        super().__init__()
        if not 1 <= stride <= 3:
            raise ValueError("illegal stride value")
        half = oup // 2
        if stride == 1 and inp != half << 1:
            raise ValueError(f"Invalid combination of stride {stride}, inp {inp} and oup {oup} values. "
                             "If stride == 1 then inp should be equal to oup // 2 << 1.")  # fmt: skip
        self.stride = stride
        self.branch1 = nn.Sequential(*(_depthwise(inp, half, stride) if stride > 1 else []))
        first = _pointwise(inp if stride > 1 else half, half)
        self.branch2 = nn.Sequential(*first, *_depthwise(half, half, stride))

    def forward(self, x):
        if self.stride == 1:
            kept, worked = x.chunk(2, dim=1)
        else:
            kept, worked = self.branch1(x), x
        return channel_shuffle(torch.cat((kept, self.branch2(worked)), dim=1), 2)


class ShuffleNetV2(nn.Module):
    """A stem, three stages, a 1x1 convolution, a linear classifier. Input: (batch, 3, H, W)."""

    def __init__(self, stages_repeats, stages_out_channels, num_classes=1000, inverted_residual=InvertedResidual):
        super().__init__()
        if len(stages_repeats) != 3:
            raise ValueError("expected stages_repeats as list of 3 positive ints")
        if len(stages_out_channels) != 5:
            raise ValueError("expected stages_out_channels as list of 5 positive ints")
        first, *widths, last = stages_out_channels
        self.conv1 = nn.Sequential(nn.Conv2d(3, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU(True))
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = first
        for i, (repeats, width) in enumerate(zip(stages_repeats, widths)):
            blocks = [(channels, width, 2)] + (repeats - 1) * [(width, width, 1)]
            setattr(self, f"stage{i + 2}", nn.Sequential(*(inverted_residual(*block) for block in blocks)))
            channels = width
        self.conv5 = nn.Sequential(*_pointwise(channels, last))
        self.fc = nn.Linear(last, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.conv1(x))
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(x.mean([2, 3]))


def _made(name, widths):
    return builder(name, lambda **options: ShuffleNetV2([4, 8, 4], widths, **options), ShuffleNetV2)


shufflenet_v2_x0_5 = _made("shufflenet_v2_x0_5", [24, 48, 96, 192, 1024])
shufflenet_v2_x1_0 = _made("shufflenet_v2_x1_0", [24, 116, 232, 464, 1024])
shufflenet_v2_x1_5 = _made("shufflenet_v2_x1_5", [24, 176, 352, 704, 1024])
shufflenet_v2_x2_0 = _made("shufflenet_v2_x2_0", [24, 244, 488, 976, 2048])
