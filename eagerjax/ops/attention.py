"""Scaled dot-product attention, with a hand-shaped gradient that keeps the probabilities."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Scalar, op, random
from eagerjax.ops.dropout import masked
from eagerjax.ops.kinds import is_bool, is_inexact, type_name
from eagerjax.ops.precision import in_single, is_half, number

_SHORT, _LONG = 64, 128
"""Rows in a chunk of causal attention, of up to 256 rows in all and of more."""


@op(homes="")
def _attention(query, key, value, attn_mask=None, is_causal: bool = False, *, scale: Scalar = None,
               enable_gqa: bool = False):  # fmt: skip
    """`softmax(scale * query @ key.T + mask) @ value`.

    query: (*, L, E); key: (*, S, E); value: (*, S, Ev); attn_mask: broadcasts to (*, L, S), booleans say what is seen,
    numbers are added; `enable_gqa` repeats the heads (dimension -3) of key and value.  Returns: (*, L, Ev).
    """
    return _attend(query, key, value, attn_mask, is_causal, scale, enable_gqa)


@random(homes="")
def _attention_dropout(seed, query, key, value, attn_mask=None, dropout_p: Scalar = 0.0, is_causal: bool = False, *,
                       scale: Scalar = None, enable_gqa: bool = False):  # fmt: skip
    """`_attention` with dropout of the probabilities."""
    return _attend(
        query, key, value, attn_mask, is_causal, scale, enable_gqa, (seed, jnp.asarray(dropout_p, jnp.float32))
    )


@_attention_dropout.limits
def _is_probability(shape, dropout_p, **_):
    return 0 <= dropout_p <= 1


@_attention.on("cpu")
@in_single
def _attention_cpu(query, key, value, attn_mask=None, is_causal=False, *, scale=None, enable_gqa=False):
    if is_causal and attn_mask is None and query.ndim > 1 and query.shape[-2] > _SHORT and key.shape[-2:] == query.shape[-2:]:
        return _causal_in_chunks(query, key, value, scale, enable_gqa)
    return _attend(query, key, value, attn_mask, is_causal, scale, enable_gqa)


def _causal_in_chunks(query, key, value, scale, enable_gqa):
    """Rows in chunks, each with only the keys that it can see."""
    _check(query, key, value, None, True, enable_gqa)
    length = query.shape[-2]
    chunk = _SHORT if length <= 256 else max(_LONG, -(-length // 16))
    out = []
    for low in range(0, length, chunk):
        high = min(low + chunk, length)
        seen = np.arange(low, high)[:, None] >= np.arange(high)
        rows, keys, values = query[..., low:high, :], key[..., :high, :], value[..., :high, :]
        out.append(_attend(rows, keys, values, jnp.asarray(seen), False, scale, enable_gqa, chunk=True))
    return jnp.concatenate(out, -2)


def _attend(query, key, value, mask, is_causal, scale, enable_gqa, dropout=None, chunk=False):
    _check(query, key, value, mask, is_causal and not _takes_both(query, key, value, mask), enable_gqa)
    if enable_gqa:
        key, value = (jnp.repeat(a, query.shape[-3] // a.shape[-3], -3) for a in (key, value))
    batch = jnp.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    if mask is not None:
        batch = jnp.broadcast_shapes(batch, mask.shape[:-2])
    query, key, value = (jnp.broadcast_to(a, batch + a.shape[-2:]) for a in (query, key, value))
    safe = mask is None or chunk
    if is_causal:
        seen = jnp.asarray(np.tri(query.shape[-2], key.shape[-2], dtype=bool))
        mask = seen if mask is None else mask & seen if is_bool(mask) else jnp.where(seen, mask, -jnp.inf)
    like = jnp.zeros((), jnp.float32) if is_half(query) else query
    scale = number(1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale, like)
    flat = [a.reshape(math.prod(batch), *a.shape[-2:]) for a in (query, key, value)]
    seed, rate = (None, None) if dropout is None else dropout
    out = _core(*flat, mask, scale, seed, rate, (batch, safe))
    return out.reshape(*batch, query.shape[-2], value.shape[-1])


def _takes_both(query, key, value, mask):
    """May a mask be given besides `is_causal`? PyTorch's kernel for a batch of heads takes both, its general way does not."""
    four = mask is not None and query.ndim == key.ndim == value.ndim == 4 and mask.ndim in (2, 4)
    return four and query.shape[0] == key.shape[0] and query.shape[-1] == value.shape[-1]


