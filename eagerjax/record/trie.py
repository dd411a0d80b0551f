"""The tree of traces: every path from the root is a program that was recorded, each node one step of it.

Recording a step on a known path is one dictionary look-up. A node remembers the shapes and dtypes of its results
and the programs that were compiled for the path that ends there.
"""


class Ref:
    """One result on a path: a static fact, the same object each time the path is taken."""

    __slots__ = ("as_array", "device", "dtype", "index", "ndim", "needs", "node", "shape", "slot")

    def __init__(self, shape, dtype, device, needs, node=None, index=0, slot=0, as_array=None):
        self.shape = shape
        self.dtype = dtype
        self.device = device
        self.needs = needs  # does it require grad?
        self.node = node
        self.index = index
        self.slot = slot
        self.ndim = len(shape)
        self.as_array: Ref | None = as_array  # the interned Ref of this value once it is an array of its own

    @property
    def aval(self):
        return (self.shape, self.dtype)

    def __repr__(self):
        return f"%{self.slot}:{self.dtype.name}{list(self.shape)}{'*' if self.needs else ''}"


# Kinds of nodes: the whole vocabulary of the recorder, however many ops there are.
ROOT, LEAF, CALL, VARIABLE, DETACH, PULL, BULK, PULL_SEGMENT, READY = (
    "root",
    "leaf",
    "call",
    "variable",
    "detach",
    "pull",
    "bulk",
    "pull_segment",
    "ready",
)


class Node(dict):
    """One step of a path. As a dict it maps the key of each next step to its node.

    kind: LEAF (a concrete array comes in), CALL (an op), VARIABLE (the input, from here on a leaf of autograd),
    DETACH (the input without history), PULL (reverse pass over this path), BULK (a segment's saved arrays come in),
    PULL_SEGMENT (reverse pass over an earlier segment), READY (what has run already, and is not handed out).
    """

    __slots__ = (
        "call",
        "check",
        "depth",
        "detail",
        "fresh",
        "generalised",
        "inputs",
        "key",
        "kind",
        "leaves",
        "numbers",
        "op",
        "parent",
        "programs",
        "reads",
        "results",
        "runs",
        "scalars",
        "several",
        "signature",
        "site",
        "slots",
        "template",
    )

    def __init__(self, parent, kind, inputs=(), op=None, template=(), scalars=(), detail=None, site=None):
        self.parent = parent
        self.kind = kind
        self.inputs = inputs
        self.op = op
        self.template = template
        self.scalars = scalars  # kinds of the numbers that this step takes from the trace's scalars
        self.detail = detail
        self.site = site
        self.key = None  # under which the parent has it
        self.signature = 0  # of the path so far: equal whenever it is recorded, also after it left the tree
        self.results: tuple[Ref, ...] = ()
        self.several = False  # does the op return a tuple?
        self.call = None  # the pure function of a CALL
        self.reads: list[int] | None = None  # for each result, as bits, the operands that it depends on; None: all on all
        self.check = None  # looks at each run, as it is recorded, whether an input holds what the call must refuse
        self.generalised = None  # keys, numbers left out, of the calls seen from here
        self.programs = None
        self.runs = 0
        self.depth = self.slots = self.leaves = self.numbers = 0
        self.fresh = False  # is a variable among the results so far? An op that needs grad and reads it cuts the path.
        if parent is not None:
            self.depth = parent.depth + 1
            self.slots = parent.slots
            self.fresh = parent.fresh or (kind is VARIABLE and inputs[0].node.kind is not LEAF)
            # How many arrays and numbers a trace that has come this far must have brought along.
            self.leaves = parent.leaves + (detail if kind is BULK else kind is LEAF)
            self.numbers = parent.numbers + len(scalars)

    def give(self, facts):
        """Set the results from (shape, dtype, device, needs) tuples."""
        if len(facts) == 1:
            self.results = (Ref(*facts[0], self, 0, self.slots),)  # pyright: ignore[reportCallIssue]
            self.slots += 1
            return self
        self.results = tuple([Ref(*f, self, i, self.slots + i) for i, f in enumerate(facts)])  # pyright: ignore[reportCallIssue]
        self.slots += len(facts)
        return self

    def like(self, kinds):
        """Set the results from interned Refs that are equal to them, but for their place."""
        slots = self.slots
        if len(kinds) == 1:
            kind = kinds[0]
            self.results = (Ref(kind.shape, kind.dtype, kind.device, kind.needs, self, 0, slots, kind),)
        else:
            self.results = tuple([Ref(k.shape, k.dtype, k.device, k.needs, self, i, slots + i, k) for i, k in enumerate(kinds)])
        self.slots = slots + len(kinds)
        return self

    def forget(self, dismantle=False):
        """Take this path out of the tree, as far as no other path shares it.

        Nodes and their results refer to each other; `dismantle` ends that, so that they go at once and not in a
        collection of garbage. Nobody may stand on the path, nor hold a program or a segment of it.
        """
        node, self.programs = self, None
        while node.kind != ROOT and not node and not node.programs:
            if len(node.parent) == 1 and next(iter(node.parent.values())) is node:
                node.parent.clear()  # without looking at the key
            else:
                node.parent.pop(node.key, None)
            if dismantle:
                node.results = node.inputs = ()
                node.detail = node.generalised = None
            node = node.parent

    def path(self):
        """All nodes from the root's child to this one."""
        nodes = []
        node = self
        while node.parent is not None:
            nodes.append(node)
            node = node.parent
        nodes.reverse()
        return nodes

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]

    def __eq__(self, other):
        return self is other

    def __repr__(self):
        what = self.op.name if self.op is not None else self.kind
        return f"<{what} {self.inputs} -> {self.results}>"
