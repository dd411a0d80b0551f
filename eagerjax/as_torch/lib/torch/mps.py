"""torch.mps: no Metal device here."""

from eagerjax.as_torch.lib.torch._absent import (  # noqa: F401
    device_count,
    empty_cache,
    is_available,
    manual_seed,
    synchronize,
)


def current_allocated_memory():
    return 0


driver_allocated_memory = recommended_max_memory = current_allocated_memory
