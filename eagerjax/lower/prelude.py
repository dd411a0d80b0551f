"""Where a network's forward pass begins: what was recorded before it, and differs now and then, runs on its own.

A loop adds up its losses, counts its tokens, prepares a mask: a few small steps, still pending when the next forward
pass is recorded. They would be the beginning of its path, and each variant of them (the first round, the round after a
printed line) would make another path of the whole network, to be compiled anew for seconds.
"""

import functools
import weakref

from eagerjax.lower import hosted
from eagerjax.lower.flush import flush
from eagerjax.record.trace import state
from eagerjax.record.trie import CALL, DETACH, LEAF, ROOT, VARIABLE
from eagerjax.runtime import config

_CALLED: dict[int, weakref.ref] = {}  # id -> module that was called: a WeakSet takes as long as an op


def forward_begins(module):
    """A module is called. Small steps before its parameters are read run now, unless this path led on before.

    Many of them (a loop over the rows of a batch) run now in any case: each costs microseconds, and 10 ms to compile.
    """
    trace = state.trace
    node = trace.node
    if node.kind is ROOT:
        is_first(module)
        return
    many = node.depth > config.longest_beginning
    if (node and not many) or not trace.grad:
        return
    if state.watch is not None or state.body is not None:
        return
    first = is_first(module)
    if is_small(node) and (many or not first or draws(node)):  # the first time it is as good a beginning as any
        flush()


def is_first(module):
    """Is the module called for the first time? Notes that it was."""
    key = id(module)
    known = _CALLED.get(key)
    if known is not None and known() is module:
        return False
    _CALLED[key] = weakref.ref(module, functools.partial(forget, key))
    return True


def forget(key, gone):
    if _CALLED.get(key) is gone:
        del _CALLED[key]


def draws(node):
    """Are random numbers among what is pending? XLA would fuse the generator into each loop of the network that reads them,
    draw them over and over and compile that for minutes."""
    while node.kind is not ROOT:
        if node.kind is CALL and node.op.random:
            return True
        node = node.parent
    return False


def is_small(node):
    """Do the steps up to here belong to no network, and run without a compilation but for those of single draws?

    One call in twenty may be compiled on its own.
    """
    compiled = node.depth // 20 if node.depth > config.longest_beginning else 0
    while node.kind is not ROOT:
        if node.kind is CALL:
            if any(r.needs for r in node.results):
                return False
            compiled -= not (node.op.random or hosted.of(node, False) is not None)
            if compiled < 0:
                return False
        elif node.kind not in (LEAF, DETACH, VARIABLE):  # a variable: a target network's weights follow
            return False
        node = node.parent
    return True
