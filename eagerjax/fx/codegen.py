"""Generated code: a graph as a Python function, in the words in which PyTorch writes it."""

import collections.abc
import dataclasses
import enum
import math
import types
import typing

from eagerjax.fx import names as known
from eagerjax.fx.node import Node, base_types
from eagerjax.runtime.device import device
from eagerjax.runtime.dtype import dtype, layout, memory_format

BOUND = {"inf": ("from math import inf", math.inf), "nan": ("from math import nan", math.nan),
         "NoneType": ("NoneType = type(None)", type(None)), "torch": ("import torch", known.TORCH),
         "device": ("from torch import device", device)}  # fmt: skip
"""Names that generated code always has, and how a file of it gets them."""

BINARY = {"add": "+", "sub": "-", "mul": "*", "floordiv": "//", "truediv": "/", "mod": "%", "pow": "**", "lshift": "<<",
          "rshift": ">>", "and_": "&", "or_": "|", "xor": "^", "matmul": "@", "eq": "==", "ne": "!=", "lt": "<", "gt": ">",
          "le": "<=", "ge": ">="}  # fmt: skip
UNARY = {"pos": "+", "invert": "~", "neg": "-"}
IN_PLACE = {f"i{name.rstrip('_')}": sign for name, sign in BINARY.items() if name not in ("eq", "ne", "lt", "gt", "le", "ge")}


@dataclasses.dataclass
class PythonCode:
    """Source, and the names that it needs."""

    src: str
    globals: dict
    _lineno_map: dict | None = None


class CodeGen:
    """Writes a graph as a function. Subclasses change how its head, its outputs or its inputs look."""

    def __init__(self):
        self._body_transformer = None
        self._func_name = "forward"

    def gen_fn_def(self, free_vars, maybe_return_annotation):
        """The function's head; `free_vars` are its arguments as they are written."""
        if not free_vars or free_vars[0] != "self":
            free_vars = ["self", *free_vars]
        return f"def {self._func_name}({', '.join(free_vars)}){maybe_return_annotation}:"

    def generate_output(self, output_args, **options):
        return f"return {output_args}"

    def process_inputs(self, *args):
        """The arguments of the function, as those of the placeholders."""
        return args

    def process_outputs(self, outputs):
        return outputs

    def additional_globals(self):
        """(name, value) of what else the code needs."""
        return []

    def _gen_python_code(self, nodes, root_module, namespace, shown):
        return _Writer(self, nodes, root_module, namespace, shown).written()


