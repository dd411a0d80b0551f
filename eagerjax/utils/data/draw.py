"""Random choices made on the host, from the same streams as everything else: no program is compiled for a shuffle.

Where PyTorch's own numbers are drawn (`eagerjax.rng`), each choice is the one that PyTorch makes.
"""

import math

import numpy as np

from eagerjax.runtime import draws, dtype as dt, random


def stream(generator=None):
    """PyTorch's generator, for the next draw of `generator` (the default one if None)."""
    return (generator or random.default_generator).next_mersenne()


def host_rng(generator=None):
    """A numpy generator seeded by the next draw of `generator` (the default one if None)."""
    return np.random.default_rng(random.next_word(generator) & (1 << 64) - 1)


def permutation(n, generator=None):
    """The numbers below `n`, shuffled."""
    if random.like_torch():
        return draws.permutation(stream(generator), n, dt.int64).tolist()
    return host_rng(generator).permutation(n).tolist()


def draw_seed(generator=None):
    """A seed below 2**63 for workers, or for a generator of its own."""
    if random.like_torch():
        return draws.integers(stream(generator), 1, dt.int64, 0, 1 << 63).item()
    return random.next_word(generator) & (1 << 63) - 1


def uniform(low=0.0, high=1.0, generator=None):
    """A number between `low` and `high`, as exact as the default dtype (which decides how many words PyTorch takes for it)."""
    if random.like_torch():
        return float(draws.uniform(stream(generator), 1, dt.get_default_dtype(), low, high)[0])
    return low + (high - low) * ((random.next_word(generator) & (1 << 64) - 1) >> 11) * 2.0**-53


def randint(n, generator=None):
    """A whole number below `n`."""
    if random.like_torch():
        return integers(n, 1, generator)[0]
    return ((random.next_word(generator) & (1 << 64) - 1) * n) >> 64


def integers(n, count, generator):
    """`count` whole numbers below `n`, as PyTorch draws them."""
    return draws.integers(stream(generator), count, dt.int64, 0, n).tolist()


def multinomial(weights, count, replacement, generator):
    """`count` places of float64 weights, as PyTorch draws them."""
    if replacement and count > 1:
        return draws.places(weights, draws.unit(stream(generator), count)).tolist()
    race = weights / draws.exponential(stream(generator), len(weights), dt.float64, 1.0)
    return np.argsort(-race, kind="stable")[:count].tolist()


def normals(shape, generator=None):
    """Standard normal float32 numbers."""
    if random.like_torch():
        return draws.normal(stream(generator), math.prod(shape), dt.float32, 0.0, 1.0).reshape(shape)
    return host_rng(generator).standard_normal(shape, np.float32)
