"""torch.multiprocessing: Python's own, with memory that processes share, and processes that start anew."""

from eagerjax.as_torch.lib.torch.multiprocessing.context import DEFAULT
from eagerjax.as_torch.lib.torch.multiprocessing.spawn import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

_names = [name for name in dir(DEFAULT) if not name.startswith("_")]
globals().update((name, getattr(DEFAULT, name)) for name in _names)
_strategy = "file_descriptor"


def get_all_sharing_strategies():
    """Files without names are the only way here, whichever is set; none of them is left behind."""
    return {"file_descriptor", "file_system"}


def get_sharing_strategy():
    return _strategy


def set_sharing_strategy(new_strategy):
    """Remembered, and without effect."""
    global _strategy  # noqa: PLW0603
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"invalid sharing strategy {new_strategy!r}, expected one of {get_all_sharing_strategies()}")
    _strategy = new_strategy


__all__ = [
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException", "SpawnContext",
    "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn", "start_processes",
]  # fmt: skip
__all__.extend(_names)
