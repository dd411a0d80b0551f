"""`Optimizer`: torch's stateful face. Users subclass it; the package's own rules are in `rule.py` and its siblings."""

import functools
import itertools
import warnings
from collections import OrderedDict
from collections.abc import Iterable
from copy import deepcopy
from typing import Any, TypeAlias

from eagerjax import dispatch, memory
from eagerjax.accumulation import keeps_gradients, steps
from eagerjax.autograd import RemovableHandle, enable_grad, no_grad
from eagerjax.counted import Slots, slots_of
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

ParamsT: TypeAlias = Iterable[Any]
_global_optimizer_pre_hooks: OrderedDict = OrderedDict()
_global_optimizer_post_hooks: OrderedDict = OrderedDict()


class _RequiredParameter:
    """Default of an option that every parameter group has to give."""

    def __repr__(self):
        return "<required parameter>"


required = _RequiredParameter()


def _use_grad_for_differentiable(fn):
    """Decorator of `step`: gradients are recorded only if the optimizer is `differentiable`."""

    quiet, recorded = no_grad()(fn), enable_grad()(fn)

    @functools.wraps(fn)
    def _use_grad(self, *args, **kwargs):
        return (recorded if self.defaults.get("differentiable") else quiet)(self, *args, **kwargs)

    return _use_grad


def _get_value(x):
    return x.item() if isinstance(x, Tensor) else x


def _to_scalar(x):
    """A one-element tensor as a 0-dim one; anything else as it is."""
    return x.squeeze() if isinstance(x, Tensor) and x.dim() != 0 else x


def _get_scalar_dtype(is_fused=None):
    """The dtype of `state["step"]`."""
    wide = not is_fused and dt.get_default_dtype() is dt.float64
    return dt.float64 if wide else dt.float32


def register_optimizer_step_pre_hook(hook):
    """Call `hook(optimizer, args, kwargs) -> None | (args, kwargs)` before every step of every optimizer."""
    return _register(_global_optimizer_pre_hooks, hook)


def register_optimizer_step_post_hook(hook):
    """Call `hook(optimizer, args, kwargs)` after every step of every optimizer."""
    return _register(_global_optimizer_post_hooks, hook)


def _register(hooks, hook, prepend=False):
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


_HOOKS = ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")


