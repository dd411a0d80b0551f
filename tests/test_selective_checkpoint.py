"""create_selective_checkpoint_contexts: which results of a checkpointed function are kept."""

import functools

import jax
import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.control import checkpoint as remat
from eagerjax.nn import functional as F
from eagerjax.runtime import compat
from eagerjax.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

X = np.random.default_rng(0).normal(size=(6, 4)).astype("f")
POLICIES = {
    "names": ["linear"], "functions": [torch.mm, torch.tanh], "pytorch's names": ["addmm", "_scaled_dot_product_flash_attention"],
    "all": lambda ctx, op, *args, **kwargs: CheckpointPolicy.MUST_SAVE,
    "none": lambda ctx, op, *args, **kwargs: CheckpointPolicy.PREFER_RECOMPUTE,
}  # fmt: skip


def selective(policy):
    return functools.partial(checkpoint, use_reentrant=False,
                             context_fn=functools.partial(create_selective_checkpoint_contexts, policy))  # fmt: skip


def gradients(around):
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 4), nn.LayerNorm(4), nn.GELU())
    x = torch.tensor(X, requires_grad=True)

    def block(x):
        y = layers(x)
        return F.scaled_dot_product_attention(y[None], y[None], y[None])[0] @ layers[0].weight.T

    out = around(block, x)
    out.square().sum().backward()
    return [out.detach().numpy(), x.grad.numpy(), *[p.grad.numpy() for p in layers.parameters()]]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_numbers_whatever_is_kept(mode, policy):
    for a, b in zip(gradients(selective(POLICIES[policy])), gradients(lambda f, x: f(x)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("platform", ["cpu", "gpu"])
def test_what_is_kept_is_not_computed_again(monkeypatch, platform):
    """By the products in the compiled program; of the form for other back ends, whose barriers a CPU drops, in the jaxpr."""
    functions = []

    def note(run, where, _, kept, make=remat.rematerialised):
        functions.append(make(run, where, platform, kept))
        return functions[-1]

    monkeypatch.setattr(remat, "rematerialised", note)
    monkeypatch.setattr(remat, "remembered", lambda key, make: make())
    products = {}
    for name, policy in (("recomputed", ["nothing"]), ("kept", ["linear"])):
        w = torch.tensor(X[:4], requires_grad=True)
        selective(policy)(lambda x, w=w: F.linear(F.linear(x, w).sin(), w).sin(), torch.ones(3, 4, requires_grad=True))

        def loss(*arrays, function=functions[-1]):
            return sum((o**2).sum() for o in function(list(arrays)))

        given = np.ones((3, 4), "f"), np.ones((4, 4), "f")
        with compat.x64():
            if platform == "cpu":
                products[name] = jax.jit(jax.grad(loss, (0, 1))).lower(*given).compile().as_text().count(" dot(")
            else:
                products[name] = str(jax.make_jaxpr(jax.grad(loss, (0, 1)))(*given)).count("dot_general[")
    assert products["kept"] < products["recomputed"], products


def test_a_policy_is_asked_for_pytorch_s_operators():
    asked = []

    def policy(ctx, op, *args, **kwargs):
        asked.append((getattr(op, "__name__", op), ctx.is_recompute))
        return True

    x = torch.tensor(X, requires_grad=True)
    w = torch.ones(4, 4, requires_grad=True)
    selective(policy)(lambda x: torch.relu(F.linear(x, w)), x).sum().backward()
    assert ("linear", False) in asked and ("relu", False) in asked


def test_what_a_policy_may_be():
    x = torch.tensor(X, requires_grad=True)
    with pytest.raises(TypeError, match="policy_fn_or_list"):
        selective(3)(torch.sin, x)
    with pytest.raises(TypeError, match="must return a CheckpointPolicy, not str"):
        selective(lambda *_: "save")(torch.sin, x)
    with pytest.raises(NotImplementedError, match="context_fn"):
        checkpoint(torch.sin, x, use_reentrant=False, context_fn=lambda: (None, None))
