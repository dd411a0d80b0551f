"""Aliases at work: making views, reading through them, writing through them."""

import functools
import weakref
from collections import OrderedDict
from sys import getrefcount
from types import SimpleNamespace

from eagerjax.lower import recorder
from eagerjax.lower.flush import flush, guarded, in_turn
from eagerjax.ops.define import HERE, REGISTRY, Placeholder
from eagerjax.record.storage import Base, Counter, Rewritten, Storage, take
from eagerjax.record.threads import Thread
from eagerjax.record.trace import Holder, Leaf, state
from eagerjax.runtime.random import like_torch


class Step:
    """One view op in a chain: how to read through it, how to write through it, and its static arguments.

    `whole`, of a part among those that a split gives: (the Step that reads them all, the number of this one).
    """

    __slots__ = ("head", "read", "static", "whole", "write")

    def __init__(self, name, static, whole=None):
        self.read = REGISTRY[name]
        self.write = REGISTRY.get(name + "_write")  # None: the parts of a split are written to one by one
        self.static = static
        self.whole = whole
        template = (HERE, *static)
        if len(self.read.heads) < MOST_HEADS:
            self.read.heads.setdefault(template, Placeholder(template))
        self.head = self.read.head(template)  # what stands for reading in the keys of the tree of traces


MOST_HEADS = 1000
"""View steps of one kind that are cheap to look up; the others take a few hundred nanoseconds more."""
step_of = functools.lru_cache(4096)(Step)


class Mark:
    """In a chain: from here on the value is an autograd leaf (a view on which requires_grad was set)."""

    __slots__ = ("leaf",)

    def __init__(self, leaf):
        self.leaf = leaf


# -- reading ---------------------------------------------------------------------------
def enter(trace, holder):
    """`holder`'s Ref in the open trace. (Reading a stale alias may flush: then it is the new trace's.)"""
    if holder._trace is trace:
        return holder._ref
    if not Thread.several:
        return enter_alone(holder)
    return in_turn(enter_alone, holder)


def enter_alone(holder):
    if holder._trace is state.trace:
        return holder._ref
    if holder._is_part and holder._array is holder._trace and (ref := read_already(state.trace, holder)) is not None:
        return ref
    while holder._array is None:
        if holder._trace is None and (memory := memory_of(holder)) is not None:
            return memory.enter(holder)
        settle(holder)
        if holder._trace is state.trace:
            return holder._ref  # else it may be pending in another thread's trace by now
    ref = recorder.leaf(state.trace, holder)
    if holder._base is not None:
        holder._base.note_read(state.trace, ref, holder._view)
    if (holder._strides is not None or holder._order is not None) and like_torch():
        ORDERS.setdefault(state.trace, {})[ref] = holder._order or holder._strides
    return ref


ORDERS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
"""Trace -> {Ref of an array that came in: its strides in PyTorch, unless row-major}, where draws follow the order of memory."""


def memory_of(holder):
    """The numpy array that holds the content of a stale holder; None where its family does."""
    return (holder if type(holder) is Base else holder._base).storage.memory


@guarded
def settle(holder):
    """Make a value that is neither concrete nor of the open trace usable: read it anew, or run the trace it is in."""
    if holder._array is not None:
        return  # another thread was faster
    if holder._trace is None:
        memory = memory_of(holder)
        (refresh_base if type(holder) is Base else refresh)(holder) if memory is None else memory.settle(holder)
        return
    trace = holder._trace
    flush(trace)
    if holder._array is None and holder._trace is not None:
        raise RuntimeError("the value of this tensor was lost: the program that would have computed it failed")


def refresh(tensor):
    """Read a stale alias through its family."""
    base = tensor._base
    if tensor._changed:
        tensor._changed = False
    if base._trace is None and base._array is None:
        refresh_base(base)
    if not tensor._view:
        take(tensor, base)
        tensor._stamp = base._stamp
        if tensor._trace is not None:
            base.note_read(tensor._trace, tensor._ref, ())
    else:
        while not read_through(tensor, base):
            flush()
    if tensor._retains is not None and tensor._ref.node is not None and tensor._ref.node.op is not REGISTRY["_graft"]:
        retain(tensor, tensor._retains[0])


