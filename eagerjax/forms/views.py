"""Views: tensors that share storage with another. Each is made of a few view steps from ops/view.py."""

import functools
import math
import operator
import warnings

from eagerjax import alias
from eagerjax.forms.named import by_axis
from eagerjax.namespace import METHODS, form
from eagerjax.ops.define import Constant, dimension as axis, dimensions
from eagerjax.record.trace import Leaf, concrete_ref, state
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, row_major

_new = object.__new__


def view_of(tensor, name, static, shape, strides, offset, dtype=None, whole=None):
    """The alias of `tensor` that the view op `name` shows; its value is read when somebody needs it."""
    strides = None if strides == row_major(shape) else strides
    return view_by(alias.step_of(name, static, whole), tensor, shape, strides, offset, dtype)


def view_by(step, tensor, shape, strides, offset, dtype=None):
    """The same of a step that is there already; strides are None for row-major."""
    return views_of(tensor, ((step, shape, strides, offset),), dtype)[0]


def views_of(tensor, wanted, dtype=None):
    """The aliases of `tensor` that view steps show: of (step, shape, strides or None for row-major, offset) each."""
    ref = tensor._ref
    base = alias.base_of(tensor)
    chain = tensor._view if tensor._leaf is None or not tensor._view else (*tensor._view, alias.Mark(tensor._leaf))
    needs, grad, views = tensor.requires_grad, state.trace.grad, []
    passed = grad and needs and tensor._view and tensor._leaf is None
    for step, shape, strides, offset in wanted:
        made = _new(Tensor)
        alias.join(made, base, (*chain, step), concrete_ref(shape, dtype or ref.dtype, ref.device, needs))
        if not grad:
            made._made = "no_grad"
            if needs:
                made._leaf = Leaf()
                made._leaf.deaf = True
        else:
            if tensor._made is not None:
                made._made = tensor._made
            if passed:
                made._passed = tensor
        if strides is not None:
            made._strides = strides
        made._offset = offset
        if step.whole is not None:
            made._is_part = True
        views.append(made)
    return views


def several(views):
    """The views that one function returns together; autograd does not let them be written to."""
    views = tuple(views)
    for made in views:
        if made._made is None:
            made._made = "multi"
    return views


# -- reshape ---------------------------------------------------------------------------
def fill_in(shape, numel):
    """`shape` with -1 replaced. Raises RuntimeError where it does not fit `numel` elements."""
    shape = tuple([s if type(s) is int else whole(s) for s in shape])
    known, unknown = 1, None
    for i, n in enumerate(shape):
        if n == -1:
            if unknown is not None:
                raise RuntimeError("only one dimension can be inferred")
            unknown = i
        elif n < 0:
            raise RuntimeError(f"invalid shape dimension {n}")
        else:
            known *= n
    if unknown is not None:
        if known == 0 and numel == 0:
            raise RuntimeError(f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified "
                               "dimension size -1 can be any value and is ambiguous")  # fmt: skip
        if known and numel % known == 0:
            return shape[:unknown] + (numel // known,) + shape[unknown + 1 :]
    elif known == numel:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def whole(length):
    """A length given as something else than Python's int: a tensor or numpy's. Raises TypeError for what is no integer."""
    if isinstance(length, bool) or not hasattr(length, "__index__"):
        raise TypeError(f"argument 'size' must be tuple of ints, but found element of type {type(length).__name__}")
    return operator.index(length)


def reshaped_strides(old_shape, old_strides, shape):
    """The strides of a reshaped view, or None where the elements cannot be viewed that way."""
    if 0 in old_shape:
        return old_strides if old_shape == shape else row_major(shape)
    strides = [0] * len(shape)
    at = len(shape) - 1
    chunk = 1  # elements of the contiguous chunk being matched
    chunk_stride = old_strides[-1] if old_strides else 1
    taken = 1
    for i in range(len(old_shape) - 1, -1, -1):
        chunk *= old_shape[i]
        if i == 0 or (old_shape[i - 1] != 1 and old_strides[i - 1] != chunk * chunk_stride):
            while at >= 0 and (taken < chunk or shape[at] == 1):
                strides[at] = taken * chunk_stride
                taken *= shape[at]
                at -= 1
            if taken != chunk:
                return None
            if i > 0:
                chunk_stride, chunk, taken = old_strides[i - 1], 1, 1
    if not old_shape:
        return row_major(shape)
    return tuple(strides) if at == -1 else None


def size_of(args, named=None):
    """A shape given as one sequence, as integers or by name."""
    if named is not None:
        return (*args, *named)
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        return tuple(args[0])
    return args


@form(homes="Tensor")
def view(self, *shape, dtype=None, size=None):
    """The same storage in another shape (or, given a dtype, read as another type)."""
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], (dt.dtype, type))):
        return view_dtype(self, dt.of_argument(dtype or shape[0], "view"))
    shape = fill_in(size_of(shape, size), self.numel())
    if shape == self._ref.shape and self._strides is None:
        strides = row_major(shape)
    else:
        strides = reshaped_strides(self._ref.shape, self.stride(), shape)
    if strides is None:
        raise RuntimeError("view size is not compatible with input tensor's size and stride (at least one dimension spans "
                           "across two contiguous subspaces). Use .reshape(...) instead.")  # fmt: skip
    return view_of(self, "_reshape", (shape,), shape, strides, self._offset)


