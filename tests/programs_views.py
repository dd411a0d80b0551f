"""A second family of random programs: more views and aliases, writes in other grad modes, hooks, gradients of gradients,
other dtypes. It shares the pool, the comparison and the exclusions of `programs`."""

import programs
from programs import STATEMENTS, seen, statement

MORE_UNARY = ["gelu", "var", "logsumexp", "cumprod", "flip", "roll", "tril", "norm", "prod", "pow3", "log1p"]
MORE_UNARY += ["to_double", "to_int"]
MORE_BINARY = ["lerp", "minimum", "addcmul", "dot_flat", "outer", "hypot", "where_scalar", "clamp_tensor"]
MORE_VIEWS = [
    "movedim",
    "swapaxes",
    "select_last",
    "split",
    "view_double",
    "expand_last",
    "as_strided",
    "data_alias",
    "detach_alias",
    "alias",
    "unsqueeze_t",
    "slice_neg",
    "index_none",
    "tensor_split",
]
MORE_INPLACE = [
    "index_put_",
    "index_put_acc",
    "setitem_tensor",
    "setitem_none",
    "copy_view",
    "pow_",
    "addcmul_",
    "lerp_",
    "t_",
    "squeeze_",
    "index_fill_",
    "scatter_",
    "masked_scatter_",
    "tanh_",
    "clamp_min_",
    "fill_diagonal_",
    "swap_halves",
    "chain_write",
    "mask_add",
]
MORE_OTHER = [
    "double_backward",
    "grad_of_two",
    "no_grad_write",
    "no_grad_copy",
    "hook_zero",
    "hook_remove",
    "leaf_hook",
    "retain_read",
    "detach_inplace",
    "backward_inputs",
    "function_twice",
    "clone_leaf",
    "grad_alias",
    "stop",
]


def draw(rng, pool):
    """One instruction, of either family."""
    if rng.random() < 0.45:
        return programs.draw(rng, pool)
    kinds = [MORE_UNARY, MORE_BINARY, MORE_VIEWS, MORE_INPLACE, MORE_OTHER]
    kind = rng.choices(kinds, [3, 3, 6, 7, 5])[0]
    return rng.choice(kind), [rng.randrange(len(pool)) for _ in range(3)], [rng.randrange(1000) for _ in range(4)]


def expression(function):
    """A statement whose value joins the pool: (lib, a, b, n, dim) -> tensor."""

    def run(lib, pool, mode, a, b, which, n, dim, size):
        return function(lib, a, b, n, dim)

    STATEMENTS[function.__name__] = run
    return function


SHORT = {
    "gelu": lambda lib, a, b, n, dim: lib.nn.functional.gelu(a),
    "var": lambda lib, a, b, n, dim: a.var(dim, unbiased=False),
    "logsumexp": lambda lib, a, b, n, dim: a.logsumexp(dim),
    "cumprod": lambda lib, a, b, n, dim: a.tanh().cumprod(dim),
    "flip": lambda lib, a, b, n, dim: a.flip(dim),
    "roll": lambda lib, a, b, n, dim: a.roll(1, dim),
    "tril": lambda lib, a, b, n, dim: a.tril(n[0] % 3 - 1),
    "norm": lambda lib, a, b, n, dim: (a + 3).norm(),
    "prod": lambda lib, a, b, n, dim: a.tanh().prod(),
    "pow3": lambda lib, a, b, n, dim: a.tanh() ** 3,
    "log1p": lambda lib, a, b, n, dim: a.abs().log1p(),
    "to_double": lambda lib, a, b, n, dim: (a.double() * 0.5).to(lib.float32),
    "to_int": lambda lib, a, b, n, dim: a.int().float() + a,
    "lerp": lambda lib, a, b, n, dim: a.lerp(b, 0.25),
    "minimum": lambda lib, a, b, n, dim: lib.minimum(a, b),
    "addcmul": lambda lib, a, b, n, dim: lib.addcmul(a, a.tanh(), b.tanh(), value=0.5),
    "dot_flat": lambda lib, a, b, n, dim: a.reshape(-1).tanh() @ b.reshape(-1).tanh(),
    "outer": lambda lib, a, b, n, dim: lib.outer(a, b.tanh()),
    "hypot": lambda lib, a, b, n, dim: lib.hypot(a + 5, b),
    "where_scalar": lambda lib, a, b, n, dim: lib.where(b > 0, a, 0.5),
    "clamp_tensor": lambda lib, a, b, n, dim: lib.clamp(a, max=b),
    "movedim": lambda lib, a, b, n, dim: a.movedim(0, -1),
    "swapaxes": lambda lib, a, b, n, dim: a.swapaxes(0, n[0] % 2),
    "select_last": lambda lib, a, b, n, dim: a[..., -1],
    "split": lambda lib, a, b, n, dim: a.split(2, dim)[0],
    "view_double": lambda lib, a, b, n, dim: a.view(a.shape[0], -1).view(-1, a.shape[0]),
    "expand_last": lambda lib, a, b, n, dim: a.unsqueeze(-1).expand(*a.shape, 2),
    "as_strided": lambda lib, a, b, n, dim: a.as_strided((2,), (1,), a.storage_offset() + n[0] % 2),
    "data_alias": lambda lib, a, b, n, dim: a.data,
    "detach_alias": lambda lib, a, b, n, dim: a.detach()[n[0] % 2 :],
    "alias": lambda lib, a, b, n, dim: a[:],
    "unsqueeze_t": lambda lib, a, b, n, dim: a.unsqueeze(0).transpose(0, -1),
    "slice_neg": lambda lib, a, b, n, dim: a[-2:-1],
    "index_none": lambda lib, a, b, n, dim: a[None, ..., n[0] % 2],
    "tensor_split": lambda lib, a, b, n, dim: lib.tensor_split(a, 2, dim)[1],
    "index_put_": lambda lib, a, b, n, dim: seen(
        a.index_put_((lib.tensor([n[0] % 3, -1]),), b.reshape(-1)[:1].squeeze(0).clone())
    ),
    "index_put_acc": lambda lib, a, b, n, dim: seen(
        a.index_put_((lib.tensor([0, 0, n[0] % 2]),), b.reshape(-1)[:1].clone(), accumulate=True)
    ),
    "pow_": lambda lib, a, b, n, dim: a.tanh_().pow_(2),
    "addcmul_": lambda lib, a, b, n, dim: a.addcmul_(b, b, value=0.1),
    "lerp_": lambda lib, a, b, n, dim: a.lerp_(b, 0.5),
    "t_": lambda lib, a, b, n, dim: a.clone().t_(),
    "squeeze_": lambda lib, a, b, n, dim: a.clone().squeeze_(),
    "index_fill_": lambda lib, a, b, n, dim: a.index_fill_(dim, lib.zeros(min(1, a.numel()), dtype=lib.int64), 0.5),
    "scatter_": lambda lib, a, b, n, dim: a.scatter_(dim, lib.zeros(a.shape, dtype=lib.int64)[:1], 0.25),
    "masked_scatter_": lambda lib, a, b, n, dim: seen(a.masked_scatter_(a > 0.5, b.expand_as(a).clone())),
    "tanh_": lambda lib, a, b, n, dim: a.tanh_(),
    "clamp_min_": lambda lib, a, b, n, dim: a.clamp_min_(-0.25),
    "fill_diagonal_": lambda lib, a, b, n, dim: a.fill_diagonal_(0.5),
    "retain_read": lambda lib, a, b, n, dim: None if a.is_leaf or a.grad is None else a.grad.clone(),
    "clone_leaf": lambda lib, a, b, n, dim: a.clone(),
    "grad_alias": lambda lib, a, b, n, dim: a.grad.detach() if a.is_leaf and a.grad is not None else None,
}
for name, short in SHORT.items():
    short.__name__ = name
    expression(short)


