"""torch.cpu: the CPU as a device."""

import contextlib

from eagerjax.lower.flush import flush


def is_available():
    return True


def is_initialized():
    return True


def device_count():
    return 1


def current_device():
    return "cpu"


def set_device(device):
    """Nothing to do: there is one."""


def synchronize(device=None):
    """Run what is pending."""
    flush()


class Stream:
    """A name without effect."""

    def __init__(self, priority=-1):
        pass

    def wait_stream(self, stream):
        """Nothing to wait for."""


def current_stream(device=None):
    return Stream()


@contextlib.contextmanager
def stream(stream):
    """A context without effect."""
    yield
