"""Stubs (.pyi) of all names that are derived at import, for editors and type checkers: `python -m eagerjax.tools.stubs`.

Signatures come from the registry and the forms, results from `eagerjax.tools.returns`. Nothing is kept by hand;
`--check` says whether the files are up to date.
"""

import functools
import inspect
import pathlib
import sys
import types

import eagerjax
from eagerjax import namespace
from eagerjax.nn import functional
from eagerjax.ops import define
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor
from eagerjax.tools.returns import op_of, overloads, returned, returned_by

PACKAGE = pathlib.Path(eagerjax.__file__).parent
HEAD = """# Made by `python -m eagerjax.tools.stubs`; not to be edited.
import types
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from eagerjax.runtime.device import device as _device
from eagerjax.runtime.dtype import dtype as _dtype, layout as _layout, memory_format as _memory_format
from eagerjax.size import Size
"""
_KINDS = {
    inspect.Parameter.empty: "Tensor | _complex", define.Tensors: "Sequence[Tensor]", define.Scalar: "_complex",
    define.Number: "_complex | _str", define.Dims: "_int | Sequence[_int]", define.Size: "Sequence[_int]",
    define.Dtype: "_dtype", int: "_int", bool: "_bool", str: "_str", float: "_float",
}  # fmt: skip
_FORMS = {  # parameters of forms, which have no annotations, that mean the same everywhere
    "dtype": "_dtype | None", "device": "_device | _str | None", "requires_grad": "_bool", "keepdim": "_bool", "inplace": "_bool",
    "dim": "Any", "out": "Tensor | None", "layout": "_layout | None", "memory_format": "_memory_format | None",
    "pin_memory": "_bool", "input": "Tensor", "p": "_float", "training": "_bool", "reduction": "_str",
}  # fmt: skip
_OVERRIDING = "# pyright: reportInconsistentOverload=false, reportOverlappingOverload=false\n"


# -- one function ----------------------------------------------------------------------------------------
def parameter(p, annotation):
    text = f"{p.name}: {annotation}"
    if p.kind is p.VAR_POSITIONAL:
        return "*" + text
    if p.kind is p.VAR_KEYWORD:
        return "**" + text
    return text if p.default is p.empty else f"{text} = ..."


def annotation_of(op, p):
    found = _KINDS.get(p.annotation, "Any")
    if p.default is None and found != "Any":
        found += " | None"
    return found


def op_parameters(op, names=None):
    """The op's parameters as text; a parameter that takes the rest of the arguments is starred."""
    texts, keyword = [], False
    for i, p in enumerate(op.parameters):
        if p.kind is p.KEYWORD_ONLY and not keyword:
            texts.append("*")
            keyword = True
        if names is not None and p.name not in names:
            continue
        text = parameter(p, annotation_of(op, p))
        if p.name == op.varargs:
            text, keyword = f"*{p.name}: _int | Sequence[_int]", True
        elif i == 0 and text == "input: Tensor | _complex" and op.numbers in ("other", "none"):
            text = "input: Tensor"
        texts.append(text)
    return texts, keyword


def op_variants(op, function):
    """[(parameters, result)] of an op's function: several where the result depends on which are given."""
    variants = []
    for names, result in overloads(op) or [(None, returned(function))]:
        texts, keyword = op_parameters(op, names)
        if names is not None and "dim" in names:
            texts = [
                t.replace("dim: _int | None = ...", "dim: _int").replace(" | None", "") if t.startswith("dim:") else t
                for t in texts
            ]
        extra = [] if keyword else ["*"]
        if op.random:
            extra.append("generator: Any = ...")
            texts, extra = texts + extra, []
        if not function.__name__.endswith("_"):
            out = "Tensor | None" if result == "Tensor" else "Any"
            extra.append(f"out: {out} = ...")
        variants.append((texts + (extra if extra != ["*"] else []), result))
    if overloads(op) and op.reroute:
        variants.append((["input: Tensor", "other: Tensor", "*", "out: Tensor | None = ..."], "Tensor"))
    return variants


def form_variants(name, function):
    texts, keyword = [], False
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.KEYWORD_ONLY and not keyword:
            texts.append("*")
        keyword |= p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        texts.append(parameter(p, "Any" if p.name in ("self", "cls") else _FORMS.get(p.name, "Any")))
    return [(texts, returned_by(name, function))]


def define_function(name, function, method=False):
    """The lines of a function's stub."""
    op = op_of(function)
    variants = form_variants(name, function) if op is None else op_variants(op, function)
    doc = (
        (inspect.getdoc(function) or "").split("\n\n")[0].replace("\\", "\\\\").replace('"""', "'''").replace("\n", " ")
    )
    for i, (texts, result) in enumerate(variants):
        if len(variants) > 1:
            yield "@overload"
        if method:
            texts = ["self", *texts[1:]]
        line = f"def {name}({', '.join(texts)}) -> {result}:"
        if i or not doc:
            yield line + " ..."
        else:
            yield line
            yield f'    """{doc}{" " if doc.endswith(chr(34)) else ""}"""'


# -- one file ----------------------------------------------------------------------------------------------
def usable(name):
    return name.isidentifier() and not name.startswith("_")


