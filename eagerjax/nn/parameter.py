"""Parameter and Buffer: tensors that a module knows by name, and those whose shape is not known yet."""

from eagerjax.namespace import torch
from eagerjax.size import Size
from eagerjax.tensor import Tensor, copied, new_leaf, set_leaf, share, uncounted

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


def _plain(data):
    """`data` as a tensor to alias. Raises AttributeError for what is no tensor, as PyTorch does."""
    if data is None:
        return torch.empty(0)
    return data if isinstance(data, Tensor) else data.detach()


def _face(cls, data, requires_grad):
    """A tensor of class `cls` on the memory of `data`."""
    return _become(object.__new__(cls), data.detach(), requires_grad)


def _become(made, data, requires_grad):
    """`made` takes the place of `data`, an alias that nobody else holds."""
    if requires_grad and not (data.is_floating_point() or data.is_complex()):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    share(made, data)
    if requires_grad:
        set_leaf(made, new_leaf(made))
    return made


def _make_subclass(cls, data, require_grad=False, **options):
    """A tensor of class `cls` on the memory of `data`, without its history: how programs make parameters of their own kind."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"cls must be a type (got {type(cls).__name__})")
    if not isinstance(data, Tensor):
        raise TypeError(f"_make_subclass(): argument 'data' must be Tensor, not {type(data).__name__}")
    return _face(cls, data, require_grad)


Tensor._make_subclass = staticmethod(_make_subclass)


def new_parameter(shape, device=None, dtype=None, requires_grad=True):
    """A parameter whose values are not set; cheaper than `Parameter(torch.empty(shape))`, as it aliases nothing."""
    data = torch.empty(shape, device=device, dtype=dtype)
    return _become(object.__new__(Parameter), data, requires_grad)


class Parameter(Tensor):
    """A tensor that is trained: assigned to a module's attribute, it joins `parameters()`.

    It shares memory with `data`. Raises RuntimeError for integers unless `requires_grad=False`.

    >>> Parameter(tensor([1., 2.]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    def __new__(cls, data=None, requires_grad=True):
        return _face(cls, _plain(data), requires_grad)

    def __deepcopy__(self, memo):
        found = memo.get(id(self))
        if found is None:
            kind, data = type(self), copied(self, memo)
            own = kind.__new__ is not Parameter.__new__ or kind.__init__ is not Parameter.__init__
            made = kind(data, self.requires_grad) if own else _become(object.__new__(kind), data, self.requires_grad)
            found = memo[id(self)] = made
        return found

    def __repr__(self, **kwargs):
        return "Parameter containing:\n" + super().__repr__(**kwargs)

    def __reduce_ex__(self, protocol):
        return _rebuild_parameter, (Parameter, self.data, self.requires_grad)


def _rebuild_parameter(cls, data, requires_grad):
    return cls(data, requires_grad)


class _BufferType(type(Tensor)):
    """`isinstance(x, Buffer)` asks for a mark: a buffer is a plain tensor."""

    def __instancecheck__(cls, instance):
        if cls is Buffer and isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False):
            return True
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferType):
    """A tensor that is state but not trained: assigned to a module's attribute, it joins `buffers()`.

    `persistent=False` keeps it out of `state_dict()`.
    """

    def __new__(cls, data=None, *, persistent=True):
        data = _plain(data)
        made = data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


_OF_LAZY = frozenset(
    "size copy_ is_complex is_floating_point half float double char short int long cuda cpu to get_device".split()
)
"""The methods of Tensor that a tensor without a shape has."""


class UninitializedTensorMixin:
    """A tensor without a shape until `materialize`; lazy modules make it so at their first call.

    Raises ValueError for nearly all methods and operators: without a shape they would compute with nothing, unseen.
    """

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        of_tensor = not name.startswith("_") and name not in _OF_LAZY and callable(vars(Tensor).get(name))
        if of_tensor and name not in vars(UninitializedTensorMixin):
            return lambda *args, **kwargs: refuse_lazy(self, name)
        return found

    @property
    def data(self):
        return uncounted(Tensor.detach(self))

    @data.setter
    def data(self, value):
        Tensor.data.fset(self, value)

    def materialize(self, shape, device=None, dtype=None):
        """Become an ordinary parameter or buffer of this shape, its values not set."""
        device = self.data.device if device is None else device
        dtype = self.data.dtype if dtype is None else dtype
        self.data = torch.empty(shape, device=device, dtype=dtype)
        self.__class__ = self.cls_to_become

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
            "`forward` to initialize the parameters before accessing their attributes."
        )

    def size(self, dim=None):
        """Nothing is there yet: (0,)."""
        return Size((0,)) if dim is None else 0

    def share_memory_(self):
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the "
            "parameters before calling `module.share_memory()`."
        )

    def __repr__(self):
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol):
        return type(self), (self.requires_grad,)


def refuse_lazy(tensor, name):
    raise ValueError(f"Attempted to use an uninitialized parameter in {name}. This error happens when you are using a "
                     f"`LazyModule` or explicitly manipulating `torch.nn.parameter.{type(tensor).__name__}` objects. When using "
                     "LazyModules Call `forward` with a dummy batch to initialize the parameters before calling torch "
                     "functions")  # fmt: skip


def _refused(name):
    return lambda self, *args: refuse_lazy(self, name)


for _name in ("add sub mul matmul truediv floordiv mod pow and or xor lshift rshift".split()):
    for _kind in ("", "r", "i"):
        setattr(UninitializedTensorMixin, f"__{_kind}{_name}__", _refused(f"__{_kind}{_name}__"))
for _name in ("lt le gt ge ne eq neg pos abs invert len iter getitem setitem contains bool int float complex index".split()):
    setattr(UninitializedTensorMixin, f"__{_name}__", _refused(f"__{_name}__"))
UninitializedTensorMixin.__hash__ = object.__hash__


def is_lazy(param):
    """Is `param` still without a shape?"""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape the first call decides."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad=True, device=None, dtype=None):
        return _face(cls, torch.empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo):
        found = memo.get(id(self))
        if found is None:
            found = memo[id(self)] = type(self)(self.requires_grad, self.data.device, self.data.dtype)
        return found


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape the first call decides."""

    cls_to_become = Tensor

    def __new__(cls, requires_grad=False, device=None, dtype=None, persistent=True):
        made = _face(cls, torch.empty(0, device=device, dtype=dtype), requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made
