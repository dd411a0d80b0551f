"""The one door: arguments are bound and unwrapped, the call is recorded, results are wrapped."""

import numpy as np

from eagerjax import alias, tensor as tensors
from eagerjax.lower import hosted, recorder, stepwise
from eagerjax.lower.flush import flush
from eagerjax.lower.prelude import forward_begins  # noqa: F401  (for modules, which know nothing of the layers below)
from eagerjax.lower.waiting import waits
from eagerjax.ops import define
from eagerjax.record.site import user_site
from eagerjax.record.trace import state
from eagerjax.record.trie import LEAF
from eagerjax.return_types import named
from eagerjax.runtime import compat, dtype as dt, random
from eagerjax.runtime.device import META
from eagerjax.runtime.errors import refuse_wrong
from eagerjax.runtime.interrupt import uninterrupted

RENAMED = {"axis": "dim", "keepdims": "keepdim", "x": "input", "x1": "input", "x2": "other", "a": "input"}
_NUMBERS = (int, float, complex, bool)
_new = object.__new__


def apply(op, *args, generator=None, **kwargs):
    """Record one op. Returns a tensor, or a (named) tuple of tensors. Raises what PyTorch raises, at this line."""
    if type(op) is str:
        op = define.REGISTRY[op]
    template, operands = bind(op, args, kwargs)
    if op.autocast is not None and state.autocast is not None:
        operands = state.autocast.cast(op, template, operands)
    if op.host:
        return on_host(op, template, operands)
    if not op.random:
        made = wrap(op, *record(op, template, operands))
        return looked_at(made) if op.prompt else made
    if operands and operands[0]._ref.device is META:
        return wrap(op, *record(op, template, operands, (0,)))
    if random.like_torch():
        return drawn(op, args, kwargs, generator)
    node, trace = record(op, template, operands, (random.next_word(generator),))
    if state.watch is not None:
        state.watch.words.append((len(trace.scalars) - 1, generator))
    return wrap(op, node, trace)


def looked_at(made):
    """`made`, computed, unless it is part of a compiled function. Raises what the values got wrong in it."""
    if state.watch is None and state.body is None and not state.engines:
        flush()
        tensors.raise_faults()
    return made


DRAWN = {}
"""For each random op a function of the same arguments, and a generator, that draws PyTorch's own numbers."""


def drawn(op, args, kwargs, generator):
    if op.name not in DRAWN:
        raise NotImplementedError(f'{op.name.strip("_")} can\'t draw PyTorch\'s own numbers: use '
                                  'eagerjax.set_rng("counter") for it')  # fmt: skip
    if state.body is not None and not state.body.effects:
        raise RuntimeError(f"{op.name.strip('_')} inside of a loop or branch that becomes part of a program can't draw PyTorch's "
                           'own numbers, which are made on the host: use eagerjax.set_rng("counter") there')  # fmt: skip
    return DRAWN[op.name](*args, generator=generator, **kwargs)


def update(rule, group, *operands, **static):
    """`apply` of an optimizer's update op. Under `jit=True` its numbers are noted as the group's, to be read anew."""
    before = len(state.trace.scalars)
    values = apply(rule.op, *operands, **static)
    if state.watch is not None:
        state.watch.updates.append((rule, group, before, len(state.trace.scalars)))
    return values


def boundary():
    """A step is a program: it runs now, and the device works while Python goes on. Under `jit=True` it waits.

    It also waits, once, for the step of another optimizer that goes backward through what this one has left: a generator's,
    after its discriminator's.
    """
    if state.watch is None and not waits(state.trace):
        flush()


def on_host(op, template, operands):
    """Run an op whose result's shape depends on values: its body gets concrete arrays."""
    arrays = [np.asarray(tensors.concrete_array(t)) for t in operands]
    function = op.build(template, [t._ref.dtype for t in operands], [t._ref.ndim for t in operands])
    with compat.x64():
        out = function(arrays)
    outs = [tensors.from_array(a) for a in (out if isinstance(out, (tuple, list)) else (out,))]
    if op.returns is not None:
        return named(op.name, op.returns)(*outs)
    return tuple(outs) if isinstance(out, (tuple, list)) else outs[0]


