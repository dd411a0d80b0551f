"""Losses of classifiers: cross entropy and negative log likelihood, of class indices or probabilities.

The class dimension is 1 (0 for one unbatched sample). The gradient of the cross entropy is written out: the softmax
kept from the forward pass, less 1 at the label.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import Number, functional
from eagerjax.ops.kinds import is_floating, is_inexact, type_name, widen, wrong
from eagerjax.ops.reduction import reduced, reduction_of


def _label_fault(input, target, weight=None, size_average=None, ignore_index=-100, *_, **__):
    """Labels that are neither classes nor `ignore_index`."""
    if is_inexact(target) or input.ndim == 0:
        return []
    classes = input.shape[min(1, input.ndim - 1)]
    bad = ((target < 0) | (target >= classes)) & (target != ignore_index)
    return [(wrong(target, bad), IndexError, "Target {} is out of bounds.")]


@functional(promote=None, faults=_label_fault)
def cross_entropy(input, target, weight=None, size_average: bool = None, ignore_index: int = -100, reduce: bool = None,
                  reduction: str = "mean", label_smoothing: Number = 0.0):  # fmt: skip
    """Cross entropy of logits (N, C, *) or (C,) with labels (N, *) or probabilities of the input's shape.

    weight: (C,), how much each class counts; the mean divides by the weights of the labels that are not `ignore_index`.
    Raises: ValueError or RuntimeError where shapes do not fit, IndexError for a label outside the classes.

    >>> cross_entropy(tensor([[0., 0.]]), tensor([1]))
    tensor(0.6931)
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    kind = reduction_of(reduction, size_average, reduce)
    axis = _class_axis(input, "log_softmax_lastdim_kernel_impl")
    if input.shape != target.shape:
        target = _labels(input, target, axis)
        _check_weight(input, weight, axis)
    elif weight is not None and weight.shape != (input.shape[axis],):
        raise RuntimeError("cross_entropy: " + _BAD_WEIGHT.format(input.shape[axis], list(weight.shape)))
    x = widen(input)
    weight = None if weight is None else lax.stop_gradient(weight.astype(x.dtype))
    if input.shape == target.shape:
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        out = _of_probabilities(x, target, weight, axis, kind, label_smoothing)
    else:
        out = _of_labels(x, target, weight, axis, kind, label_smoothing, ignore_index)
    return out.astype(input.dtype)


def _class_axis(input, kernel):
    if not is_floating(input):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(input.dtype)}'")
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    return min(1, input.ndim - 1)


def _labels(input, target, axis):
    """The labels, one for each position of the input. Raises what PyTorch does where they do not fit."""
    if target.dtype not in (jnp.int64, jnp.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {type_name(target.dtype)}")
    _check_label_shape(input, target, input.shape[:axis] + input.shape[axis + 1 :])
    if target.dtype == jnp.uint8 and input.ndim > 2:
        raise RuntimeError("expected scalar type Long but found Byte")
    return target.reshape(()) if input.ndim == 1 else target


def _check_label_shape(input, target, expected):
    if input.ndim > 1 and target.shape[:1] != input.shape[:1]:
        got = target.shape[0] if target.ndim else 0
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({got}).")
    if input.ndim < 3 and target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input.ndim == 1 and target.ndim == 1 and target.size != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.size}")
    if input.ndim == 4 and target.ndim != 3:
        raise RuntimeError(f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.ndim}")
    if input.ndim == 4 and target.shape != expected:
        raise RuntimeError(f"size mismatch (got input: {list(input.shape)} , target: {list(target.shape)}")
    if input.ndim > 2 and target.shape != expected:
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(target.shape)}")


_BAD_WEIGHT = "weight tensor should be defined either for all {} classes or no classes but got weight tensor of shape: {}"


def _check_weight(input, weight, axis):
    """The weights of classes given by labels: one each, of the input's dtype."""
    if weight is None:
        return
    if weight.shape != (input.shape[axis],):
        spatial = "weight tensor should be defined either for all or no classes"
        raise RuntimeError(spatial if input.ndim > 2 else _BAD_WEIGHT.format(input.shape[axis], list(weight.shape)))
    if weight.dtype != input.dtype:
        raise RuntimeError(f"expected scalar type {type_name(input.dtype)} but found {type_name(weight.dtype)}")


def _of_labels(x, target, weight, axis, kind, smoothing, ignore_index):
    valid = target != ignore_index
    safe = jnp.where(valid, target, 0)
    if not x.shape[axis]:  # every label is out of bounds, which is a fault, or ignored
        x, weight = jnp.zeros((*x.shape[:axis], 1, *x.shape[axis + 1 :]), x.dtype), None
    loss = jnp.where(valid, _entropy(x, safe, weight, axis, smoothing), 0)
    if kind != "mean":
        return jnp.sum(loss) if kind == "sum" else loss
    if weight is None:
        return jnp.sum(loss) / jnp.sum(valid).astype(x.dtype)
    return jnp.sum(loss) / jnp.sum(jnp.where(valid, weight[safe], 0))


