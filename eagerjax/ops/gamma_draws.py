"""Draws of gamma and Dirichlet variables that are differentiable in their parameters (implicit reparametrisation)."""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import op, random
from eagerjax.ops.kinds import is_floating, type_name, widen


@random(homes="torch", numbers="none")
def _standard_gamma(key, input):
    """Gamma variables of shape `input` and rate 1. The gradient is that of the draw by its shape parameter."""
    if not is_floating(input):
        raise NotImplementedError(f"\"gamma_cpu\" not implemented for '{type_name(input.dtype)}'")
    alpha = widen(input)
    key = jax.random.wrap_key_data(key, impl="threefry2x32")
    drawn = jax.random.gamma(key, alpha, dtype=alpha.dtype)
    return jnp.maximum(drawn, jnp.finfo(alpha.dtype).tiny).astype(input.dtype)


@random(homes="torch", numbers="none")
def _sample_dirichlet(key, input):
    """Dirichlet variables: gammas over their sum along the last dimension, small shapes without underflow."""
    alpha = widen(input)
    key = jax.random.wrap_key_data(key, impl="threefry2x32")
    drawn = jax.nn.softmax(jax.random.loggamma(key, alpha, dtype=alpha.dtype), axis=-1)
    return jnp.maximum(drawn, jnp.finfo(alpha.dtype).tiny).astype(input.dtype)


@jax.custom_jvp
def _given(alpha, drawn):
    return drawn


@_given.defjvp
def _given_jvp(values, tangents):
    alpha, drawn = values
    return drawn, tangents[0] * lax.random_gamma_grad(alpha, drawn)


@op(homes="", numbers="none")
def _gamma_given(input, drawn):
    """Gamma variables that were drawn elsewhere, with the gradient of a draw by its shape parameter `input`."""
    return _given(input, lax.stop_gradient(drawn))
