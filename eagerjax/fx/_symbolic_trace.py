"""Tracer: runs a module or a function on proxies, and has the graph of what it did."""

import builtins
import functools
import inspect
import math
import sys

from eagerjax.fx import doors, specialise
from eagerjax.fx.graph import Graph
from eagerjax.fx.graph_module import GraphModule
from eagerjax.fx.proxy import ParameterProxy, TracerBase
from eagerjax.fx.specialise import PH, PHBase, PHWithMeta, _assert_is_none
from eagerjax.nn.containers import Sequential
from eagerjax.nn.module import Module
from eagerjax.nn.parameter import Parameter
from eagerjax.tensor import Tensor

__all__ = ["PH", "PHBase", "PHWithMeta", "Tracer", "_assert_is_none", "is_fx_symbolic_tracing", "is_fx_tracing",
           "symbolic_trace", "wrap"]  # fmt: skip

_wrapped: dict = {}
"""{(id of a module's names, name): those names}: functions that are recorded as a whole."""
_tracing: list = []


def is_fx_tracing():
    """Is a program being traced right now?"""
    return bool(_tracing)


is_fx_symbolic_tracing = is_fx_tracing


def wrap(fn_or_name):
    """At a module's top level: calls of this function, from that module, become nodes and are not traced into.

    Takes the function, also as a decorator, or the name of one that the module knows.
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    frame = sys._getframe(1)
    if frame.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _wrapped[id(frame.f_globals), name] = frame.f_globals
    return fn_or_name


def recorded(original):
    """`original`, whose calls with a proxy become nodes."""

    @functools.wraps(original)
    def wrapped(*args, **kwargs):
        proxy = doors.first_proxy((args, kwargs))
        if proxy is None:
            return original(*args, **kwargs)
        made = proxy.tracer.create_proxy("call_function", original, args, kwargs)
        made.node.meta["is_wrapped"] = True
        return made

    wrapped.__fx_already_patched = True
    return wrapped


class Patches:
    """Attributes and names replaced for as long as a program is traced."""

    def __init__(self):
        self.undo, self.seen = [], set()

    def attribute(self, owner, name, value):
        old = vars(owner)[name]
        self.undo.append(lambda: setattr(owner, name, old))
        setattr(owner, name, value)

    def name(self, space, name, value):
        missing = object()
        old = space.get(name, missing)
        self.undo.append(lambda: space.pop(name) if old is missing else space.__setitem__(name, old))
        space[name] = value

    def revert(self):
        while self.undo:
            self.undo.pop()()

    def wrapped_functions(self):
        for (_, name), space in list(_wrapped.items()):
            original = space.get(name, getattr(builtins, name, None))
            if original is not None and not hasattr(original, "__fx_already_patched"):
                self.name(space, name, recorded(original))

    def autowrapped(self, space, functions):
        """In the names that a module sees: the functions that are always recorded as a whole."""
        if id(space) in self.seen:
            return
        self.seen.add(id(space))
        for name in space.get("__fx_whole__", ()):  # what a module of eagerjax's own would `wrap`
            self.name(space, name, recorded(space[name]))
        for name, value in list(space.items()):
            if not name.startswith("_") and callable(value) and id(value) in functions:
                self.name(space, name, recorded(value))


class Tracer(TracerBase):
    """Runs a module or function on proxies. Subclasses decide what becomes a node: `is_leaf_module`, `call_module`, ..."""

    def __init__(self, autowrap_modules=(math,), autowrap_functions=(), param_shapes_constant=False):
        super().__init__()
        self._autowrap_modules = list(autowrap_modules)
        functions = [f for m in autowrap_modules for n, f in vars(m).items() if not n.startswith("_") and callable(f)]
        self._autowrap_functions = {id(f) for f in (*functions, *autowrap_functions)}
        self.param_shapes_constant = param_shapes_constant
        self.submodule_paths = None
        self.root_module_name, self.traced_func_name = "", "forward"
        self.module_stack, self.node_name_to_scope = {}, {}
        self._proxies = {}

    # -- what subclasses change ------------------------------------------------------------------------
    def is_leaf_module(self, m, module_qualified_name):
        """Is a call of `m` one node, not traced into? By default PyTorch's own layers, but for Sequential."""
        own = m.__module__.startswith(("eagerjax.nn", "torch.nn", "torch.ao.nn"))
        return own and not isinstance(m, Sequential)

    def call_module(self, m, forward, args, kwargs):
        """A submodule is called: a node, or what its `forward` does."""
        path = self.path_of_module(m)
        if self.is_leaf_module(m, path):
            return self.create_proxy("call_module", path, args, kwargs)
        return forward(*args, **kwargs)

    def path_of_module(self, mod):
        """The dotted name of a submodule of the root. Raises NameError where it is none."""
        if self.submodule_paths:
            path = self.submodule_paths.get(mod)
            if path is None:
                raise NameError("module is not installed as a submodule")
            return path
        for name, module in self.root.named_modules():
            if module is mod:
                return name
        raise NameError("module is not installed as a submodule")

    def getattr(self, attr, attr_val, parameter_proxy_cache):
        """An attribute of a module is read: parameters become proxies, buffers too if `proxy_buffer_attributes`."""
        if isinstance(attr_val, Parameter):
            return self._proxy_of(attr_val, self.root.named_parameters(), parameter_proxy_cache)
        if self.proxy_buffer_attributes and isinstance(attr_val, Tensor):
            return self._proxy_of(attr_val, self.root.named_buffers(), parameter_proxy_cache)
        return attr_val

    def _proxy_of(self, value, named, cache):
        for name, tensor in named:
            if tensor is value:
                if name not in cache:
                    known = self.param_shapes_constant
                    make = (lambda node: ParameterProxy(self, node, name, value)) if known else None  # noqa: B023
                    cache[name] = self.create_proxy("get_attr", name, (), {}, proxy_factory_fn=make)
                return cache[name]
        return value

    def create_arg(self, a):
        """A value as the argument of a node: tensors and modules become attributes of the root."""
        if isinstance(a, Tensor):
            return self._tensor_arg(a)
        if isinstance(a, Module):
            for name, module in self.root.named_modules():
                if module is a and name:
                    return self.create_node("get_attr", name, (), {})
            return self.create_node("get_attr", self._kept(a, "_module_constant"), (), {})
        if isinstance(a, tuple) and hasattr(a, "_fields"):
            made = tuple(self.create_arg(v) for v in a)
            return self.create_node("call_function", type(a), made, {})
        return super().create_arg(a)

    def _tensor_arg(self, a):
        members = self.root.named_parameters() if isinstance(a, Parameter) else self.root.named_buffers()
        for name, tensor in members:
            if tensor is a:
                return self.create_node("get_attr", name, (), {})
        if isinstance(a, Parameter):
            raise NameError("parameter is not a member of this module")
        name = self.tensor_attrs.get(a)
        if name is None:
            name = self.tensor_attrs[a] = self._kept(a, "_tensor_constant")
        return self.create_node("get_attr", name, (), {})

    def _kept(self, value, prefix):
        """The name under which the root holds a constant from now on."""
        i = 0
        while hasattr(self.root, f"{prefix}{i}"):
            i += 1
        setattr(self.root, f"{prefix}{i}", value)
        return f"{prefix}{i}"

    # -- tracing ---------------------------------------------------------------------------------------
    def trace(self, root, concrete_args=None):
        """The graph of what `root`, a module or a function, does. `concrete_args`: values of arguments that are no proxies."""
        _tracing.append(self)
        doors.hold(self)
        patches = Patches()
        try:
            fn = self._begin(root)
            fn, args = specialise.arguments(self, fn, isinstance(root, Module), concrete_args)
            self._patch(patches, inspect.unwrap(fn))
            result = fn(*args)
            kind = getattr(inspect.unwrap(fn), "__annotations__", {}).get("return")
            self.create_node("output", "output", (self.create_arg(result),), {}, type_expr=kind)
        finally:
            patches.revert()
            self._proxies = {}
            doors.let_go(self)
            _tracing.pop()
        return self.graph

    def _begin(self, root):
        if isinstance(root, Module):
            self.root = root
            if not hasattr(type(root), self.traced_func_name):
                raise AssertionError(f"traced_func_name={self.traced_func_name} doesn't exist in {type(root).__name__}")
            fn = getattr(type(root), self.traced_func_name)
            self.root_module_name = root._get_name()
            self.submodule_paths = {mod: name for name, mod in root.named_modules()}
        else:
            self.root, fn = Module(), root
        self.graph = Graph(tracer_cls=type(self) if "<locals>" not in type(self).__qualname__ else None)
        self.tensor_attrs = Identities()
        for prefix, module in self.root.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Tensor):
                    self.tensor_attrs[value] = f"{prefix}.{name}" if prefix else name
        return fn

    def create_args_for_root(self, root_fn, is_module, concrete_args=None):
        """(the function to call, its arguments as proxies)."""
        return specialise.arguments(self, root_fn, is_module, concrete_args)

    def _patch(self, patches, fn):
        seen_by = getattr(fn, "__globals__", {})
        call, look = Module.__call__, Module.__getattr__

        def called(mod, *args, **kwargs):
            def forward(*args, **kwargs):
                return call(mod, *args, **kwargs)

            patches.autowrapped(getattr(getattr(mod, "forward", mod), "__globals__", {}), self._autowrap_functions)
            return self.call_module(mod, forward, args, kwargs)

        def looked_up(mod, name):
            return self.getattr(name, look(mod, name), self._proxies)

        patches.attribute(Module, "__call__", functools.wraps(call)(called))
        patches.attribute(Module, "__getattr__", functools.wraps(look)(looked_up))
        patches.wrapped_functions()
        patches.autowrapped(seen_by, self._autowrap_functions)
        for module in self._autowrap_modules:
            patches.autowrapped(vars(module), self._autowrap_functions)


class Identities:
    """A dictionary whose keys are tensors: `==` of those is no comparison."""

    def __init__(self):
        self._held = {}

    def get(self, key, default=None):
        return self._held.get(id(key), (None, default))[1]

    def __setitem__(self, key, value):
        self._held[id(key)] = (key, value)

    def __getitem__(self, key):
        return self._held[id(key)][1]

    def __contains__(self, key):
        return id(key) in self._held


def symbolic_trace(root, concrete_args=None):
    """A GraphModule of what `root`, a module or a function, does with its arguments."""
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
