"""torch.version: the version that programs see, and which builds for GPUs there are (none that PyTorch names)."""

from eagerjax.as_torch.table import VERSION as __version__

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "xpu"]

debug = False
cuda = hip = xpu = rocm = None
git_version = "eagerjax"
