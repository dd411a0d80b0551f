"""torch.testing: assertions on tensors, and random tensors for tests."""

import collections.abc
import warnings

import numpy as np

from eagerjax.namespace import torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

__all__ = ["assert_allclose", "assert_close", "make_tensor"]

_TOLERANCE = {dt.float16: (1e-3, 1e-5), dt.bfloat16: (1.6e-2, 1e-5), dt.float32: (1.3e-6, 1e-5), dt.float64: (1e-7, 1e-7),
              dt.complex64: (1.3e-6, 1e-5), dt.complex128: (1e-7, 1e-7)}  # fmt: skip


def assert_close(actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True,
                 check_dtype=True, check_layout=True, check_stride=False, msg=None):  # fmt: skip
    """Raise AssertionError unless `|actual - expected| <= atol + rtol * |expected|` everywhere.

    Works on tensors, numbers, None, and sequences and mappings of them. Tolerances are by dtype unless given; integers
    must be equal. `msg` replaces the message, or is a function of it.
    """
    if (rtol is None) != (atol is None):
        missing = "atol" if atol is None else "rtol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    facts = [
        name for name, wanted in (("device", check_device), ("dtype", check_dtype), ("stride", check_stride)) if wanted
    ]
    for path, a, e in pairs(actual, expected, (), msg):
        wrong = difference(a, e, facts, rtol, atol, equal_nan, allow_subclasses)
        if wrong is not None:
            where = "".join(f"[{key!r}]" for key in path)
            _fail(wrong + (f"\n\nThe failure occurred for item {where}" if where else ""), msg)


def _fail(message, msg):
    raise AssertionError(msg(message) if callable(msg) else msg or message)


def pairs(actual, expected, path, msg):
    """(path, actual, expected) of everything that is no container."""
    if _is(collections.abc.Mapping, actual, expected):
        missing, more = (
            sorted(expected.keys() - actual.keys(), key=str),
            sorted(actual.keys() - expected.keys(), key=str),
        )
        if missing or more:
            _fail("The keys of the mappings do not match:\n"
                  f"Missing keys in the actual mapping: {missing}\n"
                  f"Additional keys in the actual mapping: {more}", msg)  # fmt: skip
        for key in actual:
            yield from pairs(actual[key], expected[key], (*path, key), msg)
    elif _is(collections.abc.Sequence, actual, expected) and not _is(str, actual, expected):
        if len(actual) != len(expected):
            _fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", msg)
        for i, (a, e) in enumerate(zip(actual, expected)):
            yield from pairs(a, e, (*path, i), msg)
    else:
        yield path, actual, expected


def _is(kind, actual, expected):
    return isinstance(actual, kind) and isinstance(expected, kind)


def difference(actual, expected, facts, rtol, atol, equal_nan, allow_subclasses):
    """What is wrong with `actual`, or None. Raises TypeError for two things that do not compare."""
    if actual is None or expected is None:
        return None if actual is expected else f"None mismatch: {actual} is not {expected}"
    numbers = _is((bool, int, float, complex, np.bool_), actual, expected)
    arrays = _is(Tensor | np.ndarray | np.generic, actual, expected)
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if not numbers and not (arrays and (related if allow_subclasses else type(actual) is type(expected))):
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")
    if numbers:
        return of_numbers(actual, expected, "dtype" in facts, rtol, atol, equal_nan)
    actual, expected = torch.as_tensor(actual), torch.as_tensor(expected)
    for fact in ("shape", *facts):
        a, e = getattr(actual, fact), getattr(expected, fact)
        a, e = (a(), e()) if fact == "stride" else (a, e)
        if a != e:
            return f"The values for attribute '{fact}' do not match: {a} != {e}."
    rtol, atol = tolerance(rtol, atol, actual.dtype, expected.dtype)
    return of_arrays(wide(actual), wide(expected), rtol, atol, equal_nan)


def tolerance(rtol, atol, *dtypes):
    """(rtol, atol): those given, or the widest of the dtypes'."""
    if rtol is not None:
        return rtol, atol
    found = [_TOLERANCE.get(d, (0.0, 0.0)) for d in dtypes]
    return max(f[0] for f in found), max(f[1] for f in found)


def wide(tensor):
    """The values as a numpy array that holds differences exactly enough."""
    array = np.asarray(tensor.detach().cpu().jax())
    if tensor.dtype is dt.uint64:
        return array.astype(object)
    kinds = {dt.COMPLEX: np.complex128, dt.FLOATING: np.float64}
    return array.astype(kinds.get(tensor.dtype.category, np.int64))


