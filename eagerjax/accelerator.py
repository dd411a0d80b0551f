"""torch.accelerator: the device that JAX prefers here."""

import functools

import jax

from eagerjax import cuda
from eagerjax.lower.flush import flush
from eagerjax.runtime import device as devices


@functools.cache
def current_accelerator(check_available=False):
    """The type of JAX's default device ("cuda", "tpu") as a device; None where that is the CPU."""
    found = devices.of_jax(jax.devices()[0])
    return None if found.type == "cpu" else devices.device(found.type)


def is_available():
    """Is there anything faster than the CPU?"""
    return current_accelerator() is not None


def device_count():
    """How many such devices there are."""
    return len(jax.devices()) if is_available() else 0


def current_device_index():
    """The index of the selected device."""
    return cuda.current_device() if _is_cuda() else 0


def set_device_index(device):
    """Select a device."""
    if _is_cuda():
        cuda.set_device(device)


def synchronize(device=None):
    """Run what is pending, and wait for it."""
    if _is_cuda():
        cuda.synchronize(device)
    else:
        flush()
        jax.block_until_ready(jax.live_arrays())


def _is_cuda():
    found = current_accelerator()
    return found is not None and found.type == "cuda"
