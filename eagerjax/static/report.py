"""What a compiled function did, in the user's words."""

import collections
import dataclasses


@dataclasses.dataclass
class Event:
    """One run of the Python of a compiled function."""

    reason: str
    seconds: float
    outcome: str


class Report:
    """Collected as a compiled function is called."""

    def __init__(self, function):
        self.name = getattr(function, "__qualname__", type(function).__name__)
        self.events = []
        self.seconds = 0.0  # in all recordings
        self.splits = collections.Counter()  # line at which a value was looked at -> how often
        self.programs = {}  # program -> why it was made
        self.pending = "the first call"
        self.said = None

    def say(self, what):
        """Something about the recording that is under way."""
        self.said = what

    def new_kind(self, key, others):
        if others:
            self.pending = difference(key, list(others)[-1])

    def recorded(self, recording, reason, seconds):
        why = reason or self.pending or "the call before is compared with this one"
        self.pending = None
        outcome = recording.obstacles[0] if recording.obstacles else "recorded"
        if self.said is not None:
            outcome, self.said = f"{outcome}; {self.said}", None
        self.seconds += seconds
        self.splits.update(recording.watch.splits)
        for program in recording.watch.programs:
            self.programs.setdefault(program, why)
        if len(self.events) < 1000:
            self.events.append(Event(why, seconds, outcome))


MODES = ("grad mode", "autocast", "the default dtype", "the default device", "which arguments share memory",
         "the place in the accumulation")  # fmt: skip


def difference(key, old):
    """How the arguments of a call differ from those before, in words."""
    for i, (now, then) in enumerate(zip(key[1], old[1])):
        if now[:2] != then[:2]:
            return f"argument {i} changed from {kind(then)} to {kind(now)}"
        if now[2:4] != then[2:4]:
            return f"argument {i} changed from {place(then)} to {place(now)}"
        if now != then:
            return f"argument {i} has other strides"
    for name, now, then in zip(MODES, key[2], old[2]):
        if now != then:
            return f"{name} changed from {then} to {now}"
    return "arguments of another structure, or other constants"


def kind(facts):
    """`float32(128, 784)`."""
    return f"{facts[1].name}{tuple(facts[0])}"


def place(facts):
    return f"{facts[2]}{' with' if facts[3] else ' without'} requires_grad"
