"""torch.gradient, and the coordinates that belong to flat indices."""

import itertools
import operator

from eagerjax.namespace import form, torch
from eagerjax.ops.define import dimension, dimensions
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor


# -- gradient ----------------------------------------------------------------------------
@form(homes="torch")
def gradient(input, *, spacing=None, dim=None, edge_order=1):
    """The derivatives of samples along each of the dimensions, by central differences, one-sided at the edges.

    spacing: the distance of samples, one for each dimension, or tensors of their coordinates. edge_order: 1 or 2.
    """
    dims = tuple(range(input.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    spacing = 1 if spacing is None else spacing.item() if isinstance(spacing, Tensor) else spacing
    one = not isinstance(spacing, (tuple, list))
    steps = [spacing] * len(dims) if one else list(spacing)
    check(input, dims, steps, given=dim is not None, edge_order=edge_order)
    along = along_coordinates if steps and isinstance(steps[0], Tensor) else along_even
    return tuple(along(input, dimension(d, input.ndim), s, edge_order) for d, s in zip(dims, steps))


def check(input, dims, steps, given, edge_order):
    if len(steps) != len(dims):
        raise RuntimeError(count_text(input, dims, steps, given))
    if input.dtype is dt.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    for d in dimensions(dims, input.ndim) if dims else ():
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    tensors = [isinstance(s, Tensor) for s in steps]
    if any(tensors) and not all(tensors):
        i = tensors.index(not tensors[0])
        raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(steps[i]).__name__}")
    for s in steps if any(tensors) else ():
        if s.ndim != 1:
            raise RuntimeError("torch.gradient expected each element of spacing to have one dimension, but got an element with "
                               f"{s.ndim} dimensions!")  # fmt: skip


def count_text(input, dims, steps, given):
    if given:
        return (
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
            f"same length, but got a spacing argument of length {len(steps)} and a dim argument of length {len(dims)}."
        )
    return (
        "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
        f"{input.ndim}', since dim argument was not given, but got a list of length {len(steps)}"
    )


def window(x, dim, *starts, length=None):
    """Parts of x from each start: of `length`, or as long as all of them can be; negative starts count from the end."""
    n = x.shape[dim]
    length = n - max(starts) if length is None else length
    return [x.narrow(dim, s % n if s < 0 else s, length) for s in starts]


def along_even(x, dim, step, edge_order):
    before, after = window(x, dim, 0, 2, length=x.shape[dim] - 2)
    middle = (after - before) / 2
    if edge_order == 1:
        first, second, last, one_less = window(x, dim, 0, 1, -1, -2, length=1)
        low, high = second - first, last - one_less
    else:
        a, b, c, z, y, w = window(x, dim, 0, 1, 2, -1, -2, -3, length=1)
        low, high = a * -1.5 + b * 2 + c * -0.5, z * 1.5 + y * -2 + w * 0.5
    return torch.cat((low, middle, high), dim) / step


def along_coordinates(x, dim, at, edge_order):
    """With samples at uneven places: the derivative of the parabola through three of them."""
    if at.numel() != x.shape[dim]:
        raise RuntimeError(f"The size of tensor a ({x.shape[dim]}) must match the size of tensor b ({at.numel()})")
    shape = [-1 if d == dim else 1 for d in range(x.ndim)]
    gaps = at.diff().reshape(shape)
    left, right = window(gaps, dim, 0, 1)
    f0, f1, f2 = window(x, dim, 0, 1, 2, length=x.shape[dim] - 2)
    middle = slope(f0, f1, f2, left, right, 0)
    if edge_order == 1:
        first, second, last, one_less = window(x, dim, 0, 1, -1, -2, length=1)
        start, end = window(gaps, dim, 0, -1, length=1)
        return torch.cat(((second - first) / start, middle, (last - one_less) / end), dim)
    low = slope(*window(x, dim, 0, 1, 2, length=1), *window(gaps, dim, 0, 1, length=1), -1)
    high = slope(*window(x, dim, -3, -2, -1, length=1), *window(gaps, dim, -2, -1, length=1), 1)
    return torch.cat((low, middle, high), dim)


def slope(f0, f1, f2, left, right, where):
    """Of the parabola through three samples, at the first (-1), the middle (0) or the last (1)."""
    span = left + right
    if where == 0:
        a, b, c = -right / (left * span), (right - left) / (left * right), left / (right * span)
    elif where < 0:
        a, b, c = -(left + span) / (left * span), span / (left * right), -left / (right * span)
    else:
        a, b, c = right / (left * span), -span / (left * right), (right + span) / (right * span)
    return a * f0 + b * f1 + c * f2


# -- coordinates of flat indices ---------------------------------------------------------------
@form(homes="torch")
def unravel_index(indices, shape):
    """The coordinates, one tensor for each dimension, of flat indices into a tensor of `shape`."""
    kind = indices.dtype
    if kind.category != dt.INTEGER:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {kind}")
    if not isinstance(shape, (int, tuple, list)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    for n in shape:
        if not isinstance(n, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(n)}")
    if any(n < 0 for n in shape):
        raise ValueError(f"'shape' cannot have negative values, but got {shape}")
    weights = list(itertools.accumulate(reversed((*shape[1:], 1)), operator.mul))[::-1]
    weights, lengths = (torch.tensor(v, device=indices.device).long() for v in (weights, list(shape)))
    return (indices.unsqueeze(-1).floor_divide(weights) % lengths).unbind(-1)
