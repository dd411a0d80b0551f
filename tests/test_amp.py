"""autocast and GradScaler against PyTorch's own, on the CPU; PyTorch's lists for CUDA without one."""

import pickle

import numpy as np
import pytest
from conftest import execution

import eagerjax as ej
from eagerjax.amp import lists
from eagerjax.amp.mode import switch
from eagerjax.nn import functional as F
from eagerjax.ops.define import REGISTRY

torch = pytest.importorskip("torch")

X = np.random.default_rng(0).normal(size=(6, 3, 8)).astype("f")


@pytest.fixture(params=["stepwise", "fused", "jit"])
def way(request):
    with execution("stepwise" if request.param == "stepwise" else "fused"):
        yield (lambda f: ej.compile(f, jit=True, fullgraph=True)) if request.param == "jit" else lambda f: f


def replayed(run):
    if hasattr(run, "variants"):
        assert any(r.calls for v in run.variants.values() for r in v.replays)


def name(dtype):
    return str(dtype).rpartition(".")[2]


# -- dtypes -------------------------------------------------------------------------------------------------------------
def cases():
    kinds = pytest.importorskip("torch.testing._internal.autocast_test_lists").AutocastCPUTestLists("cpu")
    found = {}
    for which in (
        "torch_expect_builtin_promote",
        "torch_16",
        "torch_fp32",
        "nn_16",
        "nn_fp32",
        "torch_need_autocast_promote",
    ):
        for entry in getattr(kinds, which):
            options = entry[2] if len(entry) > 2 and isinstance(entry[2], dict) else {}
            found.setdefault(entry[0], (entry[1], options))
    return found


def ours(value):
    if isinstance(value, torch.Tensor):
        array = value.float().numpy() if value.is_floating_point() else value.numpy()
        return ej.tensor(array).to(getattr(ej, name(value.dtype)))
    return type(value)(map(ours, value)) if isinstance(value, (tuple, list)) else value


def place(lib, op):
    homes = (lib, lib.nn.functional, *((torch._C._nn,) if lib is torch else ()))
    return next((getattr(h, op) for h in homes if hasattr(h, op)), None)


@pytest.mark.torch
def test_the_dtypes_of_pytorchs_own_lists():
    seen = 0
    for op, (args, options) in cases().items():
        function = place(ej, op)
        if function is None or op == "margin_ranking_loss":  # PyTorch's own arguments for it do not fit its function
            continue
        with torch.autocast("cpu", dtype=torch.bfloat16):
            expected = place(torch, op)(*args, **options).dtype
        with ej.autocast("cpu", dtype=ej.bfloat16):
            assert name(function(*ours(args), **options).dtype) == name(expected), op
        seen += 1
    assert seen > 40


def model(lib):
    nn = lib.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv1d(3, 4, 3, padding=1), nn.BatchNorm1d(4)
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.after, self.out = nn.LayerNorm(8), nn.Linear(8, 5)

        def forward(self, x, note):
            x = self.conv(x)
            note(x)
            x = self.norm(x).relu()
            note(x)
            x = x + self.attention(x, x, x, need_weights=False)[0]
            note(x)
            x = self.after(x)
            note(x)
            x = self.out(x)
            note(x)
            x = x.mean(1).softmax(-1)
            note(x)
            return x

    return Net()


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["bfloat16", pytest.param("float16", marks=pytest.mark.slow)])
def test_a_model(dtype, way):
    torch.manual_seed(0)
    theirs, mine = model(torch), model(ej)
    mine.load_state_dict({k: ej.tensor(v.numpy()) for k, v in theirs.state_dict().items()})

    def step(lib, net, x):
        seen = []
        with lib.autocast("cpu", dtype=getattr(lib, dtype)):
            out = net(x, lambda v: seen.append(name(v.dtype)))
            loss = lib.nn.functional.mse_loss(out, lib.zeros_like(out))
        loss.backward()
        return loss, seen

    def one(x):
        mine.zero_grad()
        return step(ej, mine, x)

    run = way(one)
    for _ in range(4):
        loss, seen = run(ej.tensor(X))
        theirs.zero_grad()
        expected, dtypes = step(torch, theirs, torch.tensor(X))
        assert list(seen) == dtypes
        assert name(loss.dtype) == "float32"
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=2e-2)
        for (key, a), b in zip(mine.named_parameters(), theirs.parameters(), strict=True):
            assert a.grad.dtype is ej.float32
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=0.1, atol=4e-4, err_msg=key)
    replayed(run)