class Optimizer:
    """Base class of all optimizers.

    `params`: tensors, (name, tensor) pairs, or dicts that define parameter groups. `defaults`: the options of a
    group that does not give its own. Subclasses write `step`.

    >>> class Signs(torch.optim.Optimizer):
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...     @torch.no_grad()
    ...     def step(self, closure=None):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 p -= group["lr"] * p.grad.sign()
    >>> w = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    >>> (w ** 2).sum().backward()
    >>> Signs([w]).step()
    >>> w.data
    tensor([ 0.9000, -1.9000])
    """

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hooks()
        self._patch_step_function()
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, "
                            f"but got {_typename(params)}")  # fmt: skip
        self.state = Slots()
        self.param_groups = []
        groups = list(params)
        if len(groups) == 0:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)
        dispatch.enter_all([p for group in self.param_groups for p in group["params"]])  # some were set through `.data`
        dispatch.flush()  # what initialises the parameters is a program of its own, not part of the first step

    def __getstate__(self):
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state):
        self.__dict__.update(state)
        if "state" in state:
            self.state = slots_of(state["state"])
        self._make_hooks()
        self._patch_step_function()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self):
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join(lines) + "\n)"

    # -- hooks -----------------------------------------------------------------------
    def _make_hooks(self):
        for name in _HOOKS:
            self.__dict__.setdefault(f"_optimizer_{name}_hooks", OrderedDict())

    def _patch_step_function(self):
        """Let the class's `step` run the hooks, once per class."""
        step = type(self).step
        if not getattr(step, "hooked", None):
            type(self).step = self.profile_hook_step(step)
            type(self).step.hooked = True

    @staticmethod
    def profile_hook_step(func):
        """`func`, a step method, with the hooks around it."""

        @functools.wraps(func)
        def wrapper(*args, **kwargs):
            self = args[0]
            if not steps(self):
                return evaluate(*args[1:2], **kwargs)
            for hook in (*_global_optimizer_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()):
                result = hook(self, args, kwargs)
                if result is None:
                    continue
                if not (isinstance(result, tuple) and len(result) == 2):
                    expected = "must return None or a tuple of (new_args, new_kwargs)"
                    raise RuntimeError(f"{func} {expected}, but got {result}.")
                args, kwargs = result
            out = func(*args, **kwargs)
            for hook in (*self._optimizer_step_post_hooks.values(), *_global_optimizer_post_hooks.values()):
                hook(self, args, kwargs)
            return out

        return wrapper

    def register_step_pre_hook(self, hook):
        """Call `hook(optimizer, args, kwargs) -> None | (args, kwargs)` before each step."""
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook):
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        """Call `hook(optimizer)` before `state_dict` looks."""
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        """Call `hook(optimizer, state_dict) -> None | state_dict` on what `state_dict` returns."""
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        """Call `hook(optimizer, state_dict) -> None | state_dict` on what is about to be loaded."""
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        """Call `hook(optimizer)` after a state dict was loaded."""
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # -- saving and loading ------------------------------------------------------------
    def state_dict(self):
        """`{"state": {index: slots}, "param_groups": [...]}`, parameters replaced by their indices, as in torch."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        index = {}
        for group in self.param_groups:
            start = len(index)
            index.update({id(p): i for i, p in enumerate(group["params"], start) if id(p) not in index})
        groups = [
            {**{k: v for k, v in g.items() if k != "params"}, "params": [index[id(p)] for p in g["params"]]}
            for g in self.param_groups
        ]
        state = {(index[id(k)] if isinstance(k, Tensor) else k): self._packed(v) for k, v in self.state.items()}
        packed = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            result = hook(self, packed)
            packed = packed if result is None else result
        return packed

    def _packed(self, slots):
        """A parameter's state as `state_dict` hands it out."""
        return dict(slots) if isinstance(slots, dict) else slots

    def load_state_dict(self, state_dict):
        """Take over the state and the options of `state_dict`; slots get the dtype and device of their parameter.

        Raises ValueError where the groups do not match in number or size.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            result = hook(self, state_dict)
            state_dict = state_dict if result is None else result
        saved = deepcopy(state_dict["param_groups"])
        _check_groups(self.param_groups, saved)
        ids = itertools.chain.from_iterable(g["params"] for g in saved)
        params = dict(zip(ids, itertools.chain.from_iterable(g["params"] for g in self.param_groups)))
        state = {}
        for key, slots in state_dict["state"].items():
            if key in params:
                state[params[key]] = _cast(params[key], slots, key, state_dict["param_groups"])
            else:
                state[key] = slots
        for group, new in zip(self.param_groups, saved):
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    @staticmethod
    def _process_value_according_to_param_policy(param, value, param_id, param_groups, key=None):
        """A loaded tensor in the dtype and on the device where `param` wants it; a step count stays as it is."""
        if key == "step":
            group = next((g for g in param_groups if param_id in g["params"]), {})
            moves = group.get("capturable", False) or group.get("fused", False)
            return value.to(dtype=dt.float32, device=param.device) if moves else value
        if param.is_floating_point():
            return value.to(dtype=param.dtype, device=param.device)
        return value.to(device=param.device)

    # -- use -------------------------------------------------------------------------------
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        if keeps_gradients(self):
            return
        for group in self.param_groups:
            for p in group["params"]:
                if p._base is not None:  # a state dict had it: without it, writing takes less
                    memory.unshare(p)
                if set_to_none:
                    leaf = p._leaf
                    if leaf is not None and leaf.settle is None:
                        leaf.kept = None  # as `p.grad = None` does it
                    else:
                        p.grad = None
                elif p.grad is not None:
                    if p.grad.is_leaf:
                        p.grad.requires_grad_(False)
                    else:
                        p.grad.detach_()
                    p.grad.zero_()

    def step(self, closure=None):
        """Update the parameters; `closure` evaluates the model again and returns the loss."""
        raise NotImplementedError

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, such as layers that are unfrozen later."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        _take_params(param_group)
        for param in param_group["params"]:
            self._check_param(param)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        params = {id(p) for p in param_group["params"]}
        if len(params) != len(param_group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information", stacklevel=3)  # fmt: skip
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                kind = "with names" if "param_names" in param_group else "without names"
                raise ValueError("all optimizer param groups should be with/without names. "
                                 f"cannot add param group {kind} to the optimizer")  # fmt: skip
        if any(id(p) in params for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def _check_param(self, param):
        if not isinstance(param, Tensor):
            raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {_typename(param)}")
        if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
            raise ValueError("can't optimize a non-leaf Tensor")


def evaluate(closure=None, **_):
    """What a step that is postponed does: nothing but call its closure."""
    with enable_grad():
        return None if closure is None else closure()


def _take_params(group):
    """Make `group["params"]` a list of tensors; names of (name, tensor) pairs go to `group["param_names"]`."""
    params = group["params"]
    if isinstance(params, set):
        raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of "
                        "tensors in sets will change between runs. Please use a list instead.")  # fmt: skip
    params = [params] if isinstance(params, Tensor) else list(params)
    names = [p[0] for p in params if isinstance(p, tuple)]
    group["params"] = [p[1] if isinstance(p, tuple) else p for p in params]
    if names:
        if len(names) != len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        group["param_names"] = names


def _check_groups(groups, saved):
    if len(groups) != len(saved):
        raise ValueError("loaded state dict has a different number of parameter groups")
    if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved)):
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
        )


def _cast(param, value, param_id, param_groups, key=None):
    """A copy of a loaded value, its tensors where `param` wants them."""
    if isinstance(value, Tensor):
        return Optimizer._process_value_according_to_param_policy(param, value, param_id, param_groups, key)
    if isinstance(value, dict):
        return {k: _cast(param, v, param_id, param_groups, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_cast(param, v, param_id, param_groups) for v in value)
    return value


def _typename(x):
    if isinstance(x, Tensor):
        return x.type()
    kind = type(x)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
