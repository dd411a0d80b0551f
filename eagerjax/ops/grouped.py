"""Products of matrices group by group, the groups being stretches of one dimension (experts and their tokens)."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import op


def _members(ends, length):
    """(groups, length): which places of a dimension are in which group; what is after the last end is in none."""
    at = jnp.arange(length, dtype=ends.dtype)
    starts = jnp.concatenate([jnp.zeros(1, ends.dtype), ends[:-1]])
    return (at >= starts[:, None]) & (at < ends[:, None])


@op(homes="")
def _grouped_mm(mat_a, mat_b, offs):
    """The product of each group: of rows of `mat_a` (n, k) with its matrix of `mat_b` (groups, k, m), of columns of `mat_b`
    (k, m) with its matrix of `mat_a` (groups, n, k), or of columns of `mat_a` and the same rows of `mat_b`, both matrices.

    offs: (groups,), where each group ends.  Returns: (n, m), and (groups, n, m) in the last case.
    """
    if mat_a.ndim == 2 and mat_b.ndim == 3:
        sizes = jnp.diff(offs, prepend=jnp.zeros(1, offs.dtype))
        found = lax.ragged_dot(mat_a, mat_b, sizes, preferred_element_type=jnp.float32)
    else:
        within = _members(offs, mat_b.shape[-1] if mat_a.ndim == 3 else mat_a.shape[-1]).astype(mat_a.dtype)
        letters = "gnk,km,gm->nm" if mat_a.ndim == 3 else "nk,km,gk->gnm"
        found = jnp.einsum(letters, mat_a, mat_b, within, preferred_element_type=jnp.float32)
    return found.astype(mat_a.dtype)