def of_numbers(actual, expected, check_type, rtol, atol, equal_nan):
    if check_type and type(actual) is not type(expected):
        return f"The (d)types do not match: {type(actual)} != {type(expected)}."
    kinds = {float: dt.float64, complex: dt.complex128}
    rtol, atol = tolerance(rtol, atol, *(kinds.get(type(v), dt.int64) for v in (actual, expected)))
    apart = abs(actual - expected) if not isinstance(actual, bool) else abs(int(actual) - int(expected))
    if actual == expected or (np.isfinite(apart) and apart <= atol + rtol * abs(expected)):
        return None
    if equal_nan and actual != actual and expected != expected:
        return None
    exact = rtol == 0 and atol == 0
    text = f"{_title('Scalars', exact)}\n\nExpected {expected} but got {actual}.\nAbsolute difference: {apart}"
    relative = apart / abs(expected) if expected else float("inf")
    return text + _up_to(atol, exact) + f"\nRelative difference: {relative}" + _up_to(rtol, exact)


def of_arrays(actual, expected, rtol, atol, equal_nan):
    with np.errstate(all="ignore"):
        apart = np.abs(actual - expected)
        good = (actual == expected) | (np.isfinite(apart.astype(float)) & (apart <= atol + rtol * np.abs(expected)))
        if equal_nan:
            good |= (actual != actual) & (expected != expected)
        if good.all():
            return None
        relative = apart / np.abs(expected)
    exact = rtol == 0 and atol == 0
    if actual.ndim == 0:
        text = f"{_title('Scalars', exact)}\n\nExpected {expected.item()} but got {actual.item()}.\n"
        return (text + f"Absolute difference: {apart.item()}{_up_to(atol, exact)}\n"
                f"Relative difference: {relative.item()}{_up_to(rtol, exact)}")  # fmt: skip
    count = int((~good).sum())
    lines = [_title("Tensor-likes", exact), "", f"Mismatched elements: {count} / {good.size} ({count / good.size:.1%})"]
    for word, values, limit in (("absolute", apart, atol), ("relative", relative, rtol)):
        at = np.unravel_index(int(np.argmax(np.where(good, -1.0, values.astype(float)))), values.shape)
        index = tuple(int(i) for i in at)
        lines.append(f"Greatest {word} difference: {values[at]} at index {index}{_up_to(limit, exact)}")
    return "\n".join(lines)


def _title(what, exact):
    return f"{what} are not {'equal' if exact else 'close'}!"


def _up_to(limit, exact):
    return "" if exact else f" (up to {limit} allowed)"


def assert_allclose(actual, expected, rtol=None, atol=None, equal_nan=True, msg=""):
    """Deprecated form of `assert_close`, which does not check dtypes and devices."""
    warnings.warn("`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. Please "
                  "use `torch.testing.assert_close()` instead.", FutureWarning, stacklevel=2)  # fmt: skip
    actual, expected = torch.as_tensor(actual), torch.as_tensor(expected)
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_device=False, check_dtype=False,
                 msg=msg or None)  # fmt: skip


def make_tensor(*shape, dtype, device, low=None, high=None, requires_grad=False, noncontiguous=False, exclude_zero=False,
                memory_format=None):  # fmt: skip
    """Even values of [low, high): by default of [-9, 9), [0, 10) for unsigned integers, and 0 or 1 for bools.

    `noncontiguous` lays them out with a gap after each; `exclude_zero` makes zeros ones (floats: the smallest numbers).
    """
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], collections.abc.Sequence) else shape
    first = 0 if dtype is dt.bool_ or not dtype.is_signed else -9
    last = 2 if dtype is dt.bool_ else 9 if dtype.is_signed else 10
    low, high = first if low is None else low, last if high is None else high
    if low >= high:
        raise ValueError(f"make_tensor: `low` must be less than `high`, but got {low} >= {high}")
    wider = (*size[:-1], size[-1] * 2) if noncontiguous and size else size
    made = _drawn(wider, dtype, device, low, high)
    if exclude_zero:
        smallest = dt.finfo(dtype).tiny if dtype.category >= dt.FLOATING else 1
        made = torch.where(made == 0, torch.tensor(smallest, dtype=dtype, device=device), made)
    if noncontiguous and size:
        made = made[..., ::2]
    if memory_format is not None:
        made = made.contiguous(memory_format=memory_format)
    return made.requires_grad_(requires_grad)


def _drawn(size, dtype, device, low, high):
    if dtype.category < dt.FLOATING:
        return torch.randint(int(low), int(high), size, dtype=dt.int64, device=device).to(dtype)
    if dtype.is_complex:
        real, imaginary = (_drawn(size, dtype.to_real(), device, low, high) for _ in range(2))
        return torch.complex(real, imaginary)
    wide_enough = dtype if dtype in (dt.float32, dt.float64) else dt.float32
    return (torch.rand(size, dtype=wide_enough, device=device) * (high - low) + low).to(dtype)
