"""Public functions on shapes and lists of tensors, in terms of other ops."""

import itertools

from eagerjax.dispatch import apply
from eagerjax.install import give
from eagerjax.namespace import form, torch
from eagerjax.ops.define import dimension
from eagerjax.runtime import dtype as dt
from eagerjax.size import Size
from eagerjax.tensor import Tensor


def spread(tensors):
    """Tensors given one by one or as one sequence."""
    return tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors


# -- broadcasting ------------------------------------------------------------------------
@form(homes="torch")
def broadcast_shapes(*shapes):
    """The shape to which all of these broadcast. Raises RuntimeError where there is none."""
    shapes = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    out = [1] * max([len(s) for s in shapes], default=0)
    for shape in shapes:
        for i in range(-len(shape), 0):
            if shape[i] < 0:
                raise RuntimeError(f"Trying to create tensor with negative dimension ({shape[i]}): ({shape[i]})")
            if out[i] not in (1, shape[i]) and shape[i] != 1:
                raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape")
            if shape[i] != 1:
                out[i] = shape[i]
    return Size(out)


@form(homes="torch")
def broadcast_tensors(*tensors):
    """The tensors as views of one common shape."""
    tensors = spread(tensors)
    try:
        shape = broadcast_shapes(*[t._ref.shape for t in tensors])
    except RuntimeError:
        shapes = ", ".join(str(list(t._ref.shape)) for t in tensors)
        raise RuntimeError(f"The sizes of the tensors do not match: {shapes} cannot be broadcast together") from None
    return tuple(t.expand(shape) for t in tensors)


def at_least(name, grow):
    def at_least_nd(*tensors):
        tensors = spread(tensors) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return grow(tensors[0])
        return tuple(grow(t) for t in tensors)

    at_least_nd.__name__ = at_least_nd.__qualname__ = name
    at_least_nd.__doc__ = f"Views with at least {name[-2]} dimension(s)."
    return form(at_least_nd, homes="torch")


def to_3d(t):
    if t.ndim < 2:
        return t.reshape(1, t.numel(), 1)
    return t.unsqueeze(-1) if t.ndim == 2 else t


at_least("atleast_1d", lambda t: t.reshape(1) if t.ndim == 0 else t)
at_least("atleast_2d", lambda t: t.reshape(1, t.numel()) if t.ndim < 2 else t)
at_least("atleast_3d", to_3d)


# -- combinations --------------------------------------------------------------------------
@form(homes="torch")
def meshgrid(*tensors, indexing=None):
    """Views of the vectors over a common grid: the k-th one varies along dimension k ("xy" swaps the first two)."""
    tensors = spread(tensors)
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for t in tensors:
        if t.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {list(t.shape)}")
        if t.dtype is not tensors[0].dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
        if t.device != tensors[0].device:
            raise RuntimeError("meshgrid expects all tensors to have the same device")
    swap = indexing == "xy" and len(tensors) > 1
    tensors = (tensors[1], tensors[0], *tensors[2:]) if swap else tensors
    shape = [t.numel() for t in tensors]
    grids = []
    for k, t in enumerate(tensors):
        own = [1] * len(shape)
        own[k] = shape[k]
        grids.append(t.reshape(own).expand(shape))
    if swap:
        grids[:2] = grids[1], grids[0]
    return tuple(grids)


@form(homes="torch")
def cartesian_prod(*tensors):
    """All combinations of elements of the vectors, one a row."""
    tensors = spread(tensors)
    if len(tensors) == 1:
        return tensors[0]
    return torch.stack([g.reshape(-1) for g in meshgrid(*tensors, indexing="ij")], 1)


