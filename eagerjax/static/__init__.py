"""`jit=True`: whole functions recorded once and replayed as one program."""

from eagerjax.namespace import torch
from eagerjax.static.function import compile, jit

__all__ = ["compile", "jit"]

torch.compile = compile  # for `Module.compile`
