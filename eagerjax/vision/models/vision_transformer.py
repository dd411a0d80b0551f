"""Vision transformers. Source: Dosovitskiy et al. 2021, table 1."""

import math
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor
from eagerjax.vision.models.weights import builder
from eagerjax.vision.ops.misc import MLP, Conv2dNormActivation

_NORM = partial(nn.LayerNorm, eps=1e-6)


class MLPBlock(MLP):
    """The two linear layers of an encoder block."""

    _version = 2  # before 2 the layers were called linear_1 and linear_2, and so they are in published files

    def __init__(self, in_dim, mlp_dim, dropout):
        super().__init__(in_dim, [mlp_dim, in_dim], activation_layer=nn.GELU, inplace=None, dropout=dropout)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.normal_(module.bias, std=1e-6)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        if (local_metadata.get("version") or 1) < 2:
            for old, new in (("linear_1", "0"), ("linear_2", "3")):
                for kind in ("weight", "bias"):
                    if f"{prefix}{old}.{kind}" in state_dict:
                        state_dict[f"{prefix}{new}.{kind}"] = state_dict.pop(f"{prefix}{old}.{kind}")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class EncoderBlock(nn.Module):
    """Self-attention and an MLP, each after a norm and beside a shortcut."""

    def __init__(self, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout, norm_layer=_NORM):
        super().__init__()
        self.num_heads = num_heads
        self.ln_1 = norm_layer(hidden_dim)
        self.self_attention = nn.MultiheadAttention(hidden_dim, num_heads, dropout=attention_dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.ln_2 = norm_layer(hidden_dim)
        self.mlp = MLPBlock(hidden_dim, mlp_dim, dropout)

    def forward(self, input):
        x = self.ln_1(input)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        x = self.dropout(x) + input
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    """Positions added, then the blocks. Input: (batch, seq_length, hidden_dim)."""

    def __init__(self, seq_length, num_layers, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout,
                 norm_layer=_NORM):  # fmt: skip
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, seq_length, hidden_dim).normal_(std=0.02))
        self.dropout = nn.Dropout(dropout)
        sizes = (num_heads, hidden_dim, mlp_dim, dropout, attention_dropout, norm_layer)
        self.layers = nn.Sequential(
            OrderedDict((f"encoder_layer_{i}", EncoderBlock(*sizes)) for i in range(num_layers))
        )
        self.ln = norm_layer(hidden_dim)

    def forward(self, input):
        return self.ln(self.layers(self.dropout(input + self.pos_embedding)))


class ConvStemConfig(NamedTuple):
    """A convolution of a stem."""

    out_channels: int
    kernel_size: int
    stride: int
    norm_layer: Callable = nn.BatchNorm2d
    activation_layer: Callable = nn.ReLU


def _stem(configs, hidden_dim, patch_size):
    """From an image to patches: one convolution, or several small ones (Xiao et al. 2021)."""
    if configs is None:
        return nn.Conv2d(3, hidden_dim, patch_size, stride=patch_size)
    layers, channels = OrderedDict(), 3
    for i, row in enumerate(configs):
        layers[f"conv_bn_relu_{i}"] = Conv2dNormActivation(
            channels, row.out_channels, row.kernel_size, row.stride, norm_layer=row.norm_layer,
            activation_layer=row.activation_layer)  # fmt: skip
        channels = row.out_channels
    layers["conv_last"] = nn.Conv2d(channels, hidden_dim, 1)
    return nn.Sequential(layers)