def _check(query, key, value, mask, is_causal, enable_gqa):
    facts = "query.{0}: {1} key.{0}: {2} and value.{0}: {3} instead."
    if not query.dtype == key.dtype == value.dtype:
        got = facts.format("dtype", *(type_name(a.dtype).lower() for a in (query, key, value)))
        raise RuntimeError(f"Expected query, key, and value to have the same dtype, but got {got}")
    if min(a.ndim for a in (query, key, value)) < 2:
        got = facts.format("dim", query.ndim, key.ndim, value.ndim)
        raise RuntimeError(f"Expected query, key, and value to all be  at least 2 dimensional, but got {got}")
    if not is_inexact(query):
        raise RuntimeError(f"expected scalar type Float but found {type_name(query.dtype)}")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise RuntimeError(f"scaled_dot_product_attention: query {list(query.shape)}, key {list(key.shape)} and value "
                           f"{list(value.shape)} do not fit")  # fmt: skip
    if mask is not None and is_causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if mask is not None and not is_bool(mask) and mask.dtype != query.dtype:
        names = [type_name(a.dtype).lower() for a in (mask, query)]
        raise RuntimeError("Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
                           f"{names[0]} and  query.dtype: {names[1]} instead.")  # fmt: skip
    if enable_gqa and (query.ndim < 3 or query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]):
        raise RuntimeError("Number of heads in key and value must divide the number of heads in query")


def _dot(a, b, contract):
    """Batched matrix product (N, ., .) x (N, ., .), contracting the given axes; half precision accumulates wide."""
    return lax.dot_general(a, b, (contract, ((0,), (0,))), preferred_element_type=_wide(a))


def _wide(a):
    return jnp.float32 if is_half(a) else a.dtype


def _probabilities(query, key, mask, scale, batch, safe):
    scores = _dot(query * scale.astype(query.dtype), key, ((2,), (2,)))
    if mask is not None:
        split = scores.reshape(*batch, *scores.shape[1:])
        split = jnp.where(mask, split, -jnp.inf) if is_bool(mask) else split + mask
        scores = split.reshape(scores.shape)
    top = lax.stop_gradient(jnp.max(scores, -1, keepdims=True, initial=None if scores.shape[-1] else -jnp.inf))
    exps = jnp.exp(scores - (top if safe else jnp.where(top == -jnp.inf, 0, top)))
    total = jnp.sum(exps, -1, keepdims=True)
    return exps / (total if safe else jnp.where(total == 0, 1, total))


def _dropped(seed, rate, probabilities):
    return probabilities if seed is None else masked(seed, probabilities, rate, probabilities.shape)


@functools.partial(jax.custom_vjp, nondiff_argnums=(7,))
def _core(query, key, value, mask, scale, seed, rate, form):
    """Attention with one flat batch axis. `form`: the batch shape against which the mask broadcasts, and whether every
    row sees a key."""
    return _core_forward(query, key, value, mask, scale, seed, rate, form)[0]


def _core_forward(query, key, value, mask, scale, seed, rate, form):
    p = _probabilities(query, key, mask, scale, *form)
    out = _dot(_dropped(seed, rate, p).astype(value.dtype), value, ((2,), (1,)))
    return out.astype(query.dtype), (query, key, value, mask, scale, seed, rate, p)


def _core_backward(form, saved, grad):
    query, key, value, mask, scale, seed, rate, p = saved
    d_value = _dot(_dropped(seed, rate, p).astype(grad.dtype), grad, ((1,), (1,)))
    d_p = _dropped(seed, rate, _dot(grad, value, ((2,), (2,))))
    d_scores = p * (d_p - jnp.sum(d_p * p, -1, keepdims=True))
    scaled = (d_scores * scale).astype(query.dtype)
    d_query, d_key = _dot(scaled, key, ((2,), (1,))), _dot(scaled, query, ((1,), (1,)))
    wanted = (d_query.astype(query.dtype), d_key.astype(key.dtype), d_value.astype(value.dtype))
    nothing = (None, None) if seed is None else (np.zeros(seed.shape, jax.dtypes.float0), jnp.zeros_like(rate))
    return *wanted, _mask_gradient(mask, d_scores, form[0]), jnp.zeros_like(scale), *nothing


def _mask_gradient(mask, d_scores, batch):
    """The gradient of an added mask: summed over what it was broadcast along."""
    if mask is None or is_bool(mask):
        return None if mask is None else np.zeros(mask.shape, jax.dtypes.float0)
    full = d_scores.reshape(*batch, *d_scores.shape[1:])
    summed = jnp.sum(full, tuple(range(full.ndim - mask.ndim)))
    axes = tuple(a for a, n in enumerate(mask.shape) if n == 1 and summed.shape[a] != 1)
    return jnp.sum(summed, axes, keepdims=True).astype(mask.dtype)


_core.defvjp(_core_forward, _core_backward)
