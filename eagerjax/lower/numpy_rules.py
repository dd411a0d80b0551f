"""What each JAX primitive is in numpy: `RULES[name](writer, equation, *operands)` gives the values of its results."""

import math

import numpy as np

from eagerjax.lower import numpy_kernels as kernels
from eagerjax.lower.row_sums import is_worth


class Unknown(Exception):
    """A primitive, or a use of one, that has no rule."""


UNWRAP = {
    "jit": ("jaxpr",),
    "pjit": ("jaxpr",),
    "closed_call": ("call_jaxpr",),
    "core_call": ("call_jaxpr",),
    "custom_jvp_call": ("call_jaxpr",),
    "custom_vjp_call": ("call_jaxpr", "fun_jaxpr"),
    "custom_vjp_call_jaxpr": ("fun_jaxpr", "call_jaxpr"),
    "remat2": ("jaxpr",),
    "checkpoint": ("jaxpr",),
}
"""Primitives that just run a jaxpr, and the parameter that holds it."""
RULES = {}
NAMED = {}
"""The same for functions under `jax.jit`, by their name."""


def rule(*names):
    def register(function):
        for name in names:
            RULES[name] = function
        return function

    return register


def one(writer, equation, expression, reads, shape=None):
    """The only result of an equation."""
    return [writer.set(expression, reads, equation.outvars[0].aval, shape)]


def words(writer, equation, key):
    """Random words."""
    shape = tuple(equation.outvars[0].aval.shape)
    count = math.prod(shape)
    writer.work += 30_000 + 1000 * count if count <= kernels.FEW else 200_000 + 100 * count
    word = writer.words.get(key.name)
    if word is not None:  # the key as it came
        names = writer.line(f"{writer.bind(kernels.drawn)}({word}, {shape})", [word], 2)
    else:
        names = writer.line(f"{writer.bind(kernels.threefry)}({writer.whole(key)}, {shape})", [key.name], 2)
    return [type(key)(name, shape, shape, np.dtype(np.uint32)) for name in names]


NAMED["eagerjax_words"] = words  # of ops/random.py


# -- element by element ---------------------------------------------------------------------
ELEMENTWISE = {
    "add": "{0} + {1}", "add_any": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "neg": "-{0}",
    "max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})", "abs": "np.abs({0})", "sign": "np.sign({0})",
    "exp": "np.exp({0})", "exp2": "np.exp2({0})", "log": "np.log({0})", "log1p": "np.log1p({0})", "expm1": "np.expm1({0})",
    "tanh": "np.tanh({0})", "sin": "np.sin({0})", "cos": "np.cos({0})", "tan": "np.tan({0})", "sinh": "np.sinh({0})",
    "cosh": "np.cosh({0})", "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})",
    "asinh": "np.arcsinh({0})", "acosh": "np.arccosh({0})", "atanh": "np.arctanh({0})", "atan2": "np.arctan2({0}, {1})",
    "sqrt": "np.sqrt({0})", "rsqrt": "{one} / np.sqrt({0})", "cbrt": "np.cbrt({0})", "square": "{0} * {0}",
    "logistic": "{one} / ({one} + np.exp(-{0}))", "floor": "np.floor({0})", "ceil": "np.ceil({0})",
    "is_finite": "np.isfinite({0})", "nextafter": "np.nextafter({0}, {1})", "not": "~{0}",
    "and": "{0} & {1}", "or": "{0} | {1}", "xor": "{0} ^ {1}",
    "eq": "{0} == {1}", "ne": "{0} != {1}", "lt": "{0} < {1}", "le": "{0} <= {1}", "gt": "{0} > {1}", "ge": "{0} >= {1}",
    "clamp": "np.minimum(np.maximum({1}, {0}), {2})",
}  # fmt: skip
SPECIAL = {"erf": "erf", "erfc": "erfc", "erf_inv": "erfinv", "lgamma": "gammaln", "digamma": "psi"}


