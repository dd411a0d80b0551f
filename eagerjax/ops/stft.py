"""The short-time Fourier transform and its inverse."""

import math

import jax.numpy as jnp

from eagerjax.ops.define import op
from eagerjax.ops.kinds import is_complex, is_inexact, type_name

_PADDINGS = {"reflect": "reflect", "constant": "constant", "replicate": "edge", "circular": "wrap"}


def _widths(n_fft, hop_length, win_length):
    return n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length


def _full_window(window, n_fft, win_length, dtype):
    """The window (ones without it) in the middle of n_fft values."""
    window = jnp.ones(win_length, dtype) if window is None else window
    left = (n_fft - win_length) // 2
    return jnp.pad(window, (left, n_fft - win_length - left))


def _said(name, **given):
    return f"{name}({', '.join(f'{k}={v}' for k, v in given.items())})"


# -- forward -----------------------------------------------------------------------------
def _padded(x, amount, pad_mode):
    if pad_mode not in _PADDINGS:
        raise NotImplementedError(f"Unrecognised padding mode {pad_mode}")
    if pad_mode == "reflect" and amount >= x.shape[-1]:
        raise RuntimeError("Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                           f"({amount}, {amount}) at dimension 2 of input {[1, *x.shape]}")  # fmt: skip
    if x.shape[-1] == 0:
        raise RuntimeError("Expected 2D or 3D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
                           f"input, but got: {[1, *x.shape]}")  # fmt: skip
    return jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(amount, amount)], mode=_PADDINGS[pad_mode])


def _check_stft(x, n_fft, hop, win, window):
    said = _said("stft", n_fft=n_fft, hop_length=hop, win_length=win)
    if not is_inexact(x):
        raise RuntimeError(f"{said} : expected a tensor of floating point or complex values")
    if x.ndim not in (1, 2):
        raise RuntimeError(f"{said} : expected a 1D or 2D tensor")
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"{said} : expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{said} : expected hop_length > 0, but got hop_length={hop}")
    if not 0 < win <= n_fft:
        raise RuntimeError(f"{said} : expected 0 < win_length <= n_fft, but got win_length={win}")
    if window is not None and window.shape != (win,):
        raise RuntimeError(f"{said} : expected a 1D window tensor of size equal to win_length={win}, but got window with size "
                           f"{list(window.shape)}")  # fmt: skip
    if x.dtype.itemsize < 4:
        raise RuntimeError(f"MKL FFT doesn't support tensors of type: {type_name(x.dtype)}")


def _sides(complex_in, onesided, return_complex):
    """(one half of the spectrum only?, complex results?)"""
    onesided = not complex_in if onesided is None else onesided
    if onesided and complex_in:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if return_complex is None and not complex_in:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs, and will further require that "
                           "return_complex=True in a future PyTorch release.")  # fmt: skip
    return onesided, complex_in if return_complex is None else return_complex


@op
def stft(input, n_fft: int, hop_length: int = None, win_length: int = None, window=None, center: bool = True,
         pad_mode: str = "reflect", normalized: bool = False, onesided: bool = None, return_complex: bool = None,
         align_to_window: bool = None):  # fmt: skip
    """The spectra (*, frequency, frame) of parts of `input` (*, time) that are `hop_length` apart, times a window.

    center: parts around their time, the input padded by `pad_mode`; onesided: the first n_fft // 2 + 1 frequencies.
    return_complex: else real and imaginary parts in one more dimension.
    """
    hop, win = _widths(n_fft, hop_length, win_length)
    onesided, as_complex = _sides(
        is_complex(input) or (window is not None and is_complex(window)), onesided, return_complex
    )
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    x = _padded(jnp.atleast_1d(input), n_fft // 2, pad_mode) if center and input.ndim < 3 else input
    if align_to_window and 0 < win < n_fft:
        left = (n_fft - win) // 2
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(left, n_fft - win - left)])
    _check_stft(x, n_fft, hop, win, window)
    frames = 1 + (x.shape[-1] - n_fft) // hop
    parts = x[..., hop * jnp.arange(frames)[:, None] + jnp.arange(n_fft)]
    parts = parts * _full_window(window, n_fft, win, x.real.dtype)
    found = jnp.fft.rfft(parts) if onesided else jnp.fft.fft(parts)
    found = jnp.swapaxes(found, -1, -2)
    found = found * jnp.asarray(1 / math.sqrt(n_fft), found.real.dtype) if normalized else found
    return found if as_complex else jnp.stack([found.real, found.imag], -1)


