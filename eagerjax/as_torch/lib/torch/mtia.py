"""torch.mtia: no such device here."""

from eagerjax.as_torch.lib.torch._absent import *  # noqa: F403
