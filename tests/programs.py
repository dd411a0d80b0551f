"""Random programs: the same instructions run on PyTorch and on eagerjax, line by line, and must agree in everything.

An instruction is drawn by looking at PyTorch's tensors only, so that the other side cannot steer it.
"""

import contextlib
import random

import numpy as np

SHAPES = [(), (3,), (2, 3), (3, 2), (2, 2, 3), (1, 3), (4,), (0, 3)]
UNARY = [
    "neg",
    "abs",
    "exp",
    "sigmoid",
    "tanh",
    "relu",
    "sin",
    "square",
    "sum",
    "mean",
    "clone",
    "detach",
    "amax",
    "contiguous",
    "cumsum0",
    "softmax0",
    "sqrtabs",
    "half_up",
    "sort0",
]
BINARY = ["add", "sub", "mul", "maximum", "div1", "matmul", "where", "eqmask", "cat0", "stack0", "atan2"]
VIEWS = [
    "view_flat",
    "reshape_flat",
    "t",
    "transpose",
    "select",
    "slice",
    "slice_step",
    "unsqueeze",
    "squeeze",
    "expand",
    "flatten",
    "diagonal",
    "chunk",
    "narrow",
    "permute",
    "unbind",
    "view_as",
    "unfold",
    "ellipsis",
]
INPLACE = [
    "add_",
    "mul_",
    "zero_",
    "fill_",
    "copy_",
    "sub_",
    "exp_",
    "relu_",
    "neg_",
    "clamp_",
    "setitem_slice",
    "setitem_mask",
    "setitem_int",
    "setitem_list",
    "iadd",
    "imul",
    "masked_fill_",
    "index_add_",
    "setitem_step",
    "sigmoid_",
]
PARTIAL = ("index_add_", "setitem_list", "index_put_", "index_put_acc", "setitem_tensor", "masked_scatter_")
PARTIAL += ("backward", "backward_retain", "backward_inputs", "double_backward")
"""A failed one may have written a part, or gradients to some leaves."""
OTHER = [
    "backward",
    "backward_retain",
    "item",
    "tolist",
    "zero_grad",
    "leaf",
    "data_write",
    "detach_write",
    "grad_mul",
    "requires_grad",
    "autograd_grad",
    "hook",
    "double",
    "no_grad_on",
    "no_grad_off",
    "gather",
    "index",
    "mask_read",
    "data_assign",
    "retain_grad",
    "print",
    "del",
]


def draw(rng, pool):
    """One instruction as (name, operand numbers, integers)."""
    kind = rng.choices([UNARY, BINARY, VIEWS, INPLACE, OTHER], [5, 6, 6, 5, 5])[0]
    return rng.choice(kind), [rng.randrange(len(pool)) for _ in range(3)], [rng.randrange(1000) for _ in range(4)]


