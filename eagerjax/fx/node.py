"""Node: one step of a graph, and the arguments of such steps."""

import builtins
import typing
from collections.abc import Callable

from eagerjax.fx.immutable_collections import immutable_dict, immutable_list
from eagerjax.fx.names import module_of, public, qualified_name, type_name
from eagerjax.runtime.device import device
from eagerjax.runtime.dtype import dtype, layout, memory_format
from eagerjax.tensor import Tensor

__all__ = ["Node", "has_side_effect", "map_aggregate", "map_arg"]

BaseArgumentTypes = typing.Union[str, int, float, bool, complex, dtype, Tensor, device, memory_format, layout]  # noqa: UP007
Target = typing.Union[Callable[..., typing.Any], str]  # noqa: UP007  (libraries look into both)
Argument = typing.Any
base_types = typing.get_args(BaseArgumentTypes)

_legal_ops = dict.fromkeys(
    ["placeholder", "call_method", "call_module", "call_function", "get_attr", "output", "root"]
)
_side_effectful_functions: set = set()
_EFFECTS = frozenset("_assert set_grad_enabled setitem _record_function_enter _record_function_exit".split())
_RANDOM = frozenset("bernoulli rand randn randint randperm normal multinomial poisson rand_like randn_like randint_like".split())


def has_side_effect(fn):
    """Say that calls of `fn` do something besides giving a value: they are never dead code."""
    _side_effectful_functions.add(fn)
    return fn


_get_qualified_name = qualified_name


class Node:
    """One step: `op` says what kind, `target` what is called or fetched, `args` and `kwargs` with which values.

    op: "placeholder" (an argument), "get_attr" (a parameter or the like), "call_function", "call_method", "call_module" or
    "output". Nodes among the arguments are the steps whose results are taken; `users` are the nodes that take this one's.
    """

    def __init__(self, graph, name, op, target, args, kwargs, return_type=None):
        if op not in _legal_ops:
            raise AssertionError(f"op '{op}' is not in _legal_ops")
        if op == "call_function" and not callable(target):
            raise ValueError(f"Node [graph = {graph}, name = '{name}'] target {target} has type {type(target)} but a Callable "
                             "is expected")  # fmt: skip
        if op != "call_function" and not isinstance(target, str):
            raise ValueError(f"Node [graph = {graph}, name = '{name}'] target {target} has type {type(target)} but a str is "
                             "expected")  # fmt: skip
        self.graph, self.name, self.op, self.target = graph, name, op, target
        self.type = return_type
        self.users, self.meta = {}, {}
        self._input_nodes = {}
        self._prev = self._next = self
        self._erased = False
        self._repr_fn = None
        self._args, self._kwargs = (), immutable_dict()
        self._take(map_aggregate(args, lambda a: a), map_aggregate(kwargs, lambda a: a))

    # -- arguments ----------------------------------------------------------------------------------
    @property
    def args(self):
        return self._args

    @args.setter
    def args(self, new):
        self._take(map_aggregate(new, lambda a: a), self._kwargs)

    @property
    def kwargs(self):
        return self._kwargs

    @kwargs.setter
    def kwargs(self, new):
        self._take(self._args, map_aggregate(new, lambda a: a))

    def _take(self, args, kwargs):
        """New arguments: the nodes among them learn who uses them."""
        for node in self._input_nodes:
            node.users.pop(self, None)
        self._args, self._kwargs, self._input_nodes = args, kwargs, {}
        map_arg(args, self._input_nodes.setdefault)
        map_arg(kwargs, self._input_nodes.setdefault)
        for node in self._input_nodes:
            node.users.setdefault(self)

    @property
    def all_input_nodes(self):
        return list(self._input_nodes)

    def update_arg(self, idx, arg):
        args = list(self.args)
        args[idx] = arg
        self.args = tuple(args)

    def insert_arg(self, idx, arg):
        if not 0 <= idx <= len(self.args):
            raise AssertionError("insert_args index must be between 0 and len(self.args)")
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key, arg):
        self.kwargs = {**self.kwargs, key: arg}

    def replace_input_with(self, old_input, new_input):
        """Take `new_input` wherever `old_input` is among the arguments."""
        self._take(*(map_arg(a, lambda n: new_input if n is old_input else n) for a in (self._args, self._kwargs)))

    def replace_all_uses_with(self, replace_with, delete_user_cb=lambda user: True, *, propagate_meta=False):
        """Let the users of this node take `replace_with` instead. Returns them."""
        if propagate_meta:
            if replace_with.meta:
                raise AssertionError("Called node.replace_all_uses_with(replace_with, propagate_meta=True), but replace_with "
                                     "already has .meta keys")  # fmt: skip
            replace_with.meta.update(self.meta)
        changed = [user for user in list(self.users) if delete_user_cb(user)]
        for user in changed:
            user.replace_input_with(self, replace_with)
        return changed

    # -- place in the graph ---------------------------------------------------------------------------
    @property
    def prev(self):
        return self._prev

    @property
    def next(self):
        return self._next

    def prepend(self, x):
        """Put `x` right before this node."""
        if x.graph is not self.graph:
            raise AssertionError("Attempting to move a Node into a different Graph")
        if x is self:
            return
        x._remove_from_list()
        before = self._prev
        before._next, x._prev = x, before
        x._next, self._prev = self, x

    def append(self, x):
        """Put `x` right after this node."""
        self._next.prepend(x)

    def _remove_from_list(self):
        self._prev._next, self._next._prev = self._next, self._prev

    def __lt__(self, other):
        return any(node is other for node in _following(self))

    # -- questions ------------------------------------------------------------------------------------
    @property
    def stack_trace(self):
        return self.meta.get("stack_trace")

    @stack_trace.setter
    def stack_trace(self, trace):
        self.meta["stack_trace"] = trace

    def is_impure(self, impure_random=True):
        """Does the step do something besides giving a value?"""
        if self.op in ("placeholder", "output"):
            return True
        if self.op == "call_function":
            name = public().get(self.target, getattr(self.target, "__name__", "")).rpartition(".")[2]
            return name in _EFFECTS or (impure_random and name in _RANDOM) or self.target in _side_effectful_functions
        if self.op == "call_module":
            if self.graph.owning_module is None:
                raise AssertionError("self.graph.owning_module not set for purity check")
            called = self.graph.owning_module.get_submodule(self.target)
            return getattr(called, "_is_impure", False)
        return False

    def __repr__(self):
        return self._repr_fn(self) if self._repr_fn else self.name

    def format_node(self, placeholder_names=None, maybe_return_typename=None):
        """The node as `str(graph)` shows it. Arguments and the returned type are added to the lists, if given."""
        kind = "" if self.type is None else f"{type_in_graph(self.type)} "
        head = f"%{self.name} : {kind}[num_users={len(self.users)}] = {self.op}"
        if self.op == "placeholder":
            if placeholder_names is not None:
                placeholder_names.append(self.target)
            default = f"(default={self.args[0]})" if self.args else ""
            return f"{head}[target={self.target}]{default}"
        if self.op == "get_attr":
            return f"{head}[target={self.target}]"
        if self.op == "output":
            if self.type is not None and maybe_return_typename is not None:
                maybe_return_typename[0] = f" -> {type_in_graph(self.type)}"
            return f"return {self.args[0]}"
        return f"{head}[target={shown(self.target)}](args = {format_arg(self.args)}, kwargs = {format_arg(self.kwargs)})"


