"""torch.Size: a tuple that prints as PyTorch prints it."""

import math
from collections.abc import Iterable
from typing import Any


def check_size(shape):
    """Raises RuntimeError for more elements than any memory has bytes."""
    if math.prod(shape) >= 1 << 60:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)}")


class Size(tuple):
    """The shape of a tensor."""

    __slots__ = ()

    def __new__(cls, lengths=(), /):
        made = tuple.__new__(cls, lengths)
        for length in made:
            if type(length) is not int:
                return tuple.__new__(cls, map(_whole, range(len(made)), made))
        return made

    def numel(self):
        return math.prod(self)

    def __repr__(self):
        return f"torch.Size({list(self)})"

    def __getitem__(self, index) -> Any:
        got = tuple.__getitem__(self, index)
        return tuple.__new__(Size, got) if isinstance(index, slice) else got

    def __add__(self, other):
        if isinstance(other, tuple):
            return Size(tuple.__add__(self, other))
        if isinstance(other, Iterable) or not hasattr(type(other), "__radd__"):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return NotImplemented

    def __radd__(self, other):
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, other):
        return Size(tuple.__mul__(self, other))

    __rmul__ = __mul__


def _whole(position, length):
    """One length as an int. Raises TypeError for what is none, and is no tensor or array of one whole number."""
    if isinstance(length, int):
        return int(length)
    whole = getattr(length, "__index__", None)
    try:
        return whole()
    except TypeError:
        raise TypeError(f"torch.Size() takes an iterable of 'int' (item {position} is '{type(length).__name__}')") from None
