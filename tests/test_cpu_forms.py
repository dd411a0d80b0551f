"""Forms that a CPU runs faster, against the plain formula: values, gradients, gradients of gradients."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.nn import functional as F
from eagerjax.ops import conv, dropout, matmul
from eagerjax.ops.sliding import channels_first, channels_last


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


@pytest.mark.parametrize("shape", [(300, 12), (3, 100, 12), (300, 1)])
def test_linear_maps_of_many_rows(shape):
    x, w, b = (torch.randn(s).div(8).requires_grad_() for s in (shape, (5, shape[-1]), (5,)))
    same(F.linear(x, w, b), (x.unsqueeze(-2) * w).sum(-1) + b, (x, w, b))


def test_the_gradient_of_a_linear_map_s_weight_is_transposed_before_the_product_where_there_are_many_rows():
    """1024 rows of 128 and 512 columns: 2.6 -> 1.4 ms."""
    texts = {rows: str(jax.make_jaxpr(weight_gradient)(*arrays(rows))) for rows in (100, 300)}
    assert "optimization_barrier" in texts[300] and "optimization_barrier" not in texts[100]
    for rows in texts:
        x, w, g = arrays(rows)
        np.testing.assert_allclose(weight_gradient(x, w, g), g.T @ x, rtol=1e-4, atol=1e-4)


def arrays(rows):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(s).astype(np.float32) for s in ((rows, 12), (5, 12), (rows, 5))]


def weight_gradient(x, w, g):
    return jax.vjp(lambda w: matmul.by_weight_pulled(x, w), w)[1](g)[0]


def test_a_linear_map_given_to_jax_has_forward_mode_derivatives():
    layer, x = torch.nn.Linear(12, 5), np.ones((300, 12), np.float32)
    function, parameters = torch.to_jax(layer)
    _, tangent = jax.jvp(lambda x: function(parameters, x), (x,), (x,))
    np.testing.assert_allclose(tangent, x @ layer.weight.detach().numpy().T, rtol=1e-5)


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


@pytest.mark.parametrize(
    ("space", "kernel", "padding", "dilation"),
    [((12, 14), (3, 3), (1, 1), (1, 1)), ((16, 12), (3, 2), (2, 0), (2, 1)), ((90,), (5,), (2,), (1,))],
)
def test_the_weight_of_a_convolution_of_few_images(space, kernel, padding, dilation):
    g = conv.Geometry((1,) * len(space), tuple((p, p) for p in padding), dilation)
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3, *space)), rng.standard_normal((8, 3, *kernel))
    x, w = (jnp.asarray(a, jnp.float32) for a in (x, w))

    def few(x, w):
        return channels_first(conv._padded_last(channels_last(x), w, g))

    def twice(convolve):
        def size(x, w):
            return (jnp.sin(convolve(x, w)) ** 2).sum()

        grads = jax.grad(size, (0, 1))
        second = jax.grad(lambda *a: sum((g * g).sum() for g in grads(*a)), (0, 1))
        return jax.jit(lambda *a: (*grads(*a), *second(*a)))(x, w)

    for found, expected in zip(twice(few), twice(lambda x, w: conv._plain(x, w, None, g))):
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-4 * float(jnp.abs(expected).max()))
