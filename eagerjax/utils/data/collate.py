"""From a list of samples to a batch: default_collate and default_convert."""

import collections.abc
import copy

import numpy as np

from eagerjax.utils.data.host import is_tensor, stack_tensors, stacked, tensor_of

_REFUSED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data):
    """Arrays become tensors, however deep they lie; everything else stays what it is. For `batch_size=None`."""
    if is_tensor(data):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SUaO" else tensor_of(np.array(data))
    if isinstance(data, collections.abc.Mapping):
        return _mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(d) for d in data]
    if isinstance(data, collections.abc.Sequence) and not isinstance(data, (str, bytes)):
        return _sequence(data, [default_convert(d) for d in data])
    return data


def collate(batch, *, collate_fn_map=None):
    """Put samples together by the kind of the first: a table of functions, then containers element by element."""
    elem = batch[0]
    kind = type(elem)
    found = _look_up(kind, elem, collate_fn_map)
    if found is not None:
        return found(batch, collate_fn_map=collate_fn_map)
    if is_tensor(elem):
        return stack_tensors(batch)

    def column(samples):
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(elem, collections.abc.Mapping):
        return _mapping(elem, {key: column([d[key] for d in batch]) for key in elem})
    if isinstance(elem, tuple) and hasattr(elem, "_fields"):
        return kind(*map(column, zip(*batch)))
    if isinstance(elem, collections.abc.Sequence):
        if any(len(other) != len(elem) for other in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [column(samples) for samples in zip(*batch)]
        return columns if isinstance(elem, tuple) else _sequence(elem, columns)
    raise TypeError(_REFUSED.format(kind))


def _look_up(kind, elem, table):
    if table is None:
        return None
    return table.get(kind) or next((fn for key, fn in table.items() if isinstance(elem, key)), None)


def _mapping(like, items):
    """`items` as a mapping of the kind of `like`; a dict where that kind cannot be made."""
    try:
        if isinstance(like, collections.abc.MutableMapping):
            made = copy.copy(like)
            made.update(items)
            return made
        return type(like)(items)
    except TypeError:
        return items


def _sequence(like, items):
    """`items` as a sequence of the kind of `like`; a list where that kind cannot be made."""
    try:
        if isinstance(like, collections.abc.MutableSequence):
            made = copy.copy(like)
            for i, item in enumerate(items):
                made[i] = item
            return made
        return type(like)(items)
    except TypeError:
        return items


def collate_numpy_array_fn(batch, *, collate_fn_map=None):
    if batch[0].dtype.kind in "SUaO":
        raise TypeError(_REFUSED.format(batch[0].dtype))
    return stacked([np.asarray(b) for b in batch])


def collate_numpy_scalar_fn(batch, *, collate_fn_map=None):
    return tensor_of(np.array(batch))


def collate_float_fn(batch, *, collate_fn_map=None):
    return tensor_of(np.array(batch, np.float64))


def collate_int_fn(batch, *, collate_fn_map=None):
    array = np.array(batch)
    return tensor_of(array.astype({"i": np.int64, "f": np.float32}.get(array.dtype.kind, array.dtype)))


def collate_str_fn(batch, *, collate_fn_map=None):
    return batch


default_collate_fn_map = {
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}
"""Functions for kinds of samples, by type or tuple of types; users may add theirs. Tensors are stacked."""


def default_collate(batch):
    """The batch of a list of samples: tensors and arrays are stacked, numbers become tensors.

    >>> torch.utils.data.default_collate([(1.0, 0), (2.0, 1)])
    [tensor([1., 2.], dtype=torch.float64), tensor([0, 1])]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
