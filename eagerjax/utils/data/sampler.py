"""Samplers: in which order a DataLoader asks for items. All draws are made on the host."""

import itertools

import numpy as np

from eagerjax.runtime import dtype as dt, random
from eagerjax.utils.data.draw import draw_seed, host_rng, integers, multinomial, permutation


class Sampler:
    """Base of all samplers: `__iter__` gives indices, or lists of them."""

    def __init__(self, data_source=None):
        pass

    def __class_getitem__(cls, item):
        return cls

    def __iter__(self):
        raise NotImplementedError


class SequentialSampler(Sampler):
    """One after the other."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(Sampler):
    """Shuffled, or drawn with replacement. The order comes from `generator`, else from the global seed."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        _check_count(self.num_samples)

    @property
    def num_samples(self):
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self):
        if random.like_torch():
            yield from self.as_torch()
            return
        n, left = len(self.data_source), self.num_samples
        rng = host_rng(self.generator)
        while left > 0:
            drawn = rng.integers(n, size=min(left, 1 << 16)) if self.replacement else rng.permutation(n)[:left]
            yield from drawn.tolist()
            left -= len(drawn)

    def as_torch(self):
        """The order that PyTorch takes: of a generator of its own unless one is given."""
        n, left = len(self.data_source), self.num_samples
        generator = self.generator or random.Generator().manual_seed(draw_seed())
        while self.replacement and left > 0:
            yield from integers(n, min(left, 32), generator)
            left -= 32
        while left >= 0 and not self.replacement:  # PyTorch draws one more order than it needs
            yield from permutation(n, generator)[:left]
            left -= n

    def __len__(self):
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The given indices, shuffled."""

    def __init__(self, indices, generator=None):
        self.indices = indices
        self.generator = generator

    def __iter__(self):
        for i in permutation(len(self.indices), self.generator):
            yield self.indices[i]

    def __len__(self):
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Index i with a probability proportional to `weights[i]`."""

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        _check_count(num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        from eagerjax.namespace import torch  # noqa: PLC0415

        self.weights = torch.as_tensor(weights, dtype=dt.float64)
        if self.weights.dim() != 1:
            raise ValueError("weights should be a 1d sequence but given weights have shape "
                             f"{tuple(self.weights.shape)}")  # fmt: skip
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self):
        weights = np.asarray(self.weights.tolist())
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        if weights.sum() <= 0 or (not self.replacement and np.count_nonzero(weights) < self.num_samples):
            raise RuntimeError("invalid multinomial distribution (too few weights are positive)")
        if random.like_torch():
            yield from multinomial(weights, self.num_samples, self.replacement, self.generator)
            return
        chances = weights / weights.sum()
        drawn = host_rng(self.generator).choice(len(weights), self.num_samples, self.replacement, chances)
        yield from drawn.tolist()

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of `batch_size` indices of another sampler; the last may be shorter, unless `drop_last`.

    >>> list(torch.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler, batch_size, drop_last):
        _check_count(batch_size, "batch_size")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self):
        n = len(self.sampler)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def _check_count(value, name="num_samples"):
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")