def _following(node):
    node = node._next
    while node.op != "root":
        yield node
        node = node._next


def type_in_graph(kind):
    return repr(kind) if isinstance(kind, str) else type_name(kind)


def shown(target):
    """A target as printed graphs name it."""
    if isinstance(target, str):
        return target
    if getattr(target, "__module__", None) == "_operator":
        return f"operator.{target.__name__}"
    if getattr(target, "__module__", None) == "builtins" and hasattr(builtins, getattr(target, "__name__", "")):
        return f"builtins.{target.__name__}"
    return qualified_name(target)


def format_arg(arg):
    """Arguments as printed graphs show them: nodes with %, strings bare."""
    if isinstance(arg, list):
        return f"[{', '.join(map(format_arg, arg))}]"
    if isinstance(arg, tuple):
        return f"({', '.join(map(format_arg, arg))}{',' if len(arg) == 1 else ''})"
    if isinstance(arg, dict):
        return "{" + ", ".join(f"{k}: {format_arg(v)}" for k, v in arg.items()) + "}"
    return f"%{arg}" if isinstance(arg, Node) else str(arg)


def map_arg(a, fn):
    """`a` with each node in it, however deep, replaced by what `fn` makes of it."""
    if not callable(fn):
        raise AssertionError("torch.fx.map_arg(a, fn): fn must be a callable")
    return map_aggregate(a, lambda x: fn(x) if isinstance(x, Node) else x)


def map_aggregate(a, fn):
    """`a` with `fn` applied to whatever is in its tuples, lists, dictionaries and slices, however deep."""
    if isinstance(a, tuple):
        made = [map_aggregate(x, fn) for x in a]
        return type(a)(*made) if hasattr(a, "_fields") else tuple(made)
    if isinstance(a, list):
        return immutable_list([map_aggregate(x, fn) for x in a])
    if isinstance(a, dict):
        return immutable_dict((k, map_aggregate(v, fn)) for k, v in a.items())
    if isinstance(a, slice):
        return slice(map_aggregate(a.start, fn), map_aggregate(a.stop, fn), map_aggregate(a.step, fn))
    return fn(a)


def _find_module_of_method(orig_method):
    return module_of(orig_method)


