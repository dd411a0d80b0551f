"""The gradients of convolutions, as functions of their own."""

from eagerjax.autograd import grad
from eagerjax.autograd_mode import enable_grad
from eagerjax.namespace import F, torch

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def conv1d_input(input_size, weight, grad_output, stride=1, padding=0, dilation=1, groups=1):
    """The gradient of `conv1d` for an input of the shape `input_size`."""
    return _for_input(F.conv1d, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv1d_weight(input, weight_size, grad_output, stride=1, padding=0, dilation=1, groups=1):
    """The gradient of `conv1d` for a weight of the shape `weight_size`."""
    return _for_weight(F.conv1d, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv2d_input(input_size, weight, grad_output, stride=1, padding=0, dilation=1, groups=1):
    """The gradient of `conv2d` for an input of the shape `input_size`."""
    return _for_input(F.conv2d, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv2d_weight(input, weight_size, grad_output, stride=1, padding=0, dilation=1, groups=1):
    """The gradient of `conv2d` for a weight of the shape `weight_size`."""
    return _for_weight(F.conv2d, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv3d_input(input_size, weight, grad_output, stride=1, padding=0, dilation=1, groups=1):
    """The gradient of `conv3d` for an input of the shape `input_size`."""
    return _for_input(F.conv3d, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv3d_weight(input, weight_size, grad_output, stride=1, padding=0, dilation=1, groups=1):
    """The gradient of `conv3d` for a weight of the shape `weight_size`."""
    return _for_weight(F.conv3d, input, weight_size, grad_output, stride, padding, dilation, groups)


def _for_input(conv, size, weight, grad_output, stride, padding, dilation, groups):
    at = torch.zeros(size, dtype=weight.dtype, device=weight.device, requires_grad=True)
    return _pulled(at, lambda: conv(at, weight, None, stride, padding, dilation, groups), grad_output)


def _for_weight(conv, input, size, grad_output, stride, padding, dilation, groups):
    at = torch.zeros(size, dtype=input.dtype, device=input.device, requires_grad=True)
    return _pulled(at, lambda: conv(input, at, None, stride, padding, dilation, groups), grad_output)


def _pulled(at, convolved, grad_output):
    """A convolution is linear in each of its operands: its derivative does not depend on where it is taken."""
    differentiable = torch.is_grad_enabled()
    with enable_grad():
        (found,) = grad(convolved(), at, grad_output, create_graph=differentiable)
    return found
