"""Forms that a CPU runs faster, against the plain formula: values, gradients, gradients of gradients."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.nn import functional as F
from eagerjax.ops import dropout


def same(one, other, leaves):
    """Two results, their gradients with respect to `leaves`, and the gradients of those."""
    found = []
    for out in (one, other):
        grads = torch.autograd.grad((out * out).sum(), leaves, create_graph=True)
        second = torch.autograd.grad(sum((g * g).sum() for g in grads), leaves)
        found.append([t.detach().numpy() for t in (out, *grads, *second)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * (1 + np.abs(b).max(initial=0)))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (0, 3)])
@pytest.mark.parametrize("out", [3, 7])
def test_linear_maps_to_more_and_to_fewer_features(shape, out):
    x, w, b = (torch.randn(s).requires_grad_() for s in (shape, (out, 3), (out,)))
    same(F.linear(x, w, b), (x.unsqueeze(-2) * w).sum(-1) + b, (x, w, b))


@pytest.mark.parametrize("length", [64, 65, 257])
def test_causal_attention_in_chunks_of_rows(length):
    """Lengths below, at and above those at which the rows are cut."""
    q, k, v = (torch.randn(2, length, 4).requires_grad_() for _ in range(3))
    scores = (q @ k.transpose(-1, -2) / math.sqrt(4)).masked_fill(~torch.ones(length, length).tril().bool(), -math.inf)
    same(F.scaled_dot_product_attention(q, k, v, is_causal=True), scores.softmax(-1) @ v, (q, k, v))


def test_a_dropout_mask_is_drawn_once_however_many_kernels_read_it():
    """What is added to a residual stream is read by all that follows; XLA draws cheap numbers anew in each kernel."""

    def encoder(keys, x):
        for i in range(4):
            h = x - x.mean(-1, keepdims=True)
            h = jnp.tanh(h / jnp.sqrt((h * h).mean(-1, keepdims=True) + 1e-5))
            x = x + dropout.masked(keys[i], h, jnp.float32(0.1), h.shape)
        return (x * x).sum()

    keys, x = np.arange(8, dtype=np.uint32).reshape(4, 2), np.ones((4, 8, 16), np.float32)
    compiled = jax.jit(jax.grad(encoder, 1)).lower(keys, x).compile().as_text()
    assert compiled.count("shift-left(") == 4 * 20  # threefry rotates twenty times
