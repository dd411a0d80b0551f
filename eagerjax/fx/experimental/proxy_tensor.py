"""torch.fx.experimental.proxy_tensor: `make_fx`, which traces tensors rather than programs, is not here."""


def get_proxy_mode():
    """None: no tensor is traced."""
