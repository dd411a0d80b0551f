"""Jaxprs as Python functions of numpy arrays: what a small call costs falls from a compilation to a few microseconds.

A jaxpr becomes straight Python source, one line per equation; `numpy_rules.RULES` says what each primitive is in
numpy. What has no rule (loops, convolutions, half precision, complex numbers) raises `Unknown`, and the
call is compiled as ever. Broadcasting is left to numpy where it can be: a `Value` knows the shape that its array has
when the code runs, which may have 1 or nothing where the jaxpr says n.
"""

import functools
import math
import re
import types
from typing import Any

import jax
import numpy as np

from eagerjax.lower import numpy_kernels as kernels
from eagerjax.lower.alike import real
from eagerjax.lower.numpy_rules import NAMED, RULES, SIZELESS, UNWRAP, Unknown, rule
from eagerjax.lower.row_sums import RowSum
from eagerjax.ops.random import clocks_of
from eagerjax.runtime import compat

FOLDED = 4096
"""Elements of the largest constant that is computed ahead of time."""
KINDS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"}


VIEW = re.compile(r"^\w+\.(reshape|transpose)\(([^()]*\([^()]*\)|\w+)\)$|^\w+\[\w+\]$")
"""Expressions that move no element: numpy's views."""

WEIGHTS = {
    "max": 2, "min": 2, "clamp": 4, "select_n": 5, "div": 2, "sqrt": 2, "rsqrt": 4, "sign": 4,
    "exp": 3, "exp2": 3, "expm1": 3, "tanh": 3, "log": 4, "log1p": 5, "sin": 4, "cos": 4, "logistic": 6, "cbrt": 4,
    "pow": 9, "atan2": 6, "tan": 6, "asin": 6, "acos": 6, "atan": 5, "sinh": 6, "cosh": 6, "asinh": 8, "acosh": 8, "atanh": 8,
    "erf": 40, "erfc": 40, "erf_inv": 60, "lgamma": 60, "digamma": 60, "gather": 10,
    "sort": 60, "argmax": 4, "argmin": 4, "cumsum": 8, "cumprod": 8, "cummax": 8, "cummin": 8, "rem": 20, "round": 2,
}  # fmt: skip
"""What an element costs in numpy, in additions, where it is more than one."""


class Value:
    """An array of the program: the name that it has in the code, and what is known of it."""

    __slots__ = ("constant", "dtype", "full", "name", "shape")

    def __init__(self, name, shape, full, dtype, constant=False):
        self.name = name
        self.shape = shape  # when the code runs: broadcasts to `full`
        self.full = full
        self.dtype = dtype
        self.constant = constant


