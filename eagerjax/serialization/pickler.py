"""The writer of pickles: tensors, dtypes, sizes and devices under PyTorch's names, so that torch reads them too."""

import collections
import pickle

from eagerjax.counted import Hooks, Parts, Slots
from eagerjax.nn.parameter import Buffer, Parameter, is_lazy
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.serialization import storage
from eagerjax.serialization.allowed import function_names, layer_names
from eagerjax.size import Size
from eagerjax.tensor import Tensor

_PLAIN = {Hooks: (collections.OrderedDict,), Slots: (collections.defaultdict, dict)}
"""The dicts that modules and optimizers are made of -> (what they are in a file, its arguments)."""


class Name:
    """A global of PyTorch's, as a pickle names it. Never called: only written."""

    def __init__(self, module, name):
        self.module = module
        self.name = name

    def __call__(self):
        raise TypeError(f"{self.module}.{self.name} is a name in a file")


_NAMES: dict[tuple[str, str], Name] = {}


def name(module, attribute):
    """The one Name of a global: equal names are one object, which a pickle writes once."""
    return _NAMES.setdefault((module, attribute), Name(module, attribute))


class Pickler(pickle._Pickler):  # the one in C insists on importing what it names
    """Pickles an object; the storages of its tensors are gathered in `storages`."""

    def __init__(self, file, protocol=2, legacy=False):
        super().__init__(file, protocol)
        self.legacy = legacy
        self.storages = {}

    def persistent_id(self, obj):
        if not isinstance(obj, _Place):
            return None
        found, kind = obj.storage, storage.CLASS_OF.get(obj.storage.dtype)
        written = name("torch", kind) if kind else name("torch.storage", "UntypedStorage")
        numel = found.nbytes() // found.dtype.itemsize if kind else found.nbytes()
        pid = ("storage", written, found.key, found.location, numel)
        return (*pid, None) if self.legacy else pid

    def reducer_override(self, obj):
        """How values of this package are made again; NotImplemented for all others."""
        kind = type(obj)
        if kind is Name:
            return obj.name
        if kind is dt.dtype or id(obj) in function_names():
            return "a name of PyTorch's"
        if isinstance(obj, Tensor):
            return self.tensor(obj)
        if kind in _PLAIN:
            make, *arguments = _PLAIN[kind]
            return make, tuple(arguments), None, None, iter(obj.items())
        if kind is Size:
            return name("torch", "Size"), (tuple(obj),)
        if kind is devices.device:
            return name("torch", "device"), ((obj.type,) if obj.index is None else (obj.type, obj.index))
        if obj is dt.strided:
            return name("torch.serialization", "_get_layout"), ("torch.strided",)
        return NotImplemented

    def save_global(self, obj, name=None):
        found = self.global_name(obj)
        if found is None:
            super().save_global(obj, name)
            return
        self.write(pickle.GLOBAL + found[0].encode() + b"\n" + found[1].encode() + b"\n")
        self.memoize(obj)

    dispatch = {**pickle._Pickler.dispatch, type: lambda self, obj: self.save_class(obj),
                Parts: pickle._Pickler.dispatch[dict]}  # fmt: skip

    def save_class(self, obj):
        if self.global_name(obj) is not None:
            self.save_global(obj)
        else:
            pickle._Pickler.dispatch[type](self, obj)

    def global_name(self, obj):
        if type(obj) is Name:
            return obj.module, obj.name
        if type(obj) is dt.dtype:
            return "torch", obj.name
        if isinstance(obj, type):
            return _CLASSES.get(obj) or layer_names().get(obj)
        return function_names().get(id(obj))

    def tensor(self, obj):
        """The reduction of a tensor, a parameter, or one with attributes or of a class of the user's."""
        if is_lazy(obj):
            return name("torch.nn.parameter", type(obj).__name__), (obj.requires_grad,)
        state = storage.attributes(obj)
        if isinstance(obj, Parameter):
            inner = (obj.detach(), obj.requires_grad, collections.OrderedDict())
            if state:
                return name("torch._utils", "_rebuild_parameter_with_state"), (*inner, state)
            return name("torch._utils", "_rebuild_parameter"), inner
        make, arguments = self.plain(obj, obj.requires_grad)
        if type(obj) not in (Tensor, Buffer) or state:
            return name("torch._tensor", "_rebuild_from_type_v2"), (make, type(obj), arguments, state)
        return make, arguments

    def plain(self, obj, requires_grad):
        if obj.is_meta:
            facts = (obj.dtype, tuple(obj.shape), tuple(obj.stride()), requires_grad)
            return name("torch._utils", "_rebuild_meta_tensor_no_storage"), facts
        found, offset, size, stride = storage.parts(obj, self.storages)
        end = (requires_grad, collections.OrderedDict())
        if found.dtype in storage.CLASS_OF:
            return name("torch._utils", "_rebuild_tensor_v2"), (_Place(found), offset, size, stride, *end)
        return name("torch._utils", "_rebuild_tensor_v3"), (_Place(found), offset, size, stride, *end, obj.dtype)


_CLASSES = {Tensor: ("torch", "Tensor"), Parameter: ("torch.nn.parameter", "Parameter"),
            Buffer: ("torch.nn.parameter", "Buffer")}  # fmt: skip


class _Place:
    """A storage as an argument."""

    def __init__(self, found):
        self.storage = found
