"""Tensors that hold indices and values only, products with dense ones, gradients.

A sparse tensor here is an object of its own that `isinstance` takes for a `Tensor`: what it offers is below and in
`forms.py`, and for everything else there is `to_dense()`. Gradients reach the values, and the dense operand of a
product.
"""

from eagerjax.namespace import torch
from eagerjax.runtime import dtype as dt
from eagerjax.size import Size
from eagerjax.tensor import Tensor

coo, csr = dt.layout("sparse_coo"), dt.layout("sparse_csr")


class SparseTensor:
    """Values at places: `indices` (sparse dimensions, n) in int64 and `values` (n, *dense dimensions); the rest is 0."""

    __class__ = property(lambda self: Tensor)  # pyright: ignore[reportAssignmentType]
    is_sparse = property(lambda self: self.layout is coo)
    is_sparse_csr = property(lambda self: self.layout is csr)

    def __init__(self, indices, values, size, coalesced=False, layout=coo):
        self._places, self._held = indices, values
        self.shape = Size(size)
        self._coalesced = coalesced
        self.layout = layout

    def __getattr__(self, name):
        raise AttributeError(
            f"sparse tensors have no {name!r} in eagerjax: to_dense() is a tensor that has all methods"
        )

    # -- facts -------------------------------------------------------------------------------------------
    dtype = property(lambda self: self._held.dtype)
    device = property(lambda self: self._held.device)
    ndim = property(lambda self: len(self.shape))
    requires_grad = property(lambda self: self._held.requires_grad)
    is_leaf = property(lambda self: self._held.is_leaf)
    grad_fn = property(lambda self: self._held.grad_fn)
    is_cuda = property(lambda self: self._held.is_cuda)
    is_cpu = property(lambda self: self._held.is_cpu)
    is_meta = property(lambda self: self._held.is_meta)
    data = property(lambda self: self.detach())
    _version = property(lambda self: self._held._version)
    _cdata = property(id)
    itemsize = property(lambda self: self._held.itemsize)

    def is_floating_point(self):
        return self._held.is_floating_point()

    def is_complex(self):
        return self._held.is_complex()

    def __len__(self):
        return self.shape[0]

    def __reduce__(self):
        return SparseTensor, (self._places, self._held, tuple(self.shape), self._coalesced, self.layout)

    def size(self, dim=None):
        """The shape, or the length of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return self.ndim

    ndimension = dim

    def numel(self):
        return self.shape.numel()

    nelement = numel

    def element_size(self):
        return self.itemsize

    def is_contiguous(self):
        return False

    def get_device(self):
        """The number of the device; -1 for a CPU."""
        return self._held.get_device()

    def sparse_dim(self):
        """How many dimensions the indices are for."""
        return self._places.shape[0]

    def dense_dim(self):
        """How many dimensions each value has."""
        return self._held.ndim - 1

    def _nnz(self):
        return self._held.shape[0]

    def is_coalesced(self):
        """Is no place given twice, and are they in order?"""
        return self._coalesced

    def _indices(self):
        return self._places

    def _values(self):
        return self._held

    def indices(self):
        """The places. Raises RuntimeError unless coalesced."""
        return self._only_coalesced("indices", self._places)

    def values(self):
        """The values. Raises RuntimeError unless coalesced."""
        return self._only_coalesced("values", self._held)

    def _only_coalesced(self, what, value):
        if not self._coalesced:
            raise RuntimeError(f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first")
        return value

    def crow_indices(self):
        """Where each row starts among the values, of a CSR tensor."""
        self._only_csr("crow_indices")
        counts = torch.zeros(self.shape[0] + 1, dtype=dt.int64).index_add(
            0, self._places[0] + 1, torch.ones_like(self._places[0])
        )
        return counts.cumsum(0)

    def col_indices(self):
        """The column of each value, of a CSR tensor."""
        self._only_csr("col_indices")
        return self._places[1]

    def _only_csr(self, name):
        if self.layout is not csr:
            raise RuntimeError(f"{name} expected sparse row compressed tensor layout but got {self.layout}")

    @property
    def grad(self):
        """The gradient of the values, at their places. (None for a tensor without one.)"""
        grad = self._held.grad
        return None if grad is None else self._with(grad)

    # -- other forms ---------------------------------------------------------------------------------------
    def _with(self, values):
        return SparseTensor(self._places, values, self.shape, self._coalesced, self.layout)

    def to_dense(self, dtype=None, *, masked_grad=None):
        """The tensor with its zeros; values at the same place add up."""
        rows = flat(self._places, self.shape[: self.sparse_dim()])
        size = Size(self.shape[: self.sparse_dim()]).numel()
        out = torch.zeros((size, *self._held.shape[1:]), dtype=self.dtype, device=self.device)
        out = out.index_add(0, rows, self._held).reshape(self.shape)
        return out if dtype is None else out.to(dtype)

    def coalesce(self):
        """The same with each place once, in order; values at the same place are added."""
        if self._coalesced:
            return self
        sizes = self.shape[: self.sparse_dim()]
        rows, where = torch.unique(flat(self._places, sizes), return_inverse=True)
        values = torch.zeros((rows.shape[0], *self._held.shape[1:]), dtype=self.dtype, device=self.device)
        return SparseTensor(unflat(rows, sizes), values.index_add(0, where, self._held), self.shape, True)

    def to_sparse(self, sparse_dim=None, *, layout=None):
        return self.to_sparse_csr() if layout is csr else self.to_sparse_coo()

    def to_sparse_coo(self):
        return SparseTensor(self._places, self._held, self.shape, self._coalesced)

    def to_sparse_csr(self):
        """The same by rows. Raises RuntimeError unless it is a matrix."""
        if self.ndim != 2 or self.dense_dim():
            raise RuntimeError("to_sparse_csr: only matrices can be held by rows")
        found = self.coalesce()
        return SparseTensor(found._places, found._held, self.shape, True, csr)

    def detach(self):
        return self._with(self._held.detach())

    def clone(self):
        return SparseTensor(self._places.clone(), self._held.clone(), self.shape, self._coalesced, self.layout)

    def requires_grad_(self, requires_grad=True):
        self._held.requires_grad_(requires_grad)
        return self

    def to(self, *args, **kwargs):
        """As `Tensor.to`, of the values."""
        return self._with(self._held.to(*args, **kwargs))

    def type(self, dtype=None, non_blocking=False):
        """The name of the type, or the same with values of another one."""
        if dtype is None:
            return self._held.type().replace("torch.", "torch.sparse.", 1)
        return self._with(self._held.type(dtype))

    def cpu(self):
        return self.to("cpu")

    def cuda(self, device=None):
        return self._with(self._held.cuda(device))

    def float(self):
        return self.to(dt.float32)

    def double(self):
        return self.to(dt.float64)

    def half(self):
        return self.to(dt.float16)

    def int(self):
        return self.to(dt.int32)

    def long(self):
        return self.to(dt.int64)

    def bool(self):
        return self.to(dt.bool_)

    def __repr__(self):
        return (f"tensor(indices={self._places!r},\n       values={self._held!r},\n       size={tuple(self.shape)}, "
                f"nnz={self._nnz()}, layout={self.layout})")  # fmt: skip


def flat(places, sizes):
    """Places as numbers of elements in row-major order."""
    found = torch.zeros_like(places[0]) if places.shape[0] else torch.zeros(places.shape[1], dtype=dt.int64)
    for row, size in zip(places, sizes):
        found = found * size + row
    return found


def unflat(numbers, sizes):
    rows = []
    for size in reversed(sizes):
        rows.append(numbers % size)
        numbers = numbers // size
    return torch.stack(rows[::-1]) if rows else torch.zeros((0, numbers.shape[0]), dtype=dt.int64)


# -- making them -----------------------------------------------------------------------------------------------
def values_of(values, dtype, device, requires_grad):
    found = torch.as_tensor(values, dtype=dtype, device=device)
    return found.detach().clone().requires_grad_() if requires_grad else found


def sparse_coo_tensor(indices, values=None, size=None, *, dtype=None, device=None, pin_memory=False, requires_grad=False,
                      check_invariants=None, is_coalesced=None):  # fmt: skip
    """A sparse tensor of places (sparse dimensions, n) and values (n, *); without `size` as small as fits them.

    Looks at the places, unless check_invariants is False: RuntimeError for those outside of `size`.
    """
    if values is None:  # sparse_coo_tensor(size)
        size = tuple(indices)
        return SparseTensor(
            torch.zeros((len(size), 0), dtype=dt.int64), torch.zeros(0, dtype=dtype, device=device), size, True
        )
    places = torch.as_tensor(indices, dtype=dt.int64, device=device)
    held = values_of(values, dtype, device, requires_grad)
    if places.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(places.shape)}")
    if places.shape[1] != held.shape[0]:
        raise RuntimeError(f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from "
                           f"values: {held.shape[0]}")  # fmt: skip
    if size is None:
        size = tuple(int(n) + 1 for n in places.max(1).values.tolist()) if places.shape[1] else (0,) * places.shape[0]
        size += tuple(held.shape[1:])
    elif len(size) != places.shape[0] + held.ndim - 1:
        raise RuntimeError(f"number of dimensions must be sparse_dim ({places.shape[0]}) + dense_dim ({held.ndim - 1}), but got "
                           f"{len(size)}")  # fmt: skip
    if check_invariants is not False:
        check_places(places, size)
    return SparseTensor(places, held, size, bool(is_coalesced))


def check_places(places, size):
    for d, row in enumerate(places.tolist()):
        if row and min(row) < 0:
            raise RuntimeError(f"found negative index {min(row)} for dim {d}")
        if row and max(row) >= size[d]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {size[d]} but found index {max(row)}"
            )


def sparse_csr_tensor(crow_indices, col_indices, values, size=None, *, dtype=None, device=None, pin_memory=False,
                      requires_grad=False, check_invariants=None):  # fmt: skip
    """A sparse matrix by rows: row i has the values from number crow_indices[i] up to crow_indices[i + 1]."""
    starts = torch.as_tensor(crow_indices, dtype=dt.int64, device=device)
    columns = torch.as_tensor(col_indices, dtype=dt.int64, device=device)
    if starts.ndim != 1:
        raise NotImplementedError("sparse_csr_tensor: batches of sparse matrices")
    rows = torch.repeat_interleave(torch.arange(starts.shape[0] - 1), starts[1:] - starts[:-1])
    if size is None:
        size = (starts.shape[0] - 1, int(columns.max()) + 1 if columns.numel() else 0)
    held = values_of(values, dtype, device, requires_grad)
    return SparseTensor(torch.stack([rows, columns]), held, size, True, csr)


def to_sparse(self, sparse_dim=None, *, layout=None):
    """The places that are not 0, and their values: a `sparse.SparseTensor`. Looks at the values."""
    n = self.ndim if sparse_dim is None else sparse_dim
    rest = self.reshape(*self.shape[:n], -1) if n < self.ndim else self.unsqueeze(-1)
    places = (rest != 0).any(-1).nonzero().T
    found = SparseTensor(places, self[tuple(places)], self.shape, True)
    return found.to_sparse_csr() if layout is csr else found


def to_sparse_csr(self):
    """The matrix by rows: `to_sparse(layout=torch.sparse_csr)`."""
    return to_sparse(self, layout=csr)


torch.sparse_coo_tensor, torch.sparse_csr_tensor = sparse_coo_tensor, sparse_csr_tensor
torch.sparse_coo, torch.sparse_csr = coo, csr
Tensor.to_sparse = Tensor.to_sparse_coo = to_sparse
Tensor.to_sparse_csr = to_sparse_csr
