"""Which way a piece takes: compiled whole, or stepwise. Small, so that tests and `explain()` can question it."""

from eagerjax.record.trie import CALL, PULL, PULL_SEGMENT
from eagerjax.runtime import config

_COMPILED: dict[tuple, int] = {}  # call site -> programs compiled for it


def compiles(node, runs, site):
    """Is a path that runs for the `runs`-th time (from 1) at `site` to be compiled whole? Counts those that are."""
    count = _COMPILED.get(site, 0)
    repeats = runs > config.repeats_before_compile and count < config.max_programs
    if count >= config.eager_programs:
        chosen = repeats and runs > config.repeats_after_allowance and node.depth <= config.largest_late_program
    else:
        chosen = repeats or trains(node)
    if chosen:
        _COMPILED[site] = count + 1
    return chosen


def trains(node):
    """Does the path hold a reverse pass or an optimizer's update, so that it will surely repeat?"""
    while node.parent is not None:
        if node.kind in (PULL, PULL_SEGMENT) or (node.kind is CALL and getattr(node.op, "update", False)):
            return True
        node = node.parent
    return False
