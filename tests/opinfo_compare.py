"""When a result of eagerjax's counts as PyTorch's."""

import numbers

import numpy as np
import torch

import eagerjax

TOLERANCE = {torch.float64: (1e-7, 1e-9), torch.complex128: (1e-7, 1e-9), torch.float16: (4e-3, 2e-3),
             torch.bfloat16: (2e-2, 2e-3)}  # fmt: skip
EPSILON = {torch.bfloat16: 2**-7, torch.float16: 2**-10, torch.float64: 2**-52, torch.complex128: 2**-52}


class Different(AssertionError):
    """A result that is not PyTorch's."""


def tensors_in(tree, kind=torch.Tensor):
    """All tensors of a tree, each once."""
    if isinstance(tree, kind):
        return [tree]
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (list, tuple)) else ()
    found = [t for item in items for t in tensors_in(item, kind)]
    return list({id(t): t for t in found}.values())


def layout_of(tree):
    """Shapes and dtypes of the tensors of either library."""
    found = tensors_in(tree) or tensors_in(tree, eagerjax.Tensor)
    return [(tuple(t.shape), str(t.dtype).rpartition(".")[2]) for t in found]


def numpy_of(tensor):
    """A numpy array of a tensor of either library, in the widest type of its kind."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.dtype in (torch.bfloat16, eagerjax.bfloat16):
        tensor = tensor.float()
    array = np.asarray(tensor.numpy(force=True))
    return array.astype({"f": np.float64, "c": np.complex128}.get(array.dtype.kind, array.dtype))


def compare(expected, given, wide=None, ties=None, mask=None, factor=1, where="result"):
    """Raises `Different` unless `given` is what PyTorch has.

    wide: () -> PyTorch's result from double precision, which shows how far its own result is from the truth.
    ties: the tensor whose elements indices point to; other places of equal elements are as good.
    """
    if isinstance(expected, torch.Tensor):
        compare_tensors(expected, given, wide, ties, mask, factor, where)
    elif isinstance(expected, (list, tuple)):
        if not isinstance(given, (list, tuple)) or len(given) != len(expected):
            raise Different(
                f"{where} is a {type(given).__name__}, should be {type(expected).__name__} of {len(expected)}"
            )
        missing = [f for f in fields(expected) if not hasattr(given, f)]
        if missing:
            raise Different(f"{where} has no fields {missing}")
        for i, (e, g) in enumerate(zip(expected, given)):
            compare(e, g, wide and (lambda i=i: wide()[i]), ties, mask, factor, f"{where}[{i}]")
    elif isinstance(expected, dict):
        if list(expected) != list(given):
            raise Different(f"{where} has the keys {list(given)}, should be {list(expected)}")
        for key, value in expected.items():
            compare(value, given[key], wide and (lambda key=key: wide()[key]), ties, mask, factor, f"{where}[{key!r}]")
    else:
        compare_values(expected, given, where)


def fields(value):
    """Names of a named tuple's fields, PyTorch's own kind of them included."""
    if hasattr(value, "_fields"):
        return value._fields
    if type(value).__module__ != "torch.return_types":
        return ()
    return [n for n in dir(type(value)) if not n.startswith(("_", "n_")) and n not in ("count", "index")]


def compare_values(expected, given, where):
    """What is no tensor: numbers, dtypes, devices, strings."""
    kinds = {bool: bool, int: numbers.Integral, float: numbers.Real, complex: numbers.Complex}
    if type(expected) in kinds:
        same = isinstance(given, kinds[type(expected)]) and isinstance(given, bool) == isinstance(expected, bool)
        if not same or not np.isclose(given, expected, rtol=1e-4, atol=1e-5, equal_nan=True):
            raise Different(f"{where} is {given!r}, should be {expected!r}")
    elif str(expected).rpartition(".")[2] != str(given).rpartition(".")[2]:
        raise Different(f"{where} is {given!r}, should be {expected!r}")


def compare_tensors(expected, given, wide, ties, mask, factor, where):
    if not isinstance(given, eagerjax.Tensor):
        raise Different(f"{where} is a {type(given).__name__}, should be a Tensor")
    if layout_of(expected) != layout_of(given):
        raise Different(f"{where} is {layout_of(given)[0]}, should be {layout_of(expected)[0]}")
    e, g = numpy_of(expected), numpy_of(given)
    wrong = far(e, g, *(factor * t for t in TOLERANCE.get(expected.dtype, (1e-4, 2e-5))))
    if mask is not None:
        wrong = wrong & np.broadcast_to(mask, wrong.shape)
    if not wrong.any() or (e.dtype.kind in "iu" and ties is not None and same_elements(ties, e, g)):
        return
    if e.dtype.kind in "fc" and wide is not None:
        wrong = wrong & beyond_its_error(e, g, numpy_of(wide()), expected.dtype)
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0])
        raise Different(
            f"{where}: {wrong.sum()} of {wrong.size} differ, at {[int(i) for i in at]} {g[at]!r}, should be {e[at]!r}"
        )


def far(e, g, rtol, atol):
    """Which elements differ; infinities and NaN must be in the same places."""
    if e.dtype.kind not in "fc":
        return e != g
    with np.errstate(all="ignore"):
        near = np.abs(g - e) <= atol + rtol * np.abs(e)
        return ~((near & np.isfinite(e)) | (e == g) | (np.isnan(e) & np.isnan(g)))


def beyond_its_error(e, g, truth, dtype):
    """Is an element further from the truth than ten times PyTorch's own largest error?"""
    with np.errstate(all="ignore"):
        finite = np.isfinite(truth) & np.isfinite(e)
        own = np.abs(e - truth)[finite].max(initial=0)
        scale = np.abs(truth[finite]).max(initial=0)
        slack = 10 * own + 16 * EPSILON.get(dtype, 2**-23) * scale
        return ~(np.abs(g - truth) <= slack + 1e-4 * np.abs(truth)) | (np.isfinite(e) != np.isfinite(g))


def same_elements(source, e, g):
    """Do two arrays of indices, along some dimension or into the flat tensor, point to equal elements?"""
    if not isinstance(source, torch.Tensor) or g.min(initial=0) < 0:
        return False
    array = numpy_of(source)
    ways = [(array.reshape(-1), 0, e.reshape(-1), g.reshape(-1))]
    for d in range(array.ndim):
        if e.ndim == array.ndim:
            ways.append((array, d, e, g))
        elif e.ndim == array.ndim - 1:
            ways.append((array, d, np.expand_dims(e, d), np.expand_dims(g, d)))
    return any(_taken_alike(*way) for way in ways)


def _taken_alike(array, d, e, g):
    try:
        one, other = np.take_along_axis(array, e, d), np.take_along_axis(array, g, d)
    except (IndexError, ValueError):
        return False
    return bool(((one == other) | ((one != one) & (other != other))).all())
