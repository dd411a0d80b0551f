"""How an op is defined: `Op`, the family decorators, and the registry. The only machinery a contributor reads.

An op is a pure function of arrays, written once under a family decorator; every form of it (function, method,
in-place, operator, `out=`, stub, documentation, tests) is derived. The signature is the row of the table:

* an unannotated parameter is a tensor (a Python number or None may stand there too);
* `name: Tensors` is a sequence of tensors;
* `name: Scalar` is a Python number that may change from call to call without recompiling: the body sees a
  Python number, or a 0-dim array once a second value was seen, so it must not branch on it;
* any other annotation (`int`, `bool`, `str`, `Dims`, `Size`, `Dtype`, `Number`) is static: the body sees a
  hashable Python value, and another value is another program.

Bodies run under 64-bit JAX types with operands already promoted. A body raises at the user's line for what
shapes, dtypes and static arguments can tell; what only values can tell goes into `faults`.
"""

import inspect

import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.runtime import dtype as dt


class Scalar:
    """Annotation: a Python number, an input of the program once it has changed."""


class Number:
    """Annotation: a Python number that is part of the program (an exponent, a norm's order)."""


class Tensors:
    """Annotation: a sequence of tensors."""


class Dims:
    """Annotation: one dimension, several, or None."""


class Size:
    """Annotation: a shape."""


class Dtype:
    """Annotation: an eagerjax dtype or None; `d.np` is what jnp takes."""


TENSOR, TENSORS, SCALAR, STATIC = range(4)
_KIND = {Tensors: TENSORS, Scalar: SCALAR}


class Placeholder:
    """Where a tensor (or a generalised scalar) stands in a call's template."""

    __slots__ = ("what",)

    def __init__(self, what):
        self.what = what

    def __repr__(self):
        return f"<{self.what}>"


HERE = Placeholder("tensor")
FLOAT, INT, COMPLEX, BOOL = (Placeholder(w) for w in ("float", "int", "complex", "bool"))
_LISTS: dict[int, Placeholder] = {}


def list_of(n):
    """The placeholder of a sequence of n tensors."""
    found = _LISTS.get(n)
    if found is None:
        found = _LISTS[n] = Placeholder(n)
    return found


class Constant(tuple):
    """A Python number in a template: its type and exact value, so that 1, 1.0, True and -0.0, 0.0 all differ."""

    __slots__ = ()

    def __new__(cls, value):
        return tuple.__new__(cls, (type(value), repr(value) if value == 0 or value != value else value))

    @property
    def value(self):
        kind, exact = self
        if type(exact) is not str:
            return exact
        return False if kind is bool else kind(exact)


REGISTRY: dict[str, "Op"] = {}


