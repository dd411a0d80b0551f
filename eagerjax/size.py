"""torch.Size: a tuple that prints as PyTorch prints it."""

from typing import Any


class Size(tuple):
    """The shape of a tensor."""

    __slots__ = ()

    def numel(self):
        n = 1
        for length in self:
            n *= length
        return n

    def __repr__(self):
        return f"torch.Size({list(self)})"

    def __getitem__(self, index) -> Any:
        got = tuple.__getitem__(self, index)
        return Size(got) if isinstance(index, slice) else got

    def __add__(self, other):
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other):
        return Size(tuple(other) + tuple(self))
