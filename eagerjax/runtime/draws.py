"""PyTorch's distributions on its CPU generator: which words each value takes, and what is computed of them, in numpy.

Each function takes `count` values of a dtype from a `Mersenne` stream, in the order in which memory is filled.
"""

import math

import numpy as np

from eagerjax.runtime import dtype as dt, fused

_BLOCK = 16


def unit(stream, count, np_type: type | np.dtype = np.float64):
    """Values of [0, 1): 24 bits of a word for float32, 53 bits of two for float64."""
    if np_type == np.float64:
        return (stream.longs(count) & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53
    return (stream.words(count) & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)


def wide(kind) -> type:
    """The numpy type in which PyTorch computes for a dtype."""
    return np.float64 if kind is dt.float64 else np.float32


def narrow(values, kind):
    """Float64 as another dtype; half precision by way of float32, as in C++."""
    return (values.astype(np.float32) if kind.itemsize < 4 and kind.is_floating_point else values).astype(kind.np)


def uniform(stream, count, kind, low, high):
    """Values of [low, high)."""
    np_type = wide(kind)
    low, high = np_type(low), np_type(high)
    values = fused.fma(unit(stream, count, np_type), high - low, low).astype(kind.np)
    if kind.np != np_type:  # rounding may reach the upper end
        values[values == np.asarray(high).astype(kind.np)] = low
    return values


# -- normal ----------------------------------------------------------------------------------------
def normal(stream, count, kind, mean, std, contiguous=True):
    """Normal values: in blocks of 16 where there are as many in a row, else one after the other in float64."""
    if count < _BLOCK or not contiguous:
        return narrow(fused.fma(gaussians(stream, count), std, mean), kind)
    np_type = wide(kind)
    whole = count - count % _BLOCK if kind.np != np_type else count
    values = np.empty(count, np_type)
    values[:whole] = unit(stream, whole, np_type)
    box_muller(values[: count - count % _BLOCK], mean, std)
    if count % _BLOCK:  # the last 16 are drawn anew
        values[-_BLOCK:] = unit(stream, _BLOCK, np_type)
        box_muller(values[-_BLOCK:], mean, std)
    return values if values.dtype == kind.np else values.astype(kind.np)


def box_muller(values, mean, std):
    """Turn uniform values into normal ones, in place: in each block the first eight pair up with the other eight."""
    step = fused.IN_CACHE
    for at in range(0, len(values), step):
        part = values[at : at + step].reshape(-1, 2, _BLOCK // 2)
        first, second = part[:, 0].ravel(), part[:, 1].ravel()
        sin, cos, radius = polar(1 - first, second)
        part[:, 0] = fused.fma(radius * cos, std, mean).reshape(-1, _BLOCK // 2)
        part[:, 1] = fused.fma(radius * sin, std, mean).reshape(-1, _BLOCK // 2)


def polar(u, turn):
    if u.dtype == np.float32:
        return *fused.sin_cos(np.float32(2 * math.pi) * turn), np.sqrt(np.float32(-2) * fused.log(u))
    angle = 2 * math.pi * turn
    return fused.each(math.sin, angle), fused.each(math.cos, angle), np.sqrt(-2 * fused.each(math.log, u))


def gaussians(stream, count):
    """Standard normal values in float64, two of a pair: the second one waits in the stream for the next call."""
    values = np.empty(count)
    given = int(stream.spare is not None and count > 0)
    if given:
        values[0], stream.spare = stream.spare, None
    pairs = (count - given + 1) // 2
    u = unit(stream, 2 * pairs)
    radius, angle = np.sqrt(-2.0 * fused.each(math.log1p, -u[1::2])), 2.0 * math.pi * u[::2]
    both = np.stack([radius * fused.each(math.cos, angle), radius * fused.each(math.sin, angle)], 1).ravel()
    values[given:] = both[: count - given]
    if len(both) > count - given:
        stream.spare = float(both[-1])
    return values


def log_normal(stream, count, kind, mean, std):
    """exp of normal values."""
    return narrow(fused.each(math.exp, fused.fma(gaussians(stream, count), std, mean)), kind)


# -- others ------------------------------------------------------------------------------------------
def exponential(stream, count, kind, rate):
    return narrow(-1.0 / rate * fused.each(math.log1p, -unit(stream, count)), kind)


def cauchy(stream, count, kind, median, sigma):
    turn = math.pi * (unit(stream, count) - 0.5)
    if math.isinf(median):
        return np.full(count, median, kind.np)
    return narrow(fused.fma(fused.each(math.tan, turn), sigma, median), kind)


def geometric(stream, count, kind, p):
    """How many trials of probability p it takes to succeed. (A draw of exactly 0, one in 2**53, would take infinitely many.)"""
    logs = fused.each(lambda u: math.log(u) if u else -math.inf, unit(stream, count))
    with np.errstate(invalid="ignore"):
        return narrow(np.ceil(logs / math.log1p(-p)), kind)


def bernoulli(stream, count, kind, p):
    """1 with probability p, a number."""
    return (unit(stream, count) < p).astype(kind.np)


def integers(stream, count, kind, low, high, words=None):
    """Whole numbers of [low, high), of one or two words each: two for ranges from 2**28 on, unless `words` says it."""
    span = high - low
    two = words == 2 if words else span >= 1 << 28
    raw = stream.longs(count) if two else stream.words(count)
    values = raw % np.uint64(span) if span < 1 << 64 else raw
    return (values.view(np.int64) + np.int64(low)).astype(kind.np)


def permutation(stream, count, kind):
    """The numbers below `count`, shuffled: Fisher and Yates, from the front."""
    order = list(range(count))
    if count < ((1 << 32) - 1) // 20:
        raw = stream.words(max(count - 1, 0))
    else:
        raw = stream.longs(count - 1)
    steps = np.arange(count, 1, -1, dtype=np.uint64)
    for i, z in enumerate((raw % steps).tolist()):
        if z:
            order[i], order[i + z] = order[i + z], order[i]
    return np.array(order, np.int64).astype(kind.np)


def units(stream, count, kind):
    """Values of [0, 1) in float32 or float64."""
    return unit(stream, count, kind.np)


def kept(stream, count, kind, chance, scale):
    """Dropout's noise: 1 (or, with `scale`, 1 / chance) with probability `chance`, else 0."""
    ones = (unit(stream, count) < chance).astype(wide(kind))
    return (ones / ones.dtype.type(chance) if scale else ones).astype(kind.np)


def places(chances, at):
    """For each of `at`, evenly spread over [0, 1), the place where the running sum of a row of `chances` reaches it."""
    rows = np.atleast_2d(chances)
    rows = rows if rows.dtype == np.float64 else rows.astype(np.float32)
    edges = np.cumsum(rows, -1, dtype=rows.dtype)
    edges = edges / edges[:, -1:]
    edges[:, -1] = 1
    found = [np.searchsorted(row, wanted) for row, wanted in zip(edges, np.atleast_2d(at))]
    return np.array(found, np.int64).reshape(at.shape)