def _of_probabilities(x, target, weight, axis, kind, smoothing):
    if not is_floating(target):
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {type_name(target.dtype)}"
        )
    target = target.astype(x.dtype)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / x.shape[axis]
    terms = jax.nn.log_softmax(x, axis) * target
    if weight is not None:
        terms = terms * _along(weight, x, axis)
    loss = -jnp.sum(terms, axis)
    if kind == "mean":
        return jnp.sum(loss) / (x.size // max(x.shape[axis], 1) if x.ndim > 1 else 1)
    return jnp.sum(loss) if kind == "sum" else loss


def _along(vector, x, axis):
    return vector.reshape([-1 if a == axis else 1 for a in range(x.ndim)])


def _at_label(target, x, axis):
    """Where the class is the label: the one-hot mask as a comparison, which fuses."""
    classes = lax.broadcasted_iota(target.dtype, x.shape, axis)
    return classes == jnp.expand_dims(target, axis)


def _pick(x, target, axis):
    index = jnp.expand_dims(jnp.clip(target, 0, x.shape[axis] - 1), axis)
    return jnp.take_along_axis(x, index, axis, mode="promise_in_bounds").squeeze(axis)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3, 4))
def _entropy(x, target, weight, axis, smoothing):
    """`-(1 - s) w[t] log p[t] - s / C sum_c w[c] log p[c]` at each position."""
    return _entropy_forward(x, target, weight, axis, smoothing)[0]


def _entropy_forward(x, target, weight, axis, smoothing):
    top = lax.stop_gradient(jnp.max(x, axis, keepdims=True))
    exps = jnp.exp(x - top)
    total = jnp.sum(exps, axis, keepdims=True)
    norm = (jnp.log(total) + top).squeeze(axis)
    mine = 1 if weight is None else _of_class(weight, target)
    loss = (1 - smoothing) * mine * (norm - _pick(x, target, axis))
    if smoothing:
        spread = x if weight is None else x * _along(weight, x, axis)
        mass = x.shape[axis] if weight is None else jnp.sum(weight)
        loss = loss + smoothing / x.shape[axis] * (mass * norm - jnp.sum(spread, axis))
    return loss, (exps, total, target, weight)


def _of_class(weight, target):
    return weight[jnp.clip(target, 0, weight.shape[0] - 1)]


def _entropy_backward(axis, smoothing, saved, grad):
    exps, total, target, weight = saved
    classes = exps.shape[axis]
    grad = jnp.expand_dims(grad, axis)
    mine = grad * (1 - smoothing)
    if weight is not None:
        mine = mine * jnp.expand_dims(_of_class(weight, target), axis)
    all_ = mine
    if smoothing:
        mass = classes if weight is None else jnp.sum(weight)
        all_ = mine + grad * (smoothing / classes) * mass
    out = exps * (all_ / total)
    out = jnp.where(_at_label(target, exps, axis), out - mine, out)
    if smoothing:
        share = 1 if weight is None else _along(weight, exps, axis)
        out = out - grad * (smoothing / classes) * share
    return out, None, None if weight is None else jnp.zeros_like(weight)


_entropy.defvjp(_entropy_forward, _entropy_backward)


# -- negative log likelihood ---------------------------------------------------------------
@functional(promote=None, faults=_label_fault)
def nll_loss(input, target, weight=None, size_average: bool = None, ignore_index: int = -100, reduce: bool = None,
             reduction: str = "mean"):  # fmt: skip
    """`-weight[label] * input[label]` of log-probabilities (N, C, *) or (C,) with labels (N, *).

    Raises: ValueError or RuntimeError where shapes do not fit, IndexError for a label outside the classes.
    """
    kind = reduction_of(reduction, size_average, reduce)
    axis = _class_axis(input, "nll_loss2d_forward_out_frame" if input.ndim > 2 else "nll_loss_out_frame")
    target = _labels(input, target, axis)
    _check_weight(input, weight, axis)
    x = widen(input)
    valid = target != ignore_index
    safe = jnp.where(valid, target, 0)
    each = jnp.ones((), x.dtype) if weight is None else _of_class(lax.stop_gradient(weight.astype(x.dtype)), safe)
    counts = jnp.where(valid, each, 0)
    loss = jnp.where(valid, -_picked(x, safe, axis, x.shape[axis]) * each, 0)
    if kind == "mean":
        return (jnp.sum(loss) / jnp.sum(counts)).astype(input.dtype)
    return reduced(loss, kind).astype(input.dtype)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _picked(x, target, axis, classes):
    """The element at the label; its gradient is a comparison instead of a scatter."""
    return _pick(x, target, axis)


def _picked_forward(x, target, axis, classes):
    return _pick(x, target, axis), target


def _picked_backward(axis, classes, target, grad):
    grad = jnp.expand_dims(grad, axis)
    shape = grad.shape[:axis] + (classes,) + grad.shape[axis + 1 :]
    return jnp.where(lax.broadcasted_iota(target.dtype, shape, axis) == jnp.expand_dims(target, axis), grad, 0), None


_picked.defvjp(_picked_forward, _picked_backward)
