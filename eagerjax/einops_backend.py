"""einops for eagerjax's tensors. It is registered when a program imports einops, before or after eagerjax."""

import importlib.abc
import importlib.util
import sys

from eagerjax.namespace import torch
from eagerjax.runtime.dtype import int64
from eagerjax.tensor import Tensor

_MODULE = "einops._backends"


def wait():
    """Register at once if einops is there, else when it is imported."""
    if _MODULE in sys.modules:
        register(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, Waiting())


class Waiting(importlib.abc.MetaPathFinder):
    """Sees einops being imported, and is gone then."""

    def find_spec(self, name, path=None, target=None):
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                register(module)

            spec.loader.exec_module = exec_module
        return spec


def register(backends):
    """Define the backend: einops asks all subclasses of its base whether they know a tensor."""
    class EagerjaxBackend(backends.AbstractBackend):
        framework_name = "eagerjax"

        def is_appropriate_type(self, tensor):
            return isinstance(tensor, Tensor)

        def from_numpy(self, x):
            made = torch.from_numpy(x)
            return made.requires_grad_() if made.is_floating_point() else made

        def to_numpy(self, x):
            return x.detach().cpu().numpy()

        def arange(self, start, stop):
            return torch.arange(start, stop, dtype=int64)

        def reduce(self, x, operation, reduced_axes):
            if operation in ("min", "max"):
                return getattr(x, "a" + operation)(dim=reduced_axes)
            if operation in ("any", "all", "prod"):
                for axis in sorted(reduced_axes, reverse=True):
                    x = getattr(x, operation)(dim=axis)
                return x
            return getattr(x, operation)(dim=tuple(reduced_axes))

        def transpose(self, x, axes):
            return x.permute(axes)

        def stack_on_zeroth_dimension(self, tensors):
            return torch.stack(tensors)

        def add_axes(self, x, n_axes, pos2len):
            repeats = [-1] * n_axes
            for position, length in pos2len.items():
                x = x.unsqueeze(position)
                repeats[position] = length
            return x.expand(repeats)

        def tile(self, x, repeats):
            return x.repeat(repeats)

        def concat(self, tensors, axis):
            return torch.cat(tensors, dim=axis)

        def add_axis(self, x, new_position):
            return x.unsqueeze(new_position)

        def is_float_type(self, x):
            return x.is_floating_point()

        def einsum(self, pattern, *x):
            return torch.einsum(pattern, *x)
