"""Activations in place under their own names: `F.relu_(x)` is `F.relu(x, inplace=True)`."""

from eagerjax.namespace import F, publish


def written(name):
    def inplace(input, *args, **kwargs):
        return getattr(F, name)(input, *args, inplace=True, **kwargs)

    inplace.__name__ = inplace.__qualname__ = name + "_"
    inplace.__doc__ = f"`{name}`, in place of `input`."
    return inplace


for _name in ("celu", "elu", "hardtanh", "leaky_relu", "relu", "selu", "threshold"):
    publish(_name + "_", written(_name), ("F",))
