"""torch.fx._compatibility: marks of what PyTorch promises to keep. They have no effect."""


def compatibility(is_backward_compatible=False):
    return lambda fn: fn
