"""GraphModule: a module whose `forward` is generated from a graph."""

import copy
import itertools
import linecache
import textwrap

from eagerjax.fx.graph import Graph
from eagerjax.fx.paths import made, make_way
from eagerjax.nn.module import Module
from eagerjax.nn.parameter import Parameter
from eagerjax.tensor import Tensor

__all__ = ["GraphModule", "reduce_graph_module"]

_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"
_numbers = itertools.count()
IMPL = "GraphModule.__new__.<locals>.GraphModuleImpl"


def compiled(code):
    """The function `forward` of generated code. Tracebacks show its lines."""
    name = f"<eval_with_key>.{next(_numbers)}"
    linecache.cache[name] = (len(code.src), None, code.src.splitlines(keepends=True), name)
    space = dict(code.globals)
    exec(compile(code.src, name, "exec"), space)
    return space["forward"]


def copy_part(source, target, path):
    """Let `target` have what `source` has under a dotted name."""
    *above, name = path.split(".")
    for part in above:
        found = getattr(source, part)
        if getattr(target, part, None) is found:
            return
        source, target = found, made(target, part)
    put_part(target, name, getattr(source, name))


def put_part(target, name, value):
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        target.register_buffer(name, value)
    else:
        setattr(target, name, value)


class GraphModule(Module):
    """A module made of a graph: `graph` is what it does, `code` the Python generated from it, which runs.

    root: the module whose parameters and submodules the graph names, or a dictionary of them. After a change of the graph
    `recompile()` makes the code anew.
    """

    def __new__(cls, *args, **kwargs):
        """Each GraphModule is of a class of its own, which has its `forward`."""
        base = cls if IMPL not in cls.__qualname__ else cls.__mro__[1]
        return super().__new__(type(base.__name__, (base,), {"__module__": base.__module__, "__qualname__": IMPL}))

    def __init__(self, root, graph, class_name="GraphModule"):
        super().__init__()
        type(self).__name__ = class_name
        if isinstance(root, Module):
            self.training = getattr(root, "training", True)
            self._take_parts(root, graph)
        elif isinstance(root, dict):
            self._take_given(root, graph)
        else:
            raise RuntimeError(f"Unsupported type {root} passed for root!")
        self.graph = graph
        if getattr(graph, "_tracer_cls", None) is not None:
            self._tracer_cls = graph._tracer_cls
        self._erase_node_hooks, self._create_node_hooks, self._replace_hooks = [], [], []
        self.meta = dict(getattr(root, "meta", None) or {}) if isinstance(root, Module) and "meta" in vars(root) else {}

    def _take_parts(self, root, graph):
        for node in graph.nodes:
            if node.op in ("get_attr", "call_module"):
                copy_part(root, self, node.target)

    def _take_given(self, root, graph):
        wanted = {n.target for n in graph.nodes if n.op in ("get_attr", "call_module")}
        for node in graph.nodes:
            if node.op in ("get_attr", "call_module") and node.target not in root:
                raise RuntimeError(f"Node {node} referenced target {node.target} but that target was not provided in ``root``!")
        for path in sorted(wanted, key=lambda p: p.count(".")):
            put_part(make_way(self, path), path.rpartition(".")[2], root[path])

    # -- graph and code ----------------------------------------------------------------------------------
    @property
    def graph(self):
        return self._graph

    @graph.setter
    def graph(self, g):
        if not isinstance(g, Graph):
            raise AssertionError(f"Expected a Graph instance, but got {type(g)}")
        self._graph = g
        g.owning_module = self
        self.recompile()

    @property
    def code(self):
        """The Python generated from the graph."""
        return self._code

    def recompile(self):
        """Generate the code anew: after a change of the graph."""
        code = self._graph.python_code("self")
        self._code = code.src
        forward = compiled(code)
        type(self).forward = forward
        return code

    def print_readable(self, print_output=True, **options):
        """The code, as a class, with that of the GraphModules inside. Returns it."""
        body = self._code.strip("\n").rstrip()
        head, _, lines = body.partition("\n")
        lines = lines.split("\n")
        named = [i for i, line in enumerate(lines) if not is_renaming(line)]
        if named and not lines[named[0]].lstrip().startswith("return"):
            lines[named[0] : named[0]] = [*([""] if named[0] else []), "    # No stacktrace found for following nodes"]
        inside = "\n".join([head, *lines])
        text = f"class {type(self).__name__}(torch.nn.Module):\n" + textwrap.indent(inside, "    ") + "\n"
        for child in self.children():
            if isinstance(child, GraphModule):
                text += "\n" + textwrap.indent(child.print_readable(print_output=False), "    ")
        if print_output:
            print(text)
        return text

    def __str__(self):
        return "\n".join([super().__repr__(), self._code,
                          "# To see more debug info, please use `graph_module.print_readable()`"])  # fmt: skip

    # -- submodules --------------------------------------------------------------------------------------
    def add_submodule(self, target, m):
        """Put `m` at a dotted name, with empty modules above it. Is that possible?"""
        owner = make_way(self, target)
        if not isinstance(owner, Module):
            return False
        owner.add_module(target.rpartition(".")[2], m)
        return True

    def delete_submodule(self, target):
        """Remove the submodule at a dotted name. Was there one?"""
        path, _, name = target.rpartition(".")
        owner = self
        for part in path.split(".") if path else ():
            owner = getattr(owner, part, None)
            if not isinstance(owner, Module):
                return False
        if not isinstance(getattr(owner, name, None), Module):
            return False
        delattr(owner, name)
        return True

    def delete_all_unused_submodules(self):
        """Remove the submodules that no node needs."""
        used = set()
        for node in self.graph.nodes:
            if node.op in ("call_module", "get_attr"):
                parts = node.target.split(".")
                used.update(".".join(parts[:i]) for i in range(1, len(parts) + 1))
                if node.op == "call_module":
                    part = self.get_submodule(node.target)
                    used.update(f"{node.target}.{name}" for name, _ in part.named_modules() if name)
        for name, _ in list(self.named_modules()):
            if name and name not in used:
                self.delete_submodule(name)

    # -- copies ------------------------------------------------------------------------------------------
    def __deepcopy__(self, memo):
        state = {k: copy.deepcopy(v, memo) for k, v in vars(self).items() if k != "_graph"}
        made = rebuilt(type(self).__mro__[1], state, copy.deepcopy(self._graph, memo))
        memo[id(self)] = made
        return made

    def __copy__(self):
        return rebuilt(type(self).__mro__[1], self.__getstate__(), copy.deepcopy(self._graph))

    def __getstate__(self):
        return {k: v for k, v in vars(self).items() if k not in ("_graph", "_tracer_cls")}

    def __reduce__(self):
        return rebuilt, (type(self).__mro__[1], self.__getstate__(), self._graph)


def is_renaming(line):
    """Is it `_args = args`, which belongs to the head?"""
    name, equals, value = line.strip().partition(" = ")
    return bool(equals) and name.isidentifier() and value.isidentifier()


def rebuilt(kind, state, graph):
    """A GraphModule of copied or stored parts."""
    made = kind.__new__(kind)
    Module.__init__(made)
    made.__setstate__({**state, "_graph": graph})
    made.graph = graph
    return made


reduce_graph_module = rebuilt
