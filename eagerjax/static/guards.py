"""Guards: what a function may read besides its arguments, found by looking at its code, and how to see it change.

From the function on, everything that its code names is followed: globals, closure cells, attributes, methods,
functions that it calls, layers, containers. Each value found is an entry (container, key, value).
"""

import functools
import sys
import types

from eagerjax.counted import CHANGES, USED
from eagerjax.nn import Module
from eagerjax.optim import Optimizer
from eagerjax.static import checks
from eagerjax.static.checks import COUNTED, LENGTH, MISSING, SIMPLE, read, same
from eagerjax.static.library import is_foreign, is_library
from eagerjax.tensor import Tensor

_CODE = (types.FunctionType, type, types.ModuleType)
_LARGEST = 1000
"""Entries of a container that are followed; a larger one is watched by its length alone."""
_PREPARING = frozenset(("__init__", "reset_parameters", "extra_repr", "__repr__", "__getstate__", "__setstate__"))
"""Methods of the library's layers that no call of a layer reaches."""
_LOOKING_UP = frozenset(("getattr", "hasattr", "vars", "__dict__", "__getattribute__", "attrgetter", "getmembers"))
_MODES = frozenset(("train", "eval"))
_BESIDES = frozenset(("add_param_group", "defaults", "load_state_dict", "state_dict"))
"""What else there is to an optimizer than its steps."""


