"""DataLoader: batches of a dataset, shuffled, put together, loaded by worker processes if asked to."""

import collections
import math
import multiprocessing
import os
import warnings
import weakref

from eagerjax.runtime import random
from eagerjax.utils.data import resume, worker_loop, workers
from eagerjax.utils.data.collate import default_collate, default_convert
from eagerjax.utils.data.dataset import IterableDataset
from eagerjax.utils.data.draw import draw_seed
from eagerjax.utils.data.fetch import MapFetcher, StreamFetcher
from eagerjax.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from eagerjax.utils.data.worker_info import get_worker_info as get_worker_info


class _DatasetKind:
    Map = 0
    Iterable = 1


class _InfiniteConstantSampler(Sampler):
    """Stands for the indices of a stream."""

    def __iter__(self):
        while True:
            yield None


class DataLoader:
    """Iterates over a dataset in batches.

    With `num_workers` > 0, worker processes load ahead, `prefetch_factor` batches each; batches come in order. A
    worker gets the dataset once, pickled by value where it is defined in the script or notebook, so neither a guard
    nor an importable module is needed. `pin_memory` and `multiprocessing_context` are accepted and not needed.

    >>> data = torch.utils.data.TensorDataset(torch.arange(5))
    >>> for (x,) in torch.utils.data.DataLoader(data, batch_size=2):
    ...     print(x)
    tensor([0, 1])
    tensor([2, 3])
    tensor([4])
    """

    _FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
    __initialized = False

    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0,
                 collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
                 multiprocessing_context=None, generator=None, *, prefetch_factor=None, persistent_workers=False,
                 pin_memory_device="", in_order=True):  # fmt: skip
        self.prefetch_factor = _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        stream = isinstance(dataset, IterableDataset)
        _check_sampling(stream, batch_size, shuffle, sampler, batch_sampler, drop_last)
        self._dataset_kind = _DatasetKind.Iterable if stream else _DatasetKind.Map
        if batch_sampler is not None:
            batch_size = None
        if sampler is None:
            sampler = (_InfiniteConstantSampler() if stream
                       else RandomSampler(dataset, generator=generator) if shuffle
                       else SequentialSampler(dataset))  # fmt: skip
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_collate if self._auto_collation else default_convert)
        self.persistent_workers = persistent_workers
        self._IterableDataset_len_called = None
        self._iterator = None
        self._latest = None  # weak reference to the iterator of the latest pass
        self._resume = None  # where the next pass begins, once `load_state_dict` has said so
        self._idle = []  # workers between two passes: their processes are used again, the dataset is sent anew
        weakref.finalize(self, workers.stop, self._idle)
        self.__initialized = True
        self.check_worker_number_rationality()

    def __class_getitem__(cls, item):
        return cls

    @property
    def multiprocessing_context(self):
        """A context of Python's multiprocessing. Workers here start in a way of their own, whichever it is."""
        return self.__context

    @multiprocessing_context.setter
    def multiprocessing_context(self, given):
        if given is not None and self.num_workers == 0:
            raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
                             f"num_workers={self.num_workers}")  # fmt: skip
        if isinstance(given, str):
            valid = multiprocessing.get_all_start_methods()
            if given not in valid:
                raise ValueError("multiprocessing_context option should specify a valid start method in "
                                 f"{valid!r}, but got multiprocessing_context={given!r}")  # fmt: skip
            given = multiprocessing.get_context(given)
        if given is not None and not isinstance(given, multiprocessing.context.BaseContext):
            raise TypeError("multiprocessing_context option should be a valid context object or a string specifying the start "
                            f"method, but got multiprocessing_context={given}")  # fmt: skip
        self.__context = given

    def __setattr__(self, name, value):
        if self.__initialized and name in self._FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __getstate__(self):
        return {**self.__dict__, "_iterator": None, "_idle": [], "_latest": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        weakref.finalize(self, workers.stop, self._idle)

    def __iter__(self):
        state, self._resume = self._resume, None
        if state is not None:
            made = resume.continued(self, state)
            self._iterator = made if self.persistent_workers else None
        elif self.persistent_workers and self._iterator is not None:
            made = self._iterator
            made._reset(self)
        else:
            made = self._new_iterator()
            self._iterator = made if self.persistent_workers else None
        self._latest = weakref.ref(made)
        return made

    def _new_iterator(self, state=None):
        return (_MultiProcessingDataLoaderIter if self.num_workers else _SingleProcessDataLoaderIter)(self, state)

    def state_dict(self):
        """Where the pass that is under way stands, and the loader's generators: for `load_state_dict`."""
        latest = self._latest and self._latest()
        streams = [resume.stream_of(g) for g in resume.generators_of(self)]
        under_way = None if latest is None or latest._finished else resume.state_of(latest)
        return {"pass": under_way, "streams": streams, "workers": self.num_workers, "batch_size": self.batch_size}

    def load_state_dict(self, state_dict):
        """The next pass goes on where `state_dict` was taken: the same batches in the same order.

        Raises ValueError for a loader of another batch size or number of workers.
        """
        for name, mine in (("workers", self.num_workers), ("batch_size", self.batch_size)):
            if state_dict[name] != mine:
                raise ValueError(
                    f"the position was saved by a DataLoader with {name}={state_dict[name]}; this one has {mine}"
                )
        for generator, stream in zip(resume.generators_of(self), state_dict["streams"]):
            resume.set_position(generator, stream)
        self._resume = state_dict["pass"]

    @property
    def _auto_collation(self):
        return self.batch_sampler is not None

    @property
    def _index_sampler(self):
        return self.batch_sampler if self._auto_collation else self.sampler

    def __len__(self):
        if self._dataset_kind == _DatasetKind.Map:
            return len(self._index_sampler)
        length = self._IterableDataset_len_called = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)

    def check_worker_number_rationality(self):
        """Warn where there are more workers than processors."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if self.num_workers and self.num_workers > (cores or 0):
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {cores}, which is smaller than what this DataLoader is going to "
                "create. Please be aware that excessive worker creation might get DataLoader running slow or even "
                "freeze, lower the worker number to avoid potential slowness/freeze if necessary.",
                stacklevel=3,
            )


def _check_workers(num_workers, timeout, prefetch_factor, persistent_workers):
    """How many batches each worker loads ahead. Raises ValueError for options that do not fit."""
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")
    return 2 if num_workers and prefetch_factor is None else prefetch_factor


def _check_sampling(stream, batch_size, shuffle, sampler, batch_sampler, drop_last):
    """Raises ValueError for options that exclude each other."""
    if stream:
        given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
        for name, value in given.items():
            if value is not None:
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, "
                                 f"but got {name}={value}")  # fmt: skip
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    if batch_sampler is None and batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


class _BaseDataLoaderIter:
    """One pass over the data."""

    def __init__(self, loader, state=None):
        self._resumed = state
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        self._timeout = loader.timeout
        self._persistent_workers = loader.persistent_workers
        self._begin(loader)
        self._base_seed = draw_seed(loader.generator)

    def _begin(self, loader):
        generators = resume.generators_of(loader)
        self._finished = False
        self._begun_with = resume.raw_state(generators)
        self._sampler_iter = resume.Drawn(iter(self._index_sampler), generators, self._resumed and self._resumed["log"])
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._num_yielded = 0

    def __iter__(self):
        return self

    def __len__(self):
        return len(self._index_sampler)

    def __getstate__(self):
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled")

    def __next__(self):
        try:
            data = self._next_data()
        except StopIteration:
            self._finished = True
            raise
        self._num_yielded += 1
        said = self._IterableDataset_len_called
        if self._dataset_kind == _DatasetKind.Iterable and said is not None and self._num_yielded > said:
            warnings.warn(
                f"Length of IterableDataset {self._dataset} was reported to be {said} (when accessing "
                f"len(dataloader)), but {self._num_yielded} samples have been fetched.",
                stacklevel=2,
            )
        return data


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Loads in this process."""

    def __init__(self, loader, state=None):
        super().__init__(loader, state)
        fetcher = MapFetcher if self._dataset_kind == _DatasetKind.Map else StreamFetcher
        self._fetcher = fetcher(loader.dataset, loader.collate_fn, loader._auto_collation, loader.drop_last)
        for _ in range(state["yielded"] if state else 0):
            next(self._sampler_iter) if fetcher is MapFetcher else self._next_data()
        self._num_yielded = state["yielded"] if state else 0

    def _workers_state(self):
        return []

    def _next_data(self):
        return self._fetcher.fetch(next(self._sampler_iter))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Hands batches of indices to the workers in turn, and takes the answers in the same order."""

    def __init__(self, loader, state=None):
        super().__init__(loader, state)
        program, buffers = workers.pack(loader.dataset, loader.collate_fn, loader.worker_init_fn)
        setup = {
            "program": program, "buffers": buffers, "batched": loader._auto_collation, "drop_last": loader.drop_last,
            "stream": self._dataset_kind == _DatasetKind.Iterable, "rng": random.kind(), "base_seed": self._base_seed,
            "ahead": max(1, loader.prefetch_factor),
        }  # fmt: skip
        idle, loader._idle[:] = loader._idle[:], []
        self._workers = workers.start(loader.num_workers, setup, self._base_seed, idle)
        self._stop = weakref.finalize(self, workers.stop, self._workers)
        self._loader = None if loader.persistent_workers else loader
        self._epoch = -1
        self._ahead = max(1, loader.prefetch_factor) * loader.num_workers
        self._start_epoch()
        self._resumed = None

    def _reset(self, loader):
        self._begin(loader)
        self._start_epoch()

    def _start_epoch(self):
        self._epoch += 1
        self._active = [True] * self._num_workers
        self._turn = 0
        self._tasks = collections.deque()
        done = self._resumed["yielded"] if self._resumed else 0
        stream = self._dataset_kind == _DatasetKind.Iterable
        for worker, (begun, now) in zip(self._workers, self._resumed["workers"] if self._resumed else ()):
            worker.send((worker_loop.SET_STATE, begun if stream else now))
        if not stream:
            for _ in range(done):
                next(self._sampler_iter)
            self._turn = done % self._num_workers
        for _ in range(self._ahead):
            self._ask()
        for _ in range(done if stream else 0):
            self._next_data()
        self._num_yielded = done

    def _workers_state(self):
        """Of each worker, its random state as the pass began, and before the first batch that nobody has got yet."""
        ahead = collections.Counter(at for at, _ in self._tasks)
        return [worker.random_state(ahead[i]) for i, worker in enumerate(self._workers)]

    def _ask(self):
        """Give the next indices to the next worker that still has data."""
        for _ in range(self._num_workers):
            at, self._turn = self._turn, (self._turn + 1) % self._num_workers
            if self._active[at]:
                break
        else:
            return
        try:
            index = next(self._sampler_iter)
        except StopIteration:
            self._turn = at
            return
        self._workers[at].send((self._epoch, index))
        self._tasks.append((at, index))

    def _next_data(self):
        while self._tasks:
            at, index = self._tasks.popleft()
            try:
                kind, value = self._workers[at].answer(self._epoch, self._timeout, _described(index))
            except BaseException:
                self._stop()
                self._tasks.clear()
                raise
            if kind == worker_loop.END:
                self._active[at] = False
            self._ask()
            if kind == worker_loop.ERROR:
                value.reraise()
            if kind == worker_loop.BATCH:
                return value
        self._retire()
        raise StopIteration

    def _retire(self):
        """After a whole pass: the loader keeps the processes for its next one, without the dataset."""
        if self._loader is None or not self._workers:
            return
        for worker in self._workers:
            worker.send(("release", None))
        self._loader._idle += self._workers
        self._workers.clear()


def _described(index):
    if index is None or (isinstance(index, list) and index[:1] == [None]):
        return "the next items of the stream"
    text = str(index)
    return f"index {text if len(text) <= 60 else text[:57] + '...'}"
