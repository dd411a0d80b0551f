"""Swin transformers: attention within windows that shift. Sources: Liu et al. 2021; for version 2, Liu et al. 2022."""

import math
from functools import partial

import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.namespace import torch
from eagerjax.vision.models.weights import builder
from eagerjax.vision.ops.misc import MLP, Permute, StochasticDepth


# -- patches ---------------------------------------------------------------------------------------
def _quads(x):
    """(..., H, W, C) to (..., H/2, W/2, 4C): squares of four pixels side by side, column by column."""
    height, width = x.shape[-3:-1]
    x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
    return torch.cat([x[..., row::2, column::2, :] for column in (0, 1) for row in (0, 1)], -1)


class PatchMerging(nn.Module):
    """Half as many patches each way, twice the channels. Input: (..., H, W, `dim`)."""

    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(4 * dim)

    def forward(self, x):
        return self.reduction(self.norm(_quads(x)))


class PatchMergingV2(nn.Module):
    """`PatchMerging` with its norm at the end."""

    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(2 * dim)

    def forward(self, x):
        return self.norm(self.reduction(_quads(x)))


# -- attention within windows ----------------------------------------------------------------------
def _split(x, window):
    """(batch, H, W, C) to (batch * windows, pixels of a window, C)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // window[0], window[0], width // window[1], window[1], channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window[0] * window[1], channels)


def _join(x, window, height, width):
    """The reverse of `_split`."""
    x = x.reshape(-1, height // window[0], width // window[1], window[0], window[1], x.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, x.shape[-1])


def _parts(size, window, shift, device):
    """The part of an axis that each place belongs to after the shift; pixels of two parts were no neighbours before it."""
    place = torch.arange(size, device=device)
    if shift == 0:
        return torch.zeros_like(place)
    return (place >= size - window).long() + (place >= size - shift).long()


def _apart(height, width, window, shift, device):
    """(windows, pixels, pixels): which two pixels share a window only because the image was rolled."""
    rows = _parts(height, window[0], shift[0], device)
    columns = _parts(width, window[1], shift[1], device)
    part = _split((3 * rows[:, None] + columns)[None, :, :, None], window)[..., 0]
    return part[:, None, :] != part[:, :, None]


def _keys_without_bias(qkv_bias):
    """Version 2 has no bias on keys: its third of the parameter counts as zero."""
    query, key, value = qkv_bias.chunk(3)
    return torch.cat([query, torch.zeros_like(key), value])


def _scores(query, key, logit_scale):
    """Scaled dot products; with a `logit_scale`, scaled cosines."""
    if logit_scale is None:
        return (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
    cosine = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)
    return cosine * torch.clamp(logit_scale, max=math.log(100.0)).exp()


def shifted_window_attention(input, qkv_weight, proj_weight, relative_position_bias, window_size, num_heads,
                             shift_size, attention_dropout=0.0, dropout=0.0, qkv_bias=None, proj_bias=None,
                             logit_scale=None, training=True):  # fmt: skip
    """Self-attention within windows of (batch, H, W, C), after the image was rolled by `shift_size`; the same shape.

    logit_scale: cosine attention as in version 2.
    """
    height, width, channels = input.shape[1:]
    x = F.pad(input, (0, 0, 0, -width % window_size[1], 0, -height % window_size[0]))
    padded = x.shape[1:3]
    # One window holds the whole axis: nothing to shift.
    shift = [0 if window >= size else by for window, size, by in zip(window_size, padded, shift_size)]
    if any(shift):
        x = torch.roll(x, (-shift[0], -shift[1]), (1, 2))
    x = _split(x, window_size)
    if logit_scale is not None and qkv_bias is not None:
        qkv_bias = _keys_without_bias(qkv_bias)
    qkv = F.linear(x, qkv_weight, qkv_bias).reshape(*x.shape[:2], 3, num_heads, channels // num_heads)
    query, key, value = qkv.permute(2, 0, 3, 1, 4)
    scores = _scores(query, key, logit_scale) + relative_position_bias
    if any(shift):
        apart = _apart(*padded, window_size, shift, x.device)
        scores = scores.unflatten(0, (-1, len(apart))) + apart.to(x.dtype)[:, None] * -100.0
        scores = scores.flatten(0, 1)
    share = F.dropout(F.softmax(scores, dim=-1), attention_dropout, training)
    x = (share @ value).transpose(1, 2).reshape(x.shape)
    x = F.dropout(F.linear(x, proj_weight, proj_bias), dropout, training)
    x = _join(x, window_size, *padded)
    if any(shift):
        x = torch.roll(x, (shift[0], shift[1]), (1, 2))
    return x[:, :height, :width].contiguous()


__fx_whole__ = ("_quads", "shifted_window_attention")  # steps of their own where fx traces: they ask for sizes


class ShiftedWindowAttention(nn.Module):
    """`shifted_window_attention` with its parameters: a bias for each distance within a window is learned."""

    def __init__(self, dim, window_size, shift_size, num_heads, qkv_bias=True, proj_bias=True, attention_dropout=0.0,
                 dropout=0.0):  # fmt: skip
        super().__init__()
        if len(window_size) != 2 or len(shift_size) != 2:
            raise ValueError("window_size and shift_size must be of length 2")
        self.window_size = window_size
        self.shift_size = shift_size
        self.num_heads = num_heads
        self.attention_dropout = attention_dropout
        self.dropout = dropout
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)
        self.define_relative_position_bias_table()
        self.define_relative_position_index()

    def define_relative_position_bias_table(self):
        """A row for each distance, a column for each head."""
        distances = math.prod(2 * size - 1 for size in self.window_size)
        self.relative_position_bias_table = nn.Parameter(torch.zeros(distances, self.num_heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def define_relative_position_index(self):
        """For each pair of a window's pixels, the row of the table that their distance has."""
        height, width = self.window_size
        pixel = torch.arange(height * width)
        row, column = pixel // width, pixel % width
        down = row[:, None] - row + height - 1
        right = column[:, None] - column + width - 1
        self.register_buffer("relative_position_index", (down * (2 * width - 1) + right).flatten())

    def _spread(self, table):
        """(1, heads, pixels, pixels): each pair's row of the table."""
        pixels = math.prod(self.window_size)
        return table[self.relative_position_index].view(pixels, pixels, -1).permute(2, 0, 1).contiguous()[None]

    def get_relative_position_bias(self):
        """(1, heads, pixels, pixels): what is added to the scores."""
        return self._spread(self.relative_position_bias_table)

    def forward(self, x):
        return shifted_window_attention(
            x, self.qkv.weight, self.proj.weight, self.get_relative_position_bias(), self.window_size, self.num_heads,
            shift_size=self.shift_size, attention_dropout=self.attention_dropout, dropout=self.dropout,
            qkv_bias=self.qkv.bias, proj_bias=self.proj.bias, logit_scale=getattr(self, "logit_scale", None),
            training=self.training)  # fmt: skip


