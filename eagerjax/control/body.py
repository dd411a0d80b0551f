"""Recording a function aside: the branch of a `cond`, the body of a loop, a checkpointed piece.

The function runs once, in the open trace, on a side path that starts at the present position. What it recorded becomes
a `Run` (one step of the real path will stand for it), and the trace goes back to where it was.
"""

import collections
import gc
import sys
import warnings

import jax

from eagerjax import alias
from eagerjax.control.run import Run
from eagerjax.dispatch import pending
from eagerjax.lower import recorder
from eagerjax.lower.flush import flush
from eagerjax.record.site import user_site
from eagerjax.record.storage import Base
from eagerjax.record.trace import Holder, Leaf, state
from eagerjax.record.trie import DETACH, LEAF, ROOT, VARIABLE, Node
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

_SIDES: dict[Node, Node] = {}
"""Position -> the root of the side paths that were recorded there."""
_MOST_SIDES = 512


class Aside:
    """In `state.watch` while a function is recorded aside: notes what it reads. In `state.body`: refuses what it may not do."""

    def __init__(self, name, trace, effects):
        self.name = name
        self.trace = trace
        self.effects = effects  # may it write to tensors from outside, and keep tensors?
        self.entered, self.words, self.draws, self.updates, self.splits = [], [], [], [], []
        self.foreign = self.rebound = self.overtaken = False
        self.number_sites = {}
        self.made = []  # concrete tensors that the function itself created
        self.given = set()  # Refs of placeholders

    def flushed(self, *_):
        """(A watch hears of programs that ran. None of this trace can: `observed` refuses before.)"""

    def observed(self):
        """Raises: the function looks at a value that is only known when the program runs."""
        file, line = user_site()
        if self.effects:
            self.give_up(f"{file}:{line} looks at a tensor's value", file, line)
            if state.body is not None:
                state.body.observed()
            return
        raise RuntimeError(
            f"{file}:{line} looks at a tensor's value (a branch, a print, item(), numpy()) inside a function given to "
            f"{self.name}, which is recorded before any value is known. Use torch.where or eagerjax.cond for a choice, "
            "or return the tensor and look at it outside."
        )

    def writing(self, tensor):
        """Raises where a tensor from outside is about to be written to."""
        if self.effects:
            return
        holder = tensor if tensor._base is None else tensor._base.storage.latest
        ref = holder._ref
        if holder._array is None and holder._trace is self.trace and ref.slot >= self.start and ref not in self.given:
            return
        if tensor._base is None:
            own = any(t is tensor for t in self.made)
        else:
            own = any(t is a for family in tensor._base.storage.alive() for a in family.tensors() for t in self.made)
        if not own or holder._array is None:
            file, line = user_site()
            raise RuntimeError(
                f"{file}:{line} writes in place to a tensor from outside of the function given to {self.name} (an operand, a "
                "parameter, a buffer). Branches and bodies must not change what they are given: work on a clone(), and "
                "return the new value."
            )

    def give_up(self, reason, file, line):
        """The function can't be made a Run, and goes on like any other code."""
        text = f"{reason} inside a function given to {self.name}: it runs as if it had not been given to it"
        warnings.warn_explicit(text, RuntimeWarning, file, line)
        self.accept()

    def accept(self):
        """What was recorded aside becomes part of the real path."""
        self.given_up = True
        watch, body = state.watch, state.body = self.outer
        if body is not None:
            body.made += self.made
        if watch is not None:
            watch.entered += self.entered
            watch.words += self.words
            watch.draws += self.draws
            watch.updates += self.updates
            watch.foreign = watch.foreign or self.foreign
            watch.rebound = watch.rebound or self.rebound

    given_up = False
    start = 0  # number of the first result on the side path
    outer = (None, None)  # what `state.watch` and `state.body` were before


class Unfit(NotImplementedError):
    """What was recorded can't be made a Run."""


class Recorded:
    """What a function recorded: its Run, the structure of its result, and what it reads."""

    __slots__ = (
        "captured",
        "draws",
        "effects",
        "facts",
        "identities",
        "leaves",
        "run",
        "scalars",
        "sites",
        "sources",
        "tree",
        "words",
    )


def prepare():
    """Before a function is recorded aside: run what had better not share a program with it."""
    trace = state.trace
    if state.watch is None and state.body is None:
        fresh = trace.grad and any(map(recorder.reads_fresh_variable, trace.sources))
        if fresh or recorder.full(trace):
            flush()


