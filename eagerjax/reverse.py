"""The backward engine: it walks traces from the latest to the earliest and records their reverse passes.

A reverse pass over a whole trace is one recorded step. It is cut only where Python must see a gradient: hooks,
retained gradients, inputs of `autograd.grad` that are no leaves, and custom Functions.
"""

import functools
import heapq
import itertools

from eagerjax import alias, rewritten, second
from eagerjax.alias import RETAIN
from eagerjax.dispatch import enter_all, pending
from eagerjax.lower import recorder
from eagerjax.lower.backward import leading_to, plan as plan_of
from eagerjax.lower.flush import flush, guarded
from eagerjax.lower.program import Stepwise, pack
from eagerjax.lower.residuals import recipe_of
from eagerjax.namespace import torch
from eagerjax.ops.define import REGISTRY
from eagerjax.record.storage import Rewritten
from eagerjax.record.trace import Leaf, state
from eagerjax.record.trie import CALL
from eagerjax.runtime import compat
from eagerjax.tensor import Tensor, concrete_array

COUNT = itertools.count()
GRAFT = REGISTRY["_graft"]
FREED = ("Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
         "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
         "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
         "after calling backward.")  # fmt: skip
OVERWRITTEN = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: [torch.{}]. Hint: "
    "enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True)."
)


