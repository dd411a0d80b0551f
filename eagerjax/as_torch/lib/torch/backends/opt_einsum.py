"""torch.backends.opt_einsum: the order of products is found by opt_einsum, which JAX needs too."""

enabled = True
strategy = "auto"


def is_available():
    return True