SIZELESS = {
    *ELEMENTWISE, *SPECIAL, "div", "rem", "pow", "one_minus_square", "integer_pow", "shift_left", "shift_right_logical", "round",
    "shift_right_arithmetic", "bitcast_convert_type", "cond",
    "select_n", "convert_element_type", "copy", "copy_p", "name", "stop_gradient", "optimization_barrier", "reduce_precision",
    "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "transpose", "reduce_sum", "reduce_prod", "reduce_max",
    "reduce_min", "reduce_and", "reduce_or",
}  # fmt: skip
"""Those whose code is the same for all sizes, save for the shapes that `Writer.shape` puts in it."""


def elementwise(expression):
    def write(writer, equation, *operands):
        shape = np.broadcast_shapes(*[o.shape for o in operands])
        names = [writer.beside(o, shape) for o in operands]
        unit = writer.beside(writer.value(operands[0].dtype.type(1)), shape) if "{one}" in expression else None
        return one(writer, equation, expression.format(*names, one=unit), operands, shape)

    return write


RULES.update({name: elementwise(expression) for name, expression in ELEMENTWISE.items()})


def pointwise(writer, equation, function, operands, *, after=""):
    """A Python function of the operands, element by element."""
    call = f"{writer.bind(function)}({', '.join(o.name for o in operands)}){after}"
    return one(writer, equation, call, operands, np.broadcast_shapes(*[o.shape for o in operands]))


@rule(*SPECIAL)
def special(writer, equation, x):
    import scipy.special  # noqa: PLC0415  (JAX needs it too; it takes a while to load)

    return pointwise(writer, equation, getattr(scipy.special, SPECIAL[equation.primitive.name]), [x])


@rule("div")
def div(writer, equation, a, b):
    if a.dtype.kind == "f":
        return RULES["true_div"](writer, equation, a, b)
    return pointwise(writer, equation, kernels.integer_div, [a, b])


RULES["true_div"] = elementwise("{0} / {1}")


@rule("rem")
def rem(writer, equation, a, b):
    return pointwise(writer, equation, np.fmod if a.dtype.kind == "f" else kernels.integer_rem, [a, b])


@rule("pow")
def power(writer, equation, x, y):
    if x.dtype.kind != "f":
        raise Unknown("pow of integers")
    if y.dtype.kind != "f":
        y = writer.set(f"{y.name}.astype({writer.bind(x.dtype)})", [y], equation.invars[1].aval, y.shape)
    return elementwise("np.power({0}, {1})")(writer, equation, x, y)


@rule("one_minus_square")  # of newer versions of JAX, in the derivative of tanh
def one_minus_square(writer, equation, x):
    return elementwise("{one} - {0} * {0}")(writer, equation, x)


@rule("integer_pow")
def integer_pow(writer, equation, x):
    y = equation.params["y"]
    product = " * ".join(["{0}"] * abs(y))
    if x.dtype.kind != "f" and y < 0:
        raise Unknown("negative power of integers")
    if y == 0 or abs(y) > 4:
        return elementwise(f"np.power({{0}}, {writer.bind(x.dtype.type(y))})")(writer, equation, x)
    return elementwise(product if y > 0 else f"{{one}} / ({product})")(writer, equation, x)


@rule("shift_left", "shift_right_logical", "shift_right_arithmetic")
def shift(writer, equation, x, by):
    kind = "i" if equation.primitive.name == "shift_right_arithmetic" else "u"
    if x.dtype.kind != kind:  # numpy keeps the sign of a signed number, and no other
        raise Unknown(f"shift of {x.dtype}")
    sign = "<<" if equation.primitive.name == "shift_left" else ">>"
    return one(writer, equation, f"{x.name} {sign} {by.name}", [x, by], np.broadcast_shapes(x.shape, by.shape))


@rule("round")
def nearest(writer, equation, x):
    to_even = int(equation.params["rounding_method"]) == 1
    return elementwise("np.rint({0})" if to_even else f"{writer.bind(kernels.round_away)}({{0}})")(writer, equation, x)


