"""Comparisons of whole tensors that answer with a Python bool."""

from eagerjax.namespace import form, torch


@form
def equal(input, other):
    """Have both the same shape and the same elements? NaN equals nothing."""
    return tuple(input.shape) == tuple(other.shape) and torch.eq(input, other).all().item()


@form
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Is every element close to its counterpart? See `isclose`."""
    return torch.isclose(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan).all().item()


@form
def is_nonzero(input):
    """Is the only element not zero? Raises RuntimeError unless there is exactly one."""
    if input.numel() != 1:
        which = "no values" if input.numel() == 0 else "more than one value"
        raise RuntimeError(f"Boolean value of Tensor with {which} is ambiguous")
    return input.item() != 0
