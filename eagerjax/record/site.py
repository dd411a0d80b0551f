"""The user's own line: the innermost stack frame outside the library."""

import os
import sys

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_site():
    """(file, line) of the innermost frame that is not the library's. Cost: under 1 µs a few frames deep."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            return code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "<unknown>", 0
