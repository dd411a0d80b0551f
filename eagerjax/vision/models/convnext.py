"""ConvNeXt. Source: Liu et al. 2022."""

from functools import partial

import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor
from eagerjax.vision.models.weights import builder
from eagerjax.vision.ops.misc import Conv2dNormActivation, Permute, StochasticDepth


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over the channels of (batch, C, H, W)."""

    def forward(self, x):
        x = F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class CNBlock(nn.Module):
    """A 7x7 convolution for each channel, norm, two linear layers over channels; scaled, beside a shortcut."""

    def __init__(self, dim, layer_scale, stochastic_depth_prob, norm_layer=None):
        super().__init__()
        norm = norm_layer or partial(nn.LayerNorm, eps=1e-6)
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim, bias=True),
            Permute([0, 2, 3, 1]),
            norm(dim),
            nn.Linear(dim, 4 * dim, bias=True),
            nn.GELU(),
            nn.Linear(4 * dim, dim, bias=True),
            Permute([0, 3, 1, 2]),
        )
        self.layer_scale = nn.Parameter(torch.ones(dim, 1, 1) * layer_scale)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")

    def forward(self, input):
        return self.stochastic_depth(self.layer_scale * self.block(input)) + input


class CNBlockConfig:
    """A stage: channels in, channels after it (None at the end), blocks."""

    def __init__(self, input_channels, out_channels, num_layers):
        self.input_channels = input_channels
        self.out_channels = out_channels
        self.num_layers = num_layers

    def __repr__(self):
        return (f"{type(self).__name__}(input_channels={self.input_channels}, out_channels={self.out_channels}, "
                f"num_layers={self.num_layers})")  # fmt: skip


class ConvNeXt(nn.Module):
    """A stem of 4x4 patches, stages with a halving between them, a classifier. Input: (batch, 3, H, W)."""

    def __init__(self, block_setting, stochastic_depth_prob=0.0, layer_scale=1e-6, num_classes=1000, block=None,
                 norm_layer=None, **kwargs):  # fmt: skip
        super().__init__()
        if not block_setting:
            raise ValueError("The block_setting should not be empty")
        block = block or CNBlock
        norm = norm_layer or partial(LayerNorm2d, eps=1e-6)
        features = [Conv2dNormActivation(3, block_setting[0].input_channels, 4, 4, 0, norm_layer=norm,
                                         activation_layer=None, bias=True)]  # fmt: skip
        total, seen = sum(stage.num_layers for stage in block_setting), 0
        for stage in block_setting:
            chances = [stochastic_depth_prob * (seen + i) / (total - 1.0) for i in range(stage.num_layers)]
            seen += stage.num_layers
            features.append(nn.Sequential(*(block(stage.input_channels, layer_scale, p) for p in chances)))
            if stage.out_channels is not None:
                half = nn.Conv2d(stage.input_channels, stage.out_channels, 2, stride=2)
                features.append(nn.Sequential(norm(stage.input_channels), half))
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        last = block_setting[-1]
        width = last.out_channels if last.out_channels is not None else last.input_channels
        self.classifier = nn.Sequential(norm(width), nn.Flatten(1), nn.Linear(width, num_classes))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)))


def _made(name, widths, depths, stochastic_depth_prob):
    def make(**options):
        stages = [CNBlockConfig(*row) for row in zip(widths, [*widths[1:], None], depths)]
        return ConvNeXt(stages, **{"stochastic_depth_prob": stochastic_depth_prob, **options})

    return builder(name, make, ConvNeXt)


convnext_tiny = _made("convnext_tiny", (96, 192, 384, 768), (3, 3, 9, 3), 0.1)
convnext_small = _made("convnext_small", (96, 192, 384, 768), (3, 3, 27, 3), 0.4)
convnext_base = _made("convnext_base", (128, 256, 512, 1024), (3, 3, 27, 3), 0.5)
convnext_large = _made("convnext_large", (192, 384, 768, 1536), (3, 3, 27, 3), 0.5)
