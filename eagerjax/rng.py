"""torch's random state functions: manual_seed, get/set_rng_state, fork_rng, Generator.get_state."""

import contextlib
import struct

import numpy as np

from eagerjax.namespace import torch
from eagerjax.runtime import random
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
def fork_rng(devices=None, enabled=True):
    """Draws inside do not move the stream outside."""
    position = default_generator.state()
    try:
        yield
    finally:
        if enabled:
            default_generator.set_position(position)


def _get_state(self):
    """The stream's position as a uint8 tensor of 16 bytes."""
    return torch.tensor(np.frombuffer(struct.pack("<QQ", *self.state()), np.uint8))


def _set_state(self, new_state):
    """Continue from a position that get_state gave."""
    self.set_position(struct.unpack("<QQ", bytes(new_state.tolist())))
    return self


def _clone_state(self):
    made = Generator(self.device)
    made.set_position(self.state())
    return made


Generator.get_state, Generator.set_state, Generator.clone_state = _get_state, _set_state, _clone_state
torch.Generator, torch.default_generator = Generator, random.default_generator
for _f in (manual_seed, seed, initial_seed, get_rng_state, set_rng_state, fork_rng):
    setattr(torch, _f.__name__, _f)
