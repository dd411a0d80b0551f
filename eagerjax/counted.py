"""Dictionaries that count their changes: with them, a call under `jit=True` need not look into each layer and each slot."""

import functools
from collections import OrderedDict, defaultdict

from jax.tree_util import DictKey, register_pytree_with_keys

USED = []
"""[how often a hook was registered or removed], empty before the first: until then, no module need look for its own."""
CHANGES = []
"""[how often a part of any module or a slot of any optimizer came, went or was replaced]."""
_MUTATORS = ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update")


def note(counter):
    counter[:] = [sum(counter) + 1]


def counted(base, name, counter):
    """The method of a dict type, which counts that it was called."""
    method = getattr(base, name)

    @functools.wraps(method)
    def change(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        finally:
            note(counter)

    return change


class Parts(dict):
    """Parameters, buffers or submodules of a layer, or slots of a parameter, by name."""

    __slots__ = ()


class Slots(defaultdict):
    """An optimizer's state: {parameter: its slots}."""

    __slots__ = ()

    def __init__(self, items=()):
        super().__init__(Parts, items)

    def __reduce__(self):
        return Slots, (), None, None, iter(self.items())

    def __repr__(self):
        return repr(defaultdict(dict, self))

    def copy(self):
        return Slots(self)

    __copy__ = copy


def slots_of(state):
    """An optimizer's state that comes from anywhere, as `Slots`."""
    if type(state) is Slots:
        return state
    return Slots({key: Parts(slots) if isinstance(slots, dict) else slots for key, slots in state.items()})


class Hooks(OrderedDict):
    """Hooks by number, in the order in which they run."""

    def __repr__(self):
        return repr(OrderedDict(self))


for _name in _MUTATORS:  # a slot that `Slots` makes for a new key comes through `__setitem__`
    setattr(Parts, _name, counted(dict, _name, CHANGES))
    setattr(Slots, _name, counted(defaultdict, _name, CHANGES))
for _name in (*_MUTATORS, "move_to_end"):
    setattr(Hooks, _name, counted(OrderedDict, _name, USED))


def _with_keys(parts):
    names = tuple(sorted(parts))
    return [(DictKey(name), parts[name]) for name in names], names


register_pytree_with_keys(Parts, _with_keys, lambda names, values: Parts(zip(names, values)))  # as a dict is
