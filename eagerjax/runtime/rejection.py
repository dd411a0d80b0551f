"""PyTorch's draws by rejection on its CPU generator: gamma, Poisson and binomial variables, one value after the other."""

import math

import numpy as np

from eagerjax.runtime import draws

_TAIL = (0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
         0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287)  # fmt: skip
"""What Stirling's formula leaves out, for 0 to 9."""


def source(stream):
    """(uniform, normal): functions that give the next value, in float64."""
    return lambda: float(draws.unit(stream, 1)[0]), lambda: float(draws.gaussians(stream, 1)[0])


def gammas(stream, shapes):
    """Gamma variables of rate 1; `shapes` of float32 or float64, whose arithmetic counts."""
    uniform, normal = source(stream)
    drawn = np.array([gamma(a, uniform, normal) for a in shapes.ravel()], np.float64)
    return np.maximum(drawn.astype(shapes.dtype), np.finfo(shapes.dtype).tiny).reshape(shapes.shape)


def gamma(shape, uniform, normal):
    """Marsaglia and Tsang (2000)."""
    single = type(shape)  # the constants are float32, and so is what is computed of a float32 shape alone
    scale = 1.0
    if shape < 1:
        if shape == 0:
            return 0.0
        scale = math.pow(1 - uniform(), float(single(1) / shape))
        shape = shape + single(1)
    d = float(shape - single(np.float32(1) / np.float32(3)))
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = y = 0.0
        while y <= 0:
            x = normal()
            y = 1.0 + c * x
        v, u, xx = y * y * y, 1 - uniform(), x * x
        if u < 1.0 - float(np.float32(0.0331)) * xx * xx or math.log(u) < 0.5 * xx + d * (1.0 - v + math.log(v)):
            return scale * d * v


def dirichlets(stream, shapes):
    """Gamma variables over their sum along the last axis."""
    drawn = gammas(stream, shapes.astype(np.float64))
    shares = (drawn / drawn.sum(-1, keepdims=True)).astype(shapes.dtype)
    one = shapes.dtype.type(1)
    return np.clip(shares, np.finfo(shapes.dtype).tiny, np.nextafter(one, np.zeros_like(one)))


def poissons(stream, rates):
    uniform, _ = source(stream)
    drawn = [poisson(float(r), uniform) for r in rates.ravel()]
    return np.array(drawn, np.float64).astype(rates.dtype).reshape(rates.shape)


def poisson(rate, uniform):
    """Knuth's product below 10, Hörmann's transformed rejection (1993) above."""
    if rate >= 10:
        return large_poisson(rate, uniform)
    if rate == 0:
        return 0
    limit, product, count = math.exp(-rate), uniform(), 0
    while product > limit:
        product *= uniform()
        count += 1
    return count


def large_poisson(rate, uniform):
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse, box = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if us == 0:
            continue
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= box:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        limit = -rate + k * math.log(rate) - math.lgamma(k + 1)
        if v == 0 or math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= limit:
            return k


def binomials(stream, counts, chances):
    uniform, _ = source(stream)
    pairs = zip(counts.ravel().tolist(), chances.ravel().tolist())
    return np.array([binomial(n, p, uniform) for n, p in pairs], np.float64).reshape(counts.shape).astype(counts.dtype)


def binomial(count, p, uniform):
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if p != p:
        return math.nan
    if p > 0.5:
        return count - binomial(count, 1.0 - p, uniform)
    return (large_binomial if count * p >= 10 else small_binomial)(count, p, uniform)


def small_binomial(count, p, uniform):
    """How many geometric variables fit into `count`."""
    total, found, log = 0.0, 0, math.log1p(-p)
    while True:
        u = uniform()
        total += math.ceil(math.log(u) / log) if u else math.inf
        if total > count:
            return found
        found += 1


def tail(k):
    if k < len(_TAIL):
        return _TAIL[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def large_binomial(count, p, uniform):
    """Hörmann's transformed rejection (1993)."""
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a, c, box = -0.0873 + 0.0248 * b + 0.01 * p, count * p + 0.5, 0.92 - 4.2 / b
    odds, alpha, mode = p / (1 - p), (2.83 + 5.1 / b) * deviation, math.floor((count + 1) * p)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c) if us else -1
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= box:
            return k
        limit = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + tail(mode) + tail(count - mode) - tail(k) - tail(count - k)
        )  # fmt: skip
        if v == 0 or math.log(v * alpha / (a / (us * us) + b)) <= limit:
            return k
