"""Flushing: the pending trace runs as one program, and its results become concrete."""

import collections
import functools
import math
import sys
import weakref

import numpy as np

from eagerjax.lower import policy
from eagerjax.lower.backward import visited_from
from eagerjax.lower.program import Compiled, Stepwise, overwritten, pack
from eagerjax.lower.recorder import concrete
from eagerjax.record.site import user_site
from eagerjax.record.storage import Base
from eagerjax.record.threads import LOCK, THREADS, Thread, finish_step, may_wait
from eagerjax.record.trace import Stamp, Trace, concrete_ref, state
from eagerjax.record.trie import ROOT
from eagerjax.runtime import config, device as devices
from eagerjax.runtime.interrupt import uninterrupted
from eagerjax.runtime.nothing import no_data


def _idle_count():
    """What getrefcount says of an object that only a local name holds."""
    holder = object()
    return sys.getrefcount(holder)


IDLE = _idle_count()
MOST_FAULTS = 200
"""Error words that wait for somebody to look at a value."""
LEFT: list = []
"""What hands out the results of compiled functions that are gone. A finalizer comes in the middle of anything, of another
thread's wait for this one as well: it only leaves a note here for the next flush."""


@may_wait
def flush(trace=None):
    """Run what is pending in `trace` (default: this thread's) and open a new one. Ctrl-C waits until it is done."""
    with LOCK, uninterrupted():
        while LEFT:
            LEFT.pop()()
        mine = trace is None or trace is state.trace
        if mine:
            if state.body is not None:
                state.body.observed()
            trace = state.trace
            state.trace = Trace(trace.grad, trace.number + 1, state.root, trace.engines)
        if trace.closed:
            if mine and state.watch is not None:
                state.watch.overtaken = True  # another thread has run it
            return
        if trace.ready is not None:
            hand_out(trace)
            return
        if not mine and trace.owner != state.trace.owner:
            finish_step(trace)
        trace.closed = True
        node, trace.node = trace.node, _DEAD  # pyright: ignore[reportAttributeAccessIssue]
        try:
            if len(trace.leaves) != node.leaves or len(trace.scalars) != node.numbers:
                roll_back(trace)  # an interrupt has cut the recording of a step: nothing of this trace happened
            else:
                _run(trace, node)
        except BaseException:
            roll_back(trace)
            raise
        finally:
            resume(trace)


@may_wait
def in_turn(function, *args):
    """`function(*args)`, of one thread at a time. What was read before, the open trace too, has to be read anew in it.

    The lock is its own context: Ctrl-C in a context manager written in Python may come between taking it and being inside.
    """
    with LOCK:
        if state.trace.wanted:
            flush()  # another thread has run it
        return function(*args)


def guarded(function):
    """Decorator of a function that reads or changes what several threads may have: `in_turn`, as soon as there are several."""

    @functools.wraps(function)
    def run(*args):
        return in_turn(function, *args) if Thread.several else function(*args)

    return run


def resume(trace):
    """Numpy arrays that share a tensor's memory get what was written to it."""
    if trace.suspended:
        suspended, trace.suspended = trace.suspended, []
        for storage in suspended:
            storage.resume()


class _Dead(dict):
    """The position of a closed trace: no path leads on, so another thread that still records here notices."""

    generalised, kind, programs = True, ROOT, None
    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]

    def get(self, key, default=None):
        return None


_DEAD = _Dead()


def _run(trace, node):
    pending = in_use(trace)
    if devices.meta_used:
        pending = without_values(trace, pending)
    if not pending:
        return release(trace)
    wanted = tuple({h._ref: None for h in pending})
    program = program_for(node, wanted, trace)
    if state.watch is not None:
        state.watch.flushed(program, trace)
    leaves = program.own(trace) if program.donated else trace.leaves  # pyright: ignore[reportAttributeAccessIssue]
    values, saved, fault = program(leaves, pack(trace.scalars, program.words[0]))
    for stamp in trace.stamps.values():
        stamp.hosted = program.small
    if len(wanted) < len(pending):
        of = dict(zip(wanted, values))
        values = [of[h._ref] for h in pending]
    commit(trace, program, pending, values, saved)
    if fault is not None:
        note_fault(fault, program, trace.sites)
    if _ONCE:
        forget_paths()


def hand_out(trace):
    """What ran before, and has kept its results as long as nobody looked, gives them to their holders."""
    trace.closed = True
    ready, trace.ready = trace.ready, None
    pending, values = in_use(trace), ready()
    commit(trace, None, pending, [values[h._ref] for h in pending], ())


