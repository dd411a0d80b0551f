"""Graph: a program as a list of nodes."""

import builtins
import contextlib
import keyword
import re
from collections import defaultdict

from eagerjax.fx.codegen import BOUND, CodeGen, PythonCode
from eagerjax.fx.names import simple_name
from eagerjax.fx.node import Node, map_arg, type_in_graph
from eagerjax.fx.paths import follow
from eagerjax.fx.tables import tabulated

__all__ = ["CodeGen", "Graph", "PythonCode"]


class _Namespace:
    """Names that no two nodes share, and that are no word of Python's."""

    def __init__(self):
        self._used, self._count, self._of = set(), defaultdict(int), {}

    def create_name(self, candidate, obj=None):
        """A free name like `candidate`: add, add_1, add_2."""
        if obj is not None and obj in self._of:
            return self._of[obj]
        candidate = re.sub("[^0-9a-zA-Z_]+", "_", candidate) or "_unnamed"
        candidate = f"_{candidate}" if candidate[0].isdigit() else candidate
        base, _, number = candidate.rpartition("_")
        if not number.isdecimal() or not base:
            base, number = candidate, ""
        at = int(number or 0) or self._count[base]
        while candidate in self._used or taken(candidate, obj):
            at += 1
            candidate = f"{base}_{at}"
        self._used.add(candidate)
        self._count[base] = at
        if obj is not None:
            self._of[obj] = candidate
        return candidate

    def associate_name_with_obj(self, name, obj):
        self._of.setdefault(obj, name)

    def _rename_object(self, obj, name):
        self._of[obj] = name
        self._used.add(name)


def taken(name, obj):
    """Does Python, or generated code, mean something by it already?"""
    if keyword.iskeyword(name):
        return True
    if hasattr(builtins, name):
        return getattr(builtins, name) is not obj
    return name in BOUND and BOUND[name][1] is not obj


class _node_list:
    """The nodes of a graph, in order."""

    def __init__(self, graph, direction="_next"):
        self.graph, self.direction = graph, direction

    def __len__(self):
        return self.graph._len

    def __iter__(self):
        """Nodes may be erased, added or moved meanwhile."""
        root, node = self.graph._root, getattr(self.graph._root, self.direction)
        while node is not root:
            if not node._erased:
                yield node
            node = getattr(node, self.direction)

    def __reversed__(self):
        return _node_list(self.graph, "_prev" if self.direction == "_next" else "_next").__iter__()


