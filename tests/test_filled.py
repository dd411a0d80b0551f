"""Tensors of random numbers and of one value are filled in blocks: one program serves every shape."""

import itertools

import numpy as np

import eagerjax as torch
from eagerjax.lower import stepwise


def filled_tensors():
    """Longer than a block, shorter, of every kind of draw."""
    torch.manual_seed(1)
    return [
        torch.rand(3, 70001), torch.randn(131072), torch.empty(2, 40000).uniform_(-1, 3), torch.empty(7).normal_(2.0, 0.5),
        torch.randn(5, 5, dtype=torch.float64), torch.empty(66000).exponential_(2.0), torch.randint(0, 1000, (3, 30000)),
        torch.rand(0, 4), torch.rand(()), torch.randn(3, 3, dtype=torch.complex64), torch.empty(70000).bernoulli_(0.3),
        torch.randn(70000, dtype=torch.bfloat16).float(), torch.empty(9).log_normal_(), torch.empty(9).cauchy_(),
        torch.empty(9).geometric_(0.2), torch.normal(0.0, 1.0, (4,)), torch.full((300, 300), 2.5),
        torch.randn(1025), torch.randn(4096), torch.randn(4097), torch.ones(70000).bool(),
    ]  # fmt: skip


def test_tensors_filled_in_blocks_are_those_filled_at_once():
    in_blocks = filled_tensors()
    at_once = torch.compile(filled_tensors, jit=True)
    for _ in range(3):
        compiled = at_once()
    for a, b in zip(in_blocks, compiled, strict=True):
        assert a.dtype is b.dtype
        np.testing.assert_array_equal(a.numpy(), b.numpy(), strict=True)


def test_layers_of_any_shape_are_filled_by_one_program():
    def make(*widths):
        layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(widths)]
        return [layer.weight.detach().numpy().std() * layer.in_features**0.5 for layer in layers]

    make(300, 200)
    before = stepwise._forward.cache_info().misses
    spread = make(310, 210, 220, 230, 240)
    assert stepwise._forward.cache_info().misses == before
    np.testing.assert_allclose(spread, 3**-0.5, rtol=0.02)
