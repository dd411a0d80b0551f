"""Tensors as text, as PyTorch prints them: set_printoptions and `repr`."""

import contextlib
import dataclasses
import math

import numpy as np

from eagerjax.namespace import METHODS, form
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, concrete_array


@dataclasses.dataclass
class Options:
    """What set_printoptions sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = Options()
_PROFILES = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


@form(homes="torch")
def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    """Choose how tensors print; `profile` is "default", "short" or "full", and the rest overrides it.

    `sci_mode` None: scientific notation where the magnitudes ask for it. Every call sets it anew.
    """
    chosen = dict(_PROFILES.get(profile, {}))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen.update((name, value) for name, value in given.items() if value is not None)
    for name, value in chosen.items():
        setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


@form(homes="torch")
def get_printoptions():
    """The present options, as a dictionary that set_printoptions takes."""
    return dataclasses.asdict(OPTIONS)


@form(homes="torch")
@contextlib.contextmanager
def printoptions(**kwargs):
    """Other options inside the `with` block."""
    before = get_printoptions()
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        set_printoptions(**before)


# -- numbers ------------------------------------------------------------------------------
class Numbers:
    """How the elements of one array are written: all in the same style and width."""

    def __init__(self, values):
        self.floating = values.dtype.kind == "f"
        self.whole = self.scientific = False
        texts = values.tolist()
        if self.floating:
            texts = self.choose(values[np.isfinite(values) & (values != 0)])
        self.width = max([1, *(len(self.text(v)) for v in texts)])

    def choose(self, values):
        """Pick the style from the finite, nonzero `values`, and return them as Python numbers."""
        self.whole = bool((values == np.ceil(values)).all())
        if not values.size:
            return []
        low, high = float(np.abs(values).min()), float(np.abs(values).max())
        self.scientific = high / low > 1000 or high > 1e8 or low < 1e-4 if OPTIONS.sci_mode is None else OPTIONS.sci_mode
        return values.tolist()

    def text(self, value):
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{OPTIONS.precision}e}"
        if self.whole:
            return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
        return f"{value:.{OPTIONS.precision}f}"

    def padded(self, value):
        return self.text(value).rjust(self.width)


class Pairs:
    """How complex elements are written: real and imaginary parts each in their own style."""

    def __init__(self, values):
        self.real, self.imag = Numbers(values.real), Numbers(values.imag)
        self.width = self.real.width + self.imag.width + 1

    def padded(self, value):
        imag = (self.imag.padded(value.imag) + "j").lstrip()
        return self.real.padded(value.real) + ("" if imag[0] in "+-" else "+") + imag


# -- nesting ------------------------------------------------------------------------------
def body(array, indent):
    """The elements in brackets, continuation lines moved right by `indent`."""
    if array.size == 0:
        return "[]"
    short = array.size > OPTIONS.threshold
    shown = edges(array) if short else array
    style = (Pairs if array.dtype.kind == "c" else Numbers)(shown.reshape(-1))
    return nested(array, indent, short, style)


def edges(array):
    """The part of a long array that is printed."""
    n = OPTIONS.edgeitems
    if array.ndim == 1:
        return np.concatenate((array[:n], array[-n:])) if len(array) > 2 * n else array
    if n == 0:
        return array[:0]
    for dim, length in enumerate(array.shape):
        if length > 2 * n:
            array = np.take(array, [*range(n), *range(length - n, length)], dim)
    return array


def nested(array, indent, short, style):
    if array.ndim == 0:
        return style.padded(array.item())
    if array.ndim == 1:
        return row(array, indent, short, style)
    n = OPTIONS.edgeitems
    if short and len(array) > 2 * n:
        parts = [nested(a, indent + 1, short, style) for a in (*array[:n], *array[len(array) - n :])]
        parts.insert(n, "...")
    else:
        parts = [nested(a, indent + 1, short, style) for a in array]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def row(array, indent, short, style):
    n = OPTIONS.edgeitems
    if short and not n:
        texts = ["..."]
    elif short and len(array) > 2 * n:
        texts = [style.padded(v) for v in (*array[:n].tolist(), *array[-n:].tolist())]
        texts.insert(n, " ...")
    else:
        texts = [style.padded(v) for v in array.tolist()]
    step = max(1, math.floor((OPTIONS.linewidth - indent) / (style.width + 2)))
    lines = [", ".join(texts[i : i + step]) for i in range(0, len(texts), step)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


# -- tensors ------------------------------------------------------------------------------
def text_of(tensor, tensor_contents=None):
    """The text of a tensor: its elements, and what is not usual about it."""
    plain = type(tensor) is Tensor or type(tensor).__name__ == "Parameter"
    prefix = "tensor(" if plain else f"{type(tensor).__name__}("
    if tensor_contents is None and tensor.is_meta:
        return with_facts(prefix + "...", [*data_facts(tensor), *history_facts(tensor)], len(prefix))
    if tensor_contents is None:
        tensor_contents = body(printable(tensor), len(prefix))
    return with_facts(prefix + tensor_contents, [*data_facts(tensor), *history_facts(tensor)], len(prefix))


def printable(tensor):
    """The elements in a type that numpy can format."""
    array = np.asarray(concrete_array(tensor))
    return array if array.dtype.kind in "biufc" else array.astype(np.float32)


def data_facts(tensor):
    if tensor.is_meta:
        yield f"device='meta', size={tuple(tensor.shape)}"
        if tensor.dtype is not dt.get_default_dtype():
            yield f"dtype={tensor.dtype}"
        return
    if tensor.device.type != "cpu":
        yield f"device='{tensor.device.type}:{tensor.device.index or 0}'"
    default = dt.get_default_dtype()
    usual = (default, dt.complex128 if default is dt.float64 else dt.complex64, dt.int64, dt.bool_)
    if tensor.numel() == 0:
        usual = (default,)
        if tensor.ndim != 1:
            yield f"size={tuple(tensor.shape)}"
    elif not OPTIONS.edgeitems:
        yield f"size={tuple(tensor.shape)}"
    if tensor.dtype not in usual:
        yield f"dtype={tensor.dtype}"


def history_facts(tensor):
    history = tensor.grad_fn
    if history is not None:
        yield f"grad_fn=<{type(history).__name__}>"
    elif tensor.requires_grad:
        yield "requires_grad=True"


def with_facts(text, facts, indent):
    """The facts after the elements; one that does not fit the line begins another."""
    length = len(text) - text.rfind("\n") + 1
    for fact in facts:
        if length + len(fact) + 2 > OPTIONS.linewidth:
            text += ",\n" + " " * indent + fact
            length = indent + len(fact)
        else:
            text += ", " + fact
            length += len(fact) + 2
    return text + ")"


def tensor_repr(self, *, tensor_contents=None):
    """The tensor as PyTorch prints it."""
    return text_of(self, tensor_contents)


def tensor_format(self, format_spec):
    """0-dim tensors format as their number does, others as their text."""
    if self.ndim == 0 and type(self) is Tensor and not self.is_meta:
        return format(self.item(), format_spec)
    return object.__format__(self, format_spec)


METHODS.update(__repr__=tensor_repr, __format__=tensor_format)