@rule("select_n")
def select(writer, equation, which, *cases):
    if which.dtype != bool or len(cases) != 2:
        raise Unknown("select of many")
    no, yes = cases
    if which.shape != result_shape(equation) or writer.elements(which.shape) < MANY or no.dtype == bool:
        return elementwise("np.where({0}, {2}, {1})")(writer, equation, which, no, yes)
    if writer.is_zero(no):
        return pointwise(writer, equation, kernels.keep, [which, yes])
    if writer.is_zero(yes):
        return pointwise(writer, equation, kernels.drop, [which, no])
    return pointwise(writer, equation, kernels.choose, [which, no, yes])


MANY = 1000
"""Elements from which on a choice by masks of bits is quicker than `np.where`."""


@rule("convert_element_type")
def convert(writer, equation, x):
    to = np.dtype(equation.params["new_dtype"])
    if to == x.dtype:
        return [x]
    name = writer.bind(to)
    if x.dtype.kind == "f" and to.kind in "iu":
        return one(writer, equation, f"{writer.bind(kernels.to_integer)}({x.name}, {name})", [x], x.shape)
    return one(writer, equation, f"{x.name}.astype({name})", [x], x.shape)


@rule("bitcast_convert_type")
def bitcast(writer, equation, x):
    to = np.dtype(equation.params["new_dtype"])
    if to.itemsize < x.dtype.itemsize:
        made = one(writer, equation, f"{writer.bind(kernels.parts)}({writer.whole(x)}, {writer.bind(to)})", [x])
        if not x.shape and x.dtype.itemsize == 8 and to == np.uint32:
            writer.words[made[0].name] = x.name
        return made
    if to.itemsize > x.dtype.itemsize:
        raise Unknown("bitcast to a larger size")
    return one(writer, equation, f"{x.name}.view({writer.bind(to)})", [x], x.shape)


@rule("copy", "copy_p", "name", "stop_gradient", "optimization_barrier")
def same(writer, equation, *operands):
    return list(operands)


@rule("reduce_precision")
def precision(writer, equation, x):
    info = np.finfo(x.dtype)
    if equation.params["exponent_bits"] < info.nexp or equation.params["mantissa_bits"] < info.nmant:
        raise Unknown("reduced precision")
    return [x]


# -- shapes --------------------------------------------------------------------------------------
def result_shape(equation):
    return tuple(equation.outvars[0].aval.shape)


@rule("broadcast_in_dim")
def broadcast(writer, equation, x, *dynamic):
    if dynamic:
        raise Unknown("dynamic shape")
    full, dims = result_shape(equation), equation.params["broadcast_dimensions"]
    padded = (1,) * (len(x.full) - len(x.shape)) + x.shape  # numpy aligns shapes at their ends
    shape = [1] * len(full)
    for at, length in zip(dims, padded):
        shape[at] = length
    trimmed = tuple(shape)
    while len(trimmed) > 0 and trimmed[0] == 1 and trimmed != x.shape:
        trimmed = trimmed[1:]
    if trimmed == x.shape:
        return [type(x)(x.name, x.shape, full, x.dtype, x.constant)]
    return one(writer, equation, f"{x.name}.reshape({writer.shape(tuple(shape))})", [x], tuple(shape))


@rule("reshape", "squeeze", "expand_dims")
def reshape(writer, equation, x):
    if equation.params.get("dimensions") is not None and equation.primitive.name == "reshape":
        raise Unknown("reshape in another order")
    name = writer.whole(x)
    shape = result_shape(equation)
    if shape == x.full:
        return [x]
    return one(writer, equation, f"{name}.reshape({writer.shape(shape)})", [x])


@rule("transpose")
def transpose(writer, equation, x):
    return one(writer, equation, f"{writer.whole(x)}.transpose({tuple(equation.params['permutation'])})", [x])


@rule("rev")
def rev(writer, equation, x):
    index = tuple(
        slice(None, None, -1) if i in equation.params["dimensions"] else slice(None) for i in range(len(x.full))
    )
    return one(writer, equation, f"{writer.whole(x)}[{writer.bind(index)}]", [x])


