"""Every form of every op, derived from the registry: functions, methods, in-place forms, operators, `out=`."""

import functools
import inspect
import warnings

import numpy as np

from eagerjax import alias, overloads
from eagerjax.dispatch import apply, look
from eagerjax.lower.recorder import again
from eagerjax.namespace import HOMES, METHODS, part_functionals, publish, renamed
from eagerjax.ops import define
from eagerjax.record.trace import state
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, shared_dims

_new = object.__new__


def install():
    """Publish all forms; called once, when the package is imported."""
    for op in define.REGISTRY.values():
        if op.homes or op.aliases:
            publish_op(op)
    read_dtypes()
    part_functionals()
    for name, function in METHODS.items():
        setattr(Tensor, name, function)


def read_dtypes():
    """Let every form with an argument named dtype, by keyword, take Python's number types for it, as ops do."""
    done = {}
    for space in (METHODS, *map(vars, HOMES.values())):
        for name, function in space.items():
            if function not in done and "dtype" in getattr(getattr(function, "__code__", None), "co_varnames", ()):
                named = inspect.signature(function).parameters.get("dtype")
                by_position = named is None or (named.kind is not named.KEYWORD_ONLY and named.default is named.empty)
                done[function] = function if by_position else reads_dtype(function)
            space[name] = done.get(function, function)


def reads_dtype(form):
    @functools.wraps(form)
    def function(*args, **kwargs):
        given = kwargs.get("dtype")
        if given is not None and given.__class__ is not dt.dtype:
            kwargs["dtype"] = dt.of_argument(given, form.__name__)
        return form(*args, **kwargs)

    return function


def publish_op(op):
    function = public_function(op)
    names = (op.name, *op.aliases)
    for name in names:
        publish(name, renamed(function, name), op.homes)
    if op.inplace:
        written = inplace_form(op, function)
        homes = [h for h in op.homes if h != "F"] or ["Tensor"]
        for name in names:
            if "." not in name:
                publish(name + "_", renamed(written, name + "_"), homes)
    if op.operator is not None:
        publish_operators(op, function)


def public_function(op):
    """The function that users call. Tensors alone on a known path take the short way of `fast`."""
    general = with_extras(op)
    leading = leading_heads(op)
    if op.random or op.host or op.returns or op.reroute or op.prompt or not leading:
        function = general
    else:
        function = fast(op, general, leading)
    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    function.__wrapped__ = op.fn
    function.op = op
    if op.random:
        function.__signature__ = inspect.Signature([*op.parameters, _GENERATOR])
    return function


_GENERATOR = inspect.Parameter("generator", inspect.Parameter.KEYWORD_ONLY, default=None)


def leading_heads(op):
    """{how many tensors: head}, for calls that give only leading tensors and leave the rest at its defaults."""
    found = {}
    for n in range(1, op.positional + 1):
        if any(k != define.TENSOR for k in op.kinds[:n]):
            break
        rest = op.names[n:]
        if all(name in op.defaults for name in rest):
            template = (define.HERE,) * n + tuple(
                define.Constant(v)
                if isinstance(v := op.defaults[name], (int, float)) and k in (define.TENSOR, define.SCALAR)
                else v
                for name, k in zip(rest, op.kinds[n:])
            )
            found[n] = op.heads.setdefault(template, define.Placeholder(f"{op.name}/{n}"))
    return found


def fast(op, general, heads):
    """The short way: every argument is a tensor of the open trace and the step is known. One look-up."""
    get_head = heads.get
    plain = {"inplace": False} if "inplace" in op.names else None  # as layers call it
    refuses = op.faults is not None

    def function(*args, **kwargs):
        if not kwargs or kwargs == plain:
            trace = state.trace
            try:
                refs = tuple([a._ref if a._trace is trace else alias.enter(trace, a) for a in args])
            except AttributeError:
                return general(*args, **kwargs)
            if trace is state.trace:
                key = (get_head(len(args)), trace.grad, *refs)
                node = trace.node.get(key)
                if node is None:
                    node = again(trace, key, refs)
                if node is not None and not node.several:
                    if refuses:
                        look(node, trace, args, len(trace.scalars))
                    trace.node = node
                    made = _new(Tensor)
                    made._trace = trace
                    made._ref = node.results[0]
                    made._array = made._source = made._stamp = None
                    trace.live.append(made)
                    if not trace.wanted:  # else another thread has run the trace meanwhile, perhaps without this step
                        return made
        return general(*args, **kwargs)

    return function


