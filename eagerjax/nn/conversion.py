"""How modules put converted values in the place of their parameters: three ways, chosen by torch.__future__'s switches."""

from eagerjax.autograd_mode import no_grad
from eagerjax.nn.parameter import Parameter
from eagerjax.swap import swap


class Switches:
    """`overwrite`: parameters become new objects. `swap`: they stay the objects and take over all of the new ones."""

    overwrite = swap = False


def set_overwrite_module_params_on_conversion(value):
    """Shall conversions such as `module.double()` make new parameters (True), or change the old ones' data?"""
    Switches.overwrite = value


def get_overwrite_module_params_on_conversion():
    return Switches.overwrite


def set_swap_module_params_on_conversion(value):
    """Shall conversions and `load_state_dict` swap parameters with what takes their place (True)? See utils.swap_tensors."""
    Switches.swap = value


def get_swap_module_params_on_conversion():
    return Switches.swap


def convert(module, key, fn):
    """Put `fn` of a parameter, and of its gradient, in their places."""
    param = module._parameters[key]
    if Switches.swap:
        swap_converted(module, key, param, fn)
    elif Switches.overwrite:
        overwrite(module, key, param, fn)
    else:
        replace_data(param, fn)
        if param.grad is not None:
            replace_data(param.grad, fn)


def replace_data(tensor, fn):
    with no_grad():
        made = fn(tensor)
    if made is not tensor:
        tensor.data = made


def overwrite(module, key, param, fn):
    with no_grad():
        made = Parameter(fn(param), param.requires_grad)
        if param.grad is not None:
            made.grad = fn(param.grad).requires_grad_(param.grad.requires_grad)
    module._parameters[key] = made


def swap_converted(module, key, param, fn):
    grad = param.grad
    with no_grad():
        made = fn(param)
    swap_or_say(param, Parameter(made, requires_grad=param.requires_grad), f"{module._get_name()}.{key}")
    if grad is not None:
        with no_grad():
            made = fn(grad)
        swap_or_say(grad, made.detach().requires_grad_(grad.requires_grad), f"{module._get_name()}.{key}.grad")
        param.grad = grad


def swap_or_say(old, new, name):
    try:
        swap(old, new)
    except Exception as error:
        raise RuntimeError(f"_apply(): Couldn't swap {name}") from error
