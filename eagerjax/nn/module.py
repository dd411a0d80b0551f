"""Module: the base of all layers and models. A tree of parameters, buffers and submodules, found by assignment.

Saving and loading are in state.py, hooks in hooks.py.
"""

import warnings
from collections import OrderedDict
from typing import Any

from eagerjax.accumulation import keeps_gradients
from eagerjax.counted import CHANGES, USED, Hooks, Parts, note
from eagerjax.dispatch import forward_begins
from eagerjax.namespace import torch
from eagerjax.nn import blame, hooks
from eagerjax.nn.conversion import convert as convert_parameter
from eagerjax.nn.hooks import (
    Hooked,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from eagerjax.nn.parameter import Buffer, Parameter
from eagerjax.nn.state import Stateful, _IncompatibleKeys  # noqa: F401  (PyTorch has it here)
from eagerjax.runtime.device import device as Device
from eagerjax.runtime.dtype import dtype as Dtype, of_argument
from eagerjax.tensor import Tensor

# the dictionaries of hooks of all modules, by the names under which libraries look into them
_global_forward_pre_hooks, _global_forward_hooks = hooks.GLOBAL_FORWARD_PRE, hooks.GLOBAL_FORWARD
_global_forward_hooks_with_kwargs, _global_forward_hooks_always_called = (
    hooks.GLOBAL_FORWARD_WITH_KWARGS, hooks.GLOBAL_FORWARD_ALWAYS)  # fmt: skip
_global_backward_pre_hooks, _global_backward_hooks = hooks.GLOBAL_BACKWARD_PRE, hooks.GLOBAL_BACKWARD
_global_buffer_registration_hooks = hooks.GLOBAL_BUFFER_REGISTRATION
_global_module_registration_hooks = hooks.GLOBAL_MODULE_REGISTRATION
_global_parameter_registration_hooks = hooks.GLOBAL_PARAMETER_REGISTRATION

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]
_HOOK_DICTS = (
    "_backward_pre_hooks",
    "_backward_hooks",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)


def typename(value):
    """A value's type as PyTorch's messages name it: "torch.FloatTensor", "str", "collections.OrderedDict"."""
    if isinstance(value, Tensor):
        return value.type()
    kind = value if isinstance(value, type) else type(value)
    module = getattr(kind, "__module__", "builtins")
    return kind.__qualname__ if module in ("builtins", "__builtin__", "", None) else f"{module}.{kind.__qualname__}"


def indent(text, spaces):
    """`text` with every line but the first and blank ones moved right."""
    first, *rest = text.split("\n")
    return "\n".join([first, *[" " * spaces + line if line.strip() else "" for line in rest]])


def _is_tensor_like(value):
    return isinstance(value, Tensor) or hasattr(type(value), "__torch_function__")


