"""torch.ops: PyTorch's operators by the names of their overloads, and those that a program has defined."""

from eagerjax import namespace
from eagerjax.as_torch.lib.torch.overrides import handle_torch_function, has_torch_function
from eagerjax.as_torch.missing import Missing

operators: dict[tuple[str, str], object] = {}
"""(namespace, name) -> what runs, of the program's own operators."""


def define_operator(space, name, operator):
    operators[space, name] = operator


def called(operator, function, args, kwargs):
    """The function's result, or a proxy of fx for it where one is among the arguments."""
    given = (*args, *kwargs.values())
    if has_torch_function(given):
        return handle_torch_function(operator, given, *args, **kwargs)
    return function(*args, **kwargs)


class OpOverload:
    """One overload of an operator; calling it calls the function of that name."""

    def __init__(self, packet, overload):
        self._packet, self._overloadname = packet, overload
        self.__name__ = f"{packet.__name__}.{overload}"
        self._fx_path = f"{packet._fx_path}.{overload}"

    def __call__(self, *args, **kwargs):
        return called(self, self._packet._function, args, kwargs)

    @property
    def overloadpacket(self):
        return self._packet

    def name(self):
        return f"{self._packet._qualified_op_name}.{self._overloadname}".removesuffix(".default")

    def __repr__(self):
        return (
            f"<OpOverload(op='{self._packet._qualified_op_name.replace('::', '.')}', overload='{self._overloadname}')>"
        )


class OpOverloadPacket:
    """An operator of one name with all of its overloads."""

    def __init__(self, space, name, function):
        self._qualified_op_name = f"{space}::{name}"
        self.__name__ = name
        self._fx_path = f"torch.ops.{space}.{name}"  # under which generated code finds it
        self._function = function
        self._overloads = {}

    def __call__(self, *args, **kwargs):
        return called(self, self._function, args, kwargs)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._overloads.setdefault(name, OpOverload(self, name))

    def overloads(self):
        return list(self._overloads) or ["default"]

    def __repr__(self):
        return f"<OpOverloadPacket(op='{self._qualified_op_name.replace('::', '.')}')>"


class OpNamespace:
    """torch.ops.aten, or the operators of one library."""

    def __init__(self, name):
        self.name = name
        self._packets = {}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        found = self._packets.get(name)
        if found is None or ((self.name, name) in operators and found._function is not operators[self.name, name]):
            found = self._packets[name] = OpOverloadPacket(self.name, name, self._look_up(name))
        return found

    def _look_up(self, name):
        if (self.name, name) in operators:
            return operators[self.name, name]
        if self.name in ("aten", "prims"):
            return builtin(name)
        if self.name == "profiler":
            from eagerjax.as_torch.lib.torch.profiler import RANGES  # noqa: PLC0415

            if name in RANGES:
                return RANGES[name]
        raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{name}'")


def builtin(name):
    """The function that an operator of PyTorch's own means here."""
    plain = {"linalg": namespace.linalg, "fft": namespace.fft, "special": namespace.special}
    head, _, rest = name.partition("_")
    for space, known in ((namespace.torch, name), (namespace.F, name), (plain.get(head), rest)):
        if space is not None and hasattr(space, known):
            return getattr(space, known)
    return namespace.METHODS.get(name) or Missing("torch.ops.aten", name)


class _Ops:
    """torch.ops."""

    def __init__(self):
        self.loaded_libraries = set()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = self.__dict__[name] = OpNamespace(name)
        return made

    def load_library(self, path):
        """Raises OSError: compiled extensions of PyTorch cannot be loaded."""
        raise OSError(f"{path}: compiled extensions of PyTorch are not supported by eagerjax")

    def import_module(self, module):
        """Raises OSError, as `load_library`."""
        self.load_library(module)


ops = _Ops()