def apply_without_data(op, *args, **kwargs):
    """What `apply` gives on the meta device: nothing is computed, nor drawn from a generator."""
    flush()
    op = define.REGISTRY[op] if type(op) is str else op
    template, operands = bind(op, args, kwargs)
    with META:
        made = wrap(op, *record(op, template, operands, (0,) if op.random else ()))
    flush()
    return made


def record(op, template, operands, numbers=()):
    """The node of the call and the trace it was recorded in."""
    while True:
        refs = enter_all(operands)
        trace = state.trace
        taken = len(trace.scalars)
        node = recorder.call(trace, op, template, refs, numbers)
        if node is not None:
            if op.faults is not None:
                look(node, trace, operands, taken)
            trace.node = node
            if not trace.wanted:  # else another thread has run the trace meanwhile, without this step
                return node, trace
        flush()


def entered(trace, ref):
    """The array of an input of the trace, whose tensor may be an alias that holds none itself. None for a result."""
    return trace.leaves[ref.node.leaves - 1] if ref.node is not None and ref.node.kind is LEAF else None


def look(node, trace, operands, taken):
    """What a call that may refuse its values is asked as it is recorded; its numbers are the trace's from `taken` on."""
    if state.body is None:  # a branch may not be taken: only its run can tell
        check_values(node, trace, operands, taken)
    trace.sites[node] = user_site()


def check_values(node, trace, operands, taken):
    """Look at once whether concrete operands hold something that the op must refuse.

    Where they are inputs of the trace that happens on each run; else on a path's first, and later runs find it in the
    program itself, and raise when something is observed.
    """
    first = not node.runs
    if first:
        node.runs = 1
        node.check = hosted.early_faults(node)
    elif node.check is None:
        return
    arrays = [t._array if t._array is not None else entered(trace, ref) for t, ref in zip(operands, node.inputs)]
    try:
        if node.check is not None:
            node.check.refuse(arrays, trace.scalars[taken:])
        elif all(a is not None for a in arrays):
            with compat.x64():
                found = stepwise.faults(node, arrays, [np.asarray(s) for s in trace.scalars[taken:]])
            node.runs = 0  # until it is known that nothing is wrong: the next call looks again
            refuse_wrong(found)
            node.runs = 1
    except Exception:
        del trace.scalars[taken:]
        raise


def enter_all(operands):
    """The Refs of several tensors in the open trace."""
    enter = alias.enter
    while True:
        trace = state.trace
        refs = tuple([t._ref if t._trace is trace else enter(trace, t) for t in operands])
        if trace is state.trace:
            return refs  # else entering one ran the trace, and the others have to enter the new one


def wrap(op, node, trace):
    """Tensors for the results of a node."""
    outs = [pending(trace, ref) for ref in node.results]
    if not node.several:
        return outs[0]
    return tuple(outs) if op.returns is None else named(op.name, op.returns)(*outs)


def pending(trace, ref):
    """A new tensor whose value is the pending result `ref`."""
    made = _new(tensors.Tensor)
    made._trace = trace
    made._ref = ref
    made._array = made._source = made._stamp = None
    trace.live.append(made)
    return made


