"""Parametrizations: a parameter that is a function of other parameters, computed whenever it is read."""

import copy
from collections.abc import Sequence
from contextlib import contextmanager

from eagerjax.autograd_mode import no_grad
from eagerjax.nn.containers import ModuleDict, ModuleList
from eagerjax.nn.parameter import Parameter
from eagerjax.tensor import Tensor

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip

_cache = None  # {(id of module, name): tensor} inside `cached()`
_cache_depth = 0


@contextmanager
def cached():
    """Inside, each parametrized tensor is computed once."""
    global _cache, _cache_depth
    _cache_depth += 1
    _cache = {} if _cache is None else _cache
    try:
        yield
    finally:
        _cache_depth -= 1
        if not _cache_depth:
            _cache = None


def _register(module, name, tensor):
    (module.register_parameter if isinstance(tensor, Parameter) else module.register_buffer)(name, tensor)


def _compare(after, before, returned, rule, names, attributes=("dtype", "shape")):
    """Raises ValueError where `after` is no tensor (it says what was `returned`), or not like `before`.

    `rule` says in which words, and `names` what the two are called there.
    """
    if not isinstance(after, Tensor):
        raise ValueError(f"{returned} {type(after).__name__}")
    for attribute in attributes:
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            raise ValueError(
                f"{rule.format(attribute)}\n{names[0].format(attribute)}: {old}\n{names[1].format(attribute)}: {new}"
            )


_MAY_NOT_CHANGE = "Registering a parametrization may not change the {} of the tensor, unless `unsafe` flag is enabled."


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor in order, and the tensors `original` (or `original0`...) they start from."""

    def __init__(self, modules, original, unsafe=False):
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        new = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        new = module.right_inverse(new)
                    except NotImplementedError:
                        pass
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        facts = original.detach()
        if self.is_tensor:
            self._start_from(original, new)
        else:
            self._start_from_several(original, new)
        if not unsafe:
            names = "unparametrized {}", "parametrized {}"
            _compare(self(), facts, "A parametrization must return a tensor. Got", _MAY_NOT_CHANGE, names)

    def _start_from(self, original, new):
        for attribute in ("dtype", "device"):
            old, now = getattr(original, attribute), getattr(new, attribute)
            if old != now:
                raise ValueError(
                    f"When `right_inverse` outputs one tensor, it may not change the {attribute}.\n"
                    f"original.{attribute}: {old}\nright_inverse(original).{attribute}: {now}"
                )
        if new is not original:
            with no_grad():
                original.data = new
        _register(self, "original", original)

    def _start_from_several(self, original, tensors):
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                    f"Got element {i} of the sequence with type {type(tensor).__name__}."
                )
            if isinstance(original, Parameter):
                tensor = Parameter(tensor, original.requires_grad)
            _register(self, f"original{i}", tensor.requires_grad_(original.requires_grad))

    def _originals(self):
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        return [getattr(self, name) for name in names]

    def right_inverse(self, value):
        """Set the originals so that the parametrized tensor becomes `value`."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            if self.is_tensor:
                returned = "`right_inverse` should return a tensor. Got"
                self._set(self.original, value, returned, "The tensor returned by `right_inverse`", "`original`")
                return
            if not isinstance(value, Sequence):
                raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}.")
            if len(value) != self.ntensors:
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. "
                    f"Got a sequence of length {len(value)}."
                )
            for i, (original, new) in enumerate(zip(self._originals(), value)):
                what = f"Tensor {i} returned by `right_inverse`"
                self._set(original, new, f"'right_inverse' must return a sequence of tensors. Got element {i} of type",
                          what, f"`original{i}`")  # fmt: skip

    @staticmethod
    def _set(original, new, returned, what, name):
        if not isinstance(new, Tensor):
            raise ValueError(f"{returned} {type(new).__name__}.")
        if new.dtype != original.dtype:
            raise ValueError(f"{what} has dtype {new.dtype} while {name} has dtype {original.dtype}")
        original.data = new

    def forward(self):
        first, *rest = self
        made = first(*self._originals())
        for module in rest:
            made = module(made)
        return made


def _own_class(module):
    """Give the module a class of its own, on which properties can be set."""
    kind = type(module)

    def default_deepcopy(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        made = memo[id(self)] = self.__new__(type(self))
        made.__dict__ = copy.deepcopy(self.__dict__, memo)
        return made

    def getstate(self):
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). See:\n"
            "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
            "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
        )

    members = {"__getstate__": getstate}
    if not hasattr(kind, "__deepcopy__"):
        members["__deepcopy__"] = default_deepcopy
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), members)


def _property(name):
    def read(self):
        if _cache is None:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def write(self, value):
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def _try_out(parametrization, before, name):
    """Raises ValueError where one more parametrization, or its right inverse, changes shape or dtype."""
    after = parametrization(before)
    names = f"{name}.{{}}", f"parametrization({name}).{{}}"
    rule = _MAY_NOT_CHANGE.replace("unless", "unless the")
    _compare(after, before, "A parametrization must return a tensor. Got", rule, names)
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(after)
    except NotImplementedError:
        return
    rule = "The tensor returned by parametrization.right_inverse must have the same {} as "
    rule += f"{name}, unless the `unsafe` flag is enabled."
    _compare(back, before, "parametrization.right_inverse must return a tensor. Got:", rule, (names[0], "returned {}"))


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """Make `module.tensor_name` the output of the module `parametrization`, applied to what it was before.

    Raises ValueError where shape or dtype would change, unless `unsafe`, or where there is no such tensor.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _try_out(parametrization, getattr(module, tensor_name), f"module.{tensor_name}")
        module.parametrizations[tensor_name].append(parametrization)
        module.parametrizations[tensor_name].unsafe |= unsafe
        return module
    if tensor_name not in module._buffers and tensor_name not in module._parameters:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    listed = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _own_class(module)
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, _property(tensor_name))
    module.parametrizations[tensor_name] = listed
    return module


def is_parametrized(module, tensor_name=None):
    """Does the module have a parametrization (of `tensor_name`)?"""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """Make `tensor_name` an ordinary parameter again: of its present value, or of the original one."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    listed = module.parametrizations[tensor_name]
    if listed.is_tensor:
        original = listed.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name)
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module):
    """The module's class before it was parametrized."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module, to_module, tensor_name=None):
    """Parametrize `to_module` as `from_module` is (or its `tensor_name`), with the same originals."""
    if not is_parametrized(from_module):
        return to_module
    for name in from_module.parametrizations if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        listed = from_module.parametrizations[name]
        for parametrization in listed:
            register_parametrization(to_module, name, parametrization)
        for key, tensor in [*listed._parameters.items(), *listed._buffers.items()]:
            setattr(to_module.parametrizations[name], key, tensor)
    return to_module