@rule("slice")
def cut(writer, equation, x):
    p = equation.params
    strides = p["strides"] or (1,) * len(x.full)
    index = tuple(slice(a, b, s) for a, b, s in zip(p["start_indices"], p["limit_indices"], strides))
    return one(writer, equation, f"{writer.whole(x)}[{writer.bind(index)}]", [x])


@rule("split")
def split(writer, equation, x):
    axis, at, found = equation.params["axis"], 0, []
    name = writer.whole(x)
    for size, var in zip(equation.params["sizes"], equation.outvars):
        index = (slice(None),) * axis + (slice(at, at + size),)
        found.append(writer.set(f"{name}[{writer.bind(index)}]", [x], var.aval))
        at += size
    return found


@rule("concatenate")
def concatenate(writer, equation, *parts):
    names = ", ".join([writer.whole(p) for p in parts])
    return one(writer, equation, f"np.concatenate(({names},), {equation.params['dimension']})", parts)


@rule("stack")
def stack(writer, equation, *parts):
    axis, shape = equation.params["axis"], result_shape(equation)
    if len(shape) == 1:
        call = f"np.array(({', '.join([p.name for p in parts])},), {writer.bind(parts[0].dtype)})"
    else:
        index = (slice(None),) * axis + (None,)
        names = ", ".join([f"{writer.whole(p)}[{writer.bind(index)}]" for p in parts])
        call = f"np.concatenate(({names},), {axis})"
    return one(writer, equation, call, parts)


@rule("unstack")
def unstack(writer, equation, x):
    axis, name = equation.params["axis"], writer.whole(x)
    index = (slice(None),) * axis
    return [writer.set(f"{name}[{writer.bind((*index, i))}]", [x], var.aval) for i, var in enumerate(equation.outvars)]


@rule("tile")
def tile(writer, equation, x):
    return one(writer, equation, f"np.tile({writer.whole(x)}, {tuple(equation.params['reps'])})", [x])


