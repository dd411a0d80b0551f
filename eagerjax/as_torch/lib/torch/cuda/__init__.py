"""More of torch.cuda, for programs that measure memory or mark ranges."""

import contextlib

from eagerjax import cuda, random as rng

get_rng_state = rng.get_rng_state
set_rng_state = rng.set_rng_state


def get_rng_state_all():
    """The state of the random stream, which all devices share, once for each GPU."""
    return [rng.get_rng_state()] * cuda.device_count()


def set_rng_state_all(new_states):
    """Set the random stream, which all devices share."""
    for state in new_states[:1]:
        rng.set_rng_state(state)


def seed():
    """A new seed, where there is a GPU."""
    if cuda.is_available():
        rng.seed()


seed_all = seed
initial_seed = rng.initial_seed


def reset_max_memory_allocated(device=None):
    """Nothing happens: XLA's peak counts from the start of the process."""


reset_max_memory_cached = reset_accumulated_memory_stats = reset_max_memory_allocated
memory_cached = cuda.memory_reserved
max_memory_cached = cuda.max_memory_reserved


def memory_stats(device=None):
    """XLA's counts under PyTorch's names; empty without a GPU."""
    if not cuda.is_available():
        return {}
    return {"allocated_bytes.all.current": cuda.memory_allocated(device), "allocated_bytes.all.peak":
            cuda.max_memory_allocated(device), "reserved_bytes.all.current": cuda.memory_reserved(device)}  # fmt: skip


def memory_summary(device=None, abbreviated=False):
    """The same as text."""
    return "\n".join(f"{name}: {value}" for name, value in memory_stats(device).items())


def set_per_process_memory_fraction(fraction, device=None):
    """No effect: set XLA_PYTHON_CLIENT_MEM_FRACTION before the program starts."""


def get_arch_list():
    return []


def get_gencode_flags():
    return ""


def can_device_access_peer(device, peer_device):
    return False


def _lazy_call(callable, **options):
    callable()


class StreamContext(contextlib.nullcontext):
    """A context without effect."""


def is_current_stream_capturing():
    """No: XLA makes no CUDA graphs that a program could see."""
    return False
