"""Conjugated views know that they are, and `resolve_conj` makes a tensor of its own, as in PyTorch."""

import pytest

import eagerjax as torch


def test_which_views_are_conjugated_or_negated():
    x = torch.tensor([1 + 2j, 3 - 1j])
    c = x.conj()
    assert c.is_conj() and c[1:].is_conj() and c.detach().is_conj() and x[None].mH.is_conj()
    assert not any(t.is_conj() for t in (x, c.conj(), c + 0, c.clone(), c.imag, torch.conj_physical(x), torch.ones(2).conj()))
    assert c.imag.is_neg() and not c.real.is_neg() and not x.imag.is_neg()


def test_resolving_parts_from_the_original():
    x = torch.tensor([1 + 2j, 3 - 1j])
    resolved, negated = x.conj().resolve_conj(), x.conj().imag.resolve_neg()
    resolved.add_(1)
    negated.add_(5)
    assert x.tolist() == [1 + 2j, 3 - 1j] and resolved.tolist() == [2 - 2j, 4 + 1j] and negated.tolist() == [3, 6]
    assert x.resolve_conj() is x and not resolved.is_conj()
    x.conj().add_(1j)
    assert x.tolist() == [1 + 1j, 3 - 2j]
    pairs = torch.view_as_real(x.conj().resolve_conj())
    array = pairs.numpy()
    pairs.zero_()
    assert not array.any()


def test_what_has_no_memory_of_its_own_refuses():
    c = torch.tensor([1 + 2j]).conj()
    for name, call in (("conjugate", c.numpy), ("negative", c.imag.numpy), ("unresolved", lambda: torch.view_as_real(c))):
        with pytest.raises(RuntimeError, match=name):
            call()
    assert c.numpy(force=True).tolist() == [1 - 2j]
