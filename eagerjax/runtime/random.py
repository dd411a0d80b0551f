"""The random stream: a seed and a counter of draws in program order, so it does not matter where a program is cut."""

import os

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Generator:
    """A random stream of its own: (seed, draws so far). `device` is kept for PyTorch's signature."""

    def __init__(self, device="cpu"):
        self.device = device
        self._seed = DEFAULT_SEED
        self._draws = 0

    def manual_seed(self, seed):
        """Restart the stream from `seed`. Raises RuntimeError outside [-2**63, 2**64)."""
        self._seed = checked_seed(seed)
        self._draws = 0
        return self

    def seed(self):
        """Restart from a seed of the operating system's, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self):
        return self._seed

    def next_word(self):
        """64 well-mixed bits for the next draw (SplitMix64 of seed and counter), as a signed integer."""
        self._draws += 1
        z = (self._seed + self._draws * _GOLDEN) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        z ^= z >> 31
        return z - (1 << 64) if z >> 63 else z

    def state(self):
        return (self._seed, self._draws)

    def set_position(self, state):
        self._seed, self._draws = state


def checked_seed(seed):
    seed = int(seed)
    if not -(1 << 63) <= seed < (1 << 64):
        raise RuntimeError("Overflow when unpacking long long")
    return seed & _MASK


DEFAULT_SEED = 67280421310721  # PyTorch's default_rng_seed_val
default_generator = Generator()


def next_word(generator=None):
    """The next 64 bits of `generator` (the default one if None)."""
    return (generator or default_generator).next_word()
