"""In-place view methods: the tensor itself becomes the view."""

from eagerjax.forms.views import as_strided, squeeze, swapaxes, swapdims, t, transpose, unsqueeze
from eagerjax.namespace import METHODS
from eagerjax.record.trace import state
from eagerjax.tensor import Tensor, share


def in_place(function, name):
    """`x.transpose_(...)`: the tensor itself becomes the view."""

    def changed(self, *args, **kwargs) -> Tensor:
        if self._leaf is not None and state.trace.grad:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        made = function(self, *args, **kwargs)
        if made is not self:
            share(self, made)
        return self

    changed.__name__ = name
    changed.__wrapped__ = function
    changed.__doc__ = f"{function.__name__}() in place: the tensor itself becomes the view."
    return changed


for _function in (transpose, swapaxes, swapdims, t, squeeze, unsqueeze, as_strided):
    METHODS[_function.__name__ + "_"] = in_place(_function, _function.__name__ + "_")