def placeholder(trace, aside, ref, as_given):
    """A tensor that stands for an input of a body. Floating ones require grad while grad mode is on (or as `ref` does)."""
    needs = trace.grad and (ref.needs if as_given else ref.dtype.category >= dt.FLOATING)
    key = (LEAF, ref.shape, ref.dtype, ref.device, needs)
    node = trace.node.get(key)
    if node is None:
        node = recorder.grow(trace, key, Node(trace.node, LEAF)).give([key[1:]])
    trace.node = node
    trace.leaves.append(None)
    made = pending(trace, node.results[0])
    if needs:
        trace.sources[made._ref] = Leaf()
    aside.given.add(made._ref)
    return made


def record(name, function, args, given=(), effects=False, as_given=False):
    """Run `function` aside. `given` are Refs of inputs: it is called with placeholders for them, arranged by `args`.

    Without `given`, `args` is the tuple of arguments itself. With `effects` the function may do what any code may; where that
    is more than a Run can hold, what comes back is not a Recorded but the function's result.
    """
    trace = state.trace
    start = trace.node
    side = _SIDES.get(start)
    if side is None:
        if len(_SIDES) >= _MOST_SIDES:
            _SIDES.clear()
        side = _SIDES[start] = Node(start, ROOT)
    aside = Aside(name, trace, effects)
    aside.start = start.slots
    marks = len(trace.leaves), len(trace.scalars), len(trace.live), len(trace.undo), len(trace.freed)
    grad, aside.outer = trace.grad, (state.watch, state.body)
    state.watch = state.body = aside
    trace.node = side
    recorded = Recorded()
    try:
        inputs = [placeholder(trace, aside, ref, as_given) for ref in given]
        own = tuple(t._ref for t in inputs)
        result = function(*(args(inputs) if given else args))
        if aside.given_up:
            return result
        leaves, recorded.tree = jax.tree.flatten(result)
        outs = [alias.enter(trace, t) if isinstance(t, Tensor) else None for t in leaves]
        recorded.leaves = [None if isinstance(t, Tensor) else t for t in leaves]
        recorded.identities = [id(t) for t in leaves]
        try:
            check(nodes_of(trace, side), aside)
        except Unfit as unfit:
            if not effects:
                raise
            aside.give_up(str(unfit), *user_site())
            return result
        del result, leaves
        finish(recorded, aside, side, marks, own, outs)
        del inputs
        return recorded
    except BaseException:
        if effects and not aside.given_up:
            aside.accept()  # what it wrote before it failed is written
        raise
    finally:
        if not aside.given_up:
            state.watch, state.body = aside.outer
            rewind(trace, start, side, marks, aside, recorded)
            trace.grad = grad


def nodes_of(trace, side):
    """The steps of the side path."""
    nodes = []
    node = trace.node
    while node is not side:
        nodes.append(node)
        node = node.parent
    nodes.reverse()
    return nodes


def finish(recorded, aside, side, marks, own, outs):
    """Make a Run of the side path, and find out what it reads."""
    trace = aside.trace
    nodes = nodes_of(trace, side)
    kept = escaped(aside, marks)
    if kept and not aside.effects:
        file, line = kept[0]._ref.node.site
        raise RuntimeError(f"{file}:{line} computes a tensor that the function given to {aside.name} keeps somewhere besides "
                           "its result (an attribute, a list, a parameter's grad): return it instead.")  # fmt: skip
    recorded.effects = kept
    refs = [r for r in outs if r is not None] + [h._ref for h in kept]
    recorded.run = run = Run(nodes, own, refs)
    recorded.facts = [(r.shape, r.dtype, r.device, r.needs) for r in refs]
    holders = {ref: entry(trace, ref, holder) for ref, holder in aside.entered}
    recorded.captured = [holders.get(r, r) for r in run.inputs[len(own) :]]
    recorded.draws = [(holders[ref][0], draw) for ref, draw in aside.draws if ref in holders]
    recorded.sources = [trace.sources.get(h._ref) for h in kept]
    recorded.scalars = trace.scalars[marks[1] :]
    recorded.words = [(at - marks[1], generator) for at, generator in aside.words]
    recorded.sites = [trace.sites.get(n, n.site) for n in run.faulty]


def entry(trace, ref, holder):
    """(what held a concrete value when it was read, the tensor itself): two things where it was written to since."""
    if holder._array is not None and holder._ref is ref:
        return holder, holder
    old = Holder()
    old._array, old._ref, old._source = (
        trace.leaves[ref.node.leaves - 1],
        recorder.concrete(ref),
        trace.sources.get(ref),
    )
    old._trace = old._stamp = None
    return old, holder


