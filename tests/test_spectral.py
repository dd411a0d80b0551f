"""torch.fft, short-time transforms and windows, against numpy and their definitions."""

import numpy as np
import pytest

import eagerjax as torch

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(3, 4, 5)).astype(np.float32)
COMPLEX = (REAL + 1j * RNG.normal(size=REAL.shape)).astype(np.complex64)


def close(found, wanted, tol=2e-5):
    np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=tol, atol=tol)


# -- fft -------------------------------------------------------------------------------
@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("n", [None, 3, 8])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_one_dimension_as_numpy(name, n, norm):
    x = REAL if name in ("rfft", "ihfft") else COMPLEX
    found = getattr(torch.fft, name)(torch.tensor(x), n=n, dim=1, norm=norm)
    wanted = getattr(np.fft, name)(x, n=n, axis=1, norm=norm)
    close(found, wanted)
    assert found.dtype is (torch.float32 if name in ("irfft", "hfft") else torch.complex64)


@pytest.mark.parametrize("s, dim", [(None, None), ((2, 6), None), (None, (0, 2)), ((3, -1), (2, 1)), ((4,), (-3,))])
@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
def test_several_dimensions_as_numpy(name, s, dim):
    x = REAL if name == "rfftn" else COMPLEX
    axes = dim if dim is not None or s is None else tuple(range(3 - len(s), 3))
    own = s and tuple(x.shape[a] if n == -1 else n for n, a in zip(s, axes))
    if name == "irfftn" and s and s[-1] == -1:
        own = (*s[:-1], 2 * (x.shape[axes[-1]] - 1))
    close(getattr(torch.fft, name)(torch.tensor(x), s, dim), getattr(np.fft, name)(x, own, axes))


def test_hermitian_transforms_are_inverse_to_each_other():
    x = torch.tensor(REAL)
    close(torch.fft.hfftn(torch.fft.ihfftn(x), s=x.shape), REAL)
    close(torch.fft.hfft2(torch.fft.ihfft2(x, norm="ortho"), s=x.shape[1:], norm="ortho"), REAL)


def test_gradient_of_a_real_result():
    """Of irfft: the imaginary parts of the first and last elements do not count, the others count twice."""
    x = torch.tensor([1 + 1j, 2 + 2j, 3 + 3j], requires_grad=True)
    torch.fft.irfft(x).backward(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    close(x.grad, [0.25, 0.5, 0.25])


def test_shapes_that_do_not_fit():
    x = torch.tensor(REAL)
    for call, error in (
        (lambda: torch.fft.fft(x, n=0), RuntimeError),
        (lambda: torch.fft.fft(x, dim=3), IndexError),
        (lambda: torch.fft.fftn(x, dim=(0, 0)), RuntimeError),
        (lambda: torch.fft.fftn(x, s=(1, 2), dim=(0,)), RuntimeError),
        (lambda: torch.fft.rfft(torch.tensor(COMPLEX)), RuntimeError),
        (lambda: torch.fft.fft(x, norm="other"), RuntimeError),
        (lambda: torch.fft.fft(x.half()), RuntimeError),
        (lambda: torch.fft.fft(torch.tensor(1.0)), IndexError),
    ):
        with pytest.raises(error):
            call()


def test_frequencies_and_shifts():
    for n in (1, 6, 7):
        close(torch.fft.fftfreq(n, 0.5), np.fft.fftfreq(n, 0.5))
        close(torch.fft.rfftfreq(n, 0.5), np.fft.rfftfreq(n, 0.5))
    for dim in (None, 1, (0, 2)):
        close(torch.fft.fftshift(torch.tensor(REAL), dim), np.fft.fftshift(REAL, dim))
        close(torch.fft.ifftshift(torch.tensor(REAL), dim), np.fft.ifftshift(REAL, dim))


# -- short-time transforms ---------------------------------------------------------------
def test_stft_is_the_spectrum_of_windowed_parts():
    x, window = RNG.normal(size=40).astype(np.float32), np.hanning(8).astype(np.float32)
    found = torch.stft(torch.tensor(x), 8, 3, window=torch.tensor(window), center=False, return_complex=True)
    parts = np.stack([x[i : i + 8] * window for i in range(0, 33, 3)])
    close(found, np.fft.rfft(parts).T)


@pytest.mark.parametrize("options", [{}, {"normalized": True}, {"win_length": 6}, {"hop_length": 1}])
def test_istft_undoes_stft(options):
    x = torch.tensor(RNG.normal(size=(2, 40)).astype(np.float32))
    window = torch.hann_window(options.get("win_length", 8))
    spectra = torch.stft(x, 8, window=window, return_complex=True, **options)
    close(torch.istft(spectra, 8, window=window, length=40, **options), x.numpy())


def test_a_window_that_vanishes_cannot_be_inverted():
    spectra = torch.stft(torch.ones(40), 8, return_complex=True)
    with pytest.raises(RuntimeError, match="window overlap add"):
        torch.istft(spectra, 8, window=torch.zeros(8)).tolist()


# -- windows --------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [0, 1, 2, 7, 8])
def test_windows_as_numpy(n):
    windows = torch.signal.windows
    for name, old, wanted in (
        ("hann", "hann_window", np.hanning),
        ("hamming", "hamming_window", np.hamming),
        ("bartlett", "bartlett_window", np.bartlett),
        ("blackman", "blackman_window", np.blackman),
        ("kaiser", "kaiser_window", lambda n: np.kaiser(n, 12.0)),
    ):
        close(getattr(windows, name)(n), wanted(n))
        close(getattr(torch, old)(n, periodic=False), wanted(n))
        if n > 1:  # a periodic window is a longer symmetric one without its end
            close(getattr(windows, name)(n, sym=False), wanted(n + 1)[:n])
            close(getattr(torch, old)(n), wanted(n + 1)[:n])


def test_windows_refuse_what_pytorch_refuses():
    for call, error in (
        (lambda: torch.signal.windows.hann(-1), ValueError),
        (lambda: torch.signal.windows.hann(3, dtype=torch.int64), ValueError),
        (lambda: torch.signal.windows.gaussian(3, std=0), ValueError),
        (lambda: torch.hann_window(-1), RuntimeError),
        (lambda: torch.hann_window(3, dtype=torch.int64), RuntimeError),
        (lambda: torch.hann_window(3.5), TypeError),
    ):
        with pytest.raises(error):
            call()
