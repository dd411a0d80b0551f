"""Dropout. The mask is a function of the key alone: a backward pass that runs later draws it again."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.ops.define import Scalar, random
from eagerjax.ops.kinds import is_inexact, type_name
from eagerjax.ops.random import bits

LARGE = 1 << 22
"""Elements of a mask beyond which memory counts more than drawing it again."""
_ALPHA = 1.7580993408473766
"""The negative of SELU's lower limit."""


def kept(key, shape, p):
    """True with probability 1 - p, in steps of 2**-24."""
    uniform = (bits(key, shape) >> np.uint32(8)).astype(jnp.float32) * np.float32(2.0**-24)
    mask = uniform >= jnp.asarray(p, jnp.float32)
    return once(mask) if math.prod(shape) <= LARGE else mask


def once(mask):
    """The mask, by a detour that makes XLA compute it a single time, however many read it.

    Left to itself XLA draws cheap numbers anew in each kernel that reads them, and what is added to a residual stream is
    read by all that follows: a Transformer encoder of four layers held 248 copies of 16 draws. The results of
    exponentials it computes once.
    """
    return jnp.exp(jnp.where(mask, 0.0, -jnp.inf).astype(jnp.float32)) != 0


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def masked(key, x, p, shape):
    """x / (1 - p) where an element of a mask of `shape` (broadcast against x) is kept, else 0."""
    rate = jnp.asarray(p, jnp.float32)
    scale = jnp.where(rate < 1, 1 / jnp.where(rate < 1, 1 - rate, 1), 0).astype(x.dtype)
    return jnp.where(kept(key, shape, p), x * scale, 0)


def _masked_forward(key, x, p, shape):
    return masked(key, x, p, shape), (key, p)


def _masked_backward(shape, saved, grad):
    key, p = saved
    return np.zeros(key.shape, jax.dtypes.float0), masked(key, grad, p, shape), jnp.zeros_like(p)


masked.defvjp(_masked_forward, _masked_backward)


def _refuse_integers(input):
    if not is_inexact(input):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {type_name(input.dtype)}")


def _feature_shape(input):
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return input.shape[:2] + (1,) * (input.ndim - 2)


@random(homes="")
def _dropout(key, input, p: Scalar):
    """Each element 0 with probability p, else divided by 1 - p."""
    _refuse_integers(input)
    return masked(key, input, jnp.asarray(p, jnp.float32), input.shape)


@random(homes="")
def _feature_dropout(key, input, p: Scalar):
    """Each channel (N, C) of the input 0 with probability p, else divided by 1 - p."""
    _refuse_integers(input)
    return masked(key, input, jnp.asarray(p, jnp.float32), _feature_shape(input))


@random(homes="")
def _alpha_dropout(key, input, p: Scalar, feature: bool = False):
    """Each element (or channel) SELU's lower limit with probability p, scaled and moved to keep mean and variance."""
    _refuse_integers(input)
    shape = _feature_shape(input) if feature else input.shape
    p = jnp.asarray(p, jnp.float32)
    a = jnp.where(p < 1, 1 / jnp.sqrt((_ALPHA**2 * p + 1) * jnp.where(p < 1, 1 - p, 1)), 0)
    offset, low = (a * _ALPHA * p).astype(input.dtype), (a * _ALPHA * (p - 1)).astype(input.dtype)
    scaled = masked(key, input, p, shape) * ((1 - p) * a).astype(input.dtype)
    return scaled + jnp.where(kept(key, shape, p), offset, low)


@_dropout.limits
@_feature_dropout.limits
@_alpha_dropout.limits
def is_probability(shape, p, **_):
    return 0 <= p <= 1
