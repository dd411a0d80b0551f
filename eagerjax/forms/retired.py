"""Names that PyTorch keeps from older versions: they still work with a warning, or say what took their place."""

import warnings

from eagerjax.namespace import METHODS, form, publish

_REMOVED = {
    "eig": "`torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble`.",
    "lstsq": "`torch.linalg.lstsq` takes the system's matrix first and solves B for X in A X = B.",
    "solve": "`torch.linalg.solve` has its arguments reversed and does not return the LU factorization.",
    "symeig": "`torch.linalg.eigh` uses the lower triangle by default.",
    "matrix_rank": "`torch.linalg.matrix_rank` has the parameter `hermitian` in the place of `symmetric`.",
}


def removed(name, instead):
    def function(*args, **kwargs):
        raise RuntimeError(
            f"This function was deprecated since version 1.9 and is now removed. Use torch.linalg: {instead}"
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed: {instead}"
    publish(name, function, ("torch",) if name == "matrix_rank" else ("torch", "Tensor"))


for _name, _instead in _REMOVED.items():
    removed(_name, _instead)


@form(homes="Tensor")
def reinforce(self, reward):
    """Removed: torch.distributions took its place."""
    raise RuntimeError("reinforce() was removed. Use torch.distributions instead.")


@form(homes="Tensor")
def resize(self, *sizes):
    """Deprecated: another shape, with the elements in their order."""
    warnings.warn("non-inplace resize is deprecated", stacklevel=2)
    return self.reshape(*sizes)


@form(homes="Tensor")
def resize_as(self, tensor):
    """Deprecated: `self.reshape(tensor.shape)`."""
    warnings.warn("non-inplace resize_as is deprecated", stacklevel=2)
    return self.reshape(tensor.shape)


@form(homes="Tensor")
def const_data_ptr(self):
    """`data_ptr()`."""
    return self.data_ptr()


def volatile(self):
    """Always False, with a warning."""
    warnings.warn("volatile was removed (Variable.volatile is always False)", stacklevel=2)
    return False


def name(self):
    """Always None: tensors have no names."""
    return None


METHODS.update(volatile=property(volatile), name=property(name))
