"""A hash of a tensor's bits."""

import math

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dims, dimensions, op
from eagerjax.ops.kinds import is_floating, refuse


@op(differentiable=False)
def hash_tensor(input, dim: Dims = (), *, keepdim: bool = False, mode: int = 0):
    """The exclusive or, over `dim` (all without it), of the elements' bits as float64 or int64. uint64.

    Raises: RuntimeError for a mode other than 0, IndexError where `dim` is empty.
    """
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    refuse(input, "xor_sum_cpu", complex_=True)
    axes = dimensions(dim, input.ndim)
    if input.size == 0 and dim in ((), None):
        raise RuntimeError("hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
                           "dim with the 'dim' argument.")  # fmt: skip
    for a in axes if dim not in ((), None) else ():
        if input.shape[a] == 0:
            raise IndexError(f"hash_tensor: Expected reduction dim {a} to have non-zero size.")
    if is_floating(input):
        words = lax.bitcast_convert_type(input.astype(jnp.float64), jnp.uint64)
    else:
        words = input.astype(jnp.uint64) if input.dtype == jnp.bool_ else input.astype(jnp.int64).astype(jnp.uint64)
    found = halves(words, axes)
    return jnp.expand_dims(found, axes) if keepdim else found


def halves(words, axes):
    """The exclusive or over axes, by folding the longer half onto the other."""
    kept = [a for a in range(words.ndim) if a not in axes]
    flat = jnp.transpose(words, (*kept, *axes)).reshape(
        *(words.shape[a] for a in kept), math.prod(words.shape[a] for a in axes)
    )
    while flat.shape[-1] > 1:
        half = flat.shape[-1] // 2
        rest = flat[..., 2 * half :]
        flat = jnp.concatenate([flat[..., :half] ^ flat[..., half : 2 * half], rest], -1)
    return flat[..., 0] if flat.shape[-1] else jnp.zeros(flat.shape[:-1], jnp.uint64)
