# Made by `python -m eagerjax.tools.stubs`; not to be edited.
import types
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from eagerjax.runtime.device import device as _device
from eagerjax.runtime.dtype import dtype as _dtype, layout as _layout, memory_format as _memory_format
from eagerjax.size import Size

# pyright: reportInconsistentOverload=false, reportOverlappingOverload=false

class L_info(NamedTuple):
    L: Tensor
    info: Tensor
class LD_pivots(NamedTuple):
    LD: Tensor
    pivots: Tensor
class LD_pivots_info(NamedTuple):
    LD: Tensor
    pivots: Tensor
    info: Tensor
class LU_pivots(NamedTuple):
    LU: Tensor
    pivots: Tensor
class LU_pivots_info(NamedTuple):
    LU: Tensor
    pivots: Tensor
    info: Tensor
class P_L_U(NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor
class Q_R(NamedTuple):
    Q: Tensor
    R: Tensor
class U_S_V(NamedTuple):
    U: Tensor
    S: Tensor
    V: Tensor
class U_S_Vh(NamedTuple):
    U: Tensor
    S: Tensor
    Vh: Tensor
class a_tau(NamedTuple):
    a: Tensor
    tau: Tensor
class eigenvalues_eigenvectors(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor
class inverse_info(NamedTuple):
    inverse: Tensor
    info: Tensor
class mantissa_exponent(NamedTuple):
    mantissa: Tensor
    exponent: Tensor
class min_max(NamedTuple):
    min: Tensor
    max: Tensor
class result_info(NamedTuple):
    result: Tensor
    info: Tensor
class sign_logabsdet(NamedTuple):
    sign: Tensor
    logabsdet: Tensor
class solution_cloned_coefficient(NamedTuple):
    solution: Tensor
    cloned_coefficient: Tensor
class solution_residuals_rank_singular_values(NamedTuple):
    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor
class values_indices(NamedTuple):
    values: Tensor
    indices: Tensor

class Tensor:
    """A multi-dimensional array with PyTorch's interface."""
    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor: ...
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Tensor: ...
    def __abs__(self, *, out: Tensor | None = ...) -> Tensor:
        """Absolute value; the modulus of complex numbers. Its derivative at 0 is 0."""
    def __add__(self, other: Any) -> Tensor: ...
    def __and__(self, other: Any) -> Tensor: ...
    def __array__(self, dtype: _dtype | None = ..., copy: Any = ...) -> Any: ...
    def __array_wrap__(self, array: Any, context: Any = ..., return_scalar: Any = ...) -> Tensor:
        """What numpy's functions of a tensor give: a tensor, uint8 for bool."""
    def __bool__(self) -> _bool: ...
    def __complex__(self) -> _complex: ...
    def __contains__(self, element: Any) -> _bool:
        """`element in tensor`: is any element equal to it?"""
    def __copy__(self) -> Tensor:
        """`copy.copy`: another tensor object on the same memory."""
    def __deepcopy__(self, memo: Any) -> Any: ...
    def __dir__(self) -> list[_str]:
        """Default dir() implementation."""
    def __div__(self, other: Any) -> Tensor:
        """Python 2's name of `self / other`."""
    def __dlpack__(self, *, stream: Any = ..., max_version: Any = ..., dl_device: Any = ..., copy: Any = ...) -> Any:
        """A capsule for other libraries, of a copy on the CPU: nobody can write to this tensor through it."""
    def __dlpack_device__(self) -> Any:
        """The CPU, where `__dlpack__` puts its copy."""
    def __eq__(self, other: Any) -> Tensor: ...
    def __float__(self) -> _float: ...
    def __floordiv__(self, other: Any) -> Tensor: ...
    def __format__(self, format_spec: Any) -> Any:
        """0-dim tensors format as their number does, others as their text."""
    def __ge__(self, other: Any) -> Tensor: ...
    def __getitem__(self, index: Any) -> Tensor:
        """`self[index]`."""
    def __gt__(self, other: Any) -> Tensor: ...
    def __idiv__(self, other: Any) -> Tensor:
        """Python 2's name of `self /= other`."""
    def __index__(self) -> _int: ...
    def __int__(self) -> _int: ...
    def __invert__(self, *, out: Tensor | None = ...) -> Tensor:
        """Bits turned round; booleans negated. Raises TypeError for floats."""
    def __iter__(self) -> Iterator[Tensor]: ...
    def __le__(self, other: Any) -> Tensor: ...
    def __len__(self) -> _int: ...
    def __long__(self) -> _int:
        """Python 2's name of `int(self)`."""
    def __lshift__(self, other: Any) -> Tensor: ...
    def __lt__(self, other: Any) -> Tensor: ...
    def __matmul__(self, other: Any) -> Tensor: ...
    def __mod__(self, other: Any) -> Tensor: ...
    def __mul__(self, other: Any) -> Tensor: ...
    def __ne__(self, other: Any) -> Tensor: ...
    def __neg__(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element negated. Raises RuntimeError for booleans."""
    def __or__(self, other: Any) -> Tensor: ...
    def __pos__(self) -> Tensor:
        """The input itself. Raises RuntimeError for booleans."""
    def __pow__(self, other: Any) -> Tensor: ...
    def __radd__(self, other: Any) -> Tensor: ...
    def __rand__(self, other: Any) -> Tensor: ...
    def __rdiv__(self, other: Any) -> Tensor: ...
    def __repr__(self, *, tensor_contents: Any = ...) -> Any:
        """The tensor as PyTorch prints it."""
    def __reversed__(self) -> Tensor: ...
    def __rfloordiv__(self, other: Any) -> Tensor: ...
    def __rlshift__(self, other: Any) -> Tensor: ...
    def __rmatmul__(self, other: Any) -> Tensor: ...
    def __rmod__(self, other: Any) -> Tensor: ...
    def __rmul__(self, other: Any) -> Tensor: ...
    def __ror__(self, other: Any) -> Tensor: ...
    def __rpow__(self, other: Any) -> Tensor: ...
    def __rrshift__(self, other: Any) -> Tensor: ...
    def __rshift__(self, other: Any) -> Tensor: ...
    def __rsub__(self, other: Any) -> Tensor: ...
    def __rtruediv__(self, other: Any) -> Tensor: ...
    def __rxor__(self, other: Any) -> Tensor: ...
    def __setitem__(self, index: Any, value: Any) -> None:
        """`self[index] = value`."""
    def __sub__(self, other: Any) -> Tensor: ...
    def __truediv__(self, other: Any) -> Tensor: ...
    def __xor__(self, other: Any) -> Tensor: ...
    @property
    def _version(self) -> Any: ...
    def abs(self, *, out: Tensor | None = ...) -> Tensor:
        """Absolute value; the modulus of complex numbers. Its derivative at 0 is 0."""
    def abs_(self) -> Tensor:
        """abs(), in place of `input`."""
    def absolute(self, *, out: Tensor | None = ...) -> Tensor:
        """Absolute value; the modulus of complex numbers. Its derivative at 0 is 0."""
    def absolute_(self) -> Tensor:
        """abs(), in place of `input`."""
    def acos(self, *, out: Tensor | None = ...) -> Tensor:
        """Arc cosine in radians; NaN outside [-1, 1]."""
    def acos_(self) -> Tensor:
        """acos(), in place of `input`."""
    def acosh(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse hyperbolic cosine; NaN below 1."""
    def acosh_(self) -> Tensor:
        """acosh(), in place of `input`."""
    def add(self, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """Sum `input + alpha * other`, broadcast."""
    def add_(self, other: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
        """add(), in place of `input`."""
    def addbmm(self, batch1: Tensor | _complex, batch2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """beta * input + alpha * the sum of all batch1[i] @ batch2[i]."""
    def addbmm_(self, batch1: Any, batch2: Any, *old: Any, beta: Any = ..., alpha: Any = ...) -> Tensor:
        """`addbmm`, in place. Unlike its relatives it gives a tensor that has to be broadcast its result's shape."""
    def addcdiv(self, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """`input + value * tensor1 / tensor2`, broadcast. Raises RuntimeError for integers."""
    def addcdiv_(self, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ...) -> Tensor:
        """addcdiv(), in place of `input`."""
    def addcmul(self, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """`input + value * tensor1 * tensor2`, broadcast."""
    def addcmul_(self, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ...) -> Tensor:
        """addcmul(), in place of `input`."""
    def addmm(self, mat1: Tensor | _complex, mat2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """beta * input + alpha * mat1 @ mat2; `input` broadcasts to (n, m)."""
    def addmm_(self, mat1: Tensor | _complex, mat2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
        """addmm(), in place of `input`."""
    def addmv(self, mat: Tensor | _complex, vec: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """beta * input + alpha * mat @ vec; `input` broadcasts to (n,)."""
    def addmv_(self, mat: Tensor | _complex, vec: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
        """addmv(), in place of `input`."""
    def addr(self, vec1: Tensor | _complex, vec2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """beta * input + alpha * the outer product of two vectors."""
    def addr_(self, vec1: Tensor | _complex, vec2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
        """addr(), in place of `input`."""
    def adjoint(self) -> Tensor:
        """The last two dimensions exchanged, conjugated."""
    def all(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Are all elements (over `dim`) nonzero? Boolean; uint8 for uint8."""
    def allclose(self, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
        """Is every element close to its counterpart? See `isclose`."""
    def amax(self, dim: _int | Sequence[_int] = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Largest element over `dim`; equal ones share the gradient."""
    def amin(self, dim: _int | Sequence[_int] = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Smallest element over `dim`; equal ones share the gradient."""
    @overload
    def aminmax(self, *, out: Tensor | None = ...) -> Tensor:
        """Smallest and largest element, of all or along one `dim`."""
    @overload
    def aminmax(self, *, dim: _int, keepdim: _bool = ..., out: Any = ...) -> min_max: ...
    def angle(self, *, out: Tensor | None = ...) -> Tensor:
        """The angle of each element in radians; of real numbers pi below 0, else 0, and NaN for NaN."""
    def any(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Is any element (over `dim`) nonzero? Boolean; uint8 for uint8."""
    def apply_(self, callable: Any) -> Tensor:
        """Replace each element by `callable` of it. Slow: one Python call per element."""
    def arccos(self, *, out: Tensor | None = ...) -> Tensor:
        """Arc cosine in radians; NaN outside [-1, 1]."""
    def arccos_(self) -> Tensor:
        """acos(), in place of `input`."""
    def arccosh(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse hyperbolic cosine; NaN below 1."""
    def arccosh_(self) -> Tensor:
        """acosh(), in place of `input`."""
    def arcsin(self, *, out: Tensor | None = ...) -> Tensor:
        """Arc sine in radians; NaN outside [-1, 1]."""
    def arcsin_(self) -> Tensor:
        """asin(), in place of `input`."""
    def arcsinh(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse hyperbolic sine."""
    def arcsinh_(self) -> Tensor:
        """asinh(), in place of `input`."""
    def arctan(self, *, out: Tensor | None = ...) -> Tensor:
        """Arc tangent in radians."""
    def arctan2(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The angle of the point (other, input), in [-pi, pi]."""
    def arctan2_(self, other: Tensor | _complex) -> Tensor:
        """atan2(), in place of `input`."""
    def arctan_(self) -> Tensor:
        """atan(), in place of `input`."""
    def arctanh(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse hyperbolic tangent; infinite at -1 and 1, NaN outside."""
    def arctanh_(self) -> Tensor:
        """atanh(), in place of `input`."""
    def argmax(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Index of the first largest element: of the flattened input, or along `dim`. int64."""
    def argmin(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Index of the first smallest element: of the flattened input, or along `dim`. int64."""
    def argsort(self, dim: _int = ..., descending: _bool = ..., *, stable: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """Indices that put `input` in order along `dim`."""
    def argwhere(self, *, out: Tensor | None = ...) -> Tensor:
        """(n, ndim) indices of the nonzero elements."""
    def as_strided(self, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
        """A view of the whole storage with given strides (in elements)."""
    def as_strided_(self, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
        """as_strided() in place: the tensor itself becomes the view."""
    def as_strided_scatter(self, src: Any, size: Any, stride: Any, storage_offset: Any = ..., *, out: Tensor | None = ...) -> Tensor:
        """A copy of `input` with `src` in the strided part of its storage."""
    def asin(self, *, out: Tensor | None = ...) -> Tensor:
        """Arc sine in radians; NaN outside [-1, 1]."""
    def asin_(self) -> Tensor:
        """asin(), in place of `input`."""
    def asinh(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse hyperbolic sine."""
    def asinh_(self) -> Tensor:
        """asinh(), in place of `input`."""
    def atan(self, *, out: Tensor | None = ...) -> Tensor:
        """Arc tangent in radians."""
    def atan2(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The angle of the point (other, input), in [-pi, pi]."""
    def atan2_(self, other: Tensor | _complex) -> Tensor:
        """atan2(), in place of `input`."""
    def atan_(self) -> Tensor:
        """atan(), in place of `input`."""
    def atanh(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse hyperbolic tangent; infinite at -1 and 1, NaN outside."""
    def atanh_(self) -> Tensor:
        """atanh(), in place of `input`."""
    def backward(self, gradient: Any = ..., retain_graph: Any = ..., create_graph: Any = ..., inputs: Any = ...) -> None:
        """Accumulate gradients of this tensor into the leaves' `.grad`."""
    def baddbmm(self, batch1: Tensor | _complex, batch2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """beta * input + alpha * batch1[i] @ batch2[i]; `input` broadcasts to (b, n, m)."""
    def baddbmm_(self, batch1: Tensor | _complex, batch2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
        """baddbmm(), in place of `input`."""
    def bernoulli(self, p: _float = ..., *, generator: Any = ..., out: Tensor | None = ...) -> Tensor:
        """1 with the probability that each element says (or with probability p), else 0; the dtype of `input`."""
    def bernoulli_(self, p: _float = ..., *, generator: Any = ...) -> Tensor:
        """Fill with 1 with probability p (a number or tensor), else 0."""
    def bfloat16(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.bfloat16)`."""
    def bincount(self, weights: Tensor | _complex | None = ..., minlength: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """How often each of 0, 1, 2, ... occurs in the 1-d `input`; with `weights`, the sum of its weights."""
    def bitwise_and(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Bits set in both."""
    def bitwise_and_(self, other: Tensor | _complex) -> Tensor:
        """bitwise_and(), in place of `input`."""
    def bitwise_left_shift(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Bits moved left; 0 where the count is negative or not below the number of bits."""
    def bitwise_left_shift_(self, other: Tensor | _complex) -> Tensor:
        """bitwise_left_shift(), in place of `input`."""
    def bitwise_not(self, *, out: Tensor | None = ...) -> Tensor:
        """Bits turned round; booleans negated. Raises TypeError for floats."""
    def bitwise_not_(self) -> Tensor:
        """bitwise_not(), in place of `input`."""
    def bitwise_or(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Bits set in one or both."""
    def bitwise_or_(self, other: Tensor | _complex) -> Tensor:
        """bitwise_or(), in place of `input`."""
    def bitwise_right_shift(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Bits moved right, the sign kept; only the sign is left where the count does not fit."""
    def bitwise_right_shift_(self, other: Tensor | _complex) -> Tensor:
        """bitwise_right_shift(), in place of `input`."""
    def bitwise_xor(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Bits set in exactly one."""
    def bitwise_xor_(self, other: Tensor | _complex) -> Tensor:
        """bitwise_xor(), in place of `input`."""
    def bmm(self, mat2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Product of two batches of matrices: (b, n, k) and (b, k, m) to (b, n, m)."""
    def bool(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.bool)`."""
    def broadcast_to(self, size: Any) -> Tensor:
        """`input.expand(size)`."""
    def byte(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.uint8)`."""
    def cauchy_(self, median: Any = ..., sigma: Any = ..., *, generator: Any = ...) -> Tensor:
        """Fill with Cauchy values."""
    def cdouble(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.complex128)`."""
    def ceil(self, *, out: Tensor | None = ...) -> Tensor:
        """The smallest whole number not below each element."""
    def ceil_(self) -> Tensor:
        """ceil(), in place of `input`."""
    def cfloat(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.complex64)`."""
    def char(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.int8)`."""
    def cholesky(self, upper: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """The triangular L of input = L L^H (or U of input = U^H U)."""
    def cholesky_inverse(self, upper: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """The inverse of a matrix, from its Cholesky factor."""
    def cholesky_solve(self, input2: Tensor | _complex, upper: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """X of A X = input, from the Cholesky factor input2 of A."""
    def chunk(self, chunks: Any, dim: Any = ...) -> tuple[Tensor, ...]:
        """At most `chunks` parts of equal length (the last may be shorter)."""
    def clamp(self, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """Each element moved into [min, max]; bounds are numbers or tensors. NaN stays; max wins where the bounds cross."""
    def clamp_(self, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ...) -> Tensor:
        """clamp(), in place of `input`."""
    def clamp_max(self, max: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Each element, or max where that is smaller."""
    def clamp_max_(self, max: Tensor | _complex) -> Tensor:
        """clamp_max(), in place of `input`."""
    def clamp_min(self, min: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Each element, or min where that is larger."""
    def clamp_min_(self, min: Tensor | _complex) -> Tensor:
        """clamp_min(), in place of `input`."""
    def clip(self, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """Each element moved into [min, max]; bounds are numbers or tensors. NaN stays; max wins where the bounds cross."""
    def clip_(self, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ...) -> Tensor:
        """clamp(), in place of `input`."""
    def clone(self, *, memory_format: Any = ..., out: Tensor | None = ...) -> Tensor:
        """A copy of the tensor, differentiable."""
    def coalesce(self) -> None:
        """Raises RuntimeError: tensors are dense."""
    def conj(self) -> Tensor:
        """Each element with its imaginary part negated, a view; a real tensor is returned as it is."""
    def conj_physical(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element with its imaginary part negated; a real tensor is returned as it is."""
    def conj_physical_(self) -> Tensor:
        """`conj_physical`, in place of input."""
    def const_data_ptr(self) -> Any:
        """`data_ptr()`."""
    def contiguous(self, memory_format: _memory_format | None = ...) -> Tensor:
        """The tensor itself if it lies in memory in that order (row-major unless told), else a copy."""
    def copy_(self, src: Any, non_blocking: Any = ...) -> Tensor:
        """Overwrite with the values of `src`, broadcast and converted."""
    def copysign(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The size of input with the sign of other, broadcast."""
    def copysign_(self, other: Tensor | _complex) -> Tensor:
        """copysign(), in place of `input`."""
    def corrcoef(self) -> Tensor:
        """Correlation coefficients of variables (rows)."""
    def cos(self, *, out: Tensor | None = ...) -> Tensor:
        """Cosine of each angle in radians."""
    def cos_(self) -> Tensor:
        """cos(), in place of `input`."""
    def cosh(self, *, out: Tensor | None = ...) -> Tensor:
        """Hyperbolic cosine."""
    def cosh_(self) -> Tensor:
        """cosh(), in place of `input`."""
    def count_nonzero(self, dim: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """Number of nonzero elements (over `dim`), int64."""
    def cov(self, *, correction: Any = ..., fweights: Any = ..., aweights: Any = ...) -> Tensor:
        """Covariance of variables (rows) over observations (columns), with whole and relative weights of observations."""
    def cpu(self, memory_format: _memory_format | None = ...) -> Tensor:
        """The tensor on the CPU."""
    def cross(self, other: Tensor | _complex, dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """Cross product along `dim` of size 3; without it, along the first such dimension."""
    def cuda(self, device: _device | _str | None = ..., non_blocking: Any = ..., memory_format: _memory_format | None = ...) -> Tensor:
        """The tensor on a GPU."""
    def cummax(self, dim: _int, *, out: Any = ...) -> values_indices:
        """Running maximum along `dim`: (values, indices of the last equal one). NaN stays."""
    def cummin(self, dim: _int, *, out: Any = ...) -> values_indices:
        """Running minimum along `dim`: (values, indices of the last equal one). NaN stays."""
    def cumprod(self, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Running product along `dim`. Integers multiply as int64."""
    def cumprod_(self, dim: _int, *, dtype: _dtype | None = ...) -> Tensor:
        """cumprod(), in place of `input`."""
    def cumsum(self, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Running sum along `dim`. Integers add up as int64."""
    def cumsum_(self, dim: _int, *, dtype: _dtype | None = ...) -> Tensor:
        """cumsum(), in place of `input`."""
    data: Tensor
    def data_ptr(self) -> Any:
        """A number for the first element's place in memory: equal for tensors that start at the same one. 0 if empty."""
    def deg2rad(self, *, out: Tensor | None = ...) -> Tensor:
        """Degrees as radians."""
    def deg2rad_(self) -> Tensor:
        """deg2rad(), in place of `input`."""
    def dense_dim(self) -> _int:
        """The number of dimensions: the tensor is dense."""
    def det(self, *, out: Tensor | None = ...) -> Tensor:
        """Determinant of square matrices."""
    def detach(self) -> Tensor:
        """The same storage without history: writes are seen by both."""
    def detach_(self) -> Tensor:
        """Drop the tensor's history, in place."""
    @property
    def device(self) -> _device: ...
    def diag(self, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """A vector on the diagonal of a new matrix, or the diagonal of a matrix."""
    def diag_embed(self, offset: _int = ..., dim1: _int = ..., dim2: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """Matrices in the dimensions dim1, dim2 with the last dimension of `input` on a diagonal."""
    def diagflat(self, offset: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """The flattened input on a diagonal of a new matrix."""
    def diagonal(self, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Tensor:
        """The diagonal of two dimensions, as a new last dimension."""
    def diagonal_scatter(self, src: Any, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Tensor:
        """A copy of `input` with `src` on a diagonal."""
    def diff(self, n: _int = ..., dim: _int = ..., prepend: Tensor | _complex | None = ..., append: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """n-th difference of neighbours along `dim`, after joining `prepend` and `append` to the ends."""
    def digamma(self, *, out: Tensor | None = ...) -> Tensor:
        """Derivative of `lgamma`."""
    def digamma_(self) -> Tensor:
        """digamma(), in place of `input`."""
    def dim(self) -> _int: ...
    def dim_order(self, *, ambiguity_check: Any = ...) -> tuple[Any, ...]:
        """The dimensions in the order of their strides, the outermost first."""
    def dist(self, other: Tensor | _complex, p: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
        """The p-norm of `input - other`."""
    def div(self, other: Tensor | _complex, *, rounding_mode: _str | None = ..., out: Tensor | None = ...) -> Tensor:
        """Quotient; integers become floats. `rounding_mode="trunc"` rounds towards 0, `"floor"` downwards, keeping dtypes."""
    def div_(self, other: Tensor | _complex, *, rounding_mode: _str | None = ...) -> Tensor:
        """div(), in place of `input`."""
    def divide(self, other: Tensor | _complex, *, rounding_mode: _str | None = ..., out: Tensor | None = ...) -> Tensor:
        """Quotient; integers become floats. `rounding_mode="trunc"` rounds towards 0, `"floor"` downwards, keeping dtypes."""
    def divide_(self, other: Tensor | _complex, *, rounding_mode: _str | None = ...) -> Tensor:
        """div(), in place of `input`."""
    def dot(self, tensor: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Sum of the products of two vectors."""
    def double(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.float64)`."""
    def dsplit(self, sections: Any = ..., *, indices: Any = ...) -> tuple[Tensor, ...]:
        """`tensor_split` along dimension 2."""
    @property
    def dtype(self) -> _dtype: ...
    def eig(self, **kwargs: Any) -> None:
        """Removed: `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble`."""
    def element_size(self) -> Any: ...
    def elu_(self, alpha: _complex = ..., inplace: _bool = ...) -> Tensor:
        """elu(), in place of `input`."""
    def eq(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where are both equal? NaN equals nothing."""
    def eq_(self, other: Tensor | _complex) -> Tensor:
        """eq(), in place of `input`."""
    def equal(self, other: Any) -> Any:
        """Have both the same shape and the same elements? NaN equals nothing."""
    def erf(self, *, out: Tensor | None = ...) -> Tensor:
        """The error function `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to input."""
    def erf_(self) -> Tensor:
        """erf(), in place of `input`."""
    def erfc(self, *, out: Tensor | None = ...) -> Tensor:
        """`1 - erf(input)`, accurate where it is small."""
    def erfc_(self) -> Tensor:
        """erfc(), in place of `input`."""
    def erfinv(self, *, out: Tensor | None = ...) -> Tensor:
        """The inverse of `erf`; infinite at -1 and 1, NaN outside."""
    def erfinv_(self) -> Tensor:
        """erfinv(), in place of `input`."""
    def exp(self, *, out: Tensor | None = ...) -> Tensor:
        """e to the power of each element."""
    def exp2(self, *, out: Tensor | None = ...) -> Tensor:
        """2 to the power of each element."""
    def exp2_(self) -> Tensor:
        """exp2(), in place of `input`."""
    def exp_(self) -> Tensor:
        """exp(), in place of `input`."""
    def expand(self, *sizes: Any, size: Any = ..., implicit: Any = ...) -> Tensor:
        """Dimensions of length 1 repeated without copying; -1 keeps a length."""
    def expand_as(self, other: Any) -> Tensor:
        """`self.expand(other.shape)`."""
    def expm1(self, *, out: Tensor | None = ...) -> Tensor:
        """`exp(input) - 1`, accurate near 0."""
    def expm1_(self) -> Tensor:
        """expm1(), in place of `input`."""
    def exponential_(self, lambd: Any = ..., *, generator: Any = ...) -> Tensor:
        """Fill with exponential values of rate `lambd`."""
    def fill(self, value: Any) -> Tensor:
        """A tensor like `input` with every element `value`."""
    def fill_(self, value: Any) -> Tensor:
        """Every element becomes `value`, a number or a 0-dim tensor."""
    def fill_diagonal_(self, fill_value: Any, wrap: Any = ...) -> Tensor:
        """Write a number on the main diagonal in place; `wrap`: starting anew below the end of a tall matrix."""
    def fix(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element without its fraction, towards 0."""
    def fix_(self) -> Tensor:
        """trunc(), in place of `input`."""
    def flatten(self, start_dim: Any = ..., end_dim: Any = ...) -> Tensor:
        """Dimensions `start_dim` to `end_dim` as one."""
    def flip(self, *dims: _int | Sequence[_int], out: Tensor | None = ...) -> Tensor:
        """`input` in reverse order along `dims`."""
    def fliplr(self, *, out: Tensor | None = ...) -> Tensor:
        """`input` in reverse order along its second dimension."""
    def flipud(self, *, out: Tensor | None = ...) -> Tensor:
        """`input` in reverse order along its first dimension."""
    def float(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.float32)`."""
    def float_power(self, exponent: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Each element to a power, in float64 or complex128."""
    def float_power_(self, exponent: Tensor | _complex) -> Tensor:
        """float_power(), in place of `input`."""
    def floor(self, *, out: Tensor | None = ...) -> Tensor:
        """The largest whole number not above each element."""
    def floor_(self) -> Tensor:
        """floor(), in place of `input`."""
    def floor_divide(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Quotient rounded downwards. Raises RuntimeError for an integer divided by zero."""
    def floor_divide_(self, other: Tensor | _complex) -> Tensor:
        """floor_divide(), in place of `input`."""
    def fmax(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The larger of both, broadcast; a number rather than NaN. A tie gives input the gradient."""
    def fmin(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The smaller of both, broadcast; a number rather than NaN. A tie gives input the gradient."""
    def fmod(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Remainder with the dividend's sign (C's `fmod`). Raises RuntimeError for an integer divided by zero."""
    def fmod_(self, other: Tensor | _complex) -> Tensor:
        """fmod(), in place of `input`."""
    def frac(self, *, out: Tensor | None = ...) -> Tensor:
        """The fraction that `trunc` drops, with the sign of the element."""
    def frac_(self) -> Tensor:
        """frac(), in place of `input`."""
    def frexp(self, *, out: Any = ...) -> mantissa_exponent:
        """Mantissa in [0.5, 1) and int32 exponent, with `input = mantissa * 2**exponent`."""
    def gather(self, dim: _int, index: Tensor | _complex, *, sparse_grad: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """Elements at `index` along `dim`: out[i][j] = input[index[i][j]][j] for dim 0."""
    def gcd(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Greatest common divisor of integers, not negative unless the lowest integer is."""
    def gcd_(self, other: Tensor | _complex) -> Tensor:
        """gcd(), in place of `input`."""
    def ge(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input >= other?"""
    def ge_(self, other: Tensor | _complex) -> Tensor:
        """ge(), in place of `input`."""
    def geometric_(self, p: _float, *, generator: Any = ...) -> Tensor:
        """Fill with numbers of trials until success of probability p."""
    def geqrf(self, *, out: Any = ...) -> a_tau:
        """(R on and above the diagonal, the vectors of the Householder reflections below it; their factors)."""
    def ger(self, vec2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Each element of one vector times each of the other: (n,) and (m,) to (n, m)."""
    def get_device(self) -> Any:
        """The index of the tensor's device; -1 for the CPU."""
    grad: Tensor | None
    @property
    def grad_fn(self) -> Any: ...
    def greater(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input > other?"""
    def greater_(self, other: Tensor | _complex) -> Tensor:
        """gt(), in place of `input`."""
    def greater_equal(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input >= other?"""
    def greater_equal_(self, other: Tensor | _complex) -> Tensor:
        """ge(), in place of `input`."""
    def gt(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input > other?"""
    def gt_(self, other: Tensor | _complex) -> Tensor:
        """gt(), in place of `input`."""
    def half(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.float16)`."""
    def hardshrink(self, lambd: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
        """input outside [-lambd, lambd], 0 inside; lambd is rounded to the input's dtype."""
    def hardtanh_(self, min_val: _complex | _str = ..., max_val: _complex | _str = ..., inplace: _bool = ...) -> Tensor:
        """hardtanh(), in place of `input`."""
    def hash_tensor(self, dim: _int | Sequence[_int] = ..., *, keepdim: _bool = ..., mode: _int = ..., out: Tensor | None = ...) -> Tensor:
        """The exclusive or, over `dim` (all without it), of the elements' bits as float64 or int64. uint64."""
    def heaviside(self, values: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """0 below 0, 1 above, and `values` at 0, broadcast. Raises RuntimeError where the dtypes differ."""
    def heaviside_(self, values: Tensor | _complex) -> Tensor:
        """heaviside(), in place of `input`."""
    def histc(self, bins: _int = ..., min: _complex | _str = ..., max: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
        """How many elements lie in each of `bins` equal parts of [min, max] (if both are equal, of the elements' range)."""
    def histogram(self, bins: Any = ..., *, range: Any = ..., weight: Any = ..., density: Any = ..., out: Tensor | None = ...) -> Any:
        """(how many elements lie in each bin, the bins' edges). bins: a number of equal ones, or their edges."""
    def hsplit(self, sections: Any = ..., *, indices: Any = ...) -> tuple[Tensor, ...]:
        """`tensor_split` along dimension of columns."""
    def hypot(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`sqrt(input**2 + other**2)` without overflow on the way."""
    def hypot_(self, other: Tensor | _complex) -> Tensor:
        """hypot(), in place of `input`."""
    def i0(self, *, out: Tensor | None = ...) -> Tensor:
        """Modified Bessel function of the first kind, order 0."""
    def i0_(self) -> Tensor:
        """i0(), in place of `input`."""
    def igamma(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The regularised lower incomplete gamma function at other, of order input. No derivative by the order."""
    def igamma_(self, other: Tensor | _complex) -> Tensor:
        """igamma(), in place of `input`."""
    def igammac(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`1 - igamma(input, other)`, accurate where it is small. No derivative by the order."""
    def igammac_(self, other: Tensor | _complex) -> Tensor:
        """igammac(), in place of `input`."""
    @property
    def imag(self) -> Tensor: ...
    def index_add(self, dim: _int, index: Tensor | _complex, source: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """`input` with the rows `alpha * source` added at `index` along `dim`; equal indices add up."""
    def index_add_(self, dim: _int, index: Tensor | _complex, source: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
        """index_add(), in place of `input`."""
    def index_copy(self, dim: _int, index: Tensor | _complex, source: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input` with the rows of `source` written at `index` along `dim`."""
    def index_copy_(self, dim: _int, index: Tensor | _complex, source: Tensor | _complex) -> Tensor:
        """index_copy(), in place of `input`."""
    def index_fill(self, dim: _int, index: Tensor | _complex, value: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input` with `value` (a number or 0-dim tensor) in the rows `index` along `dim`."""
    def index_fill_(self, dim: Any, index: Any, value: Any) -> Any:
        """`index_fill`, in place."""
    def index_put(self, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
        """`index_put_` on a copy."""
    def index_put_(self, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
        """`input[indices] = values`, or `+=` with every occurrence of an index counted if `accumulate`."""
    def index_reduce(self, dim: _int, index: Tensor | _complex, source: Tensor | _complex, reduce: _str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """`input` with the rows of `source` reduced into it at `index`: "prod", "mean", "amax" or "amin"."""
    def index_reduce_(self, dim: _int, index: Tensor | _complex, source: Tensor | _complex, reduce: _str, *, include_self: _bool = ...) -> Tensor:
        """index_reduce(), in place of `input`."""
    def index_select(self, dim: _int, index: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Rows of `input` along `dim`, chosen by the 1-d `index`."""
    def indices(self) -> None:
        """Raises RuntimeError: tensors are dense."""
    def inner(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Dot products over the last dimensions of both."""
    def int(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.int32)`."""
    def inverse(self, *, out: Tensor | None = ...) -> Tensor:
        """Inverse of square matrices."""
    def is_coalesced(self) -> None:
        """Raises RuntimeError: tensors are dense."""
    def is_complex(self) -> _bool: ...
    def is_conj(self) -> Any:
        """Is this a view that shows the conjugates of what the memory holds?"""
    def is_contiguous(self, memory_format: _memory_format | None = ...) -> _bool: ...
    @property
    def is_cpu(self) -> Any: ...
    @property
    def is_cuda(self) -> _bool: ...
    is_eagerjax_tensor: _bool
    def is_floating_point(self) -> _bool: ...
    def is_inference(self) -> _bool:
        """False: tensors made in inference mode are like any others."""
    @property
    def is_leaf(self) -> _bool: ...
    @property
    def is_meta(self) -> Any: ...
    is_mkldnn: _bool
    @property
    def is_mps(self) -> Any: ...
    def is_neg(self) -> Any:
        """Is this a view that shows the memory's numbers negated: the imaginary part of a conjugate?"""
    is_nested: _bool
    def is_nonzero(self) -> _bool:
        """Is the only element not zero? Raises RuntimeError unless there is exactly one."""
    def is_pinned(self, *args: Any) -> _bool:
        """False: there is no such memory here."""
    is_quantized: _bool
    def is_same_size(self, other: Any) -> _bool:
        """Have both the same shape?"""
    def is_set_to(self, tensor: Any) -> _bool:
        """Is `tensor` the same view of the same storage?"""
    def is_shared(self) -> Any:
        """Is the tensor in memory that other processes may have?"""
    def is_signed(self) -> _bool: ...
    is_sparse: _bool
    is_sparse_csr: _bool
    @property
    def is_xla(self) -> Any: ...
    @property
    def is_xpu(self) -> Any: ...
    def isclose(self, other: Tensor | _complex, rtol: _complex | _str = ..., atol: _complex | _str = ..., equal_nan: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Where is `|input - other| <= atol + rtol * |other|`? Infinities are close to themselves only."""
    def isfinite(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements are neither NaN nor infinite?"""
    def isinf(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements are infinite?"""
    def isnan(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements are NaN?"""
    def isneginf(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements are negative infinity?"""
    def isposinf(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements are positive infinity?"""
    def isreal(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements have no imaginary part?"""
    def istft(self, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | _complex | None = ..., center: _bool = ..., normalized: _bool = ..., onesided: _bool | None = ..., length: _int | None = ..., return_complex: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """The signal (*, time) whose `stft` is closest to input (*, frequency, frame). The arguments are those of `stft`."""
    def item(self) -> Any:
        """The only element as a Python number. Raises RuntimeError for any other number of elements."""
    @property
    def itemsize(self) -> _int: ...
    def jax(self) -> Any:
        """The value as a jax.Array. 64-bit values need `jax.enable_x64` around what is done with them."""
    def kron(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Kronecker product: each element of `input` times all of `other`."""
    def kthvalue(self, k: _int, dim: _int = ..., keepdim: _bool = ..., *, out: Any = ...) -> values_indices:
        """The k-th smallest element along `dim`, counted from 1: (values, indices)."""
    @property
    def layout(self) -> _layout: ...
    def lcm(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Least common multiple of integers, never negative; 0 where one of them is 0."""
    def lcm_(self, other: Tensor | _complex) -> Tensor:
        """lcm(), in place of `input`."""
    def ldexp(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input * 2**other`; integers become floats."""
    def ldexp_(self, other: Tensor | _complex) -> Tensor:
        """ldexp(), in place of `input`."""
    def le(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input <= other?"""
    def le_(self, other: Tensor | _complex) -> Tensor:
        """le(), in place of `input`."""
    def leaky_relu_(self, negative_slope: _complex = ..., inplace: _bool = ...) -> Tensor:
        """leaky_relu(), in place of `input`."""
    def lerp(self, end: Tensor | _complex, weight: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """From input (weight 0) to end (weight 1) in a straight line: `input + weight * (end - input)`."""
    def lerp_(self, end: Tensor | _complex, weight: Tensor | _complex) -> Tensor:
        """lerp(), in place of `input`."""
    def less(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input < other?"""
    def less_(self, other: Tensor | _complex) -> Tensor:
        """lt(), in place of `input`."""
    def less_equal(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input <= other?"""
    def less_equal_(self, other: Tensor | _complex) -> Tensor:
        """le(), in place of `input`."""
    def lgamma(self, *, out: Tensor | None = ...) -> Tensor:
        """Logarithm of the absolute gamma function."""
    def lgamma_(self) -> Tensor:
        """lgamma(), in place of `input`."""
    def log(self, *, out: Tensor | None = ...) -> Tensor:
        """Natural logarithm; -inf at 0, NaN below."""
    def log10(self, *, out: Tensor | None = ...) -> Tensor:
        """Logarithm to base 10."""
    def log10_(self) -> Tensor:
        """log10(), in place of `input`."""
    def log1p(self, *, out: Tensor | None = ...) -> Tensor:
        """`log(1 + input)`, accurate near 0."""
    def log1p_(self) -> Tensor:
        """log1p(), in place of `input`."""
    def log2(self, *, out: Tensor | None = ...) -> Tensor:
        """Logarithm to base 2."""
    def log2_(self) -> Tensor:
        """log2(), in place of `input`."""
    def log_(self) -> Tensor:
        """log(), in place of `input`."""
    def log_normal_(self, mean: Any = ..., std: Any = ..., *, generator: Any = ...) -> Tensor:
        """Fill with exp of normal values."""
    def log_softmax(self, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """`log(softmax(input, dim))` without underflow."""
    def logaddexp(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`log(exp(input) + exp(other))` without overflow on the way."""
    def logaddexp2(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`log2(2**input + 2**other)` without overflow on the way."""
    def logcumsumexp(self, dim: _int, *, out: Tensor | None = ...) -> Tensor:
        """log(cumsum(exp(input))) along `dim`, computed without overflow."""
    def logdet(self, *, out: Tensor | None = ...) -> Tensor:
        """Logarithm of the determinant of square matrices; nan where it is negative."""
    def logical_and(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Are both true (not zero)?"""
    def logical_and_(self, other: Tensor | _complex) -> Tensor:
        """logical_and(), in place of `input`."""
    def logical_not(self, *, out: Tensor | None = ...) -> Tensor:
        """Which elements are false (zero)?"""
    def logical_not_(self) -> Tensor:
        """logical_not(), in place of `input`."""
    def logical_or(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Is one of them true (not zero)?"""
    def logical_or_(self, other: Tensor | _complex) -> Tensor:
        """logical_or(), in place of `input`."""
    def logical_xor(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Is exactly one of them true (not zero)?"""
    def logical_xor_(self, other: Tensor | _complex) -> Tensor:
        """logical_xor(), in place of `input`."""
    def logit(self, eps: _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """`log(input / (1 - input))`; with `eps`, of the input moved into [eps, 1 - eps]. NaN outside [0, 1]."""
    def logit_(self, eps: _complex | None = ...) -> Tensor:
        """logit(), in place of `input`."""
    def logsumexp(self, dim: _int | Sequence[_int], keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """log(sum(exp(input))) over `dim`, computed without overflow."""
    def long(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.int64)`."""
    def lstsq(self, **kwargs: Any) -> None:
        """Removed: `torch.linalg.lstsq` takes the system's matrix first and solves B for X in A X = B."""
    def lt(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where is input < other?"""
    def lt_(self, other: Tensor | _complex) -> Tensor:
        """lt(), in place of `input`."""
    def lu(self, pivot: Any = ..., get_infos: Any = ..., out: Tensor | None = ...) -> Any:
        """(L and U in one matrix, pivots), and with `get_infos` the infos: see `linalg.lu_factor_ex`."""
    def lu_solve(self, LU_data: Tensor | _complex, LU_pivots: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """X of A X = input from the packed form of lu_factor."""
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map2_(self, x: Any, y: Any, callable: Any) -> Tensor:
        """Replace each element by `callable` of it and of the elements of `x` and `y` beside it."""
    def map_(self, tensor: Any, callable: Any) -> Tensor:
        """Replace each element by `callable` of it and of the element of `tensor` beside it."""
    def masked_fill(self, mask: Tensor | _complex, value: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input` with `value` (a number or 0-dim tensor) where the boolean `mask`, broadcast, is True."""
    def masked_fill_(self, mask: Any, value: Any) -> Any:
        """`masked_fill`, in place."""
    def masked_scatter(self, mask: Tensor | _complex, source: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input` with successive elements of `source` where the boolean `mask`, broadcast, is True."""
    def masked_scatter_(self, mask: Tensor | _complex, source: Tensor | _complex) -> Tensor:
        """masked_scatter(), in place of `input`."""
    def masked_select(self, mask: Any, *, out: Tensor | None = ...) -> Tensor:
        """The elements where the boolean `mask` holds, as a vector."""
    def matmul(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Matrix product `input @ other`; vectors as in numpy, leading dimensions broadcast."""
    def matrix_exp(self, *, out: Tensor | None = ...) -> Tensor:
        """Exponential of square matrices."""
    def matrix_power(self, n: _int, *, out: Tensor | None = ...) -> Tensor:
        """The n-th power of square matrices."""
    @overload
    def max(self, *, out: Tensor | None = ...) -> Tensor:
        """Largest element; with `dim`, (values, indices) along it; with a second tensor, `maximum`."""
    @overload
    def max(self, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
    @overload
    def max(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor: ...
    def maximum(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The larger of both, broadcast; NaN where one is NaN. A tie shares the gradient."""
    def mean(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Mean of all elements or over `dim`. Raises RuntimeError for integers unless `dtype` is floating."""
    @overload
    def median(self, *, out: Tensor | None = ...) -> Tensor:
        """The lower median of all elements; with `dim`, (values, indices) along it. NaN if there is any."""
    @overload
    def median(self, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
    @overload
    def min(self, *, out: Tensor | None = ...) -> Tensor:
        """Smallest element; with `dim`, (values, indices) along it; with a second tensor, `minimum`."""
    @overload
    def min(self, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
    @overload
    def min(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor: ...
    def minimum(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The smaller of both, broadcast; NaN where one is NaN. A tie shares the gradient."""
    def mm(self, mat2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Product of two matrices: (n, k) and (k, m) to (n, m)."""
    def mode(self, dim: _int = ..., keepdim: _bool = ..., *, out: Any = ...) -> values_indices:
        """The most frequent element along `dim` (of equals the smallest), and the index of its last place."""
    def module_load(self, other: Any, assign: Any = ...) -> Tensor:
        """What `load_state_dict` swaps this tensor with, where modules swap: `other`, or this one filled from it."""
    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Dimensions `source` moved to the positions `destination`."""
    def movedim(self, source: Any, destination: Any) -> Tensor:
        """Dimensions `source` moved to the positions `destination`."""
    def msort(self, *, out: Tensor | None = ...) -> Tensor:
        """`input` in order along its first dimension."""
    def mul(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Product, broadcast."""
    def mul_(self, other: Tensor | _complex) -> Tensor:
        """mul(), in place of `input`."""
    def multinomial(self, num_samples: _int, replacement: _bool = ..., *, generator: Any = ..., out: Tensor | None = ...) -> Tensor:
        """Indices drawn with probabilities proportional to the last dimension of `input`."""
    def multiply(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Product, broadcast."""
    def multiply_(self, other: Tensor | _complex) -> Tensor:
        """mul(), in place of `input`."""
    def mv(self, vec: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Matrix times vector: (n, k) and (k,) to (n,)."""
    def mvlgamma(self, p: _int, *, out: Tensor | None = ...) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension p. Raises RuntimeError where p < 1."""
    def mvlgamma_(self, p: _int) -> Tensor:
        """mvlgamma(), in place of `input`."""
    @property
    def name(self) -> None: ...
    @property
    def names(self) -> Any: ...
    def nan_to_num(self, nan: _complex | _str | None = ..., posinf: _complex | _str | None = ..., neginf: _complex | _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """NaN, inf and -inf replaced, by default with 0 and the largest and smallest finite number of the dtype."""
    def nan_to_num_(self, nan: _complex | _str | None = ..., posinf: _complex | _str | None = ..., neginf: _complex | _str | None = ...) -> Tensor:
        """nan_to_num(), in place of `input`."""
    def nanmean(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Mean of the elements that are not NaN; NaN where there is none."""
    @overload
    def nanmedian(self, *, out: Tensor | None = ...) -> Tensor:
        """`median` of the elements that are not NaN."""
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
    def nanquantile(self, q: Tensor | _complex, dim: _int | None = ..., keepdim: _bool = ..., *, interpolation: _str = ..., out: Tensor | None = ...) -> Tensor:
        """The q-th quantiles of what is not NaN along `dim` (of all elements without it)."""
    def nansum(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Sum in which NaN counts as zero."""
    def narrow(self, dim: Any, start: Any, length: Any) -> Tensor:
        """`length` elements of a dimension, from `start`."""
    def narrow_copy(self, dim: Any, start: Any, length: Any, *, out: Tensor | None = ...) -> Tensor:
        """What `narrow` shows, as a tensor of its own."""
    @property
    def nbytes(self) -> _int: ...
    @property
    def ndim(self) -> _int: ...
    def ndimension(self) -> _int: ...
    def ne(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where do both differ?"""
    def ne_(self, other: Tensor | _complex) -> Tensor:
        """ne(), in place of `input`."""
    def neg(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element negated. Raises RuntimeError for booleans."""
    def neg_(self) -> Tensor:
        """neg(), in place of `input`."""
    def negative(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element negated. Raises RuntimeError for booleans."""
    def negative_(self) -> Tensor:
        """neg(), in place of `input`."""
    def nelement(self) -> _int: ...
    def new(self, *args: Any, size: Any = ..., device: _device | _str | None = ...) -> Tensor:
        """Legacy: `x.new(2, 3)` is an empty tensor of that size, `x.new([..])` one of that data."""
    def new_empty(self, *size: Any, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., layout: _layout | None = ..., pin_memory: _bool = ..., **named: Any) -> Tensor:
        """A tensor of a size with the dtype and device of this one, filled with 0."""
    def new_empty_strided(self, size: Any, stride: Any, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Any:
        """A tensor of a size and strides with the dtype and device of this one: see `torch.empty_strided`."""
    def new_full(self, size: Any, fill_value: Any, *, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., layout: _layout | None = ..., pin_memory: _bool = ...) -> Tensor:
        """A tensor of a size with the dtype and device of this one, every element `fill_value`."""
    def new_ones(self, *size: Any, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., layout: _layout | None = ..., pin_memory: _bool = ..., **named: Any) -> Tensor:
        """A tensor of a size with the dtype and device of this one, filled with 1."""
    def new_tensor(self, data: Any, *, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., layout: _layout | None = ..., pin_memory: _bool = ...) -> Tensor:
        """A tensor of `data` with the dtype and device of this one."""
    def new_zeros(self, *size: Any, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., layout: _layout | None = ..., pin_memory: _bool = ..., **named: Any) -> Tensor:
        """A tensor of a size with the dtype and device of this one, filled with 0."""
    def nextafter(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """The next number after input in the direction of other."""
    def nextafter_(self, other: Tensor | _complex) -> Tensor:
        """nextafter(), in place of `input`."""
    def nonzero(self, *, as_tuple: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """(n, ndim) indices of the nonzero elements, or one index tensor per dimension. int64."""
    def nonzero_static(self, *, size: _int, fill_value: _int = ..., out: Tensor | None = ...) -> Tensor:
        """The first `size` rows of `nonzero`, filled up with `fill_value`."""
    def norm(self, p: _complex | _str = ..., dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """The p-norm over `dim` (of all elements without it): a number, "fro", or "nuc" for the sum of singular values."""
    def normal_(self, mean: Any = ..., std: Any = ..., *, generator: Any = ...) -> Tensor:
        """Fill with normal values."""
    def not_equal(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Where do both differ?"""
    def not_equal_(self, other: Tensor | _complex) -> Tensor:
        """ne(), in place of `input`."""
    def numel(self) -> _int: ...
    def numpy(self, *, force: Any = ...) -> Any:
        """A numpy array of the same memory: what is written to one shows in the other."""
    def orgqr(self, input2: Any, *, out: Tensor | None = ...) -> Tensor:
        """`linalg.householder_product`."""
    def ormqr(self, input2: Tensor | _complex, input3: Tensor | _complex, left: _bool = ..., transpose: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """Q input3, or input3 Q, for the Q of `geqrf`; its conjugate transpose with `transpose`. Q is square."""
    def outer(self, vec2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Each element of one vector times each of the other: (n,) and (m,) to (n, m)."""
    @property
    def output_nr(self) -> Any: ...
    def permute(self, *order: Any, dims: Any = ...) -> Tensor:
        """Dimensions in another order."""
    def pin_memory(self, device: _device | _str | None = ...) -> Tensor:
        """The tensor itself: JAX copies to devices from any memory."""
    def pinverse(self, rcond: _float = ..., *, out: Tensor | None = ...) -> Tensor:
        """Pseudo-inverse; singular values up to rcond * the largest count as 0."""
    def polygamma(self, n: Any) -> Tensor:
        """The n-th derivative of `digamma`."""
    def polygamma_(self, n: Any) -> Tensor:
        """`polygamma`, in place."""
    def positive(self) -> Tensor:
        """The input itself. Raises RuntimeError for booleans."""
    def pow(self, exponent: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Each element to a power: a number, or a tensor that broadcasts. The base may be the number instead."""
    def pow_(self, exponent: Tensor | _complex) -> Tensor:
        """pow(), in place of `input`."""
    def prelu(self, weight: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """input above 0, `weight * input` below; weight: one number, or one for each channel (dimension 1)."""
    def prod(self, dim: _int | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Product of all elements or over one `dim`. Integers multiply as int64."""
    def put(self, index: Tensor | _complex, source: Tensor | _complex, accumulate: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """`input` with `source` written (or added) at positions of its flattened self."""
    def put_(self, index: Tensor | _complex, source: Tensor | _complex, accumulate: _bool = ...) -> Tensor:
        """put(), in place of `input`."""
    def qr(self, some: _bool = ..., *, out: Any = ...) -> Q_R:
        """input = Q R, Q with orthonormal columns, R upper triangular."""
    def quantile(self, q: Tensor | _complex, dim: _int | None = ..., keepdim: _bool = ..., *, interpolation: _str = ..., out: Tensor | None = ...) -> Tensor:
        """The q-th quantiles along `dim` (of all elements without it); NaN where there is a NaN."""
    def rad2deg(self, *, out: Tensor | None = ...) -> Tensor:
        """Radians as degrees."""
    def rad2deg_(self) -> Tensor:
        """rad2deg(), in place of `input`."""
    def random_(self, from_: Any = ..., to: Any = ..., *, generator: Any = ..., **named: Any) -> Tensor:
        """Fill with integers: random_(to) of [0, to), random_(from, to) of [from, to), random_(from, None) of all from there on."""
    def ravel(self) -> Tensor:
        """All elements in one dimension."""
    @property
    def real(self) -> Tensor: ...
    def reciprocal(self, *, out: Tensor | None = ...) -> Tensor:
        """One over each element; integers become floats."""
    def reciprocal_(self) -> Tensor:
        """reciprocal(), in place of `input`."""
    def record_stream(self, stream: Any) -> None:
        """Nothing: XLA knows which of its streams read a tensor."""
    def register_hook(self, hook: Any) -> Any:
        """Call `hook(grad)` when the gradient of this tensor is known; what it returns replaces the gradient."""
    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call `hook(param)` after `.grad` was accumulated. Only for leaves."""
    def reinforce(self, reward: Any) -> None:
        """Removed: torch.distributions took its place."""
    def relu(self, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """`max(input, 0)`; its derivative at 0 is 0."""
    def relu6_(self, inplace: _bool = ...) -> Tensor:
        """relu6(), in place of `input`."""
    def relu_(self, inplace: _bool = ...) -> Tensor:
        """relu(), in place of `input`."""
    def remainder(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Remainder with the divisor's sign (Python's `%`). Raises RuntimeError for an integer divided by zero."""
    def remainder_(self, other: Tensor | _complex) -> Tensor:
        """remainder(), in place of `input`."""
    def renorm(self, p: _complex | _str, dim: _int, maxnorm: _complex | _str, *, out: Tensor | None = ...) -> Tensor:
        """Each slice of `input` along `dim` scaled down to a p-norm of at most `maxnorm`."""
    def renorm_(self, p: _complex | _str, dim: _int, maxnorm: _complex | _str) -> Tensor:
        """renorm(), in place of `input`."""
    def repeat(self, *repeats: _int | Sequence[_int], out: Tensor | None = ...) -> Tensor:
        """`input` copied repeats[d] times along each dimension d; further leading dimensions are new."""
    def repeat_interleave(self, repeats: Any = ..., dim: Any = ..., *, output_size: Any = ...) -> Tensor:
        """Each element (slice along `dim`) `repeats` times in a row; `repeats` may say how often for each."""
    requires_grad: _bool
    def requires_grad_(self, requires_grad: _bool = ...) -> Tensor:
        """Set `requires_grad` and return the tensor."""
    def reshape(self, *sizes: Any, shape: Any = ...) -> Tensor:
        """A view in another shape where that is possible, else a copy."""
    def reshape_as(self, other: Any) -> Tensor:
        """`self.reshape(other.shape)`."""
    def resize(self, *sizes: Any) -> Tensor:
        """Deprecated: another shape, with the elements in their order."""
    def resize_(self, *size: Any, memory_format: _memory_format | None = ...) -> Tensor:
        """Another shape in place: the elements in their order; new ones have any value."""
    def resize_as(self, tensor: Any) -> Tensor:
        """Deprecated: `self.reshape(tensor.shape)`."""
    def resize_as_(self, the_template: Any, *, memory_format: _memory_format | None = ...) -> Tensor:
        """`input.resize_(the_template.shape)`."""
    def resolve_conj(self) -> Tensor:
        """The tensor itself, or a copy of what a conjugated view of another one shows."""
    def resolve_neg(self) -> Tensor:
        """The tensor itself, or a copy of what a negated view of another one shows."""
    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in `.grad`."""
    @property
    def retains_grad(self) -> Any: ...
    def roll(self, shifts: Sequence[_int], dims: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """`input` rotated by `shifts` places along `dims`; without dims along its flattened self."""
    def rot90(self, k: _int = ..., dims: _int | Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
        """`input` turned by 90 degrees k times in the plane of `dims`, from the first towards the second."""
    def round(self, *, decimals: _int = ..., out: Tensor | None = ...) -> Tensor:
        """The nearest number with so many decimals; a half goes to the even neighbour. Negative decimals round tens."""
    def round_(self, *, decimals: _int = ...) -> Tensor:
        """round(), in place of `input`."""
    def rsqrt(self, *, out: Tensor | None = ...) -> Tensor:
        """One over the square root of each element; infinite at 0, NaN below."""
    def rsqrt_(self) -> Tensor:
        """rsqrt(), in place of `input`."""
    def rsub(self, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """Difference the other way round, `other - alpha * input`. Raises RuntimeError for booleans."""
    def scatter(self, dim: _int, index: Tensor | _complex, src: Tensor | _complex | None = ..., *, value: _complex | None = ..., reduce: _str | None = ..., out: Tensor | None = ...) -> Tensor:
        """`input` with `src` (or the number `value`) written at `index` along `dim`; `reduce`: "add" or "multiply"."""
    def scatter_(self, dim: _int, index: Tensor | _complex, src: Tensor | _complex | None = ..., *, value: _complex | None = ..., reduce: _str | None = ...) -> Tensor:
        """scatter(), in place of `input`."""
    def scatter_add(self, dim: _int, index: Tensor | _complex, src: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input` with `src` added at `index` along `dim`."""
    def scatter_add_(self, dim: _int, index: Tensor | _complex, src: Tensor | _complex) -> Tensor:
        """scatter_add(), in place of `input`."""
    def scatter_reduce(self, dim: _int, index: Tensor | _complex, src: Tensor | _complex, reduce: _str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """`input` with `src` reduced into it at `index` along `dim`: "sum", "prod", "mean", "amax" or "amin"."""
    def scatter_reduce_(self, dim: _int, index: Tensor | _complex, src: Tensor | _complex, reduce: _str, *, include_self: _bool = ...) -> Tensor:
        """scatter_reduce(), in place of `input`."""
    def select(self, dim: Any, index: Any) -> Tensor:
        """The part at `index` of one dimension."""
    def select_scatter(self, src: Any, dim: Any, index: Any) -> Tensor:
        """A copy of `input` with `src` at `index` of dimension `dim`."""
    def set_(self, source: Any = ..., storage_offset: Any = ..., size: Any = ..., stride: Any = ...) -> Tensor:
        """Share the memory of `source`, a tensor or a storage, from an offset on, with a size and strides in elements."""
    def sgn(self, *, out: Tensor | None = ...) -> Tensor:
        """`sign`, and for complex numbers the direction `input / |input|`, 0 at 0."""
    def sgn_(self) -> Tensor:
        """sgn(), in place of `input`."""
    @property
    def shape(self) -> Size: ...
    def share_memory_(self) -> Tensor:
        """Move the tensor's storage to memory that processes share; the tensor itself is returned."""
    def short(self, memory_format: _memory_format | None = ...) -> Tensor:
        """`self.to(torch.int16)`."""
    def sigmoid(self, *, out: Tensor | None = ...) -> Tensor:
        """The logistic function `1 / (1 + exp(-input))`."""
    def sigmoid_(self) -> Tensor:
        """sigmoid(), in place of `input`."""
    def sign(self, *, out: Tensor | None = ...) -> Tensor:
        """-1, 0 or 1 by each element's sign; 0 for NaN. Raises NotImplementedError for complex numbers."""
    def sign_(self) -> Tensor:
        """sign(), in place of `input`."""
    def signbit(self, *, out: Tensor | None = ...) -> Tensor:
        """Is the sign bit set? True for -0.0 and negative NaN."""
    def sin(self, *, out: Tensor | None = ...) -> Tensor:
        """Sine of each angle in radians."""
    def sin_(self) -> Tensor:
        """sin(), in place of `input`."""
    def sinc(self, *, out: Tensor | None = ...) -> Tensor:
        """`sin(pi x) / (pi x)`, and 1 at 0."""
    def sinc_(self) -> Tensor:
        """sinc(), in place of `input`."""
    def sinh(self, *, out: Tensor | None = ...) -> Tensor:
        """Hyperbolic sine."""
    def sinh_(self) -> Tensor:
        """sinh(), in place of `input`."""
    def size(self, dim: Any = ...) -> Size | _int:
        """The shape, or the length of one dimension."""
    def slice_scatter(self, src: Any, dim: Any = ..., start: Any = ..., end: Any = ..., step: Any = ..., *, out: Tensor | None = ...) -> Tensor:
        """A copy of `input` with `src` in the slice start:end:step of dimension `dim`."""
    def slogdet(self, *, out: Any = ...) -> sign_logabsdet:
        """(sign, logarithm of the absolute value) of the determinant."""
    def softmax(self, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """Shares that are positive and sum to 1 along `dim`: `exp(input) / sum(exp(input))`."""
    def solve(self, **kwargs: Any) -> None:
        """Removed: `torch.linalg.solve` has its arguments reversed and does not return the LU factorization."""
    def sort(self, dim: _int = ..., descending: _bool = ..., *, stable: _bool = ..., out: Any = ...) -> values_indices:
        """(values, indices) in order along `dim`; NaN counts as the largest. Equal elements keep their order."""
    def sparse_dim(self) -> _int:
        """0: the tensor is dense."""
    def sparse_mask(self, mask: Any) -> Any:
        """The values at the places that a sparse tensor holds."""
    def split(self, split_size: Any, dim: Any = ...) -> tuple[Tensor, ...]:
        """Parts of a given length (the last may be shorter), or of given lengths."""
    def split_with_sizes(self, split_sizes: Any, dim: Any = ...) -> tuple[Tensor, ...]:
        """Parts of given lengths, which add up to the dimension's."""
    def sqrt(self, *, out: Tensor | None = ...) -> Tensor:
        """Square root of each element; NaN below 0."""
    def sqrt_(self) -> Tensor:
        """sqrt(), in place of `input`."""
    def square(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element times itself."""
    def square_(self) -> Tensor:
        """square(), in place of `input`."""
    def squeeze(self, dim: Any = ...) -> Tensor:
        """Without the dimensions of length 1 (or those of `dim` that have length 1)."""
    def squeeze_(self, dim: Any = ...) -> Tensor:
        """squeeze() in place: the tensor itself becomes the view."""
    def std(self, dim: _int | Sequence[_int] | None = ..., unbiased: _bool | None = ..., keepdim: _bool = ..., *, correction: _float | None = ..., out: Tensor | None = ...) -> Tensor:
        """Standard deviation: the square root of `var`. Its derivative is 0 where it is 0."""
    def stft(self, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | _complex | None = ..., center: _bool = ..., pad_mode: _str = ..., normalized: _bool = ..., onesided: _bool | None = ..., return_complex: _bool | None = ..., align_to_window: _bool | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """The spectra (*, frequency, frame) of parts of `input` (*, time) that are `hop_length` apart, times a window."""
    def storage(self) -> Any:
        """The storage, in elements."""
    def storage_offset(self) -> Any: ...
    def stride(self, dim: Any = ...) -> Any:
        """Steps between elements, in elements; of a row-major array unless the tensor is a view that is not."""
    def sub(self, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """Difference `input - alpha * other`, broadcast. Raises RuntimeError for booleans."""
    def sub_(self, other: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
        """sub(), in place of `input`."""
    def subtract(self, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
        """Difference `input - alpha * other`, broadcast. Raises RuntimeError for booleans."""
    def subtract_(self, other: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
        """sub(), in place of `input`."""
    def sum(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """Sum of all elements or over `dim`. Integers add up as int64."""
    def sum_to_size(self, *size: Any) -> Tensor:
        """The sum over the dimensions that broadcasting a tensor of `size` to this shape would stretch."""
    def svd(self, some: _bool = ..., compute_uv: _bool = ..., *, out: Any = ...) -> U_S_V:
        """input = U diag(S) V^H. Without `compute_uv` U and V are zeros."""
    def swapaxes(self, axis0: Any, axis1: Any) -> Tensor:
        """`transpose`, by its name in NumPy."""
    def swapaxes_(self, axis0: Any, axis1: Any) -> Tensor:
        """swapaxes() in place: the tensor itself becomes the view."""
    def swapdims(self, dim0: Any, dim1: Any) -> Tensor:
        """`transpose`."""
    def swapdims_(self, dim0: Any, dim1: Any) -> Tensor:
        """swapdims() in place: the tensor itself becomes the view."""
    def symeig(self, **kwargs: Any) -> None:
        """Removed: `torch.linalg.eigh` uses the lower triangle by default."""
    def t(self) -> Tensor:
        """A matrix transposed; 0- and 1-dim tensors as they are."""
    def t_(self) -> Tensor:
        """t() in place: the tensor itself becomes the view."""
    def take(self, index: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Elements of the flattened `input` at `index`, in the shape of `index`."""
    def take_along_dim(self, indices: Tensor | _complex, dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """Elements at `indices` along `dim`, the other dimensions broadcast; without `dim` of the flattened input."""
    def tan(self, *, out: Tensor | None = ...) -> Tensor:
        """Tangent of each angle in radians."""
    def tan_(self) -> Tensor:
        """tan(), in place of `input`."""
    def tanh(self, *, out: Tensor | None = ...) -> Tensor:
        """Hyperbolic tangent."""
    def tanh_(self) -> Tensor:
        """tanh(), in place of `input`."""
    def tensor_split(self, sections: Any = ..., dim: Any = ..., *, indices: Any = ..., tensor_indices_or_sections: Any = ...) -> tuple[Tensor, ...]:
        """Parts between given indices, or a number of nearly equal parts."""
    def tile(self, *dims: _int | Sequence[_int], out: Tensor | None = ...) -> Tensor:
        """`input` copied dims[d] times along each dimension; missing leading entries of dims are 1."""
    def to(self, *args: Any, device: _device | _str | None = ..., dtype: _dtype | None = ..., non_blocking: Any = ..., copy: Any = ..., memory_format: _memory_format | None = ...) -> Tensor:
        """The tensor with another dtype and/or on another device; itself where nothing changes (unless `copy`)."""
    def to_dense(self, dtype: _dtype | None = ..., *, masked_grad: Any = ...) -> Tensor:
        """The tensor itself, which is dense, or as another dtype."""
    def to_sparse(self, sparse_dim: Any = ..., *, layout: _layout | None = ...) -> Any:
        """The places that are not 0, and their values: a `sparse.SparseTensor`. Looks at the values."""
    def to_sparse_coo(self, sparse_dim: Any = ..., *, layout: _layout | None = ...) -> Any:
        """The places that are not 0, and their values: a `sparse.SparseTensor`. Looks at the values."""
    def to_sparse_csr(self) -> Any:
        """The matrix by rows: `to_sparse(layout=torch.sparse_csr)`."""
    def tolist(self) -> Any:
        """Nested lists of Python numbers; a number for a 0-dim tensor."""
    def topk(self, k: _int, dim: _int = ..., largest: _bool = ..., sorted: _bool = ..., *, out: Any = ...) -> values_indices:
        """The k largest (or smallest) elements along `dim` in order: (values, indices). NaN counts as the largest."""
    def trace(self, *, out: Tensor | None = ...) -> Tensor:
        """Sum of the diagonal of a matrix. Integers add up as int64."""
    def transpose(self, dim0: Any, dim1: Any) -> Tensor:
        """Two dimensions exchanged."""
    def transpose_(self, dim0: Any, dim1: Any) -> Tensor:
        """transpose() in place: the tensor itself becomes the view."""
    def triangular_solve(self, A: Tensor | _complex, upper: _bool = ..., transpose: _bool = ..., unitriangular: _bool = ..., *, out: Any = ...) -> solution_cloned_coefficient:
        """(X of A X = input for a triangular A, A)."""
    def tril(self, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """The lower triangle of the last two dimensions, zero above the given `diagonal`."""
    def tril_(self, diagonal: _int = ...) -> Tensor:
        """tril(), in place of `input`."""
    def triu(self, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """The upper triangle of the last two dimensions, zero below the given `diagonal`."""
    def triu_(self, diagonal: _int = ...) -> Tensor:
        """triu(), in place of `input`."""
    def true_divide(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Quotient; integers become floats. Another name of `div` without a rounding mode."""
    def true_divide_(self, other: Tensor | _complex) -> Tensor:
        """true_divide(), in place of `input`."""
    def trunc(self, *, out: Tensor | None = ...) -> Tensor:
        """Each element without its fraction, towards 0."""
    def trunc_(self) -> Tensor:
        """trunc(), in place of `input`."""
    def type(self, dtype: _dtype | None = ..., non_blocking: Any = ..., **kwargs: Any) -> Any:
        """The legacy type's name, or the tensor converted to a dtype or legacy type; torch.Tensor is the default one."""
    def type_as(self, other: Any) -> Tensor:
        """`self.to(other.dtype)`."""
    def type_name(self) -> Any:
        """The name of the legacy tensor type, FloatTensor and the like."""
    def unbind(self, dim: Any = ...) -> tuple[Tensor, ...]:
        """The parts along a dimension, one for each index."""
    def unflatten(self, dim: Any, sizes: Any) -> Tensor:
        """One dimension as several."""
    def unfold(self, dimension: Any, size: Any, step: Any) -> Tensor:
        """Windows of `size` elements, `step` apart, as a new last dimension."""
    def uniform_(self, from_: Any = ..., to: Any = ..., *, generator: Any = ..., **named: Any) -> Tensor:
        """Fill with uniform values of [from, to)."""
    def unique(self, sorted: _bool = ..., return_inverse: _bool = ..., return_counts: _bool = ..., dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """The distinct elements (slices along `dim`) in order, where each element went, and how often each occurs."""
    def unique_consecutive(self, return_inverse: _bool = ..., return_counts: _bool = ..., dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """The elements (slices along `dim`) that differ from the one before, where each went, and how long each run is."""
    def unsafe_chunk(self, chunks: Any, dim: Any = ...) -> tuple[Any, ...]:
        """`chunk`, whose parts may be written to."""
    def unsafe_split(self, split_size: Any, dim: Any = ...) -> tuple[Any, ...]:
        """`split`, whose parts may be written to."""
    def unsafe_split_with_sizes(self, split_sizes: Any, dim: Any = ...) -> tuple[Any, ...]:
        """`split_with_sizes`, whose parts may be written to."""
    def unsqueeze(self, dim: Any) -> Tensor:
        """With a dimension of length 1 inserted at `dim`."""
    def unsqueeze_(self, dim: Any) -> Tensor:
        """unsqueeze() in place: the tensor itself becomes the view."""
    def untyped_storage(self) -> Any:
        """The storage, in bytes."""
    def values(self) -> None:
        """Raises RuntimeError: tensors are dense."""
    def var(self, dim: _int | Sequence[_int] | None = ..., unbiased: _bool | None = ..., keepdim: _bool = ..., *, correction: _float | None = ..., out: Tensor | None = ...) -> Tensor:
        """Variance: squared distances from the mean over N - correction (1 unless given)."""
    def vdot(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """Sum of the products of two vectors, the first one conjugated."""
    def view(self, *shape: Any, dtype: _dtype | None = ..., size: Any = ...) -> Tensor:
        """The same storage in another shape (or, given a dtype, read as another type)."""
    def view_as(self, other: Any) -> Tensor:
        """`self.view(other.shape)`."""
    def view_as_complex(self) -> Tensor:
        """Pairs of real numbers in the last dimension as a complex tensor. Raises RuntimeError where they do not lie as pairs."""
    def view_as_real(self) -> Tensor:
        """A complex tensor as pairs of real numbers in a new last dimension. Raises RuntimeError for a conjugated view."""
    @property
    def volatile(self) -> _bool: ...
    def vsplit(self, sections: Any = ..., *, indices: Any = ...) -> tuple[Tensor, ...]:
        """`tensor_split` along dimension of rows."""
    def where(self, condition: Any, other: Any) -> Tensor:
        """`self` where `condition` holds, else `other`."""
    def xlogy(self, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
        """`input * log(other)`, and 0 where input is 0 and other not NaN."""
    def xlogy_(self, other: Tensor | _complex) -> Tensor:
        """xlogy(), in place of `input`."""
    def zero_(self) -> Tensor:
        """Every element becomes 0."""

def __getattr__(name: _str) -> Any: ...
