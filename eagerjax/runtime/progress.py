"""A line on stderr when a compilation takes long, and one when it is done."""

import sys
import threading
import time

AFTER = 2.0
"""Seconds after which a compilation is mentioned."""


class Progress:
    """A context around a compilation. Nothing is printed for one that is done in time."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.start = time.perf_counter()
        self.said = False
        self.timer = threading.Timer(AFTER, self.say)
        self.timer.daemon = True
        self.timer.start()
        return self

    def say(self):
        self.said = True
        print(f"eagerjax: compiling {self.what} ...", file=sys.stderr, flush=True)

    def __exit__(self, kind, *_):
        self.timer.cancel()
        if self.said:
            how = "done after" if kind is None else "given up after"
            seconds = time.perf_counter() - self.start
            print(f"eagerjax: compiling {self.what}: {how} {seconds:.1f} s", file=sys.stderr, flush=True)
