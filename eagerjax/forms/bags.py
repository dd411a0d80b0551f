"""torch.embedding_bag, which tells beside the result how it came about; and rows cut to a norm in place."""

from eagerjax.forms.embedding import shorten_rows
from eagerjax.namespace import F, form, torch
from eagerjax.runtime import dtype as dt

_MODES = ("sum", "mean", "max")


@form(homes="torch")
def embedding_bag(weight, indices, offsets, scale_grad_by_freq=False, mode=0, sparse=False, per_sample_weights=None,
                  include_last_offset=False, padding_idx=None):  # fmt: skip
    """(`nn.functional.embedding_bag`, the bag of each index, how many rows each bag counts, the rows of its maxima).

    mode: 0 sum, 1 mean, 2 max. The second is empty for sums, the last equals the third but for maxima.
    """
    if mode not in (0, 1, 2):
        raise RuntimeError(f"mode has to be 0 (sum), 1 (mean) or 2 (max), got {mode}")
    for name, given, dims in (("input", indices, (1, 2)), ("offsets", offsets, (1,)), ("weight", weight, (2,))):
        if given.dim() not in dims:
            allowed = " or ".join(f"{d}D" for d in dims)
            raise RuntimeError(f"{name} has to be a {allowed} Tensor, but got Tensor of dimension {given.dim()}")
    out = F.embedding_bag(indices, weight, offsets, None, 2, scale_grad_by_freq, _MODES[mode], sparse, per_sample_weights,
                          include_last_offset, padding_idx)  # fmt: skip
    bags, kind = out.shape[0], dt.int64
    if mode == 0 and padding_idx is None:
        nothing = torch.zeros(bags, dtype=kind, device=weight.device)
        return out, torch.empty(0, dtype=kind, device=weight.device), nothing, nothing.clone()
    starts = offsets[:bags].long()
    at = torch.arange(indices.numel(), device=weight.device)
    bag = (at[:, None] >= starts).sum(1) - 1
    counted = torch.ones(indices.shape, dtype=kind, device=weight.device)
    if padding_idx is not None:
        counted = (indices != padding_idx % weight.shape[0]).long()
    size = torch.zeros(bags, dtype=kind, device=weight.device).index_add(0, bag, counted)
    if mode < 2:
        return out, bag, size, size.clone()
    return out, bag, size, maxima(out, weight, indices, bag, counted)


def maxima(out, weight, indices, bag, counted):
    """(bags, width): the first row of each bag that holds its maximum; -1 in empty bags."""
    n = indices.numel()
    hit = (weight.detach()[indices] == out.detach()[bag]) & (counted[:, None] > 0)
    at = torch.where(hit, torch.arange(n, device=weight.device)[:, None], n)
    first = torch.full(out.shape, n, dtype=dt.int64, device=weight.device).index_reduce(0, bag, at, "amin")
    return torch.where(first < n, indices.long()[first.clamp(max=max(n - 1, 0))], -1)


@form(homes="torch")
def embedding_renorm_(input, indices, max_norm, norm_type):
    """Scale the rows of `input` that `indices` name down to `max_norm`, in place."""
    shorten_rows(input, indices, max_norm, norm_type)
    return input
