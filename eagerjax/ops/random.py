"""Random numbers: threefry, written element by element so that it fuses into whatever uses it.

`bits(key, shape)` equals `jax.random.bits` of the partitionable threefry for fewer than 2**32 elements.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Dtype, Scalar, Size, op, random
from eagerjax.ops.kinds import is_bool, is_complex, is_floating, is_integral, type_name, widen

ROTATIONS, PARITY = ((13, 15, 26, 6), (17, 29, 16, 24)), 0x1BD11BDA
"""Threefry's constants."""


@functools.partial(jax.jit, static_argnums=1)
def eagerjax_words(key, shape):
    """Two independent uint32 per element. Programs that run as numpy code know it by its name.

    key: uint32[2], or uint32[3] for a block of a longer draw: the third is the number of its first element.
    """
    count = int(np.prod(shape, dtype=np.int64))
    at = lax.iota(jnp.uint32, count).reshape(shape)
    at = at + key[2] if len(key) > 2 else at
    keys = (key[0], key[1], key[0] ^ key[1] ^ np.uint32(PARITY))
    a, b = jnp.broadcast_to(keys[0], shape), at + keys[1]
    for r in range(5):
        for d in ROTATIONS[r % 2]:
            a = a + b
            b = ((b << np.uint32(d)) | (b >> np.uint32(32 - d))) ^ a
        a, b = a + keys[(r + 1) % 3], b + keys[(r + 2) % 3] + np.uint32(r + 1)
    return a, b


def bits(key, shape):
    """Random uint32 of a shape."""
    a, b = eagerjax_words(key, shape)
    return a ^ b


def long_bits(key, shape):
    """Random uint64 of a shape."""
    return joined(*eagerjax_words(key, shape))


def joined(a, b):
    return (a.astype(jnp.uint64) << np.uint64(32)) | b.astype(jnp.uint64)


def split(key, count):
    """`count` keys of independent streams."""
    a, b = eagerjax_words(key, (count,))
    return [jnp.stack([a[i], b[i]]) for i in range(count)]


def uniform(key, shape, np_type):
    """Evenly spaced values of [0, 1) with as many bits as the dtype's mantissa holds, as in PyTorch."""
    return uniform_of(*eagerjax_words(key, shape), np_type)


def uniform_of(a, b, np_type):
    """The same, of two words each."""
    if np_type == jnp.float64:
        return (joined(a, b) >> np.uint64(11)).astype(jnp.float64) * 2.0**-53
    kept = {"float32": 24, "float16": 11, "bfloat16": 8}[jnp.dtype(np_type).name]
    return (((a ^ b) >> np.uint32(32 - kept)).astype(jnp.float32) * np.float32(2.0**-kept)).astype(np_type)


def open_uniform(key, shape, np_type):
    """Values of (0, 1], of a dtype of at least 32 bits."""
    return 1 - uniform(key, shape, np_type)


def gaussian(key, shape, np_type):
    """Standard normal values; complex ones have variance 1 in all."""
    dtype = jnp.dtype(np_type)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        part = jnp.float32 if dtype.itemsize == 8 else jnp.float64
        pair = gaussian(key, (*shape, 2), part) * np.sqrt(0.5).astype(part)
        return lax.complex(pair[..., 0], pair[..., 1])
    if dtype == jnp.float64:
        u = ((long_bits(key, shape) >> np.uint64(11)).astype(jnp.float64) + 0.5) * 2.0**-52 - 1
        return np.sqrt(2.0) * lax.erf_inv(u)
    low = np.nextafter(np.float32(-1), np.float32(0))
    raw = (bits(key, shape) >> np.uint32(9)) | np.uint32(0x3F800000)
    u = jnp.maximum(low, (lax.bitcast_convert_type(raw, jnp.float32) - 1) * (np.float32(1) - low) + low)
    return (np.float32(np.sqrt(2)) * lax.erf_inv(u)).astype(np_type)


def _wide(dtype):
    """The real dtype in which a distribution of `dtype` is computed."""
    return jnp.float64 if dtype.np in (jnp.float64, jnp.int64, jnp.int32) else jnp.float32


def _in(value, np_type):
    return jnp.asarray(value).astype(np_type)


# -- filled by size ------------------------------------------------------------------------
@random(homes="", differentiable=False, exact=True)
def _rand(key, size: Size, dtype: Dtype, device: object = None):
    """Uniform values of [0, 1)."""
    if dtype.is_complex:
        part = uniform(key, (*size, 2), dtype.to_real().np)
        return lax.complex(part[..., 0], part[..., 1])
    _check_floating(dtype, "rand", "check_uniform_bounds")
    return uniform(key, size, dtype.np)


def _check_floating(dtype, name, kernel):
    if dtype.category < 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(dtype.np)}'")


@random(homes="", differentiable=False)
def _randn(key, size: Size, dtype: Dtype, device: object = None):
    """Standard normal values."""
    _check_floating(dtype, "randn", "normal_kernel_cpu")
    return gaussian(key, size, dtype.np)


