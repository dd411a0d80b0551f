"""What a compiled function did, in the user's words."""

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
        self.pending = "the first call"

    def new_kind(self, key, others):
        if others:
            self.pending = difference(key, list(others)[-1])

    def recorded(self, recording, reason, seconds):
        why = reason or self.pending or "the call before is compared with this one"
        self.pending = None
        outcome = recording.obstacles[0] if recording.obstacles else "recorded"
        if len(self.events) < 1000:
            self.events.append(Event(why, seconds, outcome))


def difference(key, old):
    """How the arguments of a call differ from those before, in words."""
    for i, (a, b) in enumerate(zip(key[1:-1], old[1:-1])):
        if a != b:
            return f"argument {i} changed from {b[1]}{tuple(b[0])} to {a[1]}{tuple(a[0])}"
    if key[-1] != old[-1]:
        return "grad mode changed"
    return "arguments of another structure, or other constants"
