"""The random stream: a seed and a counter of draws in program order, so it does not matter where a program is cut.

Or PyTorch's own numbers: while `eagerjax.rng` is "torch", a stream is PyTorch's CPU generator, and its numbers are drawn on
the host.
"""

import os
import sys
from types import ModuleType

from eagerjax.runtime.mersenne import Mersenne

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FACTORS = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_INVERSES = tuple([pow(f, -1, 1 << 64) for f in _FACTORS])
_FACE = vars(sys.modules[__name__.partition(".")[0]])  # the package's attributes: `rng` may be set like any other
KINDS = ("counter", "torch")


class Position(tuple):
    """(seed, draws so far) of a stream; `mersenne` holds the bytes of PyTorch's generator where it was used."""

    mersenne: bytes | None = None


DEVICES = ("cpu", "cuda", "gpu", "tpu", "mps", "xla", "xpu")


class Generator:
    """A random stream of its own: (seed, draws so far). `device` is kept for PyTorch's signature."""

    def __init__(self, device="cpu"):
        kind = str(device).partition(":")[0]
        if kind not in DEVICES:
            raise RuntimeError(f"{kind.upper()} device type not an accelerator.")
        self.device = device
        self._seed = DEFAULT_SEED
        self._draws = 0
        self._mersenne = None

    def manual_seed(self, seed):
        """Restart the stream from `seed`. Raises ValueError outside [-2**63, 2**64)."""
        self._seed = checked_seed(seed)
        self._draws = 0
        self._mersenne = None
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
        z = mixed((self._seed + self._draws * _GOLDEN) & _MASK)
        return z - (1 << 64) if z >> 63 else z

    def mersenne(self):
        """PyTorch's generator of this seed, to draw from."""
        if self._mersenne is None:
            self._mersenne = Mersenne(self._seed)
        return self._mersenne

    def next_mersenne(self):
        """`mersenne()` for one more draw, which is counted."""
        self._draws += 1
        return self.mersenne()

    def state(self):
        position = Position((self._seed, self._draws))
        if self._mersenne is not None:
            position.mersenne = self._mersenne.to_bytes()
        return position

    def set_position(self, state):
        self._seed, self._draws = state
        data = getattr(state, "mersenne", None)
        self._mersenne = None if data is None else Mersenne.from_bytes(data)

    def set_mersenne(self, data):
        """Continue from the bytes of PyTorch's get_state."""
        self._mersenne = Mersenne.from_bytes(data)
        self._seed, self._draws = self._mersenne.seed, 0


def mixed(z):
    """SplitMix64's output for a state; both have 64 bits."""
    z = ((z ^ (z >> 30)) * _FACTORS[0]) & _MASK
    z = ((z ^ (z >> 27)) * _FACTORS[1]) & _MASK
    return z ^ (z >> 31)


def unmixed(z):
    """The state that gives this output."""
    z = ((z ^ (z >> 31) ^ (z >> 62)) * _INVERSES[1]) & _MASK
    z = ((z ^ (z >> 27) ^ (z >> 54)) * _INVERSES[0]) & _MASK
    return z ^ (z >> 30) ^ (z >> 60)


def checked_seed(seed):
    seed = int(seed)
    if not -(1 << 63) <= seed < (1 << 64):
        raise ValueError("Overflow when unpacking long long")
    return seed & _MASK


DEFAULT_SEED = 67280421310721  # PyTorch's default_rng_seed_val
default_generator = Generator()


def next_word(generator=None):
    """The next 64 bits of `generator` (the default one if None)."""
    return (generator or default_generator).next_word()


# -- which numbers ----------------------------------------------------------------------------------
def checked_kind(kind):
    if kind not in KINDS:
        raise ValueError(f'eagerjax.rng is "counter" or "torch", not {kind!r}')
    return kind


def kind_at_start():
    """What the environment asks for."""
    return checked_kind(os.environ.get("EAGERJAX_RNG", "counter"))


def kind():
    """Which numbers are drawn: "counter" (the library's own) or "torch" (PyTorch's)."""
    found = _FACE.get("rng")
    return kind_at_start() if found is None or isinstance(found, ModuleType) else checked_kind(found)


def set_kind(kind):
    _FACE["rng"] = checked_kind(kind)


def start_with(kind):
    """For a worker process, in which the package may not be loaded yet."""
    os.environ["EAGERJAX_RNG"] = checked_kind(kind)
    if isinstance(_FACE.get("rng"), str):
        set_kind(kind)


def like_torch():
    """Are PyTorch's own numbers drawn? Asked at every draw: somebody may have assigned to `eagerjax.rng`."""
    found = _FACE.get("rng")
    return found == "torch" or (found != "counter" and kind() == "torch")
