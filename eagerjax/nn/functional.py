"""The functions of torch.nn.functional, as a module: everything that ops and forms publish under `F`."""

from eagerjax.namespace import F as _F


def __getattr__(name):
    try:
        return getattr(_F, name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__():
    return sorted(vars(_F))


globals().update(vars(_F))
__all__ = sorted(name for name in vars(_F) if not name.startswith("_"))  # noqa: PLE0605

GRID_SAMPLE_INTERPOLATION_MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2}
"""The numbers that `torch.grid_sampler` takes for `grid_sample`'s modes."""
GRID_SAMPLE_PADDING_MODES = {"zeros": 0, "border": 1, "reflection": 2}
