"""Random choices made on the host, from the same streams as everything else: no program is compiled for a shuffle."""

import numpy as np

from eagerjax.runtime import random


def host_rng(generator=None):
    """A numpy generator seeded by the next draw of `generator` (the default one if None)."""
    return np.random.default_rng(random.next_word(generator) & (1 << 64) - 1)


def permutation(n, generator=None):
    """The numbers below `n`, shuffled."""
    return host_rng(generator).permutation(n).tolist()


def draw_seed(generator=None):
    """A seed below 2**63 for workers, or for a generator of its own."""
    return random.next_word(generator) & (1 << 63) - 1


def uniform(low=0.0, high=1.0, generator=None):
    """A number between `low` and `high`."""
    return low + (high - low) * ((random.next_word(generator) & (1 << 64) - 1) >> 11) * 2.0**-53


def randint(n, generator=None):
    """A whole number below `n`."""
    return ((random.next_word(generator) & (1 << 64) - 1) * n) >> 64
