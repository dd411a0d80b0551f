"""What a worker does: receive the dataset once, then answer each list of indices with a batch."""

import collections
import os
import pickle
import random
import signal
import socket
import sys
import threading
import time
import traceback

import numpy as np

from eagerjax.runtime import random as streams
from eagerjax.utils.data import resume, wire
from eagerjax.utils.data.collate import default_collate, default_convert
from eagerjax.utils.data.fetch import MapFetcher, StreamFetcher
from eagerjax.utils.data.host import shipping
from eagerjax.utils.data.worker_info import WorkerInfo, set_worker_info

BATCH, END, ERROR = "batch", "end", "error"


class Failure:
    """An exception on its way to the main process: its type, the text of its traceback."""

    def __init__(self, error, where):
        self.type = type(error)
        self.text = "".join(traceback.format_exception(error))
        self.where = where

    def reraise(self):
        """Raise an exception of the same type that tells where it happened; RuntimeError where it cannot be made."""
        message = f"Caught {self.type.__name__} {self.where}.\nOriginal {self.text}"
        if self.type is KeyError:
            message = _Plain(message)
        try:
            error = self.type(message)
        except Exception:  # noqa: BLE001  (a constructor of the user's)
            raise RuntimeError(message) from None
        raise error


class _Plain(str):
    """A string whose repr is itself: KeyError prints the repr of its argument."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def run(fd):
    """Serve until the main process closes the socket, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    with socket.socket(fileno=fd) as sock:
        try:
            Worker(sock).serve()
        except (EOFError, ConnectionError):
            pass


def _die_with(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


SETUP, RELEASE, STATE, SET_STATE = "setup", "release", "state", "set_state"


class Worker:
    """Serves one dataset after the other: SETUP brings it, RELEASE lets it go, STATE asks where its random numbers are.

    All else asks for a batch.
    """

    def __init__(self, sock):
        self.sock = sock
        self.release()

    def release(self):
        self.dataset = self.collate_fn = self.fetcher = self.epoch = self.failure = None
        self.begun, self.before = (
            None,
            collections.deque(maxlen=1),
        )  # random states: of this pass, before the last batches
        set_worker_info(None)

    def set_up(self, setup):
        self.release()
        self.where = f"in DataLoader worker process {setup['id']}"
        try:
            self.prepare(setup)
        except Exception as error:  # noqa: BLE001  (of the user's dataset; told with the first batch)
            self.failure = Failure(error, self.where)

    def prepare(self, setup):
        sys.path[:] = setup["path"]
        seed = setup["seed"]
        random.seed(seed)
        np.random.seed(np.random.SeedSequence(self.entropy(setup)).generate_state(4))
        streams.start_with(setup["rng"])
        streams.default_generator.manual_seed(seed)
        self.dataset, self.collate_fn, start = pickle.loads(setup["program"], buffers=setup["buffers"])
        self.before = collections.deque(maxlen=setup["ahead"])
        self.options = setup["batched"], setup["drop_last"]
        self.fetcher_type = StreamFetcher if setup["stream"] else MapFetcher
        info = WorkerInfo(id=setup["id"], num_workers=setup["count"], seed=seed, dataset=self.dataset)
        set_worker_info(info)
        if start is not None:
            start(setup["id"])

    def entropy(self, setup):
        """What numpy's global generator is seeded with."""
        if setup["rng"] == "counter":
            return setup["seed"]
        base = setup["base_seed"]
        return [setup["id"], base & 0xFFFFFFFF, base >> 32, 0]

    def serve(self):
        while True:
            asked, message = wire.receive(self.sock)
            if asked == SETUP:
                self.set_up(message)
            elif asked == RELEASE:
                self.release()
            elif asked == SET_STATE:
                resume.set_random_state(message)
            elif asked == STATE:
                now = self.before[-message] if message else resume.raw_state()
                wire.send(self.sock, (STATE, (resume.plain(self.begun or now), resume.plain(now))))
            else:
                self.send(asked, self.answer(asked, message))

    def answer(self, epoch, index):
        """(kind, value): a batch, the end of a stream, or what went wrong."""
        if self.failure is not None:
            return ERROR, self.failure
        try:
            self.before.append(resume.raw_state())
            if epoch != self.epoch:
                self.begun = self.before[-1]
                self.fetcher = self.fetcher_type(self.dataset, self.collate_fn, *self.options)
                self.epoch = epoch
            return BATCH, self.batch(index)
        except StopIteration as stop:
            stream = isinstance(self.fetcher, StreamFetcher)
            return (END, None) if stream else (ERROR, Failure(stop, self.where))
        except Exception as error:  # noqa: BLE001
            return ERROR, Failure(error, self.where)

    def batch(self, index):
        """A batch; one that is put together by default is sent as arrays, so no tensor has to be made here."""
        fetcher = self.fetcher
        if self.collate_fn not in (default_collate, default_convert):
            return fetcher.fetch(index)
        if isinstance(fetcher, MapFetcher) and fetcher.batched and hasattr(self.dataset, "_collated"):
            with shipping():
                batch = self.dataset._collated(index)
            if batch is not None:
                return batch
        items = fetcher.items(index) if fetcher.batched or isinstance(fetcher, StreamFetcher) else self.dataset[index]
        with shipping():
            return self.collate_fn(items)

    def send(self, asked, answer):
        try:
            wire.send(self.sock, (asked, *answer))
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001  (the batch, or the exception's type, cannot be pickled)
            failure = Failure(error, self.where)
            if answer[0] == ERROR:
                failure = answer[1]
                failure.type = RuntimeError
            wire.send(self.sock, (asked, ERROR, failure))
