"""Losses that ask for a margin between scores or distances."""

import jax.numpy as jnp

from eagerjax.ops.define import Number, Scalar, functional
from eagerjax.ops.distance import distance
from eagerjax.ops.kinds import is_inexact, refuse, to_float, type_name
from eagerjax.ops.precision import number
from eagerjax.ops.reduction import reduced, reduction_of


def _at_least_zero(x):
    """max(x, 0) with derivative 1 at 0, as `clamp` has it."""
    return jnp.where(x < 0, 0, x)


@functional
def margin_ranking_loss(input1, input2, target, margin: Scalar = 0, size_average: bool = None, reduce: bool = None,
                        reduction: str = "mean"):  # fmt: skip
    """`max(0, -target * (input1 - input2) + margin)`; target 1: input1 should rank higher, -1: input2."""
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError("margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
                           f"{list(input1.shape)}, input2: {list(input2.shape)}, target: {list(target.shape)} ")  # fmt: skip
    apart = to_float(-target * (input1 - input2))
    loss = _at_least_zero(apart + number(margin, apart))
    return reduced(loss, reduction, size_average, reduce)


@functional
def hinge_embedding_loss(input, target, margin: Scalar = 1.0, size_average: bool = None, reduce: bool = None,
                         reduction: str = "mean"):  # fmt: skip
    """input where target is 1, `max(0, margin - input)` where it is -1."""
    far = jnp.where(target != 1, _at_least_zero(number(margin, input) - input), 0)
    near = jnp.where(target != -1, input, 0)
    return reduced(far + near, reduction, size_average, reduce)


@functional(promote="float", promoted=("input1", "input2"))
def cosine_embedding_loss(input1, input2, target, margin: Scalar = 0, size_average: bool = None, reduce: bool = None,
                          reduction: str = "mean"):  # fmt: skip
    """1 - cosine where target is 1, `max(0, cosine - margin)` where it is -1.  inputs (N, D) or (D,); target (N,) or ()."""
    _check_cosine(input1, input2, target)
    total = lambda a, b: jnp.sum(a * b, -1)  # noqa: E731
    sizes = (total(input1, input1) + 1e-12) * (total(input2, input2) + 1e-12)
    cosine = total(input1, input2) / jnp.sqrt(sizes)
    near = jnp.where(target == 1, 1 - cosine, 0)
    far = jnp.where(target == -1, _at_least_zero(cosine - number(margin, cosine)), 0)
    return reduced(near + far, reduction, size_average, reduce)


def _check_cosine(input1, input2, target):
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
                           f"{list(input1.shape)} and {list(input2.shape)}.")  # fmt: skip


@functional
def triplet_margin_loss(anchor, positive, negative, margin: Scalar = 1.0, p: Number = 2, eps: Scalar = 1e-6,
                        swap: bool = False, size_average: bool = None, reduce: bool = None, reduction: str = "mean"):  # fmt: skip
    """`max(0, |anchor - positive| - |anchor - negative| + margin)`; `swap` also considers |positive - negative|."""
    if isinstance(margin, (int, float)) and margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
                           f"but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
                           f"{negative.ndim}D inputs")  # fmt: skip
    near, far = distance(anchor, positive, p, eps), distance(anchor, negative, p, eps)
    if swap:
        far = jnp.minimum(far, distance(positive, negative, p, eps))
    return reduced(_at_least_zero(number(margin, near) + near - far), reduction, size_average, reduce)


# -- several classes -----------------------------------------------------------------------
def _label_fault(input, target, *_, **__):
    return [(jnp.any((target < 0) | (target >= (input.shape[-1] if input.ndim else 1))), RuntimeError, "target out of range")]


def _check_scores(input):
    if input.ndim > 2 or input.shape[-1:] == (0,):
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}")


@functional(promoted=("input", "weight"), faults=_label_fault)
def multi_margin_loss(input, target, p: Number = 1, margin: Scalar = 1.0, weight=None, size_average: bool = None,
                      reduce: bool = None, reduction: str = "mean"):  # fmt: skip
    """`sum over wrong classes of max(0, margin - input[label] + input[class]) ** p / C`; p is 1 or 2.

    input: (N, C) or (C,); target: (N,) or (); weight: (C,), by the label.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    _check_scores(input)
    samples = input.shape[0] if input.ndim == 2 else 1
    if target.ndim > 1 or target.size != samples:
        raise RuntimeError(f"multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples "
                           f"(batch size). Expected target size [{samples}], but got {list(target.shape)}. Input has shape "
                           f"{list(input.shape)}.")  # fmt: skip
    if is_inexact(target):
        raise RuntimeError(f"expected scalar type Long but found {type_name(target.dtype)}")
    refuse(input, "multi_margin_loss_cpu_kernel", integral=True)
    x = jnp.atleast_2d(input)
    if weight is not None and weight.size != x.shape[1]:
        raise RuntimeError(f"inconsistent weight size, expected {x.shape[1]} but got {list(weight.shape)}")
    labels = jnp.clip(target.reshape(-1, 1), 0, x.shape[-1] - 1)
    gap = number(margin, x) - jnp.take_along_axis(x, labels, 1) + x
    loss = jnp.where(gap > 0, gap**p, 0)
    if weight is not None:
        loss = loss * weight[labels]
    wrong = labels != jnp.arange(x.shape[1])
    loss = jnp.sum(jnp.where(wrong, loss, 0), 1) / x.shape[1]
    return reduced(loss.reshape(target.shape), reduction)


def _listed_fault(input, target, *_, **__):
    classes = input.shape[-1] if input.ndim else 1
    return [(jnp.any((target < -1) | (target >= classes)), RuntimeError, "argument #2 'target' is out of range")]


@functional(promoted=("input",), faults=_listed_fault)
def multilabel_margin_loss(input, target, size_average: bool = None, reduce: bool = None, reduction: str = "mean"):
    """`sum over labels l and other classes c of max(0, 1 - input[l] + input[c]) / C`.

    input, target: (N, C) or (C,); target lists the labels of a row first, up to the first -1.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    _check_scores(input)
    if input.shape != target.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    if is_inexact(target):
        raise RuntimeError(f"expected scalar type Long but found {type_name(target.dtype)}")
    refuse(input, "multilabel_margin_loss_forward_out_frame", integral=True)
    x, labels = jnp.atleast_2d(input), jnp.atleast_2d(target)
    listed = jnp.cumsum(labels < 0, 1) == 0
    classes = jnp.arange(x.shape[1])
    safe = jnp.clip(labels, 0, x.shape[1] - 1)
    right = jnp.any((safe[:, :, None] == classes) & listed[:, :, None], 1)
    gap = 1 - jnp.take_along_axis(x, safe, 1)[:, :, None] + x[:, None, :]
    counted = listed[:, :, None] & ~right[:, None, :]
    loss = jnp.sum(jnp.where(counted & (gap > 0), gap, 0), (1, 2)) / x.shape[1]
    return reduced(loss if input.ndim == 2 else loss[0], reduction)
