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

def airy_ai(x: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Airy's function Ai."""
def bessel_j0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Bessel function of the first kind, order 0."""
def bessel_j1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Bessel function of the first kind, order 1."""
def bessel_y0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Bessel function of the second kind, order 0; NaN below 0."""
def bessel_y1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Bessel function of the second kind, order 1; NaN below 0."""
def chebyshev_polynomial_t(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the first kind of degree n (cut to an integer; 0 where it is negative) at each element."""
def chebyshev_polynomial_u(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the second kind of degree n (cut to an integer; 0 where it is negative) at each element."""
def chebyshev_polynomial_v(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the third kind of degree n (cut to an integer; 0 where it is negative) at each element."""
def chebyshev_polynomial_w(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the fourth kind of degree n (cut to an integer; 0 where it is negative) at each element."""
def digamma(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Derivative of `lgamma`."""
def entr(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`-input * log(input)`, 0 at 0 and -inf below."""
def erf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The error function `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to input."""
def erfc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`1 - erf(input)`, accurate where it is small."""
def erfcx(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`exp(input**2) * erfc(input)` without overflow."""
def erfinv(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `erf`; infinite at -1 and 1, NaN outside."""
def exp2(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """2 to the power of each element."""
def expit(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The logistic function `1 / (1 + exp(-input))`."""
def expm1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`exp(input) - 1`, accurate near 0."""
def gammainc(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The regularised lower incomplete gamma function at other, of order input. No derivative by the order."""
def gammaincc(input: Tensor, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`1 - igamma(input, other)`, accurate where it is small. No derivative by the order."""
def gammaln(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm of the absolute gamma function."""
def hermite_polynomial_h(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Hermite polynomial (physicists') of degree n (cut to an integer; 0 where it is negative) at each element."""
def hermite_polynomial_he(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Hermite polynomial (probabilists') of degree n (cut to an integer; 0 where it is negative) at each element."""
def i0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the first kind, order 0."""
def i0e(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`exp(-|input|) * i0(input)`."""
def i1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the first kind, order 1."""
def i1e(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`exp(-|input|) * i1(input)`."""
def laguerre_polynomial_l(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Laguerre polynomial of degree n (cut to an integer; 0 where it is negative) at each element."""
def legendre_polynomial_p(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Legendre polynomial of degree n (cut to an integer; 0 where it is negative) at each element."""
def log1p(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`log(1 + input)`, accurate near 0."""
def log_ndtr(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`log(ndtr(input))` without underflow."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """`log(softmax(input, dim))` without underflow."""
def logit(input: Tensor, eps: _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """`log(input / (1 - input))`; with `eps`, of the input moved into [eps, 1 - eps]. NaN outside [0, 1]."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """log(sum(exp(input))) over `dim`, computed without overflow."""
def modified_bessel_i0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the first kind, order 0."""
def modified_bessel_i1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the first kind, order 1."""
def modified_bessel_k0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the second kind, order 0; NaN below 0."""
def modified_bessel_k1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Modified Bessel function of the second kind, order 1; NaN below 0."""
def multigammaln(input: Tensor, p: _int, *, out: Tensor | None = ...) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p. Raises RuntimeError where p < 1."""
def ndtr(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The area under the normal density left of input."""
def ndtri(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `ndtr`."""
def polygamma(n: _int, input: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """The n-th derivative of `digamma`. Raises RuntimeError for a negative n."""
def psi(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Derivative of `lgamma`."""
def round(input: Tensor, *, decimals: _int = ..., out: Tensor | None = ...) -> Tensor:
    """The nearest number with so many decimals; a half goes to the even neighbour. Negative decimals round tens."""
def scaled_modified_bessel_k0(x: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`exp(x) * modified_bessel_k0(x)`."""
def scaled_modified_bessel_k1(x: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`exp(x) * modified_bessel_k1(x)`."""
def shifted_chebyshev_polynomial_t(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the first kind for [0, 1] of degree n (cut to an integer; 0 where it is negative) at each element."""
def shifted_chebyshev_polynomial_u(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the second kind for [0, 1] of degree n (cut to an integer; 0 where it is negative) at each element."""
def shifted_chebyshev_polynomial_v(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the third kind for [0, 1] of degree n (cut to an integer; 0 where it is negative) at each element."""
def shifted_chebyshev_polynomial_w(x: Tensor | _complex, n: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Chebyshev polynomial of the fourth kind for [0, 1] of degree n (cut to an integer; 0 where it is negative) at each element."""
def sinc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`sin(pi x) / (pi x)`, and 1 at 0."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Shares that are positive and sum to 1 along `dim`: `exp(input) / sum(exp(input))`."""
def spherical_bessel_j0(x: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`sin(input) / input`, 1 at 0."""
def xlog1py(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input * log(1 + other)`, and 0 where input is 0 and other not NaN."""
def xlogy(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """`input * log(other)`, and 0 where input is 0 and other not NaN."""
def zeta(input: Tensor | _complex, other: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """Hurwitz's zeta function, the sum of `(k + other)**-input` over k >= 0."""