def test_regions_nest_and_end(way):
    x, w = ej.tensor(X[0]), ej.tensor(X[1].T.copy())

    def program(x, w):
        found = [x @ w]
        with ej.autocast("cpu"):
            found.append(x @ w)
            with ej.autocast("cpu", enabled=False):
                found.append(x @ w)
            with ej.autocast("cpu", dtype=ej.float16):
                found.append(x @ w)
            found.append(x @ w)
        return (*found, x @ w)

    run = way(program)
    kinds = [ej.float32, ej.bfloat16, ej.float32, ej.float16, ej.bfloat16, ej.float32]
    for _ in range(4):
        assert [t.dtype for t in run(x, w)] == kinds
        with ej.autocast("cpu"):
            assert [t.dtype for t in run(x, w)] == [ej.bfloat16, *kinds[1:5], ej.bfloat16]
    assert not ej.is_autocast_enabled("cpu") and ej.get_autocast_dtype("cpu") is ej.bfloat16
    replayed(run)


def test_a_value_looked_at_inside_does_not_end_the_region(mode):
    x = ej.tensor(X[0])
    with ej.autocast("cpu"):
        assert (x @ x.T).sum().item() != 0
        assert (x @ x.T).dtype is ej.bfloat16
    assert (x @ x.T).dtype is ej.float32


def test_as_a_decorator_and_the_state(mode):
    @ej.autocast("cpu", dtype=ej.float16)
    def f(x):
        return (
            (x @ x.T).dtype,
            ej.is_autocast_enabled("cpu"),
            ej.get_autocast_dtype("cpu"),
            ej.is_autocast_cpu_enabled(),
        )

    assert f(ej.tensor(X[0])) == (ej.float16, True, ej.float16, True)
    with pytest.raises(ValueError), ej.autocast("cpu"):
        raise ValueError
    assert not ej.is_autocast_enabled("cpu")
    with pytest.warns(UserWarning, match="target dtype is not supported. Disabling"):
        assert not ej.autocast("cpu", dtype=ej.float32)._enabled
    with pytest.warns(UserWarning, match="CUDA is not available"):
        assert not ej.autocast("cuda")._enabled
    with pytest.warns(FutureWarning, match="deprecated"), pytest.warns(UserWarning, match="CUDA is not available"):
        ej.cuda.amp.autocast()
    with pytest.raises(RuntimeError, match="unsupported autocast device_type"):
        ej.autocast("moon")
    with ej.autocast("cpu"):
        wide = ej.tensor(X[0], dtype=ej.float64)
        assert (wide @ wide.T).dtype is ej.float64 and ej.tensor([1, 2]).dot(ej.tensor([3, 4])).dtype is ej.int64


def test_in_branches_loops_and_checkpoints(mode):
    x = ej.tensor(X[0], requires_grad=True)
    with ej.autocast("cpu"):
        assert ej.cond(x.sum() < 1e9, lambda: x @ x.T, lambda: x.T.T @ x.T).dtype is ej.bfloat16
        _, ys = ej.scan(lambda c, v: (c, v @ x.T), (), x)
        assert ys.dtype is ej.bfloat16
        y = ej.utils.checkpoint.checkpoint(lambda v: v @ v.T, x, use_reentrant=False)
        assert y.dtype is ej.bfloat16
        y.float().sum().backward()
    assert x.grad.dtype is ej.float32
    np.testing.assert_allclose(x.grad.numpy(), np.broadcast_to(2 * X[0].sum(0), X[0].shape), rtol=0.05, atol=0.05)
    out = ej.cond(x.sum() < 1e9, lambda: inside(x), lambda: x @ x.T)
    assert out.dtype is ej.float32


def inside(x):
    with ej.autocast("cpu"):
        return (x @ x.T).float()


def test_custom_functions():
    seen = []

    class Product(ej.autograd.Function):
        @staticmethod
        @ej.amp.custom_fwd(device_type="cpu", cast_inputs=ej.float32)
        def forward(ctx, a):
            seen.append(((a @ a.T).dtype, ej.is_autocast_enabled("cpu")))
            return a * 2

        @staticmethod
        @ej.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            seen.append(ej.is_autocast_enabled("cpu"))
            return g * 2

    x = ej.tensor(X[0]).bfloat16().requires_grad_()
    with ej.autocast("cpu"):
        y = Product.apply(x)
    y.sum().backward()
    assert seen == [(ej.float32, False), False] and y.dtype is ej.float32


@pytest.mark.parametrize(
    "call,expected",
    [
        (lambda h, f: h @ f[:8, :8], "float16"),
        (lambda h, f: F.linear(f, f), "float16"),
        (lambda h, f: ej.einsum("ij,kj->ik", f, f), "float16"),
        (lambda h, f: h.exp(), "float32"),
        (lambda h, f: h**2, "float32"),
        (lambda h, f: h.softmax(-1), "float32"),
        (lambda h, f: h.sum(), "float32"),
        (lambda h, f: h.sum(dtype=ej.float16), "float16"),
        (lambda h, f: F.layer_norm(h, (8,)), "float32"),
        (lambda h, f: ej.addcmul(h, f, f), "float32"),
        (lambda h, f: ej.addcmul(h, h, h), "float16"),
        (lambda h, f: h.relu(), "float16"),
        (lambda h, f: h + f, "float32"),
    ],
)
def test_cudas_lists(monkeypatch, call, expected):
    for op in REGISTRY.values():
        if op.autocast is not None:
            monkeypatch.setattr(op, "autocast", {"cpu": op.autocast.get("cuda")})
    half, full = ej.ones(8, 8, dtype=ej.float16), ej.ones(8, 8)
    switch({"cpu": ej.float16})
    try:
        assert name(call(half, full).dtype) == expected
        with pytest.raises(RuntimeError, match="unsafe to autocast"):
            F.binary_cross_entropy(full, full)
    finally:
        switch({})