class Writer:
    """Source code under way.

    sizes: {a size that stands for others: one of those}, for code that is to serve them all; see `resized`.
    """

    def __init__(self, sizes=None):
        self.sizes = sizes
        self.sizeless = sizes is not None  # could all sizes so far be any?
        self.shapes: dict[str, tuple] = {}  # names of shapes in such code
        self.bound: dict[Any, str] = {}  # what stands for a thing -> its name
        self.known: dict[str, Any] = {}  # expression -> the name of its value
        self.amounts: dict[tuple, int] = {}  # shape -> elements' worth of work, where there are such sizes
        self.weight = 1  # what an element of the present primitive costs
        self.lines = []  # (names that it sets, expression, names that it reads)
        self.names: dict[str, Any] = {"np": np}
        self.products: dict[str, tuple] = {}  # a product of few rows -> its two sides, the first one to be transposed
        self.words: dict[str, str] = {}  # two halves of a word -> the word, which may be a key for random numbers
        self.count = 0
        self.work = 0  # elements of all results, as much as an addition costs; see `WEIGHTS`

    def fresh(self, prefix="v"):
        self.count += 1
        return f"{prefix}{self.count}"

    def bind(self, thing):
        """A name in the code for any Python object."""
        key = (type(thing), thing.tobytes()) if isinstance(thing, np.generic) else id(thing)
        name = self.bound.get(key)
        if name is None:
            name = self.bound[key] = self.fresh("k")
            self.names[name] = thing  # it stays, and no other thing gets its id
        return name

    def value(self, array):
        """A constant."""
        array = np.asarray(array)
        check(array)
        self.sizeless = self.sizeless and array.size == 1
        name = self.bind(array if array.ndim else array[()])
        return Value(name, array.shape, array.shape, array.dtype, constant=True)

    def shape(self, shape):
        """A shape in the code."""
        if self.sizes is None:
            return str(shape)
        self.sizeless = self.sizeless and all(n == 1 or n in self.sizes for n in shape)
        name = self.bind(shape)
        self.shapes[name] = shape
        return name

    def elements(self, shape):
        """How many elements an array has; of sizes that stand for others, in the case at hand."""
        return math.prod(real(shape, self.sizes or {}))

    def beside(self, value, shape):
        """The name of `value` in an expression of that shape: a constant is an array where others are: that is quicker."""
        if not value.constant or value.shape or not shape:
            return value.name
        name = f"{value.name}_array"
        self.names.setdefault(name, np.asarray(self.names[value.name]))
        return name

    def is_zero(self, value):
        """Is it the number 0 (and not -0.0)?"""
        if not value.constant or value.shape:
            return False
        number = np.asarray(self.names[value.name])
        return not number.any() and not np.signbit(number)

    def line(self, expression, reads, count=None):
        """Add a line; returns the name (or `count` names) that it sets."""
        targets = tuple(self.fresh() for _ in range(count or 1))
        self.lines.append((targets, expression, tuple(reads)))
        return targets if count else targets[0]

    def set(self, expression, reads, aval, shape=None):
        """The value of an expression that computes a result described by `aval`. Constants are computed at once."""
        full = tuple(aval.shape)
        shape = full if shape is None else shape
        if not VIEW.search(expression):
            self.work += math.prod(shape)
            self.amounts[shape] = self.amounts.get(shape, 0) + self.weight
        constant = all(r.constant for r in reads) and math.prod(shape) <= (1 if self.sizeless else FOLDED)
        if constant:
            with np.errstate(all="ignore"):
                return Value(self.bind(eval(expression, self.names)), shape, full, aval.dtype, constant=True)
        if expression not in self.known:
            self.known[expression] = self.line(expression, [r.name for r in reads])
        return Value(self.known[expression], shape, full, aval.dtype)

    def whole(self, value):
        """The name of the array of `value` in its full shape."""
        if value.shape == value.full:
            return value.name
        dtype = self.bind(value.dtype)
        if (value.shape, value.full) == ((), (1,)):
            code = f"np.array([{value.name}], {dtype})"
        else:
            code = f"{self.bind(spread)}({value.name}, {self.shape(value.full)}, {dtype})"
        made = self.set(code, [value], value_aval(value))
        value.name, value.shape, value.constant = made.name, made.shape, made.constant
        return value.name

    def add(self, jaxpr, consts, values):
        """Write the equations of a jaxpr. Returns the values of its results."""
        known = dict(zip(jaxpr.constvars, consts))
        known.update(zip(jaxpr.invars, values))
        literal = compat.jaxprs().Literal

        def read(atom: Any):
            return self.value(np.asarray(atom.val, atom.aval.dtype)) if isinstance(atom, literal) else known[atom]  # pyright: ignore[reportAttributeAccessIssue]

        for equation in jaxpr.eqns:
            operands = [read(a) for a in equation.invars]
            for var in equation.outvars:
                check(var.aval)
            known.update(zip(equation.outvars, self.equation(equation, operands)))
        return [read(a) for a in jaxpr.outvars]

    def equation(self, equation, operands):
        name = equation.primitive.name
        inner = UNWRAP.get(name)
        if inner is not None:
            known = NAMED.get(equation.params.get("name"))
            values = None if known is None else known(self, equation, *operands)
            if values is not None:
                return values
            closed = equation.params[next(k for k in inner if k in equation.params)]
            jaxpr = getattr(closed, "jaxpr", closed)
            return self.add(jaxpr, [self.value(c) for c in getattr(closed, "consts", ())], operands)
        rule = RULES.get(name)
        if rule is None:
            raise Unknown(name)
        self.sizeless = self.sizeless and name in SIZELESS
        self.weight = WEIGHTS.get(name, 1)
        before = self.work
        values = rule(self, equation, *operands)
        self.work += (self.work - before) * (self.weight - 1)
        return values

    def later(self, name):
        """The name of a result, put off if it is a product of few rows."""
        sides = self.products.get(name)
        return name if sides is None else self.line(f"{self.bind(RowSum)}({', '.join(sides)})", sides)

    def function(self, parameters, results):
        """The Python function; lines whose results nobody reads are left out."""
        needed, kept = set(results), []
        for targets, expression, reads in reversed(self.lines):
            if not needed.isdisjoint(targets):
                needed.update(reads)
                kept.append(f"    {', '.join(targets)} = {expression}\n")
        body = "".join(reversed(kept))
        source = f"def run({', '.join(parameters)}):\n{body}    return ({''.join(r + ', ' for r in results)})\n"
        exec(compile(source, "<numpy>", "exec"), self.names)
        return self.names.pop("run"), len(kept)


