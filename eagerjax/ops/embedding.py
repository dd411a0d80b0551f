"""Rows of a table by index: embedding, one-hot codes, bags of embeddings."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import op
from eagerjax.ops.kinds import type_name, wrong


def _row_fault(input, weight, *_, **__):
    rows = weight.shape[0]
    message = f"index out of range in self: index {{}} of a table of {rows} rows"
    return [(wrong(input, (input < 0) | (input >= rows)), IndexError, message)]


def _bag_fault(input, weight, *_, **__):
    rows = weight.shape[0]
    message = f"input takes value {{}} which is not in the valid range [0, {rows})"
    return [(wrong(input, (input < 0) | (input >= rows)), RuntimeError, message)]


@op(homes="", faults=_row_fault)
def _embedding(input, weight, padding_idx: int = -1, scale_grad_by_freq: bool = False):
    """Rows of weight (rows, width) at integer indices of any shape; the row `padding_idx` gets no gradient."""
    if input.dtype not in (jnp.int64, jnp.int32):
        raise RuntimeError("Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but "
                           f"got {type_name(input.dtype)} instead (while checking arguments for embedding)")  # fmt: skip
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    rows = weight.shape[0]
    if rows == 0:
        if input.size:
            raise IndexError("index out of range in self")
        return jnp.zeros((*input.shape, weight.shape[1]), weight.dtype)
    return take_rows(weight, jnp.clip(input, 0, rows - 1), rows, padding_idx, scale_grad_by_freq)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def take_rows(weight, index, rows, padding_idx=-1, by_frequency=False):
    """weight[index] for indices within its `rows`; the gradient is a scatter-add."""
    index = index.astype(jnp.int32) if rows < 2**31 else index
    return weight.at[index].get(mode="promise_in_bounds")


def _take_forward(weight, index, rows, padding_idx, by_frequency):
    return take_rows(weight, index, rows, padding_idx, by_frequency), index


def _take_backward(rows, padding_idx, by_frequency, index, grad):
    flat, grad = index.reshape(-1), grad.reshape(index.size, grad.shape[-1])
    flat = flat.astype(jnp.int32) if rows < 2**31 else flat
    if by_frequency:
        count = jnp.zeros(rows, grad.dtype).at[flat].add(1, mode="promise_in_bounds")
        grad = grad / jnp.maximum(count, 1)[flat][:, None]
    if padding_idx >= 0:
        grad = jnp.where((flat == padding_idx)[:, None], 0, grad)
    wide = grad.astype(jnp.float32) if grad.dtype.itemsize < 4 else grad
    total = jnp.zeros((rows, grad.shape[1]), wide.dtype).at[flat].add(wide, mode="promise_in_bounds")
    return total.astype(grad.dtype), None


take_rows.defvjp(_take_forward, _take_backward)


# -- one-hot -------------------------------------------------------------------------------
def _class_fault(input, num_classes):
    return [
        (jnp.any(input < 0), RuntimeError, "Class values must be non-negative."),
        (jnp.any(input >= num_classes), RuntimeError, "Class values must be smaller than num_classes."),
    ]


@op(name="_one_hot", homes="", differentiable=False, faults=_class_fault)
def _one_hot(input, num_classes: int):
    """1 at the class, 0 elsewhere: (*, num_classes) int64."""
    if input.dtype != jnp.int64:
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor. Got {type_name(input.dtype)}"
        )
    if num_classes <= 0:
        raise RuntimeError("num_classes should be positive")
    return (input[..., None] == jnp.arange(num_classes, dtype=input.dtype)).astype(jnp.int64)


# -- bags ----------------------------------------------------------------------------------
@op(homes="", faults=_bag_fault)
def _embedding_bag(input, weight, offsets, per_sample_weights, mode: str, include_last_offset: bool, padding_idx: int,
                   scale_grad_by_freq: bool = False):  # fmt: skip
    """The sum, mean or maximum of the rows of each bag; bags begin at `offsets` in the flat index `input`.

    Rows `padding_idx` do not count. An empty bag is 0.  Returns: (bags, width).
    """
    bags = offsets.shape[0] - (1 if include_last_offset else 0)
    if weight.shape[0] == 0 or input.size == 0:
        return jnp.zeros((bags, weight.shape[1]), weight.dtype)
    index = jnp.clip(input, 0, weight.shape[0] - 1)
    rows = take_rows(weight, index, weight.shape[0], -1, scale_grad_by_freq)
    bag = jnp.searchsorted(offsets[:bags].astype(jnp.int64), jnp.arange(input.size), side="right") - 1
    counted = (index != padding_idx) if padding_idx >= 0 else jnp.ones(input.shape, bool)
    if mode == "max":
        return _bag_maximum(rows, bag, counted, bags)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None].astype(rows.dtype)
    total = jax.ops.segment_sum(jnp.where(counted[:, None], rows, 0), bag, bags)
    if mode == "sum":
        return total
    count = jax.ops.segment_sum(counted.astype(rows.dtype), bag, bags)
    return total / jnp.maximum(count, 1)[:, None]


def _bag_maximum(rows, bag, counted, bags):
    """The gradient goes to the first of equal maxima."""
    value = lax.stop_gradient(jnp.where(counted[:, None], rows, -jnp.inf))
    top = jax.ops.segment_max(value, bag, bags)
    hit = (value == top[bag]) & counted[:, None]
    at = jnp.where(hit, jnp.arange(rows.shape[0])[:, None], rows.shape[0])
    first = jax.ops.segment_min(at, bag, bags)
    found = first < rows.shape[0]
    picked = jnp.take_along_axis(rows, jnp.where(found, first, 0), 0)
    return jnp.where(found, picked, 0)