def step(lib, pool, mode, name, which, n):
    """Run one instruction on `lib`. Returns the tensors that join the pool (or what was observed)."""
    a, b, c = (pool[i] for i in which)
    dim = n[0] % a.dim() if a.dim() else 0
    size = a.shape[dim] if a.dim() else 1
    table = {
        "neg": lambda: -a,
        "abs": lambda: a.abs(),
        "exp": lambda: (a * 0.1).exp(),
        "sigmoid": lambda: a.sigmoid(),
        "tanh": lambda: a.tanh(),
        "relu": lambda: a.relu(),
        "sin": lambda: lib.sin(a),
        "square": lambda: a.tanh() ** 2,
        "sum": lambda: a.sum(dim) if n[1] % 2 else a.sum(),
        "mean": lambda: a.mean(dim, keepdim=True) if n[1] % 2 else a.mean(),
        "clone": lambda: a.clone(),
        "detach": lambda: a.detach(),
        "amax": lambda: a.amax(dim),
        "contiguous": lambda: a.contiguous(),
        "cumsum0": lambda: a.cumsum(dim),
        "softmax0": lambda: a.softmax(dim),
        "sqrtabs": lambda: (a.abs() + 1).sqrt(),
        "half_up": lambda: a * 0.5 + (n[1] % 5),
        "sort0": lambda: a.sort(dim)[0],
        "add": lambda: a + b,
        "sub": lambda: a - b,
        "mul": lambda: a.tanh() * b,
        "maximum": lambda: lib.maximum(a, b),
        "div1": lambda: a / (b.abs() + 1),
        "matmul": lambda: a @ b,
        "where": lambda: lib.where(a > b, a, b),
        "eqmask": lambda: a * (b > 0),
        "cat0": lambda: lib.cat([a, b], 0),
        "stack0": lambda: lib.stack([a, b, a], 0),
        "atan2": lambda: lib.atan2(a, b + 2),
        "view_flat": lambda: a.view(-1),
        "reshape_flat": lambda: a.reshape(-1),
        "t": lambda: a.t(),
        "transpose": lambda: a.transpose(0, -1),
        "select": lambda: a.select(dim, n[1] % 4 - 2),
        "slice": lambda: a[n[1] % 3 :],
        "slice_step": lambda: a[..., n[1] % 2 :: 2],
        "unsqueeze": lambda: a.unsqueeze(n[1] % 3 - 1),
        "squeeze": lambda: a.squeeze(),
        "expand": lambda: a.expand(2, *a.shape),
        "flatten": lambda: a.flatten(),
        "diagonal": lambda: a.diagonal(n[1] % 3 - 1),
        "chunk": lambda: a.chunk(2, dim)[-1],
        "narrow": lambda: a.narrow(dim, n[1] % 2, n[2] % 3),
        "permute": lambda: a.permute(*reversed(range(a.dim()))),
        "unbind": lambda: a.unbind(dim)[0],
        "view_as": lambda: a.view_as(b),
        "unfold": lambda: a.unfold(dim, 2, 1),
        "ellipsis": lambda: a[..., None],
        "add_": lambda: a.add_(b, alpha=2),
        "mul_": lambda: a.mul_(0.5),
        "zero_": lambda: a.zero_(),
        "fill_": lambda: a.fill_(n[1] % 3),
        "copy_": lambda: a.copy_(b),
        "sub_": lambda: a.sub_(b),
        "exp_": lambda: a.mul_(0.1).exp_(),
        "relu_": lambda: a.relu_(),
        "neg_": lambda: a.neg_(),
        "clamp_": lambda: a.clamp_(-0.5, 1.0),
        "sigmoid_": lambda: a.sigmoid_(),
        "masked_fill_": lambda: a.masked_fill_(a > 0.5, 0.25),
        "index_add_": lambda: seen(a.index_add_(0, lib.tensor([0, 0]), b.clone())),
        "gather": lambda: seen(a.gather(dim, lib.zeros(a.shape, dtype=lib.int64) + n[1] % 2)),
        "index": lambda: seen(a[lib.tensor([n[1] % 4 - 2, n[2] % 3])]),
        "mask_read": lambda: a[a > 0],
        "item": lambda: a.item(),
        "tolist": lambda: a.tolist(),
        "leaf": lambda: a.detach().clone().requires_grad_(),
        "print": lambda: str(a.requires_grad) + str(a.is_leaf) + str(tuple(a.shape)),
        "double": lambda: a.double().float(),
        "requires_grad": lambda: a.requires_grad_(),
    }
    if name in table:
        return table[name]()
    return STATEMENTS[name](lib, pool, mode, a, b, which, n, dim, size)


def seen(tensor):
    """The tensor, after looking at it: what values get wrong (an index out of range) is raised by now."""
    tensor.tolist()
    return tensor


def statement(function):
    STATEMENTS[function.__name__] = function
    return function


STATEMENTS = {}


@statement
def setitem_slice(lib, pool, mode, a, b, which, n, dim, size):
    a[n[1] % 2 : 1 + n[2] % 3] = b


@statement
def setitem_step(lib, pool, mode, a, b, which, n, dim, size):
    a[..., ::2] = 0.75


@statement
def setitem_mask(lib, pool, mode, a, b, which, n, dim, size):
    a[a > 0.25] = n[1] % 3


@statement
def setitem_int(lib, pool, mode, a, b, which, n, dim, size):
    a[n[1] % 3] = 0.5


@statement
def setitem_list(lib, pool, mode, a, b, which, n, dim, size):
    a[[0, n[1] % 2]] = 2.0
    seen(a)


@statement
def iadd(lib, pool, mode, a, b, which, n, dim, size):
    a += b


@statement
def imul(lib, pool, mode, a, b, which, n, dim, size):
    a *= 0.9


@statement
def backward(lib, pool, mode, a, b, which, n, dim, size):
    a.tanh().sum().backward()


@statement
def backward_retain(lib, pool, mode, a, b, which, n, dim, size):
    a.sum().backward(retain_graph=True)


@statement
def zero_grad(lib, pool, mode, a, b, which, n, dim, size):
    a.grad = None


@statement
def data_write(lib, pool, mode, a, b, which, n, dim, size):
    a.data.mul_(0.5)


