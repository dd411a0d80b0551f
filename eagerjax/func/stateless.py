"""Modules as functions of their parameters: `functional_call`, `stack_module_state`."""

import contextlib

from eagerjax.namespace import torch


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """`module(*args, **kwargs)` with some parameters and buffers replaced, for this call only.

    parameter_and_buffer_dicts: {name: tensor}, or several of them. Tied parameters are replaced together, unless
    tie_weights is False. Under strict all must be given. A buffer that the call changes is changed in the dict.
    """
    given = merged(parameter_and_buffer_dicts)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with replaced(module, given, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def merged(dicts):
    """One dict of several. Raises ValueError for a name that is in two."""
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, (tuple, list)):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    if not all(isinstance(d, dict) for d in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for d in dicts for name in d]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{twice} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: value for d in dicts for name, value in d.items()}


@contextlib.contextmanager
def replaced(module, given, tie_weights, strict):
    """Inside, the module holds the given tensors."""
    places = slots(module)
    check_names(places, given, strict)
    known = {name: value for name, value in given.items() if name in places}
    values = with_tied(places, known) if tie_weights else known
    old = {name: get(places, name) for name in values}
    try:
        for name, value in values.items():
            put(places, name, value)
        yield
    finally:
        for name in known:
            given[name] = get(places, name)
        for name, value in old.items():
            put(places, name, value)


def slots(module):
    """{full name: (the dict that holds it, key)} of all parameters and buffers, tied ones under each name."""
    found = {}
    for prefix, part in module.named_modules(remove_duplicate=False):
        for table in (part._parameters, part._buffers):
            for key, value in table.items():
                if value is not None:
                    found[f"{prefix}.{key}" if prefix else key] = (table, key)
    return found


def get(places, name):
    table, key = places[name]
    return table[key]


def put(places, name, value):
    table, key = places[name]
    table[key] = value


def check_names(places, given, strict):
    unknown = [name for name in given if name not in places]
    if not strict:
        return
    tensors = {id(get(places, name)) for name in given if name in places}
    missing = [name for name in places if name not in given and id(get(places, name)) not in tensors]
    text = ""
    if unknown:
        text += f"Unexpected key(s): {', '.join(unknown)}."
    if missing:
        text += f"{' ' if text else ''}Missing key(s): {', '.join(missing)}."
    if text:
        raise RuntimeError(f"Error(s) in reparametrizing: {text}")


def with_tied(places, given):
    """`given`, and the same values for what is tied to it. Raises ValueError for tied ones with different values."""
    values, seen = dict(given), {}
    for name, value in given.items():
        if seen.setdefault(id(get(places, name)), value) is not value:
            raise ValueError(f"functional_call got multiple values for keys that are tied (among them {name!r}). Consider using "
                             "tie_weights=False")  # fmt: skip
    for name in places:
        if name not in values and id(get(places, name)) in seen:
            values[name] = seen[id(get(places, name))]
    return values


def stack_module_state(models):
    """(parameters, buffers) of several equal modules, each stacked along a first dimension: an ensemble for `vmap`."""
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    kinds = [[dict(m.named_parameters()) for m in models], [dict(m.named_buffers()) for m in models]]
    return tuple({name: stacked(name, [d[name] for d in dicts]) for name in dicts[0]} for dicts in kinds)


def stacked(name, tensors):
    needs = {t.requires_grad for t in tensors}
    if len(needs) > 1:
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    return torch.stack([t.detach() for t in tensors]).requires_grad_(needs.pop())


def replace_all_batch_norm_modules_(root):
    """Make all batch norms below `root` use the statistics of their batch only. Returns `root`."""
    for part in root.modules():
        if getattr(part, "track_running_stats", False) and hasattr(part, "num_batches_tracked"):
            part.running_mean = part.running_var = part.num_batches_tracked = None
            part.track_running_stats = False
    return root


def debug_unwrap(tensor, *, recurse=True):
    """The tensor itself: there are no wrappers here."""
    return tensor
