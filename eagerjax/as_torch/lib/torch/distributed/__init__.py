"""torch.distributed: not available. Programs that ask run in one process; to use several devices, shard the tensors."""

from eagerjax.as_torch.missing import refuse

_NOT_STARTED = "Default process group has not been initialized, please make sure to call init_process_group."


def is_available():
    return False


def is_initialized():
    return False


def _no(*args, **kwargs):
    return False


is_nccl_available = is_gloo_available = is_mpi_available = is_ucc_available = is_xccl_available = _no
is_torchelastic_launched = is_backend_available = _no


def init_process_group(backend=None, *args, **kwargs):
    """Not supported."""
    refuse("torch.distributed.init_process_group")


def destroy_process_group(group=None):
    """Raises ValueError: there is none."""
    raise ValueError(_NOT_STARTED)


def get_rank(group=None):
    """Raises ValueError: there is no process group."""
    raise ValueError(_NOT_STARTED)


def get_world_size(group=None):
    """Raises ValueError: there is no process group."""
    raise ValueError(_NOT_STARTED)


def get_backend(group=None):
    """Raises ValueError: there is no process group."""
    raise ValueError(_NOT_STARTED)