@statement
def data_assign(lib, pool, mode, a, b, which, n, dim, size):
    if a.is_leaf and not a.requires_grad:
        a.data = b.data.clone()


@statement
def detach_write(lib, pool, mode, a, b, which, n, dim, size):
    a.detach().add_(0.25)


@statement
def grad_mul(lib, pool, mode, a, b, which, n, dim, size):
    if a.is_leaf and a.grad is not None:
        a.grad.mul_(0.5)


@statement
def autograd_grad(lib, pool, mode, a, b, which, n, dim, size):
    got = lib.autograd.grad(a.tanh().sum(), [b], retain_graph=True, allow_unused=True)[0]
    return None if got is None else got.clone()


@statement
def hook(lib, pool, mode, a, b, which, n, dim, size):
    a.register_hook(lambda g: g * 2)


@statement
def retain_grad(lib, pool, mode, a, b, which, n, dim, size):
    a.retain_grad()


@statement
def no_grad_on(lib, pool, mode, a, b, which, n, dim, size):
    mode["grad"] = False


@statement
def no_grad_off(lib, pool, mode, a, b, which, n, dim, size):
    mode["grad"] = True


@statement
def _del(lib, pool, mode, a, b, which, n, dim, size):
    if len(pool) > 4:
        del pool[which[0]]


STATEMENTS["del"] = _del


def start(lib, rng, shapes=SHAPES):
    """A few tensors to begin with, some of them leaves that require grad."""
    pool = []
    for i in range(4):
        shape = rng.choice(shapes)
        values = np.array([rng.randrange(-8, 9) / 4 for _ in range(int(np.prod(shape)))], np.float32).reshape(shape)
        tensor = lib.tensor(values)
        pool.append(tensor.requires_grad_() if i < 2 else tensor)
    return pool


def guarded(lib, pool, mode, instruction):
    """(result, exception) of one instruction under the program's grad mode."""
    try:
        with lib.set_grad_enabled(mode["grad"]):
            return step(lib, pool, mode, *instruction), None
    except Exception as error:
        return None, error


def builtin(error):
    """The builtin exception type that an error is."""
    return next((c for c in type(error).__mro__ if c.__module__ == "builtins"), None)


def run(torch, lib, seed, steps, draw=draw, writing=frozenset(INPLACE), shapes=SHAPES):
    """Run one random program on both. Raises AssertionError, with the program so far, where they differ."""
    rng = random.Random(seed)
    pools = [start(torch, random.Random(seed), shapes), start(lib, random.Random(seed), shapes)]
    modes = [{"grad": True}, {"grad": True}]
    log = []
    for _ in range(steps):
        instruction = draw(rng, pools[0])
        if instruction[0] == "requires_grad" and shares(pools[0], instruction[1][0]):
            continue  # a leaf that shares its storage with others: PyTorch itself has no consistent answer
        if instruction[0] in ("data_write", "data_assign") and kept(torch, pools[0], instruction[1][0]):
            continue  # PyTorch's backward would silently use the new content, which no forward has seen
        if instruction[0] == "as_strided" and not pools[0][instruction[1][0]].is_contiguous():
            continue  # results of ops are row-major here, PyTorch's follow their operands' strides
        if instruction[0] == "data_assign" and pools[0][instruction[1][0]]._is_view():
            continue  # PyTorch's view goes on following its former base in some respects
        if instruction[0] in {*writing, "detach_write", "data_write"} and overlaps(torch, pools[0][instruction[1][0]]):
            continue  # PyTorch writes some places twice, in no defined order
        if (
            instruction[0] in writing
            and any(i[0] == "data_alias" for i in log)
            and kept(torch, pools[0], instruction[1][0])
        ):
            continue  # the same, where it is not the tensor's own versions that count the write
        if instruction[0] in writing and reads_along(pools[0], instruction[1]):
            continue  # PyTorch may read what it has just written
        log.append(instruction)
        results = [guarded(one, pool, mode, instruction) for one, pool, mode in zip((torch, lib), pools, modes)]
        (want, want_error), (got, got_error) = results
        if "view size is not compatible" in str(want_error) and got_error is None:
            return len(
                log
            )  # known difference: results of ops are row-major here, PyTorch's follow their operands' strides
        if instruction[0] in ("reshape_flat", "flatten", "contiguous") and copied(want, pools, instruction[1][0], got):
            return len(log)  # the same difference: a view here, a copy there
        assert builtin(want_error) is builtin(got_error), report(seed, log, pools[0], f"{want_error!r} / {got_error!r}")
        assert torch.is_tensor(want) == isinstance(got, lib.Tensor), report(seed, log, pools[0], f"{want} / {got}")
        if want_error is not None and instruction[0] in PARTIAL:
            return len(log)  # a failed write may have written a part
        if not torch.is_tensor(want):
            assert same(want, got), report(seed, log, pools[0], f"{want} / {got}")
        elif not forbidden(want) and tame(torch, want):
            pools[0].append(want)
            pools[1].append(got)
        if any(forbidden(t) or not tame(torch, t) for t in pools[0]):
            return len(log)
    compare(torch, pools, seed, log)
    return len(log)


