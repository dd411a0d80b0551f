"""What the module of a kind of device says that JAX does not have here."""


def is_available():
    return False


def is_initialized():
    return False


def is_bf16_supported(including_emulation=True):
    return False


def is_tf32_supported():
    return False


def device_count():
    return 0


def current_device():
    """Raises RuntimeError: there is none."""
    raise RuntimeError("no device of this kind is available to eagerjax")


def synchronize(device=None):
    """Nothing to wait for."""


def empty_cache():
    """Nothing to do."""


def manual_seed(seed):
    """Nothing to do."""


manual_seed_all = manual_seed


def memory_allocated(device=None):
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def reset_peak_memory_stats(device=None):
    """Nothing to do."""
