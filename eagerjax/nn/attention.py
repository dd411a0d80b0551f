"""Attention with several heads: the layer, and the function that does its work."""

import math
import warnings

from eagerjax.namespace import F, form, torch
from eagerjax.nn import init
from eagerjax.nn.linear import NonDynamicallyQuantizableLinear
from eagerjax.nn.module import Module
from eagerjax.nn.parameter import new_parameter
from eagerjax.runtime import dtype as dt

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """softmax(Q K^T / sqrt(d)) V in `num_heads` parts of the width, projected in and out (Vaswani et al. 2017).

    in_proj_weight: (3 embed_dim, embed_dim), or three weights where `kdim` or `vdim` differ; out_proj: a Linear.
    Inputs (L, N, embed_dim), with `batch_first` (N, L, embed_dim), or without N.
    """

    def __init__(
        self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None,
        vdim=None, batch_first=False, device=None, dtype=None,
    ):  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = kdim if kdim is not None else embed_dim
        self.vdim = vdim if vdim is not None else embed_dim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        e, same = embed_dim, self._qkv_same_embed_dim
        shapes = {
            "q_proj_weight": None if same else (e, e),
            "k_proj_weight": None if same else (e, self.kdim),
            "v_proj_weight": None if same else (e, self.vdim),
            "in_proj_weight": (3 * e, e) if same else None,
            "in_proj_bias": (3 * e,) if bias else None,
        }
        if same:  # the order in which PyTorch names them
            shapes = {"in_proj_weight": shapes.pop("in_proj_weight"), **shapes}
        for name, shape in shapes.items():
            made = None if shape is None else new_parameter(shape, device, dtype)
            self.register_parameter(name, made)
        self.out_proj = NonDynamicallyQuantizableLinear(e, e, bias=bias, device=device, dtype=dtype)
        if add_bias_kv:
            self.bias_k = new_parameter((1, 1, e), device, dtype)
            self.bias_v = new_parameter((1, 1, e), device, dtype)
        else:
            self.bias_k = self.bias_v = None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self):
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def __setstate__(self, state):
        state.setdefault("_qkv_same_embed_dim", True)
        super().__setstate__(state)

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
        average_attn_weights=True, is_causal=False,
    ):  # fmt: skip
        """(output, weights or None). True in a boolean mask means "do not look"; a float mask is added."""
        turned = self.batch_first and query.dim() == 3
        if turned:
            query, key, value = _each(lambda x: x.transpose(1, 0), query, key, value)
        output, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias,
            self.bias_k, self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias,
            training=self.training, key_padding_mask=key_padding_mask, need_weights=need_weights,
            attn_mask=attn_mask, use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight, k_proj_weight=self.k_proj_weight, v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (output.transpose(1, 0) if turned else output), weights

    def merge_masks(self, attn_mask, key_padding_mask, query):
        """(one mask that means both, its kind): kind 1 is (N, S), kind 2 (N, heads, L, S), None no mask."""
        if attn_mask is None:
            return (None, None) if key_padding_mask is None else (key_padding_mask, 1)
        batch, length = query.shape[0], query.shape[1]
        if attn_mask.dim() == 3:
            merged = attn_mask.view(batch, -1, length, length)
        else:
            merged = attn_mask.view(1, 1, length, length).expand(batch, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            merged = merged + key_padding_mask.view(batch, 1, 1, length).expand(-1, self.num_heads, -1, -1)
        return merged, 2


def _each(fn, *tensors):
    """`fn` of each; what was one tensor stays one, so that it is still projected in one product."""
    made = {at: fn(x) for at, x in {id(x): x for x in tensors}.items()}
    return [made[id(x)] for x in tensors]


# -- masks --------------------------------------------------------------------------------------
def canonical_mask(mask, mask_name, target_type, other=None, other_name=""):
    """`mask` as a float mask: -inf where a boolean one is True. Warns if `other` is of another type."""
    if mask is None:
        return None
    if mask.dtype != dt.bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if other is not None and mask.dtype != other.dtype:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if mask.is_floating_point():
        return mask
    return torch.zeros_like(mask, dtype=target_type).masked_fill(mask, float("-inf"))


def _shape(x):
    return tuple(x.shape)


def _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads):
    """Whether the inputs have a batch dimension. Raises AssertionError where their shapes disagree."""
    if query.dim() not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.dim()}-D query tensor"
        )
    n = query.dim()
    kind = "batched" if n == 3 else "unbatched"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(
            f"For {kind} ({n}-D) `query`, expected `key` and `value` to be {n}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != n - 1:
        raise AssertionError(
            f"For {kind} ({n}-D) `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} ({n}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{attn_mask.dim()}-D tensor instead"
        )
    if n == 2 and attn_mask is not None and attn_mask.dim() == 3:
        expected = (num_heads, query.shape[0], key.shape[0])
        if _shape(attn_mask) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return n == 3


def _with_heads(attn_mask, batch, num_heads, length, source):
    """`attn_mask` (L, S) or (N heads, L, S) as (1 or N, 1 or heads, L, S)."""
    if attn_mask.dim() == 2:
        if _shape(attn_mask) != (length, source):
            raise RuntimeError(
                f"The shape of the 2D attn_mask is {attn_mask.shape}, but should be {(length, source)}."
            )
        return attn_mask.view(1, 1, length, source)
    expected = (batch * num_heads, length, source)
    if _shape(attn_mask) != expected:
        raise RuntimeError(f"The shape of the 3D attn_mask is {attn_mask.shape}, but should be {expected}.")
    return attn_mask.view(batch, num_heads, length, source)


# -- the computation ------------------------------------------------------------------------------
def _project(query, key, value, weight, bias, separate):
    """Queries, keys and values, projected in as few products as their identity allows."""
    if separate is not None:
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        return [F.linear(x, w, b) for x, w, b in zip((query, key, value), separate, biases)]
    if query is key and key is value:
        return F.linear(query, weight, bias).chunk(3, -1)
    e = query.shape[-1]
    if key is value:
        w_q, w_kv = weight.split([e, 2 * e])
        b_q, b_kv = (None, None) if bias is None else bias.split([e, 2 * e])
        return [F.linear(query, w_q, b_q), *F.linear(key, w_kv, b_kv).chunk(2, -1)]
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    return [F.linear(x, w, b) for x, w, b in zip((query, key, value), weight.chunk(3), biases)]


@form(homes="F")
def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
    dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True,
    attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None,
    static_k=None, static_v=None, average_attn_weights=True, is_causal=False,
):  # fmt: skip
    """(output (L, N, E), weights (N, L, S) or None) of attention with several heads; all inputs (L, N, E) or (L, E).

    Raises AssertionError and RuntimeError for shapes that disagree.
    """
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _each(lambda x: x.unsqueeze(1), query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, embed_dim = query.shape
    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, separate)
    key_padding_mask = canonical_mask(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    is_causal = is_causal and key_padding_mask is None and not need_weights
    attn_mask = None if is_causal else canonical_mask(attn_mask, "attn_mask", query.dtype)
    if attn_mask is not None:
        attn_mask = _with_heads(attn_mask, batch, num_heads, length, key.shape[0])
    q, k, v = _project(query, key, value, in_proj_weight, in_proj_bias, separate)
    masks = [attn_mask, key_padding_mask]
    if bias_k is not None or bias_v is not None:
        if bias_k is None or bias_v is None:
            raise AssertionError("bias_k and bias_v must be given together")
        for what, given in (("key", static_k), ("value", static_v)):
            if given is not None:
                raise AssertionError(f"bias cannot be added to static {what}.")
        k, v = torch.cat([k, bias_k.repeat(1, batch, 1)]), torch.cat([v, bias_v.repeat(1, batch, 1)])
        masks = _one_wider(masks)
    q, k, v = (x.reshape(x.shape[0], batch, num_heads, x.shape[-1] // num_heads).permute(1, 2, 0, 3) for x in (q, k, v))
    k = k if static_k is None else static_k.view(batch, num_heads, -1, q.shape[-1])
    v = v if static_v is None else static_v.view(batch, num_heads, -1, q.shape[-1])
    if add_zero_attn:
        k, v = (F.pad(x, (0, 0, 0, 1)) for x in (k, v))
        masks = _one_wider(masks)
    mask = _merge(*masks, batch, k.shape[2])
    dropout_p = dropout_p if training else 0.0
    if need_weights:
        output, weights = _attend(q, k, v, mask, dropout_p)
        weights = weights.mean(dim=1) if average_attn_weights else weights
        weights = weights if batched else weights.squeeze(0)
    else:
        output, weights = F.scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal), None
    output = output.permute(2, 0, 1, 3).reshape(length, batch, embed_dim)
    output = F.linear(output, out_proj_weight, out_proj_bias)
    return (output if batched else output.squeeze(1)), weights


def _check_sizes(query, key, value, embed_dim, num_heads, separate):
    width = query.shape[-1]
    if width != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {width}")
    if width % num_heads != 0:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if separate is None and _shape(key) != _shape(value):
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if _shape(key)[:2] != _shape(value)[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )


def _one_wider(masks):
    """Masks for one key more, which everybody may look at."""
    return [None if mask is None else F.pad(mask, (0, 1)) for mask in masks]


def _merge(attn_mask, key_padding_mask, batch, source):
    """One mask that means both: (N or 1, heads or 1, L or 1, S), or None."""
    if key_padding_mask is None:
        return attn_mask
    if _shape(key_padding_mask) != (batch, source):
        raise AssertionError(
            f"key_padding_mask shape {_shape(key_padding_mask)} is not correct. Expected {(batch, source)}"
        )
    padding = key_padding_mask.view(batch, 1, 1, source)
    return padding if attn_mask is None else attn_mask + padding


def _attend(q, k, v, mask, dropout_p):
    """(output, weights) of plain attention, (N, heads, L, D) and (N, heads, L, S)."""
    scores = (q * math.sqrt(1.0 / q.shape[-1])) @ k.transpose(-2, -1)
    weights = F.softmax(scores if mask is None else scores + mask, dim=-1)
    if dropout_p > 0.0:
        weights = F.dropout(weights, p=dropout_p)
    return weights @ v, weights
