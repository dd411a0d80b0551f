"""Debug mode: everything runs one op at a time, so that a slow or failing op shows by itself."""

import threading

from eagerjax.lower.flush import flush
from eagerjax.record.trace import state


class _Mode(threading.local):
    on = False


_mode = _Mode()


class debug:
    """Run each op through its own compiled call instead of whole programs; as a context manager, until its end.

    >>> with debug():
    ...     model(x)
    >>> debug(False)
    """

    def __init__(self, enabled=True):
        self.before = _mode.on
        switch(bool(enabled))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        switch(self.before)


def switch(enabled):
    """Turn debug mode on or off. What is pending runs first, the way it was recorded."""
    if enabled == _mode.on:
        return
    flush()
    _mode.on = enabled
    state.stepwise += 1 if enabled else -1  # a count: anomaly detection asks for the same


def is_debug_enabled():
    return _mode.on
