"""Several threads record, each into a trace of its own, and one needs what another has pending: it runs that trace.

The other thread must not be in the middle of a step then, of which only a part would be in the trace. Python can stop a
thread between any two lines; what it is doing can be seen from its frames.
"""

import os
import sys
import threading
import time

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RECORDING = tuple(_PACKAGE + name for name in (
    "alias.py", "anomaly.py", "autograd.py", "autograd_extras.py", "dispatch.py", "install.py", "memory.py", "reverse.py",
    "saved.py", "second.py", "sharing.py", "tensor.py",
    *(folder + os.sep for folder in ("forms", "lower", "ops", "record", "runtime")),
))  # fmt: skip
PATIENCE = 10.0
"""Seconds after which a thread that does not come to the end of a step is taken to wait for this one."""
_WAITING = set()
"""Code of functions in which a thread may wait for others: what it has recorded is whole there."""


def may_wait(function):
    """Decorator of a function at whose locks a thread may be overtaken."""
    _WAITING.add(function.__code__)
    return function


def finish_step(trace):
    """Wait until the thread that records into `trace` is between two steps."""
    trace.wanted = True
    end = time.monotonic() + PATIENCE
    while is_recording(sys._current_frames().get(trace.owner)) and time.monotonic() < end:
        time.sleep(1e-4)


def is_recording(frame):
    """Is a thread whose innermost frame this is inside of a step? The innermost of the library's own frames tells.

    What it has called may be anybody's code: JAX, or a finalizer that Python runs in the middle of a line.
    """
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_PACKAGE):
            return frame.f_code not in _WAITING and file.startswith(_RECORDING)
        frame = frame.f_back
    return False


LOCK = threading.RLock()
"""Of whoever runs a trace, or changes a tensor that several threads may have."""


@may_wait
def in_turn(function, *args):
    """`function(*args)`, of one thread at a time. What was read before has to be read anew in it.

    The lock is its own context: Ctrl-C in a context manager written in Python may come between taking it and being inside.
    """
    with LOCK:
        return function(*args)
