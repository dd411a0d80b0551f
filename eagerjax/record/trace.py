"""The open trace of each thread: a position in the tree of traces, and what this run brought along."""

import threading
from typing import Any

from eagerjax.record.threads import begin
from eagerjax.record.trie import ROOT, Node, Ref


class Holder:
    """What can hold a value: a tensor, or the base of a family of views.

    The value is pending (`_array` is None: result `_ref` of `_trace`), or concrete (`_array`); a concrete value
    that the open trace has read already has `_trace` and `_ref` too. Both None: stale, to be read through its base.
    `_source` says where gradients of a concrete value go: a `Leaf`, or a (segment, ref).
    """

    __slots__ = ("__weakref__", "_array", "_ref", "_source", "_stamp", "_trace")
    _order = _strides = None  # how it lies in memory: None is row by row
    _base = None  # the family that an alias belongs to
    _is_part = False  # one of those that a split gives?


class Leaf:
    """Where gradients of an autograd leaf accumulate; shared by the tensor and all who refer to it."""

    __slots__ = ("accumulated_hooks", "deaf", "hooks", "kept", "owner", "settle")

    def __init__(self):
        self.kept = None  # the gradient
        self.settle: Any = None  # to be called before somebody looks, where a compiled call has not handed it out
        self.hooks = None
        self.accumulated_hooks = None
        self.deaf = False  # gradients end here: a view made under no_grad claims to require grad, as in PyTorch
        self.owner = None  # weak reference to the tensor, for hooks that want it

    def look(self):
        """Somebody is about to read or change what is here."""
        if self.settle is not None:
            self.settle()

    @property
    def grad(self):
        if self.settle is not None:
            self.settle()
        return self.kept

    @grad.setter
    def grad(self, value):
        self.look()
        self.kept = value


class Stamp:
    """The content that a concrete value had when a trace read it.

    overwritten: the call that changed it in place; hosted: was its last reader numpy code?
    """

    __slots__ = ("hosted", "overwritten")

    def __init__(self):
        self.overwritten = None
        self.hosted = False


class Trace:
    """One run along a path. Closed (flushed) traces are empty shells."""

    __slots__ = (
        "__weakref__",
        "calls",
        "closed",
        "engines",
        "freed",
        "grad",
        "hooked",
        "leaves",
        "live",
        "node",
        "number",
        "overwritten",
        "owner",
        "parts",
        "past",
        "ready",
        "scalars",
        "segment",
        "sites",
        "sources",
        "stamps",
        "suspended",
        "undo",
        "waited",
        "wanted",
    )

    def __init__(self, grad, number, node=None, engines=()):
        self.node = ROOT_NODE if node is None else node
        self.grad = grad  # is grad mode on?
        self.number = number  # counts the traces of a thread
        self.leaves = []  # arrays, in the order of LEAF (and BULK) nodes
        self.scalars = []  # numbers, in the order of the nodes that take them
        self.live = []  # holders that became pending here
        self.sources = {}  # Ref of a LEAF or VARIABLE that needs grad -> Leaf | (trace, ref)
        self.stamps = {}  # Ref of a LEAF -> Stamp
        self.overwritten = {}  # Ref whose tensor was written to later -> the call that wrote (which saved a copy of its own)
        self.freed = []  # plans of the reverse passes that freed what they had saved
        self.calls = {}  # Ref of a VARIABLE -> the custom Function's call that it came from
        self.sites = {}  # Node of a call that values can make fail -> the user's line
        self.parts = {}  # (view step that splits, Ref) -> the Node that has read all parts
        self.hooked = {}  # Ref -> hooks of a tensor, cut points of backward
        self.undo = []  # (holder, fields) to restore if running the trace fails
        self.owner = threading.get_ident()  # the thread that records into it
        self.engines = engines  # the backward passes that this thread has under way
        self.waited = False  # has it waited for another optimizer's step?
        self.wanted = False  # does another thread want it run, or has it?
        self.closed = False
        self.suspended = []  # storages whose numpy array gets what it computes, once it has run
        self.past = None  # weak reference to what was kept of it, once it has run
        self.ready: Any = None  # of one that has run, and whose holders get their values when somebody looks: gives the values
        self.segment: Any = None  # of a trace that has run and can still be differentiated: what its program saved

    def writer_past(self, ref):
        """What has changed a value since it was computed: a call, a Rewritten, or None."""
        stamp = self.stamps.get(ref)
        return self.overwritten.get(ref) if stamp is None or stamp.overwritten is None else stamp.overwritten

    def is_over(self):
        """Has it run, and nobody can go backward through it any more?"""
        return self.closed and (self.past is None or self.past() is None)


ROOT_NODE = Node(None, ROOT)


class Packing:
    """Grad mode while hooks on saved tensors are set: true, and equal to nothing else, so that no known step is found."""

    def __repr__(self):
        return "True, with hooks on saved tensors"


PACKING = Packing()


class State(threading.local):
    """Per thread: the open trace, and modes that outlive it."""

    def __init__(self):
        self.thread = begin()
        self.engines = []  # backward passes under way
        self.trace = Trace(True, 0, None, self.engines)
        self.root = ROOT_NODE  # where a new trace begins
        self.autocast: Any = None  # the autocast that is on (amp/mode.py)
        self.grad_on: Any = True  # what `trace.grad` is where grad mode is on: True, or PACKING
        self.packing = ()  # the hooks on saved tensors that are set, (pack, unpack) each; the last one counts
        self.packing_refused = None  # why none may be set
        self.inference = False
        self.anomaly = False
        self.stepwise = False
        self.faults = []  # error words of programs that ran, not looked at yet
        self.body: Any = None  # refuses what a function that is recorded aside (a branch, a loop's body) may not do
        self.accumulation: Any = None  # of several calls into one update, of the compiled function that runs
        self.laid_out: Any = None  # is told of the results of a trace that has run, where draws follow PyTorch's memory
        self.watch: Any = None  # notes what a function under `jit=True` reads, while its Python runs


state = State()

_CONCRETE: dict[tuple, Ref] = {}


def concrete_ref(shape, dtype, device, needs=False):
    """The interned Ref of a value that no path produced."""
    key = (shape, dtype, device, needs)
    found = _CONCRETE.get(key)
    if found is None:
        if len(_CONCRETE) > 10_000:
            _CONCRETE.clear()
        found = _CONCRETE[key] = Ref(shape, dtype, device, needs)
        found.as_array = found
    return found
