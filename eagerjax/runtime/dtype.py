"""PyTorch's dtypes, promotion lattice, and their numpy twins. Knows nothing of arrays or tensors."""

import functools
import math
from typing import Any

import ml_dtypes
import numpy as np

_TITLES = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16", "int64": "Long", "int32": "Int",
           "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool", "complex64": "ComplexFloat",
           "complex128": "ComplexDouble", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64"}  # fmt: skip


class dtype:
    """One element type; interned, so `is` compares. `np` is the numpy type that stores it."""

    __slots__ = ("category", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "np", "rank", "title")

    def __init__(self, name, np_type, category, rank):
        self.name = name
        self.np = np.dtype(np_type)
        self.category = category  # 0 bool, 1 integer, 2 floating, 3 complex
        self.rank = rank
        self.title = _TITLES.get(name, name)  # PyTorch's C++ name, as error texts have it
        self.itemsize = self.np.itemsize
        self.is_floating_point = category == 2
        self.is_complex = category == 3
        self.is_signed = category >= 2 or name.startswith("int")

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):
        return (from_name, (self.name,))

    def to_real(self):
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self):
        return {float32: complex64, float64: complex128, float16: complex64, bfloat16: complex64}.get(self, self)


BOOL, INTEGER, FLOATING, COMPLEX = range(4)

bool_ = dtype("bool", np.bool_, BOOL, 0)
uint8 = dtype("uint8", np.uint8, INTEGER, 1)
int8 = dtype("int8", np.int8, INTEGER, 1)
int16 = dtype("int16", np.int16, INTEGER, 2)
int32 = dtype("int32", np.int32, INTEGER, 3)
int64 = dtype("int64", np.int64, INTEGER, 4)
uint16 = dtype("uint16", np.uint16, INTEGER, 2)
uint32 = dtype("uint32", np.uint32, INTEGER, 3)
uint64 = dtype("uint64", np.uint64, INTEGER, 4)
float16 = dtype("float16", np.float16, FLOATING, 1)
bfloat16 = dtype("bfloat16", ml_dtypes.bfloat16, FLOATING, 1)
float32 = dtype("float32", np.float32, FLOATING, 2)
float64 = dtype("float64", np.float64, FLOATING, 3)
complex64 = dtype("complex64", np.complex64, COMPLEX, 2)
complex128 = dtype("complex128", np.complex128, COMPLEX, 3)
float8_e4m3fn = dtype("float8_e4m3fn", ml_dtypes.float8_e4m3fn, FLOATING, 0)
float8_e5m2 = dtype("float8_e5m2", ml_dtypes.float8_e5m2, FLOATING, 0)

ALL = (
    bool_, uint8, int8, int16, int32, int64, uint16, uint32, uint64, float16, bfloat16, float32, float64,
    complex64, complex128, float8_e4m3fn, float8_e5m2,
)  # fmt: skip
_BY_NAME = {d.name: d for d in ALL}
_BY_NP = {d.np: d for d in ALL}
class layout:
    """How elements lie in memory: `strided`, but for the objects of `torch.sparse`."""

    def __init__(self, name="strided"):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


strided = layout()


class memory_format:
    """An order of elements in memory. Accepted where PyTorch accepts one; arrays here are always row-major."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


FORMATS = {n: memory_format(n) for n in ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")}
ALIASES = {
    "float": float32, "double": float64, "half": float16, "long": int64, "int": int32, "short": int16,
    "cfloat": complex64, "cdouble": complex128,
}  # fmt: skip


_OF_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128}


def given(kind):
    """The dtype that an argument means: Python's number types stand for theirs. Others, and None, stay what they are."""
    return _OF_PYTHON.get(kind, kind) if type(kind) is type else kind


def from_name(name):
    return _BY_NAME[name]


def from_np(np_dtype):
    """The dtype that numpy's `np_dtype` stores. Raises TypeError where PyTorch has none (strings, objects)."""
    found = _BY_NP.get(np_dtype)
    if found is None:
        found = _BY_NP.get(np.dtype(np_dtype))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{np.dtype(np_dtype).type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, "
            "and bool."
        )
    return found


_default = float32


def get_default_dtype():
    return _default


def set_default_dtype(d):
    """Set the dtype of new floating tensors. Raises TypeError for anything but a floating dtype."""
    global _default  # noqa: PLW0603 (a process-wide setting, as in PyTorch)
    if not (isinstance(d, dtype) and d.is_floating_point):
        raise TypeError(f"only floating-point types are supported as the default type, but got {d}")
    _default = d