class Op:
    """One op: its body, and what the engine must know of it. Made by the family decorators below."""

    def __init__(self, fn, *, name=None, promote=None, upcast=False, homes="torch Tensor", aliases=(), inplace=False,
                 operator=None, returns=None, faults=None, saves=None, varargs=None, reroute=None, random=False,
                 exact=False, host=False, differentiable=True, promoted=None, numbers="other", out="",
                 pointwise=False, sizeless=None, rounds=True, rounded=(), spoils=None, old=(), prompt=False):  # fmt: skip
        self.fn = fn
        self.name = name or fn.__name__
        self.promote = promote  # None | "common" | "float" | a function of (template, dtypes) to one of the latter two
        self.promoted = promoted  # names of the parameters that take part in promotion; None: all tensors
        self.numbers = numbers  # Python numbers for tensors: "none", "other" (not first), "either" (not both), "any"
        # what `out=` must be, any of: "exact" of the result's very dtype, "apart" from all operands; or "dtype": it decides
        self.out = out
        self.rounds = rounds  # in half precision a number is rounded to it before it meets a tensor
        self.rounded = rounded  # names of parameters that it rounds likewise, though they are no operands
        self.old = old  # names of numbers that PyTorch's deprecated overloads have before the tensors they scale: x.add(2, y)
        self.pointwise = pointwise  # each element of the result comes from the elements at its place
        # is it the same for all sizes, but those of 1 and 0? The body must neither count elements nor choose by sizes
        self.sizeless = pointwise if sizeless is None else sizeless
        # what keeps the in-place form's gradient from being found: (the other arguments) -> why not, or None
        self.spoils = spoils
        self.upcast = upcast  # compute half precision in float32, as PyTorch's kernels do
        self.homes = tuple(homes.split())
        self.aliases = tuple(aliases)
        self.inplace = inplace
        self.operator = operator
        self.returns = returns
        self.faults = faults
        self.prompt = prompt  # its faults are raised at its line, for programs that catch them: what is pending runs
        self.saves = saves  # what backward keeps, for version checks: None derives it; else names as in ops/saves.py
        self.varargs = varargs
        self.reroute = reroute
        self.random = random
        self.exact = exact  # a random op that draws the same numbers to the last bit wherever it runs
        self.host = host  # the result's shape depends on values: runs on concrete arrays
        self.differentiable = differentiable
        self.lowerings = {}
        self.images = None  # (how many axes of space, or None for any; body for (N, *space, C)): see on_images
        self.convolution = False
        self.pulled = None  # body for calls that a compiled program goes backward through: see on_pull
        self.heads = {}  # common templates -> an object that stands for (op, template) in keys: cheap to hash
        self.autocast = None  # {type of device: policy} for those that autocast converts the operands of: amp/lists.py
        self.allows = None  # what Python refuses of numbers, for calls that run none: see `limits`
        self.view = False  # reads a part of its operand: see ops/view.py
        self.writes = False  # writes to that part instead
        self.doc = inspect.getdoc(fn) or ""
        # What `inspect.signature` says of a plain function, read from where that has it: 500 ops are made in each import.
        code, annotations, skipped = fn.__code__, fn.__annotations__, int(random)
        self.positional = code.co_argcount - skipped
        self.names = code.co_varnames[skipped : code.co_argcount + code.co_kwonlyargcount]
        self.kinds = tuple([_KIND.get(annotations[n], STATIC) if n in annotations else TENSOR for n in self.names])
        self.whole = {n: annotations[n] for n in self.names if annotations.get(n) in (int, Dims, Size)}  # no bool is one
        last = self.names[: self.positional][-len(fn.__defaults__) :] if fn.__defaults__ else ()
        self.defaults = {**dict(zip(last, fn.__defaults__ or ())), **(fn.__kwdefaults__ or {})}

    @property
    def parameters(self):
        """The `inspect.Parameter`s, without a random op's key."""
        return [*inspect.signature(self.fn).parameters.values()][int(self.random) :]

    def __repr__(self):
        return f"<op {self.name}>"

    def on(self, platform):
        """Decorator: another body for one backend ("cpu", "gpu", "tpu") with the same meaning."""

        def register(fn):
            self.lowerings[platform] = fn
            return fn

        return register

    def on_images(self, space=None):
        """Decorator: another body with the same meaning for images (N, *space, C) with `space` axes (None: any number).

        A pass that keeps images channels-last between ops uses it.
        """

        def register(fn):
            self.images = space, fn
            return fn

        return register

    def limits(self, allows):
        """Decorator: `allows(shape of the first operand or None, **arguments besides tensors)`: may it be given these numbers?

        What calls it in Python has looked; a compiled function that takes one of them as an input has not.
        """
        self.allows = allows
        return allows

    def on_pull(self, fn):
        """Decorator: another body with the same meaning, for calls that a program compiled for a CPU goes backward through.

        Its gradient may be a rule of its own (jax.custom_vjp): forward-mode derivatives and masked programs see the plain body.
        """
        self.pulled = fn
        return fn

    def body(self, platform):
        return self.lowerings.get(platform, self.fn)

    def head(self, template):
        """What stands for this op and template in the keys of the tree of traces."""
        return self.heads.get(template) or (self, template)

    # -- promotion ---------------------------------------------------------------
    def common_dtype(self, template, dtypes, ndims):
        """The dtype in which operands meet, or None where the op does not promote."""
        if self.promote is None:
            return None
        entries, at = [], 0
        for name, kind, entry in zip(self.names, self.kinds, template):
            takes_part = self.promoted is None or name in self.promoted
            count = entry.what if isinstance(entry, Placeholder) and isinstance(entry.what, int) else int(entry is HERE)
            if takes_part:
                entries += [(dtypes[i], 0 if ndims[i] else 1) for i in range(at, at + count)]
                if kind == TENSOR and count == 0 and entry is not None:
                    entries.append((_number_dtype(entry), 2))
            at += count
        common = dt.result_type(entries)
        promote = self.promote(template, dtypes) if callable(self.promote) else self.promote
        if promote == "float" and common is not None and common.category < dt.FLOATING:
            common = dt.get_default_dtype()
        return common

    def build(self, template, dtypes, ndims, platform="cpu", body=None):
        """The pure function of this call: (arrays, scalars, key) -> array or tuple of arrays.

        `template` holds the arguments in order, tensors and generalised scalars as placeholders; `dtypes` and
        `ndims` describe the tensors. Promotion and half-precision arithmetic are part of the function.
        """
        common = self.common_dtype(template, dtypes, ndims)
        compute = dt.float32 if self.upcast and common in (dt.float16, dt.bfloat16) else common
        body = body or self.body(platform)
        plan = [self._reader(n, k, e, compute, common) for n, k, e in zip(self.names, self.kinds, template)]
        n_positional = self.positional
        keyword_names = self.names[n_positional:]
        scalar_np = _scalar_dtype(compute, dtypes)

        def read_all(arrays, scalars, key):
            arrays, scalars = iter(arrays), iter(scalars)
            values = [read(arrays, scalars, scalar_np) for read in plan]
            if key is not None:
                values.insert(0, key)
            split = n_positional + (key is not None)
            return values[:split], dict(zip(keyword_names, values[split:]))

        def call(arrays, scalars=(), key=None):
            positional, keywords = read_all(arrays, scalars, key)
            return _narrow(body(*positional, **keywords), compute, common)

        def faults(arrays, scalars=()):
            positional, keywords = read_all(arrays, scalars, None)
            return self.faults(*positional, **keywords)

        call.faults = faults if self.faults is not None else None
        return call

    def _reader(self, name, kind, entry, compute, common):
        takes_part = compute is not None and (self.promoted is None or name in self.promoted)
        cast = compute.np if takes_part and kind in (TENSOR, TENSORS) else None
        if compute is not common and (cast is not None or name in self.rounded):
            rounded = self._rounded(entry, compute.np, common.np)
            if rounded is not None:
                return rounded
        if entry is HERE:
            return lambda arrays, scalars, _: _cast(next(arrays), cast)
        if isinstance(entry, Placeholder) and isinstance(entry.what, int):
            return lambda arrays, scalars, _: tuple(_cast(next(arrays), cast) for _ in range(entry.what))
        if isinstance(entry, Placeholder):
            if cast is not None:
                return lambda arrays, scalars, _: next(scalars).astype(cast)
            return lambda arrays, scalars, np_type: _fit(next(scalars), np_type)
        if isinstance(entry, Constant):
            value = entry.value
            if cast is not None:
                return lambda arrays, scalars, _: wrap_number(value, cast)
            return lambda arrays, scalars, _: value
        return lambda arrays, scalars, _: entry

    def _rounded(self, entry, cast, half):
        """The reader of an operand that half precision rounds before float32 is computed with; None where that is the same."""
        if entry is HERE:
            return lambda arrays, scalars, _: _through(next(arrays), cast, half, self.rounds)
        if not self.rounds:
            return None
        if isinstance(entry, Constant) and isinstance(entry.value, (int, float)):
            with np.errstate(over="ignore"):  # beyond half precision is infinity
                value = np.asarray(entry.value, np.float32).astype(half).astype(cast)
            return lambda arrays, scalars, _: jnp.asarray(value)
        if entry in (FLOAT, INT, BOOL):
            return lambda arrays, scalars, _: _through(next(scalars), cast, half, True)
        return None