class VisionTransformer(nn.Module):
    """Patches of an image as words. Input: (batch, 3, `image_size`, `image_size`)."""

    def __init__(self, image_size, patch_size, num_layers, num_heads, hidden_dim, mlp_dim, dropout=0.0,
                 attention_dropout=0.0, num_classes=1000, representation_size=None, norm_layer=_NORM,
                 conv_stem_configs=None):  # fmt: skip
        super().__init__()
        if image_size % patch_size != 0:
            raise ValueError("Input shape indivisible by patch size!")
        self.image_size = image_size
        self.patch_size = patch_size
        self.hidden_dim = hidden_dim
        self.num_classes = num_classes
        self.representation_size = representation_size
        self.class_token = nn.Parameter(torch.zeros(1, 1, hidden_dim))
        self.conv_proj = _stem(conv_stem_configs, hidden_dim, patch_size)
        self.seq_length = (image_size // patch_size) ** 2 + 1
        self.encoder = Encoder(self.seq_length, num_layers, num_heads, hidden_dim, mlp_dim, dropout,
                               attention_dropout, norm_layer)  # fmt: skip
        if representation_size is None:
            heads = {"head": nn.Linear(hidden_dim, num_classes)}
        else:
            heads = {"pre_logits": nn.Linear(hidden_dim, representation_size), "act": nn.Tanh(),
                     "head": nn.Linear(representation_size, num_classes)}  # fmt: skip
        self.heads = nn.Sequential(OrderedDict(heads))
        self._initialise()

    def _initialise(self):
        if isinstance(self.conv_proj, nn.Conv2d):
            fan_in = self.conv_proj.in_channels * self.patch_size**2
            nn.init.trunc_normal_(self.conv_proj.weight, std=math.sqrt(1 / fan_in))
            nn.init.zeros_(self.conv_proj.bias)
        else:
            last = self.conv_proj.conv_last
            nn.init.normal_(last.weight, mean=0.0, std=math.sqrt(2.0 / last.out_channels))
            nn.init.zeros_(last.bias)
        if self.representation_size is not None:
            nn.init.trunc_normal_(self.heads.pre_logits.weight, std=math.sqrt(1 / self.heads.pre_logits.in_features))
            nn.init.zeros_(self.heads.pre_logits.bias)
        nn.init.zeros_(self.heads.head.weight)
        nn.init.zeros_(self.heads.head.bias)

    def forward(self, x: Tensor):
        check_size(x, self.image_size)
        x = self.conv_proj(x).flatten(2).permute(0, 2, 1)
        token = self.class_token.expand(x.shape[0], -1, -1)
        return self.heads(self.encoder(torch.cat([token, x], dim=1))[:, 0])


def check_size(x, size):
    if tuple(x.shape[-2:]) != (size, size):
        raise AssertionError(f"Wrong image size! Expected {size} but got {tuple(x.shape[-2:])}!")


__fx_whole__ = ("check_size",)  # a step of its own where fx traces


def interpolate_embeddings(image_size, patch_size, model_state, interpolation_mode="bicubic", reset_heads=False):
    """`model_state` for another image size: its embeddings of positions, stretched."""
    embedding = model_state["encoder.pos_embedding"]
    _, length, width = embedding.shape
    side, old = image_size // patch_size, math.isqrt(length - 1)
    if old * old != length - 1:
        raise ValueError(f"seq_length is not a perfect square! Instead got {length - 1}")
    if side * side == length - 1:
        return model_state
    grid = embedding[:, 1:].permute(0, 2, 1).reshape(1, width, old, old)
    grid = F.interpolate(grid, size=side, mode=interpolation_mode, align_corners=True)
    grid = grid.reshape(1, width, side * side).permute(0, 2, 1)
    made = type(model_state)((k, v) for k, v in model_state.items() if not (reset_heads and k.startswith("heads")))
    made["encoder.pos_embedding"] = torch.cat([embedding[:, :1], grid], dim=1)
    return made


def _made(name, patch_size, num_layers, num_heads, hidden_dim, mlp_dim):
    def make(image_size=224, **options):
        return VisionTransformer(image_size, patch_size, num_layers, num_heads, hidden_dim, mlp_dim, **options)

    def adapt(options, member):
        """Weights that were trained for larger images make a larger model."""
        if member is not None:
            trained = member.transforms.keywords["crop_size"]
            if options.setdefault("image_size", trained) != trained:
                raise ValueError(f"The parameter 'image_size' expected value {trained} "
                                 f"but got {options['image_size']} instead.")  # fmt: skip
        return options, None

    return builder(name, make, VisionTransformer, adapt=adapt)


vit_b_16 = _made("vit_b_16", 16, 12, 12, 768, 3072)
vit_b_32 = _made("vit_b_32", 32, 12, 12, 768, 3072)
vit_l_16 = _made("vit_l_16", 16, 24, 16, 1024, 4096)
vit_l_32 = _made("vit_l_32", 32, 24, 16, 1024, 4096)
vit_h_14 = _made("vit_h_14", 14, 32, 16, 1280, 5120)
