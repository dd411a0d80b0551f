"""Control flow as functions of tensors that stay inside one program: `cond`, `while_loop`, `scan`, and `checkpoint`."""

from eagerjax.control.branch import cond
from eagerjax.control.loops import scan, while_loop
from eagerjax.namespace import torch

__all__ = ["cond", "scan", "while_loop"]

for _f in (cond, scan, while_loop):
    setattr(torch, _f.__name__, _f)
