"""torch.overrides: what says by `__torch_function__` what a call with it means. Tensors here have none; proxies of fx do."""

from eagerjax.tensor import Tensor


def has_torch_function(relevant_args):
    return any(hasattr(type(a), "__torch_function__") for a in relevant_args)


def has_torch_function_unary(a):
    return has_torch_function((a,))


def has_torch_function_variadic(*args):
    return has_torch_function(args)


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """Ask the arguments, in order, what the call means. Raises TypeError where none of them knows."""
    kinds = tuple(dict.fromkeys(type(a) for a in relevant_args if hasattr(type(a), "__torch_function__")))
    for kind in kinds:
        result = kind.__torch_function__(public_api, kinds, args, kwargs)
        if result is not NotImplemented:
            return result
    raise TypeError(f"no implementation found for '{public_api.__module__}.{public_api.__name__}' on types that implement "
                    f"__torch_function__: {list(kinds)}")  # fmt: skip


def is_tensor_like(inp):
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func):
    return getattr(func, "__name__", None) in dir(Tensor)


def wrap_torch_function(dispatcher):
    """A decorator without effect."""
    return lambda func: func


def get_ignored_functions():
    return set()
