"""Nestings of dict, list, tuple and named tuple, in the order that they have: arguments and results of transforms."""


def flatten(tree):
    """(leaves, structure). Anything that is no container is a leaf, None too."""
    leaves = []
    return leaves, structure(tree, leaves)


def structure(tree, leaves):
    """A description of `tree` that can be compared; its leaves are appended to `leaves`."""
    kind = type(tree)
    if is_container(tree):
        keys = tuple(tree) if isinstance(tree, dict) else ()
        items = tree.values() if isinstance(tree, dict) else tree
        return kind, keys, tuple([structure(item, leaves) for item in items])
    leaves.append(tree)
    return None


def is_container(tree):
    return isinstance(tree, (list, tuple, dict)) and type(tree) is not bytes


def build(shape, leaves):
    """The nesting that `shape` describes, of the next items of the iterator `leaves`."""
    if shape is None:
        return next(leaves)
    kind, keys, parts = shape
    items = [build(part, leaves) for part in parts]
    if issubclass(kind, dict):
        return kind(zip(keys, items)) if kind.__name__ != "defaultdict" else dict(zip(keys, items))
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def unflatten(shape, leaves):
    return build(shape, iter(leaves))


def count(shape):
    """How many leaves a structure has."""
    return 1 if shape is None else sum(map(count, shape[2]))


def spread(prefix, shape):
    """One item per leaf of `shape`: those of `prefix`, which may end above the leaves. None if it does not fit."""
    if not is_container(prefix):
        return [prefix] * count(shape)
    if shape is None or len(prefix) != len(shape[2]) or isinstance(prefix, dict) != issubclass(shape[0], dict):
        return None
    if isinstance(prefix, dict):
        if set(prefix) != set(shape[1]):
            return None
        prefix = [prefix[key] for key in shape[1]]
    found = [spread(item, part) for item, part in zip(prefix, shape[2])]
    return None if None in found else [leaf for part in found for leaf in part]
