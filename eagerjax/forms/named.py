"""Other names for arguments: PyTorch's functions take NumPy's `axis` for `dim`."""

import functools


def by_axis(function):
    """Decorator: `axis=` stands for `dim=`, as ops know it by themselves."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if "axis" in kwargs:
            kwargs["dim"] = kwargs.pop("axis")
        return function(*args, **kwargs)

    return wrapper
