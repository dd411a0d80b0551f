"""Embedding look-ups as public functions: argument forms, and renormalised rows."""

from eagerjax.dispatch import apply
from eagerjax.namespace import form, publish, torch
from eagerjax.runtime import dtype as dt


@form(homes="F")
def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    """Rows of weight (rows, width) at the indices of input (*).  Returns: (*, width).

    The row `padding_idx` gets no gradient; rows longer than `max_norm` are first shortened in place.
    Raises: IndexError for an index outside the rows.
    """
    padding_idx = padding_row(padding_idx, weight)
    if max_norm is not None:
        shorten_rows(weight, input, max_norm, norm_type)
    return apply("_embedding", input, weight, padding_idx, scale_grad_by_freq)


def padding_row(padding_idx, weight):
    """The row that `padding_idx` names, -1 where there is none. Raises AssertionError outside the table."""
    if padding_idx is None:
        return -1
    rows = weight.shape[0]
    if not -rows <= padding_idx < max(rows, 1):
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx % rows if padding_idx < 0 else padding_idx


def shorten_rows(weight, indices, max_norm, norm_type):
    """Scale the rows of `weight` that `indices` name down to `max_norm`, in place and without a gradient."""
    with torch.no_grad():
        size = torch.norm(weight, norm_type, 1, keepdim=True)
        used = torch.zeros(weight.shape[0], dtype=dt.bool_)
        used[indices.reshape(-1)] = True
        scale = torch.where(used.unsqueeze(1) & (size > max_norm), max_norm / (size + 1e-7), 1.0)
        weight.copy_(weight * scale.to(weight.dtype))


@form(homes="F")
def one_hot(input, num_classes=-1):
    """1 at the class, 0 elsewhere: (*) int64 to (*, num_classes); -1 takes the largest class present plus one.

    Raises: RuntimeError for a class outside [0, num_classes).
    """
    if input.numel() == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty input.")
        return torch.zeros(*input.shape, num_classes, dtype=dt.int64)
    if num_classes == -1:
        num_classes = max(int(input.max().item()), 0) + 1
    return apply("_one_hot", input, num_classes)


@form(homes="F")
def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean",
                  sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None):  # fmt: skip
    """Sum, mean or maximum of the rows of each bag: input (bags, size), or flat with the bags' `offsets`."""
    input, offsets, per_sample_weights = _flat_bags(input, weight, offsets, per_sample_weights)
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and (scale_grad_by_freq or sparse):
        what = "scaling the gradient by the frequency" if scale_grad_by_freq else "sparse weights"
        raise ValueError(f"max mode does not support {what}")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError("embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
                                  f"mode='sum' (got mode='{mode}'). Please open a feature request on GitHub.")  # fmt: skip
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError("Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
                           f"'per_sample_weights'; but type {weight.type()} does not equal {per_sample_weights.type()} (while "
                           "checking arguments for embedding_bag)")  # fmt: skip
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < max(rows, 1):
        raise RuntimeError(f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got "
                           f"{padding_idx}")  # fmt: skip
    padding_idx = padding_row(padding_idx, weight)
    if max_norm is not None:
        shorten_rows(weight, input, max_norm, norm_type)
    return apply("_embedding_bag", input, weight, offsets, per_sample_weights, mode, include_last_offset, padding_idx,
                 scale_grad_by_freq)  # fmt: skip


def _flat_bags(input, weight, offsets, per_sample_weights):
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have "
                         f"the same shape as the input ({input.shape})")  # fmt: skip
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                             f"sequences. However, found offsets of type {type(offsets)}")  # fmt: skip
        offsets = torch.arange(0, input.numel(), input.shape[1], dtype=input.dtype)
        flat = None if per_sample_weights is None else per_sample_weights.reshape(-1)
        return input.reshape(-1), offsets, flat
    if input.dim() != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    return input, offsets, per_sample_weights


def _torch_embedding(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    """`nn.functional.embedding` with the arguments in torch's other order."""
    return apply("_embedding", indices, weight, padding_idx, scale_grad_by_freq)


publish("embedding", _torch_embedding, ("torch",))