class Backward:
    """One call of backward or autograd.grad."""

    def __init__(self, retain, create, wanted=()):
        self.retain = retain
        self.create = create
        self.work = {}  # trace -> {Ref: gradient}
        self.order = []  # heap of (minus the trace's number, which came first, trace)
        self.pasts = []  # what was kept of traces that have run meanwhile
        self.leaves = {}  # Leaf -> gradient
        self.captured = {}  # (trace, Ref) or Leaf -> index in `wanted`
        self.results = [None] * len(wanted)
        self.capture(wanted)
        self.only = bool(wanted)
        self.leading = None  # found when the first trace runs

    def capture(self, wanted):
        for i, tensor in enumerate(wanted):
            self.captured.setdefault(identity(tensor), []).append(i)

    def send(self, source, grad):
        """A gradient arrives at a source: a Leaf, a (trace, ref)."""
        if type(source) is Leaf:
            self.leaves[source] = self.sum(self.leaves.get(source), grad)
            return
        trace, ref = source
        trace = now(trace)
        grads = self.work.get(trace)
        if grads is None:
            grads = self.work[trace] = {}
            heapq.heappush(self.order, (-trace.number, next(COUNT), trace))
        grads[ref] = self.sum(grads.get(ref), grad)

    def sum(self, a, b):
        return b if a is None else torch.add(a, b)

    def run(self, tensors, grads):
        """Go backward from `tensors`, at which `grads` arrive (None: nothing does)."""
        mode = state.trace.grad
        try:  # an interrupt may come wherever something is called: the mode is set and put back inside
            state.engines.append(self)
            state.trace.grad = self.create
            for tensor, grad in zip(tensors, grads):
                if grad is not None:
                    self.send(identity(tensor), grad)
            while self.work:
                trace = now(heapq.heappop(self.order)[2])
                if trace in self.work:
                    self.run_trace(trace, self.work[trace])
            self.deliver()
        finally:
            state.trace.grad = mode
            if self in state.engines:
                state.engines.remove(self)

    def moved(self, trace, past):
        """A trace has run while this backward is under way: it goes on with what was kept of it."""
        self.pasts.append(past)
        if trace in self.work:
            self.work[past] = self.work.pop(trace)
        for key in [k for k in self.captured if type(k) is tuple and k[0] is trace]:
            self.captured[past, key[1]] = self.captured.pop(key)
        self.leading = None if self.leading is None else {(past if t is trace else t, r) for t, r in self.leading}

    def run_trace(self, trace, grads):
        """All of one trace: from its latest gradients down, stopping at each cut."""
        done = set()
        while True:
            trace = now(trace)
            ends = self.ends(trace, grads, done)
            stops = trace.hooked or trace.calls or self.captured  # else nobody sees a gradient on the way
            cuts = [r for r in grads if self.is_cut(trace, r, done)] if stops else []
            roots = tuple(sorted((r for r in grads if r.node.kind is CALL), key=lambda r: -r.slot))
            if roots:
                if Rewritten.seen:
                    self.cut_rewritten(trace, plan_of(roots, -1, ends))
                    stops = stops or trace.calls
                cuts += [r for r in plan_of(roots, -1, ends).reached if self.is_cut(trace, r, done)] if stops else []
            if not cuts:
                if roots:
                    self.pull(trace, roots, plan_of(roots, -1, ends), grads)
                break
            cut = max(cuts, key=lambda r: r.slot)
            bound = cut.node.results[-1].slot
            above = tuple(r for r in roots if r.slot > bound)
            if above:
                self.pull(trace, above, plan_of(above, bound, ends), grads)
            else:
                self.at_cut(trace, cut, grads, done)
        trace = now(trace)
        del self.work[trace]
        for ref, grad in grads.items():
            self.send(trace.sources[ref], grad)

    def ends(self, trace, grads, done):
        """Where gradients of this trace must get to for autograd.grad (others are not computed); None: everywhere."""
        if not self.only:
            return None
        if self.leading is None:
            self.leading = self.find_leading()
        ends = frozenset(r for t, r in self.leading if t is trace)
        ends = frozenset(r for r in ends if r not in done or self.leads_on(trace, r))
        for ref in [r for r in grads if r not in ends and r not in leading_to(ends, (r,))]:
            del grads[ref]
        return ends

    def leads_on(self, trace, ref):
        """Does the gradient of `ref` reach another wanted input?"""
        return any(c in self.leading or c in self.captured for c in self.below(trace, ref))

    def find_leading(self):
        """The (trace, Ref)s, of those where gradients start, end or leave a trace, that lead to a wanted input."""
        above, todo = {}, [(t, r) for t, grads in self.work.items() for r in grads]
        seen = set(todo)
        while todo:
            here = todo.pop()
            for below in self.below(*here):
                above.setdefault(below, []).append(here)
                if type(below) is tuple and below not in seen:
                    seen.add(below)
                    todo.append(below)
        leading, todo = set(), [c for c in self.captured if c in above or c in seen]
        while todo:
            here = todo.pop()
            if here not in leading:
                leading.add(here)
                todo += above.get(here, ())
        return {key for key in leading if type(key) is tuple}

    def below(self, trace, ref):
        """Where the gradient of `ref` goes next: to a Leaf, or to (trace, Ref)s."""
        call = trace.calls.get(ref)
        source = trace.sources.get(ref)
        if call is not None or source is not None:
            sources = [source] if call is None else [s for s in call.sources if s is not None]
            return [(now(s[0]), s[1]) if type(s) is tuple else s for s in sources]
        if ref.node.kind is not CALL:
            return []
        marked = (r for r in plan_of((ref,)).reached if r is not ref)
        return [(trace, r) for r in marked if r in trace.sources or r in trace.calls or (trace, r) in self.captured]

    def is_cut(self, trace, ref, done):
        return ref not in done and (ref in trace.hooked or (trace, ref) in self.captured or ref in trace.calls)

    def at_cut(self, trace, cut, grads, done):
        """Python sees the gradient: hooks, capture, a custom Function."""
        call = trace.calls.get(cut)
        for ref in (cut,) if call is None else call.outputs:
            done.add(ref)
            if ref in grads:
                grads[ref] = self.seen(trace, ref, grads[ref])
        if call is None:
            return
        for target, grad in self.pull_call(cut, call, [grads.pop(r, None) for r in call.outputs]):
            if type(target) is tuple and now(target[0]) is now(trace):
                grads[target[1]] = self.sum(grads.get(target[1]), grad)
            else:
                self.send(target, grad)

    def cut_rewritten(self, trace, plan):
        """Calls that kept values which were rewritten through `.data` go backward each by itself."""
        calls = rewritten.found(trace, plan)
        if not calls:
            return
        kept = rewritten.Kept(trace, calls)
        for node in calls:
            sources = [trace.sources.get(r) or (trace, r) for r in node.inputs if r.needs]
            call = Call(functools.partial(pull_rewritten, trace, node, kept), sources)
            call.outputs = tuple([r for r in node.results if r.needs])
            trace.calls.update(dict.fromkeys(call.outputs, call))

    def pull_call(self, cut, call, gradients):
        """Run the backward of a custom Function. Returns [(source, gradient)]."""
        return call.pull(gradients, self)

    def seen(self, trace, ref, grad):
        hooks = trace.hooked.get(ref, {})
        for number, hook in tuple(hooks.items()):
            if number is not RETAIN:
                replaced = hook(grad)
                grad = grad if replaced is None else replaced
        if RETAIN in hooks:  # it keeps what the others have made of it
            hooks[RETAIN](grad)
        for i in self.captured.get((trace, ref), ()):
            self.results[i] = grad
        return grad

    def pull(self, trace, roots, plan, grads):
        """Record the reverse pass of a plan; `grads` gets what comes out."""
        self.check(trace, plan)
        cotangents = [grads.pop(r) for r in roots]
        if self.create:
            outs = self.pull_differentiable(trace, roots, plan, cotangents)
        else:
            outs = self.pull_recorded(trace, roots, plan, cotangents, grads)
        for ref, grad in zip(plan.targets, outs):
            grads[ref] = self.sum(grads.get(ref), grad)
        if not self.retain:
            free(now(trace), plan)

    def pull_recorded(self, trace, roots, plan, cotangents, grads):
        while True:
            trace = now(trace)
            leaves = self.summed(trace, plan, grads) if trace.closed else ()
            refs = enter_all([*cotangents, *[self.leaves[leaf] for _, leaf in leaves]])
            here, trace = state.trace, now(trace)
            if trace is here:
                results = recorder.pull(here, roots, refs, plan)
            elif trace.closed:
                if any(t.node in trace.segment.program.inside for t in plan.targets):
                    run_again(trace)
                n = len(roots)
                sums = tuple([(at, ref) for (at, _), ref in zip(leaves, refs[n:])])
                results = recorder.pull_segment(here, trace.segment, roots, refs[:n], plan, sums)
                self.leaves.update(dict.fromkeys([leaf for _, leaf in leaves]))  # they are in the results now
            else:
                flush(trace)
                continue
            return [pending(here, r) for r in results]

    def summed(self, trace, plan, grads):
        """[(number, Leaf)] of the targets of a segment that have a gradient already, to which the step may add."""
        found = {}
        for at, ref in enumerate(plan.targets):
            leaf = trace.sources.get(ref)
            if (type(leaf) is Leaf and self.leaves.get(leaf) is not None and ref not in grads and leaf not in found
                    and not self.is_cut(trace, ref, ())):  # fmt: skip
                found[leaf] = at
        return [(at, leaf) for leaf, at in found.items()]

    def pull_differentiable(self, trace, roots, plan, cotangents):
        if trace is not state.trace and not trace.closed:
            flush(trace)
        while (results := second.record(now(trace), roots, plan, cotangents)) is None:
            pass  # entering a gradient has run the trace
        return results

    def check(self, trace, plan):
        """Raises RuntimeError for a freed graph and for saved values that were overwritten."""
        if is_freed(trace, plan.saving):
            raise RuntimeError(FREED)
        for node, ref in plan.kept:
            writer = trace.writer_past(ref)
            if writer is not None and type(writer) is not Rewritten and not kept_copy(writer, node, ref):
                raise RuntimeError(OVERWRITTEN.format(f"{ref.dtype.title}Tensor {list(ref.shape)}"))

    def deliver(self):
        """Gradients reach the leaves: hooks run, `.grad` accumulates."""
        for leaf, grad in self.leaves.items():
            for hook in tuple((leaf.hooks or {}).values()):
                replaced = hook(grad)
                grad = grad if replaced is None else replaced
            for i in self.captured.get(leaf, ()):
                self.results[i] = grad
            if not self.only:
                accumulate(leaf, grad, self.create)
                for hook in tuple((leaf.accumulated_hooks or {}).values()):
                    if hook(leaf.owner()) is not None:
                        raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def pull_rewritten(trace, node, kept, gradients, engine):
    """[(source, gradient)] of the operands of a call that kept values which were rewritten."""
    trace = now(trace)
    roots = tuple([r for r in node.results if r.needs])
    plan = plan_of(roots, node.results[0].slot - 1)
    engine.check(trace, plan)
    values, scalars = kept.of(node, trace), second.numbers_of(trace, plan)
    grads = rewritten.gradients(node, recipe_of(node), values, scalars, gradients)
    if not engine.retain:
        free(now(trace), plan)
    return [((trace, r), g) for r, g in zip([r for r in node.inputs if r.needs], grads)]


