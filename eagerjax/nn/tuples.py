"""One number for every spatial dimension: `pair(3)` is (3, 3), `pair((3, 5))` stays."""

from collections.abc import Iterable


def ntuple(n):
    """The function that makes n-tuples of single values, and leaves sequences as they are."""

    def parse(x):
        return tuple(x) if isinstance(x, Iterable) else (x,) * n

    return parse


single, pair, triple, quadruple, sextuple = (ntuple(n) for n in (1, 2, 3, 4, 6))


def reverse_repeat(sizes, n):
    """(a, b) with n=2 is (b, b, a, a): paddings in the order that F.pad wants."""
    return tuple(x for x in reversed(sizes) for _ in range(n))
