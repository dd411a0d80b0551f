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

def bartlett(M: Any, *, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """A triangle that is 0 at both ends."""
def blackman(M: Any, *, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """Blackman's window: cosines with the weights (0.42, 0.5, 0.08)."""
def cosine(M: Any, *, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """Half a wave of the sine."""
def exponential(M: Any, *, center: Any = ..., tau: Any = ..., sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """`exp(-|k - center| / tau)`; the center is the middle unless given for a periodic window."""
def gaussian(M: Any, *, std: Any = ..., sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """`exp(-(k / std)**2 / 2)`, k counted from the middle."""
def general_cosine(M: Any, *, a: Any, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """A sum of cosines `a[0] - a[1] cos(t) + a[2] cos(2 t) - ...`, t over one turn."""
def general_hamming(M: Any, *, alpha: Any = ..., sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """`alpha - (1 - alpha) cos(t)`, t over one turn."""
def hamming(M: Any, *, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """Hamming's window: cosines with the weights (0.54, 0.46)."""
def hann(M: Any, *, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """Hann's window: cosines with the weights (0.5, 0.5)."""
def kaiser(M: Any, *, beta: Any = ..., sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """`i0(beta * sqrt(1 - t**2)) / i0(beta)`, t from -1 to 1."""
def nuttall(M: Any, *, sym: Any = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """Nuttall's window: cosines with the weights (0.3635819, 0.4891775, 0.1365995, 0.0106411)."""
