"""Largest and smallest: amax, amin, max, min, argmax, argmin, aminmax."""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Dims, dimension, dimensions, is_tensor, reduction
from eagerjax.ops.indexing import pick
from eagerjax.ops.kinds import is_bool, is_complex, nan_mask, refuse

_SPECIFY = (
    "Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
)


def check_nonempty(name, x, axes):
    """Raise IndexError where an axis to reduce has no elements."""
    for a in axes:
        if x.shape[a] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {a} to have non-zero size.")


def _extreme(name, fn, input, dim, keepdim):
    """Over several dims: equal extremes share the gradient equally."""
    axes = dimensions(dim, input.ndim)
    if input.size == 0 and dim in (None, ()):
        raise RuntimeError(f"{name}(): {_SPECIFY}")
    check_nonempty(name, input, axes)
    return fn(input, axis=axes, keepdims=keepdim)


def chosen_value(flat, choose):
    """The element of a flat array that `choose` returns; all that equal it (NaN: all NaN) share its gradient."""

    @jax.custom_jvp
    def f(flat):
        return choose(flat)

    @f.defjvp
    def jvp(at, along):
        value = f(*at)
        ties = (at[0] == value) | (nan_mask(at[0]) & nan_mask(value))
        change = jnp.sum(jnp.where(ties, along[0], 0)) / jnp.sum(ties).astype(value.dtype)
        return value, change.astype(value.dtype)

    return f(flat)


def _extreme_of_all(name, fn, input):
    if input.size == 0:
        raise RuntimeError(f"{name}(): {_SPECIFY}")
    return chosen_value(input.reshape(-1), fn)


@reduction(out="exact", sizeless=True)
def amax(input, dim: Dims = (), keepdim: bool = False):
    """Largest element over `dim`; equal ones share the gradient."""
    refuse(input, "amax", complex_=True)
    return _extreme("amax", jnp.max, input, dim, keepdim)


@reduction(out="exact", sizeless=True)
def amin(input, dim: Dims = (), keepdim: bool = False):
    """Smallest element over `dim`; equal ones share the gradient."""
    refuse(input, "amin", complex_=True)
    return _extreme("amin", jnp.min, input, dim, keepdim)


def best_index(input, axis, largest):
    """Index (int64) of the first extreme along `axis`, kept as a dimension of 1; NaN beats every number."""
    top = (jnp.max if largest else jnp.min)(lax.stop_gradient(input), axis=axis, keepdims=True)
    n = input.shape[axis]
    at = lax.broadcasted_iota(jnp.int32, input.shape, axis)
    hit = (input == top) | nan_mask(input)
    return jnp.min(jnp.where(hit, at, n), axis=axis, keepdims=True).astype(jnp.int64)


def _along(name, input, dim, keepdim, largest):
    """(values, indices) along one dim; the gradient goes to the index alone."""
    axis = dimension(dim, input.ndim)
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    check_nonempty(name, input, (axis,))
    index = best_index(input, axis, largest)
    values = pick(input, index, axis)
    return (values, index) if keepdim else (jnp.squeeze(values, axis), jnp.squeeze(index, axis))


def _two_tensors(target):
    def reroute(args, kwargs):
        if len(args) > 1 and is_tensor(args[1]):
            return target, args, kwargs
        return (target, args, kwargs) if "other" in kwargs else None

    return reroute


@reduction(returns=("values", "indices"), reroute=_two_tensors("maximum"), out="exact")
def max(input, dim: int = None, keepdim: bool = False):
    """Largest element; with `dim`, (values, indices) along it; with a second tensor, `maximum`.

    >>> max(tensor([[1., 5.], [7., 2.]]), 1).indices
    tensor([1, 0])
    """
    refuse(input, "max_all" if dim is None else "max", complex_=True)
    if dim is None:
        return _extreme_of_all("max", jnp.max, input)
    return _along("max", input, dim, keepdim, True)


@reduction(returns=("values", "indices"), reroute=_two_tensors("minimum"), out="exact")
def min(input, dim: int = None, keepdim: bool = False):
    """Smallest element; with `dim`, (values, indices) along it; with a second tensor, `minimum`."""
    refuse(input, "min_all" if dim is None else "min", complex_=True)
    if dim is None:
        return _extreme_of_all("min", jnp.min, input)
    return _along("min", input, dim, keepdim, False)


def _arg(name, input, dim, keepdim, largest):
    for bad, what in ((is_bool, "bool"), (is_complex, "complex")):
        if bad(input):
            raise RuntimeError(f"{name}(): does not support {what} input")
    if dim is None:
        if input.size == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        out = best_index(input.reshape(-1), 0, largest)
        return out.reshape((1,) * input.ndim if keepdim else ())
    axis = dimension(dim, input.ndim)
    if input.ndim == 0:
        return jnp.zeros((), jnp.int64)
    check_nonempty(name, input, (axis,))
    out = best_index(input, axis, largest)
    return out if keepdim else jnp.squeeze(out, axis)


@reduction(differentiable=False, out="exact")
def argmax(input, dim: int = None, keepdim: bool = False):
    """Index of the first largest element: of the flattened input, or along `dim`. int64."""
    return _arg("argmax", input, dim, keepdim, True)


@reduction(differentiable=False, out="exact")
def argmin(input, dim: int = None, keepdim: bool = False):
    """Index of the first smallest element: of the flattened input, or along `dim`. int64."""
    return _arg("argmin", input, dim, keepdim, False)


@reduction(returns=("min", "max"), out="exact")
def aminmax(input, *, dim: int = None, keepdim: bool = False):
    """Smallest and largest element, of all or along one `dim`."""
    refuse(input, "aminmax_cpu", complex_=True)
    axes = dimensions(dim, input.ndim)
    if input.size == 0 and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    check_nonempty("aminmax", input, axes)
    return jnp.min(input, axis=axes, keepdims=keepdim), jnp.max(input, axis=axes, keepdims=keepdim)
