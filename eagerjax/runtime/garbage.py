"""How often Python looks for garbage while operations are recorded."""

import gc
import os

OURS = "EAGERJAX_GARBAGE"
DEFAULTS = (700, 2000)
"""Young objects that start a collection in CPython 3.11-3.13, unless somebody said otherwise."""
OBJECTS_PER_OP = 10
"""Python objects that recording an op makes; PyTorch makes about one, the tensor."""


def relax():
    """Collect young objects every so many *operations*, not objects, as under PyTorch.

    Recording makes some ten objects per op, where PyTorch's records are in C++: with Python's own threshold the
    collector runs ten times as often as in the same program under PyTorch, and a full collection, which looks at
    every object of the process, came every 60 steps of a recursive network and took a quarter of its time. What
    somebody else has set stays as it is; `EAGERJAX_GARBAGE=python` keeps Python's own.
    """
    young, *older = gc.get_threshold()
    if young in DEFAULTS and os.environ.get(OURS) != "python":
        gc.set_threshold(young * OBJECTS_PER_OP, *older)