@functools.cache
def promote_types(type1, type2):
    """PyTorch's promotion of two dtypes, ignoring values and dimensions."""
    type1, type2 = given(type1), given(type2)
    if type1 is type2:
        return type1
    if type1.category != type2.category:
        low, high = sorted((type1, type2), key=lambda d: d.category)
        if high is complex64 and low is float64:
            return complex128
        return high
    if type1.category == INTEGER and type1.is_signed != type2.is_signed:
        return _mixed_sign(*sorted((type1, type2), key=lambda d: d.is_signed))
    if type1.rank == type2.rank:  # float16 with bfloat16
        return float32
    return type1 if type1.rank > type2.rank else type2


def _mixed_sign(unsigned, signed):
    if unsigned is not uint8:
        raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
                           f"{unsigned.name} and {signed.name}")
    return int16 if signed is int8 else signed


def result_type(entries):
    """PyTorch's result dtype of operands given as (dtype, tier): tier 0 a tensor with dimensions, 1 a 0-dim
    tensor, 2 a Python number. A lower tier decides unless a higher one is of a higher category."""
    best: list = [None, None, None]
    for d, tier in entries:
        best[tier] = d if best[tier] is None else promote_types(best[tier], d)
    result = None
    for d in best:
        if d is not None:
            if result is None:
                result = d
            elif d.category > result.category:
                result = _combine(result, d)
    return result


def _combine(result, d):
    """`d`, of a higher category, joins `result`: floats widen complex only by what they need."""
    if d.is_complex and result.is_floating_point:
        return complex128 if result is float64 else complex64
    return d


def of_argument(value, caller):
    """The dtype that an argument named dtype says: Python's own number types stand for one too.

    Raises TypeError for anything else, in the words of PyTorch.
    """
    found = given(value)
    if isinstance(found, dtype) or found is None:
        return found
    raise TypeError(f"{caller}(): argument 'dtype' must be torch.dtype, not {type(value).__name__}")


def of_number(value):
    """The dtype that PyTorch gives a Python number standing alone."""
    if isinstance(value, (bool, np.bool_)):
        return bool_
    if isinstance(value, (int, np.integer)):
        return int64
    if isinstance(value, (complex, np.complexfloating)):
        return get_default_dtype().to_complex()
    return get_default_dtype()


VALUE_NAMES = {"int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t", "float32": "float",
              "float16": "at::Half", "bfloat16": "at::BFloat16", "float64": "double"}  # fmt: skip


_TYPE_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int", "int64": "long int",
    "uint16": "short unsigned int", "uint32": "unsigned int", "uint64": "long unsigned int", "bool": "bool",
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}  # fmt: skip


def in_cpp(kind):
    """The type that messages of PyTorch call a dtype by."""
    return _TYPE_NAMES.get(kind.name, kind.name)


def check_fits(value, kind, name=None):
    """Raises RuntimeError for a Python number that `kind` cannot hold, as PyTorch does where it fills or masks."""
    if not fits(value, kind):
        said = name or VALUE_NAMES.get(kind.name, kind.name)
        raise RuntimeError(f"value cannot be converted to type {said} without overflow")


def fits(value, kind):
    """Can `kind` hold a Python number? Negative integers wrap around in unsigned dtypes, infinities are floats."""
    if kind is bool_ or kind.is_complex:
        return True
    if isinstance(value, complex):
        return value.imag == 0 and fits(value.real, kind)
    if kind.category >= FLOATING:
        return not math.isfinite(value) or abs(value) <= float(ml_dtypes.finfo(kind.np).max)
    info = np.iinfo(kind.np)
    wraps = not kind.is_signed and isinstance(value, int) and -int(info.max) <= value < 0
    return wraps or int(info.min) <= value <= int(info.max)


class finfo:
    """Limits of a floating dtype, as torch.finfo."""

    def __init__(self, type=None):
        self._dtype = given(type) or get_default_dtype()
        if self._dtype.category < FLOATING:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{self._dtype}'")
        info = ml_dtypes.finfo(self._dtype.to_real().np)
        self.bits = info.bits
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)
        self.resolution = 10.0**-info.precision
        self.dtype = self._dtype.to_real().name

    def __repr__(self):
        return (f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
                f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})")  # fmt: skip


class iinfo:
    """Limits of an integer dtype, as torch.iinfo."""

    def __init__(self, type):
        kind: Any = given(type)
        if kind.category != INTEGER:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{kind}'")
        info = np.iinfo(kind.np)
        self.bits, self.max, self.min, self.dtype = info.bits, int(info.max), int(info.min), kind.name

    def __repr__(self):
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