def in_use(trace):
    """The pending holders that somebody has."""
    found, before = sweep(trace.live, trace), 0
    if len({*map(id, found)}) < len(found) or Base in {*map(type, found)}:
        # One that became pending twice held itself; a family was held by tensors that are gone by now.
        found = list({id(h): h for h in found}.values())
        while len(found) != before:
            before = len(found)
            found = sweep(found, trace)
    return found


def sweep(holders, trace):
    """The pending ones among `holders` that this list is not the only one to hold. Takes them out, and so lets the others
    go, the last first: a view lets go of what it is a view of."""
    found, pop, count = [], holders.pop, sys.getrefcount
    while holders:
        holder = pop()
        if count(holder) > IDLE and holder._trace is trace and holder._array is None:
            found.append(holder)
    found.reverse()
    return found


def without_values(trace, pending):
    """The holders that are to be computed: those of the meta device have their arrays at once."""
    for holder in pending:
        ref = holder._ref
        if ref.device is devices.META:
            source = holder._source = trace.sources.get(ref)
            holder._array, holder._trace = no_data(ref.shape, ref.dtype.np), None
            holder._ref = concrete_ref(ref.shape, ref.dtype, ref.device, source is not None)
    return [h for h in pending if h._array is None]


def note_fault(fault, program, sites):
    """A fault word to look at when something is observed."""
    state.faults.append((fault, program.fault_table, sites))
    if len(state.faults) > MOST_FAULTS:  # nobody looks at anything: the older words are there by now
        state.faults = [f for f in state.faults[:-8] if word_of(f[0])[0] >= 0] + state.faults[-8:]


def word_of(fault):
    """(number of the fault or -1, the wrong value) of a fault word, an array or a pair of numbers."""
    return fault if type(fault) is tuple else np.asarray(fault).tolist()


def program_for(node, wanted, trace):
    """The program of a path and what is wanted of it; a Stepwise one is replaced once the path has repeated."""
    if node.programs is None:
        node.programs = {}
    key = (wanted, tuple(trace.freed))
    entry = node.programs.get(key)
    new = entry is None
    if new:  # a path that was seen once has left the tree in the meantime
        entry = node.programs[key] = [None, 1 if node.signature in _SEEN else 0, False]
    program = entry[0]
    if program is not None and program.repeats and not state.stepwise:
        program.came_back = True
        return program
    entry[1] += 1
    if state.stepwise:
        return Stepwise(node, wanted, saved_calls(wanted, trace), chunked=False)
    # A stepwise program is made anew a few times: calls that were unknown at first may run in chunks by now.
    if state.watch is not None or policy.compiles(node, entry[1], user_site(), wanted, program):
        program = None if state.watch is None else state.watch.made_elsewhere(node, wanted, trace)
        if program is None:
            saving, static = saved_calls(wanted, trace), state.watch is not None
            program = Compiled(node, wanted, saving, overwritten(trace, wanted), static)
        policy.note(program, entry[1], user_site(), state.watch is not None)
    elif program is None or entry[1] in (4, 8, 16):
        known = program
        program = Stepwise(node, wanted, saved_calls(wanted, trace), overwritten(trace, wanted))
        program.quickest = math.inf if known is None else known.quickest
    entry[0] = program
    if new and type(program) is not Compiled:
        new_path(node, entry, trace)
    return program


def new_path(node, entry, trace):
    """A path that is not known leaves the tree again; only when it comes a second time it stays for a while.

    So a program whose structure always differs stays bounded, and what it recorded goes at once: thousands of nodes
    that outlive a few steps make Python search everything that is alive for garbage (0.2 s each time).
    """
    if entry[1] == 2:
        _TWICE.append((node, entry))
        if len(_TWICE) > config.paths_seen_twice:
            node, entry = _TWICE.popleft()
            if entry[1] == 2:
                leave(node, entry)
        return
    if len(_SEEN) > config.signatures:
        _SEEN.clear()
    _SEEN.add(node.signature)
    _ONCE.append((node, entry, trace))


_SEEN: set[int] = set()  # signatures of the paths that were taken
_ONCE: collections.deque = collections.deque()  # (node, entry of the program, trace), to leave the tree
_TWICE: collections.deque = collections.deque()


