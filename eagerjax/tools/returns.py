"""What a function returns, as an annotation, read off its source: for stubs. `Any` where the source does not say."""

import ast
import inspect
import textwrap

from eagerjax import namespace
from eagerjax.ops.define import REGISTRY, TENSOR, Op
from eagerjax.tensor import Tensor

TENSORS = "tuple[Tensor, ...]"
_NAMED = {"True": "_bool", "False": "_bool", "None": "None"}
_CALLS = {
    "bool": "_bool", "int": "_int", "float": "_float", "complex": "_complex", "str": "_str", "format": "_str", "len": "_int",
    "id": "_int", "isinstance": "_bool", "all": "_bool", "any": "_bool", "Size": "Size",
    "math.prod": "_int", "object.__new__": "Tensor", "write": "Tensor", "from_array": "Tensor",
    "pending": "Tensor", "view_of": "Tensor", "view_by": "Tensor", "make": "Tensor", "drop": "Tensor", "same": "Tensor",
    "draw_integers": "Tensor",
}  # fmt: skip
"""What builtins return, and functions that the forms share."""
_FACTS = {
    "shape": "Size", "dtype": "_dtype", "device": "_device", "ndim": "_int", "needs": "_bool", "itemsize": "_int",
    "requires_grad": "_bool",
}  # fmt: skip
_PROTOCOL = {
    "__getitem__": "Tensor",
    "__len__": "_int",
    "__iter__": "Iterator[Tensor]",
    "__hash__": "_int",
    "__dir__": "list[_str]",
}
_SPACES = ("torch", "F", "linalg", "special", "fft", "windows", "masked")
_BODIES = {op.fn: op for op in REGISTRY.values()}


def op_of(function):
    """The op that a public function was derived from, or None."""
    return _BODIES.get(getattr(function, "__wrapped__", None))


def returned(function):
    """The annotation of what a public function or method returns."""
    op = op_of(function)
    if op is not None:
        return "Tensor" if function.__name__.endswith("_") else of_op(op)
    return of_source(function)


def returned_by(name, function):
    """`returned`, of a method that Python itself may call."""
    return _PROTOCOL.get(name) or returned(function)


def of_op(op):
    if op.returns is not None:
        return "_".join(op.returns)
    found = of_source(op.fn, arrays=True)
    return found if found == TENSORS else "Tensor"


_FOUND = {}


def of_source(function, arrays=False):
    """The union of what the function's `return` statements show; remembered. `Any` for one that calls itself."""
    key = function, arrays
    if key not in _FOUND:
        _FOUND[key] = "Any"
        _FOUND[key] = read(function, arrays)
    return _FOUND[key]


def read(function, arrays):
    annotation = getattr(function, "__annotations__", {}).get("return")
    if annotation is not None:
        return annotation if isinstance(annotation, str) else annotation.__name__
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return "Any"
    if not isinstance(tree, ast.FunctionDef):
        return "Any"
    reader = Reader(function, tree, arrays)
    if reader.generates:
        return "Any"
    found = sorted({reader.kind(node.value) for node in reader.returns}) or ["None"]
    return "Any" if "Any" in found else " | ".join(found)


