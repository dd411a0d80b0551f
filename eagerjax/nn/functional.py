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