# -- inverse -------------------------------------------------------------------------------
def _check_istft(x, n_fft, hop, win, window, onesided, return_complex):
    said = _said("istft", n_fft=n_fft, hop_length=hop, win_length=win)
    if not is_complex(x):
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if x.size == 0:
        raise RuntimeError(f"{said} : input tensor cannot be empty.")
    if x.ndim == 1:
        raise IndexError("Dimension out of range (expected to be in range of [-2, 1], but got -3)")
    if x.ndim not in (2, 3):
        raise RuntimeError(f"{said} : expected a tensor with 3 or 4 dimensions, but got {x.ndim + 1}")
    wanted, what = (
        (n_fft // 2 + 1, "n_fft / 2 + 1 when onesided=True") if onesided else (n_fft, "n_fft when onesided=False")
    )
    if x.shape[-2] != wanted:
        raise RuntimeError(f"{said} : expected the frequency dimension (3rd to the last) of the input tensor to match {what}, "
                           f"but got {x.shape[-2]}")  # fmt: skip
    if not 0 < hop <= win:
        raise RuntimeError(f"{said} : expected 0 < hop_length <= win_length")
    if not 0 < win <= n_fft:
        raise RuntimeError(f"{said} : expected 0 < win_length <= n_fft")
    if window is not None and window.shape != (win,):
        raise RuntimeError(f"{said} : Invalid window shape. window has to be 1D and length of `win_length`")
    if return_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and window is not None and is_complex(window):
        raise RuntimeError("Complex windows are incompatible with return_complex=False")


def _overlapped(parts, hop):
    """The sum of parts (*, frame, n), each `hop` later than the one before: (*, time)."""
    frames, n = parts.shape[-2:]
    at = hop * jnp.arange(frames)[:, None] + jnp.arange(n)
    return jnp.zeros((*parts.shape[:-2], n + hop * (frames - 1)), parts.dtype).at[..., at].add(parts)


def _span(n_fft, hop, frames, center, length):
    """(first, last + 1) of the times that are returned, out of all that the parts cover."""
    first = n_fft // 2 if center else 0
    covered = n_fft + hop * (frames - 1)
    return first, first + length if length is not None else covered - (n_fft // 2 if center else 0)


def _envelope(x, n_fft, hop, win, window, center, length):
    """What the overlapping windows weigh at each time that is returned."""
    whole = _full_window(window, n_fft, win, x.real.dtype)
    square = jnp.broadcast_to(whole * whole, (x.shape[-1], n_fft))
    first, last = _span(n_fft, hop, x.shape[-1], center, length)
    return _overlapped(square, hop)[first:last]


def _istft_faults(input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None,
                  length=None, return_complex=False):  # fmt: skip
    hop, win = _widths(n_fft, hop_length, win_length)
    seen = _envelope(input, n_fft, hop, win, window, center, length)
    text = f"{_said('istft', n_fft=n_fft, hop_length=hop, win_length=win)} window overlap add min: 1"
    return [(jnp.min(jnp.abs(seen)) <= 1e-11, RuntimeError, text)]


@op(faults=_istft_faults)
def istft(input, n_fft: int, hop_length: int = None, win_length: int = None, window=None, center: bool = True,
          normalized: bool = False, onesided: bool = None, length: int = None, return_complex: bool = False):  # fmt: skip
    """The signal (*, time) whose `stft` is closest to input (*, frequency, frame). The arguments are those of `stft`.

    length: how many elements it has, zeros where no frame reaches. Raises: RuntimeError where windows add up to 0.
    """
    hop, win = _widths(n_fft, hop_length, win_length)
    onesided = input.shape[-2] != n_fft if onesided is None and input.ndim > 1 else onesided
    _check_istft(input, n_fft, hop, win, window, onesided, return_complex)
    spectra = jnp.swapaxes(input, -1, -2)
    norm = "ortho" if normalized else "backward"
    if return_complex:
        parts = jnp.fft.ifft(spectra, norm=norm)
    else:
        parts = jnp.fft.irfft(spectra[..., : n_fft // 2 + 1], n_fft, norm=norm)
    parts = parts * _full_window(window, n_fft, win, input.real.dtype)
    first, last = _span(n_fft, hop, input.shape[-1], center, length)
    if last <= first:
        raise RuntimeError("min(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                           "with the 'dim' argument.")  # fmt: skip
    seen = _envelope(input, n_fft, hop, win, window, center, length)
    found = _overlapped(parts, hop)[..., first:last] / seen
    missing = last - first - found.shape[-1]
    return jnp.pad(found, [(0, 0)] * (found.ndim - 1) + [(0, missing)]) if missing > 0 else found
