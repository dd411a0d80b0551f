"""Distances and similarities of vectors."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Number, Scalar, dimension, functional, op
from eagerjax.ops.kinds import is_floating, to_float, type_name
from eagerjax.ops.precision import number
from eagerjax.ops.vectornorm import vector_norm
from eagerjax.runtime.errors import broadcast_message

_FEW_FEATURES = 8


@functional(homes="F torch", promoted=("x1", "x2"))
def cosine_similarity(x1, x2, dim: int = 1, eps: Scalar = 1e-8):
    """`x1 . x2 / (max(|x1|, eps) max(|x2|, eps))` along `dim`, the inputs broadcast."""
    if not is_floating(x1):
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {type_name(x1.dtype)}")
    x1, x2 = jnp.broadcast_arrays(x1, x2)
    axis = dimension(dim, x1.ndim)
    units = []
    for x in (x1, x2):
        size = vector_norm(x, 2, (axis,) if x.ndim else (), True)
        units.append(x / (size + lax.stop_gradient(jnp.maximum(size, number(eps, size)) - size)))
    return jnp.sum(units[0] * units[1], axis) if x1.ndim else units[0] * units[1]


@functional(homes="F torch")
def pairwise_distance(x1, x2, p: Number = 2.0, eps: Scalar = 1e-6, keepdim: bool = False):
    """The p-norm of `x1 - x2 + eps` along the last dimension, the inputs broadcast."""
    return distance(x1, x2, p, eps, keepdim)


def distance(x1, x2, p, eps, keepdim=False):
    """`pairwise_distance` of arrays."""
    refused = broadcast_message((x1.shape, x2.shape))
    if refused is not None:
        raise RuntimeError(refused)
    gap = to_float(x1 - x2)
    gap = gap + number(eps, gap)
    return vector_norm(gap, p, (gap.ndim - 1,) if gap.ndim else (), keepdim)


# -- all pairs -----------------------------------------------------------------------------
@op(promote="common", homes="torch", numbers="none")
def cdist(x1, x2, p: Number = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"):
    """The p-distance of every row of x1 (*, P, M) from every row of x2 (*, R, M).  Returns: (*, P, R)."""
    _check_rows(x1, x2, p)
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    batch = jnp.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    x1, x2 = (jnp.broadcast_to(x, batch + x.shape[-2:]) for x in (x1, x2))
    many = max(x1.shape[-2], x2.shape[-2]) > 25
    if p == 2 and compute_mode != _MODES[2] and (many or compute_mode == _MODES[1]) and x1.shape[-1] > _FEW_FEATURES:
        return _euclidean_by_product(x1, x2)
    if x1.shape[-1] == 0:
        return jnp.zeros(batch + (x1.shape[-2], x2.shape[-2]), x1.dtype)
    return _by_difference(x1, x2, float(p))


_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


def _check_rows(x1, x2, p):
    for name, x in (("X1", x1), ("X2", x2)):
        if not is_floating(x):
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {type_name(x.dtype)}")
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")


@jax.custom_vjp
def _euclidean_by_product(x1, x2):
    """|a|^2 + |b|^2 - 2 a.b; the gradient at distance 0 is 0."""
    squares = [jnp.sum(x * x, -1) for x in (x1, x2)]
    product = jnp.matmul(x1, jnp.swapaxes(x2, -1, -2), precision=lax.Precision.HIGHEST)
    return _root(squares[0][..., None] + squares[1][..., None, :] - 2 * product)


def _root(squared):
    positive = squared > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), jnp.where(squared <= 0, 0, squared))


def _product_forward(x1, x2):
    out = _euclidean_by_product(x1, x2)
    return out, (x1, x2, out)


def _product_backward(saved, grad):
    x1, x2, out = saved
    share = jnp.where(out > 0, grad / jnp.where(out > 0, out, 1), 0)
    back = jnp.swapaxes(share, -1, -2)
    d_x1 = x1 * jnp.sum(share, -1, keepdims=True) - jnp.matmul(share, x2, precision=lax.Precision.HIGHEST)
    d_x2 = x2 * jnp.sum(back, -1, keepdims=True) - jnp.matmul(back, x1, precision=lax.Precision.HIGHEST)
    return d_x1, d_x2


_euclidean_by_product.defvjp(_product_forward, _product_backward)


def _by_difference(x1, x2, p):
    """One feature after the other where they are few: no array of all differences."""
    if x1.shape[-1] <= _FEW_FEATURES and p in (1, 2):
        total = 0
        for i in range(x1.shape[-1]):
            gap = x1[..., i][..., :, None] - x2[..., i][..., None, :]
            total = total + (gap * gap if p == 2 else gap * jnp.sign(gap))
        return _root(total) if p == 2 else total
    gap = x1[..., :, None, :] - x2[..., None, :, :]
    return vector_norm(gap, p, (gap.ndim - 1,), False)


@op(promote="common", homes="F torch")
def pdist(input, p: Number = 2.0):
    """The p-distances of all pairs of different rows of (N, M), in the order (0, 1), (0, 2) ... (N-2, N-1)."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not is_floating(input):
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(input.shape[0], 1)
    if not len(first) or input.shape[1] == 0:
        return jnp.zeros(len(first), input.dtype)
    return vector_norm(input[first] - input[second], p, (1,), False)
