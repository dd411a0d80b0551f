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

def fft(input: Tensor, n: _int | None = ..., dim: _int = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The spectrum `sum_j input[j] exp(-2 pi i j k / n)` along `dim`, cut or filled up to n. norm: what factor it has."""
def fft2(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The spectrum along several dimensions. Here: two dimensions."""
def fftfreq(n: Any, d: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """The n frequencies of `fft` for samples that are d apart, in its order: 0, 1, ..., -2, -1 over n d."""
def fftn(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] | None = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The spectrum along several dimensions. Here: all dimensions, or `dim`."""
def fftshift(input: Tensor, dim: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The frequency 0 moved from the front to the middle of `dim` (all without it)."""
def hfft(input: Tensor, n: _int | None = ..., dim: _int = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The real spectrum of a signal that is symmetric up to conjugation, of which half is given."""
def hfft2(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The real spectrum of a symmetric signal of which half of the last dimension is given. Here: two dimensions."""
def hfftn(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] | None = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The real spectrum of a symmetric signal of which half of the last dimension is given. Here: all dimensions, or `dim`."""
def ifft(input: Tensor, n: _int | None = ..., dim: _int = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `fft`."""
def ifft2(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `fft2`. Here: two dimensions."""
def ifftn(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] | None = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `fftn`. Here: all dimensions, or `dim`."""
def ifftshift(input: Tensor, dim: _int | Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `fftshift`."""
def ihfft(input: Tensor, n: _int | None = ..., dim: _int = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `hfft`: half of the signal."""
def ihfft2(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `hfft2`. Here: two dimensions."""
def ihfftn(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] | None = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `hfftn`. Here: all dimensions, or `dim`."""
def irfft(input: Tensor, n: _int | None = ..., dim: _int = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `rfft`: n real numbers (2 * (length - 1) unless given)."""
def irfft2(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `rfft2`, real. Here: two dimensions."""
def irfftn(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] | None = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `rfftn`, real. Here: all dimensions, or `dim`."""
def rfft(input: Tensor, n: _int | None = ..., dim: _int = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The first n // 2 + 1 elements of the spectrum of a real input, which determine the others."""
def rfft2(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The spectrum of a real input along several dimensions, of the last of them one half. Here: two dimensions."""
def rfftfreq(n: Any, d: Any = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., layout: _layout | None = ..., device: _device | _str | None = ..., pin_memory: _bool = ..., requires_grad: _bool = ...) -> Tensor:
    """The n // 2 + 1 frequencies of `rfft` for samples that are d apart."""
def rfftn(input: Tensor, s: _int | Sequence[_int] | None = ..., dim: _int | Sequence[_int] | None = ..., norm: _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The spectrum of a real input along several dimensions, of the last of them one half. Here: all dimensions, or `dim`."""
