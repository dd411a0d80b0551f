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

def amax(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The greatest element that the mask keeps."""
def amin(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The least element that the mask keeps."""
def argmax(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """Where the greatest element that the mask keeps is; in the input's dtype unless one is given."""
def argmin(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """Where the least element that the mask keeps is; in the input's dtype unless one is given."""
def cumprod(input: Tensor, dim: Any, *, dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """Running products of what the mask keeps."""
def cumsum(input: Tensor, dim: Any, *, dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """Running sums of what the mask keeps."""
def log_softmax(input: Tensor, dim: Any, *, dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The logarithm of the softmax of what the mask keeps; -inf elsewhere."""
def logaddexp(input: Tensor, other: Any, *, dtype: _dtype | None = ..., input_mask: Any = ..., other_mask: Any = ...) -> Tensor:
    """`log(exp(input) + exp(other))` of what the masks keep of each."""
def logsumexp(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The logarithm of the sum of exponentials of what the mask keeps."""
def mean(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The mean of what the mask keeps. Raises ValueError for integers."""
def median(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Any:
    """The median of what the mask keeps. Raises ValueError where nothing is kept of integers."""
def norm(input: Tensor, ord: Any = ..., dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The vector norm of what the mask keeps."""
def normalize(input: Tensor, ord: Any, dim: Any, *, eps: Any = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """What the mask keeps divided by its norm, which is at least eps; 0 elsewhere."""
def prod(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The product of what the mask keeps."""
def softmax(input: Tensor, dim: Any, *, dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """Softmax of what the mask keeps; 0 elsewhere."""
def softmin(input: Tensor, dim: Any, *, dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """Softmin of what the mask keeps; 0 elsewhere."""
def std(input: Tensor, dim: Any = ..., unbiased: Any = ..., *, correction: Any = ..., keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The standard deviation of what the mask keeps."""
def sum(input: Tensor, dim: Any = ..., *, keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The sum of what the mask keeps."""
def var(input: Tensor, dim: Any = ..., unbiased: Any = ..., *, correction: Any = ..., keepdim: _bool = ..., dtype: _dtype | None = ..., mask: Any = ...) -> Tensor:
    """The variance of what the mask keeps, divided by their number less `correction` (1)."""
