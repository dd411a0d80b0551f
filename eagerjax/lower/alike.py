"""Calls that differ in nothing but sizes: what is found out about one of them holds for all.

An episode, a sentence, a list has another length each time, and the product of 41 elements is no other call than that of 40.
To ask JAX about it (its shape, what its reverse pass keeps, its numpy code) took 15 ms for `mul` and `sum`. So a call of
an op that says it is `sizeless` is asked about once, with sizes that stand for any: equal ones for equal sizes, others for
others. A size of 1 is its own, because it broadcasts; and a size of 0 is left to the long way.
"""

import types

from eagerjax.record.trace import concrete_ref

STANDING = (101, 103, 107, 109, 113, 127, 131, 137)
"""The sizes that stand for others."""


class Alike:
    """What stands for a call: `call` with its operands' and results' shapes, and the size that each of STANDING stands for."""

    __slots__ = ("call", "operands", "results", "sizes")

    def __init__(self, call, operands, results, sizes):
        self.call = call
        self.operands = operands
        self.results = results
        self.sizes = sizes


def standing(op, avals):
    """(operands' (shape, dtype) in sizes that stand for any, {such a size: the real one}); None where the sizes count."""
    if not op.sizeless:
        return None
    found = {}
    for shape, _ in avals:
        for size in shape:
            if size == 0:
                return None
            if size > 1 and size not in found:
                if len(found) == len(STANDING):
                    return None
                found[size] = STANDING[len(found)]
    if not found:
        return None
    return tuple([(tuple([found.get(n, n) for n in shape]), dtype) for shape, dtype in avals]), {s: n for n, s in found.items()}


def real(shape, sizes):
    """A shape of sizes that stand for others as it really is."""
    return tuple([sizes.get(n, n) for n in shape])


def stand_in(node):
    """What stands for a node in all that does not depend on sizes, or None: it goes for the nodes of all calls that are alike."""
    alike = getattr(node.call, "alike", None)
    if alike is None:
        return None
    refs = [like(refs, shapes) for refs, shapes in ((node.inputs, alike.operands), (node.results, alike.results))]
    return types.SimpleNamespace(op=node.op, call=alike.call, inputs=refs[0], results=refs[1], scalars=node.scalars)


def like(refs, shapes):
    """Refs of other shapes, on no path."""
    return tuple([concrete_ref(shape, r.dtype, r.device, r.needs) for r, shape in zip(refs, shapes)])
