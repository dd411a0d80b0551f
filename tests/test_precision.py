"""On a GPU or TPU float32 products are as exact as `set_float32_matmul_precision` says, whatever JAX's own default is."""

import jax
import jax.numpy as jnp
import pytest

import eagerjax as torch
from eagerjax.runtime import compat


@pytest.mark.parametrize(("wish", "found"), [("highest", "HIGHEST"), ("high", "HIGH"), ("medium", "DEFAULT")])
def test_precision_of_products_off_the_cpu(monkeypatch, wish, found):
    monkeypatch.setattr(compat, "_exact", lambda: False)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision(wish)
        with compat.x64():
            text = jax.jit(jnp.dot).lower(jnp.ones((2, 2), "float32"), jnp.ones((2, 2), "float32")).as_text()
            assert jnp.zeros(1, "int64").dtype == "int64"
        assert f"precision = [{found}, {found}]" in text
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).tolist() == [[2, 2], [2, 2]]
    finally:
        torch.set_float32_matmul_precision(before)
    assert "precision = [DEFAULT" in jax.jit(jnp.dot).lower(jnp.ones((2, 2)), jnp.ones((2, 2))).as_text()


def test_an_unknown_word_changes_nothing():
    torch.set_float32_matmul_precision("exact")
    assert torch.get_float32_matmul_precision() == "highest"
