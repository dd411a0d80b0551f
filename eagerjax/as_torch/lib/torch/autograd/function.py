"""torch.autograd.function: Function under its own path."""

from eagerjax.function import (
    Function as Function,
    FunctionCtx as FunctionCtx,
    once_differentiable as once_differentiable,
)

BackwardCFunction = FunctionCtx
InplaceFunction = Function
