"""torch.masked: reductions and normalisations of the elements that a boolean mask keeps.

Each fills the others with what changes nothing, and calls the plain function. What is returned for elements (or
rows) that are masked out altogether is that value, or NaN where there is none.
"""

import math

from eagerjax.namespace import F, form, linalg, torch
from eagerjax.ops.define import dimension
from eagerjax.runtime import dtype as dt


# -- what all of them share ------------------------------------------------------------
def lowest(kind):
    return -math.inf if kind.category >= dt.FLOATING else dt.iinfo(kind).min


def highest(kind):
    return math.inf if kind.category >= dt.FLOATING else dt.iinfo(kind).max


def whole_mask(input, mask):
    """The mask in the shape of the input. Raises IndexError for one with more dimensions."""
    if mask.ndim > input.ndim:
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
    return mask.expand(input.shape).bool()


def filled(input, mask, value):
    """The input with `value` where it is masked out."""
    if mask is None:
        return input
    return torch.where(whole_mask(input, mask), input, torch.full((), value, dtype=input.dtype, device=input.device))


def all_dims(dim, ndim):
    """The dimensions in order. Raises RuntimeError for one that is named twice, IndexError out of range."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    found = []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        found.append(dimension(d, ndim))
    return tuple(sorted(found))


def wide(kind):
    """The dtype of a sum or product: int64 for integers."""
    return dt.int64 if kind.category < dt.FLOATING else kind


# -- sums and products -----------------------------------------------------------------
@form(homes="masked")
def sum(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The sum of what the mask keeps."""
    kind = dtype or wide(input.dtype)
    return torch.sum(filled(input, mask, 0), all_dims(dim, input.ndim), bool(keepdim), dtype=kind)