def _integers(draws, low, high, dtype):
    """low + draws modulo (high - low). Unsigned draws."""
    if isinstance(low, int) and isinstance(high, int):
        span = np.array(high - low, draws.dtype)
    else:
        span = (_in(high, jnp.int64) - _in(low, jnp.int64)).astype(draws.dtype)
    return ((draws % span).astype(jnp.int64) + _in(low, jnp.int64)).astype(dtype.np)


@random(homes="", differentiable=False, exact=True)
def _randint(key, low: Scalar, high: Scalar, size: Size, dtype: Dtype, device: object = None):
    """Integers of [low, high), fewer than 2**32 of them."""
    return _integers(bits(key, size), low, high, dtype)


@random(homes="", differentiable=False, exact=True)
def _randint_wide(key, low: Scalar, high: Scalar, size: Size, dtype: Dtype, device: object = None):
    """Integers of [low, high), of a range up to 2**64."""
    return _integers(long_bits(key, size), low, high, dtype)


@random(homes="", differentiable=False, exact=True)
def _randperm(key, n: int, dtype: Dtype, device: object = None):
    """The integers 0 .. n - 1 in random order."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    draws = bits(key, (n,)).astype(jnp.uint64) << np.uint64(32)
    order = lax.sort(draws | lax.iota(jnp.uint64, n), is_stable=False) & np.uint64(0xFFFFFFFF)
    return order.astype(dtype.np)


@random(homes="", differentiable=False)
def _uniform(key, low: Scalar, high: Scalar, size: Size, dtype: Dtype, device: object = None):
    """Uniform values of [low, high)."""
    if dtype.is_complex:
        parts = [_uniform.fn(k, low, high, size, dtype.to_real()) for k in split(key, 2)]
        return lax.complex(*parts)
    _check_floating(dtype, "uniform_", "check_uniform_bounds")
    low, high = _in(low, _wide(dtype)), _in(high, _wide(dtype))
    return (uniform(key, size, dtype.np).astype(_wide(dtype)) * (high - low) + low).astype(dtype.np)


@_uniform.limits
def is_span(shape, low, high, **_):
    return -np.inf < low <= high < np.inf


def _normal_faults(mean, std, *_, **__):
    if isinstance(std, (int, float)):
        return []
    bad = jnp.asarray(std)
    bad = jnp.zeros((), bool) if is_complex(bad) else jnp.any(bad < 0)
    return [(bad, RuntimeError, "normal expects all elements of std >= 0.0")]


@random(homes="", differentiable=False, faults=_normal_faults)
def _normal(key, mean, std, size: Size, dtype: Dtype, device: object = None):
    """Normal values of the given mean and standard deviation (numbers or tensors), broadcast to `size`."""
    _check_floating(dtype, "normal_", "normal_kernel_cpu")
    compute = dtype.np if dtype.is_complex else _wide(dtype)
    return (gaussian(key, size, compute) * _in(std, compute) + _in(mean, compute)).astype(dtype.np)


@_normal.limits
def is_deviation(shape, std=0, **_):
    return std >= 0


@random(homes="", differentiable=False)
def _log_normal(key, mean: Scalar, std: Scalar, size: Size, dtype: Dtype, device: object = None):
    """exp of normal values."""
    wide = _wide(dtype)
    return jnp.exp(gaussian(key, size, wide) * _in(std, wide) + _in(mean, wide)).astype(dtype.np)


@_log_normal.limits
def is_positive_deviation(shape, std, **_):
    return std > 0


@random(homes="", differentiable=False)
def _exponential(key, lambd: Scalar, size: Size, dtype: Dtype, device: object = None):
    """Exponential values of rate `lambd`."""
    _check_floating(dtype, "exponential_", "exponential_kernel")
    wide = _wide(dtype)
    return (-jnp.log(open_uniform(key, size, wide)) / _in(lambd, wide)).astype(dtype.np)


@_exponential.limits
def is_rate(shape, lambd, **_):
    return lambd > 0


@random(homes="", differentiable=False)
def _cauchy(key, median: Scalar, sigma: Scalar, size: Size, dtype: Dtype, device: object = None):
    """Cauchy values."""
    wide = _wide(dtype)
    turn = (uniform(key, size, wide) - 0.5) * np.pi
    return (_in(median, wide) + _in(sigma, wide) * jnp.tan(turn)).astype(dtype.np)


@_cauchy.limits
def is_width(shape, sigma, **_):
    return sigma > 0


@random(homes="", differentiable=False)
def _geometric(key, p: Scalar, size: Size, dtype: Dtype, device: object = None):
    """How many trials of probability p it takes to succeed: 1, 2, ..."""
    wide = _wide(dtype)
    return jnp.ceil(jnp.log(open_uniform(key, size, wide)) / jnp.log1p(-_in(p, wide))).clip(1).astype(dtype.np)


@_geometric.limits
def is_chance(shape, p, **_):
    return 0 < p < 1


# -- driven by tensors ---------------------------------------------------------------------
def _probability_faults(p, *_, **__):
    if isinstance(p, (int, float)):
        return []
    return [(~jnp.all((p >= 0) & (p <= 1)), RuntimeError, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.")]


@random(homes="", faults=_probability_faults, exact=True)
def _bernoulli(key, p, size: Size, dtype: Dtype, device: object = None):
    """1 with probability p (a number or a tensor that broadcasts to `size`), else 0."""
    if isinstance(p, (int, float)):
        p = jnp.asarray(p, jnp.float32)
    elif not is_floating(p):
        raise NotImplementedError("Expected a floating point tensor of probabilities, but got "
                           f"{type_name(p.dtype)}")  # fmt: skip
    p = widen(p)
    return jnp.broadcast_to(uniform(key, size, p.dtype) < p, size).astype(dtype.np)


def _below_faults(draws, p, dtype):
    return _probability_faults(p)


@op(homes="", faults=_below_faults)
def _below(draws, p, dtype: Dtype):
    """1 where draws of [0, 1) lie below probabilities p, else 0."""
    if not is_floating(p):
        raise NotImplementedError(f"Expected a floating point tensor of probabilities, but got {type_name(p.dtype)}")
    return (draws < widen(p)).astype(dtype.np)


def _scale_faults(draws, std):
    return _normal_faults(0, std)


@op(homes="", faults=_scale_faults)
def _scaled_normal(draws, std):
    """Normal values of deviation 1 times deviations."""
    return draws * std


def _multinomial_faults(input, num_samples, replacement=False):
    x = widen(input)
    return [
        (~jnp.all(jnp.isfinite(x) & (x >= 0)), RuntimeError,
         "probability tensor contains either `inf`, `nan` or element < 0"),
        (jnp.any(jnp.sum(x, -1) <= 0), RuntimeError, "invalid multinomial distribution (sum of probabilities <= 0)"),
    ]  # fmt: skip


@op(homes="", differentiable=False, faults=_multinomial_faults)
def _chances(input, num_samples: int, replacement: bool):
    """0, where `multinomial` of the same arguments is possible."""
    _check_multinomial(input, num_samples, replacement)
    return jnp.zeros((), input.dtype)


@random(differentiable=False, faults=_multinomial_faults, out="exact", exact=True)
def multinomial(key, input, num_samples: int, replacement: bool = False):
    """Indices drawn with probabilities proportional to the last dimension of `input`.

    input: (n,) or (rows, n), not negative.  Returns: int64 (num_samples,) or (rows, num_samples).
    """
    _check_multinomial(input, num_samples, replacement)
    x, n = widen(input), input.shape[-1]
    if num_samples == 1 or not replacement:  # the race of exponential clocks: the first to ring are the sample
        race = x / eagerjax_clocks(key, x.shape, x.dtype)
        if num_samples == 1:
            return jnp.argmax(race, -1, keepdims=True).astype(jnp.int64)
        return lax.top_k(race, num_samples)[1].astype(jnp.int64)
    total = jnp.cumsum(x, -1)
    at = uniform(key, (*x.shape[:-1], num_samples), x.dtype) * total[..., -1:]
    search = lambda edges, at: jnp.searchsorted(edges, at, side="right")  # noqa: E731
    found = search(total, at) if x.ndim == 1 else jax.vmap(search)(total, at)
    return jnp.minimum(found, n - 1).astype(jnp.int64)


@functools.partial(jax.jit, static_argnums=(1, 2))
def eagerjax_clocks(key, shape, np_type):
    """After how long each of some clocks rings, in the mean after 1. Programs that run as numpy code know it by its name."""
    return clocks_of(*eagerjax_words(key, shape), np_type)


def clocks_of(a, b, np_type):
    """The same, of two words each."""
    return -jnp.log(_tiny(1 - uniform_of(a, b, np_type)))


def _tiny(u):
    """Values of (0, 1] kept below 1, so that their logarithm is not 0."""
    return jnp.minimum(u, 1 - np.finfo(u.dtype).epsneg)


def _check_multinomial(x, num_samples, replacement):
    if x.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not is_floating(x):
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {type_name(x.dtype)}")
    if x.shape[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > x.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")


def _rate_faults(input):
    return [(~jnp.all(input >= 0), RuntimeError, "invalid Poisson rate, expected rate to be non-negative")]


@op(homes="", saves="")
def _drawn_for(input, values):
    """`values`, drawn in the place of `input`: as PyTorch has it, they depend on it with a gradient of 0."""
    return values


@random(homes="torch", saves="", faults=_rate_faults)
def poisson(key, input):
    """Poisson counts with rates `input`, in its dtype."""
    if is_integral(input) or is_bool(input):
        raise NotImplementedError(f"\"poisson_cpu\" not implemented for '{type_name(input.dtype)}'")
    key = jax.random.wrap_key_data(key, impl="threefry2x32")
    return jax.random.poisson(key, widen(lax.stop_gradient(input)), dtype=jnp.int32).astype(input.dtype)


@random(homes="torch", differentiable=False, numbers="none")
def binomial(key, count, prob):
    """Binomial counts of `count` trials with probability `prob`, in the dtype of `count`."""
    key = jax.random.wrap_key_data(key, impl="threefry2x32")
    return jax.random.binomial(key, widen(count), widen(prob)).astype(count.dtype)
