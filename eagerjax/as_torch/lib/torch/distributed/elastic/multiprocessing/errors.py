"""torch.distributed.elastic.multiprocessing.errors: programs for torchrun decorate `main` with `record`."""


def record(fn, error_handler=None):
    """Decorator: the function itself; its errors are printed by Python."""
    return fn