def value_aval(value):
    return np.broadcast_to(np.zeros((), value.dtype), value.full)


def check(aval):
    """Raise Unknown for arrays that numpy does not serve well, and for empty ones, which have rules of their own."""
    if not served(aval.dtype) or 0 in aval.shape:
        raise Unknown(f"{aval.dtype}{list(aval.shape)}")


def served(dtype):
    dtype = np.dtype(dtype)
    return f"{dtype.kind}{dtype.itemsize}" in KINDS


def spread(array, shape, dtype):
    made = np.empty(shape, dtype)
    made[...] = array
    return made


def translate(closed, sizes=None, put_off=False):
    """(function, lines, elements computed) of a closed jaxpr: the function takes and returns arrays, flat.

    Raises Unknown where some part of it has no rule. With `sizes` (see `Writer`) the function is one to be `resized`.
    put_off: may results be a RowSum?
    """
    writer = Writer(sizes)
    jaxpr = closed.jaxpr
    parameters = []
    for var in jaxpr.invars:
        check(var.aval)
        shape = tuple(var.aval.shape)
        parameters.append(Value(f"a{len(parameters)}", shape, shape, var.aval.dtype))
    results = writer.add(jaxpr, [writer.value(c) for c in closed.consts], parameters)
    writer.weight = 1
    names = [writer.whole(r) for r in results]
    if put_off:
        names = [writer.later(name) for name in names]
    function, lines = writer.function([p.name for p in parameters], names)
    if writer.sizeless:
        function.shapes, function.amounts = writer.shapes, writer.amounts
    return function, lines, writer.work


def resized(function, sizes):
    """What `translate` gave for sizes that stand for others, for these: {the one: the other}. None where sizes count."""
    shapes = getattr(function, "shapes", None)
    if shapes is None:
        return None
    names = {name: real(shape, sizes) for name, shape in shapes.items()}
    return types.FunctionType(function.__code__, {**function.__globals__, **names})


def work_of(function, sizes):
    """The work of what `resized` gives."""
    return sum([math.prod(real(shape, sizes)) * weight for shape, weight in function.amounts.items()])


def clocks(writer, equation, key):
    """Waiting times are made of words alone: of those of some rounds at once, as these are."""
    out, word = equation.outvars[0].aval, writer.words.get(key.name)
    shape = tuple(out.shape)
    if word is None or math.prod(shape) > kernels.FEW:
        return None
    writer.work += 30_000 + 1000 * math.prod(shape)
    call = f"{writer.bind(kernels.drawn)}({word}, {shape}, {writer.bind(clocks_in_numpy(out.dtype))})"
    return [Value(writer.line(call, [word]), shape, shape, out.dtype)]


@functools.cache
def clocks_in_numpy(dtype):
    """`clocks_of` as numpy code, for arrays of any shape: it goes element by element."""
    words = jax.ShapeDtypeStruct((2,), np.uint32)
    return translate(jax.make_jaxpr(lambda a, b: clocks_of(a, b, dtype))(words, words))[0]


NAMED["eagerjax_clocks"] = clocks


@rule("cond")
def cond(writer, equation, which, *operands):
    """One of several pieces of code, each a function of its own."""
    branches = equation.params["branches"]
    functions, _, work = zip(*[translate(branch, writer.sizes) for branch in branches])
    writer.work += max(work)
    if any(getattr(f, "shapes", True) for f in functions):
        writer.sizeless = False  # their shapes would have to be put in, too
    for shape, amount in getattr(functions[0], "amounts", {}).items():
        writer.amounts[shape] = writer.amounts.get(shape, 0) + amount
    reads = [writer.whole(o) for o in operands]
    at = f"min(max(int({which.name}), 0), {len(branches) - 1})"
    names = [writer.fresh() for _ in equation.outvars]
    call = f"{writer.bind(functions)}[{at}]({', '.join(reads)})"
    writer.lines.append(((*names, ""), call, (which.name, *reads)))
    return [Value(n, tuple(v.aval.shape), tuple(v.aval.shape), v.aval.dtype) for n, v in zip(names, equation.outvars)]
