"""Proxy: stands for a value that is not there yet; what is done with it becomes nodes."""

import builtins
import collections
import dis
import enum
import operator
import sys

from eagerjax.fx import doors
from eagerjax.fx.node import Node, base_types, map_aggregate

__all__ = ["Attribute", "GraphAppendingTracer", "ParameterProxy", "Proxy", "TraceError", "TracerBase"]

CONTROL_FLOW = "symbolically traced variables cannot be used as inputs to control flow"
ITERATED = ("Proxy object cannot be iterated. This can be attempted when the Proxy is used in a loop or as a *args or **kwargs "
            "function argument. See the torch.fx docs on pytorch.org for a more detailed explanation of what types of control "
            "flow can be traced, and check out the Proxy docstring for help troubleshooting Proxy iteration errors")  # fmt: skip


class TraceError(ValueError):
    """The program cannot be traced: what it does depends on a value."""


class TracerBase:
    """Makes nodes and proxies of them."""

    record_stack_traces = False
    check_mutable_operations = False
    trace_asserts = False
    proxy_buffer_attributes = False

    def create_node(self, kind, target, args, kwargs, name=None, type_expr=None):
        """Add a node to the graph."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

    def proxy(self, node):
        return Proxy(node, self)

    def create_proxy(self, kind, target, args, kwargs, name=None, type_expr=None, proxy_factory_fn=None):
        """Add a node for a call with these arguments, proxies among them. Returns its proxy."""
        args, kwargs = self.create_arg(args), self.create_arg(kwargs)
        if not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise AssertionError(f"args must be a tuple and kwargs a dict, got {type(args)} and {type(kwargs)}")
        node = self.create_node(kind, target, args, kwargs, name, type_expr)
        return proxy_factory_fn(node) if proxy_factory_fn else self.proxy(node)

    def create_arg(self, a):
        """A value as the argument of a node. Raises NotImplementedError for what no graph can hold."""
        if isinstance(a, Proxy):
            return a.node
        if hasattr(type(a), "__fx_create_arg__"):
            return a.__fx_create_arg__(self)
        if isinstance(a, tuple):
            made = [self.create_arg(v) for v in a]
            return type(a)(*made) if hasattr(a, "_fields") else tuple(made)
        if isinstance(a, list):
            return [self.create_arg(v) for v in a]
        if isinstance(a, dict):
            return self._dict_arg(a)
        if isinstance(a, slice):
            return slice(self.create_arg(a.start), self.create_arg(a.stop), self.create_arg(a.step))
        if isinstance(a, range):
            return range(self.create_arg(a.start), self.create_arg(a.stop), self.create_arg(a.step))
        if isinstance(a, (*base_types, enum.Enum, Node)) or a is None or a is ... or callable(a):
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    def _dict_arg(self, a):
        for key in a:
            if first_node(made := self.create_arg(key)):
                raise RuntimeError(f"Keys for dictionaries used as an argument cannot contain a Node. Got key: {made}")
        return {self.create_arg(k): self.create_arg(v) for k, v in a.items()}

    def to_bool(self, obj):
        """A proxy is asked whether it is true. Raises TraceError: nobody knows."""
        raise TraceError(CONTROL_FLOW)

    def iter(self, obj):
        """A proxy is iterated over. Raises TraceError: nobody knows how often."""
        raise TraceError(ITERATED)

    def keys(self, obj):
        """The keys of a proxy, for `**proxy`."""
        return Attribute(obj, "keys")()


def first_node(value):
    """Is there a node in it?"""
    found = []
    map_aggregate(value, lambda a: found.append(a) if isinstance(a, Node) else None)
    return bool(found)


class GraphAppendingTracer(TracerBase):
    """Adds nodes to a graph that exists."""

    def __init__(self, graph):
        super().__init__()
        self.graph = graph
        self.root = graph.owning_module
        self.scope, self.module_stack, self.node_name_to_scope = None, collections.OrderedDict(), {}


class Proxy:
    """Stands for the value of a node. Operators, methods, attributes and functions of it add nodes to the graph.

    What needs the value itself (a branch, a loop, `int()`) raises.
    """

    _fx_proxy = True

    def __init__(self, node, tracer=None):
        doors.hold(self)
        self.tracer = GraphAppendingTracer(node.graph) if tracer is None else tracer
        self.node = node

    def __del__(self):
        doors.let_go(self)

    def __repr__(self):
        return f"Proxy({self.node.name})"

    def __getattr__(self, k):
        if k.startswith("__") and k.endswith("__"):
            raise AttributeError(f"'Proxy' object has no attribute {k!r}")  # protocols: numpy's, copy's, ...
        return Attribute(self, k)

    def __deepcopy__(self, memo):
        import copy  # noqa: PLC0415

        made = type(self).__new__(type(self))
        doors.hold(made)
        made.__dict__.update({k: copy.deepcopy(v, memo) for k, v in self.__dict__.items()})
        return made

    def __getstate__(self):
        return self.__dict__

    def __setstate__(self, state):
        doors.hold(self)
        self.__dict__.update(state)

    def __call__(self, *args, **kwargs):
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self):
        frame = sys._getframe(1)
        for step in dis.get_instructions(frame.f_code):
            if step.offset == frame.f_lasti and step.opname == "UNPACK_SEQUENCE":  # `a, b = x` says how many there are
                return (self[i] for i in range(step.argval))
        return self.tracer.iter(self)

    def __abs__(self):
        return self.tracer.create_proxy("call_function", operator.abs, (self,), {})

    def __bool__(self):
        return self.tracer.to_bool(self)

    def keys(self):
        return self.tracer.keys(self)

    def __len__(self):
        raise RuntimeError("'len' is not supported in symbolic tracing by default. If you want this call to be recorded, please "
                           "call torch.fx.wrap('len') at module scope")  # fmt: skip

    @classmethod
    def __torch_function__(cls, orig_method, types, args=None, kwargs=None):
        """A public function was called with a proxy: record the call."""
        args, kwargs = args or (), kwargs or {}
        tracers: dict = {}
        map_aggregate((tuple(args), dict(kwargs)), lambda a: tracers.setdefault(a.tracer) if isinstance(a, Proxy) else None)
        if len(tracers) > 1:
            raise RuntimeError(f"Found multiple different tracers {list(tracers)} while trying to trace operations {orig_method}")
        return next(iter(tracers)).create_proxy("call_function", orig_method, args, kwargs)


class Attribute(Proxy):
    """An attribute of a proxy: a node of its own, unless it is called, which is a call of the method."""

    def __init__(self, root, attr):
        doors.hold(self)
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node = None

    @property
    def node(self):
        if self._node is None:  # a method that is called needs none
            self._node = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {}).node
        return self._node

    def __call__(self, *args, **kwargs):
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


class ParameterProxy(Proxy):
    """Stands for a parameter, and knows its shape."""

    def __init__(self, tracer, node, name, param):
        super().__init__(node, tracer)
        self.param, self.name = param, name

    def __repr__(self):
        return f"ParameterProxy({self.name})"

    @property
    def shape(self):
        return self.param.shape

    def size(self):
        return self.param.size()

    def dim(self):
        return self.param.dim()

    @property
    def ndim(self):
        return self.param.ndim

    def numel(self):
        return self.param.numel()

    def nelement(self):
        return self.param.nelement()


def _operation(function, swapped=False):
    def method(self, *args):
        args = (*args, self) if swapped else (self, *args)
        return self.tracer.create_proxy("call_function", function, args, {})

    return method


_BINARY = "add sub mul floordiv truediv mod pow lshift rshift and or xor matmul".split()
for _name in (*_BINARY, "eq", "ne", "lt", "gt", "le", "ge", "pos", "neg", "invert", "getitem"):
    _function = getattr(operator, _name, None) or getattr(operator, f"{_name}_")
    setattr(Proxy, f"__{_name}__", _operation(_function))
    if _name in _BINARY:
        setattr(Proxy, f"__r{_name}__", _operation(_function, swapped=True))
Proxy.__hash__ = builtins.object.__hash__  # `==` makes a node
