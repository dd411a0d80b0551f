"""torch.backends.cuda: which kernel of attention runs is XLA's choice; the switches are remembered."""

import contextlib

from eagerjax.as_torch.lib.torch.nn.attention import SDPBackend as SDPBackend

_enabled = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def _switches(kind):
    def enable(enabled):
        _enabled[kind] = bool(enabled)

    return enable, lambda: _enabled[kind]


enable_flash_sdp, flash_sdp_enabled = _switches("flash")
enable_mem_efficient_sdp, mem_efficient_sdp_enabled = _switches("mem_efficient")
enable_math_sdp, math_sdp_enabled = _switches("math")
enable_cudnn_sdp, cudnn_sdp_enabled = _switches("cudnn")


@contextlib.contextmanager
def sdp_kernel(enable_flash=True, enable_math=True, enable_mem_efficient=True, enable_cudnn=True):
    """A context without effect."""
    yield


def is_flash_attention_available():
    return False


def preferred_linalg_library(backend=None):
    """No effect."""


def preferred_blas_library(backend=None):
    """No effect."""