def with_extras(op):
    """The general way in: overloads, `out=`, `inplace=`."""
    looks_at = {"none": 2, "other": 1, "either": 2, "any": 0}[op.numbers] if op.kinds[:1] == (define.TENSOR,) else 0
    looks_at = min(looks_at, sum(k == define.TENSOR for k in op.kinds[:2]))
    in_place_at = op.names.index("inplace") if "inplace" in op.names else None

    def function(*args, out=None, **kwargs):
        if op.old and len(args) + len(kwargs) > op.positional:
            args, kwargs = overloads.in_new_order(op, args, kwargs)
        if op.reroute is not None and (other := op.reroute(args, kwargs)) is not None:
            name, args, kwargs = other
            return call_named(name, args, kwargs, out)
        if in_place_at is not None and (kwargs.get("inplace") or (len(args) > in_place_at and args[in_place_at])):
            kwargs = {**kwargs, "inplace": False}
            args = args[:in_place_at]
            return spoilt(op, write(args[0] if args else kwargs["input"], apply(op, *args, **kwargs)), args, kwargs)
        if looks_at and args and any(isinstance(a, _NUMBERS) for a in args[:looks_at]):
            check_numbers(op, args)
        if out is not None and "dtype" in op.out and isinstance(out, Tensor):
            kwargs = {**kwargs, "dtype": dtype_for(out, kwargs.get("dtype"))}
        result = apply(op, *args, **kwargs)
        if out is None:
            return result
        check_out(op, out, result, (*args, *kwargs.values()))
        return give(out, result)

    return function


def dtype_for(out, wanted):
    """The dtype of a result where `out=` decides on it. Raises RuntimeError where another one was asked for."""
    wanted = wanted or out.dtype
    if dt.given(wanted) is not out.dtype:
        raise wrong_out(dt.given(wanted), out)
    return wanted


def wrong_out(wanted, out):
    return RuntimeError(
        f"Expected out tensor to have dtype {dt.in_cpp(wanted)}, but got {dt.in_cpp(out.dtype)} instead")  # fmt: skip


_NUMBERS = (int, float, complex)


def check_numbers(op, args):
    """Raises the TypeError of a call that gives a number where PyTorch wants a tensor."""
    if op.numbers == "either" and any(isinstance(a, Tensor) for a in args[:2]):
        return
    i = next(i for i, a in enumerate(args) if isinstance(a, _NUMBERS))
    raise TypeError(
        f"{op.name}(): argument '{op.names[i]}' (position {i + 1}) must be Tensor, not {type(args[i]).__name__}"
    )


def call_named(name, args, kwargs, out):
    from eagerjax import namespace  # noqa: PLC0415

    found = name if callable(name) else getattr(namespace.torch, name, None) or namespace.METHODS[name]
    return found(*args, **kwargs) if out is None else found(*args, out=out, **kwargs)


def check_out(op, out, result, operands):
    """Raises RuntimeError where `out` may not be written to while the operands are read, or has a dtype it may not."""
    outs = (out,) if isinstance(out, Tensor) else out
    operands = [t for o in operands for t in (o if isinstance(o, (tuple, list)) else (o,))]
    for one, value in zip(outs, result if isinstance(result, tuple) else (result,)):
        if not isinstance(one, Tensor):
            continue  # `give` will say so
        if "exact" in op.out and one._ref.dtype is not value._ref.dtype and not becomes_real(op, operands):
            raise wrong_out(value.dtype, one)
        if op.pointwise and one._base is not None:
            check_overlap(one, operands)
        if "apart" in op.out and any(isinstance(o, Tensor) and same_memory(one, o) for o in operands):
            raise RuntimeError(PARTLY_SHARED)


def becomes_real(op, operands):
    """Are complex numbers given to an op that leaves real ones, which `out=` may hold in any dtype?"""
    return "real" in op.out and any(isinstance(o, Tensor) and o.dtype.is_complex for o in operands)


def same_memory(a, b):
    """Is an element of one an element of the other? (As far as PyTorch finds that out: of dense tensors.)"""
    if a is b or a._base is None or b._base is None or a._base.storage is not b._base.storage:
        return a is b
    return a.numel() and b.numel() and dense(a) and dense(b) and ranges_meet(a, b)


def ranges_meet(a, b):
    return a._offset < b._offset + b.numel() and b._offset < a._offset + a.numel()


