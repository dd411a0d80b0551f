"""What can be done with sparse tensors: the functions of torch that take them, methods and operators."""

from eagerjax.namespace import torch
from eagerjax.ops import define
from eagerjax.runtime import dtype as dt
from eagerjax.size import Size
from eagerjax.sparse.coo import SparseTensor, flat, to_sparse
from eagerjax.tensor import Tensor

KEEPING_ZERO = """abs absolute arcsin arcsinh arctan arctanh asin asinh atan atanh ceil deg2rad erf erfinv expm1 floor frac
isinf isnan isneginf isposinf log1p nan_to_num pow rad2deg relu round sgn sign sin sinh sqrt square tan
tanh trunc""".split()
"""Functions of one tensor under which 0 stays 0: they act on the values."""


def is_sparse(value):
    return type(value) is SparseTensor


def on_values(name):
    """A function of each value, after values at the same place were added."""

    def function(input, *args, **kwargs):
        if name == "pow" and not (isinstance(args[0] if args else kwargs["exponent"], (int, float))):
            raise NotImplementedError("pow: of a sparse tensor only numbers as exponents are supported")
        once = input.coalesce() if input.layout is not torch.sparse_csr else input
        return once._with(getattr(once._held, name)(*args, **kwargs))

    return function


# -- products ----------------------------------------------------------------------------------------------------
def mm(input, mat2):
    """The product of two matrices (or a matrix and a vector), one of them sparse: dense. Of two sparse ones: sparse."""
    if not is_sparse(input):
        return mm(mat2.t(), input.t()).t() if is_sparse(mat2) else torch.mm(input, mat2)
    if input.ndim != 2 or input.dense_dim():
        raise RuntimeError(f"mm: expected a sparse matrix, got the shape {list(input.shape)}")
    if is_sparse(mat2):
        return to_sparse(mm(input, mat2.to_dense()))
    if mat2.ndim not in (1, 2) or mat2.shape[0] != input.shape[1]:
        raise RuntimeError(f"mm: matrices can't be multiplied: {list(input.shape)} and {list(mat2.shape)}")
    rows, columns = input._places
    held = input._held if mat2.ndim == 1 else input._held.unsqueeze(1)
    out = torch.zeros((input.shape[0], *mat2.shape[1:]), dtype=mat2.dtype, device=mat2.device)
    return out.index_add(0, rows, held * mat2.index_select(0, columns))


def addmm(mat, mat1, mat2, *, beta=1.0, alpha=1.0):
    """`beta * mat + alpha * mat1 @ mat2` for a sparse mat1."""
    return beta * mat + alpha * mm(mat1, mat2)


def bmm(input, mat2):
    """The products of a batch of sparse matrices and a batch of dense ones."""
    return torch.bmm(input.to_dense(), mat2)


def linear(input, weight, bias=None):
    """`input @ weight.T + bias`, one of the former sparse."""
    out = mm(input, weight.t())
    return out if bias is None else out + bias


# -- elementwise -------------------------------------------------------------------------------------------------
def add(input, other, *, alpha=1):
    """The sum of two sparse tensors, sparse; of a dense and a sparse one, dense."""
    if not is_sparse(input):
        return torch.add(input, other.to_dense(), alpha=alpha)
    if not is_sparse(other):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if input.shape != other.shape or input.sparse_dim() != other.sparse_dim():
        raise RuntimeError(f"add: expected sizes of 'self' and 'other' to match, but {input.shape} != {other.shape}")
    places = torch.cat([input._places, other._places], 1)
    held = torch.cat([input._held, other._held if alpha == 1 else other._held * alpha])
    return SparseTensor(places, held, input.shape).coalesce()


def sub(input, other, *, alpha=1):
    """The difference, as `add`."""
    return add(input, other, alpha=-alpha)


def mul(input, other):
    """The product with a number, or place by place with another tensor: sparse."""
    if not is_sparse(input):
        input, other = other, input
    if not isinstance(other, Tensor) or (not is_sparse(other) and not other.ndim):
        return input._with(input._held * other)
    if is_sparse(other):
        other = other.to_dense()
    if input.shape != other.shape:
        other = other.expand(input.shape)
    return input._with(input._held * other[tuple(input._places)])


