"""Which way a piece takes: compiled whole, or stepwise. Small, so that tests and `explain()` can question it."""

import math
import weakref

from eagerjax.record.trie import CALL, PULL, PULL_SEGMENT
from eagerjax.runtime import config

_COMPILED: dict[tuple, int] = {}  # call site -> programs compiled for it
_ASKED: dict[tuple, int] = {}  # call site -> times that a path ran there stepwise, or was compiled
_PROGRAMS: dict[tuple, list] = {}  # call site -> (weak reference to a program, why it was compiled)
SECONDS_PER_STEP = 0.02
"""What compiling a step of a path takes, as long as nothing is known."""
STATIC = "the program of a function under jit=True"


def compiles(node, runs, site, wanted, before):
    """Is a path that runs for the `runs`-th time (from 1) at `site` to be compiled whole? Counts those that are.

    `before` is the stepwise program by which it ran until now, or None.
    """
    count = _COMPILED.get(site, 0)
    _ASKED[site] = _ASKED.get(site, 0) + 1
    repeats = runs > config.repeats_before_compile and count < config.max_programs
    if node.leaves == 0 and node.depth > config.longest_creation:
        chosen = False  # a model is being made: no number of times pays for compiling all its draws into one program
    elif runs <= config.repeats_of_filling and fills(node):
        chosen = False
    elif count >= config.eager_programs:
        chosen = repeats and runs > config.repeats_after_allowance and has_paid(before, runs, site)
    elif is_repetitive(node) or is_light(node):
        soon = runs > 1 and node.depth <= config.max_trace and comes_often(runs, site)
        chosen = soon or (before is not None and has_paid(before, runs, site))
    elif count >= config.programs_on_trust and node.depth > config.long_path and not came_back(site):
        chosen = repeats
    else:
        new = _ASKED[site] <= config.eager_programs  # else paths differ there: this one may not come back either
        chosen = repeats or (new and (trains(node) or is_forward(node, wanted)))
    if chosen:
        _COMPILED[site] = count + 1
    return chosen


def has_paid(before, runs, site):
    """Has a path run stepwise for as long as compiling it would take, to judge by its site's other programs?

    Then all the waiting is at most twice that of the better choice, whether or not it comes again.
    """
    if before is None:
        return True
    known = [(p.seconds, len(p.path)) for ref, _ in _PROGRAMS.get(site, ()) if (p := ref()) is not None and p.seconds]
    seconds, steps = map(sum, zip((SECONDS_PER_STEP, 1), *known))
    return runs * before.quickest > len(before.path) * seconds / steps


def comes_often(runs, site):
    """Is a path a good share of those that ran stepwise at `site`? Among sixty lengths of episodes one comes back by chance."""
    return config.share_of_repeats * runs >= _ASKED[site]


def is_repetitive(node):
    """Is this long path made of a few calls, or of reverse passes of a few programs, again and again?

    Stepwise costs little then, and it need not come back: losses of words of all lengths may be summed, each batch another
    way. A network in a loop comes back, one step late.
    """
    if node.depth <= config.long_repetition:
        return False
    calls = [n.call if n.kind is CALL else n.detail[2] for n in node.path() if n.kind in (CALL, PULL_SEGMENT)]
    return len(calls) >= config.calls_of_one_kind * len(set(calls))


def is_light(node):
    """Is this path made of many calls on little data? Stepwise they are numpy code that is translated once for all paths."""
    if node.depth <= config.long_light:
        return False
    path = node.path()
    sizes = [math.prod(r.shape) for n in path for r in n.results]
    return sum(sizes) <= config.most_elements_in_numpy and not any(n.kind is CALL and n.op.convolution for n in path)


def came_back(site):
    """Was one of the programs that were compiled at `site` used a second time?"""
    return any(ref() is not None and ref().came_back for ref, _ in _PROGRAMS.get(site, ()))


def note(program, runs, site, static):
    """Remember a compiled program for `explain()`."""
    why = STATIC if static else reason(program.node, runs)
    known = _PROGRAMS.setdefault(site, [])
    if len(known) >= config.max_programs:
        known[:] = [entry for entry in known if entry[0]() is not None][-config.max_programs :]
    known.append((weakref.ref(program), why))


def reason(node, runs):
    """Why a path is compiled whole, in words."""
    if runs == 1:
        return f"{'a backward pass or an optimizer step' if trains(node) else 'the forward pass of a network'}: it will repeat"
    return f"the same operations came {runs} times"


def programs():
    """[(call site, program, why)] of the compiled programs that are alive, oldest first for each site."""
    return [(site, ref(), why) for site, known in _PROGRAMS.items() for ref, why in known if ref() is not None]


def trains(node):
    """Does the path hold a reverse pass or an optimizer's update, so that it will surely repeat?

    Not if it goes back through a program that ran stepwise: that one is made anew, and the path with it.
    """
    found = False
    while node.parent is not None:
        if node.kind is PULL_SEGMENT and not node.detail[2].repeats:
            return False
        found = found or node.kind in (PULL, PULL_SEGMENT) or (node.kind is CALL and getattr(node.op, "update", False))
        node = node.parent
    return found


def fills(node):
    """Is this long path a loop that writes elements into tensors? Stepwise a write costs microseconds, to compile 10 ms."""
    if node.depth <= config.shortest_filling or trains(node):
        return False
    writes = sum([n.kind is CALL and n.op.writes for n in node.path()])
    return 20 * writes > node.depth


def is_forward(node, wanted):
    """Is this the forward pass of a network, looked at before its backward pass? Its saved arrays will be wanted."""
    return node.depth > config.network and any(r.needs and r.node.kind is CALL for r in wanted)