def _through(array, cast, half, numbers):
    """An array as float32, after rounding to half precision. (XLA would leave out a conversion there and back.)"""
    if array.dtype == half or not (array.ndim or numbers):
        return array.astype(cast)
    return _reduced(array.astype(cast), half)


def _reduced(array, half):
    kind = jnp.finfo(half)
    return lax.reduce_precision(array, kind.nexp, kind.nmant)


def wrap_number(value, np_type):
    """A Python number as a 0-dim array of a dtype; integers wrap around as PyTorch's do."""
    if jnp.issubdtype(np_type, jnp.integer) and isinstance(value, int):
        bits = jnp.iinfo(np_type).bits
        value &= (1 << bits) - 1
        if jnp.issubdtype(np_type, jnp.signedinteger) and value >> (bits - 1):
            value -= 1 << bits
    return jnp.asarray(value, np_type)


def _number_dtype(entry):
    if isinstance(entry, Constant):
        return dt.of_number(entry.value)
    return {FLOAT: dt.get_default_dtype(), INT: dt.int64, BOOL: dt.bool_}.get(entry) or dt.get_default_dtype().to_complex()


def _scalar_dtype(compute, dtypes):
    """The dtype of a generalised float scalar that is no operand (alpha, eps): that of the arithmetic."""
    if compute is None:
        floats = [d for d in dtypes if d.category >= dt.FLOATING]
        compute = floats[0] if floats else dt.float64
    if compute.category < dt.FLOATING:
        return dt.float64.np
    compute = compute.to_real()
    return dt.float32.np if compute.itemsize < 4 else compute.np


