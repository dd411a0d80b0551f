"""What a file may name. A name is looked up in these tables and nowhere else; nothing is ever imported for a file."""

import collections
import functools

from eagerjax import namespace, nn
from eagerjax.nn.hooks import WrappedHook
from eagerjax.nn.parameter import Buffer, Parameter
from eagerjax.nn.utils.spectral_norm import SpectralNorm, SpectralNormLoadStateDictPreHook, SpectralNormStateDictHook
from eagerjax.nn.utils.weight_norm import WeightNorm
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.serialization import storage
from eagerjax.serialization.unpickle import checked_key, plain_items
from eagerjax.size import Size
from eagerjax.tensor import Tensor


def _parameter(data, requires_grad=True, backward_hooks=None):
    """A parameter on the memory of `data`."""
    if not isinstance(data, Tensor):
        raise RuntimeError("a parameter in the file is not made of a tensor")
    return Parameter(data, requires_grad)


def _parameter_with_state(data, requires_grad, backward_hooks, state):
    return storage.set_attributes(_parameter(data, requires_grad), state)


def _of_type(rebuild, kind, args, state):
    """A tensor with attributes, or of a class of the user's."""
    if rebuild not in _TENSORS.values() or not isinstance(kind, type) or not issubclass(kind, Tensor):
        raise RuntimeError("a tensor in the file is of a class that is no tensor class")
    made = rebuild(*args)
    if type(made) is not kind:
        made.__class__ = kind
    return storage.set_attributes(made, state)


def _layout(name):
    if name != "torch.strided":
        raise RuntimeError(f"the file names the layout {name}; only torch.strided exists here")
    return dt.strided


def _encode(text, encoding="latin1"):
    """Bytes, as older pickles spell them."""
    if encoding not in {"latin1", "latin-1"}:
        raise RuntimeError(f"bytes in the file are in an unknown encoding {encoding!r}")
    return text.encode("latin1")


def _device(kind="cpu", index=None):
    return devices.device(kind, index)


def _size(lengths=()):
    if any(type(n) is not int for n in plain_items(lengths)):
        raise RuntimeError("a shape in the file is not made of integers")
    return Size(lengths)


def _ordered(items=()):
    """An ordered dict, of pairs where older pickles have them."""
    return collections.OrderedDict((checked_key(key), value) for key, value in plain_items(items))


def _counter(counts=None):
    if not isinstance(counts, dict):
        raise RuntimeError("a Counter in the file is not made of a dict")
    return collections.Counter(counts)


def _set(items=()):
    return set(map(checked_key, plain_items(items)))


def _frozenset(items=()):
    return frozenset(map(checked_key, plain_items(items)))


def _bytearray(content=b"", encoding="latin1"):
    return bytearray(content if isinstance(content, (bytes, bytearray)) else _encode(content, encoding))


def _complex(real=0.0, imag=0.0):
    return complex(float(real), float(imag))


_TENSORS = {
    "torch._utils._rebuild_tensor": storage.rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": storage.rebuild_tensor_v2,
    "torch._utils._rebuild_tensor_v3": storage.rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter_with_state,
    "torch._utils._rebuild_meta_tensor_no_storage": storage.rebuild_meta,
    "torch._tensor._rebuild_from_type_v2": _of_type,
}

CALLABLES = {
    **_TENSORS,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.Size": _size,
    "torch.device": _device,
    "torch.serialization._get_layout": _layout,
    "collections.OrderedDict": _ordered,
    "collections.Counter": _counter,
    "_codecs.encode": _encode,
    "builtins.bytearray": _bytearray,
    "builtins.set": _set,
    "builtins.frozenset": _frozenset,
    "builtins.complex": _complex,
}
"""Names that a file may call, with what they do here."""

VALUES = {
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Buffer": Buffer,
    "torch.storage.UntypedStorage": storage.StorageType("UntypedStorage", None),
    "torch.UntypedStorage": storage.StorageType("UntypedStorage", None),
    **{f"torch.{d.name}": d for d in dt.ALL},
    **{f"torch.{name}": storage.StorageType(name, d) for name, d in storage.CLASSES.items()},
}
"""Names that a file may mention, without calling them."""

INERT = {name: (lambda *args: None) for name in _TENSORS}
"""For a first look at a file whose tensors cannot be made yet."""

