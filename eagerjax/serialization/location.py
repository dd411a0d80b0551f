"""Where a storage of a file goes: its own place, or what `map_location` says."""

import os

from eagerjax.runtime import device as devices
from eagerjax.serialization.storage import Loaded


def placer(map_location):
    """A function (storage, tag) -> the storage, placed."""
    if map_location is None:
        return restore
    if isinstance(map_location, dict):
        return lambda storage, tag: restore(storage, str(map_location.get(tag, tag)))
    if isinstance(map_location, (str, bytes, devices.device)):
        where = os.fsdecode(map_location) if isinstance(map_location, bytes) else str(map_location)
        return lambda storage, tag: restore(storage, where)
    if not callable(map_location):
        raise TypeError(
            f"map_location must be a function, a device, a string or a dict, not {type(map_location).__name__}"
        )

    def ask(storage, tag):
        given = map_location(storage, tag)
        return restore(storage, tag) if given is None else given

    return ask


def restore(storage, tag):
    """The storage on the device of that name. Raises RuntimeError where this machine has none."""
    if not isinstance(storage, Loaded):
        raise RuntimeError("map_location must return a storage")
    if tag == "cpu":
        return storage
    try:
        where = devices.device(tag)
    except RuntimeError:
        raise RuntimeError(f"don't know how to restore data location of storage (tagged with {tag})") from None
    try:
        devices.to_jax(where)
    except RuntimeError as error:
        raise RuntimeError(
            f"Attempting to deserialize object on {tag}, but {error}. If you are running on a CPU-only machine, please use "
            "torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
        ) from None
    return storage.to(where)
