"""May a step wait for the next one? Several optimizers take turns on one graph: in a GAN the images that the discriminator
learns from are kept, with their graph, for the generator. Run apart, all that graph needs would leave the first program."""

import sys

from eagerjax.lower.backward import plan
from eagerjax.lower.flush import IDLE
from eagerjax.record.trie import CALL

HELD = IDLE + 1
"""What getrefcount says of an object that a list and a local name hold."""


def waits(trace):
    """Has somebody a pending value whose graph is not used up, nor written to? Once for each trace."""
    if trace.waited or not trace.freed:
        return False
    for holder in trace.live:
        if sys.getrefcount(holder) > HELD and is_left(trace, holder):
            trace.waited = True
            return True
    return False


def is_left(trace, holder):
    """Could one still go backward from this value, through calls that no backward pass has gone through?"""
    ref = holder._ref
    if not ref.needs or holder._trace is not trace or holder._array is not None or ref.node.kind is not CALL:
        return False
    way = plan((ref,))
    return (
        bool(way.saving)
        and all(way.saving.isdisjoint(p.saving) for p in trace.freed)
        and not any(trace.writer_past(r) is not None for _, r in way.kept)
    )
