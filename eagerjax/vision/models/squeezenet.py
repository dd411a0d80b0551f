"""SqueezeNet. Source: Iandola et al. 2016, table 1; 1.1 pools earlier and has fewer filters at the start."""

from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor
from eagerjax.vision.models.weights import builder


class Fire(nn.Module):
    """1x1 down to `squeeze_planes`, then 1x1 and 3x3 side by side."""

    def __init__(self, inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes):
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        narrow, wide = self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))
        return torch.cat([narrow, wide], 1)


_FIRES = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)]
_POOLS = {"1_0": (0, 3, 7), "1_1": (0, 2, 4)}  # a pooling before these fires


def _features(version):
    first = nn.Conv2d(3, 96, 7, stride=2) if version == "1_0" else nn.Conv2d(3, 64, 3, stride=2)
    layers, channels = [first, nn.ReLU(inplace=True)], first.out_channels
    for i, (squeeze, expand) in enumerate(_FIRES):
        if i in _POOLS[version]:
            layers.append(nn.MaxPool2d(3, stride=2, ceil_mode=True))
        layers.append(Fire(channels, squeeze, expand, expand))
        channels = 2 * expand
    return nn.Sequential(*layers)


class SqueezeNet(nn.Module):
    """Eight fires and a convolution as classifier. Input: (batch, 3, H, W)."""

    def __init__(self, version="1_0", num_classes=1000, dropout=0.5):
        super().__init__()
        if version not in _POOLS:
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.num_classes = num_classes
        self.features = _features(version)
        last = nn.Conv2d(512, num_classes, 1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), last, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                if module is last:
                    nn.init.normal_(module.weight, mean=0.0, std=0.01)
                else:
                    nn.init.kaiming_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


squeezenet1_0 = builder("squeezenet1_0", lambda **options: SqueezeNet("1_0", **options), SqueezeNet)
squeezenet1_1 = builder("squeezenet1_1", lambda **options: SqueezeNet("1_1", **options), SqueezeNet)