def _fit(scalar, np_type):
    return scalar.astype(np_type) if jnp.issubdtype(scalar.dtype, jnp.floating) else scalar


def _cast(array, np_type):
    return array if np_type is None or array.dtype == np_type else array.astype(np_type)


def _narrow(out, compute, common):
    if compute is common:
        return out
    if isinstance(out, (tuple, list)):
        return tuple(_narrow(o, compute, common) for o in out)
    return out.astype(common.np) if out.dtype == compute.np else out


# -- families ------------------------------------------------------------------------
def _register(made):
    if made.name in REGISTRY:
        raise ValueError(f"op {made.name!r} is defined twice")
    REGISTRY[made.name] = made
    return made


def family(**given):
    """A decorator whose keywords default to `given`; usable bare (`@op`) or with keywords (`@op(...)`)."""

    def decorator(fn=None, /, **options):
        if fn is None:
            return lambda f: decorator(f, **options)
        return _register(Op(fn, **{**given, **options}))

    return decorator


op = family()
"""Nothing is derived but function and method: operands as they come."""

elementwise = family(promote="common", upcast=True, inplace=True, pointwise=True)
"""One tensor (and numbers) to one tensor of the same shape. `promote="float"`: integers become floats."""

binary = family(promote="common", upcast=True, inplace=True, pointwise=True)
"""Two tensors (or a tensor and a number), broadcast. `operator="add"` adds `+`, reflected `+` and `+=`."""

reduction = family(upcast=True)
"""Over `dim: Dims = None, keepdim: bool = False`."""

functional = family(homes="F", promote="common", upcast=True, numbers="none")
"""A function of torch.nn.functional."""

creation = family(homes="torch")
"""New tensors from sizes; `dtype`, `device`, `requires_grad` and `out` are seen to by the front."""

random = family(random=True)
"""The body's first parameter is `key`, uint32[2]; seeds, generators and offsets are seen to by the front."""


def rename(name, fn, doc, **options):
    """An op whose body is just another library's function of one array. One line per op."""

    def body(input):
        return fn(input)

    body.__doc__ = doc
    given = {"promote": "common", "upcast": True, "inplace": True, "pointwise": True, **options}
    return _register(Op(body, name=name, **given))


# -- helpers that bodies share -----------------------------------------------------------
def dimension(dim, ndim, what="Dimension"):
    """`dim` counted from the front. Raises IndexError outside [-ndim, ndim - 1]; a 0-dim tensor counts as 1."""
    n = max(ndim, 1)
    if dim is True or dim is False or type(dim) is float:
        raise TypeError(f"argument 'dim' must be int, not {type(dim).__name__}")
    if not -n <= dim < n:
        raise IndexError(f"{what} out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim % n


def dimensions(dims, ndim):
    """A tuple of distinct axes of an array with `ndim` dimensions; None or () means all of them."""
    if dims is None or (isinstance(dims, (tuple, list)) and len(dims) == 0):
        return tuple(range(ndim))
    if isinstance(dims, int):
        dims = (dims,)
    out = tuple(dimension(d, ndim) for d in dims)
    for i, d in enumerate(out):
        if d in out[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return out if ndim else ()


def is_tensor(value):
    """Is this an eagerjax tensor? (Ops know nothing of the class.)"""
    return getattr(type(value), "is_eagerjax_tensor", False)
