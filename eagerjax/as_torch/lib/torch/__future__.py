"""torch.__future__: switches of conversions; they are remembered, and modules here convert as PyTorch does by default."""

_values = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value):
    _values["overwrite"] = value


def get_overwrite_module_params_on_conversion():
    return _values["overwrite"]


def set_swap_module_params_on_conversion(value):
    _values["swap"] = value


def get_swap_module_params_on_conversion():
    return _values["swap"]
