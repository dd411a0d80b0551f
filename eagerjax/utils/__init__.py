"""torch.utils. Loader workers import this package without JAX: nothing here may need it at import."""

from eagerjax.utils import data as data


def swap_tensors(t1, t2):
    """Exchange class, attributes and content of two tensors; whoever holds one of them sees the other's from now on.

    Raises RuntimeError if one has views or weak references, or if their classes have different slots.
    """
    from eagerjax.swap import swap  # noqa: PLC0415  (it needs the engine)

    swap(t1, t2)
