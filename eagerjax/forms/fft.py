"""torch.fft: the frequencies that belong to a transform."""

from eagerjax.install import give
from eagerjax.namespace import form, torch
from eagerjax.runtime import dtype as dt


def frequencies(name, n, d, count, wrapped, given):
    """k / (n d) for k = 0, 1, ..., from the middle on negative where `wrapped`."""
    out, requires_grad = given.pop("out"), given.pop("requires_grad")
    kind = dt.given(given["dtype"]) or (out.dtype if out is not None else dt.get_default_dtype())
    if kind.category < dt.FLOATING:
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    at = torch.arange(count, **{**given, "dtype": kind})
    if wrapped:
        at = torch.where(torch.arange(count, device=at.device) > (n - 1) // 2, at - n, at)
    made = at * (1.0 / (n * d))
    if out is not None:
        return give(out, made)
    return made.requires_grad_() if requires_grad else made


@form(homes="fft")
def fftfreq(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """The n frequencies of `fft` for samples that are d apart, in its order: 0, 1, ..., -2, -1 over n d."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return frequencies("fftfreq", n, d, n, True, given)


@form(homes="fft")
def rfftfreq(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """The n // 2 + 1 frequencies of `rfft` for samples that are d apart."""
    given = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return frequencies("rfftfreq", n, d, n // 2 + 1, False, given)