class ShiftedWindowAttentionV2(ShiftedWindowAttention):
    """Cosine attention; the bias comes from a small network that is told the distance on a logarithmic scale."""

    def __init__(self, dim, window_size, shift_size, num_heads, qkv_bias=True, proj_bias=True, attention_dropout=0.0,
                 dropout=0.0):  # fmt: skip
        super().__init__(dim, window_size, shift_size, num_heads, qkv_bias, proj_bias, attention_dropout, dropout)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones((num_heads, 1, 1))))
        self.cpb_mlp = nn.Sequential(
            nn.Linear(2, 512, bias=True), nn.ReLU(inplace=True), nn.Linear(512, num_heads, bias=False)
        )
        if qkv_bias:
            with torch.no_grad():
                self.qkv.bias[dim : 2 * dim].zero_()

    def define_relative_position_bias_table(self):
        """What the small network is told: (1, distances down, distances right, 2), the ends at log2(9) / 3."""
        axes = [8 * (torch.arange(1.0 - size, size) / (size - 1)) for size in self.window_size]
        distances = torch.stack(torch.meshgrid(axes, indexing="ij"), -1)[None]
        # A logarithm in double precision and then rounded: published files hold the nearest numbers.
        size = torch.log2((torch.abs(distances) + 1.0).double()).to(distances.dtype)
        told = torch.sign(distances) * size / 3.0
        self.register_buffer("relative_coords_table", told)

    def get_relative_position_bias(self):
        """(1, heads, pixels, pixels), between 0 and 16."""
        return 16 * torch.sigmoid(self._spread(self.cpb_mlp(self.relative_coords_table).view(-1, self.num_heads)))


