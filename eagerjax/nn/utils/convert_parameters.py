"""All parameters as one vector, and back."""

from eagerjax.namespace import torch
from eagerjax.nn.module import typename
from eagerjax.tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def _one_device(parameters):
    parameters = list(parameters)
    if len({p.device for p in parameters}) > 1:
        raise TypeError("Found two parameters on different devices, this is currently not supported.")
    return parameters


def parameters_to_vector(parameters):
    """All values in one 1-D tensor, in order; differentiable."""
    return torch.cat([p.reshape(-1) for p in _one_device(parameters)])


def vector_to_parameters(vec, parameters):
    """Set the parameters to consecutive pieces of `vec`. Raises TypeError unless it is a tensor."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    at = 0
    for param in _one_device(parameters):
        end = at + param.numel()
        param.data = vec[at:end].view_as(param).data
        at = end
