"""Recording: how holders enter the open trace and how a path grows. The hot path is a look-up; the rest is here.

Every function that may have to flush first says so by returning None; `dispatch` then flushes and tries again.
"""

import jax
import numpy as np

from eagerjax.lower.infer import infer, placeholders
from eagerjax.ops import define
from eagerjax.record.site import user_site
from eagerjax.record.trace import Stamp, concrete_ref, state
from eagerjax.record.trie import BULK, CALL, DETACH, LEAF, PULL, PULL_SEGMENT, VARIABLE, Node
from eagerjax.runtime import compat, config, dtype as dt


def leaf(trace, holder):
    """Enter a concrete value. Returns its Ref in the trace."""
    needs = holder._source is not None
    old = holder._ref
    stamp = holder._stamp
    if stamp is None:
        stamp = holder._stamp = Stamp()
    elif type(holder._array) is np.ndarray and not stamp.hosted:
        holder._array = on_device(holder._array)
    key = (LEAF, old.shape, old.dtype, old.device, needs)
    node = trace.node.get(key)
    if node is None:
        node = grow(trace, key, Node(trace.node, LEAF)).give([(old.shape, old.dtype, old.device, needs)])
    trace.node = node
    trace.leaves.append(holder._array)
    ref = node.results[0]
    if needs:
        trace.sources[ref] = holder._source
    trace.stamps[ref] = stamp
    holder._trace = trace
    holder._ref = ref
    if state.watch is not None:
        state.watch.entered.append((ref, holder))
    return ref


def on_device(array):
    """A host array that is read a second time moves to the device for good; most are read once, by one program.

    (Not while numpy code reads it: to move it takes longer than all that such code does.)
    """
    with compat.x64():
        return jax.device_put(array)


def grow(trace, key, node, depth=0):
    """Add a step to the tree below the present position. depth: so many callers of the caller are the library's."""
    node.site = user_site(depth + 1)
    node.key = key
    what = (key[0], *[r.slot for r in node.inputs]) if node.inputs else key
    node.signature = hash((trace.node.signature, what))
    trace.node[key] = node
    return node


def full(trace):
    """Is the trace so long that it must run before it grows? Not where it holds inputs alone, all of them one call's."""
    most = config.max_trace if state.watch is None else config.max_static_trace
    return trace.node.depth >= most and trace.node.depth > len(trace.leaves)


def call(trace, op, template, refs, numbers=(), cut=True):
    """The node of an op call on a path seen for the first time (or with a number seen for the first time).

    `numbers` are those that the step always takes from the trace (a random op's seed and offset). Returns None
    where the trace has to be flushed first: it is full, another thread has run it, or an op that needs grad would read
    a variable computed in this same trace (parameters being initialised or updated: their program is cut from the one
    that uses them, but where it has waited for that one);
    `cut=False` leaves that to the op that reads the view. A function under `jit=True` is not cut.
    """
    key = (op.head(template), trace.grad, *refs)
    node = trace.node.get(key)
    if node is not None:
        trace.scalars.extend(numbers)
        return node
    if not numbers and (node := again(trace, key, refs)) is not None:
        return node
    if trace.wanted:
        return None
    parent = trace.node
    general, values = generalise(op, template)
    if values:
        general_key = (op.head(general), trace.grad, *refs)
        node = parent.get(general_key)
        seen = (parent.generalised and general_key in parent.generalised) or varies(template, general_key)
        if node is None and (seen or getattr(op, "update", False)):  # a learning rate is sure to change
            template, key = general, general_key
        elif node is None:
            parent.generalised = parent.generalised or set()
            parent.generalised.add(general_key)
            values = ()
    if node is None:
        fresh = cut and trace.grad and state.watch is None and not trace.waited and any(map(reads_fresh_variable, refs))
        if fresh or full(trace):
            return None
        node = extend(trace, key, op, template, refs, len(numbers))
    if node.scalars:
        if state.watch is not None:
            state.watch.number_sites[len(trace.scalars)] = user_site()
        trace.scalars.extend(values)
    trace.scalars.extend(numbers)
    return node


_CONSTANTS: dict[tuple, set] = {}
"""(head without numbers, grad mode, operands' kinds) -> the templates that were met, in whatever place."""


def varies(template, general_key):
    """Is this a call whose numbers differ all the time, as those of `x[i]` in a loop do?"""
    if state.watch is not None:
        return False
    head, grad, *refs = general_key
    key = (head, grad, *[r.as_array or concrete(r) for r in refs])
    seen = _CONSTANTS.get(key)
    if seen is None:
        if len(_CONSTANTS) > _LIMIT:
            _CONSTANTS.clear()
        seen = _CONSTANTS[key] = set()
    if len(seen) <= config.most_constants:
        seen.add(template)
        if len(seen) > config.most_constants:  # from now on they are inputs, those that came as constants too
            for met in seen:
                _KNOWN.pop(kind_of_call((general_key[0][0].head(met), grad, *refs)), None)
    return len(seen) > config.most_constants


def reads_fresh_variable(ref):
    node = ref.node
    while node.kind is CALL and node.op.view:
        node = node.inputs[0].node
    return node.kind is VARIABLE and node.inputs[0].node.kind is not LEAF


_MANY = 2**63


def generalise(op, template):
    """(template with its numbers left out, the numbers), where op takes any that may vary and int64 holds them."""
    values = [e.value for e in template if type(e) is define.Constant]
    if not values or any(type(v) is int and not -_MANY <= v < _MANY for v in values):
        return template, []
    kinds = {float: define.FLOAT, int: define.INT, bool: define.BOOL, complex: define.COMPLEX}
    return tuple(kinds[type(e.value)] if type(e) is define.Constant else e for e in template), values


