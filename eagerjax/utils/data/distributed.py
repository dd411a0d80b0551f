"""DistributedSampler: each process its own part of the data."""

import math

import numpy as np

from eagerjax.runtime import random
from eagerjax.utils.data.draw import permutation
from eagerjax.utils.data.sampler import Sampler


class DistributedSampler(Sampler):
    """Every `num_replicas`-th index, from `rank` on, of one order that all processes agree on.

    Call `set_epoch` before each epoch, or the order is the same in all of them.
    """

    def __init__(self, dataset, num_replicas=None, rank=None, shuffle=True, seed=0, drop_last=False):
        num_replicas = _world()[0] if num_replicas is None else num_replicas
        rank = _world()[1] if rank is None else rank
        if rank >= num_replicas or rank < 0:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        n = len(dataset)
        self.num_samples = n // num_replicas if drop_last else math.ceil(n / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self):
        n = len(self.dataset)
        order = self.shuffled(n) if self.shuffle else np.arange(n)
        return iter(np.resize(order, self.total_size)[self.rank :: self.num_replicas].tolist())

    def shuffled(self, n):
        seed = self.seed + self.epoch
        if random.like_torch():
            return permutation(n, random.Generator().manual_seed(seed))
        return np.random.default_rng(seed).permutation(n)

    def __len__(self):
        return self.num_samples

    def set_epoch(self, epoch):
        """Shuffle differently in each epoch, and in the same way in all processes."""
        self.epoch = epoch


def _world():
    """(number of processes, index of this one)."""
    import jax  # noqa: PLC0415

    return jax.process_count(), jax.process_index()
