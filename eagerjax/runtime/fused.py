"""Arithmetic in numpy as PyTorch's CPU kernels do it: fused multiply-add, and their logarithm, sine and cosine.

float32: the Cephes polynomials of AVX kernels, with the multiply-adds that a compiler fuses there. float64: the C library's
functions, one value at a time (numpy has vectorised ones of its own, which differ in the last bit).
"""

import numpy as np

_F = np.float32
_LOG = (-1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
        -2.4999993993e-1, 3.3333331174e-1)  # fmt: skip
_EIGHTH_TURN = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)
"""Minus pi/4 in three parts, the first two with few bits."""

IN_CACHE = 1 << 16
"""Values that are worked on at a time: an array of ten million would be fetched from memory for each operation."""


def each(function, *arrays):
    """A function of the `math` module, of each element of float64 arrays."""
    return np.fromiter(map(function, *(a.tolist() for a in arrays)), np.float64, len(arrays[0]))


def fma(a, b, c):
    """a * b + c with one rounding, in the dtype of `a` (float32 or float64). `b` and `c` may be numbers."""
    b, c = (np.asarray(v, a.dtype) for v in (b, c))
    if a.dtype != _F:
        return _fma_double(a, b, c)
    if b.ndim or c.ndim or a.ndim != 1 or len(a) <= IN_CACHE:
        return _fma_single(a, b, c)
    result = np.empty_like(a)
    for at in range(0, len(a), IN_CACHE):
        result[at : at + IN_CACHE] = _fma_single(a[at : at + IN_CACHE], b, c)
    return result


def _fma_single(a, b, c):
    product, c = a.astype(np.float64) * b, c.astype(np.float64)  # the product of two float32 is exact
    total = product + c
    # Rounded twice, first to float64, it may differ only where the first lands half way between two float32.
    half_way = (total.view(np.uint64) & np.uint64(0x1FFFFFFF)) == np.uint64(0x10000000)
    if half_way.any():
        total[half_way] = _to_odd(product[half_way], np.broadcast_to(c, total.shape)[half_way])
    return total.astype(_F)


def _fma_double(a, b, c):
    """Boldo and Melquiond, 'Emulation of FMA and correctly rounded sums' (2008): of finite values far from overflow."""
    a, b, c = np.broadcast_arrays(a, b, c)
    high, low = _product(a, b)
    with_low, low = _sum(c, low)
    total, rest = _sum(high, with_low)
    return total + _to_odd(low, rest)


def _sum(a, b):
    """a + b and its rounding error."""
    total = a + b
    moved = total - a
    return total, (a - (total - moved)) + (b - moved)


def _product(a, b):
    """a * b and its rounding error."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a):
    moved = a * 134217729.0  # 2**27 + 1
    high = moved - (moved - a)
    return high, a - high


def _to_odd(a, b):
    """a + b; where it is not exact, the one of the two neighbours whose last bit is odd."""
    total, error = _sum(a, b)
    even = (total.view(np.int64) & 1) == 0
    toward = np.where(error > 0, np.inf, -np.inf)
    return np.where((error != 0) & even, np.nextafter(total, toward), total)


def log(x):
    """The logarithm of positive float32."""
    bits = x.view(np.uint32)
    exponent = (bits >> np.uint32(23)).astype(np.int32).astype(_F) - _F(126)
    x = ((bits & np.uint32(0x807FFFFF)) | np.uint32(0x3F000000)).view(_F)
    small = x < _F(0.707106781186547524)
    x = np.where(small, (x - _F(1)) + x, x - _F(1))
    exponent -= small
    square = x * x
    y = np.full_like(x, 7.0376836292e-2)
    for coefficient in _LOG:
        y = fma(y, x, coefficient)
    y = fma(y * x, square, exponent * _F(-2.12194440e-4))
    x = x + fma(-square, 0.5, y)
    return fma(exponent, 0.693359375, x)


def sin_cos(x):
    """Sine and cosine of float32 that are not negative."""
    octant = ((x * _F(1.27323954473516)).astype(np.int32) + 1) & ~1
    y = octant.astype(_F)
    for part in _EIGHTH_TURN:
        x = fma(y, part, x)
    square = x * x
    cos = fma(np.full_like(x, 2.443315711809948e-5), square, -1.388731625493765e-3)
    cos = fma(cos, square, 4.166664568298827e-2) * square
    cos = fma(cos, square, square * _F(-0.5)) + _F(1)
    sin = fma(np.full_like(x, -1.9515295891e-4), square, 8.3321608736e-3)
    sin = fma(sin, square, -1.6666654611e-1) * square
    sin = fma(sin, x, x)
    swapped = (octant & 2) != 0
    sin, cos = np.where(swapped, cos, sin), np.where(swapped, sin, cos)
    return np.where(octant & 4, -sin, sin), np.where((octant - 2) & 4, cos, -cos)
