"""torch.fft: discrete Fourier transforms. An op here is named `fft_X` and shown as fft.X."""

import math

import jax.numpy as jnp

from eagerjax.ops.define import Dims, dimension, family
from eagerjax.ops.kinds import is_complex, is_inexact, to_float, type_name

transform = family(homes="")
_AT_ONCE = 3  # as many axes XLA transforms in one call


# -- arguments ---------------------------------------------------------------------------
def _ready(name, x, real=False):
    """The input as a float or complex array. Raises RuntimeError for half precision, and complex where `real`."""
    if real and is_complex(x):
        raise RuntimeError(f"{name} expects a real input tensor, but got {type_name(x.dtype)}")
    x = to_float(x)
    if is_inexact(x) and x.dtype.itemsize < 4:
        raise RuntimeError(f"Unsupported dtype {type_name(x.dtype)}")
    return x


def _complex(x):
    return x if is_complex(x) else x.astype(jnp.complex128 if x.dtype == jnp.float64 else jnp.complex64)


def _axis(dim, ndim):
    if ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return dimension(dim, ndim)


def _length(n):
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _shape_and_axes(x, s, dim):
    """(lengths as given, None for the input's own; axes) of an n-dimensional transform."""
    s = (s,) if isinstance(s, int) else s
    dim = (dim,) if isinstance(dim, int) else dim
    if dim is not None:
        axes = tuple(dimension(d, x.ndim) for d in dim) if x.ndim else tuple(_axis(d, 0) for d in dim)
        if len(set(axes)) != len(axes):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(axes):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    elif s is not None:
        if len(s) > x.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {x.ndim} dimensions.")
        axes = tuple(range(x.ndim - len(s), x.ndim))
    else:
        axes = tuple(range(x.ndim))
    lengths = (None,) * len(axes) if s is None else tuple(None if n == -1 else _length(n) for n in s)
    return lengths, axes


def _own(x, lengths, axes):
    """Lengths with the input's own filled in."""
    return tuple(_length(x.shape[a] if n is None else n) for n, a in zip(lengths, axes))


def _real_length(x, n, axis):
    """(length of the real result, length of the half spectrum that it needs)."""
    n = _length(2 * (x.shape[axis] - 1) if n is None else n)
    return n, n // 2 + 1


def _resized(x, lengths, axes):
    """Cut or filled up with zeros at the end of each axis."""
    for n, axis in zip(lengths, axes):
        have = x.shape[axis]
        if n < have:
            x = x[(slice(None),) * axis + (slice(0, n),)]
        elif n > have:
            x = jnp.pad(x, [(0, n - have if a == axis else 0) for a in range(x.ndim)])
    return x


def _scale(norm, count, forward):
    """What the plain sum is multiplied by. Raises RuntimeError for an unknown norm."""
    if norm not in (None, "backward", "forward", "ortho"):
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if norm == "ortho":
        return 1 / math.sqrt(count) if count else 1.0
    return 1 / max(count, 1) if forward == (norm == "forward") else 1.0


def _scaled(x, scale):
    return x if scale == 1 else x * jnp.asarray(scale, x.real.dtype)


# -- sums over axes, without factors ---------------------------------------------------------
def _sums(x, axes, forward):
    """Complex to complex over axes."""
    if x.size == 0:
        return x
    function = jnp.fft.fftn if forward else jnp.fft.ifftn
    for i in range(0, len(axes), _AT_ONCE):
        x = function(x, axes=axes[i : i + _AT_ONCE], norm="backward" if forward else "forward")
    return x


def _real_sums(x, axis):
    """The half spectrum of real x."""
    if x.size == 0:
        shape = list(x.shape)
        shape[axis] = shape[axis] // 2 + 1
        return _complex(jnp.zeros(shape, x.dtype))
    return jnp.fft.rfft(x, axis=axis)


def _sums_to_real(x, n, axis):
    """The n real numbers whose half spectrum is x."""
    if x.size == 0:
        shape = list(x.shape)
        shape[axis] = n
        return jnp.zeros(shape, x.real.dtype)
    return jnp.fft.irfft(x, n, axis, norm="forward")


# -- the transforms ----------------------------------------------------------------------------
def _complex_transform(name, x, s, dim, norm, forward):
    x = _ready(name, x)
    lengths, axes = _shape_and_axes(x, s, dim)
    lengths = _own(x, lengths, axes)
    out = _sums(_complex(_resized(x, lengths, axes)), axes, forward)
    return _scaled(out, _scale(norm, math.prod(lengths), forward))


def _from_real(name, x, s, dim, norm, forward):
    """Half spectra. Not forward: conjugated, as of the inverse transform."""
    x = _ready(name, x, real=True)
    lengths, axes = _shape_and_axes(x, s, dim)
    if not axes:
        raise RuntimeError(f"{name} must transform at least one axis")
    lengths = _own(x, lengths, axes)
    out = _real_sums(_resized(x, lengths, axes), axes[-1])
    out = out if forward else jnp.conj(out)
    return _scaled(_sums(out, axes[:-1], forward), _scale(norm, math.prod(lengths), forward))


