"""Connectionist temporal classification: the likelihood of a label sequence over all its alignments."""

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import functional
from eagerjax.ops.kinds import refuse, wrong
from eagerjax.ops.reduction import reduced

_WHERE = "(while checking arguments for ctc_loss_allocate_outputs)"


def _faults(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity, width):
    found = []
    for name, lengths, most in (("input_lengths", input_lengths, log_probs.shape[0]), ("target_lengths", target_lengths, None)):
        low = f"Expected {name} to have value at least 0, but got value {{}} {_WHERE}"
        high = f"Expected {name} to have value at most {most}, but got value {{}} {_WHERE}"
        found.append((wrong(lengths, lengths < 0), RuntimeError, low))
        found += [(wrong(lengths, lengths > most), RuntimeError, high)] if most is not None else []
    got = f"but got size {targets.shape[-1]} for argument #2 'targets' {_WHERE}"
    if targets.ndim == 2:
        bad, size = wrong(target_lengths, target_lengths > targets.shape[1]), "at least {} at dimension 1"
    else:
        total = jnp.sum(target_lengths)
        bad, size = wrong(total, total != targets.size), "{} at dimension 0"
    return [*found, (bad, RuntimeError, f"Expected tensor to have size {size}, {got}")]


@functional(homes="", promoted=("log_probs",), faults=_faults)
def _ctc_loss(log_probs, targets, input_lengths, target_lengths, blank: int, reduction: str, zero_infinity: bool,
              width: int):  # fmt: skip
    """`-log p(target)` of log_probs (T, N, C); targets (N, S) or all in a row; lengths (N,).

    `width` bounds the length of a target.  As in PyTorch the gradient takes log_probs for normalised: it holds for the
    logits in front of the log-softmax.
    """
    _check(log_probs, targets, input_lengths, target_lengths, blank)
    labels = _padded(targets, target_lengths, width)
    loss = _negative_log_likelihood(log_probs, labels, input_lengths, target_lengths, blank)
    loss = loss + _normalising_gradient(log_probs, input_lengths)
    if zero_infinity:
        loss = jnp.where(jnp.isinf(loss), 0, loss)
    if reduction == "mean":
        loss = loss / jnp.maximum(target_lengths, 1).astype(loss.dtype)
    return reduced(loss, reduction)


def _check(log_probs, targets, input_lengths, target_lengths, blank):
    refuse(log_probs, "ctc_loss_cpu", integral=True)
    n, classes = log_probs.shape[1:]
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        if lengths.shape != (n,):
            raise RuntimeError(f"{name} must be of size batch_size")
    if targets.ndim == 2 and targets.shape[0] != n:
        raise RuntimeError(f"Expected tensor to have size {n} at dimension 0, but got size {targets.shape[0]} for argument #2 "
                           f"'targets' {_WHERE}")  # fmt: skip


def _padded(targets, lengths, width):
    """The labels of each sample in a row of `width`."""
    if targets.ndim == 2:
        return targets[:, :width].astype(jnp.int64)
    if not targets.size:
        return jnp.zeros((lengths.size, width), jnp.int64)
    start = jnp.cumsum(lengths) - lengths
    index = start[:, None] + jnp.arange(width)
    return jnp.take(targets, jnp.clip(index, 0, targets.size - 1)).astype(jnp.int64)


def _log_sum(*terms):
    """log of the sum of exponentials, -inf (with gradient 0) where all terms are."""
    stacked = jnp.stack(terms)
    top = lax.stop_gradient(jnp.max(stacked, 0))
    top = jnp.where(jnp.isfinite(top), top, 0)
    total = jnp.sum(jnp.exp(stacked - top), 0)
    positive = total > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, total, 1)) + top, -jnp.inf)


def _negative_log_likelihood(log_probs, labels, input_lengths, target_lengths, blank):
    """Forward recursion over the labels with blanks between them."""
    n, width = labels.shape
    spaced = jnp.full((n, 2 * width + 1), blank, labels.dtype).at[:, 1::2].set(labels)
    spaced = jnp.clip(spaced, 0, log_probs.shape[2] - 1)
    skips = jnp.pad((spaced[:, 2:] != blank) & (spaced[:, 2:] != spaced[:, :-2]), ((0, 0), (2, 0)))
    skips = skips[:, : spaced.shape[1]]
    emitted = jnp.take_along_axis(log_probs, jnp.broadcast_to(spaced, (log_probs.shape[0], *spaced.shape)), 2)
    at_start = (jnp.arange(spaced.shape[1]) == 0) | ((jnp.arange(spaced.shape[1]) == 1) & (target_lengths > 0)[:, None])
    begin = jnp.where(jnp.arange(spaced.shape[1]) == 0, 0.0, -jnp.inf).astype(log_probs.dtype)
    back = lambda a, by: jnp.pad(a, ((0, 0), (by, 0)), constant_values=-jnp.inf)[:, : a.shape[1]]  # noqa: E731

    def step(alpha, now):
        t, emission = now
        first = jnp.where(at_start, emission, -jnp.inf)
        moved = _log_sum(alpha, back(alpha, 1), jnp.where(skips, back(alpha, 2), -jnp.inf)) + emission
        new = jnp.where(t == 0, first, moved)
        return jnp.where((t < input_lengths)[:, None], new, alpha), None

    start = jnp.broadcast_to(begin, spaced.shape)
    alpha, _ = lax.scan(step, start, (jnp.arange(log_probs.shape[0]), emitted))
    last = jnp.take_along_axis(alpha, 2 * target_lengths[:, None], 1)[:, 0]
    before = jnp.take_along_axis(alpha, jnp.maximum(2 * target_lengths - 1, 0)[:, None], 1)[:, 0]
    return -_log_sum(last, jnp.where(target_lengths > 0, before, -jnp.inf))


def _normalising_gradient(log_probs, input_lengths):
    """Zero, with the gradient exp(log_probs) that the log-softmax in front is going to cancel."""
    seen = (jnp.arange(log_probs.shape[0])[:, None] < input_lengths)[..., None]
    total = jnp.sum(jnp.where(seen, jnp.exp(log_probs), 0), (0, 2))
    return total - lax.stop_gradient(total)
