"""Matrices that a decomposition does not allow: the error comes at its line, so that programs can catch it and go on."""

import pytest

import eagerjax as torch

LinAlgError = torch.linalg.LinAlgError
NAN = float("nan")


def pending(rows):
    """A matrix that has not been computed yet."""
    return torch.tensor(rows) * torch.ones(()) + 0


MINOR = r"is not positive-definite \(the leading minor of order {} is not positive-definite\)"
DIAGONAL = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular"
WRONG = [
    (lambda a: torch.linalg.cholesky(a), [[1.0, 0.0], [0.0, -1.0]], LinAlgError, "linalg.cholesky: .*" + MINOR.format(2)),
    (lambda a: torch.cholesky(a), [[-1.0]], LinAlgError, "cholesky: .*" + MINOR.format(1)),
    (lambda a: a.inverse(), [[1.0, 2.0], [2.0, 4.0]], LinAlgError, "linalg.inv: " + DIAGONAL.format(2)),
    (lambda a: torch.linalg.inv(a), [[[1.0]], [[0.0]]], LinAlgError, r"\(Batch element 1\): " + DIAGONAL.format(1)),
    (lambda a: torch.linalg.solve(a, torch.ones(2)), [[0.0, 0.0], [0.0, 0.0]], LinAlgError, "solve: The solver failed"),
    (lambda a: torch.linalg.matrix_power(a, -1), [[0.0]], LinAlgError, "linalg.inv: " + DIAGONAL.format(1)),
    (lambda a: torch.linalg.tensorinv(a, 1), [[0.0]], LinAlgError, "inv: " + DIAGONAL.format(1)),
    (lambda a: torch.cholesky_inverse(a), [[0.0]], LinAlgError, "cholesky_inverse: " + DIAGONAL.format(1)),
    (lambda a: torch.linalg.tensorsolve(a, torch.ones(1)), [[0.0]], LinAlgError, "torch.linalg.solve: The solver failed"),
    (lambda a: torch.linalg.lu_factor(a), [[1.0, 0.0], [0.0, 0.0]], RuntimeError, r"lu_factor: U\[2,2\] is zero"),
    (lambda a: torch.linalg.svd(a), [[NAN]], LinAlgError, "linalg.svd: The algorithm failed to converge because"),
    (lambda a: torch.linalg.svdvals(a), [[[1.0]], [[NAN]]], LinAlgError, r"linalg.svd: \(Batch element 1\): The algorithm"),
    (lambda a: torch.svd(a), [[float("inf")]], LinAlgError, "linalg.svd: The algorithm failed to converge"),
    (lambda a: torch.linalg.pinv(a), [[NAN]], LinAlgError, "linalg.svd: The algorithm failed to converge"),
    (lambda a: torch.linalg.matrix_rank(a), [[NAN]], LinAlgError, "linalg.svd: The algorithm failed to converge"),
    (lambda a: torch.linalg.cond(a), [[NAN]], LinAlgError, "linalg.svd: The algorithm failed to converge"),
    (lambda a: torch.linalg.eig(a), [[NAN]], RuntimeError, "torch.linalg.eig: input tensor should not contain infs or NaNs"),
    (lambda a: torch.linalg.cholesky_ex(a, check_errors=True), [[-1.0]], LinAlgError, "cholesky_ex: .*" + MINOR.format(1)),
    (lambda a: torch.linalg.inv_ex(a, check_errors=True), [[0.0]], LinAlgError, "linalg.inv_ex: " + DIAGONAL.format(1)),
]


@pytest.mark.parametrize(("decompose", "rows", "kind", "text"), WRONG)
def test_what_a_decomposition_refuses(decompose, rows, kind, text):
    """The classes and the texts are those of PyTorch 2.13."""
    with pytest.raises(kind, match=text):
        str(decompose(torch.tensor(rows)))


@pytest.mark.parametrize(("decompose", "rows", "kind", "text"), WRONG[:-2])
def test_an_error_comes_at_its_line(decompose, rows, kind, text, mode):
    """Also of what is pending, every time: the try statement of a user's program sees it."""
    for _ in range(4):
        caught = 0
        try:
            decompose(pending(rows))
        except kind:
            caught = 1
        assert caught


def test_more_jitter_until_there_is_a_factor(mode):
    """What libraries for Gaussian processes do."""
    w = torch.ones(3, requires_grad=True)
    for _ in range(3):
        kernel, jitter = w[:, None] * w, 0.0
        while True:
            try:
                factor = torch.linalg.cholesky(kernel + jitter * torch.eye(3) - 0.3 * torch.eye(3))
                break
            except RuntimeError:
                jitter += 0.25
        assert jitter == 0.5
        (gradient,) = torch.autograd.grad(factor.diagonal().log().sum(), w)
        assert torch.isfinite(gradient).all()


def test_infos_number_the_place():
    """From 1, as LAPACK counts; 0 where nothing is wrong."""
    a = torch.diag_embed(torch.tensor([[1.0, 2.0, 3.0], [1.0, 0.0, -1.0], [1.0, 1.0, -1.0]]))
    assert torch.linalg.cholesky_ex(a).info.tolist() == [0, 2, 3]
    assert torch.linalg.inv_ex(a).info.tolist() == [0, 2, 0]
    assert torch.linalg.cholesky_ex(a[:0]).info.tolist() == []


def test_the_other_triangle_is_not_read():
    """`upper=True` asks nothing of the triangle below the diagonal."""
    a = torch.tensor([[4.0, 2.0], [100.0, 5.0]])
    assert torch.linalg.cholesky(a, upper=True).tolist() == [[2.0, 1.0], [0.0, 2.0]]


def test_lu_gives_what_it_has():
    """`torch.lu` does not look at the pivots."""
    assert torch.lu(torch.zeros(2, 2))[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
