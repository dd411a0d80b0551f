"""Datasets for test_data.py and test_resume.py that workers import: this module must not need JAX."""

import os
import random
import signal
import sys
import time

import numpy as np

import eagerjax as torch
import eagerjax.utils.data


class Squares(torch.utils.data.Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return np.float32(i * i), i


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        return iter(range(self.n)) if info is None else iter(range(info.id, self.n, info.num_workers))


class Report(Squares):
    def __getitem__(self, i):
        info = torch.utils.data.get_worker_info()
        return {"id": info.id, "count": info.num_workers, "seed": info.seed, "draw": np.random.random(),
                "pid": os.getpid(), "jax": "jax" in sys.modules, "platform": os.environ["JAX_PLATFORMS"]}  # fmt: skip


class Held(torch.utils.data.Dataset):
    """Tensors that are indexed in the worker, one item after the other."""

    def __init__(self, n):
        self.values = torch.arange(float(n))

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i] * 2


class Trouble(Squares):
    def __getitem__(self, i):
        if i == 3:
            raise LookupError(f"no item {i}")
        if i == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if i == 7:
            time.sleep(60)
        return i


class NoisyOnTheHost(torch.utils.data.Dataset):
    """Items that are augmented with Python's and numpy's random numbers."""

    def __len__(self):
        return 22

    def __getitem__(self, i):
        return np.full(3, i / 22 + random.random() + np.random.rand(), np.float32), i % 3


class Counting(torch.utils.data.IterableDataset):
    """A stream, each worker's with numbers of its own."""

    def __iter__(self):
        for i in range(11):
            yield np.full(3, i / 11 + random.random(), np.float32), i % 3