def give(out, result):
    """Put the result where `out=` says. Raises RuntimeError where the dtype cannot hold it."""
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)):
            raise TypeError(f"argument 'out' must be tuple of Tensors, not {type(out).__name__}")
        for o, r in zip(out, result, strict=True):
            give(o, r)
        return type(result)(*out) if hasattr(result, "_fields") else tuple(out)
    if not isinstance(out, Tensor):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    if (out.requires_grad and state.trace.grad) or (result.requires_grad and state.trace.grad):
        raise RuntimeError(
            "functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if out.device != result.device:
        raise RuntimeError(f"Expected out tensor to have device {result.device}, but got {out.device} instead")
    if out._ref.shape != result._ref.shape:
        resize(out, result._ref.shape)
    check_each_place_once(out)
    alias.overwrite(out, converted(out, result))
    return out


def resize(out, shape):
    """Give `out` another shape. Warns, as PyTorch does, where it held something."""
    if out.numel():
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(out._ref.shape)}, which does not "
            f"match the required output shape {list(shape)}. This behavior is deprecated, and in a future PyTorch "
            "release outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
            "tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
            stacklevel=4,
        )
    from eagerjax.namespace import torch  # noqa: PLC0415
    from eagerjax.tensor import share  # noqa: PLC0415

    share(out, torch.empty(shape, dtype=out.dtype, device=out.device))


def write(target, value, overlap=False):
    """In-place: `value` becomes the content of `target`. Raises what PyTorch raises where it may not."""
    check_writable(target, value, overlap)
    if value._ref.shape != target._ref.shape:
        raise RuntimeError(
            f"output with shape {list(target._ref.shape)} doesn't match the broadcast shape {list(value._ref.shape)}"
        )
    value = converted(target, value)
    # A leaf's own value would make the target that leaf: it takes a copy, whose history leads to the leaf.
    alias.overwrite(target, apply("clone", value) if value._leaf is not None else value)
    return target


def converted(target, value):
    """`value` as the dtype of `target`. Raises RuntimeError for float to integer and the like."""
    to, of = target._ref.dtype, value._ref.dtype
    if to is of:
        return value
    if of.category > to.category:
        raise RuntimeError(f"result type {of.title} can't be cast to the desired output type {to.title}")
    return apply("_cast", value, to)


def check_writable(target, value=None, overlap=False):
    """Raises RuntimeError for what autograd or aliasing forbids to write to."""
    if state.trace.grad and (target.requires_grad or (value is not None and value.requires_grad)):
        if target._leaf is not None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if target._view:
            check_view_writable(target)
        elif isinstance(target._made, type):
            raise RuntimeError(MADE_BY_FUNCTION.format(target._made.__name__))
    elif target._view and state.trace.grad and any(t._leaf is not None and not t._view for t in target._base.tensors()):
        raise RuntimeError(VIEW_OF_LEAF)  # what it is a view of has become a leaf since
    if not overlap:
        check_each_place_once(target)


def check_each_place_once(target):
    """Raises RuntimeError for an expanded tensor, several of whose elements are one place in memory."""
    if shared_dims(target):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


def check_view_writable(target):
    if target._made == "no_grad":
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that "
            "this use case is ambiguous and error-prone, it is forbidden."
        )
    if target._made == "multi":
        raise RuntimeError(
            "Output 0 of a function is a view and is being modified inplace. This view is the output of a "
            "function that returns multiple views. Such functions do not allow the output views to be modified "
            "inplace. You should replace the inplace operation by an out-of-place one."
        )
    if target.requires_grad and alias.leaf_of(target._base) is not None:
        raise RuntimeError(VIEW_OF_LEAF)


VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
MADE_BY_FUNCTION = (
    "Output 0 of {} is a view and is being modified inplace. This view was created inside a custom Function (or "
    "because an input was returned as-is) and the autograd logic to handle view+inplace would override the custom backward "
    "associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by "
    "cloning the output of the custom Function."
)


APART = frozenset(("index_add", "index_copy", "index_reduce", "scatter", "scatter_add", "scatter_reduce", "put"))
"""What reads its operands while it writes: they may not share the memory."""


def inplace_form(op, function):
    """`x.op_(...)`: the function, written back."""

    def written(input, *args, **kwargs):
        check_writable(input)
        if input._base is not None:
            check_overlap(input, args)
            for other in args:
                if isinstance(other, Tensor) and other.requires_grad:
                    check_writable(input, other)
        if op.name in APART:
            check_apart(input, [v for v in (*args, *kwargs.values()) if isinstance(v, Tensor)])
        result = function(input, *args, **kwargs)
        if "exact" in op.out and result._ref.dtype is not input._ref.dtype:
            raise RuntimeError(f"the base given to {op.name}_ has dtype {input._ref.dtype.title} but the operation's result "
                               f"requires dtype {result._ref.dtype.title}")  # fmt: skip
        return spoilt(op, write(input, result), (input, *args), kwargs)

    written.__name__ = written.__qualname__ = op.name + "_"
    written.__doc__ = f"{op.name}(), in place of `input`.\n\n{op.doc}"
    written.__wrapped__ = op.fn
    return written


