# Made by `python -m eagerjax.tools.stubs`; not to be edited.
import types
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from eagerjax.runtime.device import device as _device
from eagerjax.runtime.dtype import dtype as _dtype, layout as _layout, memory_format as _memory_format
from eagerjax.size import Size

# pyright: reportInconsistentOverload=false, reportOverlappingOverload=false

from eagerjax.tensor import Tensor as Tensor, LD_pivots, LD_pivots_info, LU_pivots, LU_pivots_info, L_info, P_L_U, Q_R, U_S_V, U_S_Vh, a_tau, eigenvalues_eigenvectors, inverse_info, mantissa_exponent, min_max, result_info, sign_logabsdet, solution_cloned_coefficient, solution_residuals_rank_singular_values, values_indices

BFloat16Tensor: Any
BoolTensor: Any
ByteTensor: Any
CharTensor: Any
DoubleTensor: Any
FloatTensor: Any
from eagerjax.runtime.random import Generator as Generator
from eagerjax.amp.grad_scaler import GradScaler as GradScaler
HalfTensor: Any
IntTensor: Any
LongTensor: Any
ShortTensor: Any
from eagerjax.size import Size as Size
def abs(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Absolute value; the modulus of complex numbers. Its derivative at 0 is 0."""
def abs_(input: Tensor) -> Tensor:
    """abs(), in place of `input`."""
def absolute(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Absolute value; the modulus of complex numbers. Its derivative at 0 is 0."""
def absolute_(input: Tensor) -> Tensor:
    """abs(), in place of `input`."""
from eagerjax import accelerator as accelerator
from eagerjax import accumulation as accumulation
def acos(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Arc cosine in radians; NaN outside [-1, 1]."""
def acos_(input: Tensor) -> Tensor:
    """acos(), in place of `input`."""
def acosh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse hyperbolic cosine; NaN below 1."""
def acosh_(input: Tensor) -> Tensor:
    """acosh(), in place of `input`."""
def adaptive_avg_pool1d(input: Tensor, output_size: Sequence[_int], *, out: Tensor | None = ...) -> Tensor:
    """Means over `output_size` windows of (N, C, L) or (C, L)."""
def adaptive_max_pool1d(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.adaptive_max_pool1d`."""
def add(input: Tensor | _complex, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """Sum `input + alpha * other`, broadcast."""
def add_(input: Tensor | _complex, other: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
    """add(), in place of `input`."""
def addbmm(input: Tensor, batch1: Tensor | _complex, batch2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """beta * input + alpha * the sum of all batch1[i] @ batch2[i]."""
def addcdiv(input: Tensor, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """`input + value * tensor1 / tensor2`, broadcast. Raises RuntimeError for integers."""
def addcdiv_(input: Tensor, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ...) -> Tensor:
    """addcdiv(), in place of `input`."""
def addcmul(input: Tensor, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """`input + value * tensor1 * tensor2`, broadcast."""
def addcmul_(input: Tensor, tensor1: Tensor | _complex, tensor2: Tensor | _complex, *, value: _complex = ...) -> Tensor:
    """addcmul(), in place of `input`."""
def addmm(input: Tensor, mat1: Tensor | _complex, mat2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """beta * input + alpha * mat1 @ mat2; `input` broadcasts to (n, m)."""
def addmm_(input: Tensor, mat1: Tensor | _complex, mat2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
    """addmm(), in place of `input`."""
def addmv(input: Tensor, mat: Tensor | _complex, vec: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """beta * input + alpha * mat @ vec; `input` broadcasts to (n,)."""
def addmv_(input: Tensor, mat: Tensor | _complex, vec: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
    """addmv(), in place of `input`."""
def addr(input: Tensor, vec1: Tensor | _complex, vec2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """beta * input + alpha * the outer product of two vectors."""
def addr_(input: Tensor, vec1: Tensor | _complex, vec2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
    """addr(), in place of `input`."""
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, conjugated."""
def affine_grid_generator(theta: Any, size: Any, align_corners: Any) -> Tensor:
    """`nn.functional.affine_grid`."""
from eagerjax import alias as alias
def alias_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `alias` shows, as a tensor of its own."""
def all(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Are all elements (over `dim`) nonzero? Boolean; uint8 for uint8."""
def allclose(input: Tensor, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
    """Is every element close to its counterpart? See `isclose`."""
def alpha_dropout(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.alpha_dropout` with torch's other signature."""
def alpha_dropout_(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.alpha_dropout` with torch's other signature."""
def amax(input: Tensor, dim: _int | Sequence[_int] = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Largest element over `dim`; equal ones share the gradient."""
def amin(input: Tensor, dim: _int | Sequence[_int] = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Smallest element over `dim`; equal ones share the gradient."""
@overload
def aminmax(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Smallest and largest element, of all or along one `dim`."""
@overload
def aminmax(input: Tensor, *, dim: _int, keepdim: _bool = ..., out: Any = ...) -> min_max: ...
from eagerjax import amp as amp
def angle(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The angle of each element in radians; of real numbers pi below 0, else 0, and NaN for NaN."""
from eagerjax import anomaly as anomaly
def any(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Is any element (over `dim`) nonzero? Boolean; uint8 for uint8."""
def arange(*args: Any, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ..., **named: Any) -> Tensor:
    """arange(end), arange(start, end), arange(start, end, step): int64 if all are integers, else the default dtype."""
def arccos(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Arc cosine in radians; NaN outside [-1, 1]."""
def arccos_(input: Tensor) -> Tensor:
    """acos(), in place of `input`."""
def arccosh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse hyperbolic cosine; NaN below 1."""
def arccosh_(input: Tensor) -> Tensor:
    """acosh(), in place of `input`."""
def arcsin(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Arc sine in radians; NaN outside [-1, 1]."""
def arcsin_(input: Tensor) -> Tensor:
    """asin(), in place of `input`."""
def arcsinh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse hyperbolic sine."""
def arcsinh_(input: Tensor) -> Tensor:
    """asinh(), in place of `input`."""
def arctan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Arc tangent in radians."""
def arctan2(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The angle of the point (other, input), in [-pi, pi]."""
def arctan2_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """atan2(), in place of `input`."""
def arctan_(input: Tensor) -> Tensor:
    """atan(), in place of `input`."""
def arctanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse hyperbolic tangent; infinite at -1 and 1, NaN outside."""
def arctanh_(input: Tensor) -> Tensor:
    """atanh(), in place of `input`."""
def are_deterministic_algorithms_enabled() -> Any:
    """What `use_deterministic_algorithms` was told."""
def argmax(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Index of the first largest element: of the flattened input, or along `dim`. int64."""
def argmin(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Index of the first smallest element: of the flattened input, or along `dim`. int64."""
def argsort(input: Tensor, dim: _int = ..., descending: _bool = ..., *, stable: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """Indices that put `input` in order along `dim`."""
def argwhere(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """(n, ndim) indices of the nonzero elements."""
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
    """A view of the whole storage with given strides (in elements)."""
def as_strided_(input: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`input.as_strided_(...)`."""
def as_strided_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `as_strided` shows, as a tensor of its own."""
def as_strided_scatter(input: Tensor, src: Any, size: Any, stride: Any, storage_offset: Any = ..., *, out: Tensor | None = ...) -> Tensor:
    """A copy of `input` with `src` in the strided part of its storage."""
def as_tensor(data: Any, dtype: _dtype | None = ..., device: _device | _str | None = ...) -> Any:
    """`data` itself if it is a tensor of that dtype and device, a tensor on a numpy array's memory, else a new one."""
def asarray(obj: Any, *, dtype: _dtype | None = ..., device: _device | _str | None = ..., copy: Any = ..., requires_grad: _bool = ...) -> Any:
    """A tensor of the same memory as `obj` where that can be (always with `copy=False`, never with `copy=True`)."""
def asin(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Arc sine in radians; NaN outside [-1, 1]."""
def asin_(input: Tensor) -> Tensor:
    """asin(), in place of `input`."""
def asinh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse hyperbolic sine."""
def asinh_(input: Tensor) -> Tensor:
    """asinh(), in place of `input`."""
def atan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Arc tangent in radians."""
def atan2(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The angle of the point (other, input), in [-pi, pi]."""
def atan2_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """atan2(), in place of `input`."""
def atan_(input: Tensor) -> Tensor:
    """atan(), in place of `input`."""
def atanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse hyperbolic tangent; infinite at -1 and 1, NaN outside."""
def atanh_(input: Tensor) -> Tensor:
    """atanh(), in place of `input`."""
def atleast_1d(*tensors: Any) -> Any:
    """Views with at least 1 dimension(s)."""
def atleast_2d(*tensors: Any) -> Any:
    """Views with at least 2 dimension(s)."""
def atleast_3d(*tensors: Any) -> Any:
    """Views with at least 3 dimension(s)."""
from eagerjax.amp.autocast_mode import autocast as autocast
from eagerjax.amp.autocast_mode import autocast_decrement_nesting as autocast_decrement_nesting
from eagerjax.amp.autocast_mode import autocast_increment_nesting as autocast_increment_nesting
from eagerjax import autograd as autograd
from eagerjax import autograd_extras as autograd_extras
from eagerjax import autograd_functional as autograd_functional
from eagerjax import autograd_graph as autograd_graph
from eagerjax import autograd_mode as autograd_mode
def avg_pool1d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., ceil_mode: _bool = ..., count_include_pad: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Mean over windows of (N, C, L) or (C, L)."""
from eagerjax import backends as backends
def baddbmm(input: Tensor, batch1: Tensor | _complex, batch2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """beta * input + alpha * batch1[i] @ batch2[i]; `input` broadcasts to (b, n, m)."""
def baddbmm_(input: Tensor, batch1: Tensor | _complex, batch2: Tensor | _complex, *, beta: _complex = ..., alpha: _complex = ...) -> Tensor:
    """baddbmm(), in place of `input`."""
def bartlett_window(window_length: Any, periodic: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """A triangle that is 0 at the start (and, unless periodic, at the end)."""
def batch_norm(input: Tensor, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: _bool, momentum: Any, eps: Any, cudnn_enabled: Any) -> Any:
    """`nn.functional.batch_norm` with the arguments in torch's other order."""
def bernoulli(input: Tensor, p: _float = ..., *, generator: Any = ..., out: Tensor | None = ...) -> Tensor:
    """1 with the probability that each element says (or with probability p), else 0; the dtype of `input`."""
bfloat16: _dtype
def bilinear(input1: Tensor | _complex, input2: Tensor | _complex, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Bilinear map `y[o] = input1 @ weight[o] @ input2 + bias[o]`."""
def binary_cross_entropy_with_logits(input: Tensor, target: Any, weight: Any = ..., pos_weight: Any = ..., reduction: _str = ...) -> Tensor:
    """`nn.functional.binary_cross_entropy_with_logits` with the reduction as a number: 0 none, 1 mean, 2 sum."""
def bincount(input: Tensor, weights: Tensor | _complex | None = ..., minlength: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """How often each of 0, 1, 2, ... occurs in the 1-d `input`; with `weights`, the sum of its weights."""
def binomial(count: Tensor | _complex, prob: Tensor | _complex, *, generator: Any = ..., out: Tensor | None = ...) -> Tensor:
    """Binomial counts of `count` trials with probability `prob`, in the dtype of `count`."""
def bitwise_and(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Bits set in both."""
def bitwise_and_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """bitwise_and(), in place of `input`."""
def bitwise_left_shift(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Bits moved left; 0 where the count is negative or not below the number of bits."""
def bitwise_left_shift_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """bitwise_left_shift(), in place of `input`."""
def bitwise_not(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Bits turned round; booleans negated. Raises TypeError for floats."""
def bitwise_not_(input: Tensor) -> Tensor:
    """bitwise_not(), in place of `input`."""
def bitwise_or(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Bits set in one or both."""
def bitwise_or_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """bitwise_or(), in place of `input`."""
def bitwise_right_shift(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Bits moved right, the sign kept; only the sign is left where the count does not fit."""
def bitwise_right_shift_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """bitwise_right_shift(), in place of `input`."""
def bitwise_xor(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Bits set in exactly one."""
def bitwise_xor_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """bitwise_xor(), in place of `input`."""
def blackman_window(window_length: Any, periodic: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """`0.42 - cos(t) / 2 + 0.08 cos(2 t)`, t over one turn."""
def block_diag(*tensors: Any) -> Tensor:
    """Matrices (vectors as rows) on the diagonal of a larger matrix."""
def bmm(input: Tensor, mat2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Product of two batches of matrices: (b, n, k) and (b, k, m) to (b, n, m)."""
bool: _dtype
from eagerjax import bridge as bridge
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape to which all of these broadcast. Raises RuntimeError where there is none."""
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors as views of one common shape."""
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`input.expand(size)`."""
def bucketize(input: Tensor | _complex, boundaries: Tensor | _complex, *, out_int32: _bool = ..., right: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """The bucket of each of `input` (a number too) among the sorted 1-d `boundaries`."""
from eagerjax.static.explain import cache_info as cache_info
def can_cast(from_: Any, to: Any) -> _bool:
    """May an in-place operation or `out=` turn `from_` into `to`? Not complex into real, nor floats into integers."""
def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of elements of the vectors, one a row."""
def cat(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """The tensors one after another along `dim`."""
def cdist(x1: Tensor | _complex, x2: Tensor | _complex, p: _complex | _str = ..., compute_mode: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-distance of every row of x1 (*, P, M) from every row of x2 (*, R, M).  Returns: (*, P, R)."""
cdouble: _dtype
def ceil(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The smallest whole number not below each element."""
def ceil_(input: Tensor) -> Tensor:
    """ceil(), in place of `input`."""
def celu(input: Tensor, alpha: _complex | _str = ..., inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input above 0, `alpha * (exp(input / alpha) - 1)` below. Raises RuntimeError where alpha is 0."""
def celu_(input: Tensor, alpha: _complex | _str = ..., inplace: _bool = ...) -> Tensor:
    """celu(), in place of `input`."""
cfloat: _dtype
def chain_matmul(*matrices: Any, out: Tensor | None = ...) -> Any:
    """Product of matrices in the cheapest order."""
def channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = ...) -> Tensor:
    """Channels (dimension 1) regrouped: from `groups` runs to alternating."""
channels_last: _memory_format
channels_last_3d: _memory_format
def cholesky(input: Tensor, upper: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The triangular L of input = L L^H (or U of input = U^H U)."""
def cholesky_inverse(input: Tensor, upper: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of a matrix, from its Cholesky factor."""
def cholesky_solve(input: Tensor, input2: Tensor | _complex, upper: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """X of A X = input, from the Cholesky factor input2 of A."""
def chunk(input: Tensor, chunks: Any, dim: Any = ...) -> tuple[Tensor, ...]:
    """At most `chunks` parts of equal length (the last may be shorter)."""
def clamp(input: Tensor, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Each element moved into [min, max]; bounds are numbers or tensors. NaN stays; max wins where the bounds cross."""
def clamp_(input: Tensor, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ...) -> Tensor:
    """clamp(), in place of `input`."""
def clamp_max(input: Tensor, max: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Each element, or max where that is smaller."""
def clamp_max_(input: Tensor, max: Tensor | _complex) -> Tensor:
    """clamp_max(), in place of `input`."""
def clamp_min(input: Tensor, min: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Each element, or min where that is larger."""
def clamp_min_(input: Tensor, min: Tensor | _complex) -> Tensor:
    """clamp_min(), in place of `input`."""
from eagerjax.amp.autocast_mode import clear_autocast_cache as clear_autocast_cache
def clip(input: Tensor, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Each element moved into [min, max]; bounds are numbers or tensors. NaN stays; max wins where the bounds cross."""
def clip_(input: Tensor, min: Tensor | _complex | None = ..., max: Tensor | _complex | None = ...) -> Tensor:
    """clamp(), in place of `input`."""
def clone(input: Tensor, *, memory_format: Any = ..., out: Tensor | None = ...) -> Tensor:
    """A copy of the tensor, differentiable."""
def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = ...) -> Tensor:
    """The tensors side by side along dimension 1, vectors as columns."""
def combinations(input: Tensor, r: Any = ..., with_replacement: Any = ...) -> Tensor:
    """All choices of r elements of a vector, in order, one a row."""
from eagerjax.static.function import compile as compile
def complex(real: Tensor | _complex, imag: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Complex numbers `real + i * imag`, broadcast. Raises RuntimeError unless both are floats of one dtype."""
complex128: _dtype
complex64: _dtype
def concat(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """The tensors one after another along `dim`."""
def concatenate(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """The tensors one after another along `dim`."""
from eagerjax.control.branch import cond as cond
def conj(input: Tensor) -> Tensor:
    """Each element with its imaginary part negated, a view; a real tensor is returned as it is."""
def conj_physical(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Each element with its imaginary part negated; a real tensor is returned as it is."""
def conj_physical_(input: Tensor) -> Tensor:
    """`conj_physical`, in place of input."""
def constant_pad_nd(input: Tensor, pad: Any, value: Any = ...) -> Tensor:
    """`nn.functional.pad` with a constant."""
contiguous_format: _memory_format
from eagerjax import control as control
def conv1d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., groups: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Convolution over one spatial dimension."""
def conv2d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., groups: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Convolution over two spatial dimensions."""
def conv3d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., groups: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Convolution over three spatial dimensions."""
def conv_tbc(input: Tensor, weight: Any, bias: Any, pad: Any = ...) -> Tensor:
    """1-d convolution of (time, batch, channels) with weight (width, in channels, out channels)."""
def conv_transpose1d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., output_padding: Sequence[_int] = ..., groups: _int = ..., dilation: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Transposed convolution over one spatial dimension."""
def conv_transpose2d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., output_padding: Sequence[_int] = ..., groups: _int = ..., dilation: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Transposed convolution over two spatial dimensions; see `conv_transpose1d`."""
def conv_transpose3d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., output_padding: Sequence[_int] = ..., groups: _int = ..., dilation: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Transposed convolution over three spatial dimensions; see `conv_transpose1d`."""
def convolution(input: Tensor, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: Any, output_padding: Any, groups: Any) -> Tensor:
    """The convolution (or transposed one) of one to three dimensions that the number of dimensions of `weight` says."""
def copysign(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The size of input with the sign of other, broadcast."""
def copysign_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """copysign(), in place of `input`."""
def corrcoef(input: Tensor) -> Tensor:
    """Correlation coefficients of variables (rows)."""
def cos(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Cosine of each angle in radians."""
def cos_(input: Tensor) -> Tensor:
    """cos(), in place of `input`."""
def cosh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Hyperbolic cosine."""
def cosh_(input: Tensor) -> Tensor:
    """cosh(), in place of `input`."""
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: Any = ..., reduction: _str = ...) -> Tensor:
    """`nn.functional.cosine_embedding_loss` with the reduction as a number: 0 none, 1 mean, 2 sum."""
def cosine_similarity(x1: Tensor | _complex, x2: Tensor | _complex, dim: _int = ..., eps: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """`x1 . x2 / (max(|x1|, eps) max(|x2|, eps))` along `dim`, the inputs broadcast."""
def count_nonzero(input: Tensor, dim: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Number of nonzero elements (over `dim`), int64."""
from eagerjax import counted as counted
def cov(input: Tensor, *, correction: Any = ..., fweights: Any = ..., aweights: Any = ...) -> Tensor:
    """Covariance of variables (rows) over observations (columns), with whole and relative weights of observations."""
def cross(input: Tensor, other: Tensor | _complex, dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Cross product along `dim` of size 3; without it, along the first such dimension."""
def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: Any = ..., reduction: _str = ..., zero_infinity: Any = ...) -> Tensor:
    """`nn.functional.ctc_loss` with the reduction as a number: 0 none, 1 mean, 2 sum."""
from eagerjax import cuda as cuda
def cummax(input: Tensor, dim: _int, *, out: Any = ...) -> values_indices:
    """Running maximum along `dim`: (values, indices of the last equal one). NaN stays."""
def cummin(input: Tensor, dim: _int, *, out: Any = ...) -> values_indices:
    """Running minimum along `dim`: (values, indices of the last equal one). NaN stays."""
def cumprod(input: Tensor, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Running product along `dim`. Integers multiply as int64."""
def cumprod_(input: Tensor, dim: _int, *, dtype: _dtype | None = ...) -> Tensor:
    """cumprod(), in place of `input`."""
def cumsum(input: Tensor, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Running sum along `dim`. Integers add up as int64."""
def cumsum_(input: Tensor, dim: _int, *, dtype: _dtype | None = ...) -> Tensor:
    """cumsum(), in place of `input`."""
def cumulative_trapezoid(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Tensor:
    """Running integral of samples y by trapezoids, along `dim`."""
from eagerjax.debug import debug as debug
default_generator: Any
def deg2rad(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Degrees as radians."""
def deg2rad_(input: Tensor) -> Tensor:
    """deg2rad(), in place of `input`."""
def det(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Determinant of square matrices."""
def detach(input: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`input.detach(...)`."""
def detach_(input: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`input.detach_(...)`."""
def detach_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `detach` shows, as a tensor of its own."""
from eagerjax.runtime.device import device as device
def diag(input: Tensor, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """A vector on the diagonal of a new matrix, or the diagonal of a matrix."""
def diag_embed(input: Tensor, offset: _int = ..., dim1: _int = ..., dim2: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Matrices in the dimensions dim1, dim2 with the last dimension of `input` on a diagonal."""
def diagflat(input: Tensor, offset: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """The flattened input on a diagonal of a new matrix."""
def diagonal(input: Tensor, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Tensor:
    """The diagonal of two dimensions, as a new last dimension."""
def diagonal_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `diagonal` shows, as a tensor of its own."""
def diagonal_scatter(input: Tensor, src: Any, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Tensor:
    """A copy of `input` with `src` on a diagonal."""
def diff(input: Tensor, n: _int = ..., dim: _int = ..., prepend: Tensor | _complex | None = ..., append: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """n-th difference of neighbours along `dim`, after joining `prepend` and `append` to the ends."""
def digamma(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Derivative of `lgamma`."""
def digamma_(input: Tensor) -> Tensor:
    """digamma(), in place of `input`."""
from eagerjax import dispatch as dispatch
def dist(input: Tensor, other: Tensor | _complex, p: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-norm of `input - other`."""
from eagerjax import distributions as distributions
def div(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: _str | None = ..., out: Tensor | None = ...) -> Tensor:
    """Quotient; integers become floats. `rounding_mode="trunc"` rounds towards 0, `"floor"` downwards, keeping dtypes."""
def div_(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: _str | None = ...) -> Tensor:
    """div(), in place of `input`."""
def divide(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: _str | None = ..., out: Tensor | None = ...) -> Tensor:
    """Quotient; integers become floats. `rounding_mode="trunc"` rounds towards 0, `"floor"` downwards, keeping dtypes."""
def divide_(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: _str | None = ...) -> Tensor:
    """div(), in place of `input`."""
def dot(input: Tensor, tensor: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Sum of the products of two vectors."""
double: _dtype
def dropout(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.dropout` with torch's other signature."""
def dropout_(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.dropout` with torch's other signature."""
from eagerjax.sparse.forms import mm as dsmm
def dsplit(input: Tensor, sections: Any = ..., *, indices: Any = ...) -> tuple[Tensor, ...]:
    """`tensor_split` along dimension 2."""
def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = ...) -> Tensor:
    """The tensors behind each other along dimension 2, at least 3-d."""
from eagerjax.runtime.dtype import dtype as dtype
e: _float
def eig(*args: Any, **kwargs: Any) -> None:
    """Removed: `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble`."""
from eagerjax import einops_backend as einops_backend
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Products of the operands summed as `equation` says: einsum("ij,jk->ik", a, b) is a matrix product."""
def embedding(weight: Any, indices: Any, padding_idx: Any = ..., scale_grad_by_freq: Any = ..., sparse: Any = ...) -> Tensor:
    """`nn.functional.embedding` with the arguments in torch's other order."""
def embedding_bag(weight: Any, indices: Any, offsets: Any, scale_grad_by_freq: Any = ..., mode: Any = ..., sparse: Any = ..., per_sample_weights: Any = ..., include_last_offset: Any = ..., padding_idx: Any = ...) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(`nn.functional.embedding_bag`, the bag of each index, how many rows each bag counts, the rows of its maxima)."""
def embedding_renorm_(input: Tensor, indices: Any, max_norm: Any, norm_type: Any) -> Tensor:
    """Scale the rows of `input` that `indices` name down to `max_norm`, in place."""
def empty(*size: Any, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ..., memory_format: _memory_format | None = ..., **named: Any) -> Tensor:
    """A tensor of a size, filled with 0."""
def empty_like(input: Tensor, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., memory_format: _memory_format | None = ...) -> Tensor:
    """A tensor shaped like `input`, filled with 0."""
def empty_permuted(size: Any, physical_layout: Any, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """A tensor of a size; it is stored row-major whatever `physical_layout` says."""
def empty_strided(size: Any, stride: Any, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Any:
    """A tensor of a size and strides; away from the CPU it is stored row-major whatever `stride` says."""
from eagerjax.autograd_mode import enable_grad as enable_grad
def eq(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where are both equal? NaN equals nothing."""
def eq_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """eq(), in place of `input`."""
def equal(input: Tensor, other: Any) -> Any:
    """Have both the same shape and the same elements? NaN equals nothing."""
def erf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The error function `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to input."""
def erf_(input: Tensor) -> Tensor:
    """erf(), in place of `input`."""
def erfc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`1 - erf(input)`, accurate where it is small."""
def erfc_(input: Tensor) -> Tensor:
    """erfc(), in place of `input`."""
def erfinv(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `erf`; infinite at -1 and 1, NaN outside."""
def erfinv_(input: Tensor) -> Tensor:
    """erfinv(), in place of `input`."""
def exp(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """e to the power of each element."""
def exp2(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """2 to the power of each element."""
def exp2_(input: Tensor) -> Tensor:
    """exp2(), in place of `input`."""
def exp_(input: Tensor) -> Tensor:
    """exp(), in place of `input`."""
def expand_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `expand` shows, as a tensor of its own."""
from eagerjax.static.explain import explain as explain
def expm1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`exp(input) - 1`, accurate near 0."""
def expm1_(input: Tensor) -> Tensor:
    """expm1(), in place of `input`."""
from eagerjax.static.export import export as export
def eye(n: Any, m: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """An n x m matrix (square unless m is given) with ones on the diagonal."""
def feature_alpha_dropout(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.feature_alpha_dropout` with torch's other signature."""
def feature_alpha_dropout_(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.feature_alpha_dropout` with torch's other signature."""
def feature_dropout(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.feature_dropout` with torch's other signature."""
def feature_dropout_(input: Tensor, p: _float, train: Any) -> Tensor:
    """`nn.functional.feature_dropout` with torch's other signature."""
from eagerjax import fft as fft
def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like `input` with every element `value`."""
def fill_(input: Tensor, value: Any) -> Tensor:
    """Every element becomes `value`, a number or a 0-dim tensor."""
from eagerjax.runtime.dtype import finfo as finfo
def fix(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Each element without its fraction, towards 0."""
def fix_(input: Tensor) -> Tensor:
    """trunc(), in place of `input`."""
def flatten(input: Tensor, start_dim: Any = ..., end_dim: Any = ...) -> Tensor:
    """Dimensions `start_dim` to `end_dim` as one."""
def flip(input: Tensor, *dims: _int | Sequence[_int], out: Tensor | None = ...) -> Tensor:
    """`input` in reverse order along `dims`."""
def fliplr(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`input` in reverse order along its second dimension."""
def flipud(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`input` in reverse order along its first dimension."""
float: _dtype
float16: _dtype
float32: _dtype
float64: _dtype
float8_e4m3fn: _dtype
float8_e5m2: _dtype
def float_power(input: Tensor | _complex, exponent: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Each element to a power, in float64 or complex128."""
def float_power_(input: Tensor | _complex, exponent: Tensor | _complex) -> Tensor:
    """float_power(), in place of `input`."""
def floor(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The largest whole number not above each element."""
def floor_(input: Tensor) -> Tensor:
    """floor(), in place of `input`."""
def floor_divide(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Quotient rounded downwards. Raises RuntimeError for an integer divided by zero."""
def floor_divide_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """floor_divide(), in place of `input`."""
def fmax(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The larger of both, broadcast; a number rather than NaN. A tie gives input the gradient."""
def fmin(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The smaller of both, broadcast; a number rather than NaN. A tie gives input the gradient."""
def fmod(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Remainder with the dividend's sign (C's `fmod`). Raises RuntimeError for an integer divided by zero."""
def fmod_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """fmod(), in place of `input`."""
from eagerjax.rng import fork_rng as fork_rng
from eagerjax import forms as forms
def frac(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The fraction that `trunc` drops, with the sign of the element."""
def frac_(input: Tensor) -> Tensor:
    """frac(), in place of `input`."""
def frexp(input: Tensor, *, out: Any = ...) -> mantissa_exponent:
    """Mantissa in [0.5, 1) and int32 exponent, with `input = mantissa * 2**exponent`."""
def frobenius_norm(input: Tensor, dim: Any, keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The root of the sum of squares. Kept for old scripts: see `linalg.vector_norm`."""
def from_dlpack(ext_tensor: Any, *, device: _device | _str | None = ..., copy: Any = ...) -> Any:
    """A tensor with a copy of what another library's array holds. Raises RuntimeError for what speaks no DLPack."""
from eagerjax.bridge import from_jax as from_jax
def from_numpy(ndarray: Any) -> Any:
    """A tensor on the array's memory: what is written to one shows in the other."""
def frombuffer(buffer: Any, *, dtype: _dtype | None, count: Any = ..., offset: Any = ..., requires_grad: _bool = ...) -> Any:
    """A 1-d tensor on a buffer's memory: `count` elements (all with -1) from byte `offset`."""
from eagerjax import front as front
def full(size: Any, fill_value: Any, *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """A tensor of a size with every element `fill_value`, whose kind decides the dtype unless one is given."""
def full_like(input: Tensor, fill_value: Any, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., memory_format: _memory_format | None = ...) -> Tensor:
    """A tensor shaped like `input` with every element `fill_value`."""
from eagerjax import func as func
from eagerjax import function as function
from eagerjax import fx as fx
def gather(input: Tensor, dim: _int, index: Tensor | _complex, *, sparse_grad: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """Elements at `index` along `dim`: out[i][j] = input[index[i][j]][j] for dim 0."""
def gcd(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Greatest common divisor of integers, not negative unless the lowest integer is."""
def gcd_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """gcd(), in place of `input`."""
def ge(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input >= other?"""
def ge_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """ge(), in place of `input`."""
def geqrf(input: Tensor, *, out: Any = ...) -> a_tau:
    """(R on and above the diagonal, the vectors of the Householder reflections below it; their factors)."""
def ger(input: Tensor, vec2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Each element of one vector times each of the other: (n,) and (m,) to (n, m)."""
from eagerjax.amp.autocast_mode import get_autocast_cpu_dtype as get_autocast_cpu_dtype
from eagerjax.amp.autocast_mode import get_autocast_dtype as get_autocast_dtype
from eagerjax.amp.autocast_mode import get_autocast_gpu_dtype as get_autocast_gpu_dtype
def get_default_device() -> Any:
    """Where new tensors live."""
from eagerjax.runtime.dtype import get_default_dtype as get_default_dtype
def get_deterministic_debug_mode() -> _int:
    """0, 1 or 2: see `set_deterministic_debug_mode`."""
def get_device(input: Tensor) -> Any:
    """The index of the tensor's device; -1 for the CPU."""
def get_device_module(device: _device | _str | None = ...) -> Any:
    """The module of a type of device: `torch.cuda`. Raises RuntimeError for one that has none here."""
def get_float32_matmul_precision() -> Any:
    """What `set_float32_matmul_precision` was told."""
def get_num_interop_threads() -> Any:
    """The number that was set, else how many CPUs there are."""
def get_num_threads() -> Any:
    """The number that was set, else how many CPUs there are."""
def get_printoptions() -> Any:
    """The present options, as a dictionary that set_printoptions takes."""
from eagerjax.rng import get_rng_state as get_rng_state
from eagerjax import gradcheck as gradcheck
def gradient(input: Tensor, *, spacing: Any = ..., dim: Any = ..., edge_order: Any = ...) -> tuple[Any, ...]:
    """The derivatives of samples along each of the dimensions, by central differences, one-sided at the edges."""
def greater(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input > other?"""
def greater_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """gt(), in place of `input`."""
def greater_equal(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input >= other?"""
def greater_equal_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """ge(), in place of `input`."""
def grid_sampler(input: Tensor, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> Tensor:
    """`nn.functional.grid_sample` with its modes given as numbers."""
def grid_sampler_2d(input: Tensor, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> Tensor:
    """`grid_sampler` of (N, C, H, W)."""
def grid_sampler_3d(input: Tensor, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> Tensor:
    """`grid_sampler` of (N, C, D, H, W)."""
def group_norm(input: Tensor, num_groups: Any, weight: Any = ..., bias: Any = ..., eps: Any = ..., cudnn_enabled: Any = ...) -> Tensor:
    """`nn.functional.group_norm`."""
def gru(input: Tensor, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Any, Any]:
    """(output, h) of a GRU of several layers."""
def gru_cell(input: Tensor, hx: Tensor | _complex, w_ih: Tensor | _complex, w_hh: Tensor | _complex, b_ih: Tensor | _complex | None = ..., b_hh: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """h after one step; input (N, in), hx (N, hidden)."""
def gt(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input > other?"""
def gt_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """gt(), in place of `input`."""
half: _dtype
def hamming_window(window_length: Any, periodic: Any = ..., alpha: Any = ..., beta: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """`alpha - beta cos(t)`, t over one turn."""
def hann_window(window_length: Any, periodic: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """`(1 - cos(t)) / 2`, t over one turn."""
def hardshrink(input: Tensor, lambd: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """input outside [-lambd, lambd], 0 inside; lambd is rounded to the input's dtype."""
def hash_tensor(input: Tensor, dim: _int | Sequence[_int] = ..., *, keepdim: _bool = ..., mode: _int = ..., out: Tensor | None = ...) -> Tensor:
    """The exclusive or, over `dim` (all without it), of the elements' bits as float64 or int64. uint64."""
def heaviside(input: Tensor, values: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """0 below 0, 1 above, and `values` at 0, broadcast. Raises RuntimeError where the dtypes differ."""
def heaviside_(input: Tensor, values: Tensor | _complex) -> Tensor:
    """heaviside(), in place of `input`."""
def hinge_embedding_loss(input: Tensor, target: Any, margin: Any = ..., reduction: _str = ...) -> Tensor:
    """`nn.functional.hinge_embedding_loss` with the reduction as a number: 0 none, 1 mean, 2 sum."""
def histc(input: Tensor, bins: _int = ..., min: _complex | _str = ..., max: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """How many elements lie in each of `bins` equal parts of [min, max] (if both are equal, of the elements' range)."""
def histogram(input: Tensor, bins: Any = ..., *, range: Any = ..., weight: Any = ..., density: Any = ..., out: Tensor | None = ...) -> Any:
    """(how many elements lie in each bin, the bins' edges). bins: a number of equal ones, or their edges."""
def histogramdd(input: Tensor, bins: Any, range: Any = ..., weight: Any = ..., density: Any = ...) -> Any:
    """(how many rows of input (*, d) lie in each cell, the edges along each of the d dimensions)."""
def hsplit(input: Tensor, sections: Any = ..., *, indices: Any = ...) -> tuple[Tensor, ...]:
    """`tensor_split` along dimension of columns."""
def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = ...) -> Tensor:
    """The tensors side by side: along dimension 1, vectors along 0."""
def hypot(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`sqrt(input**2 + other**2)` without overflow on the way."""
def hypot_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """hypot(), in place of `input`."""
def i0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the first kind, order 0."""
def i0_(input: Tensor) -> Tensor:
    """i0(), in place of `input`."""
def igamma(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The regularised lower incomplete gamma function at other, of order input. No derivative by the order."""
def igamma_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """igamma(), in place of `input`."""
def igammac(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`1 - igamma(input, other)`, accurate where it is small. No derivative by the order."""
def igammac_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """igammac(), in place of `input`."""
from eagerjax.runtime.dtype import iinfo as iinfo
def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view. Raises RuntimeError for real tensors."""
def index_add(input: Tensor, dim: _int, index: Tensor | _complex, source: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """`input` with the rows `alpha * source` added at `index` along `dim`; equal indices add up."""
def index_add_(input: Tensor, dim: _int, index: Tensor | _complex, source: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
    """index_add(), in place of `input`."""
def index_copy(input: Tensor, dim: _int, index: Tensor | _complex, source: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input` with the rows of `source` written at `index` along `dim`."""
def index_copy_(input: Tensor, dim: _int, index: Tensor | _complex, source: Tensor | _complex) -> Tensor:
    """index_copy(), in place of `input`."""
def index_fill(input: Tensor, dim: _int, index: Tensor | _complex, value: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input` with `value` (a number or 0-dim tensor) in the rows `index` along `dim`."""
def index_put(input: Tensor, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
    """`index_put_` on a copy."""
def index_put_(input: Tensor, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
    """`input[indices] = values`, or `+=` with every occurrence of an index counted if `accumulate`."""
def index_reduce(input: Tensor, dim: _int, index: Tensor | _complex, source: Tensor | _complex, reduce: _str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """`input` with the rows of `source` reduced into it at `index`: "prod", "mean", "amax" or "amin"."""
def index_reduce_(input: Tensor, dim: _int, index: Tensor | _complex, source: Tensor | _complex, reduce: _str, *, include_self: _bool = ...) -> Tensor:
    """index_reduce(), in place of `input`."""
def index_select(input: Tensor, dim: _int, index: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Rows of `input` along `dim`, chosen by the 1-d `index`."""
inf: _float
from eagerjax.autograd_mode import inference_mode as inference_mode
from eagerjax.rng import initial_seed as initial_seed
def inner(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Dot products over the last dimensions of both."""
from eagerjax import install as install
def instance_norm(input: Tensor, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: Any, momentum: Any, eps: Any, cudnn_enabled: Any) -> Any:
    """`nn.functional.instance_norm` with the arguments in torch's other order."""
int: _dtype
int16: _dtype
int32: _dtype
int64: _dtype
int8: _dtype
def inverse(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Inverse of square matrices."""
from eagerjax.anomaly import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from eagerjax.anomaly import is_anomaly_enabled as is_anomaly_enabled
from eagerjax.amp.autocast_mode import is_autocast_cache_enabled as is_autocast_cache_enabled
from eagerjax.amp.autocast_mode import is_autocast_cpu_enabled as is_autocast_cpu_enabled
from eagerjax.amp.autocast_mode import is_autocast_enabled as is_autocast_enabled
def is_complex(input: Tensor) -> _bool:
    """Is the dtype complex?"""
def is_conj(input: Tensor) -> Any:
    """Is the value a lazy conjugate? Never: a conjugate is computed."""
def is_deterministic_algorithms_warn_only_enabled() -> Any:
    """Whether it was told to warn only."""
def is_floating_point(input: Tensor) -> _bool:
    """Is the dtype a floating one?"""
from eagerjax.autograd_mode import is_grad_enabled as is_grad_enabled
def is_inference(input: Tensor) -> _bool:
    """False: tensors made in inference mode are like any others."""
def is_inference_mode_enabled() -> Any:
    """Are we inside `inference_mode`?"""
def is_neg(input: Tensor) -> Any:
    """Is the value a lazy negation? Never."""
def is_nonzero(input: Tensor) -> _bool:
    """Is the only element not zero? Raises RuntimeError unless there is exactly one."""
def is_same_size(input: Tensor, other: Any) -> _bool:
    """Have both the same shape?"""
def is_signed(input: Tensor) -> _bool:
    """Does the dtype hold negative numbers?"""
def is_storage(obj: Any) -> _bool:
    """Is `obj` a storage?"""
def is_tensor(obj: Any) -> _bool:
    """Is `obj` a tensor?"""
def is_warn_always_enabled() -> Any:
    """What `set_warn_always` was told."""
def isclose(input: Tensor, other: Tensor | _complex, rtol: _complex | _str = ..., atol: _complex | _str = ..., equal_nan: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Where is `|input - other| <= atol + rtol * |other|`? Infinities are close to themselves only."""
def isfinite(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements are neither NaN nor infinite?"""
def isin(elements: Tensor | _complex, test_elements: Tensor | _complex, *, assume_unique: _bool = ..., invert: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """Which elements occur among `test_elements` (or, inverted, do not)? `assume_unique` changes nothing."""
def isinf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements are infinite?"""
def isnan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements are NaN?"""
def isneginf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements are negative infinity?"""
def isposinf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements are positive infinity?"""
def isreal(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements have no imaginary part?"""
def istft(input: Tensor, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | _complex | None = ..., center: _bool = ..., normalized: _bool = ..., onesided: _bool | None = ..., length: _int | None = ..., return_complex: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The signal (*, time) whose `stft` is closest to input (*, frequency, frame). The arguments are those of `stft`."""
from eagerjax.static.function import jit as jit
def kaiser_window(window_length: Any, periodic: Any = ..., beta: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """`i0(beta * sqrt(1 - t**2)) / i0(beta)`, t from -1 to 1."""
def kl_div(input: Tensor, target: Any, reduction: _str = ..., *, log_target: Any = ...) -> Tensor:
    """`nn.functional.kl_div` with the reduction as a number: 0 none, 1 mean, 2 sum."""
from eagerjax import known as known
from eagerjax import known_pass as known_pass
def kron(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Kronecker product: each element of `input` times all of `other`."""
def kthvalue(input: Tensor, k: _int, dim: _int = ..., keepdim: _bool = ..., *, out: Any = ...) -> values_indices:
    """The k-th smallest element along `dim`, counted from 1: (values, indices)."""
def layer_norm(input: Tensor, normalized_shape: Any, weight: Any = ..., bias: Any = ..., eps: Any = ..., cudnn_enable: Any = ...) -> Tensor:
    """`nn.functional.layer_norm`."""
from eagerjax.runtime.dtype import layout as layout
def lcm(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Least common multiple of integers, never negative; 0 where one of them is 0."""
def lcm_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """lcm(), in place of `input`."""
def ldexp(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input * 2**other`; integers become floats."""
def ldexp_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """ldexp(), in place of `input`."""
def le(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input <= other?"""
def le_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """le(), in place of `input`."""
legacy_contiguous_format: _memory_format
def lerp(input: Tensor, end: Tensor | _complex, weight: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """From input (weight 0) to end (weight 1) in a straight line: `input + weight * (end - input)`."""
def lerp_(input: Tensor, end: Tensor | _complex, weight: Tensor | _complex) -> Tensor:
    """lerp(), in place of `input`."""
def less(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input < other?"""
def less_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """lt(), in place of `input`."""
def less_equal(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input <= other?"""
def less_equal_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """le(), in place of `input`."""
def lgamma(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm of the absolute gamma function."""
def lgamma_(input: Tensor) -> Tensor:
    """lgamma(), in place of `input`."""
from eagerjax import linalg as linalg
def linspace(start: Any, end: Any, steps: Any, *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """`steps` evenly spaced values from start to end, both included."""
from eagerjax.serialization.checkpoint import load as load
from eagerjax.static.export import load_exported as load_exported
from eagerjax.serialization.training import load_training_state as load_training_state
def lobpcg(A: Any, k: Any = ..., B: Any = ..., X: Any = ..., n: Any = ..., iK: Any = ..., niter: Any = ..., tol: Any = ..., largest: Any = ..., method: Any = ..., tracker: Any = ..., ortho_iparams: Any = ..., ortho_fparams: Any = ..., ortho_bparams: Any = ...) -> tuple[Any, Tensor]:
    """(values, vectors) of the k largest (or smallest) eigenvalues of A v = e B v, A symmetric, B positive definite."""
def log(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Natural logarithm; -inf at 0, NaN below."""
def log10(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm to base 10."""
def log10_(input: Tensor) -> Tensor:
    """log10(), in place of `input`."""
def log1p(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`log(1 + input)`, accurate near 0."""
def log1p_(input: Tensor) -> Tensor:
    """log1p(), in place of `input`."""
def log2(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm to base 2."""
def log2_(input: Tensor) -> Tensor:
    """log2(), in place of `input`."""
def log_(input: Tensor) -> Tensor:
    """log(), in place of `input`."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """`log(softmax(input, dim))` without underflow."""
def logaddexp(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`log(exp(input) + exp(other))` without overflow on the way."""
def logaddexp2(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`log2(2**input + 2**other)` without overflow on the way."""
def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = ...) -> Tensor:
    """log(cumsum(exp(input))) along `dim`, computed without overflow."""
def logdet(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm of the determinant of square matrices; nan where it is negative."""
def logical_and(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Are both true (not zero)?"""
def logical_and_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """logical_and(), in place of `input`."""
def logical_not(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Which elements are false (zero)?"""
def logical_not_(input: Tensor) -> Tensor:
    """logical_not(), in place of `input`."""
def logical_or(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Is one of them true (not zero)?"""
def logical_or_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """logical_or(), in place of `input`."""
def logical_xor(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Is exactly one of them true (not zero)?"""
def logical_xor_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """logical_xor(), in place of `input`."""
def logit(input: Tensor, eps: _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """`log(input / (1 - input))`; with `eps`, of the input moved into [eps, 1 - eps]. NaN outside [0, 1]."""
def logit_(input: Tensor, eps: _complex | None = ...) -> Tensor:
    """logit(), in place of `input`."""
def logspace(start: Any, end: Any, steps: Any, base: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """base ** of `steps` evenly spaced exponents from start to end."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """log(sum(exp(input))) over `dim`, computed without overflow."""
long: _dtype
from eagerjax import lower as lower
def lstm(input: Tensor, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Any, Any]:
    """(output, h, c) of an LSTM of several layers; hx = (h, c)."""
def lstm_cell(input: Tensor, hx: Sequence[Tensor], w_ih: Tensor | _complex, w_hh: Tensor | _complex, b_ih: Tensor | _complex | None = ..., b_hh: Tensor | _complex | None = ..., *, out: Any = ...) -> tuple[Tensor, ...]:
    """(h, c) after one step; input (N, in), hx = (h, c) of (N, hidden) each."""
def lstsq(*args: Any, **kwargs: Any) -> None:
    """Removed: `torch.linalg.lstsq` takes the system's matrix first and solves B for X in A X = B."""
def lt(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where is input < other?"""
def lt_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """lt(), in place of `input`."""
def lu(A: Any, pivot: Any = ..., get_infos: Any = ..., out: Tensor | None = ...) -> Any:
    """(L and U in one matrix, pivots), and with `get_infos` the infos: see `linalg.lu_factor_ex`."""
def lu_solve(input: Tensor, LU_data: Tensor | _complex, LU_pivots: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """X of A X = input from the packed form of lu_factor."""
def lu_unpack(LU_data: Tensor | _complex, LU_pivots: Tensor | _complex, unpack_data: _bool = ..., unpack_pivots: _bool = ..., *, out: Any = ...) -> P_L_U:
    """P, L and U from the packed form of lu_factor."""
from eagerjax.rng import manual_seed as manual_seed
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: Any = ..., reduction: _str = ...) -> Tensor:
    """`nn.functional.margin_ranking_loss` with the reduction as a number: 0 none, 1 mean, 2 sum."""
from eagerjax import masked as masked
def masked_fill(input: Tensor, mask: Tensor | _complex, value: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input` with `value` (a number or 0-dim tensor) where the boolean `mask`, broadcast, is True."""
def masked_scatter(input: Tensor, mask: Tensor | _complex, source: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input` with successive elements of `source` where the boolean `mask`, broadcast, is True."""
def masked_scatter_(input: Tensor, mask: Tensor | _complex, source: Tensor | _complex) -> Tensor:
    """masked_scatter(), in place of `input`."""
def masked_select(input: Tensor, mask: Any, *, out: Tensor | None = ...) -> Tensor:
    """The elements where the boolean `mask` holds, as a vector."""
def matmul(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Matrix product `input @ other`; vectors as in numpy, leading dimensions broadcast."""
def matrix_exp(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Exponential of square matrices."""
def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = ...) -> Tensor:
    """The n-th power of square matrices."""
def matrix_rank(*args: Any, **kwargs: Any) -> None:
    """Removed: `torch.linalg.matrix_rank` has the parameter `hermitian` in the place of `symmetric`."""
@overload
def max(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Largest element; with `dim`, (values, indices) along it; with a second tensor, `maximum`."""
@overload
def max(input: Tensor, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
@overload
def max(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor: ...
def max_pool1d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., ceil_mode: _bool = ..., return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maximum over windows of (N, C, L) or (C, L); with `return_indices` also where each stands in L."""
def max_pool1d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.max_pool1d`."""
def max_pool2d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., ceil_mode: _bool = ..., return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maximum over windows of (N, C, H, W) or (C, H, W); with `return_indices` also where each stands in H * W."""
def max_pool3d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., ceil_mode: _bool = ..., return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maximum over windows of (N, C, D, H, W) or (C, D, H, W); with `return_indices` also where each stands."""
def maximum(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The larger of both, broadcast; NaN where one is NaN. A tie shares the gradient."""
def mean(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Mean of all elements or over `dim`. Raises RuntimeError for integers unless `dtype` is floating."""
@overload
def median(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The lower median of all elements; with `dim`, (values, indices) along it. NaN if there is any."""
@overload
def median(input: Tensor, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
from eagerjax import memory as memory
from eagerjax.forms.odds import memory_format as memory_format
from eagerjax import memory_report as memory_report
from eagerjax.memory_report import memory_summary as memory_summary
def meshgrid(*tensors: Any, indexing: Any = ...) -> tuple[Any, ...]:
    """Views of the vectors over a common grid: the k-th one varies along dimension k ("xy" swaps the first two)."""
@overload
def min(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Smallest element; with `dim`, (values, indices) along it; with a second tensor, `minimum`."""
@overload
def min(input: Tensor, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
@overload
def min(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor: ...
def minimum(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The smaller of both, broadcast; NaN where one is NaN. A tie shares the gradient."""
def mm(input: Tensor, mat2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Product of two matrices: (n, k) and (k, m) to (n, m)."""
def mode(input: Tensor, dim: _int = ..., keepdim: _bool = ..., *, out: Any = ...) -> values_indices:
    """The most frequent element along `dim` (of equals the smallest), and the index of its last place."""
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions `source` moved to the positions `destination`."""
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions `source` moved to the positions `destination`."""
def msort(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`input` in order along its first dimension."""
def mul(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Product, broadcast."""
def mul_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """mul(), in place of `input`."""
def multinomial(input: Tensor, num_samples: _int, replacement: _bool = ..., *, generator: Any = ..., out: Tensor | None = ...) -> Tensor:
    """Indices drawn with probabilities proportional to the last dimension of `input`."""
def multiply(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Product, broadcast."""
def multiply_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """mul(), in place of `input`."""
def mv(input: Tensor, vec: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Matrix times vector: (n, k) and (k,) to (n,)."""
def mvlgamma(input: Tensor, p: _int, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p. Raises RuntimeError where p < 1."""
def mvlgamma_(input: Tensor, p: _int) -> Tensor:
    """mvlgamma(), in place of `input`."""
from eagerjax import namespace as namespace
nan: _float
def nan_to_num(input: Tensor, nan: _complex | _str | None = ..., posinf: _complex | _str | None = ..., neginf: _complex | _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """NaN, inf and -inf replaced, by default with 0 and the largest and smallest finite number of the dtype."""
def nan_to_num_(input: Tensor, nan: _complex | _str | None = ..., posinf: _complex | _str | None = ..., neginf: _complex | _str | None = ...) -> Tensor:
    """nan_to_num(), in place of `input`."""
def nanmean(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Mean of the elements that are not NaN; NaN where there is none."""
@overload
def nanmedian(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`median` of the elements that are not NaN."""
@overload
def nanmedian(input: Tensor, dim: _int, keepdim: _bool = ..., *, out: Any = ...) -> values_indices: ...
def nanquantile(input: Tensor, q: Tensor | _complex, dim: _int | None = ..., keepdim: _bool = ..., *, interpolation: _str = ..., out: Tensor | None = ...) -> Tensor:
    """The q-th quantiles of what is not NaN along `dim` (of all elements without it)."""
def nansum(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Sum in which NaN counts as zero."""
def narrow(input: Tensor, dim: Any, start: Any, length: Any) -> Tensor:
    """`length` elements of a dimension, from `start`."""
def narrow_copy(input: Tensor, dim: Any, start: Any, length: Any, *, out: Tensor | None = ...) -> Tensor:
    """What `narrow` shows, as a tensor of its own."""
def native_batch_norm(input: Tensor, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: _bool, momentum: Any, eps: Any, *, out: Tensor | None = ...) -> tuple[Any, Any]:
    """(batch norm, mean, reciprocal standard deviation of each channel); the latter two empty out of training."""
def native_channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = ...) -> Tensor:
    """Channels (dimension 1) regrouped: from `groups` runs to alternating."""
def native_dropout(input: Tensor, p: _float, train: Any) -> tuple[Tensor, Tensor]:
    """(elements that are zero with probability p and scaled by 1 / (1 - p), where they are kept)."""
def native_group_norm(input: Tensor, weight: Any, bias: Any, N: Any, C: Any, HxW: Any, group: Any, eps: Any) -> tuple[Tensor, Tensor, Tensor]:
    """(group norm, mean (N, group), reciprocal standard deviation) of (N, C, *)."""
def native_layer_norm(input: Tensor, normalized_shape: Any, weight: Any, bias: Any, eps: Any) -> tuple[Tensor, Any]:
    """(layer norm, mean, reciprocal standard deviation) over the last dimensions."""
def ne(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where do both differ?"""
def ne_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """ne(), in place of `input`."""
def neg(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Each element negated. Raises RuntimeError for booleans."""
def neg_(input: Tensor) -> Tensor:
    """neg(), in place of `input`."""
def negative(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Each element negated. Raises RuntimeError for booleans."""
def negative_(input: Tensor) -> Tensor:
    """neg(), in place of `input`."""
newaxis: Any
def nextafter(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The next number after input in the direction of other."""
def nextafter_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """nextafter(), in place of `input`."""
from eagerjax import nn as nn
from eagerjax.autograd_mode import no_grad as no_grad
def nonzero(input: Tensor, *, as_tuple: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """(n, ndim) indices of the nonzero elements, or one index tensor per dimension. int64."""
def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = ..., out: Tensor | None = ...) -> Tensor:
    """The first `size` rows of `nonzero`, filled up with `fill_value`."""
def norm(input: Tensor, p: _complex | _str = ..., dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-norm over `dim` (of all elements without it): a number, "fro", or "nuc" for the sum of singular values."""
def norm_except_dim(v: Any, pow: Any = ..., dim: Any = ...) -> Tensor:
    """The `pow`-norm over all dimensions but one, in the shape that broadcasts; over all of them for dim -1."""
def normal(mean: Any = ..., std: Any = ..., size: Any = ..., *, generator: Any = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """Normal values: of tensors of means and deviations, or of numbers and a size."""
def not_equal(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Where do both differ?"""
def not_equal_(input: Tensor, other: Tensor | _complex) -> Tensor:
    """ne(), in place of `input`."""
def nuclear_norm(input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The sum of singular values. Kept for old scripts: see `linalg.matrix_norm`."""
def numel(input: Tensor) -> _int:
    """The number of elements."""
def ones(*size: Any, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ..., memory_format: _memory_format | None = ..., **named: Any) -> Tensor:
    """A tensor of a size, filled with 1."""
def ones_like(input: Tensor, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., memory_format: _memory_format | None = ...) -> Tensor:
    """A tensor shaped like `input`, filled with 1."""
from eagerjax import ops as ops
from eagerjax import optim as optim
def orgqr(input: Tensor, input2: Any, *, out: Tensor | None = ...) -> Tensor:
    """`linalg.householder_product`."""
def ormqr(input: Tensor, input2: Tensor | _complex, input3: Tensor | _complex, left: _bool = ..., transpose: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Q input3, or input3 Q, for the Q of `geqrf`; its conjugate transpose with `transpose`. Q is square."""
def outer(input: Tensor, vec2: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Each element of one vector times each of the other: (n,) and (m,) to (n, m)."""
from eagerjax import overloads as overloads
def pairwise_distance(x1: Tensor | _complex, x2: Tensor | _complex, p: _complex | _str = ..., eps: _complex = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-norm of `x1 - x2 + eps` along the last dimension, the inputs broadcast."""
def pca_lowrank(A: Any, q: Any = ..., center: Any = ..., niter: Any = ...) -> tuple[Any, Any, Any]:
    """The principal components of the rows of A: `svd_lowrank` of A, less the rows' mean where `center`."""
def pdist(input: Tensor, p: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-distances of all pairs of different rows of (N, M), in the order (0, 1), (0, 2) ... (N-2, N-1)."""
def permute(input: Tensor, dims: Any) -> Tensor:
    """Dimensions in another order."""
def permute_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `permute` shows, as a tensor of its own."""
pi: _float
def pinverse(input: Tensor, rcond: _float = ..., *, out: Tensor | None = ...) -> Tensor:
    """Pseudo-inverse; singular values up to rcond * the largest count as 0."""
def pixel_shuffle(input: Tensor, upscale_factor: _int, *, out: Tensor | None = ...) -> Tensor:
    """(*, C * r^2, H, W) to (*, C, H * r, W * r)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int, *, out: Tensor | None = ...) -> Tensor:
    """(*, C, H * r, W * r) to (*, C * r^2, H, W)."""
def poisson(input: Tensor, *, generator: Any = ..., out: Tensor | None = ...) -> Tensor:
    """Poisson counts with rates `input`, in its dtype."""
def poisson_nll_loss(input: Tensor, target: Any, log_input: Any, full: Any, eps: Any, reduction: _str) -> Tensor:
    """`nn.functional.poisson_nll_loss` with the reduction as a number: 0 none, 1 mean, 2 sum."""
def polar(abs: Tensor | _complex, angle: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Complex numbers `abs * exp(i * angle)`, broadcast. Raises RuntimeError unless both are floats of one dtype."""
def polygamma(n: _int, input: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The n-th derivative of `digamma`. Raises RuntimeError for a negative n."""
def positive(input: Tensor) -> Tensor:
    """The input itself. Raises RuntimeError for booleans."""
def pow(input: Tensor | _complex, exponent: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Each element to a power: a number, or a tensor that broadcasts. The base may be the number instead."""
def pow_(input: Tensor | _complex, exponent: Tensor | _complex) -> Tensor:
    """pow(), in place of `input`."""
def prelu(input: Tensor, weight: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """input above 0, `weight * input` below; weight: one number, or one for each channel (dimension 1)."""
preserve_format: _memory_format
def printoptions(**kwargs: Any) -> Any:
    """Other options inside the `with` block."""
def prod(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Product of all elements or over one `dim`. Integers multiply as int64."""
from eagerjax.runtime.dtype import promote_types as promote_types
def put(input: Tensor, index: Tensor | _complex, source: Tensor | _complex, accumulate: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input` with `source` written (or added) at positions of its flattened self."""
def put_(input: Tensor, index: Tensor | _complex, source: Tensor | _complex, accumulate: _bool = ...) -> Tensor:
    """put(), in place of `input`."""
def qr(input: Tensor, some: _bool = ..., *, out: Any = ...) -> Q_R:
    """input = Q R, Q with orthonormal columns, R upper triangular."""
def quantile(input: Tensor, q: Tensor | _complex, dim: _int | None = ..., keepdim: _bool = ..., *, interpolation: _str = ..., out: Tensor | None = ...) -> Tensor:
    """The q-th quantiles along `dim` (of all elements without it); NaN where there is a NaN."""
def rad2deg(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Radians as degrees."""
def rad2deg_(input: Tensor) -> Tensor:
    """rad2deg(), in place of `input`."""
def rand(*size: Any, generator: Any = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., **named: Any) -> Tensor:
    """Uniform values of [0, 1), of a size."""
def rand_like(input: Tensor, *, generator: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., memory_format: _memory_format | None = ...) -> Tensor:
    """Uniform values of [0, 1), shaped like `input`."""
def randint(*args: Any, generator: Any = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., **named: Any) -> Tensor:
    """randint(high, size), randint(low, high, size): integers of [low, high), int64 unless a dtype is given."""
def randint_like(input: Tensor, *args: Any, generator: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., memory_format: _memory_format | None = ..., **named: Any) -> Tensor:
    """randint_like(input, high), randint_like(input, low, high): integers of [low, high) shaped like `input`."""
def randn(*size: Any, generator: Any = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., **named: Any) -> Tensor:
    """Standard normal values, of a size."""
def randn_like(input: Tensor, *, generator: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., memory_format: _memory_format | None = ...) -> Tensor:
    """Standard normal values, shaped like `input`."""
from eagerjax import rng as random
def randperm(n: Any, *, generator: Any = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """The integers 0 .. n - 1 in random order."""
def range(start: Any, end: Any, step: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """Deprecated: arange that includes its end, in the default dtype."""
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
def real(input: Tensor) -> Tensor:
    """The real part, a view of a complex tensor; a real tensor as it is."""
def reciprocal(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """One over each element; integers become floats."""
def reciprocal_(input: Tensor) -> Tensor:
    """reciprocal(), in place of `input`."""
from eagerjax import record as record
def relu(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`max(input, 0)`; its derivative at 0 is 0."""
def relu_(input: Tensor, inplace: _bool = ...) -> Tensor:
    """relu(), in place of `input`."""
def remainder(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Remainder with the divisor's sign (Python's `%`). Raises RuntimeError for an integer divided by zero."""
def remainder_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """remainder(), in place of `input`."""
def renorm(input: Tensor, p: _complex | _str, dim: _int, maxnorm: _complex | _str, *, out: Tensor | None = ...) -> Tensor:
    """Each slice of `input` along `dim` scaled down to a p-norm of at most `maxnorm`."""
def renorm_(input: Tensor, p: _complex | _str, dim: _int, maxnorm: _complex | _str) -> Tensor:
    """renorm(), in place of `input`."""
def repeat_interleave(input: Tensor, repeats: Any = ..., dim: Any = ..., *, output_size: Any = ...) -> Tensor:
    """Each element (slice along `dim`) `repeats` times in a row; `repeats` may say how often for each."""
def reshape(input: Tensor, shape: Any) -> Tensor:
    """A view in another shape where that is possible, else a copy."""
def resize_as_(input: Tensor, the_template: Any, *, memory_format: _memory_format | None = ...) -> Tensor:
    """`input.resize_(the_template.shape)`."""
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself, or a copy of what a conjugated view of another one shows."""
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself, or a copy of what a negated view of another one shows."""
def result_type(tensor: Any, other: Any) -> Any:
    """The dtype that an operation on the two would have; either may be a Python number."""
from eagerjax import return_types as return_types
from eagerjax import reverse as reverse
from eagerjax import rewritten as rewritten
def rms_norm(input: Tensor, normalized_shape: Sequence[_int], weight: Tensor | _complex | None = ..., eps: _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The last dimensions, of shape `normalized_shape`, divided by the root of their mean square, times weight."""
rng: _str
def rnn_relu(input: Tensor, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Any, Any]:
    """(output, h) of a plain RNN with relu."""
def rnn_relu_cell(input: Tensor, hx: Tensor | _complex, w_ih: Tensor | _complex, w_hh: Tensor | _complex, b_ih: Tensor | _complex | None = ..., b_hh: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """relu(W_ih x + b_ih + W_hh h + b_hh)."""
def rnn_tanh(input: Tensor, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Any, Any]:
    """(output, h) of a plain RNN with tanh."""
def rnn_tanh_cell(input: Tensor, hx: Tensor | _complex, w_ih: Tensor | _complex, w_hh: Tensor | _complex, b_ih: Tensor | _complex | None = ..., b_hh: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """tanh(W_ih x + b_ih + W_hh h + b_hh)."""
def roll(input: Tensor, shifts: Sequence[_int], dims: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input` rotated by `shifts` places along `dims`; without dims along its flattened self."""
def rot90(input: Tensor, k: _int = ..., dims: _int | Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input` turned by 90 degrees k times in the plane of `dims`, from the first towards the second."""
def round(input: Tensor, *, decimals: _int = ..., out: Tensor | None = ...) -> Tensor:
    """The nearest number with so many decimals; a half goes to the even neighbour. Negative decimals round tens."""
def round_(input: Tensor, *, decimals: _int = ...) -> Tensor:
    """round(), in place of `input`."""
def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = ...) -> Tensor:
    """The tensors on top of each other, vectors as rows."""
def rrelu(input: Tensor, lower: Any = ..., upper: Any = ..., training: _bool = ..., generator: Any = ...) -> Tensor:
    """`nn.functional.rrelu`, with a generator in the place of `inplace`."""
def rrelu_(input: Tensor, lower: Any = ..., upper: Any = ..., training: _bool = ..., generator: Any = ...) -> Tensor:
    """`rrelu` in place of input."""
def rsqrt(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """One over the square root of each element; infinite at 0, NaN below."""
def rsqrt_(input: Tensor) -> Tensor:
    """rsqrt(), in place of `input`."""
def rsub(input: Tensor, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """Difference the other way round, `other - alpha * input`. Raises RuntimeError for booleans."""
from eagerjax import runtime as runtime
from eagerjax.serialization.checkpoint import save as save
from eagerjax.serialization.training import save_training_state as save_training_state
from eagerjax import saved as saved
def scalar_tensor(s: Any, *, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """A 0-dim tensor of a number."""
from eagerjax.control.loops import scan as scan
def scatter(input: Tensor, dim: _int, index: Tensor | _complex, src: Tensor | _complex | None = ..., *, value: _complex | None = ..., reduce: _str | None = ..., out: Tensor | None = ...) -> Tensor:
    """`input` with `src` (or the number `value`) written at `index` along `dim`; `reduce`: "add" or "multiply"."""
def scatter_(input: Tensor, dim: _int, index: Tensor | _complex, src: Tensor | _complex | None = ..., *, value: _complex | None = ..., reduce: _str | None = ...) -> Tensor:
    """scatter(), in place of `input`."""
def scatter_add(input: Tensor, dim: _int, index: Tensor | _complex, src: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input` with `src` added at `index` along `dim`."""
def scatter_add_(input: Tensor, dim: _int, index: Tensor | _complex, src: Tensor | _complex) -> Tensor:
    """scatter_add(), in place of `input`."""
def scatter_reduce(input: Tensor, dim: _int, index: Tensor | _complex, src: Tensor | _complex, reduce: _str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """`input` with `src` reduced into it at `index` along `dim`: "sum", "prod", "mean", "amax" or "amin"."""
def scatter_reduce_(input: Tensor, dim: _int, index: Tensor | _complex, src: Tensor | _complex, reduce: _str, *, include_self: _bool = ...) -> Tensor:
    """scatter_reduce(), in place of `input`."""
def searchsorted(sorted_sequence: Tensor | _complex, input: Tensor | _complex, *, out_int32: _bool = ..., right: _bool = ..., side: _str | None = ..., sorter: Tensor | _complex | None = ..., out: Tensor | None = ...) -> Tensor:
    """Where each of `input` would be inserted in the sorted last dimension of `sorted_sequence`."""
from eagerjax import second as second
from eagerjax.rng import seed as seed
def segment_reduce(data: Any, reduce: Any, *, lengths: Any = ..., indices: Any = ..., offsets: Any = ..., axis: Any = ..., unsafe: Any = ..., initial: Any = ...) -> Tensor:
    """"sum", "mean", "max", "min" or "prod" of segments along `axis`, given by their lengths or offsets (*, segments)."""
def select(input: Tensor, dim: Any, index: Any) -> Tensor:
    """The part at `index` of one dimension."""
def select_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `select` shows, as a tensor of its own."""
def select_scatter(input: Tensor, src: Any, dim: Any, index: Any) -> Tensor:
    """A copy of `input` with `src` at `index` of dimension `dim`."""
def selu(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`elu` with the constants that keep mean 0 and variance 1 from layer to layer."""
def selu_(input: Tensor, inplace: _bool = ...) -> Tensor:
    """selu(), in place of `input`."""
from eagerjax import serialization as serialization
from eagerjax.anomaly import set_anomaly_enabled as set_anomaly_enabled
from eagerjax.amp.autocast_mode import set_autocast_cache_enabled as set_autocast_cache_enabled
from eagerjax.amp.autocast_mode import set_autocast_cpu_dtype as set_autocast_cpu_dtype
from eagerjax.amp.autocast_mode import set_autocast_cpu_enabled as set_autocast_cpu_enabled
from eagerjax.amp.autocast_mode import set_autocast_dtype as set_autocast_dtype
from eagerjax.amp.autocast_mode import set_autocast_enabled as set_autocast_enabled
from eagerjax.amp.autocast_mode import set_autocast_gpu_dtype as set_autocast_gpu_dtype
def set_default_device(device: _device | _str | None) -> None:
    """New tensors live on `device` (on the CPU for None), but where an inner `with device` says otherwise."""
from eagerjax.runtime.dtype import set_default_dtype as set_default_dtype
def set_default_tensor_type(t: Any) -> None:
    """`set_default_dtype` by a typed constructor, `torch.DoubleTensor` or its name. Raises TypeError for integers."""
def set_deterministic_debug_mode(debug_mode: Any) -> None:
    """`use_deterministic_algorithms` by a word or number: "default" 0, "warn" 1, "error" 2."""
def set_float32_matmul_precision(precision: Any) -> None:
    """How exact float32 products are on a GPU or TPU: "highest" (the default), "high" or "medium"."""
def set_flush_denormal(mode: Any) -> _bool:
    """False: XLA decides about denormal numbers."""
from eagerjax.autograd_mode import set_grad_enabled as set_grad_enabled
def set_num_interop_threads(num_threads: Any) -> None:
    """Like `set_num_threads`."""
def set_num_threads(num_threads: Any) -> None:
    """Remember a number of threads. XLA sizes its pool when it starts, so this changes nothing."""
def set_printoptions(precision: Any = ..., threshold: Any = ..., edgeitems: Any = ..., linewidth: Any = ..., profile: Any = ..., sci_mode: Any = ...) -> None:
    """Choose how tensors print; `profile` is "default", "short" or "full", and the rest overrides it."""
from eagerjax.rng import set_rng as set_rng
from eagerjax.rng import set_rng_state as set_rng_state
def set_warn_always(b: Any) -> None:
    """Remember the wish. Warnings here follow Python's own filters."""
def sgn(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`sign`, and for complex numbers the direction `input / |input|`, 0 at 0."""
def sgn_(input: Tensor) -> Tensor:
    """sgn(), in place of `input`."""
from eagerjax import sharing as sharing
short: _dtype
def sigmoid(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The logistic function `1 / (1 + exp(-input))`."""
def sigmoid_(input: Tensor) -> Tensor:
    """sigmoid(), in place of `input`."""
def sign(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """-1, 0 or 1 by each element's sign; 0 for NaN. Raises NotImplementedError for complex numbers."""
def sign_(input: Tensor) -> Tensor:
    """sign(), in place of `input`."""
from eagerjax import signal as signal
def signbit(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Is the sign bit set? True for -0.0 and negative NaN."""
def sin(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Sine of each angle in radians."""
def sin_(input: Tensor) -> Tensor:
    """sin(), in place of `input`."""
def sinc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`sin(pi x) / (pi x)`, and 1 at 0."""
def sinc_(input: Tensor) -> Tensor:
    """sinc(), in place of `input`."""
def sinh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Hyperbolic sine."""
def sinh_(input: Tensor) -> Tensor:
    """sinh(), in place of `input`."""
from eagerjax import size as size
def slice_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `slice` shows, as a tensor of its own."""
def slice_scatter(input: Tensor, src: Any, dim: Any = ..., start: Any = ..., end: Any = ..., step: Any = ..., *, out: Tensor | None = ...) -> Tensor:
    """A copy of `input` with `src` in the slice start:end:step of dimension `dim`."""
def slogdet(input: Tensor, *, out: Any = ...) -> sign_logabsdet:
    """(sign, logarithm of the absolute value) of the determinant."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Shares that are positive and sum to 1 along `dim`: `exp(input) / sum(exp(input))`."""
def solve(*args: Any, **kwargs: Any) -> None:
    """Removed: `torch.linalg.solve` has its arguments reversed and does not return the LU factorization."""
def sort(input: Tensor, dim: _int = ..., descending: _bool = ..., *, stable: _bool = ..., out: Any = ...) -> values_indices:
    """(values, indices) in order along `dim`; NaN counts as the largest. Equal elements keep their order."""
from eagerjax import sparse as sparse
sparse_coo: _layout
from eagerjax.sparse.coo import sparse_coo_tensor as sparse_coo_tensor
sparse_csr: _layout
from eagerjax.sparse.coo import sparse_csr_tensor as sparse_csr_tensor
from eagerjax import special as special
def split(tensor: Any, split_size_or_sections: Any, dim: Any = ...) -> tuple[Tensor, ...]:
    """Parts of a given length (the last may be shorter), or of given lengths."""
def split_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `split` shows, as a tensor of its own."""
def split_with_sizes(input: Tensor, split_sizes: Any, dim: Any = ...) -> tuple[Tensor, ...]:
    """Parts of given lengths, which add up to the dimension's."""
def split_with_sizes_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `split_with_sizes` shows, as a tensor of its own."""
from eagerjax.sparse.forms import mm as spmm
def sqrt(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Square root of each element; NaN below 0."""
def sqrt_(input: Tensor) -> Tensor:
    """sqrt(), in place of `input`."""
def square(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Each element times itself."""
def square_(input: Tensor) -> Tensor:
    """square(), in place of `input`."""
def squeeze(input: Tensor, dim: Any = ...) -> Tensor:
    """Without the dimensions of length 1 (or those of `dim` that have length 1)."""
def squeeze_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `squeeze` shows, as a tensor of its own."""
def stack(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Tensors of one shape side by side along a new dimension `dim`."""
from eagerjax import static as static
def std(input: Tensor, dim: _int | Sequence[_int] | None = ..., unbiased: _bool | None = ..., keepdim: _bool = ..., *, correction: _float | None = ..., out: Tensor | None = ...) -> Tensor:
    """Standard deviation: the square root of `var`. Its derivative is 0 where it is 0."""
def std_mean(input: Tensor, dim: _int | Sequence[_int] | None = ..., unbiased: _bool | None = ..., keepdim: _bool = ..., *, correction: _float | None = ..., out: Tensor | None = ...) -> Tensor:
    """Standard deviation and mean."""
def stft(input: Tensor, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | _complex | None = ..., center: _bool = ..., pad_mode: _str = ..., normalized: _bool = ..., onesided: _bool | None = ..., return_complex: _bool | None = ..., align_to_window: _bool | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The spectra (*, frequency, frame) of parts of `input` (*, time) that are `hop_length` apart, times a window."""
strided: _layout
def sub(input: Tensor | _complex, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """Difference `input - alpha * other`, broadcast. Raises RuntimeError for booleans."""
def sub_(input: Tensor | _complex, other: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
    """sub(), in place of `input`."""
def subtract(input: Tensor | _complex, other: Tensor | _complex, *, alpha: _complex = ..., out: Tensor | None = ...) -> Tensor:
    """Difference `input - alpha * other`, broadcast. Raises RuntimeError for booleans."""
def subtract_(input: Tensor | _complex, other: Tensor | _complex, *, alpha: _complex = ...) -> Tensor:
    """sub(), in place of `input`."""
def sum(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """Sum of all elements or over `dim`. Integers add up as int64."""
def svd(input: Tensor, some: _bool = ..., compute_uv: _bool = ..., *, out: Any = ...) -> U_S_V:
    """input = U diag(S) V^H. Without `compute_uv` U and V are zeros."""
def svd_lowrank(A: Any, q: Any = ..., niter: Any = ..., M: Any = ...) -> tuple[Any, Any, Any]:
    """(U, S, V) of about the q largest singular values of A, or of A - M, by `niter` rounds from a random start."""
from eagerjax import swap as swap
def swapaxes(input: Tensor, axis0: Any, axis1: Any) -> Tensor:
    """`transpose`, by its name in NumPy."""
def swapdims(input: Tensor, dim0: Any, dim1: Any) -> Tensor:
    """`transpose`."""
def symeig(*args: Any, **kwargs: Any) -> None:
    """Removed: `torch.linalg.eigh` uses the lower triangle by default."""
def t(input: Tensor) -> Tensor:
    """A matrix transposed; 0- and 1-dim tensors as they are."""
def t_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `t` shows, as a tensor of its own."""
def take(input: Tensor, index: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Elements of the flattened `input` at `index`, in the shape of `index`."""
def take_along_dim(input: Tensor, indices: Tensor | _complex, dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Elements at `indices` along `dim`, the other dimensions broadcast; without `dim` of the flattened input."""
def tan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Tangent of each angle in radians."""
def tan_(input: Tensor) -> Tensor:
    """tan(), in place of `input`."""
def tanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Hyperbolic tangent."""
def tanh_(input: Tensor) -> Tensor:
    """tanh(), in place of `input`."""
def tensor(data: Any, *, dtype: _dtype | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """A new tensor with a copy of `data`: numbers, nested sequences, arrays, tensors."""
def tensor_split(input: Tensor, sections: Any = ..., dim: Any = ..., *, indices: Any = ..., tensor_indices_or_sections: Any = ...) -> tuple[Tensor, ...]:
    """Parts between given indices, or a number of nearly equal parts."""
def tensordot(a: Any, b: Any, dims: Any = ..., out: Tensor | None = ...) -> Tensor:
    """Sum over pairs of dimensions: the last and first `dims` of them, or those listed in dims[0] and dims[1]."""
from eagerjax import testing as testing
def threshold(input: Tensor, threshold: _complex, value: _complex, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input above the threshold, `value` elsewhere."""
def threshold_(input: Tensor, threshold: _complex, value: _complex, inplace: _bool = ...) -> Tensor:
    """threshold(), in place of `input`."""
def tile(input: Tensor, *dims: _int | Sequence[_int], out: Tensor | None = ...) -> Tensor:
    """`input` copied dims[d] times along each dimension; missing leading entries of dims are 1."""
from eagerjax.bridge import to_jax as to_jax
from eagerjax import tools as tools
def topk(input: Tensor, k: _int, dim: _int = ..., largest: _bool = ..., sorted: _bool = ..., *, out: Any = ...) -> values_indices:
    """The k largest (or smallest) elements along `dim` in order: (values, indices). NaN counts as the largest."""
def trace(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Sum of the diagonal of a matrix. Integers add up as int64."""
def transpose(input: Tensor, dim0: Any, dim1: Any) -> Tensor:
    """Two dimensions exchanged."""
def transpose_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `transpose` shows, as a tensor of its own."""
def trapezoid(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Tensor:
    """Integral of samples y by trapezoids of widths dx, or between the points x, along `dim`."""
def trapz(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Tensor:
    """Integral of samples y by trapezoids of widths dx, or between the points x, along `dim`."""
def triangular_solve(input: Tensor, A: Tensor | _complex, upper: _bool = ..., transpose: _bool = ..., unitriangular: _bool = ..., *, out: Any = ...) -> solution_cloned_coefficient:
    """(X of A X = input for a triangular A, A)."""
def tril(input: Tensor, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """The lower triangle of the last two dimensions, zero above the given `diagonal`."""
def tril_(input: Tensor, diagonal: _int = ...) -> Tensor:
    """tril(), in place of `input`."""
def tril_indices(row: Any, col: Any, offset: Any = ..., *, dtype: _dtype | None = ..., device: _device | _str | None = ..., layout: _layout | None = ...) -> Tensor:
    """(2, n): row and column numbers of the lower triangle of a row x col matrix."""
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: Any = ..., p: _float = ..., eps: Any = ..., swap: Any = ..., reduction: _str = ...) -> Tensor:
    """`nn.functional.triplet_margin_loss` with the reduction as a number: 0 none, 1 mean, 2 sum."""
def triu(input: Tensor, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """The upper triangle of the last two dimensions, zero below the given `diagonal`."""
def triu_(input: Tensor, diagonal: _int = ...) -> Tensor:
    """triu(), in place of `input`."""
def triu_indices(row: Any, col: Any, offset: Any = ..., *, dtype: _dtype | None = ..., device: _device | _str | None = ..., layout: _layout | None = ...) -> Tensor:
    """(2, n): row and column numbers of the upper triangle of a row x col matrix."""
def true_divide(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Quotient; integers become floats. Another name of `div` without a rounding mode."""
def true_divide_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """true_divide(), in place of `input`."""
def trunc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Each element without its fraction, towards 0."""
def trunc_(input: Tensor) -> Tensor:
    """trunc(), in place of `input`."""
def typename(obj: Any) -> Any:
    """The name of an object's type: "torch.FloatTensor", "torch.nn.modules.linear.Linear", "int"."""
uint16: _dtype
uint32: _dtype
uint64: _dtype
uint8: _dtype
def unbind(input: Tensor, dim: Any = ...) -> tuple[Tensor, ...]:
    """The parts along a dimension, one for each index."""
def unbind_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `unbind` shows, as a tensor of its own."""
def unflatten(input: Tensor, dim: Any, sizes: Any) -> Tensor:
    """One dimension as several."""
def unfold_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `unfold` shows, as a tensor of its own."""
def unique(input: Tensor, sorted: _bool = ..., return_inverse: _bool = ..., return_counts: _bool = ..., dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The distinct elements (slices along `dim`) in order, where each element went, and how often each occurs."""
def unique_consecutive(input: Tensor, return_inverse: _bool = ..., return_counts: _bool = ..., dim: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The elements (slices along `dim`) that differ from the one before, where each went, and how long each run is."""
def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, one tensor for each dimension, of flat indices into a tensor of `shape`."""
def unsafe_chunk(input: Tensor, chunks: Any, dim: Any = ...) -> tuple[Any, ...]:
    """`chunk`, whose parts may be written to."""
def unsafe_split(input: Tensor, split_size: Any, dim: Any = ...) -> tuple[Any, ...]:
    """`split`, whose parts may be written to."""
def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: Any = ...) -> tuple[Any, ...]:
    """`split_with_sizes`, whose parts may be written to."""
def unsqueeze(input: Tensor, dim: Any) -> Tensor:
    """With a dimension of length 1 inserted at `dim`."""
def unsqueeze_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `unsqueeze` shows, as a tensor of its own."""
def use_deterministic_algorithms(mode: Any, *, warn_only: Any = ...) -> None:
    """Remember the wish. On CPU and TPU, XLA's results are the same from run to run anyway."""
from eagerjax import utils as utils
def vander(x: Tensor | _complex, N: _int | None = ..., increasing: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Powers 0 .. N - 1 of the 1-d x as columns, highest first unless `increasing`."""
def var(input: Tensor, dim: _int | Sequence[_int] | None = ..., unbiased: _bool | None = ..., keepdim: _bool = ..., *, correction: _float | None = ..., out: Tensor | None = ...) -> Tensor:
    """Variance: squared distances from the mean over N - correction (1 unless given)."""
def var_mean(input: Tensor, dim: _int | Sequence[_int] | None = ..., unbiased: _bool | None = ..., keepdim: _bool = ..., *, correction: _float | None = ..., out: Tensor | None = ...) -> Tensor:
    """Variance and mean."""
def vdot(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Sum of the products of two vectors, the first one conjugated."""
from eagerjax.static.verify import verify_jit as verify_jit
def view_as_complex(input: Tensor) -> Tensor:
    """Pairs of real numbers in the last dimension as a complex tensor. Raises RuntimeError where they do not lie as pairs."""
def view_as_complex_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `view_as_complex` shows, as a tensor of its own."""
def view_as_real(input: Tensor) -> Tensor:
    """A complex tensor as pairs of real numbers in a new last dimension. Raises RuntimeError for a conjugated view."""
def view_as_real_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `view_as_real` shows, as a tensor of its own."""
def view_copy(input: Tensor, *args: Any, out: Tensor | None = ..., **kwargs: Any) -> None | Tensor | tuple[Tensor, ...] | Tensor | tuple[Tensor, ...]:
    """What `view` shows, as a tensor of its own."""
from eagerjax import vision as vision
from eagerjax.func.mapped import vmap as vmap
def vsplit(input: Tensor, sections: Any = ..., *, indices: Any = ...) -> tuple[Tensor, ...]:
    """`tensor_split` along dimension of rows."""
def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = ...) -> Tensor:
    """The tensors on top of each other, vectors as rows."""
def where(condition: Tensor | _complex, input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input` where `condition` holds, else `other`; all broadcast. `where(condition)` is `nonzero(as_tuple=True)`."""
from eagerjax.control.loops import while_loop as while_loop
def xlogy(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input * log(other)`, and 0 where input is 0 and other not NaN."""
def xlogy_(input: Tensor | _complex, other: Tensor | _complex) -> Tensor:
    """xlogy(), in place of `input`."""
def zero_(input: Tensor) -> Tensor:
    """Every element becomes 0."""
def zeros(*size: Any, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ..., memory_format: _memory_format | None = ..., **named: Any) -> Tensor:
    """A tensor of a size, filled with 0."""
def zeros_like(input: Tensor, *, dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ..., memory_format: _memory_format | None = ...) -> Tensor:
    """A tensor shaped like `input`, filled with 0."""
__version__: _str
