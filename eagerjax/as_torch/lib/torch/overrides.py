"""torch.overrides: tensors here have no `__torch_function__`; code that asks hears so."""

from eagerjax.tensor import Tensor


def has_torch_function(relevant_args):
    return False


def has_torch_function_unary(a):
    return False


def has_torch_function_variadic(*args):
    return False


def is_tensor_like(inp):
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func):
    return getattr(func, "__name__", None) in dir(Tensor)


def wrap_torch_function(dispatcher):
    """A decorator without effect."""
    return lambda func: func


def get_ignored_functions():
    return set()
