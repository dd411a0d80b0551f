"""torch.sparse, the basics."""

import pickle

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


def test_functions_of_torch_take_sparse_matrices():
    """As graph convolutions write it: torch.mm(adjacency, x), sums of rows, weights at the edges."""
    x, dense = matrix(), torch.tensor(DENSE)
    y = torch.arange(6.0).reshape(3, 2)
    for product in (
        torch.mm(x, y),
        torch.matmul(x, y),
        torch.addmm(torch.zeros(3, 2), x, y),
        torch.nn.functional.linear(x, y.T),
    ):
        assert product.tolist() == (dense @ y).tolist()
    assert (y.T @ x).tolist() == (y.T @ dense).tolist()
    for found, expected in (
        (torch.abs(-x), dense), (x**2, dense**2), (x * dense, dense**2), (dense * x, dense**2), (x / 2, dense / 2),
        (torch.sum(x, 1), dense.sum(1)), (x.transpose(0, 1), dense.T), (torch.cat([x, x]), torch.cat([dense, dense])),
        (x.unsqueeze(0), dense[None]), (x[0], dense[0]), (x - x, dense - dense), (dense.sparse_mask(x.coalesce()), dense),
    ):  # fmt: skip
        assert found.is_sparse and found.to_dense().tolist() == expected.tolist()
    assert (dense + x).tolist() == (dense + dense).tolist() and x.sum().item() == dense.sum().item()
    with pytest.raises(RuntimeError, match="dense, sparse"):
        x + dense


def test_softmax_of_what_is_held():
    values = torch.tensor([1.0, 2.0, 3.0, 4.0]).requires_grad_()
    x = torch.sparse_coo_tensor([[0, 0, 1, 2], [0, 2, 1, 0]], values, (3, 3))
    found = torch.sparse.softmax(x, 1)
    expected = torch.softmax(values[:2], 0)
    torch.testing.assert_close(found.values(), torch.cat([expected, torch.ones(2)]))
    torch.testing.assert_close(torch.sparse.log_softmax(x, 1).values(), found.values().log())
    (found.values() * torch.arange(4.0)).sum().backward()
    torch.testing.assert_close(values.grad[1], expected[0] * expected[1])


def test_sparse_tensors_are_tensors_and_buffers():
    module = torch.nn.Module()
    module.register_buffer("heads", torch.tensor(DENSE).to_sparse(), persistent=False)
    assert isinstance(module.to(torch.float64).heads, torch.Tensor) and module.heads.dtype is torch.float64
    assert pickle.loads(pickle.dumps(module.heads)).to_dense().tolist() == DENSE
    old = torch.sparse.FloatTensor(torch.tensor(PLACES), torch.tensor(VALUES), torch.Size([3, 3]))
    assert isinstance(old, torch.sparse.FloatTensor) and not isinstance(old, torch.sparse.LongTensor)
    assert old.to_dense().tolist() == DENSE and torch.sparse.LongTensor(2, 3).shape == (2, 3)


def test_a_function_saves_sparse_tensors():
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, values, dense):
            matrix = torch.sparse_coo_tensor(torch.tensor(PLACES), values, (3, 3))
            ctx.save_for_backward(matrix, dense)
            return torch.matmul(matrix, dense)

        @staticmethod
        def backward(ctx, grad):
            matrix, dense = ctx.saved_tensors
            rows, columns = matrix._indices()
            return grad.matmul(dense.t())[rows, columns], matrix.t().matmul(grad)

    values, dense = torch.tensor(VALUES).requires_grad_(), torch.arange(6.0).reshape(3, 2).requires_grad_()
    (Product.apply(values, dense) ** 2).sum().backward()
    other, same = values.detach().requires_grad_(), dense.detach().requires_grad_()
    matrix = torch.sparse_coo_tensor(torch.tensor(PLACES), other, (3, 3)).to_dense()
    (matrix.matmul(same) ** 2).sum().backward()
    torch.testing.assert_close(values.grad, other.grad)
    torch.testing.assert_close(dense.grad, same.grad)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        saved = Product.apply(values, dense)
        with torch.no_grad():
            dense += 1
        saved.sum().backward()
