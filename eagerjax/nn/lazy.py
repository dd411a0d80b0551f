"""LazyModuleMixin: layers that learn their input size from the first input."""

import itertools

from eagerjax.autograd_mode import no_grad
from eagerjax.nn.parameter import is_lazy


class LazyModuleMixin:
    """Mixed in before a layer: it starts with uninitialized parameters and becomes `cls_to_become` when called."""

    cls_to_become = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def _members_of_both_kinds(self):
        return itertools.chain(self._parameters.items(), self._buffers.items())

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        for name, member in self._members_of_both_kinds():
            if member is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = member if keep_vars or is_lazy(member) else member.detach()

    def _lazy_load_hook(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        """Give uninitialized members the shapes that are about to be loaded."""
        for name, member in self._members_of_both_kinds():
            value = state_dict.get(prefix + name)
            if value is not None and is_lazy(member) and not is_lazy(value):
                with no_grad():
                    member.materialize(value.shape)

    def initialize_parameters(self, *args, **kwargs):
        """Give the members their shapes, from the arguments of the first call."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self):
        """Is a parameter or buffer still without a shape?"""
        return any(is_lazy(member) for _, member in self._members_of_both_kinds())

    def _infer_parameters(self, module, args, kwargs=None):
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become