@form(homes="torch")
def combinations(input, r=2, with_replacement=False):
    """All choices of r elements of a vector, in order, one a row."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return torch.empty(0, dtype=input.dtype, device=input.device)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(input.numel()), r))
    if not rows:
        return input[:0].reshape(0, 1).expand(0, r)
    return input[torch.tensor(rows, device=input.device)]


@form(homes="torch")
def block_diag(*tensors):
    """Matrices (vectors as rows) on the diagonal of a larger matrix."""
    return apply("_block_diag", spread(tensors)) if tensors else torch.empty((1, 0))


@form
def repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    """Each element (slice along `dim`) `repeats` times in a row; `repeats` may say how often for each.

    `repeat_interleave(repeats)` alone gives [0] * repeats[0] + [1] * repeats[1] + ...
    """
    if repeats is None:
        return repeat_index(input, output_size)
    if isinstance(repeats, int):
        return apply("_repeat_each", input, repeats, dim)
    if dim is None:
        input, dim = input.reshape(-1), 0
    if repeats.ndim == 0 or repeats.numel() == 1:
        return apply("_repeat_each", input, int(repeats.item()), dim)
    if repeats.numel() != input.size(dim):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {repeats.numel()} "
            f"and input.size({dim}) = {input.size(dim)}"
        )
    return torch.index_select(input, dim, repeat_index(repeats, output_size))


def repeat_index(repeats, output_size):
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats.dtype.name not in ("int64", "int32"):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if output_size is None:
        if (repeats < 0).any().item():
            raise RuntimeError("repeats can not be negative")
        output_size = int(repeats.sum().item())
    return apply("_repeat_index", repeats, output_size)


# -- products ------------------------------------------------------------------------------
@form(homes="torch")
def tensordot(a, b, dims=2, out=None):
    """Sum over pairs of dimensions: the last and first `dims` of them, or those listed in dims[0] and dims[1]."""
    if isinstance(dims, Tensor):
        dims = dims.tolist() if dims.numel() > 1 else int(dims.item())
    if not isinstance(dims, int):
        dims = tuple(tuple(d) if not isinstance(d, int) else (d,) for d in dims)
    made = apply("_tensordot", a, b, dims)
    return made if out is None else give(out, made)


@form(homes="torch")
def chain_matmul(*matrices, out=None):
    """Product of matrices in the cheapest order."""
    matrices = spread(matrices)
    made = matrices[0] if len(matrices) == 1 else apply("linalg_multi_dot", matrices)
    return made if out is None else give(out, made)


# -- integrals and statistics ----------------------------------------------------------------
def gaps(y, x, dx, dim, name):
    """(y before, y after, distance) of neighbours along dim."""
    for operand, called in ((y, "y"), (x, "x")):
        if operand is not None and operand.dtype is dt.bool_:
            raise RuntimeError(f"{name}: received a bool input for `{called}`, but bool is not supported")
    n = y.size(dim)
    before, after = y.narrow(dim, 0, max(n - 1, 0)), y.narrow(dim, min(1, n), max(n - 1, 0))
    if x is None:
        return before, after, dx
    if x.ndim == 1 and y.ndim > 1:
        if x.numel() != n:
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        shape = [1] * y.ndim
        shape[dim] = n
        x = x.reshape(shape)
    return before, after, x.narrow(dim, 1, n - 1) - x.narrow(dim, 0, n - 1)


@form(homes="torch", aliases=("trapz",))
def trapezoid(y, x=None, *, dx=1, dim=-1):
    """Integral of samples y by trapezoids of widths dx, or between the points x, along `dim`."""
    before, after, width = gaps(y, x, dx, dim, "trapezoid")
    if y.size(dim) == 0:
        return y.sum(dim).to(y.dtype)
    if x is None:  # as a sum less half the ends: small integers add up as int64
        return (y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * dx
    return ((before + after) * width).sum(dim) / 2


@form(homes="torch")
def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    """Running integral of samples y by trapezoids, along `dim`."""
    before, after, width = gaps(y, x, dx, dim, "cumulative_trapezoid")
    if x is None:
        return ((before + after) * (dx / 2)).cumsum(dim)
    return ((before + after) * width).cumsum(dim) / 2


def check_weights(input, fweights, aweights):
    count = input._ref.shape[-1] if input.ndim else 1
    for w, name, whole in ((fweights, "fweights", True), (aweights, "aweights", False)):
        if w is None:
            continue
        if w.ndim > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {w.ndim} dimensions"
            )
        if whole != (w.dtype.category == dt.INTEGER):
            kind = "integral" if whole else "floating point"
            raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {w.dtype} dtype")
        if w.numel() != count:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input but got "
                f"{w.numel()} != {count}"
            )
        if (w < 0).any().item():
            raise RuntimeError(f"cov(): {name} cannot be negative")


@form
def cov(input, *, correction=1, fweights=None, aweights=None):
    """Covariance of variables (rows) over observations (columns), with whole and relative weights of observations."""
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype.name == "bool":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    check_weights(input, fweights, aweights)
    rows = input.reshape(1, -1) if input.ndim < 2 else input
    rows = rows if rows.dtype.category >= 2 else rows.to(dt.get_default_dtype())
    weight = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    if weight is None:
        total, mean, norm = rows.size(1), rows.mean(1, keepdim=True), rows.size(1) - correction
        gap = rows - mean
        scaled = gap
    else:
        total = weight.sum()
        gap = rows - (rows * weight).sum(1, keepdim=True) / total
        scaled = gap * weight
        used = total if aweights is None or correction == 0 else (weight * aweights).sum() / total
        norm = total - correction * (used if aweights is not None else 1)
    norm = max(norm, 0) if not isinstance(norm, Tensor) else norm.clamp(min=0)
    out = torch.matmul(scaled, gap.t().conj() if gap.dtype.is_complex else gap.t()) / norm
    return out.reshape(()) if out.numel() == 1 else out


@form
def corrcoef(input):
    """Correlation coefficients of variables (rows)."""
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    c = cov(input)
    if c.ndim == 0:
        return c / c
    size = torch.diag(c).real.sqrt() if c.dtype.is_complex else torch.diag(c).sqrt()
    out = c / size[:, None] / size[None]
    return out if c.dtype.is_complex else out.clamp(-1, 1)


# -- copies with a part replaced ---------------------------------------------------------------
def replaced(input, part, src):
    """A copy of `input` in which the view `part(copy)` holds `src`. Raises RuntimeError where the shapes differ."""
    made = input.clone()
    view = part(made)
    if view._ref.shape != src._ref.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src._ref.shape)}, slice "
            f"size = {list(view._ref.shape)}"
        )
    view.copy_(src)
    return made


@form
def select_scatter(input, src, dim, index):
    """A copy of `input` with `src` at `index` of dimension `dim`."""
    return replaced(input, lambda x: x.select(dim, index), src)


@form
def slice_scatter(input, src, dim=0, start=None, end=None, step=1, *, out=None):
    """A copy of `input` with `src` in the slice start:end:step of dimension `dim`."""
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    axis = dimension(dim, input.ndim)
    made = replaced(input, lambda x: x[(slice(None),) * axis + (slice(start, end, step),)], src)
    return made if out is None else give(out, made)


@form
def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    """A copy of `input` with `src` on a diagonal."""
    return replaced(input, lambda x: x.diagonal(offset, dim1, dim2), src)
