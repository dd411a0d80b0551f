"""torch.distributed.rpc.api: the decorator of functions that need other processes."""

import functools


def _require_initialized(func):
    """Decorator: calling the function says that there are no other processes."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        raise RuntimeError("RPC has not been initialized. Call torch.distributed.rpc.init_rpc first.")

    return wrapper
