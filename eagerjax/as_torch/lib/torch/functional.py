"""torch.functional: some of the root's functions under another path."""

from eagerjax.as_torch import table
from eagerjax.namespace import torch

globals().update({name: getattr(torch, name) for name in table.names("torch.functional") if hasattr(torch, name)})
