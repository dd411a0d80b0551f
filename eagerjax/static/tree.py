"""Arguments and results as flat lists: any nesting of dict, list, tuple, named tuple and dataclass."""

import copy
import dataclasses

from eagerjax.sparse.coo import SparseTensor
from eagerjax.tensor import Tensor

TENSOR, NUMBER = "tensor", "number"
_PLAIN = (bool, str, bytes, type(None))
_TENSORS = {Tensor}


def flatten(tree, tensors, numbers):
    """A hashable description of `tree`; its tensors and its ints and floats are appended to the two lists.

    A tensor that was there before is described by its place in the list; a sparse one is its indices and its values. Other
    objects stand for themselves.
    """
    kind = type(tree)
    if isinstance(tree, Tensor) and kind is not SparseTensor:
        for i, known in enumerate(tensors):
            if known is tree:
                return (TENSOR, i)
        tensors.append(tree)
        return (TENSOR, len(tensors) - 1)
    if kind is float or kind is int:
        numbers.append(tree)
        return (NUMBER, kind)
    if isinstance(tree, _PLAIN):
        return (kind, tree)
    if kind is SparseTensor or isinstance(tree, (tuple, list, slice)):
        facts, items = parts(tree)
        return (kind, *facts, *[flatten(item, tensors, numbers) for item in items])
    if isinstance(tree, dict):
        return (kind, *[(key, flatten(item, tensors, numbers)) for key, item in tree.items()])
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return (kind, *[(f.name, flatten(getattr(tree, f.name), tensors, numbers)) for f in dataclasses.fields(tree)])
    return (Same, Same(tree))


_FORMS: dict[int, tuple] = {}


def flatten_call(args, kwargs, tensors, numbers):
    """`flatten` of a call's arguments, which mostly are a few different tensors."""
    if kwargs or {*map(type, args)} != _TENSORS or len({*map(id, args)}) < len(args):
        return flatten((args, kwargs), tensors, numbers)
    form = _FORMS.get(len(args))
    if form is None:
        form = _FORMS[len(args)] = flatten((args, kwargs), tensors, numbers)
    else:
        tensors += args
    return form


def parts(tree):
    """(what else there is to a sequence, a slice or a sparse tensor, what it consists of)."""
    if type(tree) is SparseTensor:
        return (tuple(tree.shape), tree._coalesced, tree.layout), (tree._indices(), tree._values())
    return (), (tree.start, tree.stop, tree.step) if type(tree) is slice else tree


class Same:
    """An object that is equal to itself only, whatever its own `==` says."""

    __slots__ = ("what",)

    def __init__(self, what):
        self.what = what

    def __eq__(self, other):
        return type(other) is Same and self.what is other.what

    def __hash__(self):
        return id(self.what)


class Hole:
    """In the skeleton of a result: the place of a tensor."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


def skeleton(tree, tensors):
    """`tree` with holes for its tensors, in which nothing keeps them alive."""
    numbers = {id(t): i for i, t in enumerate(tensors)}
    return rebuild(tree, lambda t: Hole(numbers[id(t)]))


def fill(tree, tensors):
    """A new tree with tensors in the holes of a skeleton."""
    return tensors[tree.number] if type(tree) is Hole else rebuild(tree, lambda hole: tensors[hole.number], Hole)


def rebuild(tree, tensor, kind=Tensor):
    """`tree` with `tensor(t)` in place of each `t` of type `kind`."""
    if type(tree) is SparseTensor:
        indices, values = [rebuild(part, tensor, kind) for part in parts(tree)[1]]
        return SparseTensor(indices, values, tree.shape, tree._coalesced, tree.layout)
    if isinstance(tree, kind):
        return tensor(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[rebuild(item, tensor, kind) for item in tree])
    if isinstance(tree, (tuple, list)):
        return type(tree)([rebuild(item, tensor, kind) for item in tree])
    if isinstance(tree, dict):
        made = copy.copy(tree)
        made.update((key, rebuild(item, tensor, kind)) for key, item in tree.items())
        return made
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        made = copy.copy(tree)
        for field in dataclasses.fields(tree):
            object.__setattr__(made, field.name, rebuild(getattr(tree, field.name), tensor, kind))
        return made
    return tree
