"""torch._functorch.config: switches without effect."""

import sys

from eagerjax.as_torch.settings import Settings

sys.modules[__name__] = Settings(__name__, __doc__)