def div(input, other, *, rounding_mode=None):
    """The quotient of a sparse tensor and a number."""
    if not is_sparse(input) or is_sparse(other) or (isinstance(other, Tensor) and other.ndim):
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    return input._with(torch.div(input._held, other, rounding_mode=rounding_mode))


def neg(input):
    """The values' negatives."""
    return input._with(-input._held)


# -- reductions --------------------------------------------------------------------------------------------------
def sum(input, dim=None, keepdim=False, dtype=None):
    """The sum of a sparse tensor's values; or along dimensions, sparse as long as a sparse dimension is left."""
    found = input if dtype is None else input.to(dtype)
    if dim is None:
        return found._held.sum()
    if keepdim:
        raise NotImplementedError("sum: keepdim=True is not supported for sparse tensors")
    dims = {d % input.ndim for d in (dim if isinstance(dim, (tuple, list)) else (dim,))}
    n = input.sparse_dim()
    inner = [d - n + 1 for d in dims if d >= n]
    held = found._held.sum(inner) if inner else found._held
    left = [d for d in range(n) if d not in dims]
    if not left:
        return held.sum(0)
    size = [s for d, s in enumerate(input.shape) if d not in dims]
    return SparseTensor(found._places[left], held, size).coalesce()


def normalised(name):
    def function(input, dim, dtype=None):
        once = (input if dtype is None else input.to(dtype)).coalesce()
        n = once.sparse_dim()
        dim %= once.ndim
        if dim >= n:
            return once._with(getattr(torch, name)(once._held, dim - n + 1))
        sizes = [s for d, s in enumerate(once.shape[:n]) if d != dim]
        group = flat(once._places[[d for d in range(n) if d != dim]], sizes)
        each = group.reshape(-1, *[1] * once.dense_dim()).expand(once._held.shape)
        many = Size(sizes).numel()
        low = torch.full((many, *once._held.shape[1:]), float("-inf"), dtype=once.dtype, device=once.device)
        top = low.scatter_reduce(0, each, once._held.detach(), "amax")
        moved = once._held - top.gather(0, each)
        total = torch.zeros_like(low).scatter_add(0, each, moved.exp()).gather(0, each)
        return once._with(moved.exp() / total if name == "softmax" else moved - total.log())

    function.__name__ = name
    function.__doc__ = f"{name} along a dimension, among the values that are held: what is not held counts as -inf."
    return function


softmax, log_softmax = normalised("softmax"), normalised("log_softmax")


def norm(input, p=2):
    """The norm of the values."""
    return input.coalesce()._held.norm(p)


# -- forms of the same values ------------------------------------------------------------------------------------
def permute(input, *dims):
    """The dimensions in another order: the sparse ones among themselves, and the dense ones."""
    dims = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    dims, n = [d % input.ndim for d in dims], input.sparse_dim()
    if sorted(dims) != list(range(input.ndim)):
        raise RuntimeError(f"permute(sparse_coo): invalid dims {dims} for a tensor of {input.ndim} dimensions")
    if any((d < n) != (i < n) for i, d in enumerate(dims)):
        raise RuntimeError("permute(sparse_coo): can't permute between sparse and dense dimensions")
    held = input._held.permute(0, *[d - n + 1 for d in dims[n:]])
    return SparseTensor(input._places[dims[:n]], held, [input.shape[d] for d in dims])


def transpose(input, dim0, dim1):
    """Two dimensions exchanged."""
    dims = list(range(input.ndim))
    dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
    return permute(input, *dims)


def t(input):
    """The matrix transposed, uncoalesced."""
    if input.ndim != 2 or input.dense_dim():
        raise RuntimeError(f"t() expects a sparse matrix, but self has the shape {list(input.shape)}")
    return transpose(input, 0, 1)