def extend(trace, key, op, template, refs, numbers):
    kind = kind_of_call(key, numbers)
    known = _KNOWN.get(kind) if refs else None
    if known is None:
        known = find_out(trace, op, template, refs, numbers)
        if len(_KNOWN) > _LIMIT:
            _KNOWN.clear()
        _KNOWN[kind] = known
    return known.grow(trace, key, refs)


def kind_of_call(key, numbers=0):
    """What a call is, whatever the path: its key with the kinds of its operands in their place."""
    head, grad, *refs = key
    return (head, grad, dt.get_default_dtype(), numbers, *[r.as_array or concrete(r) for r in refs])


def again(trace, key, refs):
    """The node of a call that is known from other paths, where the path is new from here on. None: `call` has to look."""
    parent = trace.node
    if parent or parent.generalised or parent.fresh or state.watch is not None or state.autocast is not None:
        return None
    known = _KNOWN.get(kind_of_call(key))
    return None if known is None or known.scalars or full(trace) else known.grow(trace, key, refs)


class Known:
    """What is found out about a call, on whatever path: paths that never come back are made of calls that do."""

    __slots__ = ("call", "kinds", "op", "scalars", "several", "template")

    def __init__(self, op, template, call, several, scalars, facts):
        self.op = op
        self.template = template
        self.call = call  # the pure function
        self.several = several
        self.scalars = scalars
        self.kinds = [concrete_ref(*f) for f in facts]

    def grow(self, trace, key, refs):
        """A step of this kind below the present position."""
        node = Node(trace.node, CALL, refs, self.op, self.template, self.scalars)
        node.call = self.call
        node.several = self.several
        return grow(trace, key, node.like(self.kinds), 2)


_KNOWN: dict[tuple, Known] = {}
_LIMIT = 20_000


def find_out(trace, op, template, refs, numbers):
    """The Known of a call that is met for the first time."""
    device = common_device(op, refs)
    function, facts, several = infer(op, template, tuple([(r.shape, r.dtype) for r in refs]))
    needs = trace.grad and op.differentiable and any(r.needs for r in refs)
    scalars = placeholders(template) + (define.INT,) * numbers
    facts = [(s, d, device, needs and d.category >= 2) for s, d in facts]
    return Known(op, template, function, several, scalars, facts)


def common_device(op, refs):
    """The device that the operands share; 0-dim CPU tensors go anywhere. Raises RuntimeError where they differ."""
    devices = {r.device for r in refs if r.ndim} or {r.device for r in refs}
    if len(devices) > 1:
        names = " and ".join(sorted(map(str, devices)))
        raise RuntimeError(f"Expected all tensors to be on the same device, but found at least two devices, {names}! "
                           f"(when checking arguments of {op.name})")  # fmt: skip
    return devices.pop() if devices else config.default_device()


def variable(trace, ref, source):
    """`ref`'s value as a leaf of autograd whose gradient goes to `source`."""
    key = (VARIABLE, ref)
    node = trace.node.get(key)
    if node is None:
        node = grow(trace, key, Node(trace.node, VARIABLE, (ref,)))
        node.give([(ref.shape, ref.dtype, ref.device, True)])
    trace.node = node
    out = node.results[0]
    trace.sources[out] = source
    return out


def detach(trace, ref):
    """`ref`'s value without history."""
    if not ref.needs:
        return ref
    key = (DETACH, ref)
    node = trace.node.get(key)
    if node is None:
        node = grow(trace, key, Node(trace.node, DETACH, (ref,)))
        node.give([(ref.shape, ref.dtype, ref.device, False)])
    trace.node = node
    return node.results[0]


def pull(trace, roots, cotangents, plan):
    """The reverse pass from `roots` over this trace's own path; results are `plan.targets`' gradients."""
    key = (PULL, plan, roots, cotangents)
    node = trace.node.get(key)
    if node is None:
        node = grow(trace, key, Node(trace.node, PULL, cotangents, detail=(roots, plan)))
        node.give([(t.shape, t.dtype, t.device, False) for t in plan.targets])
    trace.node = node
    return node.results


def pull_segment(trace, segment, roots, cotangents, plan, sums=()):
    """The reverse pass over an earlier segment, from what its program saved.

    `sums` are (number of a target, Ref of what its gradient is to be added to).
    """
    bulk = segment.bulk
    if bulk is None or bulk[0] is not trace:
        bulk = segment.bulk = (trace, enter_bulk(trace, segment))
    key = (PULL_SEGMENT, plan, segment.program, bulk[1], roots, cotangents, sums)
    node = trace.node.get(key)
    if node is None:
        detail = (roots, plan, segment.program, tuple([at for at, _ in sums]))
        inputs = (bulk[1], *cotangents, *[ref for _, ref in sums])
        node = grow(trace, key, Node(trace.node, PULL_SEGMENT, inputs, detail=detail))
        node.give([(t.shape, t.dtype, t.device, False) for t in plan.targets])
    trace.node = node
    return node.results


def enter_bulk(trace, segment):
    if state.watch is not None:
        state.watch.foreign = True
    key = (BULK, segment.program)
    node = trace.node.get(key)
    if node is None:
        node = grow(trace, key, Node(trace.node, BULK, detail=len(segment.saved)))
        node.give([((), None, None, False)])
    trace.node = node
    trace.leaves.extend(segment.saved)
    return node.results[0]


def concrete(ref):
    """The Ref of `ref`'s value once it is an array of its own."""
    found = ref.as_array
    if found is None:
        found = ref.as_array = concrete_ref(ref.shape, ref.dtype, ref.device, ref.needs)
    return found