class Reader:
    """The kinds of the expressions of one function."""

    def __init__(self, function, tree, arrays):
        self.known = getattr(inspect.unwrap(function), "__globals__", {})
        self.forms = self.known.get("__name__", function.__module__).startswith("eagerjax.forms")
        nodes = list(own_nodes(tree))
        self.returns = [n for n in nodes if isinstance(n, ast.Return)]
        self.generates = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in nodes)
        self.assigned = {}
        for node in nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.assigned.setdefault(node.targets[0].id, []).append(node.value)
        first = tree.args.args[0].arg if tree.args.args else None
        self.tensors = {first} & {"input", "self", "tensor", "x"}
        self.arrays = arrays
        self.open = set()

    def kind(self, node):
        if node is None:
            return "None"
        method = getattr(self, "of_" + type(node).__name__.lower(), None)
        found = "Any" if method is None else method(node)
        return "Tensor" if self.arrays and found == "Any" else found

    def of_constant(self, node):
        return _NAMED.get(repr(node.value)) or f"_{type(node.value).__name__}"

    def of_tuple(self, node):
        return TENSORS if self.arrays else f"tuple[{', '.join(map(self.kind, node.elts)) or '()'}]"

    def of_list(self, node):
        return TENSORS if self.arrays else "list[Any]"

    of_listcomp = of_list

    def of_ifexp(self, node):
        found = {self.kind(node.body), self.kind(node.orelse)}
        return "Any" if "Any" in found else " | ".join(sorted(found))

    def of_unaryop(self, node):
        return "_bool" if isinstance(node.op, ast.Not) else self.kind(node.operand)

    def of_binop(self, node):
        sides = {self.kind(node.left), self.kind(node.right)}
        return "Tensor" if "Tensor" in sides else sides.pop() if len(sides) == 1 else "Any"

    def of_compare(self, node):
        return "Tensor" if "Tensor" in map(self.kind, (node.left, *node.comparators)) else "_bool"

    def of_boolop(self, node):
        return "_bool" if {self.kind(v) for v in node.values} == {"_bool"} else "Any"

    def of_subscript(self, node):
        whole = self.kind(node.value)
        if whole == "Size":
            return "Size" if isinstance(node.slice, ast.Slice) else "_int"
        return "Tensor" if whole == "Tensor" else "Any"

    def of_name(self, node):
        if node.id in self.tensors and node.id not in self.assigned:
            return "Tensor"
        if node.id in self.open:
            return "Any"
        self.open.add(node.id)
        found = {self.kind(value) for value in self.assigned.get(node.id, ())}
        self.open.discard(node.id)
        return found.pop() if len(found) == 1 else "Any"

    def of_attribute(self, node):
        return "_bool" if node.attr.startswith("is_") else _FACTS.get(node.attr, "Any")

    def of_call(self, node):
        called = node.func
        if isinstance(called, ast.Name):
            return self.of_named_call(called.id, node)
        if isinstance(called, ast.Attribute):
            return self.of_attribute_call(called)
        return "Tensor" if ast.unparse(called).startswith("getattr(F, ") else "Any"

    def of_named_call(self, name, node):
        if name == "apply" and node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value in REGISTRY:
            return of_op(REGISTRY[node.args[0].value])
        if name == "several":
            return TENSORS
        if name == "give":
            return self.kind(node.args[1])
        if name == "tuple":
            items = getattr(node.args[0], "elt", None) if node.args else None
            return TENSORS if self.arrays or (items is not None and self.kind(items) == "Tensor") else "tuple[Any, ...]"
        if name in _CALLS:
            return _CALLS[name]
        function = self.known.get(name)
        return of_source(function) if inspect.isfunction(function) and name not in self.open else "Any"

    def of_attribute_call(self, called):
        if isinstance(called.value, ast.Name) and called.value.id in _SPACES:
            function = getattr(namespace.HOMES[called.value.id], called.attr, None)
        elif ast.unparse(called) in _CALLS:
            return _CALLS[ast.unparse(called)]
        else:  # in a form nearly everything is a tensor; what others have methods of the same name for, is not
            function = vars(Tensor).get(called.attr)
            known = self.kind(called.value) == "Tensor"
            if not known and (not self.forms or (inspect.isfunction(function) and returned(function) != "Tensor")):
                return "Any"
        return returned(function) if inspect.isfunction(function) else "Any"


def own_nodes(tree):
    """The nodes of a function without those of the functions inside it."""
    todo = list(tree.body)
    while todo:
        node = todo.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(node))


def overloads(op):
    """[(names of the parameters, annotation)] of an op that returns one tensor without `dim`, and two with it; else None."""
    if not isinstance(op, Op) or not op.returns or "dim" not in op.names or op.defaults.get("dim", 0) is not None:
        return None
    whole = [n for n in op.names if n not in ("dim", "keepdim") or op.kinds[op.names.index(n)] == TENSOR]
    return [(whole, "Tensor"), (list(op.names), "_".join(op.returns))]