@form(homes="masked")
def prod(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The product of what the mask keeps."""
    made = filled(input, mask, 1).to(dtype or wide(input.dtype))
    for d in reversed(all_dims(dim, input.ndim)):
        made = made.prod(d, keepdim=bool(keepdim))
    return made


@form(homes="masked")
def cumsum(input, dim, *, dtype=None, mask=None):
    """Running sums of what the mask keeps."""
    return torch.cumsum(filled(input, mask, 0), all_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


@form(homes="masked")
def cumprod(input, dim, *, dtype=None, mask=None):
    """Running products of what the mask keeps."""
    return torch.cumprod(filled(input, mask, 1), all_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


# -- extremes --------------------------------------------------------------------------
@form(homes="masked")
def amax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The greatest element that the mask keeps."""
    found = filled(input, mask, lowest(input.dtype) if mask is not None else 0)
    return torch.amax(found, all_dims(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


@form(homes="masked")
def amin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The least element that the mask keeps."""
    found = filled(input, mask, highest(input.dtype) if mask is not None else 0)
    return torch.amin(found, all_dims(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


@form(homes="masked")
def argmax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Where the greatest element that the mask keeps is; in the input's dtype unless one is given."""
    found = filled(input, mask, lowest(input.dtype) if mask is not None else 0)
    return torch.argmax(found, dim, bool(keepdim)).to(dtype or input.dtype)


@form(homes="masked")
def argmin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Where the least element that the mask keeps is; in the input's dtype unless one is given."""
    found = filled(input, mask, highest(input.dtype) if mask is not None else 0)
    return torch.argmin(found, dim, bool(keepdim)).to(dtype or input.dtype)


@form(homes="masked")
def median(input, dim=-1, *, keepdim=False, dtype=None, mask=None):
    """The median of what the mask keeps. Raises ValueError where nothing is kept of integers."""
    kind, axis = dtype or input.dtype, all_dims(dim, input.ndim)[0]
    is_float = input.is_floating_point()
    x = input if is_float else input.to(dt.float32)
    found = torch.nanmedian(filled(x, mask, math.nan), axis, keepdim).values
    if is_float:
        return found
    if torch.isnan(found).any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return found.to(kind)


# -- logarithms and norms ----------------------------------------------------------------
@form(homes="masked")
def logsumexp(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The logarithm of the sum of exponentials of what the mask keeps."""
    found = filled(input, mask, lowest(input.dtype) if mask is not None else 0)
    return torch.logsumexp(found, all_dims(dim, input.ndim), keepdim).to(dtype or input.dtype)


@form(homes="masked")
def logaddexp(input, other, *, dtype=None, input_mask=None, other_mask=None):
    """`log(exp(input) + exp(other))` of what the masks keep of each."""
    first, second = (
        filled(x, mask, lowest(x.dtype) if mask is not None else 0)
        for x, mask in ((input, input_mask), (other, other_mask))
    )
    return torch.logaddexp(first, second).to(dtype or input.dtype)


@form(homes="masked")
def norm(input, ord=2.0, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The vector norm of what the mask keeps."""
    found = filled(input, mask, math.inf if ord == -math.inf else 0)
    return linalg.vector_norm(found, ord, all_dims(dim, input.ndim), bool(keepdim), dtype=dtype or input.dtype)


# -- averages ------------------------------------------------------------------------------
def count(input, dim, keepdim, mask):
    """How many elements the mask keeps."""
    kept = torch.ones(input.shape, dtype=dt.bool_, device=input.device) if mask is None else whole_mask(input, mask)
    return torch.sum(kept, all_dims(dim, input.ndim), bool(keepdim))


@form(homes="masked")
def mean(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The mean of what the mask keeps. Raises ValueError for integers."""
    kind = dtype or input.dtype
    if kind.category < dt.FLOATING:
        source = "Input" if dtype is None else "Optional"
        raise ValueError(f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex "
                         f"dtype. Got: {kind}")  # fmt: skip
    return sum(input, dim, keepdim=keepdim, dtype=kind, mask=mask) / count(input, dim, keepdim, mask)


def spread(input, dim, unbiased, correction, keepdim, dtype, mask):
    """The variance."""
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    correction = float(unbiased) if unbiased is not None else 1.0 if correction is None else float(correction)
    kind = dtype or (input.dtype if input.dtype.category >= dt.FLOATING else dt.float32)
    compute = kind if kind.category >= dt.FLOATING else dt.float32
    centre = sum(input, dim, keepdim=True, dtype=kind, mask=mask) / count(input, dim, True, mask)
    x = input - centre
    total = sum(x * x.conj(), dim, keepdim=keepdim, dtype=compute, mask=mask)
    number = count(input, dim, keepdim, mask)
    if correction:
        number = (number.to(compute.to_real()) - correction).clamp(min=0)
    return (total / number).to(kind)


@form(homes="masked")
def var(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """The variance of what the mask keeps, divided by their number less `correction` (1)."""
    return spread(input, dim, unbiased, correction, keepdim, dtype, mask)


@form(homes="masked")
def std(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """The standard deviation of what the mask keeps."""
    return torch.sqrt(spread(input, dim, unbiased, correction, keepdim, dtype, mask))


# -- normalisations -------------------------------------------------------------------------
@form(homes="masked")
def softmax(input, dim, *, dtype=None, mask=None):
    """Softmax of what the mask keeps; 0 elsewhere."""
    found = filled(input, mask, lowest(input.dtype) if mask is not None else 0)
    return F.softmax(found, all_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


@form(homes="masked")
def log_softmax(input, dim, *, dtype=None, mask=None):
    """The logarithm of the softmax of what the mask keeps; -inf elsewhere."""
    found = filled(input, mask, lowest(input.dtype) if mask is not None else 0)
    return F.log_softmax(found, all_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


@form(homes="masked")
def softmin(input, dim, *, dtype=None, mask=None):
    """Softmin of what the mask keeps; 0 elsewhere."""
    found = filled(input, mask, highest(input.dtype) if mask is not None else 0)
    return F.softmin(found, all_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


@form(homes="masked")
def normalize(input, ord, dim, *, eps=1e-12, dtype=None, mask=None):
    """What the mask keeps divided by its norm, which is at least eps; 0 elsewhere."""
    size = norm(input, ord, dim, keepdim=True, dtype=dtype or input.dtype, mask=mask)
    return filled(input, mask, 0) / torch.maximum(size, torch.full((), eps, dtype=size.dtype, device=size.device))