@rule("pad")
def pad(writer, equation, x, value):
    to, source = [], []
    shape = result_shape(equation)
    for (low, _, inner), n, m in zip(equation.params["padding_config"], x.full, shape):
        step = inner + 1
        first = max(0, -(low // step)) if low < 0 else 0
        last = min(n - 1, (m - 1 - low) // step)
        if last < first:
            raise Unknown("padding that cuts everything off")
        source.append(slice(first, last + 1))
        to.append(slice(low + first * step, low + last * step + 1, step))
    whole_source = all(s.start == 0 and s.stop == n for s, n in zip(source, x.full))
    given = x.name if whole_source else f"{writer.whole(x)}[{writer.bind(tuple(source))}]"
    call = (
        f"{writer.bind(kernels.pad)}({given}, {value.name}, {shape}, {writer.bind(tuple(to))}, {writer.bind(x.dtype)})"
    )
    return one(writer, equation, call, [x, value])


@rule("iota")
def iota(writer, equation, *dynamic):
    if dynamic:
        raise Unknown("dynamic shape")
    p = equation.params
    shape = [1] * len(p["shape"])
    shape[p["dimension"]] = p["shape"][p["dimension"]]
    made = writer.value(np.arange(p["shape"][p["dimension"]]).astype(p["dtype"]).reshape(shape))
    made.full = tuple(p["shape"])
    return [made]


# -- reductions and scans ------------------------------------------------------------------
REDUCE = {"reduce_sum": "add", "reduce_prod": "multiply", "reduce_max": "maximum", "reduce_min": "minimum",
          "reduce_and": "logical_and", "reduce_or": "logical_or"}  # fmt: skip


@rule(*REDUCE)
def reduce(writer, equation, x):
    name = REDUCE[equation.primitive.name]
    if name.startswith("logical") and x.dtype != bool:
        raise Unknown("bitwise reduction")
    axes = tuple(equation.params["axes"])
    if not axes:
        return [x]
    if all(x.full[a] == 1 for a in axes):
        only = tuple([0 if d in axes else slice(None) for d in range(len(x.full))])
        return one(writer, equation, f"{writer.whole(x)}[{writer.bind(only)}]", [x])
    kind = f", dtype={writer.bind(x.dtype)}" if name in ("add", "multiply") and x.dtype.kind != "f" else ""
    # Not a single axis as a tuple: numpy has a quicker way for an integer.
    where = axes[0] if len(axes) == 1 else "None" if len(axes) == len(x.full) else axes
    return one(writer, equation, f"np.{name}.reduce({writer.whole(x)}, {where}{kind})", [x])


@rule("argmax", "argmin")
def arg(writer, equation, x):
    (axis,) = equation.params["axes"]
    index = np.dtype(equation.params["index_dtype"])
    converted = "" if index == np.intp else f".astype({writer.bind(index)})"
    return one(writer, equation, f"{writer.whole(x)}.{equation.primitive.name}({axis}){converted}", [x])


CUMULATE = {"cumsum": "add", "cumprod": "multiply", "cummax": "maximum", "cummin": "minimum"}


@rule(*CUMULATE)
def cumulate(writer, equation, x):
    axis = equation.params["axis"]
    flip = f"[{writer.bind((slice(None),) * axis + (slice(None, None, -1),))}]" if equation.params["reverse"] else ""
    kind = writer.bind(x.dtype)
    ufunc = f"np.{CUMULATE[equation.primitive.name]}"
    return one(writer, equation, f"{ufunc}.accumulate({writer.whole(x)}{flip}, {axis}, {kind}){flip}", [x])


@rule("sort")
def sort(writer, equation, *operands):
    p = equation.params
    if p["num_keys"] != 1:
        raise Unknown("sort by several keys")
    names = [writer.whole(o) for o in operands]
    if len(names) == 1:
        return one(writer, equation, f"np.sort({names[0]}, {p['dimension']}, 'stable')", operands)
    order = writer.line(f"np.argsort({names[0]}, {p['dimension']}, 'stable')", [names[0]])
    return [
        type(o)(writer.line(f"np.take_along_axis({o.name}, {order}, {p['dimension']})", [o.name, order]), o.full, o.full, o.dtype)
        for o in operands
    ]  # fmt: skip


# -- products ---------------------------------------------------------------------------------------
@rule("dot_general")
def dot(writer, equation, a, b):
    (left, right), (left_batch, right_batch) = equation.params["dimension_numbers"]
    out = equation.outvars[0].aval
    a, b = (as_dtype(writer, v, out.dtype) for v in (a, b))
    if left_batch or len(left) != 1 or len(a.full) > 2 or len(b.full) > 2:
        return [general_dot(writer, out, a, b, left, right, left_batch, right_batch)]
    names = [writer.whole(a) + (".T" if len(a.full) == 2 and left[0] == 0 else ""),
             writer.whole(b) + (".T" if len(b.full) == 2 and right[0] == 1 else "")]  # fmt: skip
    count_products(writer, out, a, left)
    made = writer.set(product(names, out), [a, b], out)
    if len(out.shape) == 2 and left == right == (0,) and out.dtype.kind == "f" and is_worth(a.full[0], *out.shape):
        writer.products[made.name] = a.name, b.name
    return [made]


def product(names, out):
    """Of two arrays of two dimensions at most. For small ones the method takes half the time of the operator."""
    return f"{names[0]}.dot({names[1]})" if out.dtype.kind == "f" else f"{names[0]} @ {names[1]}"


def count_products(writer, out, a, summed):
    """A matrix product multiplies two pairs in the time of an addition."""
    pairs = np.prod(out.shape, dtype=np.int64) * np.prod([a.full[d] for d in summed], dtype=np.int64)
    writer.work += int(pairs) // 2


def as_dtype(writer, value, dtype):
    if value.dtype == dtype:
        return value
    return type(value)(
        writer.line(f"{value.name}.astype({writer.bind(dtype)})", [value.name]), value.shape, value.full, dtype
    )


def general_dot(writer, out, a, b, left, right, left_batch, right_batch):
    """Batch first, then what is free, then what is summed over: a matrix product of three dimensions."""
    left_free = [d for d in range(len(a.full)) if d not in (*left, *left_batch)]
    right_free = [d for d in range(len(b.full)) if d not in (*right, *right_batch)]
    size = lambda v, dims: int(np.prod([v.full[d] for d in dims], dtype=np.int64))  # noqa: E731
    one_side = arranged(
        writer, a, (*left_batch, *left_free, *left), (size(a, left_batch), size(a, left_free), size(a, left))
    )
    other = arranged(
        writer, b, (*right_batch, *right, *right_free), (size(b, right_batch), size(b, right), size(b, right_free))
    )
    if not left and len(left_batch) == 0:  # an outer product
        code = f"({one_side}.reshape(-1, 1) * {other}.reshape(1, -1))"
    else:
        count_products(writer, out, a, left)
        one_batch = size(a, left_batch) == 1
        code = f"({product((one_side, other), out) if one_batch else f'{one_side} @ {other}'})"
    return writer.set(f"{code}.reshape({tuple(out.shape)})", [a, b], out)


def arranged(writer, value, order, shape):
    moved = "" if tuple(order) == tuple(range(len(order))) else f".transpose({tuple(order)})"
    if shape[0] == 1:  # numpy's plain matrix product is quicker than that of a batch of one
        shape = shape[1:]
    reshaped = "" if shape == value.full and not moved else f".reshape({shape})"
    return f"{writer.whole(value)}{moved}{reshaped}"


# -- by index -------------------------------------------------------------------------------------------
@rule("dynamic_slice")
def dynamic_slice(writer, equation, x, *starts):
    sizes = tuple(equation.params["slice_sizes"])
    if len(starts) != len(sizes):
        raise Unknown("dynamic sizes")
    cut = [d for d, size in enumerate(sizes) if size < x.full[d]]  # in the others it must begin with 0
    if len(cut) == 1:
        (d,) = cut
        call = f"{writer.bind(kernels.slice_along)}({writer.whole(x)}, {starts[d].name}, {d}, {sizes[d]})"
        return one(writer, equation, call, [x, starts[d]])
    names = "".join(s.name + ", " for s in starts)
    return one(
        writer, equation, f"{writer.bind(kernels.dynamic_slice)}({writer.whole(x)}, ({names}), {sizes})", [x, *starts]
    )


@rule("dynamic_update_slice")
def dynamic_update_slice(writer, equation, x, update, *starts):
    names = "".join(s.name + ", " for s in starts)
    call = f"{writer.bind(kernels.dynamic_update_slice)}({writer.whole(x)}, {writer.whole(update)}, ({names}))"
    return one(writer, equation, call, [x, update, *starts])


@rule("gather")
def gather(writer, equation, x, starts):
    p = equation.params
    kernel = kernels.Gather(p["dimension_numbers"], tuple(p["slice_sizes"]), x.full, starts.full, mode(p["mode"]),
                            p["fill_value"], x.dtype)  # fmt: skip
    return one(writer, equation, f"{writer.bind(kernel)}({writer.whole(x)}, {writer.whole(starts)})", [x, starts])


@rule("scatter", "scatter-add", "scatter_add", "scatter_mul", "scatter-mul", "scatter_min", "scatter-min", "scatter_max",
      "scatter-max")  # fmt: skip
def scatter(writer, equation, x, starts, updates):
    p = equation.params
    how = equation.primitive.name.replace("-", "_").removeprefix("scatter").removeprefix("_")
    kernel = kernels.Scatter(p["dimension_numbers"], x.full, starts.full, updates.full, mode(p["mode"]), how)
    where = starts.name if kernel.row is not None else writer.whole(starts)
    writer.work += (60 if how else 20) * int(np.prod(updates.full, dtype=np.int64))  # what an element costs, beside the copy
    if writer.is_zero(x):
        made = f"np.zeros({x.full}, {writer.bind(x.dtype)})"
        return one(writer, equation, f"{writer.bind(kernel)}.into({made}, {where}, {writer.whole(updates)})", [starts, updates])
    call = f"{writer.bind(kernel)}({writer.whole(x)}, {where}, {writer.whole(updates)})"
    return one(writer, equation, call, [x, starts, updates])


def mode(given):
    return str(given).rsplit(".", 1)[-1].lower()
