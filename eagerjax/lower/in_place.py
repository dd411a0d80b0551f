"""Stepwise execution of a path that writes into parts of tensors: into the array itself, where nobody else sees it.

`x[i, j] = value` is recorded as a new value of the whole of x. A loop that fills a table would copy the table for each
element. The array is written to where this run made it (or the trace gave it up) and no other value, a numpy view of
it among them, is still wanted.
"""

import sys

import numpy as np

from eagerjax.lower import hosted
from eagerjax.lower.hosted_run import HostedEvaluation
from eagerjax.record.trie import CALL


def is_write(node):
    return node.kind is CALL and node.op.writes


def deaths(path, wanted, with_pull, inside):
    """{node: the Refs that nobody reads after it}, for a path with writes that may go into the array; else {}.

    What the calls of a piece read is read as its last one runs.
    """
    if not any(is_write(n) and n not in with_pull for n in path):
        return {}
    last = {}
    for node in path:
        reader = inside[node].nodes[-1] if node in inside else node
        last.update(dict.fromkeys(node.inputs, reader))
    found = {}
    for ref, node in last.items():
        if ref not in wanted:
            found.setdefault(node, []).append(ref)
    return found


def _alone():
    """What getrefcount says in `owned` of an array that only its caller holds."""

    def owned(array):
        return sys.getrefcount(array)

    array = np.zeros(1)
    return owned(array)


ALONE = _alone()
GIVEN_UP = 3
"""Who else holds an array that the trace gave up: its inputs, what undoes the trace, and `mine`."""


class InPlaceEvaluation(HostedEvaluation):
    """`mine` are arrays among the inputs that the trace gave up for what is written."""

    def __init__(self, calls, leaves, words, with_pull, inside, deaths, mine):
        super().__init__(calls, leaves, words, with_pull, inside)
        self.deaths = deaths
        self.mine = {id(array): array for array in mine}

    def run(self, path):
        values, deaths = self.values, self.deaths
        for node in path:
            getattr(self, "run_" + node.kind)(node)
            for ref in deaths.get(node, ()):
                values.pop(ref, None)
        return self

    def run_call(self, node):
        if not is_write(node) or node in self.with_pull or node in self.inside or not self.write(node):
            super().run_call(node)

    def write(self, node):
        """Write into the array. False where that is not possible."""
        base, value = node.inputs
        if base is value or base not in self.deaths.get(node, ()):
            return False
        window = hosted.window(node)
        if window is None:
            return False
        array, new = self.values.pop(base), self.values[value]
        if getattr(new, "base", None) is array:  # `x[i] += 1` ends with what x[i] shows
            new = new.copy()
            if value in self.deaths[node]:
                del self.values[value]
        if not self.owned(array):
            array = np.array(array)
        before = self.at
        part = window.run(array, *[self.number(kind) for kind in node.scalars])[0]
        if getattr(part, "base", None) is not array:
            self.values[base], self.values[value], self.at = array, new, before
            return False
        part[...] = new
        self.values[node.results[0]] = array
        return True

    def owned(self, array):
        if type(array) is not np.ndarray or not (array.flags.owndata and array.flags.writeable):
            return False
        return sys.getrefcount(array) <= ALONE + (GIVEN_UP if id(array) in self.mine else 0)
