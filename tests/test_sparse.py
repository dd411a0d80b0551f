"""torch.sparse, the basics."""

import pytest

import eagerjax as torch

PLACES = [[0, 2, 0, 1], [1, 0, 1, 2]]
VALUES = [1.0, 2.0, 3.0, 4.0]
DENSE = [[0.0, 4.0, 0.0], [0.0, 0.0, 4.0], [2.0, 0.0, 0.0]]


def matrix(values=None):
    return torch.sparse_coo_tensor(PLACES, torch.tensor(VALUES) if values is None else values, (3, 3))


def test_places_given_twice_add_up():
    x = matrix()
    assert x.to_dense().tolist() == DENSE and x.is_sparse and str(x.layout) == "torch.sparse_coo"
    with pytest.raises(RuntimeError, match="uncoalesced"):
        x.values()
    once = x.coalesce()
    assert once.indices().tolist() == [[0, 1, 2], [1, 2, 0]] and once.values().tolist() == [4.0, 4.0, 2.0]
    assert (x + x).to_dense().tolist() == (2 * matrix()).to_dense().tolist()
    assert x.t().to_dense().tolist() == torch.tensor(DENSE).T.tolist()


def test_rows():
    x = torch.tensor(DENSE).to_sparse_csr()
    assert x.crow_indices().tolist() == [0, 1, 2, 3] and x.col_indices().tolist() == [1, 2, 0]
    again = torch.sparse_csr_tensor(x.crow_indices(), x.col_indices(), x.values(), (3, 3))
    assert again.to_dense().tolist() == DENSE and again.is_sparse_csr


def test_products_and_their_gradients():
    values, dense = torch.tensor(VALUES).requires_grad_(), torch.randn(3, 2).requires_grad_()
    out = torch.sparse.mm(matrix(values), dense)
    whole = torch.tensor(DENSE).requires_grad_()
    torch.testing.assert_close(out, whole @ dense)
    found = torch.autograd.grad(out.pow(2).sum(), (values, dense))
    expected = torch.autograd.grad((whole @ dense).pow(2).sum(), (whole, dense))
    torch.testing.assert_close(found[0], expected[0][tuple(torch.tensor(PLACES))])
    torch.testing.assert_close(found[1], expected[1])
    torch.testing.assert_close(torch.sparse.mm(dense.T, matrix()), dense.T @ whole)
    torch.testing.assert_close(matrix() @ dense[:, 0], whole @ dense[:, 0])


def test_a_matrix_that_is_a_parameter():
    x = torch.sparse_coo_tensor(PLACES, VALUES, (3, 3), requires_grad=True)
    (x @ torch.ones(3)).sum().backward()
    assert x.is_leaf and x.grad.to_dense().tolist() == [[0.0, 2.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(RuntimeError, match="size is inconsistent with indices"):
        torch.sparse_coo_tensor(PLACES, VALUES, (2, 3))
    with pytest.raises(RuntimeError, match="same nnz"):
        torch.sparse_coo_tensor(PLACES, VALUES[:2])
    with pytest.raises(AttributeError, match="to_dense"):
        matrix().exp()


def test_sparse_adam_refuses_dense_gradients():
    p = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SparseAdam([p])
    optimizer.step()
    p.sum().backward()
    with pytest.raises(RuntimeError, match="does not support dense gradients"):
        optimizer.step()
