"""torch.histogram and torch.histogramdd."""

from eagerjax.dispatch import apply
from eagerjax.install import give
from eagerjax.namespace import form
from eagerjax.return_types import named
from eagerjax.tensor import Tensor

_EDGES = ("hist", "bin_edges")
_ONE, _MANY = named("histogram", _EDGES), named("histogramdd", _EDGES)


def limits(given, count, dims):
    """`count` (low, high) pairs from a flat list, or None for each. Raises RuntimeError for another number of values."""
    if given is None:
        return [None] * count
    given = tuple(float(v) for v in given)
    if len(given) != 2 * count:
        raise RuntimeError(f"torch.histogramdd: for a {dims}-dimensional histogram range should have {2 * dims} elements, but "
                           f"got {len(given)}")  # fmt: skip
    return [given[2 * i : 2 * i + 2] for i in range(count)]


@form
def histogram(input, bins=100, *, range=None, weight=None, density=False, out=None):
    """(how many elements lie in each bin, the bins' edges). bins: a number of equal ones, or their edges.

    range: (low, high), the elements' own without it; weight: what each counts; density: the bins' areas add up to 1.
    """
    if isinstance(bins, Tensor):
        edges = bins
    else:
        if not isinstance(bins, int) or isinstance(bins, bool):
            raise TypeError(f"histogram(): argument 'bins' must be int or Tensor, not {type(bins).__name__}")
        edges = apply("_histogram_edges", input, bins, limits(range, 1, 1)[0], 0)
    flat = weight if weight is None else weight.reshape(-1)
    found = _ONE(
        apply("_histogram", input.reshape(-1, 1), (edges,), flat, density), edges.clone() if edges is bins else edges
    )
    return found if out is None else give(out, found)


@form(homes="torch")
def histogramdd(input, bins, range=None, weight=None, density=False):
    """(how many rows of input (*, d) lie in each cell, the edges along each of the d dimensions).

    bins: how many along each dimension, one number for all, or their edges.
    """
    if input.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    d = input.shape[-1]
    bins = [bins] * d if isinstance(bins, int) else list(bins)
    if len(bins) != d:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    if bins and isinstance(bins[0], Tensor):
        edges = tuple(bins)
    else:
        columns = input.reshape(-1, d)
        ranges = limits(range, d, d)
        edges = tuple(apply("_histogram_edges", columns[:, i], n, ranges[i], i) for i, n in enumerate(bins))
    return _MANY(apply("_histogram", input, edges, weight, density), edges)