def read_through(tensor, base):
    """Record the reads of the view chain. False where the trace has to be flushed first."""
    passed = None if tensor._passed is None else view_passed(tensor, base)
    ref = enter(state.trace, base if passed is None else passed)
    trace = state.trace
    mode, trace.grad = trace.grad, True
    try:
        for step in tensor._view if passed is None else tensor._view[-1:]:
            ref = as_leaf(trace, ref, step.leaf) if type(step) is Mark else read(trace, step, ref)
            if ref is None:
                return False
    finally:
        trace.grad = mode
    if tensor._leaf is not None:
        ref = as_leaf(trace, ref, tensor._leaf)
    become(tensor, trace, ref)
    if tensor._passed is not None:
        tensor._passed = None
    base.note_read(trace, ref, tensor._view)
    return True


def read_already(trace, tensor):
    """The Ref of a part of a pending value's split, where all parts have been read for another one and nothing has happened
    to this one; None where there is more to it."""
    base = tensor._base
    if tensor._changed or tensor._leaf is not None or tensor._retains is not None or tensor._passed is not None:
        return None
    if base._trace is not trace or base.storage.memory is not None or len(tensor._view) != 1:
        return None
    step = tensor._view[0]
    whole, index = (type(step) is Step and step.whole) or (None, 0)  # it may show something else by now
    node = trace.parts.get((whole, base._ref))
    if node is None:
        return None
    ref = node.results[index]
    become(tensor, trace, ref)
    base.note_read(trace, ref, tensor._view)
    return ref


def view_passed(tensor, base):
    """The view that `tensor` is a part of, read by now: gradients pass it, and somebody may ask for its own.

    None if it has become another view since.
    """
    way, holder = [], tensor
    while (holder := holder._passed) is not None:
        way.append(holder)
    for holder in reversed(way):  # from the base on: a long way must not be a deep recursion
        if holder._trace is None and holder._array is None:
            refresh(holder)
    same = way[0]._base is base and len(way[0]._view) == len(tensor._view) - 1
    return way[0] if same and all(a is b for a, b in zip(way[0]._view, tensor._view)) else None


def as_leaf(trace, ref, leaf):
    return recorder.variable(trace, recorder.detach(trace, ref), leaf)


def read(trace, step, ref):
    """Record one read of a view. None where the trace has to be flushed first."""
    if step.whole is not None and ref.needs:  # without gradients the parts may be looked at one by one
        return read_part(trace, *step.whole, ref)
    node = read_node(trace, step, ref)
    return None if node is None else node.results[0]


def read_part(trace, whole, index, ref):
    """One part of what a split gives: one step reads all, whose gradient is one concatenation."""
    node = trace.parts.get((whole, ref))
    if node is None:
        node = read_node(trace, whole, ref)
        if node is None:
            return None
        trace.parts[whole, ref] = node
    return node.results[index]


def read_node(trace, step, ref):
    key = (step.head, trace.grad, ref)
    node = trace.node.get(key)
    if node is None:
        node = recorder.again(trace, key, key[2:])
    if node is None or node.scalars:
        return call_node(trace, step.read, step.static, ref)
    trace.node = node
    return node


def call(trace, op, static, *refs):
    """Record one read or write of a view. None where the trace has to be flushed first."""
    node = call_node(trace, op, static, *refs)
    return None if node is None else node.results[0]


def call_node(trace, op, static, *refs):
    node = recorder.call(trace, op, (HERE,) * len(refs) + static, refs, cut=False)
    if node is not None:
        trace.node = node
    return node


def become(holder, trace, ref):
    """`holder`'s value is the pending result `ref`. In an order that an interrupt may cut anywhere."""
    trace.live.append(holder)
    holder._ref = ref
    holder._trace = trace
    holder._array = None
    holder._source = None


