"""Householder, LU and LDL factorisations, low-rank and extreme decompositions: the parts multiply to the whole."""

import numpy as np
import pytest

import eagerjax as torch

RNG = np.random.default_rng(0)
KINDS = {"float64": np.float64, "complex128": np.complex128}


def random(kind, *shape):
    real = RNG.normal(size=shape)
    return (real + 1j * RNG.normal(size=shape) if kind == "complex128" else real).astype(KINDS[kind])


def close(found, wanted):
    np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(4, 4), (2, 5, 3), (3, 5)])
def test_reflections_are_applied_from_either_side(shape, kind):
    a = random(kind, *shape)
    packed, tau = torch.geqrf(torch.tensor(a))
    square = torch.ormqr(packed, tau, torch.eye(shape[-2], dtype=packed.dtype).expand(*shape[:-1], shape[-2]))
    close(square @ torch.triu(packed), a)
    other = torch.tensor(random(kind, *shape[:-2], 2, shape[-2]))
    close(torch.ormqr(packed, tau, other, left=False), (other @ square).numpy())
    close(torch.ormqr(packed, tau, other.mH, transpose=True), (square.mH @ other.mH).numpy())


def test_gradient_through_reflections_is_that_of_the_product():
    packed, tau = torch.geqrf(torch.tensor(random("float64", 4, 2)))
    other = torch.tensor(random("float64", 4, 3), requires_grad=True)
    torch.ormqr(packed, tau, other)[0].sum().backward()
    whole = torch.ormqr(packed, tau, torch.eye(4, dtype=packed.dtype))
    close(other.grad, np.outer(whole[0].numpy(), np.ones(3)))


@pytest.mark.parametrize("kind, hermitian", [("float64", False), ("complex128", False), ("complex128", True)])
def test_ldl_solves_what_it_factored(kind, hermitian):
    """Also where the diagonal is zero and blocks of two are needed; only the lower triangle is read."""
    half = np.tril(random(kind, 2, 5, 5), -1)
    a = half + np.swapaxes(half.conj() if hermitian else half, -1, -2)
    a[1] += np.diag(np.arange(5.0))
    b = random(kind, 2, 5, 2)
    packed, pivots = torch.linalg.ldl_factor(torch.tensor(np.tril(a)), hermitian=hermitian)
    assert (pivots < 0).any() and pivots.dtype is torch.int32
    close(torch.linalg.ldl_solve(packed, pivots, torch.tensor(b), hermitian=hermitian), np.linalg.solve(a, b))


def test_infos_tell_singular_matrices():
    a = torch.tensor([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]])
    assert torch.linalg.lu_factor_ex(a).info.tolist() == [2, 0] == torch.linalg.solve_ex(a, a).info.tolist()
    assert torch.linalg.ldl_factor_ex(torch.zeros(2, 2)).info.item() == 1
    for call in (
        lambda: torch.linalg.lu_factor_ex(a, check_errors=True).LU,
        lambda: torch.linalg.solve_ex(a, a, check_errors=True).result,
        lambda: torch.linalg.ldl_factor(torch.zeros(2, 2)).LD,
    ):
        with pytest.raises(RuntimeError):
            call().tolist()
    packed, pivots, infos = torch.lu(a, get_infos=True)
    assert infos.tolist() == [2, 0] and pivots.tolist() == [[2, 2], [1, 2]]
    close(packed[1], np.eye(2))


def test_low_rank_decompositions_find_a_low_rank():
    a = random("float64", 7, 2) @ random("float64", 2, 5)
    for u, s, v in (torch.svd_lowrank(torch.tensor(a), 3), torch.pca_lowrank(torch.tensor(a), 3, center=False)):
        close(u * s @ v.mT, a)
    _, s, _ = torch.pca_lowrank(torch.tensor(a), 2)
    close(s, np.linalg.svd(a - a.mean(0), compute_uv=False)[:2])
    with pytest.raises(ValueError, match="q"):
        torch.pca_lowrank(torch.tensor(a), 6)


@pytest.mark.parametrize("largest", [True, False])
def test_lobpcg_finds_the_extreme_eigenpairs(largest):
    a, b = (m @ m.T + np.eye(9) for m in (random("float64", 9, 9), random("float64", 9, 9)))
    values, vectors = torch.lobpcg(torch.tensor(a), k=2, B=torch.tensor(b), largest=largest)
    everything = np.sort(np.linalg.eigvals(np.linalg.solve(b, a)).real)
    close(values, everything[::-1][:2] if largest else everything[:2])
    np.testing.assert_allclose(a @ vectors.numpy(), b @ vectors.numpy() * values.numpy(), atol=1e-8)


def test_operands_have_the_names_that_pytorch_reads():
    """`input` for these, whatever its documentation calls it."""
    a = torch.eye(2)
    for call in (torch.linalg.eigh, torch.linalg.cond, torch.linalg.cholesky, torch.linalg.pinv, torch.linalg.vector_norm):
        call(input=a)
    assert torch.linalg.norm(x=a).item() == torch.linalg.vector_norm(x=a).item()
    with pytest.raises(TypeError):
        torch.linalg.eigh(A=a)
    with pytest.raises(torch.linalg.LinAlgError):
        torch.linalg.inv(torch.zeros(2, 2)).tolist()


def test_diagonal_is_a_view():
    a = torch.zeros(2, 2)
    torch.linalg.diagonal(a).fill_(3.0)
    assert a.tolist() == [[3.0, 0.0], [0.0, 3.0]]
