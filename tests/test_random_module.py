"""torch.random: the same functions as on torch itself, as a module."""

import eagerjax as ej
from eagerjax import random


def test_the_module_moves_the_default_stream():
    random.manual_seed(7)
    assert random.initial_seed() == 7
    state = random.get_rng_state()
    first = ej.rand(3)
    with random.fork_rng():
        ej.rand(5)
    second = ej.rand(3)
    random.set_rng_state(state)
    assert ej.equal(ej.rand(3), first)
    assert ej.equal(ej.rand(3), second)
    assert ej.random is random