# -- arguments -------------------------------------------------------------------------
def bind(op, args, kwargs):
    """(template, operands): the arguments in the op's order, tensors replaced by placeholders."""
    if op.varargs is not None:
        args, kwargs = collect(op, args, kwargs)
    if len(args) > op.positional:
        raise TypeError(f"{op.name}() takes {op.positional} positional arguments but {len(args)} were given")
    template, operands = [], []
    if kwargs:
        kwargs = {RENAMED[k] if k not in op.names and RENAMED.get(k) in op.names else k: v for k, v in kwargs.items()}
    for i, (name, kind) in enumerate(zip(op.names, op.kinds)):
        if i < len(args):
            value = args[i]
            if kwargs and name in kwargs:
                raise TypeError(f"{op.name}() got multiple values for argument '{name}'")
        elif kwargs and name in kwargs:
            value = kwargs.pop(name)
        elif name in op.defaults:
            value = op.defaults[name]
        else:
            missing(op, i, args, kwargs)
        template.append(READERS[kind](op, name, value, operands))
    if kwargs:
        raise TypeError(f"{op.name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
    return tuple(template), operands


def missing(op, i, args, kwargs):
    names = [n for n in op.names[i:] if n not in op.defaults and n not in kwargs]
    raise TypeError(f'{op.name}() missing {len(names)} required positional arguments: "{", ".join(names)}"')


def collect(op, args, kwargs):
    """Trailing integers make up the parameter that `varargs` names: x.repeat(2, 3) is x.repeat((2, 3))."""
    at = op.names.index(op.varargs)
    rest = args[at:]
    if rest and not isinstance(rest[0], (tuple, list)):
        args = (*args[:at], tuple(rest))
    return args, kwargs


LONG = 1 << 63


def too_big():
    raise OverflowError("int too big to convert")


def plain_number(value):
    """A number of a class of the user's (an IntEnum, say) as Python's own."""
    return next(kind for kind in (int, float, complex) if isinstance(value, kind))(value)


def read_tensor(op, name, value, operands):
    if isinstance(value, tensors.Tensor):
        operands.append(value)
        return define.HERE
    if value is None:
        return None
    if type(value) in _NUMBERS:
        return define.Constant(value if type(value) is not int or -LONG <= value < 2 * LONG else too_big())
    if isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0:
        return define.Constant(value.item())
    if isinstance(value, _NUMBERS):
        return define.Constant(plain_number(value))
    position = op.names.index(name) + 1
    raise TypeError(f"{op.name}(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}")


def read_tensors(op, name, value, operands):
    if isinstance(value, tensors.Tensor):
        raise TypeError(f"{op.name}(): argument '{name}' (position 1) must be tuple of Tensors, not Tensor")
    items = tuple(value)
    for i, item in enumerate(items):
        if not isinstance(item, tensors.Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(item).__name__}")
    operands.extend(items)
    return define.list_of(len(items))


def read_scalar(op, name, value, operands):
    if value is None:
        return None
    if type(value) in _NUMBERS:
        return define.Constant(value)
    if isinstance(value, (np.generic, tensors.Tensor)):
        return define.Constant(value.item())
    if isinstance(value, _NUMBERS):
        return define.Constant(plain_number(value))
    raise TypeError(f"{op.name}(): argument '{name}' must be Number, not {type(value).__name__}")


def read_static(op, name, value, operands):
    """A hashable Python value: lists become tuples, 0-dim integer tensors and numpy integers ints, `float` a dtype."""
    kind = type(value)
    if kind is int or value is None or kind is dt.dtype or (kind is str and name != "dtype"):
        return value
    if kind is bool or kind is float:
        return value if name not in op.whole else refuse_number(op, name, kind)
    if isinstance(value, (tuple, list)):
        return tuple([read_static(op, name, v, operands) for v in value])
    if isinstance(value, (tensors.Tensor, np.generic)):
        number = value.item()
        return refuse_number(op, name, kind) if type(number) is float and name in op.whole else number
    if isinstance(value, int) and kind is not bool:
        return int(value)
    return dt.of_argument(value, op.name) if name == "dtype" else value


def refuse_number(op, name, kind):
    wanted = "int" if op.whole[name] is int else "tuple of ints"
    position = op.names.index(name) + 1
    raise TypeError(f"{op.name}(): argument '{name}' (position {position}) must be {wanted}, not {kind.__name__}")


READERS = (read_tensor, read_tensors, read_scalar, read_static)


# -- writing -------------------------------------------------------------------------------
def assign(targets, values):
    """Write each value into its tensor in place, whole; one commit that Ctrl-C cannot split."""
    with uninterrupted():
        for target, value in zip(targets, values, strict=True):
            if target._ref.shape != value._ref.shape or target._ref.dtype is not value._ref.dtype:
                raise RuntimeError(f"assign: {value._ref} does not fit {target._ref}")
            alias.overwrite(target, value)
