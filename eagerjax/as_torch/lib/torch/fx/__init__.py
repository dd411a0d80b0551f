"""torch.fx: what libraries ask for while they are imported. Programs are not traced to graphs of PyTorch's."""


def wrap(fn_or_name):
    """Accepted, without effect: nothing is traced."""
    return fn_or_name


def has_side_effect(fn):
    return fn


def is_fx_tracing():
    return False
