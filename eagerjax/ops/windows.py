"""Window functions: one op for all of them. The public functions are in forms/windows.py."""

import math

import jax.numpy as jnp
import jax.scipy.special as jsp
from jax import lax

from eagerjax.ops.define import Dtype, creation


def _cosines(at, steps, weights):
    """The sum of weights[i] * cos(i * angle), their signs alternating, over one turn in `steps`."""
    angle = 2 * math.pi * at / steps
    return sum((-1) ** i * w * jnp.cos(i * angle) for i, w in enumerate(weights))


def _kaiser(at, steps, beta):
    """I0 of beta on a half circle over its largest value, with factors exp(-beta) so that nothing overflows."""
    from_middle = jnp.minimum(2 * at / steps - 1, 1)
    inner = beta * jnp.sqrt(jnp.maximum(1 - from_middle**2, 0))
    return jsp.i0e(inner) / jsp.i0e(jnp.float64(beta)) * jnp.exp(inner - beta)


_KINDS = {
    "bartlett": lambda at, steps: 1 - jnp.abs(2 * at / steps - 1),
    "cosines": lambda at, steps, *weights: _cosines(at, steps, weights),
    "cosine": lambda at, steps: jnp.sin(math.pi * (at + 0.5) / (steps + 1)),
    "exponential": lambda at, steps, tau, center: jnp.exp(
        -jnp.abs(at - (steps / 2 if center is None else center)) / tau
    ),
    "gaussian": lambda at, steps, std: jnp.exp(-(((at - steps / 2) / std) ** 2) / 2),
    "kaiser": _kaiser,
}
_ONE_IS_ONE = {"bartlett", "cosines", "kaiser"}


@creation(homes="", differentiable=False)
def _window(kind: str, length: int, periodic: bool, parameters: tuple, dtype: Dtype, device: object = None):
    """`length` values of a window, the next of which would be the first again where it is periodic."""
    if length == 1 and kind in _ONE_IS_ONE:
        return jnp.ones(1, dtype.np)
    steps = length if periodic and length > 1 else length - 1
    at = lax.iota(jnp.float64, length)
    return _KINDS[kind](at, steps, *parameters).astype(dtype.np)
