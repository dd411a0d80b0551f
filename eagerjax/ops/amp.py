"""Ops of the gradient scaler: whether to take a step is a value, so nobody has to wait for it."""

import jax.numpy as jnp

from eagerjax.ops.define import Tensors, op


@op(homes="", differentiable=False)
def _amp_unscale(grads: Tensors, inv_scale):
    """(1.0 if an element is infinite or not a number, else 0.0; then each gradient times `inv_scale`)."""
    bad = [~jnp.isfinite(g).all() for g in grads]
    found = jnp.stack(bad).any().astype(jnp.float32)
    return (found, *((g * inv_scale.astype(jnp.float32)).astype(g.dtype) for g in grads))


@op(homes="", differentiable=False)
def _amp_keep(found_inf, old: Tensors, new: Tensors):
    """The new values, or the old ones where `found_inf` is not 0."""
    return tuple(jnp.where(found_inf > 0, a, b) for a, b in zip(old, new))


@op(homes="", differentiable=False)
def _amp_update(scale, tracker, found_inf, factors):
    """(scale, steps since it changed): smaller after an overflow, larger after an interval of good steps.

    `factors` are growth, backoff and the interval.
    """
    growth, backoff, interval = factors[0], factors[1], factors[2]
    bad = found_inf > 0
    good = tracker + 1
    grows = ~bad & (good >= interval)
    grown = (scale * growth).astype(scale.dtype)
    grown = jnp.where(jnp.isfinite(grown), grown, scale)
    smaller = (scale * backoff).astype(scale.dtype)
    return (jnp.where(bad, smaller, jnp.where(grows, grown, scale)),
            jnp.where(bad | grows, 0, good).astype(tracker.dtype))  # fmt: skip
