"""What a dataset can learn of the worker that it is in."""


class WorkerInfo:
    """`id`, `num_workers`, `seed` of this worker, and its own copy of the `dataset`."""

    def __init__(self, **facts):
        self.__dict__.update(facts)
        self.__dict__["_names"] = tuple(facts)

    def __setattr__(self, name, value):
        raise RuntimeError(f"Cannot assign attributes to {type(self).__name__} objects")

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in self._names)})"


current = None


def get_worker_info():
    """The WorkerInfo inside a DataLoader worker; None in the main process."""
    return current


def set_worker_info(info):
    global current
    current = info
