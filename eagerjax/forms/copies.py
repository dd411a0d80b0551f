"""Views as copies (`torch.permute_copy`), splits that may be written to, resizing, sums to a size."""

import math

from eagerjax.forms.create import check_numel
from eagerjax.install import give, write
from eagerjax.namespace import F, form, publish, torch
from eagerjax.tensor import row_major, share


# -- views as copies -------------------------------------------------------------------------
def of(name):
    """The public function that makes the view, looked up when it is called: it may not be there yet."""
    return lambda input, *args, **kwargs: getattr(torch, name)(input, *args, **kwargs)


def copied(made):
    return tuple(part.clone() for part in made) if isinstance(made, tuple) else made.clone()


def view_copy_of(name, view):
    """Publish the copying form; given `out`, those that make several tensors return None, as PyTorch's do."""

    def copy(input, *args, out=None, **kwargs):
        made = copied(view(input, *args, **kwargs))
        if out is None:
            return made
        given = give(out, made)
        return None if isinstance(made, tuple) else given

    copy.__name__ = copy.__qualname__ = name
    copy.__doc__ = f"What `{name.removesuffix('_copy')}` shows, as a tensor of its own."
    publish(name, copy, ("torch",))


def slice_view(input, dim=0, start=None, end=None, step=1):
    dim = dim % input.ndim
    return input[(slice(None),) * dim + (slice(start, end, step),)]


def expand_view(input, size, *, implicit=False):
    return input.expand(size)


def view_view(input, size=None, *, dtype=None):
    to = size if dtype is None else dtype
    return input.reshape(to) if isinstance(to, (tuple, list)) else input.view(to)


def unfold_view(input, dimension, size, step):
    return input.unfold(dimension, size, step)


for _name in ("as_strided", "diagonal", "permute", "select", "split", "split_with_sizes", "squeeze", "t", "transpose",
              "unbind", "unsqueeze", "view_as_complex", "view_as_real"):  # fmt: skip
    view_copy_of(_name + "_copy", of(_name))
for _name, _view in (("alias", lambda input: input), ("detach", lambda input: input.detach()), ("expand", expand_view),
                     ("slice", slice_view), ("unfold", unfold_view), ("view", view_view)):  # fmt: skip
    view_copy_of(_name + "_copy", _view)


@form
def narrow_copy(input, dim, start, length, *, out=None):
    """What `narrow` shows, as a tensor of its own."""
    made = input.narrow(dim, start, length).clone()
    return made if out is None else give(out, made)


# -- splits that may be written to ---------------------------------------------------
def writable(views):
    """Views that were made together, no longer guarded against being written to."""
    for made in views:
        if made._made == "multi":
            made._made = None
    return tuple(views)


@form
def unsafe_chunk(input, chunks, dim=0):
    """`chunk`, whose parts may be written to."""
    return writable(input.chunk(chunks, dim))


@form
def unsafe_split(input, split_size, dim=0):
    """`split`, whose parts may be written to."""
    return writable(input.split(split_size, dim))


@form
def unsafe_split_with_sizes(input, split_sizes, dim=0):
    """`split_with_sizes`, whose parts may be written to."""
    return writable(input.split_with_sizes(split_sizes, dim))


# -- strided parts -----------------------------------------------------------------------------
@form
def as_strided_scatter(input, src, size, stride, storage_offset=None, *, out=None):
    """A copy of `input` with `src` in the strided part of its storage."""
    start = input.storage_offset() if storage_offset is None else storage_offset
    whole = input if input._base is None else input.as_strided((storage_length(input),), (1,), 0)
    made = whole.clone().reshape(-1)
    part = made.as_strided(size, stride, start)
    if part.shape != src.shape:
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = "
                           f"{list(src.shape)}, slice size = {list(part.shape)}")  # fmt: skip
    part.copy_(src)
    made = made.as_strided(input.shape, input.stride(), input.storage_offset())
    return made if out is None else give(out, made)


def storage_length(tensor):
    return tensor.untyped_storage().nbytes() // tensor.itemsize


# -- sizes ---------------------------------------------------------------------------------------
@form(homes="Tensor")
def sum_to_size(self, *size):
    """The sum over the dimensions that broadcasting a tensor of `size` to this shape would stretch."""
    size = tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    shape, lead = self.shape, self.ndim - len(size)
    if lead < 0 or any(n not in (1, m) for n, m in zip(size, shape[lead:])):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(shape)}}}.")
    if not size:
        return self.sum()
    dims = [*range(lead), *(lead + i for i, n in enumerate(size) if n == 1 != shape[lead + i])]
    made = self.sum(dims, keepdim=True) if dims else self
    return made.reshape(size) if lead else made


@form(homes="Tensor")
def resize_(self, *size, memory_format=None):
    """Another shape in place: the elements in their order; new ones have any value."""
    size = tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if any(n < 0 for n in size):
        raise RuntimeError("numel: integer multiplication overflow")
    check_numel(size)
    if tuple(self.shape) == tuple(size):
        return self
    needed, have = math.prod(size), self.numel() if self._base is None else storage_length(self) - self.storage_offset()
    if needed <= have and needed:
        share(self, self.as_strided(size, row_major(size), self.storage_offset()))
        return self
    grown = torch.zeros(needed, dtype=self.dtype, device=self.device)
    if needed and have:
        grown[:have].copy_(self.as_strided((have,), (1,), self.storage_offset()))
    share(self, grown.reshape(size))
    return self


@form(homes="torch Tensor")
def resize_as_(input, the_template, *, memory_format=None):
    """`input.resize_(the_template.shape)`."""
    return input.resize_(the_template.shape)


# -- small ones ------------------------------------------------------------------------------------
@form(homes="Tensor")
def fill_diagonal_(self, fill_value, wrap=False):
    """Write a number on the main diagonal in place; `wrap`: starting anew below the end of a tall matrix."""
    shape = self.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    index = torch.arange(shape[0] if wrap else min(shape), device=self.device)
    if len(shape) == 2 and wrap:
        at = index % (shape[1] + 1)
        mask = (at[:, None] == torch.arange(shape[1], device=self.device)) & (at[:, None] < shape[1])
    else:
        mask = on_diagonal(shape, self.device)
    return write(self, torch.where(mask, torch.full((), fill_value, dtype=self.dtype, device=self.device), self))


def on_diagonal(shape, device):
    """Where all coordinates are equal."""
    mask = True
    first = torch.arange(shape[0], device=device).reshape(-1, *[1] * (len(shape) - 1))
    for d in range(1, len(shape)):
        other = torch.arange(shape[d], device=device).reshape(*[1] * d, -1, *[1] * (len(shape) - d - 1))
        mask = (first == other) & mask
    return mask


@form(homes="torch")
def constant_pad_nd(input, pad, value=0):
    """`nn.functional.pad` with a constant."""
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError("Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
                           f"{len(pad)}while the input has {input.ndim}dimensions.")  # fmt: skip
    for i in range(len(pad) // 2):
        if input.shape[-1 - i] + min(pad[2 * i], 0) + min(pad[2 * i + 1], 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    return F.pad(input, pad, "constant", value)