def unsqueeze(input, dim):
    """A dimension of length 1 more, among the sparse ones."""
    dim %= input.ndim + 1
    if dim > input.sparse_dim():
        raise NotImplementedError("unsqueeze: among the dense dimensions of a sparse tensor")
    row = torch.zeros_like(input._places[:1])
    places = torch.cat([input._places[:dim], row, input._places[dim:]])
    return SparseTensor(places, input._held, [*input.shape[:dim], 1, *input.shape[dim:]])


def cat(tensors, dim=0):
    """Sparse tensors one behind the other, along a sparse dimension."""
    first, places, at = tensors[0], [], 0
    dim %= first.ndim
    if dim >= first.sparse_dim():
        raise NotImplementedError("cat: along a dense dimension of sparse tensors")
    for one in tensors:
        if not is_sparse(one):
            raise RuntimeError("Concatenating sparse tensors, but a dense tensor was found.")
        step = torch.zeros((one.sparse_dim(), 1), dtype=dt.int64)
        step[dim] = at
        places.append(one._places + step)
        at += one.shape[dim]
    size = [at if d == dim else s for d, s in enumerate(first.shape)]
    return SparseTensor(torch.cat(places, 1), torch.cat([one._held for one in tensors]), size)


def index_select(input, dim, index):
    """The slices of those numbers."""
    return to_sparse(input.to_dense().index_select(dim, index))


def select(input, index):
    """`input[index]`."""
    found = input.to_dense()[index]
    return to_sparse(found) if found.ndim else found


def sparse_mask(self, mask):
    """The values at the places that a sparse tensor holds."""
    return mask._with(self[tuple(mask._places)])


def zero_(self):
    """Forget all values."""
    self._places, self._held, self._coalesced = self._places[:, :0], self._held[:0].detach(), True
    return self


def mul_(self, other):
    """Multiply the values in place by a number."""
    self._held *= other
    return self


# -- where they are found ----------------------------------------------------------------------------------------
FUNCTIONS = {"mm": mm, "matmul": mm, "mv": mm, "addmm": addmm, "bmm": bmm, "linear": linear, "add": add, "sub": sub, "mul": mul,
             "div": div, "sum": sum, "neg": neg, "cat": cat, "index_select": index_select, "softmax": softmax,
             "log_softmax": log_softmax}  # fmt: skip
FUNCTIONS |= {name: on_values(name) for name in KEEPING_ZERO}
"""torch's functions of these names, where an argument is sparse."""


def routed(function, before):
    """An op's `reroute`: to `function` where an argument is sparse, else where it went before."""

    def reroute(args, kwargs):
        if any(is_sparse(a) or (type(a) in (list, tuple) and a and is_sparse(a[0])) for a in (*args, *kwargs.values())):
            return function, args, kwargs
        return None if before is None else before(args, kwargs)

    return reroute


for _op in define.REGISTRY.values():
    if _op.name in FUNCTIONS and _op.homes:
        _op.reroute = routed(FUNCTIONS[_op.name], _op.reroute)
for _f in (
    mul,
    add,
    sub,
    neg,
    sum,
    div,
    softmax,
    log_softmax,
    norm,
    permute,
    transpose,
    t,
    unsqueeze,
    index_select,
    zero_,
    mul_,
):
    setattr(SparseTensor, _f.__name__, _f)
for _name in KEEPING_ZERO:
    setattr(SparseTensor, _name, FUNCTIONS[_name])
_S = SparseTensor
_S.mm = _S.matmul = _S.spmm = _S.mv = _S.__matmul__ = mm
_S.bmm, _S.__getitem__, _S.__neg__, _S.__abs__ = bmm, select, neg, on_values("abs")
_S.__mul__ = _S.__rmul__ = _S.multiply = mul
_S.__truediv__ = _S.divide = div
_S.__add__, _S.__sub__, _S.__pow__ = add, sub, on_values("pow")
_S.__rmatmul__ = lambda self, other: mm(other, self)
_S.__radd__ = lambda self, other: add(other, self)
_S.__rsub__ = lambda self, other: sub(other, self)
_S.__rtruediv__ = lambda self, other: div(other, self)
_S.T = property(t)
Tensor.sparse_mask = sparse_mask
torch.spmm = torch.dsmm = mm
