"""torch.multiprocessing.pool: Python's own pool; its processes start anew."""

import multiprocessing.pool

from eagerjax.as_torch.lib.torch.multiprocessing.context import SPAWNING


class Pool(multiprocessing.pool.Pool):
    """`Pool(processes, initializer, initargs, maxtasksperchild)`."""

    def __init__(self, *args, context=None, **kwargs):
        super().__init__(*args, context=SPAWNING if context is None else context, **kwargs)
