"""How processes start: anew, whatever a program asks for. A copy of a process in which JAX's threads run would hang."""

import functools
import multiprocessing
import multiprocessing.context
import warnings

from eagerjax.as_torch.lib.torch.multiprocessing.queue import JoinableQueue, Queue, SimpleQueue

SpawnProcess = multiprocessing.get_context("spawn").Process


class Process(SpawnProcess):
    """A process that starts anew: it imports the program's main module, which needs its `if __name__ == "__main__":`."""


class Methods:
    """What the context of new processes and the default one differ in from Python's."""

    Process = Process

    def Queue(self, maxsize=0):
        return Queue(maxsize, ctx=self.get_context())

    def JoinableQueue(self, maxsize=0):
        return JoinableQueue(maxsize, ctx=self.get_context())

    def SimpleQueue(self):
        return SimpleQueue(ctx=self.get_context())


class Spawning(Methods, multiprocessing.context.SpawnContext):
    """Starts processes anew."""

    def get_context(self, method=None):
        return self if method is None else context_of(method)


SPAWNING = Spawning()


class Default(Methods, multiprocessing.context.DefaultContext):
    """The context of the module's functions: one that starts processes anew, unless the program sets one."""

    def __init__(self):
        super().__init__(SPAWNING)

    def get_context(self, method=None):
        return super().get_context() if method is None else context_of(method)


def context_of(method):
    """The context of a start method. Raises ValueError where Python has no such method."""
    if method not in multiprocessing.get_all_start_methods():
        raise ValueError(f"cannot find context for {method!r}")
    if method != "spawn":
        warn_of(method)
    return SPAWNING


@functools.cache
def warn_of(method):
    warnings.warn(f"processes start by 'spawn' under eagerjax, not by {method!r}: a process in which JAX runs can't be copied. "
                  "They import the program's main module anew, and get their arguments pickled.", stacklevel=5)  # fmt: skip


DEFAULT = Default()
