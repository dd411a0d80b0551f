"""torch.utils. Loader workers import this package without JAX: nothing here may need it at import."""

from eagerjax.utils import data as data