def refresh_base(base):
    """A family that another one wrote past takes over the data and keeps its own history."""
    while True:
        data = enter(state.trace, base.storage.latest)
        old = base.history
        leaf = None if old is None else leaf_of(old)
        past = None if old is None or leaf is not None else enter(state.trace, old)
        trace = state.trace
        if past is not None and base.storage.latest._trace is not trace:
            continue  # entering the history flushed
        become(base, trace, with_history(trace, recorder.detach(trace, data), leaf, past))
        return


def with_history(trace, data, leaf, past):
    """The detached value `data` with the history of a leaf, or of the value `past`, or none."""
    if leaf is not None:
        return recorder.variable(trace, data, leaf)
    if past is None or not past.needs:
        return data
    mode, trace.grad = trace.grad, True
    try:
        return call(trace, REGISTRY["_graft"], (), past, data)
    finally:
        trace.grad = mode


def leaf_of(holder):
    """The autograd leaf that a holder is, or None."""
    source = source_of(holder)
    return source if type(source) is Leaf else None


def source_of(holder):
    """Where gradients of a value go: a Leaf, a (trace, ref), a function call; None if it does not require grad."""
    trace = holder._trace
    if trace is None or holder._array is not None:
        return holder._source
    ref = holder._ref
    if not ref.needs:
        return None
    return trace.sources.get(ref) or (trace, ref)


# -- making aliases ------------------------------------------------------------------------
def base_of(tensor):
    """The tensor's family, made now if the tensor had no alias yet."""
    return tensor._base or found_family(tensor)


@guarded
def found_family(tensor):
    if tensor._base is not None:
        return tensor._base  # another thread was faster
    if tensor._array is None and (tensor._trace is None or tensor._trace.ready is not None):
        settle(tensor)
    storage = Storage()
    base = Base(storage, Counter(tensor._writes), tensor)
    storage.lead(base)
    tensor._view = ()
    base.aliases.append(weakref.ref(tensor))
    tensor._base = base
    return base


def join(tensor, base, view, facts):
    """`tensor` becomes an alias in the family `base`, seen through the chain `view`; its value is read when needed."""
    tensor._base = base
    tensor._view = view
    tensor._ref = facts
    tensor._trace = tensor._array = tensor._source = tensor._stamp = None
    base.aliases.append(weakref.ref(tensor))


def leave(tensor):
    """Make a tensor whose views and detached copies are all gone an ordinary one again, which is cheaper to write to.

    False where somebody still has the family, or its value is not there yet.
    """
    base = tensor._base
    storage = base.storage
    if getrefcount(base) > KNOWN or tensor._view or tensor._made is not None or storage.memory is not None:
        return False
    if Thread.several:  # another one may be about to make a view
        return False
    if base._array is None or base._trace is not None or not all(read[0].is_over() for read in storage.reads):
        return False
    if len(base.tensors()) > 1 or any(family is not base and is_held(family) for family in storage.alive()):
        return False
    if tensor._array is None:
        refresh(tensor)
    tensor._writes = base.counter.writes
    tensor._base = tensor._view = None
    return True


def is_held(family):
    """Does anybody have it, but one that has the same content by now and keeps it as the one that was written to?"""
    return bool(family.tensors()) or getrefcount(family) > KEPT


def _known():
    """What getrefcount says of a family that only its tensor and a local name hold."""
    tensor = SimpleNamespace(base=object())
    base = tensor.base
    return getrefcount(base)


def _kept():
    """What getrefcount says of a family in `is_held` that only another one keeps."""

    def count(family):
        return getrefcount(family)

    other = SimpleNamespace(newer=object())
    return max(count(family) for family in [other.newer])


KNOWN, KEPT = _known(), _kept()


@guarded
def split_family(tensor):
    """A new family on the tensor's storage: the same data without its history (what `detach` starts)."""
    old = base_of(tensor)
    new = Base(old.storage, old.counter)
    new._ref = old._ref
    return new