class Graph:
    """A program as a list of nodes: placeholders first, one output last. `GraphModule` makes it run."""

    def __init__(self, owning_module=None, tracer_cls=None, tracer_extras=None):
        self._graph_namespace = _Namespace()
        self._root = Node(self, "", "root", "", (), {})
        self._len = 0
        self._insert = self._root.prepend
        self._owning_module, self._owners = owning_module, 0
        self._tracer_cls, self._tracer_extras = tracer_cls, tracer_extras
        self._codegen = CodeGen()

    @property
    def owning_module(self):
        return self._owning_module

    @owning_module.setter
    def owning_module(self, module):
        self._owning_module = module

    @property
    def nodes(self):
        return _node_list(self)

    def find_nodes(self, *, op, target=None, sort=True):
        """All nodes of one kind; with `target`, those that call it."""
        if op == "call_function" and target is None:
            raise RuntimeError("a call_function node is looked for by its target")
        return [n for n in self.nodes if n.op == op and (target is None or n.target == target)]

    # -- building --------------------------------------------------------------------------------------
    def create_node(self, op, target, args=None, kwargs=None, name=None, type_expr=None):
        """Add a node where the graph is being written: at its end, or where `inserting_before` and the like say."""
        if not isinstance(args, (tuple, type(None))) or not isinstance(kwargs, (dict, type(None))):
            raise AssertionError(f"args must be a tuple and kwargs a dict, got {type(args)} and {type(kwargs)}")
        name = self._graph_namespace.create_name(name if name is not None else self._target_to_str(target))
        node = Node(self, name, op, target, args or (), kwargs or {}, type_expr)
        self._graph_namespace.associate_name_with_obj(name, node)
        self._insert(node)
        self._len += 1
        return node

    def _target_to_str(self, target):
        """A node's name: that of the function or the path, without the underscores of operators, in small letters."""
        name = simple_name(target) if callable(target) else target
        name = name[2:-2] if re.fullmatch("__.*__", name) else name
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", name.replace(".", "_")).lower()

    def placeholder(self, name, type_expr=None, default_value=...):
        """An argument of the program."""
        return self.create_node("placeholder", name, () if default_value is ... else (default_value,), type_expr=type_expr)

    def get_attr(self, qualified_name, type_expr=None):
        """A parameter, a buffer, or what else the module holds under that dotted name."""
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(self, module_name, args=None, kwargs=None, type_expr=None):
        """A call of a submodule."""
        if self.owning_module is not None:
            with contextlib.suppress(AttributeError):
                self.owning_module.get_submodule(module_name)
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(self, method_name, args=None, kwargs=None, type_expr=None):
        """A call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(self, the_function, args=None, kwargs=None, type_expr=None, name=None):
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name=name, type_expr=type_expr)

    def output(self, result, type_expr=None):
        """What the program returns."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def node_copy(self, node, arg_transform=lambda x: x):
        """A copy, here, of a node of another graph, whose arguments `arg_transform` replaces by nodes of this one."""
        args, kwargs = map_arg(node.args, arg_transform), map_arg(node.kwargs, arg_transform)
        made = self.create_node(node.op, node.target, args, dict(kwargs), node.name, node.type)
        made.meta = dict(node.meta)
        return made

    def graph_copy(self, g, val_map, return_output_node=False):
        """Copy all nodes of `g` to here; `val_map` gives those that exist already, and takes the rest. Returns the output."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                result = map_arg(node.args[0], val_map.__getitem__)
                return (result, node) if return_output_node else result
            val_map[node] = self.node_copy(node, val_map.__getitem__)
        return None

    def __deepcopy__(self, memo=None):
        memo = {} if memo is None else memo
        made = Graph(tracer_cls=self._tracer_cls)
        memo[id(self)] = made
        copied = {}
        result = made.graph_copy(self, copied, return_output_node=True)
        if result is not None:
            value, old = result
            new = made.output(value, old.type)
            new.meta = dict(old.meta)
        made._codegen = self._codegen
        return made

    def __getstate__(self):
        """Flat: a chain of nodes would be too deep for pickle."""
        at = {node: i for i, node in enumerate(self.nodes)}
        rows = [(n.name, n.op, n.target, map_arg(n.args, lambda a: _Place(at[a])), map_arg(n.kwargs, lambda a: _Place(at[a])),
                 n.type) for n in self.nodes]  # fmt: skip
        return {"rows": rows, "codegen": self._codegen, "tracer_cls": self._tracer_cls}

    def __setstate__(self, state):
        self.__init__(tracer_cls=state["tracer_cls"])
        self._codegen = state["codegen"]
        made = []
        for name, op, target, args, kwargs, kind in state["rows"]:
            args, kwargs = (_filled(a, made) for a in (args, kwargs))
            made.append(self.create_node(op, target, args, kwargs, name, kind))

    # -- editing ---------------------------------------------------------------------------------------
    def inserting_before(self, n=None):
        """A context in which new nodes come before `n`; without `n`, at the graph's beginning."""
        return self._at(n.prepend if n is not None else self._root.append, n)

    def inserting_after(self, n=None):
        """A context in which new nodes come after `n`, the first of them right after it; without `n`, at the end."""
        return self._at(n.append if n is not None else self._root.prepend, n)

    def _at(self, insert, node):
        if node is not None and node.graph is not self:
            raise AssertionError("Node to insert before or after is not in graph.")
        old, self._insert = self._insert, insert
        return _Inserting(self, old)

    def erase_node(self, to_erase):
        """Remove a node that no other one uses. Raises RuntimeError where one does."""
        if to_erase.users:
            raise RuntimeError(f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in the graph: "
                               f"{to_erase.users}!")  # fmt: skip
        if to_erase.graph is not self:
            raise RuntimeError(f"Attempting to remove {to_erase} from wrong graph!")
        if to_erase._erased:
            return
        to_erase._take((), type(to_erase.kwargs)())
        before = to_erase._prev
        to_erase._remove_from_list()
        to_erase._erased, to_erase._prev = True, before
        self._len -= 1

    def eliminate_dead_code(self, is_impure_node=None):
        """Remove the nodes whose values nobody takes. Was there one?"""
        self.lint()
        impure, before = is_impure_node or Node.is_impure, len(self.nodes)
        for node in reversed(self.nodes):
            if not node.users and not impure(node):
                self.erase_node(node)
        return len(self.nodes) < before

    def output_node(self):
        return next(n for n in reversed(self.nodes) if n.op == "output")

    # -- reading ---------------------------------------------------------------------------------------
    def lint(self):
        """Raises where the graph is not well formed: a name twice, a node used before it comes, a target that does not exist."""
        names, seen = set(), set()
        for node in self.nodes:
            for used in node.all_input_nodes:
                check_use(self, node, used, seen)
            seen.add(node)
            if node.name in names:
                raise RuntimeError(f"Node redefined name {node.name}!")
            names.add(node.name)
            if self.owning_module is not None and node.op in ("get_attr", "call_module"):
                check_target(self.owning_module, node)

    def python_code(self, root_module, *, verbose=False, **options):
        """The program as Python, with the names that it needs."""
        names = _Namespace()
        shown = {n: names.create_name(n.name, n) for n in self.nodes}
        return self._codegen._gen_python_code(self.nodes, root_module, names, shown)

    def set_codegen(self, codegen):
        self._codegen = codegen

    def on_generate_code(self, make_transformer):
        """Let a function change the lines of generated code: `make_transformer(the present one or None)` gives it.

        Returns a context manager that undoes it at its end.
        """
        old = self._codegen._body_transformer
        self._codegen._body_transformer = make_transformer(old)

        @contextlib.contextmanager
        def undone():
            try:
                yield
            finally:
                self._codegen._body_transformer = old

        return undone()

    def process_inputs(self, *args):
        return self._codegen.process_inputs(*args)

    def process_outputs(self, out):
        return self._codegen.process_outputs(out)

    def __str__(self):
        names, kind = [], [""]
        lines = [n.format_node(names, kind) for n in self.nodes]
        return f"graph():{''.join(f'{chr(10)}    {line}' for line in lines)}"

    def print_tabular(self):
        """Print the nodes as a table."""
        rows = [[n.op, n.name, n.target, n.args, dict(n.kwargs)] for n in self.nodes]
        print(tabulated(["opcode", "name", "target", "args", "kwargs"], rows))