def view_dtype(self, dtype):
    """The same bytes as another type, which have no gradient."""
    for bit, what in ((self.is_conj(), "conjugate view tensors"), (self.is_neg(), "tensors with negative bit set")):
        if bit:
            raise RuntimeError(f"torch.Tensor.view is not supported for {what} when converting to a different dtype.")
    self = self.detach() if self.requires_grad else self
    old, new = self.dtype.itemsize, dtype.itemsize
    what = f"{self.dtype.title} as {dtype.title} (different element sizes)"
    shape = self._ref.shape
    if old != new:
        if not shape:
            raise RuntimeError(f"self.dim() cannot be 0 to view {what}")
        if (shape[-1] * old) % new:
            raise RuntimeError(f"self.size(-1) must be divisible by {new // old} to view {what}, but got {shape[-1]}")
        if self.stride(-1) != 1 and self.numel():
            raise RuntimeError(f"self.stride(-1) must be 1 to view {what}, but got {self.stride(-1)}")
        places = {"storage_offset()": self._offset, **{f"stride({d})": s for d, s in enumerate(self.stride()[:-1])}}
        for name, place in places.items():
            if place * old % new:
                raise RuntimeError(f"self.{name} must be divisible by {new // old} to view {what}, but got {place}")
        shape = shape[:-1] + (shape[-1] * old // new,)
    strides = (*[s * old // new for s in self.stride()[:-1]], 1) if old != new else self.stride()
    return view_of(self, "_bitcast", (dtype,), shape, strides, self._offset * old // new, dtype)


@form(homes="Tensor")
def view_as(self, other):
    """`self.view(other.shape)`."""
    return view(self, other._ref.shape)


@form(homes="torch")
def reshape(input, shape):
    """A view in another shape where that is possible, else a copy."""
    return reshape_method(input, shape)


def reshape_method(self, *sizes, shape=None):
    """A view in another shape where that is possible, else a copy."""
    shape = fill_in(size_of(sizes, shape), self.numel())
    strides = reshaped_strides(self._ref.shape, self.stride(), shape)
    if strides is None:
        return view(self.clone(), shape)
    return view_of(self, "_reshape", (shape,), shape, strides, self._offset)


@form(homes="Tensor")
def reshape_as(self, other):
    """`self.reshape(other.shape)`."""
    return reshape_method(self, other._ref.shape)


@form
def flatten(input, start_dim=0, end_dim=-1):
    """Dimensions `start_dim` to `end_dim` as one."""
    shape = input._ref.shape
    start, end = axis(start_dim, len(shape)), axis(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape_method(input, (1,))
    if start == end:
        return input
    length = math.prod(shape[start : end + 1])
    return reshape_method(input, shape[:start] + (length,) + shape[end + 1 :])


@form
def ravel(input):
    """All elements in one dimension."""
    return reshape_method(input, (-1,)) if input.numel() else reshape_method(input, (0,))


@form
def unflatten(input, dim, sizes):
    """One dimension as several."""
    shape = input._ref.shape
    dim = axis(dim, len(shape))
    sizes = tuple(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        sizes = fill_in(sizes, shape[dim])
    except RuntimeError:
        raise RuntimeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
                           f"({shape[dim]}) in the input tensor") from None  # fmt: skip
    return view(input, shape[:dim] + sizes + shape[dim + 1 :])


@form
@by_axis
def squeeze(input, dim=None):
    """Without the dimensions of length 1 (or those of `dim` that have length 1)."""
    shape = input._ref.shape
    dims = range(len(shape)) if dim is None else dimensions(dim, len(shape)) if dim != () else ()
    drop = {d for d in dims if shape and shape[d] == 1}
    keep = [i for i in range(len(shape)) if i not in drop]
    strides = input.stride()
    new = tuple(shape[i] for i in keep)
    return view_of(input, "_reshape", (new,), new, tuple(strides[i] for i in keep), input._offset)


@form
@by_axis
def unsqueeze(input, dim):
    """With a dimension of length 1 inserted at `dim`."""
    shape, strides = input._ref.shape, input.stride()
    dim = axis(dim, len(shape) + 1)
    step = strides[dim] * shape[dim] if dim < len(shape) else 1
    new = shape[:dim] + (1,) + shape[dim:]
    return view_of(input, "_reshape", (new,), new, strides[:dim] + (step,) + strides[dim:], input._offset)


# -- permutations ----------------------------------------------------------------------------
@form(homes="torch")
def permute(input, dims):
    """Dimensions in another order."""
    return permute_method(input, dims)


def permute_method(self, *order, dims=None):
    """Dimensions in another order."""
    if not order and dims is None:
        raise TypeError('permute() missing 1 required positional arguments: "dims"')
    dims = size_of(order, dims)
    shape, strides = self._ref.shape, self.stride()
    if len(dims) != len(shape):
        raise RuntimeError(f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                           f"desired ordering of dimensions i.e. input.dim() = {len(shape)} is not equal to "
                           f"len(dims) = {len(dims)}")  # fmt: skip
    dims = tuple(axis(d, len(shape)) for d in dims)
    if len(set(dims)) != len(dims):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return view_of(
        self, "_permute", (dims,), tuple(shape[d] for d in dims), tuple(strides[d] for d in dims), self._offset
    )


@form
def transpose(input, dim0, dim1):
    """Two dimensions exchanged."""
    n = input._ref.ndim
    dim0, dim1 = axis(dim0, n), axis(dim1, n)
    dims = list(range(n))
    if n:
        dims[dim0], dims[dim1] = dim1, dim0
    return permute_method(input, dims)


@form
def swapaxes(input, axis0, axis1):
    """`transpose`, by its name in NumPy."""
    return transpose(input, axis0, axis1)


@form
def swapdims(input, dim0, dim1):
    """`transpose`."""
    return transpose(input, dim0, dim1)


@form
def t(input):
    """A matrix transposed; 0- and 1-dim tensors as they are."""
    if input._ref.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input._ref.ndim}D")
    return permute_method(input, tuple(reversed(range(input._ref.ndim))))


@form(aliases=("moveaxis",))
def movedim(input, source, destination):
    """Dimensions `source` moved to the positions `destination`."""
    n = input._ref.ndim
    source = (source,) if isinstance(source, int) else tuple(source)
    destination = (destination,) if isinstance(destination, int) else tuple(destination)
    if len(source) != len(destination):
        raise RuntimeError(f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same "
                           f"number of dims as destination ({list(destination)} dims)")  # fmt: skip
    source, destination = [axis(d, n) for d in source], [axis(d, n) for d in destination]
    for what, dims in (("source", source), ("destination", destination)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{what}` ({dims})")
    if n == 0:
        return permute_method(input, [])
    order = [d for d in range(n) if d not in source]
    for to, of in sorted(zip(destination, source)):
        order.insert(to, of)
    return permute_method(input, order)


# -- parts -----------------------------------------------------------------------------------------
@form
@by_axis
def select(input, dim, index):
    """The part at `index` of one dimension."""
    ndim = input._ref.ndim
    if not ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = axis(dim, ndim)
    index = operator.index(index)
    n = input._ref.shape[dim]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(input._ref.shape)} at dimension {dim}")
    return select_(input, dim, index % n)


def select_(input, dim, index, whole=None):
    """The part at `index` of one dimension; all arguments are in range. whole: see `alias.Step`."""
    shape, strides = input._ref.shape, input.stride()
    return view_of(input, "_select", (dim, Constant(index)), shape[:dim] + shape[dim + 1 :],
                   strides[:dim] + strides[dim + 1 :], input._offset + index * strides[dim], whole=whole)  # fmt: skip


def slice_(input, dim, start, length, step=1, whole=None):
    """`length` elements of a dimension from `start`, `step` apart; all arguments are in range. whole: see `alias.Step`."""
    read, new, strides, at = part_of(dim, start, length, input._ref.shape, input.stride(), whole, step)
    return view_by(read, input, new, strides, at + input._offset)


def part_of(dim, start, length, shape, strides, whole=None, step=1):
    """The same as `views_of` takes it, of a tensor of that shape and strides at the beginning of its storage."""
    new = shape[:dim] + (length,) + shape[dim + 1 :]
    start_at = min(start, shape[dim])
    moved = strides[:dim] + (strides[dim] * step,) + strides[dim + 1 :]
    read = alias.step_of("_slice", (dim, Constant(start_at if length else 0), length, step), whole)
    return read, new, None if moved == row_major(new) else moved, start_at * strides[dim]


@form
@by_axis
def narrow(input, dim, start, length):
    """`length` elements of a dimension, from `start`."""
    if not input._ref.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = axis(dim, input._ref.ndim)
    n = input._ref.shape[dim]
    if isinstance(start, Tensor) and (start.ndim or start.dtype.category != dt.INTEGER):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    start, length = operator.index(start), operator.index(length)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start = start + n if start < 0 else start
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return slice_(input, dim, start, length)


# -- the rest --------------------------------------------------------------------------------------
def expand_method(self, *sizes, size=None, implicit=False):
    """Dimensions of length 1 repeated without copying; -1 keeps a length."""
    size = size_of(sizes, size)
    shape, strides = self._ref.shape, self.stride()
    lead = len(size) - len(shape)
    if lead < 0:
        raise RuntimeError(f"expand(torch.{self.type_name()}{{{list(shape)}}}, size={list(size)}): the number of sizes "
                           f"provided ({len(size)}) must be greater or equal to the number of dimensions in the tensor "
                           f"({len(shape)})")  # fmt: skip
    new, steps = [], []
    for i, n in enumerate(size):
        old = shape[i - lead] if i >= lead else 1
        n = operator.index(n)
        if n == -1 and i < lead:
            raise RuntimeError(f"expand: the expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                               f"dimension {i}")  # fmt: skip
        n = old if n == -1 else n
        if old not in (n, 1):
            raise RuntimeError(f"The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton "
                               f"dimension {i}.  Target sizes: {list(size)}.  Tensor sizes: {list(shape)}")  # fmt: skip
        new.append(n)
        steps.append(0 if i < lead or (old == 1 and n != 1) else strides[i - lead])
    for i in reversed(range(lead if shape else 0)):  # what is new and of length 1 steps over all that follows
        steps[i] = new[i + 1] * steps[i + 1] if new[i] == 1 else 0
    new = tuple(new)
    return view_of(self, "_expand", (new,), new, tuple(steps), self._offset)


@form(homes="Tensor")
def type_name(self):
    """The name of the legacy tensor type, FloatTensor and the like."""
    return self.dtype.title + "Tensor"


@form(homes="Tensor")
def expand_as(self, other):
    """`self.expand(other.shape)`."""
    return expand_method(self, other._ref.shape)


@form
def broadcast_to(input, size):
    """`input.expand(size)`."""
    return expand_method(input, size)


@form
def diagonal(input, offset=0, dim1=0, dim2=1):
    """The diagonal of two dimensions, as a new last dimension."""
    shape, strides = input._ref.shape, input.stride()
    dim1, dim2 = axis(dim1, len(shape)), axis(dim2, len(shape))
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    rows, columns = shape[dim1], shape[dim2]
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    rest = [i for i in range(len(shape)) if i not in (dim1, dim2)]
    start = offset * strides[dim2] if offset >= 0 else -offset * strides[dim1]
    return view_of(input, "_diagonal", (offset, dim1, dim2), tuple(shape[i] for i in rest) + (length,),
                   tuple(strides[i] for i in rest) + (strides[dim1] + strides[dim2],),
                   input._offset + (start if length else 0))  # fmt: skip


@form(homes="Tensor")
def unfold(self, dimension, size, step):
    """Windows of `size` elements, `step` apart, as a new last dimension."""
    dim = axis(dimension, self._ref.ndim)
    shape, strides = self._ref.shape, self.stride()
    n = shape[dim] if shape else 1
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not shape:
        return view_of(self, "_reshape", ((size,),), (size,), (1,), self._offset)
    count = (n - size) // step + 1
    return view_of(self, "_unfold", (dim, size, step), shape[:dim] + (count,) + shape[dim + 1 :] + (size,),
                   strides[:dim] + (strides[dim] * step,) + strides[dim + 1 :] + (strides[dim],), self._offset)  # fmt: skip


@form
def as_strided(input, size, stride, storage_offset=None):
    """A view of the whole storage with given strides (in elements)."""
    offset = input._offset if storage_offset is None else storage_offset
    size, stride = tuple(map(operator.index, size)), tuple(map(operator.index, stride))
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    whole = input if input._base is None else root_of(input)
    last = offset + sum((n - 1) * s for n, s in zip(size, stride)) if 0 not in size else 0
    if last >= max(whole.numel(), 1):
        raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
                           f"{input.itemsize} requiring a storage size of {(last + 1) * input.itemsize} are out of bounds "
                           f"for storage of size {whole.nbytes}")  # fmt: skip
    start = input._offset
    if input._leaf is not None and input.is_contiguous() and start <= offset and last < start + input.numel():
        return view_of(reshape(input, (-1,)), "_as_strided", (size, stride, offset - start), size, stride, offset)
    return view_of(whole, "_as_strided", (size, stride, offset), size, stride, offset)


def root_of(tensor):
    """The alias that shows the whole storage of a view's family."""
    base = tensor._base
    if not tensor._view:
        return tensor
    made = _new(Tensor)
    ref = base._ref
    alias.join(made, base, (), concrete_ref(ref.shape, ref.dtype, ref.device, tensor._ref.needs))
    made._made = tensor._made
    return made


METHODS.update(
    reshape=reshape_method,
    permute=permute_method,
    expand=expand_method,
)


@functools.cache
def warn_once(message):
    warnings.warn(message, stacklevel=5)


def check_matrices(tensor, name, instead):
    """May a tensor be transposed so? Raises RuntimeError for vectors; numbers, of which PyTorch warns, stay as they are."""
    ndim = tensor._ref.ndim
    if ndim == 1:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    if not ndim:
        warn_once(f"{instead[0]} is deprecated on 0-D tensors. {instead[1]}")
    return ndim > 0


IDENTITY = "This function is the identity in these cases."


def reversed_dims(self):
    """The tensor with its dimensions in reverse order."""
    ndim = self._ref.ndim
    if not ndim:
        warn_once(f"Tensor.T is deprecated on 0-D tensors. {IDENTITY}")
    elif ndim != 2:
        warn_once("The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw "
                  "an error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange("
                  "x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.")  # fmt: skip
    return permute_method(self, tuple(reversed(range(ndim))))


def transposed_matrices(self):
    """The last two dimensions exchanged."""
    return transpose(self, -2, -1) if check_matrices(self, "mT", ("Tensor.mT", IDENTITY)) else self


METHODS["T"] = property(reversed_dims)
METHODS["mT"] = property(transposed_matrices)
