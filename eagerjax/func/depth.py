"""Whether a function runs within a transform."""

import contextlib
import threading


class _Depth(threading.local):
    transforms = 0


_depth = _Depth()


@contextlib.contextmanager
def entered():
    """While a transform's function runs."""
    _depth.transforms += 1
    try:
        yield
    finally:
        _depth.transforms -= 1


def running():
    """Does a transform's function run in this thread?"""
    return _depth.transforms > 0