@statement
def setitem_tensor(lib, pool, mode, a, b, which, n, dim, size):
    a[lib.tensor([0])] = b.reshape(-1)[0]
    seen(a)


@statement
def setitem_none(lib, pool, mode, a, b, which, n, dim, size):
    a[None, n[0] % 2] = b


@statement
def copy_view(lib, pool, mode, a, b, which, n, dim, size):
    a[n[0] % 2 :].copy_(b)


@statement
def swap_halves(lib, pool, mode, a, b, which, n, dim, size):
    a[:1] = a[-1:].clone()


@statement
def chain_write(lib, pool, mode, a, b, which, n, dim, size):
    a.unsqueeze(0).transpose(0, -1)[..., 0].mul_(0.5)


@statement
def mask_add(lib, pool, mode, a, b, which, n, dim, size):
    a[a > 0] += 0.25


@statement
def double_backward(lib, pool, mode, a, b, which, n, dim, size):
    (g,) = lib.autograd.grad((a.tanh() ** 2).sum(), [b], create_graph=True, allow_unused=True)
    if g is not None:
        (g.sigmoid() * 0.5).sum().backward()


@statement
def grad_of_two(lib, pool, mode, a, b, which, n, dim, size):
    got = lib.autograd.grad(a.sigmoid().sum() + b.tanh().sum(), [a, b], retain_graph=True)
    return got[0] + got[1].sum()


@statement
def no_grad_write(lib, pool, mode, a, b, which, n, dim, size):
    with lib.no_grad():
        a.mul_(0.75)


@statement
def no_grad_copy(lib, pool, mode, a, b, which, n, dim, size):
    with lib.no_grad():
        a.copy_(b)


@statement
def hook_zero(lib, pool, mode, a, b, which, n, dim, size):
    a.register_hook(lambda g: g * 0 + 0.5)


@statement
def hook_remove(lib, pool, mode, a, b, which, n, dim, size):
    a.register_hook(lambda g: g * 3).remove()


@statement
def leaf_hook(lib, pool, mode, a, b, which, n, dim, size):
    if a.is_leaf and a.requires_grad:
        a.register_post_accumulate_grad_hook(halve)


def halve(p):
    p.grad = p.grad * 0.5


@statement
def detach_inplace(lib, pool, mode, a, b, which, n, dim, size):
    return a.clone().detach_()


@statement
def backward_inputs(lib, pool, mode, a, b, which, n, dim, size):
    if b.is_leaf:
        a.tanh().sum().backward(inputs=[b], retain_graph=True)


def twice(lib):
    class Twice(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.tanh() * 2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * (1 - x.tanh() ** 2)

    return Twice


@statement
def function_twice(lib, pool, mode, a, b, which, n, dim, size):
    return twice(lib).apply(a)


@statement
def stop(lib, pool, mode, a, b, which, n, dim, size):
    return str(a.tolist() is not None)


def run(torch, lib, seed, steps):
    """As `programs.run`, with instructions of both families."""
    return programs.run(
        torch, lib, seed, steps, draw, {*programs.INPLACE, *MORE_INPLACE, "no_grad_write", "no_grad_copy"}
    )
