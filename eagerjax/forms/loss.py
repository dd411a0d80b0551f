"""Losses written in terms of other ops, and the torch.* signatures of those in nn.functional."""

import inspect

from eagerjax.dispatch import apply
from eagerjax.namespace import F, form, publish, torch
from eagerjax.ops.reduction import reduction_of
from eagerjax.runtime import dtype as dt

_REDUCTIONS = ("none", "mean", "sum")


@form(homes="F")
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Connectionist temporal classification loss of log_probs (T, N, C) or (T, C).

    targets: (N, S), or all labels in a row; lengths: (N,), tensors or sequences of ints.
    """
    reduction = reduction_of(_REDUCTIONS[reduction] if reduction in (0, 1, 2) else reduction)
    if log_probs.numel() == 0:
        raise RuntimeError("log_probs tensor must not be empty")
    single = log_probs.dim() == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dim() == 1 else targets
    width = targets.shape[-1]
    if targets.dim() == 1 and isinstance(target_lengths, (tuple, list)):
        width = max(target_lengths, default=0)
    for name, given in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        if not isinstance(given, (tuple, list, int)) and given.dtype.category >= dt.FLOATING:
            raise RuntimeError(f"{name} must be integral")
    lengths = [_lengths(v) for v in (input_lengths, target_lengths)]
    targets = targets.to(dt.int64)
    loss = apply("_ctc_loss", log_probs, targets, *lengths, blank, reduction, zero_infinity, width)
    return loss.squeeze(0) if single and reduction == "none" else loss


def _lengths(given):
    if isinstance(given, (tuple, list)) and not all(isinstance(n, int) for n in given):
        raise TypeError(f"ctc_loss(): lengths must be a tensor or a tuple of ints, but got {[type(n).__name__ for n in given]}")
    if isinstance(given, (tuple, list, int)):
        return torch.tensor([given] if isinstance(given, int) else list(given), dtype=dt.int64)
    return given.to(dt.int64).reshape(-1)


@form(homes="F")
def triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False,
                                      reduction="mean"):  # fmt: skip
    """`max(0, d(anchor, positive) - d(anchor, negative) + margin)` for any distance; the Euclidean one by default."""
    if reduction not in _REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
                           f"but got: anchor {anchor.dim()}D, positive {positive.dim()}D, and negative "
                           f"{negative.dim()}D inputs")  # fmt: skip
    distance = distance_function or F.pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = torch.minimum(far, distance(positive, negative))
    loss = torch.clamp_min(margin + near - far, 0)
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def _by_number(name, arguments, keywords="", **defaults):
    """torch.NAME: the loss with its reduction given as a number (0 none, 1 mean, 2 sum). Left out, it is 0."""
    names = [(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in arguments.split()]
    names += [(n, inspect.Parameter.KEYWORD_ONLY) for n in keywords.split()]
    empty = inspect.Parameter.empty
    signature = inspect.Signature([inspect.Parameter(n, kind, default=defaults.get(n, empty)) for n, kind in names])

    def function(*args, **kwargs):
        given = signature.bind(*args, **kwargs).arguments
        reduction = given.pop("reduction", 0)
        kind = _REDUCTIONS[reduction] if isinstance(reduction, int) else reduction
        return getattr(F, name)(**given, reduction=kind)

    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature
    function.__doc__ = f"`nn.functional.{name}` with the reduction as a number: 0 none, 1 mean, 2 sum."
    publish(name, function, ("torch",))


_by_number(
    "binary_cross_entropy_with_logits",
    "input target weight pos_weight reduction",
    weight=None,
    pos_weight=None,
    reduction=0,
)
_by_number("cosine_embedding_loss", "input1 input2 target margin reduction", margin=0.0, reduction=0)
_by_number("ctc_loss", "log_probs targets input_lengths target_lengths blank reduction zero_infinity",
           blank=0, reduction=0, zero_infinity=False)  # fmt: skip
_by_number("hinge_embedding_loss", "input target margin reduction", margin=1.0, reduction=0)
_by_number("kl_div", "input target reduction", "log_target", reduction=0, log_target=False)
_by_number("margin_ranking_loss", "input1 input2 target margin reduction", margin=0.0, reduction=0)
_by_number("poisson_nll_loss", "input target log_input full eps reduction")
_by_number("triplet_margin_loss", "anchor positive negative margin p eps swap reduction",
           margin=1.0, p=2.0, eps=1e-06, swap=False, reduction=0)  # fmt: skip
