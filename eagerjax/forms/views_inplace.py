"""In-place view methods: the tensor itself becomes the view."""

from eagerjax.forms.views import as_strided, squeeze, t, transpose, unsqueeze
from eagerjax.namespace import METHODS
from eagerjax.record.trace import state
from eagerjax.tensor import share


def in_place(function, name):
    """`x.transpose_(...)`: the tensor itself becomes the view."""

    def changed(self, *args, **kwargs):
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


for _function, *_names in ((transpose, "transpose_", "swapaxes_", "swapdims_"), (t, "t_"), (squeeze, "squeeze_"),
                           (unsqueeze, "unsqueeze_"), (as_strided, "as_strided_")):  # fmt: skip
    for _name in _names:
        METHODS[_name] = in_place(_function, _name)
