"""A reader of pickles that runs nothing: it knows the opcodes, and looks names up in the tables that it is given.

What a file may do is build numbers, strings, lists, dicts, sets and tuples, and call what is in `Names.callables`.
`pickletools` cuts the stream into opcodes; each opcode's meaning is one short method here.
"""

import collections
import pickle
import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

from eagerjax.tensor import Tensor

_DICTS = (dict, collections.OrderedDict, collections.Counter, collections.defaultdict)


class Names:
    """What a file may name: `callables` and `values` by full name, and `find(module, name)` for what is in neither."""

    def __init__(self, callables, values, user, find=None):
        self.table = {**values, **callables, **user}
        self.find = find
        self.trusted = set(map(id, user.values()))  # classes whose objects take whatever state a file gives them
        self.callable = set(map(id, callables.values())) | self.trusted

    def get(self, module, name):
        """The object of that name. Raises UnpicklingError for a name that is not allowed."""
        module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        full = f"{module}.{name}"
        if full in self.table:
            return self.table[full]
        found = self.find(module, name) if self.find is not None else None
        if found is None:
            shown = full.removeprefix("builtins.")
            raise pickle.UnpicklingError(
                f"Unsupported global: GLOBAL {shown} was not an allowed global by default. Please use "
                f"`torch.serialization.add_safe_globals([{shown}])` or the `torch.serialization.safe_globals([{shown}])` "
                "context manager to allowlist this global if you trust this class/function."
            )
        if isinstance(found, type):
            self.trusted.add(id(found))
        return found


class Pending:
    """What a callable may give for an object that is complete only with its state: `finish(state)` makes it."""

    def finish(self, state):
        raise NotImplementedError


def refuse(message):
    raise pickle.UnpicklingError(message)


