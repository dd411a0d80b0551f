"""torch._dynamo.config: switches without effect."""

import sys

from eagerjax.as_torch.settings import Settings

settings = sys.modules[__name__] = Settings(__name__, __doc__)
for _name, _value in {"cache_size_limit": 8, "recompile_limit": 8, "accumulated_cache_size_limit": 256,
                      "accumulated_recompile_limit": 256}.items():  # fmt: skip
    setattr(settings, _name, _value)  # programs raise them: max(64, config.cache_size_limit)
