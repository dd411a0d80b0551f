"""Choosing and finding, in terms of other ops."""

from eagerjax.install import check_out, give
from eagerjax.namespace import METHODS, form, torch
from eagerjax.ops.define import REGISTRY


def where(self, condition, other):
    """`self` where `condition` holds, else `other`."""
    return torch.where(condition, self, other)


METHODS["where"] = where


@form
def masked_select(input, mask, *, out=None):
    """The elements where the boolean `mask` holds, as a vector."""
    if mask.dtype.name != "bool":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, but got {mask.dtype}")
    shape = torch.broadcast_shapes(input.shape, mask.shape)
    at = torch.nonzero(mask.expand(shape).reshape(-1)).reshape(-1)
    made = torch.index_select(input.expand(shape).reshape(-1), 0, at)
    if out is None:
        return made
    check_out(REGISTRY["index_select"], out, made, (input, mask))
    return give(out, made)
