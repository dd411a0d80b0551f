"""The bounds of random numbers that a dtype can hold: what PyTorch refuses, warns of and moves."""

import warnings

import numpy as np

from eagerjax.runtime import dtype as dt

DIGITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
"""The bits of a mantissa: up to that power of 2 a dtype holds all integers."""
LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1


def check(holds, message):
    """Parameters may change from call to call without a new program, so they are checked here, not in the bodies."""
    if not holds:
        raise RuntimeError(message)


def largest(kind):
    """The largest integer up to which a dtype holds all of them."""
    if kind is dt.bool_:
        return 1
    if kind.category == dt.INTEGER:
        return (1 << (kind.itemsize * 8 - kind.is_signed)) - 1
    return 1 << DIGITS[kind.name]


def limits(kind):
    """(the lowest, the highest) finite value of a dtype; of uint64 what int64 can say of it."""
    if kind is dt.bool_:
        return 0, 1
    if kind.category == dt.INTEGER:
        info = np.iinfo(kind.np)
        return int(info.min), min(int(info.max), HIGHEST)
    info = dt.finfo(kind)
    return info.min, info.max


def check_whole(low, last, kind):
    """Raises RuntimeError where [low, last] goes beyond the dtype, warns where it has gaps there."""
    if kind.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    least, most = limits(kind)
    for name, value in (("from", low), ("to - 1", last)):
        check(least <= value <= most, f"{name} is out of bounds for {dt.in_cpp(kind)}")
    digits = DIGITS.get(kind.name, 64)
    for name, value in (("from", low), ("to - 1", last)):
        if abs(value) > 1 << digits:
            warnings.warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations {dt.in_cpp(kind)} can "
                "support discrete uniform distribution only within this range. This warning will become an error in "
                "version 1.7 release, please fix the code in advance", stacklevel=5)  # fmt: skip


def stored(value, kind):
    """An integer after a way through a floating dtype; what int64 cannot hold comes out as its lowest value."""
    with np.errstate(over="ignore"):
        value = float(np.array(value).astype(kind.np))
    return int(value) if LOWEST <= value <= HIGHEST - 512 else LOWEST


def gap(value, kind):
    """The distance of a floating dtype's neighbours about a value."""
    return 1 << (max(abs(value).bit_length() - 1, 0) - DIGITS[kind.name] + 1)


def moved(low, high, kind):
    """Bounds that stay bounds of [low, high) after rounding to a floating dtype."""
    after, before = stored(low + 1, kind), stored(high - 1, kind)
    low = after + gap(low + 1, kind) if after < low else low
    return low, (before - gap(high - 1, kind) if before >= high else high)


def whole(low, high, kind):
    """The bounds that `random_(low, high)` draws between for a dtype. Raises RuntimeError for impossible ones."""
    check(low < high, f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if kind.is_floating_point:
        low, high = moved(low, high, kind)
        check(low < high, "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
                          f"from={low} >= to={high}")  # fmt: skip
    check_whole(low, high - 1, kind)
    return low, high


def check_uniform(low, high, kind):
    """Raises RuntimeError for bounds of uniform values beyond the dtype."""
    real = kind.to_real() if kind.is_complex else kind
    if real.category >= dt.FLOATING:
        least, most = limits(real)
        for name, value in (("from", low), ("to", high)):
            check(least <= value <= most, f"{name} is out of bounds for {dt.in_cpp(real)}")
    check(low <= high, f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if real.category >= dt.FLOATING:
        check(high - low <= most, f"uniform_ expects to-from <= std::numeric_limits<{real.title}>::max(), but found "
                                  f"to={high:g} and from={low:g} which result in to-from to exceed the limit")  # fmt: skip


def check_permutation(n, kind):
    """Raises RuntimeError where a dtype cannot hold the numbers below n."""
    dt.check_fits(max(n - 1, 0), kind)
    most = {"float16": (2049, "2049"), "float32": (2**24 + 1, "2^24+1"), "float64": (2**53 + 1, "2^53+1")}.get(kind.name)
    if most is not None:
        check(n <= most[0], f"n cannot be greater than {most[1]} for {kind.title} type.")
