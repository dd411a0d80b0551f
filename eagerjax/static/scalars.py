"""The numbers that a replayed call gives its program: those of arguments, watched ones, an optimizer's, and random words."""

import itertools
import operator

from eagerjax.known import is_settled
from eagerjax.lower.infer import placeholders
from eagerjax.lower.program import pack
from eagerjax.ops.define import HERE
from eagerjax.runtime import random


class Mismatch(Exception):
    """Something is not as it was recorded; the message says what, in the user's words."""


class Scalars:
    """What is known of the numbers of a recording, of which `free` come with a call: {index: positions that take it}."""

    def __init__(self, recording, free):
        self.recording = recording
        self.free = free
        self.kind_of = {p: type(recording.scalars[p]) for places in free.values() for p in places}
        self.limits = [limit for node in recording.program.path if (limit := self.limit(node)) is not None]
        self.groups = list({id(group): group for _, group, *_ in recording.updates}.values())
        self.sources = None  # the objects that the numbers of the last call were made of,
        self.latest = None  # what came out,
        self.words = None  # and that as the program takes it

    def limit(self, node):
        """(op, shape of its first operand, its arguments that stay, names and span of its numbers) of a call that takes a
        number which may be another each time, and does not take any."""
        if node.op is None or node.op.allows is None or not any(node.parent.numbers <= p < node.numbers for p in self.kind_of):
            return None
        numbers = placeholders(node.template)
        arguments = [(name, entry) for name, entry in zip(node.op.names, node.template) if entry is not HERE]
        stay = {name: entry for name, entry in arguments if entry not in numbers}
        names = [name for name, entry in arguments if entry in numbers]
        first = node.parent.numbers
        return node.op, node.inputs[0].shape if node.inputs else None, stay, names, slice(first, first + len(names))

    def given(self, numbers):
        """The trace's numbers, with those of a call; rates and random words are not looked up yet."""
        scalars = list(self.recording.scalars)
        for i, positions in self.free.items():
            for position in positions:
                scalars[position] = self.kind_of[position](numbers[i])
        return scalars

    def now(self, numbers):
        """The numbers of a call. Raises Mismatch where one is not as it may be."""
        sources = [*numbers, *itertools.chain.from_iterable(map(dict.values, self.groups))]
        known = self.sources
        if known is None or len(sources) != len(known) or not all(map(operator.is_, sources, known)):
            self.latest = self.looked_up(numbers)
            self.sources, self.words = sources if all(map(is_settled, self.groups)) else None, None
        return self.once_more()

    def once_more(self):
        """The numbers of the last call, with new random words."""
        if not self.recording.words:
            return self.latest
        scalars = [*self.latest]
        for position, generator in self.recording.words:
            scalars[position] = random.next_word(generator)
        return scalars

    def looked_up(self, numbers):
        scalars = self.given(numbers)
        for op, shape, stay, names, span in self.limits:
            if not op.allows(shape, **stay, **dict(zip(names, scalars[span]))):
                raise Mismatch(f"a number is out of the range that {op.name.removeprefix('_')} takes")
        for rule, group, first, last, then in self.recording.updates:
            now = rule.numbers(group)
            fresh = [n for n in now[0] if isinstance(n, (int, float))]
            if now[1] != then[1] or (now[0] != then[0] if last == first else len(fresh) != last - first):
                raise Mismatch(f"the options of {type(rule).__name__} changed")
            scalars[first:last] = fresh if last > first else ()
        return scalars

    def packed(self, scalars):
        """What `now` gave, as the program takes it."""
        if scalars is not self.latest:
            return pack(scalars)
        if self.words is None:
            self.words = pack(scalars)
        return self.words
