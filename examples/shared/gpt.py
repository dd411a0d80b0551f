"""A small decoder-only Transformer. Source: Radford et al. 2019 (GPT-2)."""

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn


class Block(nn.Module):
    """Causal attention, then a feed-forward network, both on what a layer norm gives and added to what there was."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x, prefix=None):
        """x: (batch, time, width). `prefix`: keys and values (2, heads, length, width / heads) that every place sees."""
        batch, time, width = x.shape
        q, k, v = self.qkv(self.before(x)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mask = torch.ones(time, time, dtype=torch.bool).tril()
        if prefix is not None:
            more = prefix[:, None].expand(-1, batch, -1, -1, -1)
            k, v = torch.cat([more[0], k], 2), torch.cat([more[1], v], 2)
            mask = torch.cat([torch.ones(time, prefix.shape[2], dtype=torch.bool), mask], 1)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, time, width))
        return x + self.feed(x)


class GPT(nn.Module):
    """Logits (batch, time, symbols) of the next symbol at each place of x: (batch, time)."""

    def __init__(self, symbols, time, width=64, heads=4, layers=2):
        super().__init__()
        self.time = time
        self.token, self.place = nn.Embedding(symbols, width), nn.Embedding(time, width)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.last = nn.LayerNorm(width)
        self.head = nn.Linear(width, symbols, bias=False)
        for p in self.parameters():
            if p.ndim == 2:
                nn.init.normal_(p, std=0.02)

    def forward(self, x, prefixes=None):
        h = self.token(x) + self.place(torch.arange(x.shape[1]))
        for i, block in enumerate(self.blocks):
            h = block(h, None if prefixes is None else prefixes[i])
        return self.head(self.last(h))
