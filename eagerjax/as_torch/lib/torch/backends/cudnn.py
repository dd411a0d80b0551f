"""torch.backends.cudnn: switches for a while."""

import contextlib

from eagerjax import backends


@contextlib.contextmanager
def flags(**settings):
    """Other settings inside; XLA decides for itself."""
    before = {name: getattr(backends.cudnn, name, None) for name in settings}
    try:
        vars(backends.cudnn).update(settings)
        yield
    finally:
        vars(backends.cudnn).update(before)


def is_acceptable(tensor):
    return backends.cudnn.is_available()