def is_freed(trace, calls):
    """Has a backward pass freed what one of these calls saved?"""
    return (trace.closed and trace.segment is None) or any(not plan.saving.isdisjoint(calls) for plan in trace.freed)


def kept_copy(writer, node, ref):
    """Has `node` the value that `ref` had before `writer` changed it in place?

    A call that writes keeps the value of its first operand; so does the step that is its derivative, to be derived again.
    """
    return (writer is node or (node.op is second.PULL_OP and writer in node.call.within)) and ref not in writer.inputs[1:]


def now(trace):
    """The trace itself while it is open; once it has run, what was kept of it."""
    past = trace.past
    return trace if past is None else past() or trace


def run_again(trace):
    """A gradient is wanted in the middle of a piece that ran as one: run the segment again, one op at a time."""
    segment = trace.segment
    old = segment.program
    segment.program = Stepwise(old.node, (), old.saving, chunked=False)
    with compat.x64():
        _, segment.saved, _ = segment.program(segment.leaves, pack(segment.scalars))
    segment.bulk = None


@guarded
def accumulate(leaf, grad, create):
    if leaf.deaf:
        return
    old = leaf.grad
    if old is None:
        leaf.grad = grad if create else alone(grad)
    elif create:
        leaf.grad = torch.add(old, grad)
    else:
        mode, state.trace.grad = state.trace.grad, False
        try:
            alias.overwrite(old, torch.add(old, grad))
        finally:
            state.trace.grad = mode


