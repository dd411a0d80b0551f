"""Activations in place under their own names: `F.relu_(x)` is `F.relu(x, inplace=True)`."""

from eagerjax.namespace import F, publish, torch


def written(name):
    def inplace(input, *args, **kwargs):
        return getattr(F, name)(input, *args, inplace=True, **kwargs)

    inplace.__name__ = inplace.__qualname__ = name + "_"
    inplace.__doc__ = f"`{name}`, in place of `input`."
    return inplace


for _name in ("celu", "elu", "hardtanh", "leaky_relu", "relu", "rrelu", "selu", "threshold"):
    _fn = written(_name)
    publish(_name + "_", _fn, ("F",))
    if _name in ("celu", "relu", "rrelu", "selu", "threshold") and not hasattr(torch, _name + "_"):
        publish(_name + "_", _fn, ("torch",))