def tensor_stub():
    """eagerjax/tensor.pyi: the class with everything that is attached to it, and the named results."""
    yield from (HEAD, _OVERRIDING)
    for fields in sorted({op.returns for op in define.REGISTRY.values() if op.returns}):
        yield f"class {'_'.join(fields)}(NamedTuple):"
        yield from (f"    {field}: Tensor" for field in fields)
    yield "\nclass Tensor:"
    yield f'    """{inspect.getdoc(Tensor)}"""'
    yield "    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor: ..."
    for name, value in sorted(vars(Tensor).items()):
        if name.startswith("_") and not (name.startswith("__") and callable(value)) and name != "_version":
            continue
        if name not in (
            "__new__",
            "__doc__",
            "__slots__",
            "__hash__",
            "__module__",
            "__dict__",
            "__weakref__",
            "__reduce_ex__",
        ):
            yield from ("    " + line for line in member(name, value))
    yield "\ndef __getattr__(name: _str) -> Any: ..."


_PROPERTIES = {"shape": "Size", "dtype": "_dtype", "device": "_device", "grad": "Tensor | None", "layout": "_layout",
               "data": "Tensor", **dict.fromkeys(("T", "H", "mT", "mH", "real", "imag"), "Tensor")}  # fmt: skip
"""What properties of Tensor hold whose source does not show it."""
_SETTABLE = ("grad", "data", "requires_grad")


def member(name, value):
    """The lines of one attribute of Tensor."""
    if isinstance(value, functools.partialmethod):
        yield f"def {name}(self, other: Tensor | _complex) -> Tensor: ..."
    elif inspect.isfunction(value):
        comparison = (
            name.startswith("__") and len(inspect.signature(value).parameters) == 2 and returned(value) == "Any"
        )
        if comparison and name.strip("_") in OPERATORS:
            yield f"def {name}(self, other: Any) -> Tensor: ..."
        else:
            yield from define_function(name, value, method=True)
    elif isinstance(value, property):
        result = _PROPERTIES.get(name) or returned(value.fget)
        yield f"{name}: {result}" if name in _SETTABLE else f"@property\n    def {name}(self) -> {result}: ..."
    elif isinstance(value, (bool, int, str)):
        yield f"{name}: _{type(value).__name__}"
    else:
        yield f"{name}: Any"


OPERATORS = {op.operator for op in define.REGISTRY.values() if op.operator} | {
    "r" + op.operator for op in define.REGISTRY.values() if op.operator
} | {"rdiv"}  # fmt: skip


def imports():
    names = sorted({"_".join(op.returns) for op in define.REGISTRY.values() if op.returns})
    yield f"from eagerjax.tensor import {', '.join(['Tensor as Tensor', *names])}"


def home_stub(home):
    """A namespace that holds functions only: linalg, nn.functional..."""
    yield from (HEAD, _OVERRIDING, *imports(), "")
    for name, value in sorted(vars(home).items()):
        if usable(name):
            yield from value_lines(name, value)


def root_stub():
    """eagerjax/__init__.pyi."""
    yield from (HEAD, _OVERRIDING, *imports(), "")
    lazy = {name for name, where in eagerjax._LATER.items() if where is None}
    values = {name: getattr(eagerjax, name) for name in eagerjax._LATER}
    for name, value in sorted({**vars(eagerjax), **values}.items()):
        if name == "Size":
            yield "from eagerjax.size import Size as Size"
        elif name == "Tensor":
            continue  # imported above
        elif name in lazy or (isinstance(value, types.ModuleType) and usable(name)):
            yield f"from eagerjax import {value.__name__.rpartition('.')[2]} as {name}"
        elif usable(name):
            yield from value_lines(name, value)
    yield "__version__: _str"


def value_lines(name, value):
    """The lines of one public name: a function that was derived, something that has a place in the source, a constant."""
    module = getattr(value, "__module__", None) or ""
    at_home = getattr(sys.modules.get(module), getattr(value, "__name__", "?"), None) is value
    if inspect.isfunction(value) and (
        not at_home or module.startswith(("eagerjax.forms", "eagerjax.install")) or module == "eagerjax"
    ):
        yield from define_function(name, value)
    elif at_home and module.startswith("eagerjax"):
        yield f"from {module} import {value.__name__} as {name}"
    elif isinstance(value, dt.dtype):
        yield f"{name}: _dtype"
    elif type(value) in (bool, int, float, str):
        yield f"{name}: _{type(value).__name__}"
    elif type(value).__module__.startswith("eagerjax"):
        yield f"{name}: {'_' if type(value).__name__ in ('layout', 'memory_format') else ''}{type_name(value)}"
    else:
        yield f"{name}: Any"


def type_name(value):
    return type(value).__name__ if type(value).__name__ in ("layout", "memory_format") else "Any"


def files():
    """{path: text} of all stubs."""
    made = {"__init__.pyi": root_stub(), "tensor.pyi": tensor_stub(), "nn/functional.pyi": home_stub(functional)}
    for name in ("linalg", "special", "fft", "masked"):
        made[f"{name}.pyi"] = home_stub(getattr(namespace, name))
    made["signal/__init__.pyi"] = ["from eagerjax.signal import windows as windows"]
    made["signal/windows.pyi"] = home_stub(namespace.windows)
    return {PACKAGE / path: "\n".join(lines) + "\n" for path, lines in made.items()}


def main(arguments):
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path} is out of date: run python -m eagerjax.tools.stubs")
        return int(bool(stale))
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    print(f"{len(stale)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