def forget_paths():
    """Take new paths out of the tree, once nobody can differentiate through their traces any more."""
    for _ in range(min(len(_ONCE), 4)):  # a few at a time: those that are still needed go round
        node, entry, trace = _ONCE.popleft()
        needed = not trace.is_over()
        if needed and len(_ONCE) < config.paths_seen_once:
            _ONCE.append((node, entry, trace))
            continue
        if entry[1] == 1:
            needed = needed or entry[0].outlived
            entry[0] = None
            leave(node, entry, dismantle=not needed and len(THREADS) == 1 and state.trace.node.kind == ROOT)


def leave(node, entry, dismantle=False):
    """One program of a path goes, and with its last one the path: others are for the same path with other results wanted.

    A path is dismantled only where none of those that went before may still be differentiated through (entry[2]).
    """
    node.programs = {key: other for key, other in (node.programs or {}).items() if other is not entry}
    if not node.programs:
        return node.forget(dismantle=dismantle and not entry[2])
    for other in node.programs.values():
        other[2] = other[2] or entry[2] or not dismantle


def saved_calls(wanted, trace):
    """The calls, last first, through which a wanted result may still be differentiated."""
    found, todo = {}, [r for r in wanted if r.needs]
    while todo:
        calls, reached = visited_from(todo)
        found.update(dict.fromkeys(calls))
        # A custom Function passes gradients on to what it was called with.
        behind = [
            s[1]
            for r in reached
            if r in trace.calls
            for s in trace.calls[r].sources
            if type(s) is tuple and s[0] is trace
        ]
        todo = [r for r in behind if r.node not in found]
    gone = frozenset().union(*(plan.saving for plan in trace.freed))
    return tuple(sorted((n for n in found if n not in gone), key=lambda n: -n.slots))


def commit(trace, program, pending, values, saved):
    """Hand the results to their holders: `values` are theirs, in order."""
    past, sources = keep(trace, program, saved) if trace.engines else None, trace.sources
    if state.laid_out is not None:
        state.laid_out(trace, pending)
    refs = [holder._ref for holder in pending]
    for holder, ref, array in zip(pending, refs, values):
        holder._array = array
        if ref.needs:
            source = sources.get(ref)
            if source is None:
                past = past or keep(trace, program, saved)
                source = (past, ref)
            holder._source = source
        holder._trace = None
        holder._ref = ref.as_array or concrete(ref)
    if past is not None and program.kept_values:
        stamp(past, pending, refs, program.kept_values)
    release(trace)


def stamp(past, holders, refs, kept):
    """Let later writes to values without a history be known to what was kept of the trace, which has saved them."""
    for holder, ref in zip(holders, refs):
        if ref in kept:
            found = past.stamps.get(ref)
            if found is None:
                found = past.stamps[ref] = Stamp()
            holder._stamp = found


def keep(trace, program, saved):
    """What a later backward needs of a trace that has run, apart from the trace itself: tensors that only entered it
    still point there, and must not keep the graph alive."""
    past = past_of(program, saved, trace.leaves, trace.scalars, trace.number)
    for name in ("calls", "freed", "hooked", "overwritten", "sources", "stamps"):
        setattr(past, name, getattr(trace, name))
    trace.past = weakref.ref(past)
    for engine in trace.engines:
        engine.moved(trace, past)
    return past


def past_of(program, saved, leaves, scalars, number):
    """A closed trace that holds what a program has saved."""
    past = Trace(False, number)
    past.closed = True
    past.segment = Segment(program, saved, () if program.donated else leaves, scalars)
    for earlier in program.over:
        earlier.outlived = True
    return past


class Segment:
    """What a closed trace keeps for backward: its program's saved arrays, and its inputs for replays."""

    __slots__ = ("__weakref__", "bulk", "leaves", "program", "saved", "scalars")

    def __init__(self, program, saved, leaves, scalars):
        self.program = program
        self.saved = saved
        self.leaves = leaves
        self.scalars = scalars
        self.bulk = None  # (trace, Ref) where the saved arrays have entered


def release(trace):
    """A closed trace that nobody differentiates through: an empty shell."""
    trace.live = trace.leaves = trace.scalars = trace.undo = ()
    trace.sources = trace.stamps = trace.hooked = trace.calls = trace.parts = {}
    trace.freed = ()  # `overwritten` stays: it may be shared with what was kept


def roll_back(trace):
    """A failed run: everything that was concrete before the trace is so again."""
    for holder, array, ref, source in reversed(trace.undo):
        holder._array, holder._ref, holder._source, holder._trace = array, concrete(ref), source, None
    release(trace)
