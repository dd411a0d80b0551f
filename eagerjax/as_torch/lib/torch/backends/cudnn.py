"""torch.backends.cudnn: what eagerjax.backends.cudnn has no name for."""

from eagerjax import backends


def is_acceptable(tensor):
    return backends.cudnn.is_available()
