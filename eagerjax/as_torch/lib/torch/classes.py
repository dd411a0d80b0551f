"""torch.classes: compiled classes of extensions, of which there are none."""

loaded_libraries = set()


def load_library(path):
    """Raises OSError: compiled extensions of PyTorch cannot be loaded."""
    raise OSError(f"{path}: compiled extensions of PyTorch are not supported by eagerjax")
