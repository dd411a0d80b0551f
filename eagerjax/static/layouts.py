"""How a length that varies goes into the axes of a value: what must be known of a padded array to know which parts are right.

An axis is a tuple of factors, outermost first: integers of 2 or more, and `N(d)`, the varying length plus d. A batch of B
sequences of n words has the axes (B,) and (N(0),); flattened, the axis (B, N(0)). An element is right if its place in each
varying factor is below the true length; others hold anything. `Any` is an axis along which all elements are alike, so that
each reading of it is right.
"""

import dataclasses
import math

_FAR = 64
"""The largest |d| of N(d) that is read out of two sizes."""


class Unknown(Exception):
    """Why a shorter call can't be padded, in words."""


def need(condition, why):
    if not condition:
        raise Unknown(why)


@dataclasses.dataclass(frozen=True, order=True)
class N:
    d: int = 0


@dataclasses.dataclass(frozen=True)
class Any:
    """An axis of c * (length + d) * ... elements that are all alike."""

    c: int
    ds: tuple


@dataclasses.dataclass(frozen=True)
class Affine:
    """c * length + d, of parameters."""

    c: int
    d: int


@dataclasses.dataclass(frozen=True)
class Extent:
    """The size that an axis has, as a parameter."""

    axis: object


@dataclasses.dataclass(frozen=True)
class Count:
    """The axis of 0, 1, 2, ... up to a size: made anew for whichever axes they are reshaped to."""

    sizes: tuple = dataclasses.field(compare=False)  # at both lengths; what is planned is the same for others


def fixed(size):
    """The axis of a size that does not vary."""
    return () if size == 1 else (size,)


def varies(axis):
    return isinstance(axis, (Any, Count)) or any(isinstance(f, N) for f in axis)


def ragged(layout):
    """Does any axis vary?"""
    return any(map(varies, layout))


def factors_of(axis):
    return (axis.c, *map(N, axis.ds)) if isinstance(axis, Any) else axis


def size(axis, length):
    return math.prod(length + f.d if isinstance(f, N) else f for f in factors_of(axis))


def shape(layout, length):
    return tuple([size(axis, length) for axis in layout])


def extents(layout):
    """The shape of a layout, as a parameter."""
    return tuple(map(Extent, layout))


def degree(axis):
    """(constant factor, the varying ones in order): equal for axes that always have one size."""
    found = factors_of(axis)
    return math.prod(f for f in found if not isinstance(f, N)), tuple(sorted(f.d for f in found if isinstance(f, N)))


def normal(factors):
    """Neighbouring constant factors as one."""
    found = []
    for factor in factors:
        if not isinstance(factor, N) and found and not isinstance(found[-1], N):
            found[-1] *= factor
        elif factor != 1:
            found.append(factor)
    return tuple(found)


def join(a, b):
    """What an axis is that must be read as `a` and as `b`."""
    if a == b:
        return a
    if isinstance(a, Any) or isinstance(b, Any):
        need(degree(a) == degree(b), "values of different lengths")
        return b if isinstance(a, Any) else a
    raise Unknown("values whose rows do not belong together")


def is_prefix(axis):
    """Are the elements that are right the first ones?"""
    return not isinstance(axis, Any) and isinstance(axis[0], N) and not any(isinstance(f, N) for f in axis[1:])


class Lengths:
    """The two lengths at which a function has been seen, and what two sizes say of an axis."""

    def __init__(self, full, short, inner):
        self.full, self.short = full, short
        self.inner = inner  # does something stand before the varying axis, as a batch does before sequences?

    def any_of(self, a, b):
        """What has the size `a` at the full and `b` at the short length, as an axis of elements that are all alike."""
        if a == b:
            return fixed(a)
        c, rest = divmod(a - b, self.full - self.short)
        d, more = divmod(a - c * self.full, c) if c else (0, 1)
        if not rest and not more and c > 0 and abs(d) <= _FAR:
            return Any(c, (d,))
        for d in sorted(range(-4, 5), key=abs):
            c, rest = divmod(a, max(self.full + d, 1) ** 2)
            if not rest and c and b == c * (self.short + d) ** 2:
                return Any(c, (d, d))
        raise Unknown(f"a size of {a} that is {b} for another length")

    def settled(self, axis):
        """One reading of an axis: where each is right, or as a guess, which is checked against all that follows."""
        if not isinstance(axis, Any):
            return axis
        lengths = tuple(map(N, axis.ds))
        return normal((axis.c, *lengths) if self.inner or len(lengths) > 1 else (*lengths, axis.c))

    def leading(self, a, b):
        """An axis of an array that came in: the first elements are right."""
        axis = self.any_of(a, b)
        if not isinstance(axis, Any):
            return axis
        need(len(axis.ds) == 1, "an array whose size is no multiple of the length")
        return normal((N(axis.ds[0]), axis.c))

    def affine(self, a, b):
        """An integer parameter: itself, or how it follows from the length."""
        if a == b:
            return a
        c, rest = divmod(a - b, self.full - self.short)
        need(not rest and c == 1, f"a {a} that is {b} for another length")
        return Affine(c, a - c * self.full)

    def regrouped(self, axes, full, short):
        """The axes after a reshape of `axes` to the shapes `full` and `short`."""
        todo = [f for axis in axes for f in self.settled(axis)]
        found = []
        for rest in zip(full, short):
            axis, rest = [], list(rest)
            while rest != [1, 1]:
                need(todo, "a reshape that does not follow from the length")
                factor = todo.pop(0)
                taken, left = self.taken(factor, rest)
                axis.append(taken)
                if left != 1:
                    todo.insert(0, left)
            found.append(normal(axis))
        need(all(f == 1 for f in todo), "a reshape that does not follow from the length")
        return tuple(found)

    def taken(self, factor, rest):
        """How much of a factor goes into an axis that still needs `rest`, and what is left of it."""
        if isinstance(factor, N):
            sizes, taken, left = (self.full + factor.d, self.short + factor.d), factor, 1
        else:
            taken = math.gcd(factor, math.gcd(*rest))
            sizes, left = (taken, taken), factor // taken
            need(taken == factor or rest[0] == rest[1] == taken, "a reshape that takes rows apart")
        for i, part in enumerate(sizes):
            need(part and rest[i] % part == 0, "a reshape that takes rows apart")
            rest[i] //= part
        return taken, left

    def check(self, layout, a, b):
        """Has the layout the sizes that a value is known to have?"""
        plain = [
            axis.sizes if isinstance(axis, Count) else (size(axis, self.full), size(axis, self.short))
            for axis in layout
        ]
        right = plain == list(zip(a.shape, b.shape, strict=True))
        need(right, f"a value of shape {tuple(a.shape)} that has {tuple(b.shape)} for another length")


def at(value, length):
    """A parameter for one length: `Affine` and `Extent` in it become numbers."""
    if isinstance(value, Affine):
        return value.c * length + value.d
    if isinstance(value, Extent):
        return size(value.axis, length)
    return tuple([at(v, length) for v in value]) if type(value) is tuple else value
