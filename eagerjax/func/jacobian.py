"""`jacrev`, `jacfwd`, `hessian`: all derivatives of all outputs, by mapping over a basis."""

import functools

from eagerjax.func import tree
from eagerjax.func.grad import Point
from eagerjax.func.mapped import vmap
from eagerjax.namespace import torch


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None, _preallocate_and_copy=False):
    """d outputs / d arguments `argnums` by reverse mode, each of shape (*output, *input), nested as outputs, then as arguments.

    chunk_size: how many rows at a time; with has_aux `func` returns (outputs, anything else), and so does the result.
    """

    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def jacobian(*args, **kwargs):
        point = Point("jacrev", func, args, kwargs, argnums, has_aux)
        check_real("jacrev", point)
        rows = []
        for number, out in enumerate(point.outputs):

            def row(start, number=number):
                starts = [start if i == number else torch.zeros_like(t) for i, t in enumerate(point.outputs)]
                return tree.flatten(point.pull(starts))[0]

            found = basis_mapped(row, out, chunk_size)
            rows.append(
                tree.unflatten(point.shape, [g.reshape(*out.shape, *x.shape) for g, x in zip(found, point.inputs)])
            )
        result = point.left(tree.unflatten(point.result, rows))
        return (result, point.aux) if has_aux else result

    return jacobian


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """As `jacrev`, column by column: for functions of few inputs and many outputs."""

    @functools.wraps(func)
    def jacobian(*args, **kwargs):
        point = Point("jacfwd", func, args, kwargs, argnums, has_aux)
        check_real("jacfwd", point)
        push = point.push()
        columns = []
        for number, x in enumerate(point.inputs):

            def column(start, number=number):
                starts = [start if i == number else torch.zeros_like(t) for i, t in enumerate(point.inputs)]
                return tree.flatten(push(starts))[0]

            found = basis_mapped(column, x, None, randomness)
            columns.append([g.movedim(0, -1).reshape(*out.shape, *x.shape) for g, out in zip(found, point.outputs)])
        rows = [tree.unflatten(point.shape, list(row)) for row in zip(*columns)]
        result = point.left(tree.unflatten(point.result, rows))
        return (result, point.aux) if has_aux else result

    return jacobian


def check_real(name, point):
    """Raises RuntimeError where a derivative would be one of complex numbers."""
    for what, tensors in (("inputs", point.inputs), ("outputs", point.outputs)):
        for i, tensor in enumerate(tensors):
            if tensor.is_complex():
                raise RuntimeError(f"{name}: Expected all {what} to be real but received complex tensor at flattened input idx: "
                                   f"{i}")  # fmt: skip


def basis_mapped(function, like, chunk_size, randomness="same"):
    """`function` of each unit tensor of the shape of `like`, stacked along a first dimension."""
    n = like.numel()
    basis = torch.eye(n, dtype=like.dtype, device=like.device).reshape(n, *like.shape)
    if chunk_size == 1:  # one by one: hooks and a Function's backward may look at values then
        return [torch.stack(found) for found in zip(*[function(unit) for unit in basis])]
    return vmap(function, randomness=randomness, chunk_size=chunk_size)(basis)


def hessian(func, argnums=0):
    """Second derivatives, forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)