def check(nodes, aside):
    """Raises Unfit for what a Run can't hold."""
    trace = aside.trace
    mine = set(nodes)
    for node in nodes:
        place = "{}:{}".format(*node.site)
        if any(r in trace.calls for r in node.results):
            raise Unfit(
                f"{place} uses a custom autograd.Function (or a while_loop without max_steps), whose backward is Python"
            )
        if any(r in trace.hooked for r in node.results):
            raise Unfit(f"{place} uses a tensor with hooks")
        if node.kind == "pull" and not mine.issuperset(node.detail[1].visited):
            raise Unfit(f"{place} takes a gradient through what was computed outside")
        if node.kind not in (LEAF, "call", DETACH, VARIABLE, "pull", ROOT):
            raise Unfit(f"{place} takes a gradient through what was computed outside")


def escaped(aside, marks):
    """Holders besides the result that somebody will still have, whose values the function computed."""
    trace = aside.trace
    for collected in (False, True):
        items = {id(h): h for h in trace.live[marks[2] :]}
        ours = collections.Counter(map(id, trace.live[marks[2] :]))
        ours.update(id(u[0]) for u in trace.undo[marks[3] :])
        ours.update(id(h) for _, h in aside.entered)
        ours.update(map(id, aside.made))
        alive = {key for key in items if sys.getrefcount(items[key]) > HELD_ONCE + ours[key]}
        found = [key for key in alive if computed(items[key], aside) and shown(items[key], items, alive)]
        if collected or not found or older(aside, marks).issuperset(found):
            return [h for key, h in items.items() if key in found]
        gc.collect()  # what only a cycle holds is nobody's


def older(aside, marks):
    """Identities of holders that had a value before the function ran: a buffer of running averages that it writes to, say.

    Whether anybody but a cycle holds them is not worth a collection, which walks over everything that the process has.
    """
    trace = aside.trace
    made = set(map(id, aside.made)) | {id(t._base.storage.latest) for t in aside.made if t._base is not None}
    return (set(map(id, trace.live[: marks[2]])) | {id(u[0]) for u in trace.undo[marks[3] :]}) - made


def _held_once():
    items = {0: object()}
    return sys.getrefcount(items[0])


HELD_ONCE = _held_once()


def computed(holder, aside):
    """Does the holder's value come from the side path, and does it have to be kept (an alias is read anew)?"""
    if holder._trace is not aside.trace or holder._array is not None or holder._ref.slot < aside.start:
        return False
    return holder._ref not in aside.given and not is_alias(holder)


def shown(holder, items, alive):
    """Is a family seen by a tensor that somebody has? (Dead tensors hold their family, as long as the list holds them.)"""
    return type(holder) is not Base or any(id(t) in alive or id(t) not in items for t in holder.tensors())


def is_alias(holder):
    """Is this a tensor that just shows what its family holds? It is read anew when it is next used."""
    return type(holder) is not Base and holder._base is not None


def rewind(trace, start, side, marks, aside, recorded):
    """Back to where the trace was, as if nothing had been recorded."""
    leaves, scalars, live, undo, freed = marks
    effects = getattr(recorded, "effects", None) or ()
    keep = {id(h) for h in effects}
    node = trace.node
    while node is not side:
        for ref in node.results:
            for table in (trace.sources, trace.stamps, trace.calls, trace.hooked, trace.overwritten):
                table.pop(ref, None)
        trace.sites.pop(node, None)
        node = node.parent
    trace.node = start
    trace.parts.clear()
    kept_undo = [u for u in trace.undo[undo:] if id(u[0]) in keep]
    dropped, trace.live[live:] = trace.live[live:], ()
    del trace.leaves[leaves:], trace.scalars[scalars:], trace.undo[undo:], trace.freed[freed:]
    trace.undo += kept_undo
    for _, holder in aside.entered:
        for one in relatives(holder):
            if one._array is not None and one._trace is trace and one._ref.slot >= start.slots:
                one._trace, one._ref = None, recorder.concrete(one._ref)
    for holder in dropped:
        if (
            holder._trace is trace
            and holder._array is None
            and holder._ref.slot >= start.slots
            and id(holder) not in keep
        ):
            forget(holder, trace)


def relatives(holder):
    """A holder, its families and their aliases: all that may have taken over its value."""
    yield holder
    base = holder if type(holder) is Base else getattr(holder, "_base", None)
    for family in () if base is None else base.storage.alive():
        yield family
        yield from family.tensors()


def forget(holder, trace):
    """A value that was computed aside: an alias is stale again, anything else is lost."""
    if is_alias(holder):
        holder._trace = holder._array = holder._source = None
        holder._ref = recorder.concrete(holder._ref)
        return
    holder._trace = _LOST


class _Lost:
    """In place of the trace of a value that was computed aside and thrown away."""

    closed = True
    node = None
    past = None
    overwritten = {}


_LOST = _Lost()
