"""torch.autograd.profiler: the profiler under its older name."""

from eagerjax.as_torch.lib.torch.profiler import (  # noqa: F401
    EventList,
    emit_itt,
    emit_nvtx,
    profile,
    record_function,
)