class Guards:
    """The entries that a function's code leads to, with their values now."""

    def __init__(self, function, arguments=()):
        self.names = set()
        self.seen = {}  # id -> object: keeps it alive
        self.objects = []  # (object, where it was found)
        self.entries = {}  # (id of the container, key) -> (container, key, value, where)
        self.modules = set()  # ids of the attributes of layers
        self.layers = {}  # id of the attributes of a layer of ours -> the names that its code reads
        self.optimizers = []  # those of ours
        self.read_below = frozenset()  # names that layers of ours may read of those in them
        self.foreign = False  # may code that is not followed look at layers?
        self.visit(function, getattr(function, "__qualname__", "the function"))
        for i, value in enumerate(arguments):
            self.visit(value, f"argument {i}")
        self.settle()
        self.table = tuple(self.entries.values())

    def settle(self):
        """Objects show the attributes that code names; new code names more, so go on until nothing is new."""
        known = -1
        while known != (len(self.names), len(self.objects)):
            known = len(self.names), len(self.objects)
            for obj, where in list(self.objects):
                self.attributes(obj, where)

    # -- walking ----------------------------------------------------------------------------------
    def visit(self, value, where):
        if isinstance(value, SIMPLE) and not isinstance(value, tuple):
            return
        if id(value) in self.seen or isinstance(value, Tensor):
            return
        self.seen[id(value)] = value
        self.foreign |= is_foreign(value if isinstance(value, _CODE) else type(value))
        if isinstance(value, types.MethodType):
            self.visit(value.__self__, where.rpartition(".")[0] or where)
            self.visit(value.__func__, where)
        elif isinstance(value, _CODE):
            if not is_library(value):
                self.code(value, where)
        elif isinstance(value, functools.partial):
            for part in (value.func, value.args, value.keywords):
                self.visit(part, where)
        elif isinstance(value, (list, tuple, dict, set)):
            self.container(value, where)
        elif isinstance(value, Module):
            self.module(value, where)
        elif (hasattr(value, "__dict__") and not is_library(type(value))) or isinstance(value, Optimizer):
            self.objects.append((value, where))
            if is_library(type(value)) and not is_foreign(type(value)):
                self.optimizers.append(value)
            self.visit(type(value), where)
        elif callable(getattr(value, "__wrapped__", None)):
            self.visit(value.__wrapped__, where)

    def code(self, value, where):
        """A function, a class or a Python module of the user's."""
        if isinstance(value, types.FunctionType):
            self.function(value, where)
        elif isinstance(value, type):
            self.methods(value, where)
        else:
            self.objects.append((value, where))

    def function(self, function, where):
        for code in codes(function.__code__):
            self.names.update(code.co_names)
            for name in code.co_names:
                if name in function.__globals__:
                    self.note(function.__globals__, name, name)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            self.note(cell, "cell_contents", name)
        for i, value in enumerate(function.__defaults__ or ()):
            self.visit(value, f"{where}'s default {i}")
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            self.visit(wrapped, where)

    def methods(self, cls, where):
        for base in cls.__mro__[:-1]:
            if is_library(base):
                continue
            for name, member in vars(base).items():
                member = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
                if isinstance(member, types.FunctionType):
                    self.visit(member, f"{cls.__name__}.{name}")

    def attributes(self, obj, where):
        state = vars(obj)
        everything = isinstance(obj, Optimizer)
        looks_up = not self.names.isdisjoint(("getattr", "hasattr", "vars"))
        for name in list(state if everything else self.names):
            if name in state:
                self.note(state, name, f"{where}.{name}")
            elif not everything and (looks_up or self.class_value(type(obj), name, where)):
                self.note(state, name, f"{where}.{name}")  # that it has none of its own

    def class_value(self, cls, name, where):
        """Note a class's attribute that objects read as their own. False for methods and what is not there."""
        for base in cls.__mro__:
            member = vars(base).get(name, MISSING)
            if member is not MISSING:
                if callable(member) or hasattr(member, "__get__"):
                    return False
                self.note(vars(base), name, f"{where}.{name}")
                return True
        return False

    def container(self, value, where):
        if not isinstance(value, tuple):  # it stays what it is
            self.note_length(value, where)
        if isinstance(value, set) or len(value) > _LARGEST:
            return
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in list(items):
            if isinstance(value, tuple):
                self.visit(item, f"{where}[{key}]")
            else:
                self.note(value, key, f"{where}[{key!r}]" if not isinstance(key, Tensor) else f"{where}[...]")

    def module(self, module, where):
        """A layer: what it is made of (so all below), its mode, its plain attributes, its hooks."""
        self.visit(type(module), type(module).__name__)
        self.modules.add(id(vars(module)))
        self.note(vars(module), "forward", f"{where}.forward")  # it has none of its own, or this one
        for key, value in vars(module).items():
            if key == "_is_full_backward_hook":
                continue  # says something of hooks only
            if isinstance(value, SIMPLE) or (isinstance(value, dict) and key.startswith("_")) or key in self.names:
                self.note(vars(module), key, f"{where}.{key}")
        if not is_library(type(module)):
            self.objects.append((module, where))
        elif not is_foreign(type(module)):
            names = read_by(type(module))
            if names.isdisjoint(_LOOKING_UP):
                self.layers[id(vars(module))] = names
            if module._modules:
                self.read_below |= names

    # -- entries ----------------------------------------------------------------------------------
    def note(self, container, key, where):
        place = (id(container), key if not isinstance(key, Tensor) else id(key))
        if place in self.entries:
            return
        value = read(container, key)
        self.entries[place] = (container, key, value, where)
        self.visit(value, where)

    def note_length(self, container, where):
        self.entries.setdefault((id(container), LENGTH), (container, LENGTH, len(container), f"len({where})"))

    def tensors(self):
        """The tensors among the values."""
        return [value for _, _, value, _ in self.table if isinstance(value, Tensor)]

    # -- checking ---------------------------------------------------------------------------------
    def numbers(self, recording):
        """Values of the watched ints and floats, which may become inputs; the rest of the table stays guards.

        Hyperparameters that the recorded optimizers read are fetched anew on every call: no guards at all.
        """
        groups = {id(group) for _, group, *_ in recording.updates}
        may_be_read = self.reading()
        table = [e for e in self.table if not (id(e[0]) in groups and is_numbers(e[2])) and may_be_read(e)]
        soft = [e for e in table if type(e[2]) in (int, float) and e[1] is not LENGTH]
        self.soft = [e[:2] for e in soft]
        self.hard = tuple(e for e in table if type(e[2]) not in (int, float) or e[1] is LENGTH)
        self.counted = tuple(filter(self.is_counted, self.hard))  # looked at when something was counted
        self.counts = [*USED, *CHANGES]
        return [read(*place) for place in self.soft]

    def reading(self):
        """A function: may a call look at this entry? It does not look at what no code names of our own layers, nor at what
        no step of our own optimizers is concerned with."""
        names = self.names | self.read_below
        if self.foreign or not names.isdisjoint(_LOOKING_UP):
            return lambda entry: True
        if not names.isdisjoint(_MODES):
            names = names | {"training"}
        steps = self.read_by_steps() if names.isdisjoint(_BESIDES) else {}

        def may_be_read(entry):
            container, key, *_ = entry
            where = id(container)
            if where in steps and key not in steps[where]:
                return False
            return where not in self.layers or self.is_counted(entry) or key in names or key in self.layers[where]

        return may_be_read

    def read_by_steps(self):
        """{id of a container of an optimizer of ours: the keys that a step looks at}, where that is not all of them."""
        found = {}
        for optimizer in self.optimizers:
            attributes = vars(optimizer)
            others = {name for name in attributes if "state_dict" in name}
            found[id(attributes)] = attributes.keys() - others
            found.update((id(attributes[name]), ()) for name in others)
            found[id(optimizer.defaults)] = ("differentiable",)
        return found

    def is_counted(self, entry):
        """Is every change of it counted (see `counted`)?"""
        container, key, value, _ = entry
        if isinstance(container, COUNTED):
            return True
        return id(container) in self.modules and (isinstance(value, COUNTED) or (key == "forward" and value is MISSING))

    @functools.cached_property
    def numbers_now(self):
        """A function that reads the watched numbers."""
        return checks.numbers(self.soft)

    @functools.cached_property
    def unchanged(self):
        """A function: are the entries alike that nothing counts?"""
        return checks.unchanged(self.uncounted)

    @functools.cached_property
    def uncounted(self):
        """The entries that every call looks at."""
        return [e for e in self.hard if not self.is_counted(e)]

    def counting(self):
        """Was something counted since they were last looked at?"""
        return self.counted and [*USED, *CHANGES] != self.counts

    def broken(self):
        """`changed()` of what must stay (the numbers aside), for every call: almost always nothing has changed."""
        if not self.unchanged():
            return self.changed(self.hard)
        if self.counting():
            now = [*USED, *CHANGES]
            if (found := self.changed(self.counted)) is not None:
                return found
            self.counts = now  # what was counted was of other modules
        return None

    def changed(self, table=None):
        """The first entry (of `table`: all of them) that is not what it was, in words; None if all are."""
        for container, key, value, where in self.table if table is None else table:
            now = read(container, key)
            if now is not value and not same(now, value):
                return f"{where} changed from {short(value)} to {short(now)}"
        return None


@functools.cache
def read_by(layer):
    """Names that a layer of ours reads when it is called: in its methods, and in the functions beside its class."""
    found = set()
    for base in layer.__mro__[: layer.__mro__.index(Module)]:
        beside = [f for f in vars(sys.modules[base.__module__]).values() if getattr(f, "__module__", None) == base.__module__]
        for name, member in (*vars(base).items(), *enumerate(beside)):
            member = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            if isinstance(member, types.FunctionType) and name not in _PREPARING:
                found.update(*(code.co_names for code in codes(member.__code__)))
    return frozenset(found)


def is_numbers(value):
    """A number, or a tuple of them (`betas`)."""
    return type(value) in (int, float) or (type(value) is tuple and all(type(v) in (int, float) for v in value))


def short(value):
    text = "nothing" if value is MISSING else repr(value)
    return text if len(text) < 80 else text[:77] + "..."


def codes(code):
    """A code object and those defined in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)