def test_lists_name_ops():
    unknown = {n for lot in (lists.CPU, lists.CUDA) for names in lot.values() for n in names.split()} - set(REGISTRY)
    assert not unknown


# -- GradScaler ------------------------------------------------------------------------------------------------------------
def optimizers(lib):
    return {
        "sgd": lambda p: lib.optim.SGD(p, lr=0.1, momentum=0.9),
        "adam": lambda p: lib.optim.Adam(p, lr=0.01),
        "adamw": lambda p: lib.optim.AdamW(p, lr=0.01, amsgrad=True),
        "own": lambda p: Own(lib).make(p),
    }


class Own:
    """An optimizer of a user's, for either library."""

    def __init__(self, lib):
        self.lib = lib

    def make(self, parameters):
        lib = self.lib

        class Signs(lib.optim.Optimizer):
            def __init__(self, params):
                super().__init__(params, {"lr": 0.1})

            @lib.no_grad()
            def step(self, closure=None):
                for p in self.param_groups[0]["params"]:
                    p -= 0.1 * p.grad.sign()

        return Signs(parameters)


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw", "own"])
def test_steps_scales_and_skips(way, kind):
    def make(lib):
        w = lib.nn.Parameter(lib.tensor([1.0, -2.0, 3.0]))
        optimizer = optimizers(lib)[kind]([w])
        scaler = lib.amp.GradScaler("cpu", init_scale=8.0, growth_interval=3)

        def step(x, limit):
            optimizer.zero_grad()
            loss = (w * x).square().sum()
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            lib.nn.utils.clip_grad_norm_([w], limit)
            scaler.step(optimizer)
            scaler.update()
            return loss

        return w, optimizer, scaler, step

    w, optimizer, scaler, step = make(torch)
    mine, own, ours_, step_ = make(ej)
    if kind == "own" and hasattr(way(step_), "variants"):
        pytest.skip("an optimizer that waits for the value is not one program")
    run = way(step_)
    for i in range(14):
        x = np.array([1.0, 2.0, np.inf if i in (0, 5, 6) else 0.5], np.float32)
        step(torch.tensor(x), 10.0)
        run(ej.tensor(x), 10.0)
        np.testing.assert_allclose(mine.detach().numpy(), w.detach().numpy(), rtol=1e-5, err_msg=f"step {i}")
        assert ours_.get_scale() == scaler.get_scale() and ours_.state_dict() == scaler.state_dict()
        if i == 10:
            for s in (scaler, ours_):
                s.set_growth_factor(4.0)
                s.set_growth_interval(2)
    if kind != "own":
        for key, value in optimizer.state[w].items():
            np.testing.assert_allclose(own.state[mine][key].numpy(), value.numpy(), rtol=1e-5, err_msg=key)
        replayed(run)


def test_scaler_state_and_refusals():
    scaler = ej.amp.GradScaler("cpu", init_scale=4.0)
    w = ej.nn.Parameter(ej.ones(2))
    optimizer = ej.optim.SGD([w], lr=0.1)
    with pytest.raises(AssertionError, match="did not use scaler.scale"):
        scaler.step(optimizer)
    assert [t.item() for t in scaler.scale([w.sum(), w.sum() * 2])] == [8, 16]
    scaler.scale(w.sum()).backward()
    scaler.unscale_(optimizer)
    assert w.grad.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="already been called"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"step\(\) has already"):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="Closure"):
        scaler.step(optimizer, closure=lambda: 0)
    scaler.update(2.0)
    assert scaler.get_scale() == 2
    other = pickle.loads(pickle.dumps(scaler))
    assert other.state_dict() == scaler.state_dict()
    with pytest.raises(RuntimeError, match="empty"):
        other.load_state_dict({})
    other.load_state_dict({**scaler.state_dict(), "scale": 32.0})
    assert other.get_scale() == 32
    with pytest.raises(AssertionError, match="growth factor"):
        ej.amp.GradScaler("cpu", growth_factor=1.0)
    with pytest.warns(UserWarning, match="CUDA is not available"):
        off = ej.amp.GradScaler()
    loss = w.sum()
    assert off.scale(loss) is loss and off.state_dict() == {} and off.get_scale() == 1 and not off.is_enabled()
    off.unscale_(optimizer)
    off.step(optimizer)
    off.update()
