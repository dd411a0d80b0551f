"""Where a DataLoader stands in a pass, so that another process can go on there: `state_dict` and `load_state_dict`.

A pass is made again from the random state in which it began. The draws of its sampler are noted, because other draws
lie between them. What a map-style dataset was asked for is not loaded again: worker processes hand over their own random
state. A stream has no positions, so it is read again up to where it was.
"""

import random as python_random

import numpy as np

from eagerjax.runtime import random


def raw_state(generators=()):
    """Python's, numpy's and the default stream's state, and those of `generators`, in no time."""
    streams = [g.state() for g in (random.default_generator, *generators)]
    return python_random.getstate(), np.random.get_state(), streams


def plain(raw):
    """`raw_state` as plain values, to be saved."""
    (version, words, gauss), (name, keys, at, has_gauss, cached), streams = raw
    return {
        "python": [version, list(words), gauss],
        "numpy": [name, [int(k) for k in keys], int(at), int(has_gauss), float(cached)],
        "streams": [[*s, s.mersenne] for s in streams],
    }


def random_state(generators=()):
    return plain(raw_state(generators))


def set_random_state(state, generators=()):
    """Continue all streams from what `random_state` gave."""
    version, words, gauss = state["python"]
    python_random.setstate((version, tuple(words), gauss))
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), *rest))
    for generator, stream in zip((random.default_generator, *generators), state["streams"]):
        set_position(generator, stream)


def stream_of(generator):
    place = generator.state()
    return [*place, place.mersenne]


def set_position(generator, stream):
    place = random.Position(stream[:2])
    place.mersenne = stream[2]
    generator.set_position(place)


def generators_of(loader):
    """The generators that a loader and its samplers draw from, besides the default one."""
    sampler = loader.sampler
    batch_sampler = loader.batch_sampler
    holders = (loader, sampler, batch_sampler, getattr(batch_sampler, "sampler", None))
    found = {id(g): g for g in (getattr(h, "generator", None) for h in holders) if isinstance(g, random.Generator)}
    return list(found.values())


class Drawn:
    """The sampler's iterator, which notes before which batch it drew, and from where."""

    def __init__(self, indices, generators, log=()):
        self.indices = indices
        self.generators = [random.default_generator, *generators]
        self.log = []  # [number of the batch, positions before it]
        self.count = 0
        self.ahead = dict(log or ())  # the same of an earlier pass, to be drawn again

    def __iter__(self):
        return self

    def __next__(self):
        planned = self.ahead.pop(self.count, None)
        for generator, stream in zip(self.generators, planned or ()):
            set_position(generator, stream)
        before = [g.state() for g in self.generators]
        index = next(self.indices)
        if any(g.state() != b for g, b in zip(self.generators, before)):
            self.log.append([self.count, [[*b, b.mersenne] for b in before]])
        self.count += 1
        return index


def state_of(iterator):
    """The position of a pass."""
    return {
        "yielded": iterator._num_yielded, "begin": plain(iterator._begun_with), "log": iterator._sampler_iter.log,
        "workers": iterator._workers_state(),
    }  # fmt: skip


def continued(loader, state):
    """An iterator over the rest of a pass. The random state outside stays what it is."""
    generators = generators_of(loader)
    now = random_state(generators)
    set_random_state(state["begin"], generators)
    try:
        return loader._new_iterator(state)
    finally:
        set_random_state(now, generators)