class Unpickler:
    """One pickle from `file`. `persistent_load` turns the id of a storage into a storage."""

    def __init__(self, file, names, persistent_load=None, encoding="utf-8"):
        self.file = file
        self.names = names
        self.persistent_load = persistent_load
        self.encoding = encoding
        self.stack = []
        self.marks = []
        self.memo = {}

    def load(self):
        """The object. Raises UnpicklingError for what is damaged or not allowed, EOFError at the end of the file."""
        at = None
        try:
            for opcode, argument, _ in pickletools.genops(self.file):
                at = opcode.name
                if at == "STOP":
                    return self.stack.pop()
                self.run(at, argument)
        except (IndexError, KeyError, ValueError, TypeError, AttributeError, UnicodeError, OverflowError) as error:
            if at is None and "empty" in str(error):
                raise EOFError("Ran out of input") from None
            raise pickle.UnpicklingError(f"the pickle is damaged at {at or 'its start'}: {error}") from error
        raise EOFError("Ran out of input")

    def run(self, name, argument):
        if name in _CONSTANTS:
            self.stack.append(argument)
            return
        do = getattr(self, "do_" + name, None) if name in _KNOWN else None
        if do is None:
            refuse(f"Unsupported operand {name}: files with tensors have no need for it")
        do(argument)

    def pop_mark(self):
        """What was pushed since the last MARK."""
        items, self.stack = self.stack, self.marks.pop()
        return items

    # -- names, calls, state: where harm could come in ------------------------------------------
    def do_GLOBAL(self, argument):
        self.stack.append(self.names.get(*argument.split(" ", 1)))

    def do_STACK_GLOBAL(self, _):
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str:
            refuse("a global's name is no string")
        self.stack.append(self.names.get(module, name))

    def do_REDUCE(self, _):
        arguments = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], arguments)

    def call(self, function, arguments):
        if id(function) not in self.names.callable:
            refuse(f"Trying to call reduce for unrecognized function {function!r}")
        if type(arguments) is not tuple:
            refuse("a call's arguments are no tuple")
        return function(*arguments)

    def do_NEWOBJ(self, _):
        arguments, kind = self.stack.pop(), self.stack.pop()
        if id(kind) in self.names.trusted and isinstance(kind, type) and type(arguments) is tuple:
            self.stack.append(kind.__new__(kind, *arguments))
        else:
            self.stack.append(self.call(kind, arguments))

    def do_BUILD(self, _):
        state, made = self.stack.pop(), self.stack[-1]
        if type(made) is collections.OrderedDict:
            if type(state) is not dict or any(type(k) is not str or hasattr(dict, k) for k in state):
                refuse("an OrderedDict in the file has a state that it cannot take")
            vars(made).update(state)
        elif isinstance(made, Pending):
            self.replace(made, made.finish(state))
        elif id(type(made)) in self.names.trusted and not isinstance(made, Tensor):
            build(made, state)
        else:
            refuse(f"Can only build OrderedDict or types allowlisted via `add_safe_globals`, but got {type(made)}")

    def replace(self, old, new):
        self.stack[-1] = new
        for number, held in self.memo.items():
            if held is old:
                self.memo[number] = new

    def do_BINPERSID(self, _):
        number = self.stack.pop()
        if type(number) is not tuple or self.persistent_load is None:
            refuse(f"persistent_load id must be tuple, but got {type(number)}")
        self.stack.append(self.persistent_load(number))

    # -- containers ---------------------------------------------------------------------------
    def do_MARK(self, _):
        self.marks.append(self.stack)
        self.stack = []

    def do_EMPTY_LIST(self, _):
        self.stack.append([])

    def do_EMPTY_DICT(self, _):
        self.stack.append({})

    def do_EMPTY_SET(self, _):
        self.stack.append(set())

    def do_EMPTY_TUPLE(self, _):
        self.stack.append(())

    def do_TUPLE(self, _):
        items = self.pop_mark()
        self.stack.append(tuple(items))

    def do_LIST(self, _):
        items = self.pop_mark()
        self.stack.append(items)

    def do_DICT(self, _):
        items = self.pop_mark()
        self.stack.append({checked_key(key): value for key, value in pairs(items)})

    def do_FROZENSET(self, _):
        items = self.pop_mark()
        self.stack.append(frozenset(map(checked_key, items)))

    def do_TUPLE1(self, _):
        self.stack[-1] = (self.stack[-1],)

    def do_TUPLE2(self, _):
        self.stack[-2:] = [tuple(self.stack[-2:])]

    def do_TUPLE3(self, _):
        self.stack[-3:] = [tuple(self.stack[-3:])]

    def do_APPEND(self, _):
        item = self.stack.pop()
        self.extend([item])

    def do_APPENDS(self, _):
        items = self.pop_mark()
        self.extend(items)

    def extend(self, items):
        if type(self.stack[-1]) not in (list, collections.deque):
            refuse(f"Can only append to lists, but got {type(self.stack[-1])}")
        self.stack[-1].extend(items)

    def do_ADDITEMS(self, _):
        items = self.pop_mark()
        if type(self.stack[-1]) is not set:
            refuse(f"Can only add to sets, but got {type(self.stack[-1])}")
        self.stack[-1].update(map(checked_key, items))

    def do_SETITEM(self, _):
        items = self.stack[-2:]
        del self.stack[-2:]
        self.set_items(items)

    def do_SETITEMS(self, _):
        items = self.pop_mark()
        self.set_items(items)

    def set_items(self, items):
        made = self.stack[-1]
        if type(made) not in _DICTS and not (isinstance(made, dict) and id(type(made)) in self.names.trusted):
            refuse(f"Can only set items of dict, collections.OrderedDict, collections.Counter, but got {type(made)}")
        for key, value in pairs(items):
            made[checked_key(key)] = value

    # -- memo, stack, constants ------------------------------------------------------------------
    def do_BINPUT(self, number):
        self.memo[number] = self.stack[-1]

    do_LONG_BINPUT = do_PUT = do_BINPUT

    def do_MEMOIZE(self, _):
        self.memo[len(self.memo)] = self.stack[-1]

    def do_BINGET(self, number):
        self.stack.append(self.memo[number])

    do_LONG_BINGET = do_GET = do_BINGET

    def do_POP(self, _):
        if self.stack:
            self.stack.pop()
        else:
            self.pop_mark()

    def do_POP_MARK(self, _):
        self.pop_mark()

    def do_DUP(self, _):
        self.stack.append(self.stack[-1])

    def do_NONE(self, _):
        self.stack.append(None)

    def do_NEWTRUE(self, _):
        self.stack.append(True)

    def do_NEWFALSE(self, _):
        self.stack.append(False)

    def do_PROTO(self, number):
        if number > pickle.HIGHEST_PROTOCOL:
            refuse(f"unsupported pickle protocol: {number}")

    def do_FRAME(self, _):
        pass

    def do_SHORT_BINSTRING(self, text):
        """A string of Python 2's, or bytes."""
        self.stack.append(text.encode("latin1") if self.encoding == "bytes" else text)

    do_BINSTRING = do_STRING = do_SHORT_BINSTRING


_CONSTANTS = {"INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2", "FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE",
              "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}  # fmt: skip
"""Opcodes whose argument is the value."""

_KNOWN = {name.removeprefix("do_") for name in dir(Unpickler) if name.startswith("do_")}


def pairs(items):
    if len(items) % 2:
        refuse("a dict in the file has a key without a value")
    return zip(items[::2], items[1::2])


def checked_key(key):
    """`key`, if it can be hashed with little work: what is nested too deeply would overflow the interpreter's stack."""
    level = [key]
    for _ in range(20):
        level = [item for outer in level if isinstance(outer, (tuple, frozenset)) for item in outer]
        if not level:
            return key
        if len(level) > 100_000:
            break
    return refuse("a key in the file is a tuple that is nested too deeply")


def plain_items(items):
    """The elements of a list, tuple or set. Raises UnpicklingError for what could have no end."""
    if not isinstance(items, (list, tuple, set, frozenset, collections.deque)):
        refuse("a collection in the file is not made of a list")
    return items


def build(made, state):
    """Give an object of a trusted class the state that was saved, as pickle does."""
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        vars(made).update(state)
    for name, value in (slots or {}).items():
        setattr(made, name, value)