class Module(Stateful, Hooked):
    """The base class of every layer and model: subclasses make their parts in `__init__` and use them in `forward`.

    Assigning a Parameter, Buffer or Module to an attribute registers it: it is found by `parameters()`,
    `state_dict()`, `to()` and so on.
    """

    dump_patches = False
    call_super_init = False

    def __init__(self, *args, **kwargs):
        if not self.call_super_init and kwargs:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
            )
        if not self.call_super_init and args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        state = self.__dict__
        state["training"] = True
        state["_parameters"] = Parts()
        state["_buffers"] = Parts()
        state["_non_persistent_buffers_set"] = set()
        state["_is_full_backward_hook"] = None
        for name in _HOOK_DICTS:
            state[name] = Hooks()
        state["_modules"] = Parts()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input):
        """Compute the output; every subclass defines its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    _compiled_call = None  # what `compile(jit=True)` puts in the place of `_call_impl`

    def __call__(self, *args, **kwargs) -> Any:
        compiled = self._compiled_call
        return self._call_impl(*args, **kwargs) if compiled is None else compiled(*args, **kwargs)

    def _call_impl(self, *args, **kwargs):
        forward_begins(self)
        try:
            if USED and hooks.has_hooks(self):
                return hooks.call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            blame.name_layer(error, self)
            raise

    def compile(self, *args, **kwargs):
        """`eagerjax.compile` of this module's call, in place: `module.compile(jit=True)`."""
        torch.compile(self, *args, **kwargs)

    # -- attributes ----------------------------------------------------------------------------------
    def __getattr__(self, name):
        state = self.__dict__
        if "_modules" in state:
            found = state["_parameters"]
            if name in found:
                return found[name]
            found = state["_modules"]
            if name in found:
                return found[name]
            found = state["_buffers"]
            if name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        state = self.__dict__
        if isinstance(value, Parameter):
            self._forget(name, "_buffers", "_modules", before="parameters")
            self.register_parameter(name, value)
        elif name in state.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, None)
        elif isinstance(value, Module):
            self._forget(name, "_buffers", before="module")
            self._set_module(name, value)
        elif name in state.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            self._set_module(name, None)
        elif name in state.get("_buffers", ()) or (isinstance(value, Tensor) and isinstance(value, Buffer)):
            self._set_buffer(name, value)
        else:
            counts = isinstance(value, dict) or isinstance(state.get(name, {}), dict)
            super().__setattr__(name, value)
            if counts:
                note(CHANGES)  # `_modules` itself, or what hides an attribute of the class

    def _forget(self, name, *kinds, before):
        """Remove what else `name` stands for, so that a part may take the name."""
        state = self.__dict__
        if "_parameters" not in state:
            raise AttributeError(f"cannot assign {before} before Module.__init__() call")
        state.pop(name, None)
        for kind in kinds:
            state[kind].pop(name, None)
        state["_non_persistent_buffers_set"].discard(name)

    def _set_module(self, name, module):
        for hook in hooks.GLOBAL_MODULE_REGISTRATION.values():
            changed = hook(self, name, module)
            module = module if changed is None else changed
        self._modules[name] = module

    def _set_buffer(self, name, value):
        if value is not None and not _is_tensor_like(value):
            raise TypeError(
                f"cannot assign '{typename(value)}' as buffer '{name}' "
                "(torch.nn.Buffer, torch.Tensor or None expected)"
            )
        if isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        else:
            self.register_buffer(name, value, name not in self._non_persistent_buffers_set)

    def __delattr__(self, name):
        if name in self._parameters:
            del self._parameters[name]
        elif name in self._buffers:
            del self._buffers[name]
            self._non_persistent_buffers_set.discard(name)
        elif name in self._modules:
            del self._modules[name]
        else:
            super().__delattr__(name)

    def __dir__(self):
        keys = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted(key for key in keys if not key[0].isdigit())

    def __getstate__(self):
        return self.__dict__.copy()

    def __setstate__(self, state):
        self.__dict__.update(state)
        for name in _HOOK_DICTS:  # modules that torch itself saved have plain dicts
            if type(state.get(name)) is not Hooks:
                self.__dict__[name] = Hooks(state.get(name) or {})
        for name in ("_parameters", "_buffers", "_modules"):
            if type(state.get(name)) in (dict, OrderedDict):
                self.__dict__[name] = Parts(state[name])
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

    # -- registration ----------------------------------------------------------------------------------
    def _check_name(self, name, what, members):
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {typename(name)}")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain "."' + (f", got: {name}" if what == "module" else ""))
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if name not in members and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is state but not trained; `persistent=False` keeps it out of `state_dict()`."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not _is_tensor_like(tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        for hook in hooks.GLOBAL_BUFFER_REGISTRATION.values():
            changed = hook(self, name, tensor)
            tensor = tensor if changed is None else changed
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name, param):
        """Add a parameter; None reserves the name, and does not appear in `parameters()`."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name(name, "parameter", self._parameters)
        if param is None:
            self._parameters[name] = None
            return
        if not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if not param.is_leaf:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. "
                f"To express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        for hook in hooks.GLOBAL_PARAMETER_REGISTRATION.values():
            changed = hook(self, name, param)
            param = param if changed is None else changed
        self._parameters[name] = param

    def add_module(self, name, module):
        """Add a submodule under `name`."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name(name, "module", self._modules)
        self._set_module(name, module)

    def register_module(self, name, module):
        """Another name of `add_module`."""
        self.add_module(name, module)

    # -- parts by dotted name ----------------------------------------------------------------------------
    def _part(self, owner, name):
        if not hasattr(owner, name):
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        return getattr(owner, name)

    def get_submodule(self, target):
        """The submodule called `target`, a dotted name. Raises AttributeError where there is none."""
        module = self
        for name in target.split(".") if target else ():
            module = self._part(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target, module, strict=False):
        """Put `module` where the dotted name `target` points; `strict` demands that something is there."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if strict or hasattr(owner, name):
            if not isinstance(self._part(owner, name), Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(owner, name, module)

    def get_parameter(self, target):
        """The parameter called `target`, a dotted name. Raises AttributeError where there is none."""
        path, _, name = target.rpartition(".")
        param = self._part(self.get_submodule(path), name)
        if not isinstance(param, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return param

    def get_buffer(self, target):
        """The buffer called `target`, a dotted name. Raises AttributeError where there is none."""
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        buffer = self._part(owner, name)
        if name not in owner._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return buffer

    # -- walks -----------------------------------------------------------------------------------------
    def _named_members(self, get_members_fn, prefix="", recurse=True, remove_duplicate=True):
        seen = {}
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for key, member in get_members_fn(module):
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen[id(member)] = member
                yield (f"{path}.{key}" if path else key), member

    def _members(self, kind):
        """All members of one kind, each once, without their names: what training loops walk every step."""
        seen, visited, stack = {}, {}, [self]
        while stack:
            module = stack.pop()
            if id(module) in visited:
                continue
            visited[id(module)] = module
            state = module.__dict__
            for member in state[kind].values():
                if member is not None and id(member) not in seen:
                    seen[id(member)] = member
                    yield member
            children = state["_modules"]
            if children:
                stack += [child for child in reversed(children.values()) if child is not None]

    def parameters(self, recurse=True):
        """All parameters, each once."""
        if recurse and type(self).named_parameters is Module.named_parameters:
            yield from self._members("_parameters")
        else:
            for _, param in self.named_parameters(recurse=recurse):
                yield param

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """(dotted name, parameter) of all parameters."""
        yield from self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        """All buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """(dotted name, buffer) of all buffers."""
        yield from self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def children(self):
        """The direct submodules, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self):
        """(name, submodule) of the direct submodules, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate=True):
        """This module and all below it, each once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """(dotted name, module) of this module and all below it."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    # -- changes to the whole tree ---------------------------------------------------------------------
    def train(self, mode=True):
        """Set training mode (dropout, batch statistics) here and below. Raises ValueError unless `mode` is a bool."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """Set evaluation mode here and below."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Say for all parameters whether gradients are recorded."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Forget all gradients, or zero them in place."""
        if keeps_gradients():
            return
        for param in self.parameters():
            grad = param.grad
            if grad is None:
                continue
            if set_to_none:
                param.grad = None
                continue
            if not grad.is_leaf:
                grad.detach_()
            else:
                grad.requires_grad_(False)
            grad.zero_()

    def apply(self, fn):
        """Call `fn` with every submodule, children first, then with this module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn, recurse=True):
        """Replace every parameter, gradient and buffer by `fn` of it; parameters stay the same objects."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for key, param in self._parameters.items():
            if param is not None:
                convert_parameter(self, key, fn)
        for key, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[key] = fn(buffer)
        return self

    def to(self, *args, **kwargs):
        """Move to a device, a floating-point dtype, or both: `to(device, dtype)`, `to(dtype)`, `to(tensor)`."""
        device, dtype = _parse_to(*args, **kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        if dtype is not None and dtype.is_complex:
            warnings.warn(
                "Complex modules are a new feature under active development whose design may change, and some "
                "modules might not work as expected when using complex tensors as parameters or buffers.",
                stacklevel=2,
            )

        def convert(t):
            changes = {} if device is None else {"device": device}
            if dtype is not None and (t.is_floating_point() or t.is_complex()):
                changes["dtype"] = dtype
            if t.is_meta and device is not None and device.type != "meta":
                raise NotImplementedError(
                    "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of "
                    "torch.nn.Module.to() when moving module from meta to a different device."
                )
            return t.to(**changes) if changes else t

        return self._apply(convert)

    def cuda(self, device=None):
        """Move to a GPU."""
        return self._apply(lambda t: t.cuda(device))

    def cpu(self):
        """Move to the CPU."""
        return self._apply(lambda t: t.cpu())

    def type(self, dst_type):
        """Cast everything to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self):
        """Cast floating-point parameters and buffers to float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self):
        """Cast floating-point parameters and buffers to float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self):
        """Cast floating-point parameters and buffers to float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self):
        """Cast floating-point parameters and buffers to bfloat16."""
        return self._apply(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def to_empty(self, *, device, recurse=True):
        """Move to a device without copying values."""
        return self._apply(lambda t: torch.empty_like(t, device=device), recurse=recurse)

    def share_memory(self):
        """Move parameters and buffers to shared memory."""
        return self._apply(lambda t: t.share_memory_())

    # -- printing ----------------------------------------------------------------------------------------
    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        """What `repr` shows between the parentheses; layers override it."""
        return ""

    def __repr__(self):
        extra = self.extra_repr()
        extra = extra.split("\n") if extra else []
        children = [f"({key}): {indent(repr(module), 2)}" for key, module in self._modules.items()]
        if not children and len(extra) <= 1:
            return f"{self._get_name()}({''.join(extra)})"
        return f"{self._get_name()}(\n  " + "\n  ".join(extra + children) + "\n)"


def _parse_to(*args, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None):
    """(device, dtype) of the arguments of `to`; a tensor stands for its own two."""
    if copy:
        raise RuntimeError(".to() does not accept copy argument")
    if args and isinstance(args[0], Tensor):
        return args[0].device, args[0].dtype
    if args and isinstance(args[0], (Dtype, type)):
        return device, of_argument(args[0], "to")
    if args:
        device = args[0]
        dtype = args[1] if len(args) > 1 else dtype
    return (None if device is None else Device(device)), of_argument(dtype, "to")
