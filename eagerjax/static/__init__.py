"""`jit=True`: whole functions recorded once and replayed as one program."""

from eagerjax.namespace import torch
from eagerjax.static.explain import cache_info, explain
from eagerjax.static.export import export, load_exported
from eagerjax.static.function import compile, jit
from eagerjax.static.verify import verify_jit

__all__ = ["cache_info", "compile", "explain", "export", "jit", "load_exported", "verify_jit"]

torch.compile = compile  # for `Module.compile`
