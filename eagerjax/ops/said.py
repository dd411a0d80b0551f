"""What bodies warn of: said at the user's line when a call is met for the first time, not when its body runs again."""

import contextlib
import threading


class _Said(threading.local):
    messages: list[str] | None = None


_said = _Said()


@contextlib.contextmanager
def listening():
    """The messages of a body that runs inside, as a list. Elsewhere nobody listens."""
    before, _said.messages = _said.messages, []
    try:
        yield _said.messages
    finally:
        _said.messages = before


def say(message):
    """A warning from a body."""
    if _said.messages is not None and message not in _said.messages:
        _said.messages.append(message)
