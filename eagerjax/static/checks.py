"""Entries of guards, (container, key, value, where): how to read them, and one function that tells whether all are as they were.

A call of a compiled function comes after a program that has filled the caches of the processor with its own data: every table
and every function that a check goes through is fetched from memory anew. So the check is written as code, one comparison for
each entry, which touches the containers and nothing else.
"""

import types
from collections import OrderedDict, defaultdict

from eagerjax.counted import Hooks, Parts, Slots
from eagerjax.static.numbers import NUMBERS, alike

SIMPLE = (bool, int, float, complex, str, bytes, type(None), tuple, frozenset)
MISSING = object()
COUNTED = (Hooks, Parts, Slots)
_DICTS = (OrderedDict, defaultdict, *COUNTED)
_GONE = (KeyError, IndexError, ValueError)


class Length:
    """Key of an entry: how many items the container has."""

    def __repr__(self):
        return "len"


LENGTH = Length()


def read(container, key):
    """What is there now, or MISSING."""
    if key is LENGTH:
        return len(container)
    if isinstance(container, types.CellType):
        return read_cell(container)
    if isinstance(container, list):
        return container[key] if key < len(container) else MISSING
    return container.get(key, MISSING)


def read_cell(cell):
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return MISSING


def same(a, b):
    """Equal plain values of one type; anything else only if it is the same object."""
    return type(a) is type(b) and isinstance(a, SIMPLE) and (alike(a, b) if type(a) in NUMBERS else a == b)


def unchanged(entries):
    """A function: is each of these the very object that it was, or an equal plain value? (False asks for a closer look.)"""
    code = Code()
    tests = [code.test(*entry[:3]) for entry in entries]
    return code.function(" and ".join(tests) or "True", "False")


def numbers(places):
    """A function that reads the numbers in these places, (container, key) each: a list."""
    code = Code()
    found = [code.item(*place) for place in places]
    slowly = code.name(lambda: [read(*place) for place in places])
    return code.function(f"[{', '.join(found)}]", f"{slowly}()")


class Code:
    """The source of a function, and the objects that it names."""

    def __init__(self):
        self.names = {}  # id -> name
        self.objects = {"get": dict.get, "missing": MISSING, "read": read, "still": still, "gone": _GONE}

    def name(self, thing):
        found = self.names.get(id(thing))
        if found is None:
            found = self.names[id(thing)] = f"o{len(self.objects)}"
            self.objects[found] = thing
        return found

    def item(self, container, key):
        """An expression for what is there, which may raise where nothing is."""
        where = self.name(container)
        if type(container) is types.CellType:
            return f"{where}.cell_contents"
        of = repr(key) if type(key) in (str, int) else self.name(key)
        if type(container) in (dict, list):
            return f"{where}[{of}]"
        return f"get({where}, {of}, missing)" if type(container) in _DICTS else f"read({where}, {of})"

    def test(self, container, key, value):
        if key is LENGTH:
            return f"len({self.name(container)}) == {value}"
        kind = type(container)
        if value is MISSING and kind is dict and type(key) is str:
            return f"{key!r} not in {self.name(container)}"
        if kind in _DICTS or (kind in (dict, list, types.CellType) and value is not MISSING):
            return f"{self.item(container, key)} is {self.name(value)}"
        return f"still({self.name(container)}, {self.name(key)}, {self.name(value)})"

    def function(self, result, otherwise, takes="", first=""):
        """`def check(takes)`, whose objects are its own variables: quicker to get at than globals. It begins with `first`."""
        given = ", ".join([*takes.split(), *[f"{name}={name}" for name in self.objects]])
        lines = [f"def check({given}):", "    try:", f"        {first}", f"        return ({result})",
                 "    except gone:", f"        return {otherwise}"]  # fmt: skip
        exec(compile("\n".join(lines), "<guards>", "exec"), scope := dict(self.objects))
        return scope.pop("check")  # else it would hold itself


def still(container, key, value):
    now = read(container, key)
    return now is value or same(now, value)
