"""Reading and writing at index tensors: what advanced indexing, gather and scatter come down to.

Indices are checked by each op's `faults`; here they are promised to be in range, which keeps XLA's code short.
A bad index is still safe: XLA clamps where it reads and skips where it writes.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Tensors, op
from eagerjax.ops.kinds import is_integral, type_name, wrong

_PROMISE = "promise_in_bounds"


# -- index arithmetic ------------------------------------------------------------------
def from_front(index, n):
    """Indices of a dimension of size n: negative ones counted from the end, unsigned so that nobody wraps again."""
    index = jnp.where(index < 0, index + n, index)
    return index.astype(jnp.uint32) if n < 2**32 else index


def outside(index, n, low=None):
    """The fault's condition for indices outside [low, n); low: -n unless given."""
    return wrong(index, (index < (-n if low is None else low)) | (index >= n))


def bounds_fault(index, n, dim, *, low=None, error=IndexError, text="{}"):
    """A fault entry for indices into dimension `dim` of size `n`; {} in `text` stands for what is said of them."""
    said = f"index {{}} is out of bounds for dimension {dim} with size {n}"
    return outside(index, n, low), error, text.replace("{}", said)


def flat_positions(index, axis, shape):
    """Positions in a flattened array of `shape` that gather along `axis` reads: element [.., index, ..] of each."""
    index = index.astype(jnp.uint32 if math.prod(shape) < 2**32 else jnp.int64)
    out, stride = jnp.zeros(index.shape, index.dtype), 1
    for d in reversed(range(len(shape))):
        at = index if d == axis else lax.broadcasted_iota(index.dtype, index.shape, d)
        out = out + at * jnp.asarray(stride, index.dtype)
        stride *= shape[d]
    return out


# -- reading ---------------------------------------------------------------------------
def _key(ndim, indices, positions):
    key = [slice(None)] * ndim
    for p, i in zip(positions, indices):
        key[p] = i
    return tuple(key)


def read(x, indices, positions=(0,)):
    """`x[..., indices[k] at dimension positions[k], ...]` by in-range indices (as of `from_front`)."""
    return x.at[_key(x.ndim, indices, positions)].get(mode=_PROMISE)


def pick(x, index, axis):
    """torch.gather: out[i][j] = x[index[i][j]][j] for axis 0; `index` may be smaller than x elsewhere."""
    if index.size == 0 or x.size == 0:
        return jnp.zeros(index.shape, x.dtype)
    if x.ndim == 0:
        return jnp.broadcast_to(x, index.shape)
    return read(x.reshape(-1), (flat_positions(index, axis, x.shape),))


# -- writing ---------------------------------------------------------------------------
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _write(positions, x, indices, values):
    return x.at[_key(x.ndim, indices, positions)].set(values, mode=_PROMISE)


def _write_forward(positions, x, indices, values):
    return _write(positions, x, indices, values), indices


def _write_backward(positions, indices, g):
    taken = read(g, indices, positions)
    return _write(positions, g, indices, jnp.zeros_like(taken)), tuple(None for _ in indices), taken


_write.defvjp(_write_forward, _write_backward)


def write(x, indices, values, positions=(0,)):
    """`x` with `values` at the indices. Of equal indices one wins, but as in PyTorch all get its gradient."""
    shape = jax.eval_shape(lambda a: read(a, indices, positions), x).shape
    return _write(tuple(positions), x, tuple(indices), broadcast_values(values, shape).astype(x.dtype))


def add_at(x, indices, values, positions=(0,)):
    """`x` with `values` added at the indices; equal indices add up. Adding booleans is `or`."""
    if x.dtype == jnp.bool_:
        return add_at(x.astype(jnp.int32), indices, values.astype(jnp.int32), positions) != 0
    shape = jax.eval_shape(lambda a: read(a, indices, positions), x).shape
    return x.at[_key(x.ndim, indices, positions)].add(broadcast_values(values, shape).astype(x.dtype), mode=_PROMISE)


def broadcast_values(values, shape):
    """Values broadcast to what is written. Raises RuntimeError where they do not fit."""
    try:
        return jnp.broadcast_to(values, shape)
    except ValueError:
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to "
                           f"indexing result of shape {list(shape)}") from None  # fmt: skip


def put_flat(x, positions, values):
    """`x` with `values` at positions of its flattened self."""
    return write(x.reshape(-1), (positions.reshape(-1),), values.reshape(-1)).reshape(x.shape)


def add_flat(x, positions, values):
    """`x` with `values` added at positions of its flattened self."""
    return add_at(x.reshape(-1), (positions.reshape(-1),), values.reshape(-1)).reshape(x.shape)


# -- the ops behind x[i, j] and x[i, j] = v ----------------------------------------------
def _normal(x, indices, positions):
    """Broadcast, in-range indices. Raises IndexError for shapes that do not broadcast and dtypes that do not index."""
    for i in indices:
        if not is_integral(i) or i.dtype == jnp.bool_:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors, "
                             f"got {type_name(i.dtype)}")  # fmt: skip
    try:
        indices = jnp.broadcast_arrays(*indices)
    except ValueError:
        shapes = ", ".join(str(list(i.shape)) for i in indices)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    return tuple(from_front(i, x.shape[p]) for i, p in zip(indices, positions))


def _index_faults(x, indices, positions):
    if math.prod(n for d, n in enumerate(x.shape) if d not in positions) == 0 or any(i.size == 0 for i in indices):
        return []  # nothing is read or written, whatever the indices
    return [bounds_fault(i, x.shape[p], p) for i, p in zip(indices, positions)]


def _check_not_empty(x, indices, positions):
    for i, p in zip(indices, positions):
        if x.shape[p] == 0 and i.size:
            raise IndexError(f"index is out of bounds for dimension {p} with size 0")


@op(name="index", homes="", faults=lambda input, indices, positions: _index_faults(input, indices, positions))
def index(input, indices: Tensors, *, positions: tuple):
    """`input` at index tensors that address the dimensions `positions`; every other dimension is kept whole.

    As in numpy the indices broadcast together; their dimensions stand where the first index stood if all were
    neighbours, else in front.
    """
    indices = _normal(input, indices, positions)
    shape = jax.eval_shape(lambda a: read(a, indices, positions), input).shape
    if input.size == 0:
        if math.prod(shape):
            _check_not_empty(input, indices, positions)
        return jnp.zeros(shape, input.dtype)
    return read(input, indices, positions)


@op(
    name="_index_put",
    homes="",
    inplace=True,
    faults=lambda input, values, indices, positions, accumulate=False: _index_faults(input, indices, positions),
)
def index_put(input, values, indices: Tensors, *, positions: tuple, accumulate: bool = False):
    """`input` with `values` (broadcast) at index tensors; with `accumulate` they are added."""
    _check_same_dtype(input, values)
    indices = _normal(input, indices, positions)
    if indices[0].size:
        _check_not_empty(input, indices, positions)
    if input.size == 0:
        broadcast_values(values, jax.eval_shape(lambda a: read(a, indices, positions), input).shape)
        return input
    return (add_at if accumulate else write)(input, indices, values, positions)


def _check_same_dtype(x, values):
    if x.dtype != values.dtype and values.ndim:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {type_name(x.dtype)} for the "
            f"destination and {type_name(values.dtype)} for the source."
        )
