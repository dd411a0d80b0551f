"""Attention as public functions."""

import math

from eagerjax.dispatch import apply
from eagerjax.namespace import F, form, torch
from eagerjax.runtime import dtype as dt


@form(homes="F")
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None,
                                 enable_gqa=False):  # fmt: skip
    """`softmax(scale * query @ key.T + mask) @ value`, with dropout of the softmax.

    query: (*, L, E); key: (*, S, E); value: (*, S, Ev); attn_mask: broadcasts to (*, L, S), booleans say what is seen,
    numbers are added. scale defaults to 1 / sqrt(E). `enable_gqa` repeats the heads of key and value (dimension -3).
    Returns: (*, L, Ev).
    """
    if not dropout_p:
        return apply("_attention", query, key, value, attn_mask, is_causal, scale=scale, enable_gqa=enable_gqa)
    return apply(
        "_attention_dropout", query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
    )


@form(homes="F")
def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
    dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None,
    use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None,
    static_v=None, average_attn_weights=True, is_causal=False,
):  # fmt: skip
    """Attention of several heads between linear maps: (output, weights or None).

    query: (L, N, E) or (L, E); key, value: (S, N, E) or (S, E). attn_mask: (L, S) or (N * heads, L, S);
    key_padding_mask: (N, S), True where a key is to be ignored.
    """
    batched = _is_batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = (t.unsqueeze(1) for t in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    key_padding_mask, attn_mask, is_causal = _masks(query, key_padding_mask, attn_mask, is_causal, need_weights)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    q, k, v = _projections(query, key, value, weights, in_proj_bias)
    attn_mask = _checked_mask(attn_mask, length, key.shape[0], batch * num_heads)
    extra = 0
    if bias_k is not None and bias_v is not None:
        k, v = torch.cat([k, bias_k.repeat(1, batch, 1)]), torch.cat([v, bias_v.repeat(1, batch, 1)])
        extra += 1
    elif bias_k is not None or bias_v is not None:
        raise AssertionError("bias_k and bias_v must both be given or both be None")
    heads, head = batch * num_heads, width // num_heads
    q = q.reshape(length, heads, head).transpose(0, 1)
    k = k.reshape(k.shape[0], heads, head).transpose(0, 1) if static_k is None else static_k
    v = v.reshape(v.shape[0], heads, head).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        zero = torch.zeros((heads, 1, head), dtype=k.dtype)
        k, v = torch.cat([k, zero], 1), torch.cat([v, zero], 1)
        extra += 1
    mask = _merged_mask(attn_mask, key_padding_mask, extra, batch, num_heads, k.shape[1])
    rate = dropout_p if training else 0.0
    if need_weights:
        out, shares = _with_weights(q, k, v, mask, rate, is_causal)
    else:
        out, shares = _without_weights(q, k, v, mask, rate, is_causal, (batch, num_heads)), None
    out = F.linear(out.transpose(0, 1).reshape(length * batch, width), out_proj_weight, out_proj_bias)
    out = out.reshape(length, batch, out.shape[1])
    if shares is not None:
        shares = shares.reshape(batch, num_heads, length, k.shape[1])
        shares = shares.mean(1) if average_attn_weights else shares
    if batched:
        return out, shares
    return out.squeeze(1), None if shares is None else shares.squeeze(0)


def _is_batched(query, key, value, key_padding_mask, attn_mask, num_heads):
    """Does the query have a batch dimension? Raises AssertionError where the others do not agree."""
    n = query.dim()
    if n not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {n}-D query tensor")
    kind = "batched (3-D)" if n == 3 else "unbatched (2-D)"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(f"For {kind} `query`, expected `key` and `value` to be {n}-D but found {key.dim()}-D and "
                             f"{value.dim()}-D tensors respectively")  # fmt: skip
    if key_padding_mask is not None and key_padding_mask.dim() != n - 1:
        raise AssertionError(f"For {kind} `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found "
                             f"{key_padding_mask.dim()}-D tensor instead")  # fmt: skip
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
                             f"{attn_mask.dim()}-D tensor instead")  # fmt: skip
    if n == 2 and attn_mask is not None and attn_mask.dim() == 3:
        expected = (num_heads, query.shape[0], key.shape[0])
        if tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return n == 3


def _check_sizes(query, key, value, embed_dim, num_heads, separate):
    width = query.shape[2]
    if width != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {width}")
    if width % num_heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _masks(query, key_padding_mask, attn_mask, is_causal, need_weights):
    """Both masks as numbers to add; the causal mask alone may stay a flag."""
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    if is_causal and key_padding_mask is None and not need_weights:
        return None, None, True
    return _added(key_padding_mask, query.dtype), _added(attn_mask, query.dtype), False


def _added(mask, dtype):
    """A mask as numbers: -inf where a boolean one is True."""
    if mask is None or mask.dtype.is_floating_point:
        return mask
    if mask.dtype is not dt.bool_:
        raise AssertionError("only bool and floating types of masks are supported")
    return torch.zeros(mask.shape, dtype=dtype).masked_fill_(mask, -math.inf)


def _projections(query, key, value, weights, bias):
    if isinstance(weights, tuple):
        if any(w is None for w in weights):
            raise AssertionError("use_separate_proj_weight is True but a projection weight is None")
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        return [F.linear(t, w, b) for t, w, b in zip((query, key, value), weights, biases)]
    if weights is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    if query is key and key is value:
        return F.linear(query, weights, bias).chunk(3, -1)
    return _projections(query, key, value, tuple(weights.chunk(3)), bias)


def _checked_mask(mask, length, keys, heads):
    if mask is None:
        return None
    expected = (length, keys) if mask.dim() == 2 else (heads, length, keys)
    if tuple(mask.shape) != expected:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {expected}.")
    return mask.unsqueeze(0) if mask.dim() == 2 else mask


def _merged_mask(attn_mask, key_padding_mask, extra, batch, num_heads, keys):
    """(1 or N * heads, L or 1, S) to add to the scores; the keys that were appended are always seen."""
    if extra:
        attn_mask = None if attn_mask is None else F.pad(attn_mask, (0, extra))
        key_padding_mask = None if key_padding_mask is None else F.pad(key_padding_mask, (0, extra))
    if key_padding_mask is None:
        return attn_mask
    if tuple(key_padding_mask.shape) != (batch, keys):
        raise AssertionError(f"expecting key_padding_mask shape of {(batch, keys)}, but got {key_padding_mask.shape}")
    wide = key_padding_mask.reshape(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, keys)
    return wide if attn_mask is None else attn_mask + wide


def _with_weights(q, k, v, mask, rate, is_causal):
    if is_causal and mask is None:
        raise AssertionError("FIXME: is_causal not implemented for need_weights")
    scores = torch.bmm(q * math.sqrt(1.0 / q.shape[2]), k.transpose(-2, -1))
    shares = F.softmax(scores if mask is None else scores + mask, dim=-1)
    if rate > 0.0:
        shares = F.dropout(shares, p=rate)
    return torch.bmm(shares, v), shares


def _without_weights(q, k, v, mask, rate, is_causal, split):
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.shape[0] == 1 else mask.reshape(*split, -1, k.shape[1])
    q, k, v = (t.reshape(*split, *t.shape[1:]) for t in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v, mask, rate, is_causal)
    return out.reshape(-1, *out.shape[2:])
