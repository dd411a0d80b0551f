"""The statistics that torch.native_layer_norm and its siblings return beside their result."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dtype, Number, op
from eagerjax.ops.kinds import widen


@op(homes="")
def _statistics(input, dims: tuple, eps: Number, dtype: Dtype):
    """(mean, 1 / sqrt(variance + eps)) over dimensions, which stay with length 1."""
    x = widen(input)
    mean = jnp.mean(x, dims, keepdims=True)
    rate = lax.rsqrt(jnp.mean(jnp.square(x - mean), dims, keepdims=True) + jnp.asarray(eps, x.dtype))
    return mean.astype(dtype.np), rate.astype(dtype.np)