def alone(grad):
    """A gradient tensor that is nobody else's: two leaves may not share one `.grad` object."""
    made = object.__new__(Tensor)
    made._array, made._source, made._stamp = grad._array, None, None
    if grad._trace is None and grad._array is None:
        alias.settle(grad)
    made._trace, made._ref = grad._trace, grad._ref
    if grad._ref.needs:
        return grad.detach()
    made._array = grad._array
    if made._array is None and made._trace is None:  # its memory is shared with a numpy array
        made._array = concrete_array(grad)
    elif made._array is None:
        made._trace.live.append(made)
    return made


def free(trace, plan):
    trace.freed.append(plan)
    segment = trace.segment
    if segment is not None and frozenset().union(*(p.saving for p in trace.freed)).issuperset(segment.program.saving):
        segment.saved = segment.leaves = ()


def identity(tensor):
    """What a tensor is to autograd: its Leaf, or (trace, ref). Writing new data under a history changes nothing of it."""
    source = alias.source_of(settled(tensor))
    while type(source) is tuple and source[1].node.op is GRAFT:
        trace, ref = now(source[0]), source[1].node.inputs[0]
        source = trace.sources.get(ref) or (trace, ref)
    return source


def settled(tensor):
    if tensor._trace is None and tensor._array is None:
        alias.settle(tensor)
    return tensor


class Call:
    """A call of a custom Function: `pull` maps the gradients of its outputs to [(source, gradient)]."""

    __slots__ = ("outputs", "pull", "sources")

    def __init__(self, pull, sources):
        self.pull = pull
        self.sources = sources  # of the tensors it was called with
        self.outputs = ()  # Refs, consecutive in their trace


def start(tensors, grads, engine):
    """Send the first gradients."""
    for tensor, grad in zip(tensors, grads):
        engine.send(identity(tensor), grad)
