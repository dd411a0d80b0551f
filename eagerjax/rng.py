"""torch's random state functions: manual_seed, get/set_rng_state, fork_rng, Generator.get_state; and which numbers are drawn."""

import contextlib
import struct

import numpy as np

from eagerjax.namespace import torch
from eagerjax.runtime import random
from eagerjax.runtime.mersenne import SIZE
from eagerjax.runtime.random import Generator, default_generator


def manual_seed(seed):
    """Restart the default stream from `seed`. Returns the default generator."""
    return default_generator.manual_seed(seed)


def seed():
    """Restart the default stream from the operating system's randomness. Returns the seed."""
    return default_generator.seed()


def initial_seed():
    return default_generator.initial_seed()


def get_rng_state():
    """The default stream's position as a uint8 tensor."""
    return default_generator.get_state()


def set_rng_state(new_state):
    """Continue the default stream from a position that get_rng_state gave."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices", device_type=None):
    """Draws inside do not move the stream outside. There is one stream for all devices."""
    position = default_generator.state()
    try:
        yield
    finally:
        if enabled:
            default_generator.set_position(position)


class set_rng:
    """Draw PyTorch's own numbers ("torch") or the library's ("counter"), like assigning to `eagerjax.rng`.

    As a context manager, what was drawn before is drawn again afterwards.

    >>> with eagerjax.set_rng("torch"):
    ...     weights = eagerjax.randn(2, 3, generator=eagerjax.Generator().manual_seed(0))
    """

    def __init__(self, kind):
        self.before = random.kind()
        random.set_kind(kind)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        random.set_kind(self.before)


def _get_state(self):
    """The stream's position as a uint8 tensor: of 16 bytes, or in PyTorch's format where PyTorch's numbers are drawn."""
    data = self.mersenne().to_bytes() if random.like_torch() else struct.pack("<QQ", *self.state())
    return torch.tensor(np.frombuffer(data, np.uint8))


def _set_state(self, new_state):
    """Continue from a position that get_state gave (or, where PyTorch's numbers are drawn, one that PyTorch gave)."""
    data = bytes(new_state.tolist())
    if random.like_torch():
        self.set_mersenne(data)
    elif len(data) == SIZE:
        raise RuntimeError('this is a state of PyTorch\'s generator: set eagerjax.rng = "torch" to draw its numbers')
    else:
        self.set_position(struct.unpack("<QQ", data))
    return self


def _clone_state(self):
    made = Generator(self.device)
    made.set_position(self.state())
    return made


Generator.get_state, Generator.set_state, Generator.clone_state = _get_state, _set_state, _clone_state
torch.Generator, torch.default_generator = Generator, random.default_generator
for _f in (manual_seed, seed, initial_seed, get_rng_state, set_rng_state, fork_rng, set_rng):
    setattr(torch, _f.__name__, _f)
