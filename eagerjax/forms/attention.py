"""Attention as a public function."""

from eagerjax.dispatch import apply
from eagerjax.namespace import form


@form(homes="F")
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None,
                                 enable_gqa=False):  # fmt: skip
    """`softmax(scale * query @ key.T + mask) @ value`, with dropout of the softmax.

    query: (*, L, E); key: (*, S, E); value: (*, S, Ev); attn_mask: broadcasts to (*, L, S), booleans say what is seen,
    numbers are added. scale defaults to 1 / sqrt(E). `enable_gqa` repeats the heads of key and value (dimension -3).
    Returns: (*, L, Ev).
    """
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if dropout_p and is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if not dropout_p:
        return apply("_attention", query, key, value, attn_mask, is_causal, scale=scale, enable_gqa=enable_gqa)
    return apply(
        "_attention_dropout", query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
    )