# -- networks --------------------------------------------------------------------------------------
class SwinTransformerBlock(nn.Module):
    """Attention within windows and an MLP, each after a norm and beside a shortcut. Input: (batch, H, W, `dim`)."""

    def __init__(self, dim, num_heads, window_size, shift_size, mlp_ratio=4.0, dropout=0.0, attention_dropout=0.0,
                 stochastic_depth_prob=0.0, norm_layer=nn.LayerNorm, attn_layer=ShiftedWindowAttention):  # fmt: skip
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = attn_layer(dim, window_size, shift_size, num_heads, attention_dropout=attention_dropout,
                               dropout=dropout)  # fmt: skip
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.norm2 = norm_layer(dim)
        self.mlp = MLP(dim, [int(dim * mlp_ratio), dim], activation_layer=nn.GELU, inplace=None, dropout=dropout)
        for module in self.mlp.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.normal_(module.bias, std=1e-6)

    def forward(self, x):
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformerBlockV2(SwinTransformerBlock):
    """The block of version 2: norms come after the attention and after the MLP."""

    def __init__(self, dim, num_heads, window_size, shift_size, mlp_ratio=4.0, dropout=0.0, attention_dropout=0.0,
                 stochastic_depth_prob=0.0, norm_layer=nn.LayerNorm, attn_layer=ShiftedWindowAttentionV2):  # fmt: skip
        super().__init__(dim, num_heads, window_size, shift_size, mlp_ratio, dropout, attention_dropout,
                         stochastic_depth_prob, norm_layer, attn_layer)  # fmt: skip

    def forward(self, x):
        x = x + self.stochastic_depth(self.norm1(self.attn(x)))
        return x + self.stochastic_depth(self.norm2(self.mlp(x)))


class SwinTransformer(nn.Module):
    """Patches, stages of blocks with a merging of patches between them, a classifier. Input: (batch, 3, H, W).

    depths: the number of blocks of each stage; every second one works on shifted windows.
    """

    def __init__(self, patch_size, embed_dim, depths, num_heads, window_size, mlp_ratio=4.0, dropout=0.0,
                 attention_dropout=0.0, stochastic_depth_prob=0.1, num_classes=1000, norm_layer=None, block=None,
                 downsample_layer=PatchMerging):  # fmt: skip
        super().__init__()
        self.num_classes = num_classes
        block = block or SwinTransformerBlock
        norm = norm_layer or partial(nn.LayerNorm, eps=1e-5)
        stem = nn.Conv2d(3, embed_dim, tuple(patch_size), stride=tuple(patch_size))
        features = [nn.Sequential(stem, Permute([0, 2, 3, 1]), norm(embed_dim))]
        shifts = ([0] * len(window_size), [size // 2 for size in window_size])
        chances = iter([stochastic_depth_prob * i / max(sum(depths) - 1, 1) for i in range(sum(depths))])
        for stage, (depth, heads) in enumerate(zip(depths, num_heads)):
            dim = embed_dim * 2**stage
            if stage > 0:
                features.append(downsample_layer(dim // 2, norm))
            features.append(nn.Sequential(*(
                block(dim, heads, window_size=window_size, shift_size=list(shifts[i % 2]), mlp_ratio=mlp_ratio,
                      dropout=dropout, attention_dropout=attention_dropout, stochastic_depth_prob=next(chances),
                      norm_layer=norm) for i in range(depth))))  # fmt: skip
        self.features = nn.Sequential(*features)
        width = embed_dim * 2 ** (len(depths) - 1)
        self.norm = norm(width)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten(1)
        self.head = nn.Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.head(self.flatten(self.avgpool(self.permute(self.norm(self.features(x))))))


def _made(name, embed_dim, depths, num_heads, window, stochastic_depth_prob, **version):
    def make(**options):
        sizes = {"patch_size": [4, 4], "embed_dim": embed_dim, "depths": list(depths), "num_heads": list(num_heads),
                 "window_size": [window, window], "stochastic_depth_prob": stochastic_depth_prob}  # fmt: skip
        return SwinTransformer(**{**sizes, **version, **options})

    return builder(name, make, SwinTransformer)


_V2 = {"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2}

swin_t = _made("swin_t", 96, (2, 2, 6, 2), (3, 6, 12, 24), 7, 0.2)
swin_s = _made("swin_s", 96, (2, 2, 18, 2), (3, 6, 12, 24), 7, 0.3)
swin_b = _made("swin_b", 128, (2, 2, 18, 2), (4, 8, 16, 32), 7, 0.5)
swin_v2_t = _made("swin_v2_t", 96, (2, 2, 6, 2), (3, 6, 12, 24), 8, 0.2, **_V2)
swin_v2_s = _made("swin_v2_s", 96, (2, 2, 18, 2), (3, 6, 12, 24), 8, 0.3, **_V2)
swin_v2_b = _made("swin_v2_b", 128, (2, 2, 18, 2), (4, 8, 16, 32), 8, 0.5, **_V2)
