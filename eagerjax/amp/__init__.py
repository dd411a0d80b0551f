"""torch.amp: mixed precision."""

from eagerjax.amp import of_cuda as of_cuda
from eagerjax.amp.autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from eagerjax.amp.grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
