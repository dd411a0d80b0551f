"""torch.cuda: what JAX says of its GPUs. Streams are XLA's own; memory is XLA's pool."""

import time

import jax
import jax.numpy as jnp

from eagerjax.lower.flush import flush
from eagerjax.runtime import device as devices, random

_selected = {"index": 0}


class OutOfMemoryError(RuntimeError):
    """The device has no memory left."""


# -- devices ------------------------------------------------------------------------------
def device_count():
    """How many GPUs JAX sees."""
    for platform in ("cuda", "rocm"):
        try:
            return len(jax.devices(platform))
        except RuntimeError:
            continue
    return 0


def is_available():
    """Does JAX see a GPU?"""
    return device_count() > 0


def is_initialized():
    return is_available()


def init():
    """Nothing to do: JAX starts a GPU when it is used."""


# What libraries ask of torch.cuda before they save the state of its generators, or after a fork.
has_half, has_magma = True, False
default_generators = ()


def __getattr__(name):
    if name == "_initialized":
        return is_initialized()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _lazy_init():
    _index()


def _lazy_call(callable, **kwargs):
    if is_initialized():
        callable()


def _is_in_bad_fork():
    return False


def _index(device=None):
    """The index that a device argument means. Raises RuntimeError where this machine has no such GPU."""
    if device is None:
        index = _selected["index"]
    elif isinstance(device, int):
        index = device
    else:
        index = devices.device(device).index
        index = _selected["index"] if index is None else index
    count = device_count()
    if count == 0:
        raise RuntimeError("no CUDA device is available to JAX here (jax.devices() lists what is)")
    if index >= count:
        raise RuntimeError(f"invalid device ordinal: {index}, of {count} devices")
    return index


def _jax(device=None):
    return devices.to_jax(devices.device("cuda", _index(device)))


def current_device():
    """The index of the selected GPU."""
    return _index()


def set_device(device):
    """Select a GPU for the functions of this module."""
    index = _index(device)
    if index >= 0:
        _selected["index"] = index


class device:
    """Context manager: another selected GPU inside. None or -1: no change."""

    def __init__(self, device):
        self.index = -1 if device is None else device if isinstance(device, int) else devices.device(device).index or 0

    def __enter__(self):
        self.before = _selected["index"]
        if self.index >= 0:
            set_device(self.index)

    def __exit__(self, *_):
        _selected["index"] = self.before


def get_device_name(device=None):
    """The model of a GPU."""
    return _jax(device).device_kind


def get_device_capability(device=None):
    """(major, minor) of a GPU's compute capability."""
    major, _, minor = str(getattr(_jax(device), "compute_capability", "0.0")).partition(".")
    return int(major), int(minor or 0)


class _Properties:
    def __init__(self, device):
        self.name = get_device_name(device)
        self.major, self.minor = get_device_capability(device)
        self.total_memory = _memory(device).get("bytes_limit", 0)
        self.multi_processor_count = getattr(_jax(device), "core_count", 0)

    def __repr__(self):
        return (f"_CudaDeviceProperties(name='{self.name}', major={self.major}, minor={self.minor}, "
                f"total_memory={self.total_memory // 2**20}MB, multi_processor_count={self.multi_processor_count})")  # fmt: skip


def get_device_properties(device=None):
    """Name, compute capability, and the memory that XLA may use, of a GPU."""
    return _Properties(device)


def is_bf16_supported(including_emulation=True):
    return is_available()


def is_tf32_supported():
    return is_available() and get_device_capability() >= (8, 0)


# -- time ---------------------------------------------------------------------------------
def synchronize(device=None):
    """Run what is pending, and wait until the GPU has done it."""
    where = _jax(device)
    flush()
    _tick(jax.device_put(jnp.zeros((), jnp.float32), where)).block_until_ready()  # a GPU runs its programs in order


@jax.jit
def _tick(x):
    return x + 1


class Event:
    """A moment in the GPU's work. `record` waits for it, so that `elapsed_time` is right."""

    def __init__(self, enable_timing=False, blocking=False, interprocess=False):
        self.time = None

    def record(self, stream=None):
        synchronize()
        self.time = time.perf_counter()

    def elapsed_time(self, end_event):
        """Milliseconds between two events."""
        if self.time is None or end_event.time is None:
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return (end_event.time - self.time) * 1000

    def query(self):
        return True

    def synchronize(self):
        pass

    wait = synchronize


class Stream:
    """XLA orders its work by what depends on what: a stream is a name without effect."""

    def __init__(self, device=None, priority=0):
        self.device = devices.device("cuda", _index(device))

    def synchronize(self):
        synchronize(self.device)

    def wait_stream(self, stream):
        pass

    def wait_event(self, event):
        pass

    def record_event(self, event=None):
        event = event or Event()
        event.record()
        return event

    def query(self):
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def stream(stream):
    """Context manager without effect."""
    return stream if stream is not None else device(None)


def current_stream(device=None):
    return Stream(device)


default_stream = current_stream


# -- memory -------------------------------------------------------------------------------
def _memory(device=None):
    """XLA's statistics of a GPU's memory; empty without a GPU, as PyTorch's counts are 0 then."""
    return (_jax(device).memory_stats() or {}) if is_available() else {}


def memory_allocated(device=None):
    """Bytes in use by arrays."""
    return _memory(device).get("bytes_in_use", 0)


def max_memory_allocated(device=None):
    """The most bytes that were in use, since the process began."""
    return _memory(device).get("peak_bytes_in_use", 0)


def memory_reserved(device=None):
    """Bytes that XLA's pool holds."""
    stats = _memory(device)
    return stats.get("pool_bytes", stats.get("bytes_reserved", 0))


def max_memory_reserved(device=None):
    return _memory(device).get("peak_pool_bytes", memory_reserved(device))


def mem_get_info(device=None):
    """(free, total) bytes of what XLA may use."""
    _index(device)
    stats = _memory(device)
    total = stats.get("bytes_limit", 0)
    return total - stats.get("bytes_in_use", 0), total


def empty_cache():
    """Nothing to do: XLA's pool is freed with the process."""


def ipc_collect():
    """Nothing to do."""


def reset_peak_memory_stats(device=None):
    """Nothing happens: XLA's peak counts from the start of the process."""


# -- random numbers -----------------------------------------------------------------------
def manual_seed(seed):
    """Restart the random stream, which all devices share; without a GPU nothing happens, as in PyTorch."""
    seed = random.checked_seed(seed)
    if is_available():
        random.default_generator.manual_seed(seed)


manual_seed_all = manual_seed