# -- writing -----------------------------------------------------------------------------------
def overwrite(tensor, value):
    """Replace the content of `tensor` by that of `value`, of the same shape and dtype (in-place ops end here).

    Under no_grad the tensor keeps its history and gets the new data, as in PyTorch.
    """
    if state.body is not None:
        state.body.writing(tensor)
    if Thread.several:
        in_turn(write_it, tensor, value)
    else:
        write_it(tensor, value)


RETAIN = "retain_grad"
"""Among the hooks of a value: the one that keeps its gradient, after all others have seen it."""


def retain(tensor, keep, source=None):
    """Give the gradient of the tensor's latest value (that at `source`) to `keep`, and no more that of an earlier one."""
    if tensor._retains is not None:
        tensor._retains[1].pop(RETAIN, None)
    trace, ref = source_of(tensor) if source is None else source
    hooks = trace.hooked.setdefault(ref, OrderedDict())
    hooks[RETAIN] = keep
    tensor._retains = keep, hooks


def write_it(tensor, value):
    if tensor._base is not None and tensor._base.storage.memory is not None:
        tensor._base.storage.memory.write(tensor, value)
        return
    while not (write_alone if tensor._base is None else write_shared)(tensor, value):
        flush()
    if tensor._retains is not None and state.trace.grad:
        if tensor._trace is None and tensor._array is None:
            settle(tensor)  # it is retained as it is read
        else:
            retain(tensor, tensor._retains[0])


def write_alone(tensor, value):
    # On the path of every optimizer step, for each parameter and slot: what is usual comes first, spelt out.
    trace = state.trace
    ref = value._ref
    if value._trace is not trace:
        ref = enter(trace, value)
        trace = state.trace
    concrete = tensor._array
    if concrete is not None and tensor._source is None and not (ref.needs or trace.grad):
        kept = ref
    elif concrete is not None and type(tensor._source) is Leaf and not ref.needs:
        kept = recorder.variable(trace, ref, tensor._source)
    else:
        kept = keep_history(trace, tensor, ref)
        if kept is None:
            return False
    mark_overwritten(tensor, writer_of(ref))
    if concrete is not None:
        trace.undo.append((tensor, concrete, input_of(trace, tensor), tensor._source))
    trace.live.append(tensor)  # `become`: in an order that an interrupt may cut anywhere
    tensor._ref = kept
    tensor._trace = trace
    tensor._array = tensor._source = None
    tensor._writes += 1
    return True


def write_shared(tensor, value):
    base = tensor._base
    if base._trace is None and base._array is None:
        refresh_base(base)
    ref = enter(state.trace, value)
    trace = state.trace
    whole = write_through(trace, base, chain_to_write(tensor), ref)
    if whole is None or state.trace is not trace or (whole := keep_history(trace, base, whole)) is None:
        return False
    for family in base.storage.alive():
        remember(trace, family)
        family_overwritten(family, family is base, writer_of(ref), family.counter is base.counter)
    reads_overwritten(base, writer_of(ref))
    become(base, trace, whole)
    base.note_read(trace, ref, tensor._view)  # what was written is what the view shows: a call may have kept it as its result
    base.storage.lead(base)
    base.counter.writes += 1
    return True


def put(holder, array, writer):
    """The content of `holder` is replaced by a concrete array, by the step `writer`; its history stays what it is."""
    if type(holder) is Base:
        for family in holder.storage.alive():
            family_overwritten(family, family is holder, writer, family.counter is holder.counter)
        reads_overwritten(holder, writer)
        holder.storage.lead(holder)
        holder.counter.writes += 1
    else:
        mark_overwritten(holder, writer)
        holder._writes += 1
    holder._array = array


def keep_history(trace, holder, ref):
    """Under no_grad (or by a value without grad) a leaf stays a leaf and other values keep their graph."""
    leaf = leaf_of(holder)
    if leaf is not None:
        return recorder.variable(trace, recorder.detach(trace, ref), leaf)
    if trace.grad:
        return ref
    if source_of(holder) is None:
        return recorder.detach(trace, ref)
    return with_history(trace, recorder.detach(trace, ref), None, enter(trace, holder))


