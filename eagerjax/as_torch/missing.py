"""Names of PyTorch's that eagerjax lacks: they can be imported, asked for, subclassed; calling them says what is missing."""

from eagerjax.as_torch import table
from eagerjax.runtime import dtype as dt


def stand_in(module, name):
    """The stand-in for `module.name`, by what it is in PyTorch."""
    make = {"c": missing_class, "e": missing_exception, "d": missing_dtype, "f": Missing, "v": Missing}
    return make[table.kind(module, name)](module, name)


def refuse(what):
    raise NotImplementedError(f"{what} is not supported by eagerjax")


class Missing:
    """A function or a value of PyTorch's that does not exist here."""

    def __init__(self, module, name):
        self.__module__ = module
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args, **kwargs):
        refuse(self)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(f"{self} has no attribute {name!r}")
        return Missing(str(self), name)

    def __or__(self, other):  # in annotations: `x: torch.a_type | None`
        return self

    __ror__ = __or__

    def __repr__(self):
        return f"{self.__module__}.{self.__name__}"

    def __reduce__(self):
        return Missing, (self.__module__, self.__name__)


class MissingType(type):
    """The class of classes that do not exist here: their own names stand in as well, an enumeration's for example."""

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return Missing(f"{cls.__module__}.{cls.__qualname__}", name)


def missing_class(module, name):
    """A class that nothing is an instance of: making one says what is missing."""

    def new(cls, *args, **kwargs):
        refuse(f"{module}.{name}")

    facts = {"__new__": new, "__module__": module, "__class_getitem__": classmethod(lambda cls, item: cls),
             "__doc__": "Not supported by eagerjax."}  # fmt: skip
    return MissingType(name, (), facts)


def missing_exception(module, name):
    """An exception that nothing here raises: `except` may name it."""
    return type(name, (RuntimeError,), {"__module__": module, "__doc__": "Never raised by eagerjax."})


def missing_dtype(module, name):
    """A dtype that no tensor can have: tables of dtypes may name it."""
    return UnknownDtype(name)


class UnknownDtype(dt.dtype):
    """A dtype of PyTorch's that no array here can have."""

    __slots__ = ()

    def __init__(self, name):
        self.name = self.title = name
        self.is_floating_point = name.startswith("float")
        self.is_complex = name.startswith("complex")
        self.is_signed = not name.startswith(("uint", "quint"))
        self.itemsize = {"complex32": 4, "qint32": 4}.get(name, 1)
        self.category = dt.FLOATING if self.is_floating_point else dt.INTEGER
        self.rank = 0

    def __reduce__(self):
        return UnknownDtype, (self.name,)

    def __getattr__(self, name):
        if name == "np":
            raise NotImplementedError(f"tensors of dtype torch.{self.name} are not supported by eagerjax")
        raise AttributeError(f"'torch.dtype' object has no attribute {name!r}")
