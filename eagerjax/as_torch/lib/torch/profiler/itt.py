"""torch.profiler.itt: marks for Intel's profiler, which are not there."""

import contextlib


def is_available():
    return False


def _unavailable():
    raise RuntimeError("ITT functions not installed. Are you sure you have a ITT build?")


def range_push(msg):
    """Raises RuntimeError, as PyTorch does where it was built without ITT."""
    _unavailable()


def range_pop():
    """Raises RuntimeError."""
    _unavailable()


def mark(msg):
    """Raises RuntimeError."""
    _unavailable()


@contextlib.contextmanager
def range(msg, *args, **kwargs):
    """Raises RuntimeError."""
    _unavailable()
    yield