def _to_real(name, x, s, dim, norm, forward):
    """Real results of half spectra, inverse unless `forward`."""
    x = _ready(name, x)
    lengths, axes = _shape_and_axes(x, s, dim)
    if not axes:
        raise RuntimeError(f"{name} must transform at least one axis")
    n, half = _real_length(x, lengths[-1], axes[-1])
    lengths = _own(x, lengths[:-1], axes[:-1])
    x = _sums(_complex(_resized(x, (*lengths, half), axes)), axes[:-1], forward)
    out = _sums_to_real(jnp.conj(x) if forward else x, n, axes[-1])
    return _scaled(out, _scale(norm, math.prod(lengths) * n, forward))


def _one(x, dim):
    return (_axis(dim, x.ndim),)


@transform(aliases=("fft.fft",))
def fft_fft(input, n: int = None, dim: int = -1, norm: str = None):
    """The spectrum `sum_j input[j] exp(-2 pi i j k / n)` along `dim`, cut or filled up to n. norm: what factor it has."""
    return _complex_transform("fft", input, None if n is None else (_length(n),), _one(input, dim), norm, True)


@transform(aliases=("fft.ifft",), out="exact")
def fft_ifft(input, n: int = None, dim: int = -1, norm: str = None):
    """The inverse of `fft`."""
    return _complex_transform("ifft", input, None if n is None else (_length(n),), _one(input, dim), norm, False)


@transform(aliases=("fft.rfft",))
def fft_rfft(input, n: int = None, dim: int = -1, norm: str = None):
    """The first n // 2 + 1 elements of the spectrum of a real input, which determine the others."""
    return _from_real("rfft", input, None if n is None else (_length(n),), _one(input, dim), norm, True)


@transform(aliases=("fft.irfft",))
def fft_irfft(input, n: int = None, dim: int = -1, norm: str = None):
    """The inverse of `rfft`: n real numbers (2 * (length - 1) unless given)."""
    return _to_real("irfft", input, None if n is None else (_length(n),), _one(input, dim), norm, False)


@transform(aliases=("fft.hfft",))
def fft_hfft(input, n: int = None, dim: int = -1, norm: str = None):
    """The real spectrum of a signal that is symmetric up to conjugation, of which half is given."""
    return _to_real("hfft", input, None if n is None else (_length(n),), _one(input, dim), norm, True)


@transform(aliases=("fft.ihfft",), out="exact")
def fft_ihfft(input, n: int = None, dim: int = -1, norm: str = None):
    """The inverse of `hfft`: half of the signal."""
    return _from_real("ihfft", input, None if n is None else (_length(n),), _one(input, dim), norm, False)


_KINDS = {
    "fft": (_complex_transform, True, "The spectrum along several dimensions"),
    "ifft": (_complex_transform, False, "The inverse of `{fft}`"),
    "rfft": (_from_real, True, "The spectrum of a real input along several dimensions, of the last of them one half"),
    "irfft": (_to_real, False, "The inverse of `{rfft}`, real"),
    "hfft": (_to_real, True, "The real spectrum of a symmetric signal of which half of the last dimension is given"),
    "ihfft": (_from_real, False, "The inverse of `{hfft}`"),
}


def _define(kind, body, forward, doc):
    def over_two(input, s: Dims = None, dim: Dims = (-2, -1), norm: str = None):
        return body(kind + "2", input, s, dim, norm, forward)

    def over_all(input, s: Dims = None, dim: Dims = None, norm: str = None):
        return body(kind + "n", input, s, dim, norm, forward)

    for fn, suffix, dims in ((over_two, "2", "two dimensions"), (over_all, "n", "all dimensions, or `dim`")):
        fn.__doc__ = doc.format(fft="fft" + suffix, rfft="rfft" + suffix, hfft="hfft" + suffix) + f". Here: {dims}."
        transform(fn, name=f"fft_{kind}{suffix}", aliases=(f"fft.{kind}{suffix}",))


for _kind, _facts in _KINDS.items():
    _define(_kind, *_facts)


# -- order of the frequencies ---------------------------------------------------------------------
def _rolled(x, dim, inverse):
    dims = tuple(range(x.ndim)) if dim is None else (dim,) if isinstance(dim, int) else dim
    axes = [_axis(d, x.ndim) for d in dims]
    shifts = [(x.shape[a] + 1) // 2 if inverse else x.shape[a] // 2 for a in axes]
    for shift, axis in zip(shifts, axes):
        x = jnp.roll(x, shift, axis)
    return x


@transform(aliases=("fft.fftshift",))
def fft_fftshift(input, dim: Dims = None):
    """The frequency 0 moved from the front to the middle of `dim` (all without it)."""
    return _rolled(input, dim, False)


@transform(aliases=("fft.ifftshift",))
def fft_ifftshift(input, dim: Dims = None):
    """The inverse of `fftshift`."""
    return _rolled(input, dim, True)
