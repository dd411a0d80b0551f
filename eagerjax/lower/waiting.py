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
    node = trace.node
    if trace.waited or not trace.freed or (node.programs and len(trace.freed) == 1 and trace.freed[0].is_alone(node)):
        return False
    held = [h for h in trace.live if sys.getrefcount(h) > HELD and h._array is None and h._trace is trace
            and (ref := h._ref).needs and ref.node.kind is CALL]  # fmt: skip  (pending, with a history)
    if held:
        gone = {n for p in trace.freed for n in p.visited}  # of most values, found here already
        trace.waited = any(h._ref.node not in gone and is_left(trace, h._ref) for h in held)
    return trace.waited


def is_left(trace, ref):
    """Could one still go backward from this value, through calls that no backward pass has gone through?"""
    way = plan((ref,))
    return (
        bool(way.saving)
        and all(way.saving.isdisjoint(p.saving) for p in trace.freed)
        and not any(trace.writer_past(r) is not None for _, r in way.kept)
    )
