"""Queues that turn what is put into a message at once: the thread that sends it later computes nothing."""

import multiprocessing.queues
import pickle
from multiprocessing.queues import SimpleQueue as SimpleQueue
from multiprocessing.reduction import ForkingPickler

import eagerjax.sharing  # noqa: F401  (how tensors are sent)


class Message:
    """An object as it was when it was sent; arriving, it is the object again."""

    def __init__(self, obj):
        self.data = bytes(ForkingPickler.dumps(obj))

    def __reduce__(self):
        return pickle.loads, (self.data,)


class Queue(multiprocessing.queues.Queue):
    """Python's, for tensors as well: they move to shared memory, and are not copied."""

    def put(self, obj, block=True, timeout=None):
        super().put(Message(obj), block, timeout)


class JoinableQueue(multiprocessing.queues.JoinableQueue):
    """A queue that counts what is done."""

    def put(self, obj, block=True, timeout=None):
        super().put(Message(obj), block, timeout)