class _Writer:
    """One graph on its way to code."""

    def __init__(self, codegen, nodes, root, namespace, shown):
        self.codegen, self.nodes, self.root, self.namespace, self.shown = codegen, nodes, root, namespace, shown
        self.globals, self.wrapped, self.free, self.body = {}, {}, [], []
        self.returns = ""
        for name, (_, value) in BOUND.items():
            self.globals[name] = value
        self.globals.update(codegen.additional_globals())

    def written(self):
        last = last_uses(self.nodes)
        for node in self.nodes:
            line = getattr(self, node.op)(node)
            if line is not None:
                self.body.append(line + self.forgotten(node, last) + "\n")
        body = self.body or ["pass\n"]
        if self.codegen._body_transformer is not None:
            body = self.codegen._body_transformer(body)
        head = self.codegen.gen_fn_def(self.free, self.returns)
        wraps = "\n".join(f'torch.fx._symbolic_trace.wrap("{name}")' for name in self.wrapped)
        lines = "".join(body).lstrip("\n").split("\n")
        return PythonCode(f"\n{wraps}\n\n{head}\n" + "\n".join("    " + line for line in lines), self.globals)

    def forgotten(self, node, last):
        """What nobody takes any more after this step is let go."""
        if node.op in ("placeholder", "output"):
            return ""
        names = [*last.get(node, ()), *(() if node.users else (node,))]
        return f";  {' = '.join([self.shown[n] for n in names] + ['None'])}" if names else ""

    # -- one kind of node each ----------------------------------------------------------------------
    def placeholder(self, node):
        default = f" = {self.value(node.args[0])}" if node.args else ""
        self.free.append(f"{node.target}{self.annotation(node)}{default}")
        raw = node.target.replace("*", "")
        return f"{self.shown[node]} = {raw}" if raw != self.shown[node] else None

    def call_method(self, node):
        first, *rest = node.args
        return f"{self.set(node)}{self.value(first)}.{node.target}({self.arguments(rest, node.kwargs)})"

    def call_function(self, node):
        name, args = known.qualified_name(node.target), node.args
        operator = name.rpartition(".")[2] if getattr(node.target, "__module__", "") == "_operator" else None
        if operator is not None and not node.kwargs and (line := self.operation(node, operator)) is not None:
            return line
        if node.target is getattr and len(args) == 2 and isinstance(args[1], str) and args[1].isidentifier():
            return f"{self.set(node)}{self.value(args[0])}.{args[1]}"
        called = "getattr" if node.target is getattr else self.name_of(node.target)
        if node.meta.get("is_wrapped"):
            self.wrapped.setdefault(called)
        return f"{self.set(node)}{called}({self.arguments(args, node.kwargs)})"

    def operation(self, node, operator):
        """An operator as Python writes it, or None."""
        args = [self.value(a) for a in node.args]
        if operator in BINARY and len(args) == 2:
            return f"{self.set(node)}{args[0]} {BINARY[operator]} {args[1]}"
        if operator in UNARY and len(args) == 1:
            return f"{self.set(node)}{UNARY[operator]}{args[0]}"
        if operator == "getitem" and len(args) == 2:
            return f"{self.set(node)}{args[0]}[{args[1]}]"
        if operator in IN_PLACE and len(args) == 2:
            return f"{args[0]} {IN_PLACE[operator]}= {args[1]};  {self.set(node)}{args[0]}"
        if operator == "setitem" and len(args) == 3:
            return f"{args[0]}[{args[1]}] = {args[2]};  {self.set(node)}{args[0]}"
        return None

    def call_module(self, node):
        return f"{self.set(node)}{path(self.root, node.target)}({self.arguments(node.args, node.kwargs)})"

    def get_attr(self, node):
        return f"{self.set(node)}{path(self.root, node.target)}"

    def output(self, node):
        if node.type is not None:
            self.returns = f" -> {self.type_text(node.type)}"
        return self.codegen.generate_output(self.value(node.args[0]))

    def set(self, node):
        return f"{self.shown[node]}{self.annotation(node)} = "

    # -- values -------------------------------------------------------------------------------------
    def annotation(self, node):
        return "" if node.type is None else f" : {self.type_text(node.type)}"

    def arguments(self, args, kwargs):
        return ", ".join([*map(self.value, args), *(f"{k} = {self.value(v)}" for k, v in kwargs.items())])

    def value(self, arg):
        """An argument as Python reads it."""
        if isinstance(arg, Node):
            return self.shown[arg]
        if isinstance(arg, (tuple, list, dict, slice)):
            return self.collection(arg)
        if isinstance(arg, enum.Enum):
            return f"{self.name_of(type(arg))}.{arg.name}"
        if isinstance(arg, (dtype, layout, memory_format)):
            known.put(repr(arg), arg)
        elif callable(arg) and not isinstance(arg, base_types):
            return self.name_of(arg)
        return repr(arg)

    def collection(self, arg):
        if isinstance(arg, tuple):
            inside = ", ".join(map(self.value, arg)) + ("," if len(arg) == 1 else "")
            return f"{self.name_of(type(arg))}({inside})" if hasattr(arg, "_fields") else f"({inside})"
        if isinstance(arg, list):
            return f"[{', '.join(map(self.value, arg))}]"
        if isinstance(arg, dict):
            return "{" + ", ".join(f"{self.value(k)}: {self.value(v)}" for k, v in arg.items()) + "}"
        return f"slice({self.value(arg.start)}, {self.value(arg.stop)}, {self.value(arg.step)})"

    def name_of(self, obj):
        """The name under which generated code finds a function or a class."""
        name = known.qualified_name(obj)
        if known.from_torch(obj):
            known.put(name, obj)
            return name
        if known.module_of(obj) == "builtins" and "." not in name:
            return name if name != "NoneType" else self.bound("NoneType", obj)
        return self.bound(name.replace(".", "_").replace("<", "_").replace(">", "_"), obj)

    def bound(self, name, obj):
        if self.globals.get(name, obj) is not obj:
            name = self.namespace.create_name(name, obj)
        self.globals[name] = obj
        return name

    def type_text(self, kind):
        """A type as the annotation of generated code; what it is made of gets names."""
        if kind is None or kind is type(None):
            return "NoneType"
        if isinstance(kind, str):
            return self.bound("_" + "".join(c if c.isalnum() else "_" for c in kind) + "_", kind)
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if isinstance(kind, types.UnionType):
            return "|".join(map(self.type_text, args))
        if origin is None or not args:
            return self.name_of(origin or kind) if isinstance(origin or kind, type) else self.typing_name(kind)
        inside = ",".join("..." if a is ... else self.type_text(a) for a in args)
        outer = origin.__name__ if isinstance(kind, types.GenericAlias) else self.typing_name(kind)
        return f"{outer}[{inside}]"

    def typing_name(self, kind):
        """`typing_List` for typing.List[int], `typing_Any` for typing.Any."""
        if typing.get_origin(kind) is collections.abc.Callable:
            return self.bound("collections_abc_Callable", collections.abc.Callable)
        name = "Union" if typing.get_origin(kind) is typing.Union else getattr(kind, "_name", None) or repr(kind)
        name = name.removeprefix("typing.")
        return self.bound(f"typing_{name}", getattr(typing, name))


def last_uses(nodes):
    """{node: the nodes that nobody takes after it}."""
    seen, found = set(), {}
    for node in reversed(nodes):
        for used in node.all_input_nodes:
            if used not in seen:
                seen.add(used)
                found.setdefault(node, []).append(used)
    return found


def path(base, target):
    """`self.net.fc`, or with `getattr` where a part is no name."""
    for part in target.split("."):
        base = f"{base}.{part}" if part.isidentifier() else f'getattr({base}, "{part}")'
    return base