_OVERLAPPING = {"_unfold", "_as_strided", "_expand"}
_READ_ANEW = {"_bitcast", "_conj", "_imag", "_real", "_view_as_complex", "_view_as_real"}
"""Steps after which elements are other numbers than those of the storage."""


def chain_to_write(tensor):
    """The steps to write through. Parts of a view whose elements overlap are written by their positions in the storage,
    so that a neighbour's old value does not come back."""
    chain = tuple([step for step in tensor._view if type(step) is Step])
    if any(step.read.name in _OVERLAPPING for step in chain[:-1]) and not any(s.read.name in _READ_ANEW for s in chain):
        return (step_of("_as_strided", (tensor._ref.shape, tensor.stride(), tensor._offset)),)
    return chain


def write_through(trace, base, chain, ref):
    """The base's new value when the view at the end of `chain` becomes `ref`; None where a flush has to come first."""
    if not chain:
        return ref
    wholes = [enter(trace, base)]
    for step in chain[:-1]:
        wholes.append(call(trace, step.read, step.static, wholes[-1]))
        if wholes[-1] is None:
            return None
    for step, whole in zip(reversed(chain), reversed(wholes)):
        ref = call(trace, step.write, step.static, whole, ref)
        if ref is None:
            return None
    return ref


def family_overwritten(family, own, writer, counted):
    """Another content is coming: all aliases are stale, and other families keep their history aside.

    `writer` is the call that computed it; `counted`: does the family's counter count the write?
    """
    mark_overwritten(family, writer if counted else Rewritten(writer, (weakref.ref(family),)))
    for alias in family.tensors():
        mark_overwritten(alias, writer if counted else Rewritten(writer, (weakref.ref(family),), alias._view))
        alias._trace = alias._array = alias._source = alias._passed = None
        alias._changed = True
    if own or (family._trace is None and family._array is None):
        return
    if source_of(family) is not None:
        family.history = Holder()
        family.history._stamp = None
        take(family.history, family)
    else:
        family.history = None
    family._trace = family._array = family._source = None


def reads_overwritten(base, writer):
    """The call `writer` has written to the family `base`: what aliases, gone or not, had read is no longer what is there."""
    reads, base.storage.reads = base.storage.reads, []
    for trace, ref, family, view, counter in reads:
        counted = counter is base.counter
        mark(trace, ref, writer if counted else Rewritten(writer, (family, weakref.ref(base)), view))


def mark(trace, ref, writer):
    trace.overwritten[ref] = combined(writer, trace.overwritten.get(ref))


def combined(writer, before):
    """What stands for a value that `before` has changed already, and `writer` now."""
    return writer.after(before) if type(writer) is Rewritten else writer


def mark_overwritten(holder, writer):
    """A value that a backward pass may have kept is no longer what its tensor shows: the call `writer` changed it."""
    if holder._trace is not None:
        mark(holder._trace, holder._ref, writer)
    if type(holder._source) is tuple:
        mark(*holder._source, writer)
    if holder._stamp is not None:
        stamp = holder._stamp
        stamp.overwritten = combined(writer, stamp.overwritten)
        holder._stamp = None


def writer_of(ref):
    """The call that computed what is being written (a conversion to the tensor's dtype may come after it)."""
    node = ref.node
    return node.inputs[0].node if node.op is not None and node.op.name == "_cast" else node


def remember(trace, holder):
    """Note the concrete value that a write replaces, to restore if the trace fails."""
    if holder._array is not None:
        trace.undo.append((holder, holder._array, input_of(trace, holder), holder._source))


def input_of(trace, holder):
    """The Ref of a concrete value that is overwritten: the trace's input, if it has read the value."""
    return holder._ref if holder._trace is trace else recorder.concrete(holder._ref)
