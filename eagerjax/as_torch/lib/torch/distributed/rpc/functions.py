"""torch.distributed.rpc.functions: a mark of functions, which nothing reads where there are no other processes."""


def async_execution(fn):
    """Decorator: the function itself."""
    return fn