def spoilt(op, written, args, kwargs):
    """`written`, whose gradient is refused in backward where the op's in-place form has none for these numbers."""
    why = op.spoils(*args[1:], **{k: v for k, v in kwargs.items() if k != "input"}) if op.spoils is not None else None
    if why is not None and written.requires_grad and state.trace.grad:

        def refuse(grad):
            raise RuntimeError(why)

        written.register_hook(refuse)
    return written


PARTLY_SHARED = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def check_overlap(target, operands):
    """Raises RuntimeError where an operand shares a part, but not all, of the memory that is written to."""
    for other in operands:
        if isinstance(other, Tensor) and other is not target and other._base is not None:
            if other._base.storage is target._base.storage and partly_overlap(target, other):
                raise RuntimeError(PARTLY_SHARED)


def check_apart(target, operands):
    """Raises RuntimeError where an operand shares any of the memory that is written to."""
    for other in operands:
        shared = other is target or (other._base is not None and target._base is not None
                                     and other._base.storage is target._base.storage)  # fmt: skip
        if (
            shared
            and target.numel()
            and other.numel()
            and dense(target)
            and dense(other)
            and ranges_meet(target, other)
        ):
            raise RuntimeError(PARTLY_SHARED)


def partly_overlap(a, b):
    """PyTorch's test: both dense, their ranges meet, and they are not the same elements in the same order."""
    if not (a.numel() and b.numel() and dense(a) and dense(b)):
        return False
    same_range = a._offset == b._offset and a.numel() == b.numel()
    if same_range:
        return a.stride() != b.stride()
    return ranges_meet(a, b)


def dense(tensor):
    """Do the elements fill their range of the storage, each place once?"""
    expected = 1
    for stride, length in sorted(zip(tensor.stride(), tensor._ref.shape)):
        if length != 1:
            if stride != expected:
                return False
            expected *= length
    return True


_REFLECTED = {
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
}
_UNARY = {"neg", "pos", "invert", "abs"}
_OPERAND = (Tensor, int, float, complex)


def publish_operators(op, function):
    """Python's operators for an op: plain, reflected and in-place."""
    name = op.operator
    if name in _UNARY:
        METHODS[f"__{name}__"] = function
        return
    beside = operand if name == "eq" else left_to_numpy
    METHODS[f"__{name}__"] = binary_operator(function, leading_heads(op)[2], beside)
    if name in _REFLECTED:
        METHODS[f"__r{name}__"] = reflected(op)
        if name == "truediv":
            METHODS["__rdiv__"] = METHODS["__rtruediv__"] = number_by_tensor
        if op.inplace:
            METHODS[f"__i{name}__"] = functools.partialmethod(inplace_operator, function)


def binary_operator(function, head, beside):
    def operator(self, other):
        trace = state.trace
        try:
            if self._trace is trace and other._trace is trace:
                key = (head, trace.grad, self._ref, other._ref)
                node = trace.node.get(key)
                if node is None:
                    node = again(trace, key, key[2:])
                if node is not None:
                    trace.node = node
                    made = _new(Tensor)
                    made._trace = trace
                    made._ref = node.results[0]
                    made._array = made._source = made._stamp = None
                    trace.live.append(made)
                    if not trace.wanted:
                        return made
        except AttributeError:
            pass  # a number, or what is no operand
        if not isinstance(other, _OPERAND):
            other = beside(other)
            if other is NotImplemented:
                return other
        return function(self, other)

    return operator


def reflected(op):
    def operator(self, other):
        if not isinstance(self, Tensor):
            raise TypeError(f"descriptor '__r{op.operator}__' requires a Tensor, not a '{type(self).__name__}' object")
        other = operand(other)
        return other if other is NotImplemented else apply(op, other, self)

    return operator


def number_by_tensor(self, other):
    """`other / self` is `self.reciprocal() * other` in PyTorch, to the last bit."""
    other = operand(other)
    return other if other is NotImplemented else apply("mul", apply("reciprocal", self), other)


def inplace_operator(self, function, other):
    other = left_to_numpy(other)
    if other is NotImplemented:
        return other
    check_writable(self)
    if self._base is not None:
        check_overlap(self, (other,))
    return write(self, function(self, other))


def left_to_numpy(value):
    """`operand` of what stands to the right; numpy computes with its arrays itself, and gives a tensor."""
    return NotImplemented if isinstance(value, np.ndarray) else operand(value)


def operand(value):
    """What may stand beside an operator: tensors and numbers; numpy's arrays are converted."""
    if isinstance(value, _OPERAND):
        return value
    if hasattr(value, "__array__") and not isinstance(value, (list, tuple)):
        from eagerjax.namespace import torch  # noqa: PLC0415

        return value.item() if getattr(value, "ndim", 1) == 0 else torch.tensor(value)
    return NotImplemented
