"""Calling a module with other parameters than its own."""

from contextlib import contextmanager

__all__ = ["functional_call"]


def _places(module):
    """{dotted name: (dictionary, key)} of all parameters and buffers, shared ones under each of their names."""
    found = {}
    for path, part in module.named_modules(remove_duplicate=False):
        for members in (part._parameters, part._buffers):
            for key in members:
                found[f"{path}.{key}" if path else key] = (members, key)
    return found


def _with_tied(places, given):
    """`given`, extended to all names of a tensor that has several. Raises ValueError where they disagree."""
    names_of = {}
    for name, (members, key) in places.items():
        if members[key] is not None:
            names_of.setdefault(id(members[key]), []).append(name)
    complete = dict(given)
    for names in names_of.values():
        values = [given[name] for name in names if name in given]
        if len(names) == 1 or not values:
            continue
        if any(value is not values[0] for value in values):
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        complete.update(dict.fromkeys(names, values[0]))
    return complete


def _check_keys(module, places, given):
    unexpected = [name for name in given if name not in places]
    missing = [name for name in places if name not in given]
    messages = [f"{what} key(s): {', '.join(map(repr, names))}." for what, names in
                (("Unexpected", unexpected), ("Missing", missing)) if names]  # fmt: skip
    if messages:
        raise RuntimeError(
            "Error(s) in reparametrizing for {}:\n\t{}".format(module._get_name(), "\n\t".join(messages))
        )


@contextmanager
def swapped(module, tensors, tie_weights=True, strict=False):
    """Inside, `module` has the parameters and buffers `tensors`, by dotted name."""
    places = _places(module)
    if strict:
        _check_keys(module, places, tensors)
    given = _with_tied(places, tensors) if tie_weights else dict(tensors)
    before = {}
    try:
        for name, tensor in given.items():
            if name in places:
                members, key = places[name]
                before[name] = members[key]
                members[key] = tensor
        yield module
    finally:
        for name, tensor in before.items():
            members, key = places[name]
            if name in tensors and members[key] is not given[name]:
                tensors[name] = members[key]  # a buffer that was assigned anew
            members[key] = tensor


def functional_call(module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """`module(*args, **kwargs)` with the given tensors in place of its own."""
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with swapped(module, parameters_and_buffers, tie_weights, strict):
        return module(*args, **(kwargs or {}))
