"""Several threads record, each into a trace of its own, and one needs what another has pending: it runs that trace.

The other thread must not be in the middle of a step then, of which only a part would be in the trace. Python can stop a
thread between any two lines; what it is doing can be seen from its frames.

What several threads may have in their hands, tensors and the families of aliases, is changed by one of them at a time.
"""

import os
import sys
import threading
import time
import weakref

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def _paths(*names):
    return tuple([_PACKAGE + name.replace("/", os.sep) for name in names])


_RECORDING = _paths(
    "alias.py", "anomaly.py", "autograd.py", "autograd_extras.py", "dispatch.py", "forms/", "install.py", "known.py",
    "known_pass.py", "lower/", "memory.py", "ops/", "record/", "reverse.py", "runtime/", "saved.py", "second.py", "sharing.py",
    "static/deferred.py", "static/replay.py", "static/settled.py", "tensor.py",
)  # fmt: skip
"""Where a thread is in the middle of a step."""
_BETWEEN = _paths(
    "amp/", "as_torch/", "control/", "distributions/", "func/", "fx/", "nn/", "optim/", "serialization/", "sparse/", "static/",
    "utils/", "vision/",
)  # fmt: skip
"""Where it is not. Everything else helps whoever has called it."""
PATIENCE = 10.0
"""Seconds after which a thread that does not come to the end of a step is taken to wait for this one."""
_WAITING = set()
"""Code of functions in which a thread may wait for others: what it has recorded is whole there."""


class Thread:
    """Stands for a thread that records."""

    several = False  # has there ever been a second one?


THREADS: weakref.WeakSet = weakref.WeakSet()
"""The threads that have recorded something and are alive: they share one tree."""


def may_wait(function):
    """Decorator of a function at whose locks a thread may be overtaken."""
    _WAITING.add(function.__code__)
    return function


def finish_step(trace):
    """Wait until the thread that records into `trace` is between two steps."""
    trace.wanted = True
    end = time.monotonic() + PATIENCE
    while is_recording(trace.owner) and time.monotonic() < end:
        time.sleep(1e-4)


def is_recording(ident):
    """Is a thread inside of a step?"""
    return look_at(ident, is_step)


def look_at(ident, judge):
    """`judge(innermost frame)` of a thread. It may run meanwhile, and a frame that has returned leads nowhere: a "no" counts
    only where the thread has stood still."""
    while True:
        frame = sys._current_frames().get(ident)
        found = judge(frame)
        if found or sys._current_frames().get(ident) is frame:
            return found


def is_step(frame):
    """Is this the innermost frame of a step? The innermost of the library's own frames that can, tells.

    What it has called may be anybody's code: JAX, or a finalizer that Python runs in the middle of a line.
    """
    while frame is not None:
        file = frame.f_code.co_filename
        if frame.f_code in _WAITING or (file.startswith(_BETWEEN) and not file.startswith(_RECORDING)):
            return False
        if file.startswith(_RECORDING):
            return True
        frame = frame.f_back
    return False


def is_unguarded_step(frame):
    """The same, of a step in which nothing has the lock: it was begun by a thread that was alone."""
    if not is_step(frame):
        return False
    while frame is not None:
        if frame.f_code in _WAITING:
            return False
        frame = frame.f_back
    return True


LOCK = threading.RLock()
"""Of whoever runs a trace, or changes a tensor that several threads may have."""


def begin():
    """A thread records for the first time. Returns what stands for it.

    With the second thread all begin to wait for each other; what the first one is doing at that moment, it does to the end.
    """
    own = Thread()
    THREADS.add(own)
    if not Thread.several and len(THREADS) > 1:
        Thread.several = True
        end = time.monotonic() + PATIENCE
        others = sys._current_frames().keys() - {threading.get_ident()}
        while any(look_at(ident, is_unguarded_step) for ident in others) and time.monotonic() < end:
            time.sleep(1e-4)
    return own
