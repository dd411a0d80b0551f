"""ShapeProp: runs a graph, and notes on each node the shape and dtype of its value."""

import typing

from eagerjax.fx.interpreter import Interpreter
from eagerjax.fx.node import map_aggregate
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor

__all__ = ["ShapeProp", "TensorMetadata"]


class TensorMetadata(typing.NamedTuple):
    """What is known of a node's tensor."""

    shape: typing.Any
    dtype: typing.Any
    requires_grad: bool
    stride: tuple
    memory_format: typing.Any
    is_quantized: bool
    qparams: dict


def _extract_tensor_metadata(result, include_contiguity=True):
    formats = (torch.contiguous_format, torch.channels_last, torch.channels_last_3d)
    fits = [f for f in formats if result.dim() == {torch.channels_last: 4, torch.channels_last_3d: 5}.get(f, result.dim())]
    form = next((f for f in fits if result.is_contiguous(memory_format=f)), None) if include_contiguity else None
    return TensorMetadata(result.shape, result.dtype, result.requires_grad, result.stride(), form, False, {})


class ShapeProp(Interpreter):
    """`ShapeProp(module).propagate(*inputs)`: each node's `meta["tensor_meta"]` says what its value is like."""

    def run_node(self, n):
        result = super().run_node(n)
        found = []

        def fact(value):
            if not isinstance(value, Tensor):
                return value
            found.append(value)
            return _extract_tensor_metadata(value)

        meta = map_aggregate(result, fact)
        if found:
            n.meta["tensor_meta"] = meta
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args):
        """Run the module on these inputs. Returns what it returns."""
        return super().run(*args)