_BLOCKED = {"sys", "os", "posix", "nt", "subprocess", "builtins", "importlib"}


@functools.cache
def functions():
    """{name: function} of the public functions: a module may hold `F.relu` as an attribute. Mentioned, never called."""
    homes = {"torch.nn.functional": namespace.F, "torch": namespace.torch, "torch.linalg": namespace.linalg,
             "torch.special": namespace.special, "torch.fft": namespace.fft}  # fmt: skip
    return {f"{home}.{name}": function for home, space in reversed(homes.items()) for name, function in vars(space).items()
            if callable(function) and not isinstance(function, type)}  # fmt: skip


@functools.cache
def function_names():
    """{id of a public function: (module, name)}, for the writer."""
    return {id(function): tuple(name.rsplit(".", 1)) for name, function in functions().items()}


HOOKS = (WeightNorm, SpectralNorm, SpectralNormLoadStateDictPreHook, SpectralNormStateDictHook, WrappedHook)
"""Classes of hooks that a whole module may hold."""


@functools.cache
def layers():
    """{full name in PyTorch: class} of what `layer_names` has."""
    return {".".join(name): kind for kind, name in layer_names().items()}


@functools.cache
def layer_names():
    """{class of a layer, or of a hook that layers have: (module, name) in PyTorch}."""
    from eagerjax.optim.swa_utils import AveragedModel  # noqa: PLC0415  (it is made of layers itself)

    found = {nn.DataParallel: ("torch.nn.parallel.data_parallel", "DataParallel"),
             nn.MultiheadAttention: ("torch.nn.modules.activation", "MultiheadAttention"),
             AveragedModel: ("torch.optim.swa_utils", "AveragedModel"),
             **{kind: ("torch.nn.utils." + kind.__module__.rpartition(".")[2], kind.__name__) for kind in HOOKS},
             WrappedHook: ("torch.nn.modules.module", "_WrappedHook")}  # fmt: skip
    for file in nn.modules.FILES:
        module = getattr(nn.modules, file)
        for name, kind in vars(module).items():
            own = getattr(kind, "__module__", None) == module.__name__
            if own and isinstance(kind, type) and issubclass(kind, nn.Module) and (file, name) not in _ELSEWHERE:
                found[kind] = (f"torch.nn.modules.{file}", name)
    return found


_ELSEWHERE = {("channelshuffle", "PixelShuffle"), ("channelshuffle", "PixelUnshuffle"), ("pixelshuffle", "ChannelShuffle")}
"""Layers that stand in one file here, and in two of PyTorch's."""


# -- the user's own ------------------------------------------------------------------------


def _entry(item):
    """(name, object) of a class or function, or of a pair (object, name)."""
    if isinstance(item, tuple):
        if len(item) != 2:
            raise ValueError(
                f"Expected tuple of length 2 (global, str of callable full path), but got tuple of length: {len(item)}"
            )
        if not isinstance(item[1], str):
            raise TypeError(f"Expected second item in tuple to be str of callable full path, but got: {type(item[1])}")
        return item[1], item[0]
    return f"{item.__module__}.{item.__qualname__}", item


_given: list[object] = []


def add_safe_globals(safe_globals):
    """Let files name these classes or functions, and call them: trust them with any arguments."""
    for item in safe_globals:
        name, _ = _entry(item)
        if name.split(".")[0] in _BLOCKED - {"builtins"}:
            raise ValueError(f"{name} is of a module that files may never name")
        if item not in _given:
            _given.append(item)


def get_safe_globals():
    """What `add_safe_globals` was given."""
    return list(_given)


def clear_safe_globals():
    """Forget what `add_safe_globals` was given."""
    _given.clear()


class safe_globals:
    """A context in which files may name these classes or functions."""

    def __init__(self, safe_globals):
        self.safe_globals = list(safe_globals)

    def __enter__(self):
        self.before = get_safe_globals()
        add_safe_globals(self.safe_globals)

    def __exit__(self, *_):
        _given[:] = self.before


def user_globals():
    """{name: object} of what the user allows now."""
    named = [(function_names().get(id(item)) or layer_names().get(item), item) for item in _given if callable(item)]
    ours = {".".join(name): item for name, item in named if name}
    return {**ours, **dict(map(_entry, _given))}
