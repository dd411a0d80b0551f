"""Which of XLA's options a program gets: who multiplies its matrices, and whether its memory comes in blocks."""

import jax
import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax.lower import layout, options, program
from eagerjax.nn import functional as F
from eagerjax.runtime import compat

LIBRARY, REDUCTIONS = next(iter(options.PRODUCT_OPTIONS.items()))
KNOWN = compat.knows_option((LIBRARY, REDUCTIONS))  # older releases of jaxlib do not


def path_of(compute):
    """The path of what `compute` records."""
    with execution("fused"):
        return compute()._ref.node.path()


def library_of(compute):
    """What the program of `compute` says of the library; None where that is left to XLA."""
    return (options.options_of(path_of(compute)) or {}).get(LIBRARY)


def linear(rows, wide, out):
    return lambda: F.linear(torch.randn(rows, wide), torch.randn(out, wide))


def batched(n, rows, wide):
    return lambda: torch.randn(n, rows, wide) @ torch.randn(n, wide, rows)


def attention(length):
    return lambda: F.scaled_dot_product_attention(*(torch.randn(2, 4, length, 32) for _ in range(3)))


def recurrent(kind, hidden, head=1):
    def compute():
        out, _ = getattr(torch.nn, kind)(8, hidden)(torch.randn(20, 4, 8))
        return F.linear(out[-1], torch.randn(head, hidden))

    return compute


@pytest.mark.parametrize(
    ("compute", "own"),
    [
        (linear(1024, 128, 512), True),
        (linear(64, 784, 256), False),  # few rows
        (linear(1024, 1024, 1024), False),  # a large weight
        (batched(8, 128, 64), True),
        (batched(512, 8, 8), False),  # small matrices
        (attention(256), True),
        (attention(16), False),
        (recurrent("LSTM", 32), True),
        (recurrent("GRU", 32), True),
        (recurrent("RNN", 32), True),
        (recurrent("LSTM", 16, head=4096), False),  # most of the work comes after the loop
        (lambda: torch.ones(4, 4).exp(), False),
        (lambda: torch.randn(2000, 4) @ torch.randn(4), False),
    ],
    ids=lambda value: None if callable(value) else str(value),
)
def test_who_multiplies(compute, own):
    assert library_of(compute) == (REDUCTIONS if own and KNOWN else None)


def test_convolutions_keep_the_library_for_their_products_unless_others_decide():
    def images(rows):
        def compute():
            y = F.conv2d(torch.randn(1, 3, 8, 8), torch.randn(4, 3, 3, 3))
            return F.linear(torch.randn(rows, 64), torch.randn(64, 64)).sum() + y.sum()

        return compute

    assert library_of(images(8)) == (options.CONVOLUTION_OPTIONS[LIBRARY] if KNOWN else None)
    assert library_of(images(4096)) == (REDUCTIONS if KNOWN else None)


def test_a_reverse_pass_over_an_earlier_piece_counts_its_calls():
    with execution("fused"):
        x = torch.randn(1024, 64).requires_grad_()
        out = F.linear(x, torch.randn(64, 64)).sum()
        out.item()  # the forward pass has run
        out.backward()
        path = x.grad._ref.node.path()
    assert sum(map(options.gain, layout.calls_of(path))) > 0


def test_large_programs_ask_for_memory_in_blocks():
    """A program with much in between gets XLA's option for it, a small one does not; both have their values."""
    known = all(map(compat.knows_option, options.HEAP_OPTIONS.items()))  # older releases of jaxlib do not
    cached = jax.config.jax_compilation_cache_dir  # XLA could not store the program there
    with execution("fused"):
        for n, large in ((10, False), (2000, known and not cached)):
            x = torch.ones(n, 2000).requires_grad_()
            loss = (x * 2).exp().tanh().sum()
            loss.backward()
            path = loss._ref.node
            given = program.Compiled(path, (loss._ref,), ()).compiler_options or {}
            assert given.items() >= (options.HEAP_OPTIONS.items() if large else set())
            assert large or not given
            np.testing.assert_allclose(loss.item(), n * 2000 * np.tanh(np.exp(2.0)), rtol=1e-4)