def shares(pool, i):
    """Does tensor number i share storage with another of the pool?"""
    storages = [t.untyped_storage().data_ptr() for t in pool]
    return storages.count(storages[i]) > 1 or pool[i]._is_view()


def reads_along(pool, which):
    """Does an operand share memory with the one that is written to, in a way that PyTorch does not look into?"""
    target, others = pool[which[0]], [pool[i] for i in which[1:] if i != which[0]]
    here = target.untyped_storage().data_ptr()
    shared = [t for t in others if t.untyped_storage().data_ptr() == here and t is not target]
    return any(not (t.is_contiguous() and target.is_contiguous()) for t in shared)


def kept(torch, pool, i):
    """Does the graph of any tensor of the pool keep the storage of tensor number i?"""
    storage, seen, todo = pool[i].untyped_storage().data_ptr(), set(), [t.grad_fn for t in pool]
    while todo:
        function = todo.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        todo += [f for f, _ in function.next_functions]
        for value in saved_values(torch, function):
            if value.untyped_storage().data_ptr() == storage:
                return True
    return False


def saved_values(torch, function):
    for name in dir(function):
        if name.startswith("_saved_"):
            try:
                value = getattr(function, name)
            except RuntimeError:  # freed, or overwritten: backward refuses
                continue
            yield from (v for v in (value if isinstance(value, (tuple, list)) else [value]) if torch.is_tensor(v))


def overlaps(torch, tensor):
    """Do several elements of a view lie at one place?"""
    places = torch.arange(tensor.untyped_storage().nbytes() // tensor.element_size() + 1)
    seen = places.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
    return seen.unique().numel() < tensor.numel()


def copied(want, pools, i, got):
    """Is tensor number i copied by PyTorch where it is not here?"""
    if want is None or got is None:
        return False
    here = got is pools[1][i] or (got._base is not None and got._base is pools[1][i]._base)
    return here and want.untyped_storage().data_ptr() != pools[0][i].untyped_storage().data_ptr()


def forbidden(tensor):
    """A view that PyTorch itself refuses to look at, since its base was written to in another grad mode."""
    try:
        tensor.grad_fn  # noqa: B018
    except RuntimeError:
        return True
    return False


def same(want, got):
    """Are two observations (None, text, numbers) equal?"""
    if want is None or isinstance(want, str):
        return want == got
    return np.allclose(np.array(want), np.array(got), rtol=1e-3, atol=1e-4, equal_nan=True)


def tame(torch, tensor):
    """Small and finite, so that the program can go on without drowning differences."""
    return tensor.numel() < 200 and float(tensor.detach().abs().sum()) < 1e4  # False of NaN and of infinity


def compare(torch, pools, seed, log):
    for i, (want, got) in enumerate(zip(*pools, strict=True)):
        got.tolist()  # the first look, by whatever way it takes
        with explained(lambda: report(seed, log, pools[0], f"tensor {i}: {want} / {got.tolist()}")):  # noqa: B023  (used at once)
            assert tuple(want.shape) == tuple(got.shape)
            assert str(want.dtype) == str(got.dtype)
            assert want.requires_grad == got.requires_grad
            assert want.is_leaf == got.is_leaf
            np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-3, atol=1e-4)
            if want.is_leaf:
                compare_grad(want.grad, got.grad)


def compare_grad(want, got):
    assert (want is None) == (got is None), f"grad: {want} / {got}"
    if want is not None:
        np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=2e-3, atol=5e-4, err_msg="grad")


@contextlib.contextmanager
def explained(text):
    """An assertion that fails inside says also what `text()` returns: to put that together takes longer than to compare."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{text()}\n{error}") from error


def report(seed, log, pool, text):
    lines = [f"seed {seed}: {text}"] + [f"  {name} {which} {n}" for name, which, n in log]
    return "\n".join(lines)
