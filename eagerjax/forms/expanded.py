"""In-place fills of expanded tensors, several of whose elements are one place in memory: PyTorch warns, and does it."""

import functools

from eagerjax.forms.indexing import fill_mask, warn_of_expanded
from eagerjax.install import check_apart, check_writable, inplace_form
from eagerjax.namespace import form, torch
from eagerjax.ops.define import REGISTRY
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import shared_dims


@functools.cache
def plain(name):
    """The in-place form of an op for tensors that are not expanded."""
    return inplace_form(REGISTRY[name], lambda *args, **kwargs: getattr(torch, name)(*args, **kwargs))


@form(homes="Tensor")
def masked_fill_(input, mask, value):
    """`masked_fill`, in place."""
    if not shared_dims(input):
        return plain("masked_fill")(input, mask, value)
    warn_of_expanded("masked_fill_", "tensor[mask] = scalar")
    check_writable(input, overlap=True)
    fill_mask(input, mask.expand(input.shape), value)
    return input


@form(homes="Tensor")
def index_fill_(input, dim, index, value):
    """`index_fill`, in place."""
    if not shared_dims(input):
        check_apart(input, (index,))
        return plain("index_fill")(input, dim, index, value)
    warn_of_expanded("index_fill_", "tensor[mask] = scalar")
    check_writable(input, overlap=True)
    rows = torch.zeros(input.shape[dim], dtype=dt.bool_, device=input.device).index_fill(0, index, True)
    shape = [1] * input.ndim
    shape[dim] = -1
    fill_mask(input, rows.reshape(shape).expand(input.shape), value)
    return input
