"""Names at torchvision's root."""

__version__ = "0.28.0"


def set_image_backend(backend):
    """Only Pillow reads images here. Raises ValueError for another."""
    if backend != "PIL":
        raise ValueError(f"Invalid backend '{backend}'. eagerjax reads images by Pillow: 'PIL'")


def get_image_backend():
    return "PIL"


def disable_beta_transforms_warning():
    """Nothing to do."""


def _is_tracing():
    """Nothing is ever traced into a graph of PyTorch's."""
    return False
