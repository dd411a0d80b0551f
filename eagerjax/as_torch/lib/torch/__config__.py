"""torch.__config__: what the arithmetic runs on."""

import jax


def show():
    """A description, in words."""
    return f"eagerjax on JAX {jax.__version__}, {', '.join(sorted({d.platform for d in jax.devices()}))}"


def parallel_info():
    return "threads are XLA's"