class _Inserting:
    """What `inserting_before` gives: new nodes go elsewhere again at its end."""

    def __init__(self, graph, old):
        self.graph, self.old = graph, old

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.graph._insert = self.old


class _Place:
    """A node in pickled arguments, by its number."""

    def __init__(self, at):
        self.at = at


def _filled(value, nodes):
    from eagerjax.fx.node import map_aggregate  # noqa: PLC0415

    return map_aggregate(value, lambda a: nodes[a.at] if isinstance(a, _Place) else a)


def check_use(graph, node, used, seen):
    if used.graph is not graph:
        raise RuntimeError(f"Argument '{used}' of Node '{node}' does not belong to this Graph, but was used as an argument! If "
                           "you are copying nodes from another graph, make sure to use ``arg_transform`` on node_copy() to "
                           f"remap values\n{graph}")  # fmt: skip
    if used not in seen:
        raise RuntimeError(f"Argument '{used}' of Node '{node}' was used before it has been defined! Please check that Nodes in "
                           f"the graph are topologically ordered\n{graph}")  # fmt: skip


def check_target(module, node):
    """Raises RuntimeError where the module has nothing under the node's target."""
    found, missing = follow(module, node.target)
    if missing is not None:
        above, _, part = missing.rpartition(".")
        raise RuntimeError(f"Node {node} target {node.target} references nonexistent attribute {part} of {above}")
    if node.op == "call_module" and not callable(found):
        raise RuntimeError(f"Node {node} target {node.target} references a {type(found)}, which is no module")


_type_repr = type_in_graph
