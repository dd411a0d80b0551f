"""Windows: torch.signal.windows and the older torch.hann_window and the like."""

from collections.abc import Iterable

from eagerjax.forms.create import make
from eagerjax.namespace import form, publish
from eagerjax.runtime import dtype as dt

_BLACKMAN = (0.42, 0.5, 0.08)
_NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)


# -- torch.signal.windows ------------------------------------------------------------------
def check(name, M, dtype, layout):
    """The dtype. Raises ValueError for a negative length, another layout or dtype than these windows have."""
    kind = dt.given(dtype) or dt.get_default_dtype()
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not dt.strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if kind not in (dt.float32, dt.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    if not isinstance(M, int):
        raise TypeError(f"{name}(): argument 'M' must be int, not {type(M).__name__}")
    return kind


def window(name, kind, M, parameters, sym, dtype, layout, device, requires_grad):
    dtype = check(name, M, dtype, layout)
    return make("_window", kind, M, not sym, parameters, dtype=dtype, device=device, requires_grad=requires_grad)


@form(homes="windows")
def bartlett(M, *, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """A triangle that is 0 at both ends."""
    return window("bartlett", "bartlett", M, (), sym, dtype, layout, device, requires_grad)


@form(homes="windows")
def general_cosine(M, *, a, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """A sum of cosines `a[0] - a[1] cos(t) + a[2] cos(2 t) - ...`, t over one turn."""
    check("general_cosine", M, dtype, layout)
    if M > 1:
        if not isinstance(a, Iterable):
            raise TypeError("Coefficients must be a list/tuple")
        if not a:
            raise ValueError("Coefficients cannot be empty")
    weights = tuple(a) if isinstance(a, Iterable) else ()
    return window("general_cosine", "cosines", M, weights, sym, dtype, layout, device, requires_grad)


@form(homes="windows")
def general_hamming(M, *, alpha=0.54, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """`alpha - (1 - alpha) cos(t)`, t over one turn."""
    return general_cosine(M, a=(alpha, 1.0 - alpha), sym=sym, dtype=dtype, layout=layout, device=device,
                          requires_grad=requires_grad)  # fmt: skip


def cosine_sum(name, weights):
    def made(M, *, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
        return general_cosine(M, a=weights, sym=sym, dtype=dtype, layout=layout, device=device,
                              requires_grad=requires_grad)  # fmt: skip

    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"{name.title()}'s window: cosines with the weights {weights}."
    publish(name, made, ("windows",))


for _name, _weights in (
    ("hann", (0.5, 0.5)),
    ("hamming", (0.54, 0.46)),
    ("blackman", _BLACKMAN),
    ("nuttall", _NUTTALL),
):
    cosine_sum(_name, _weights)


@form(homes="windows")
def cosine(M, *, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """Half a wave of the sine."""
    return window("cosine", "cosine", M, (), sym, dtype, layout, device, requires_grad)


@form(homes="windows")
def exponential(M, *, center=None, tau=1.0, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """`exp(-|k - center| / tau)`; the center is the middle unless given for a periodic window."""
    check("exponential", M, dtype, layout)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    return window("exponential", "exponential", M, (tau, center), sym, dtype, layout, device, requires_grad)


@form(homes="windows")
def gaussian(M, *, std=1.0, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """`exp(-(k / std)**2 / 2)`, k counted from the middle."""
    check("gaussian", M, dtype, layout)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    return window("gaussian", "gaussian", M, (std,), sym, dtype, layout, device, requires_grad)


@form(homes="windows")
def kaiser(M, *, beta=12.0, sym=True, dtype=None, layout=dt.strided, device=None, requires_grad=False):
    """`i0(beta * sqrt(1 - t**2)) / i0(beta)`, t from -1 to 1."""
    check("kaiser", M, dtype, layout)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    return window("kaiser", "kaiser", M, (beta,), sym, dtype, layout, device, requires_grad)


# -- torch.hann_window and the like -----------------------------------------------------------
def old_window(name, kind, length, periodic, parameters, given):
    """Raises RuntimeError for a negative length or integers, TypeError for a length that is none."""
    out = given.pop("out")
    dtype = dt.given(given["dtype"]) or (out.dtype if out is not None else dt.get_default_dtype())
    if not isinstance(length, int):
        raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {type(length).__name__}")
    if dtype.category < dt.FLOATING:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype}")
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    if dtype.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.title}'")
    return make("_window", kind, length, bool(periodic), parameters, **{**given, "dtype": dtype}, out=out)


@form(homes="torch")
def bartlett_window(window_length, periodic=True, *, out=None, dtype=None, layout=None, device=None, pin_memory=False,
                    requires_grad=False):  # fmt: skip
    """A triangle that is 0 at the start (and, unless periodic, at the end)."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return old_window("bartlett_window", "bartlett", window_length, periodic, (), given)


@form(homes="torch")
def hann_window(window_length, periodic=True, *, out=None, dtype=None, layout=None, device=None, pin_memory=False,
                requires_grad=False):  # fmt: skip
    """`(1 - cos(t)) / 2`, t over one turn."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return old_window("hann_window", "cosines", window_length, periodic, (0.5, 0.5), given)


@form(homes="torch")
def hamming_window(window_length, periodic=True, alpha=0.54, beta=0.46, *, out=None, dtype=None, layout=None,
                   device=None, pin_memory=False, requires_grad=False):  # fmt: skip
    """`alpha - beta cos(t)`, t over one turn."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return old_window("hamming_window", "cosines", window_length, periodic, (alpha, beta), given)


@form(homes="torch")
def blackman_window(window_length, periodic=True, *, out=None, dtype=None, layout=None, device=None, pin_memory=False,
                    requires_grad=False):  # fmt: skip
    """`0.42 - cos(t) / 2 + 0.08 cos(2 t)`, t over one turn."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return old_window("blackman_window", "cosines", window_length, periodic, _BLACKMAN, given)


@form(homes="torch")
def kaiser_window(window_length, periodic=True, beta=12.0, *, out=None, dtype=None, layout=None, device=None,
                  pin_memory=False, requires_grad=False):  # fmt: skip
    """`i0(beta * sqrt(1 - t**2)) / i0(beta)`, t from -1 to 1."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return old_window("kaiser_window", "kaiser", window_length, periodic, (beta,), given)
