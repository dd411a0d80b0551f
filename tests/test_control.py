"""`cond`, `scan`, `while_loop`: values and gradients of plain PyTorch loops and branches, in every way of running."""

import pathlib
import re

import numpy as np
import pytest

import eagerjax as ej
from eagerjax.record.trace import state
from eagerjax.static.function import CompiledFunction

torch = pytest.importorskip("torch")


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.fixture(params=["stepwise", "fused", "jit"])
def way(request):
    """How a function is run: by the two ways of the `mode` fixture, or recorded and replayed."""
    from conftest import execution  # noqa: PLC0415

    if request.param == "jit":
        yield lambda f: ej.compile(f, jit=True, fullgraph=True)
        return
    with execution(request.param):
        yield lambda f: f


def compare(way, program, arrays, rounds=5):
    """The same program (of a library and its tensors) gives the same values and gradients in both libraries."""
    run = way(lambda *tensors: step(ej, program, tensors))
    for i in range(rounds):
        given = [a * (1 + 0.1 * i) if a.dtype == np.float32 else a for a in arrays]
        ours = run(*[ej.tensor(a, requires_grad=a.dtype == np.float32) for a in given])
        theirs = step(torch, program, [torch.tensor(a, requires_grad=a.dtype == np.float32) for a in given])
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                assert str(a.dtype).rpartition(".")[2] == str(b.dtype).rpartition(".")[2]
                np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=5e-5, atol=2e-5)
    if isinstance(run, CompiledFunction):
        (variant,) = run.variants.values()
        assert variant.eager is None and variant.replays and variant.replays[0].calls, run.report


def step(lib, program, tensors):
    out = program(lib, *tensors)
    outs = list(out) if isinstance(out, tuple) else [out]
    floating = [o for o in outs if o.requires_grad]
    wrt = [t for t in tensors if t.requires_grad]
    grads = lib.autograd.grad(sum((o * o).sum() for o in floating), wrt, allow_unused=True) if floating else ()
    return [*outs, *grads]


def cond(lib, pred, yes, no, operands=()):
    if lib is ej:
        return ej.cond(pred, yes, no, operands)
    return (yes if bool(pred) else no)(*operands)


def scan(lib, f, carry, xs, reverse=False):
    if lib is ej:
        return ej.scan(f, carry, xs, reverse=reverse)
    ys = []
    for x in reversed(xs) if reverse else xs:
        carry, y = f(carry, x)
        ys.append(y)
    return carry, torch.stack(ys[::-1] if reverse else ys)


def while_loop(lib, test, body, carried, **options):
    if lib is ej:
        return ej.while_loop(test, body, carried, **options)
    while bool(test(*carried)):
        carried = body(*carried)
    return carried


# -- cond ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sign", [1, -1])
def test_cond_values_and_gradients(way, sign):
    def program(lib, x, w):
        y = x * sign
        pred = y.sum() > 0
        return cond(lib, pred, lambda v: (v @ w).sin(), lambda v: (v * w[0]).cos()[:, :3] * 2, (y,))

    compare(way, program, [np.abs(data(3, 3)), data(3, 3, seed=1)])


def test_cond_gives_any_nesting_and_reads_what_is_pending(way):
    def program(lib, x, w):
        hidden = (x * w).tanh()

        def yes(a):
            return {"a": a * hidden, "b": (hidden.sum(), w)}

        def no(a):
            return {"a": a - hidden, "b": (a.sum(), a * w)}

        found = cond(lib, x.sum() > 0.5, yes, no, (x + 1,))
        return found["a"], found["b"][0], found["b"][1]

    compare(way, program, [data(5, seed=3), data(5, seed=4)])


def test_cond_in_cond_and_detached(way):
    def program(lib, x, w):
        inner = lambda v: cond(lib, v.sum() > 1, lambda u: u * w.detach(), lambda u: (u * w).exp(), (v,))  # noqa: E731
        return cond(lib, w.sum() > -100, inner, lambda v: v * 0, (x,))

    compare(way, program, [data(4, seed=5), data(4, seed=6)])


def test_only_the_chosen_branch_is_computed():
    calls = []
    x = ej.tensor([0.0, 1.0], requires_grad=True)
    index = ej.tensor([5])

    def bad(v):
        calls.append("bad")
        return v[index].sum()  # out of range: an error only if this branch is taken

    def good(v):
        calls.append("good")
        return v.sum()

    assert ej.cond(x.sum() > 5, bad, good, (x,)).item() == 1
    assert calls == ["bad", "good"]
    with pytest.raises(IndexError, match="out of"):
        ej.cond(x.sum() < 5, bad, good, (x,)).item()


def test_cond_refuses():
    x, flag = ej.tensor([1.0, 2.0]), ej.tensor(True)
    before = (x * 3).sum()  # pending: what follows must not lose it
    with pytest.raises(RuntimeError, match=r"test_control\.py:\d+ looks at a tensor's value"):
        ej.cond(flag, lambda v: v * v.sum().item(), lambda v: v, (x,))
    with pytest.raises(RuntimeError, match=r"test_control\.py:\d+ writes in place"):
        ej.cond(flag, lambda v: v.add_(1), lambda v: v, (x,))
    kept = []
    with pytest.raises(RuntimeError, match=r"test_control\.py:\d+ computes a tensor that .* keeps"):
        ej.cond(flag, lambda v: kept.append(v * 2) or v, lambda v: v, (x,))
    with pytest.raises(RuntimeError, match="the value of this tensor was lost"):
        kept[0].item()
    with pytest.raises(
        RuntimeError, match=r"result 0 of true_fn is float32 \[2\] on cpu, and of false_fn float32 \[\] on cpu"
    ):
        ej.cond(flag, lambda v: v, lambda v: v.sum(), (x,))
    with pytest.raises(RuntimeError, match="same structure"):
        ej.cond(flag, lambda v: v, lambda v: (v, v), (x,))
    with pytest.raises(TypeError, match="true_fn must return tensors"):
        ej.cond(flag, lambda v: 1.0, lambda v: v, (x,))
    with pytest.raises(RuntimeError, match="Expected pred to be bool or tensor"):
        ej.cond(1, lambda v: v, lambda v: v, (x,))
    with pytest.raises(RuntimeError, match="one boolean element"):
        ej.cond(x, lambda v: v, lambda v: v, (x,))
    assert before.item() == 9 and x.tolist() == [1, 2]


def test_own_tensors_may_be_written_to(way):
    def program(lib, x):
        def yes(v):
            out = lib.zeros(3)
            out[1] = v.sum()
            other = lib.tensor([1.0, 2.0, 3.0])
            other.mul_(2)
            return out + other

        return cond(lib, x.sum() > -100, yes, lambda v: v, (x,))

    compare(way, program, [data(3)])


def test_views_and_stale_aliases_are_read_through(way):
    def program(lib, x):
        base = x * 1
        view, row = base.view(2, 2), base[1:3]
        base.mul_(2)
        out = cond(lib, x.sum() > -100, lambda: view.t() @ view + row, lambda: view * 1)
        return out, view + 0, row + 0

    compare(way, program, [data(4)])


def test_a_layer_in_a_branch():
    ej.manual_seed(0)
    layer = ej.nn.Linear(3, 3)
    x = ej.tensor(data(2, 3))
    for flag in (True, False, True):
        layer.zero_grad()
        ej.cond(ej.tensor(flag), lambda v: layer(v), lambda v: v * 1, (x,)).sum().backward()
        expected = x.sum(0).expand(3, 3) if flag else ej.zeros(3, 3)
        np.testing.assert_allclose(layer.weight.grad.numpy(), expected.numpy(), rtol=1e-6)


# -- scan -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reverse", [False, True])
def test_scan_is_a_loop(way, reverse):
    def program(lib, xs, h, w):
        def f(carry, x):
            new = (carry @ w + x).tanh()
            return new, new.sum() * x

        return scan(lib, f, h, xs, reverse)

    compare(way, program, [data(6, 3), data(3, seed=1), data(3, 3, seed=2)])


def test_scan_without_carry_or_without_xs():
    (), ys = ej.scan(lambda c, x: (c, x * 2), (), ej.arange(4))
    assert ys.tolist() == [0, 2, 4, 6]
    total, nothing = ej.scan(lambda c, _: (c + 2, None), ej.tensor(1), length=5)
    assert total.item() == 11 and nothing is None
    (a, b), ys = ej.scan(lambda c, x: ((c[1], c[0] + c[1]), {"y": c[0]}), (ej.tensor(0), ej.tensor(1)), length=8)
    assert ys["y"].tolist() == [0, 1, 1, 2, 3, 5, 8, 13] and a.item() == 21


def test_scan_in_scan_and_cond_in_scan(way):
    def program(lib, xs, w):
        def inner(c, x):
            return cond(lib, x.sum() > 0, lambda: (c * x, c + w), lambda: (c + x, c * w))

        def outer(c, rows):
            c, ys = scan(lib, inner, c, rows)
            return c.sin(), ys.sum(0)

        return scan(lib, outer, xs[0, 0] * 0 + 1, xs)

    compare(way, program, [data(2, 3, 4), data(4, seed=2)], rounds=4)


def test_second_gradients_through_a_scan(mode):
    def f(lib, x, w):
        carry, _ = scan(lib, lambda c, v: ((c * w).sin() + v, c), x[0] * 0, x)
        (g,) = lib.autograd.grad((carry**2).sum(), w, create_graph=True)
        return lib.autograd.grad((g**3).sum(), [x, w])

    arrays = data(4, 3), data(3, seed=1)
    ours = f(ej, *[ej.tensor(a, requires_grad=True) for a in arrays])
    theirs = f(torch, *[torch.tensor(a, requires_grad=True) for a in arrays])
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5)


def test_gradient_descent_inside_a_scan(way):
    def program(lib, w, x):
        def descend(v, _):
            v = v.detach().requires_grad_()
            (g,) = lib.autograd.grad(((v * x - 1) ** 2).sum(), v)
            return v.detach() - 0.1 * g, v.detach() * 1

        return scan(lib, descend, w * 1, lib.zeros(4))

    compare(way, program, [data(3), np.abs(data(3, seed=1))])


def test_draws_differ_from_round_to_round_and_repeat_from_a_seed():
    def draw(c, _):
        return c, ej.rand(4)

    found = []
    for mode in ("stepwise", "fused"):
        from conftest import execution  # noqa: PLC0415

        with execution(mode):
            ej.manual_seed(3)
            _, ys = ej.scan(draw, ej.tensor(0), length=50)
            found.append(ys.numpy())
    assert len({tuple(row) for row in found[0]}) == 50
    np.testing.assert_array_equal(*found)
    ej.manual_seed(3)
    run = ej.compile(lambda: ej.scan(draw, ej.tensor(0), length=50)[1], jit=True)
    several = [run().numpy() for _ in range(4)]
    np.testing.assert_array_equal(several[0], found[0])
    assert len({tuple(row) for ys in several for row in ys}) == 200
    nested = ej.scan(lambda c, _: (c, ej.scan(draw, c, length=3)[1]), ej.tensor(0), length=3)[1]
    assert len({tuple(row) for ys in nested.tolist() for row in ys}) == 9


def test_numbers_are_read_on_every_call(mode):
    x = ej.tensor([1.0, 2.0])
    for factor in (2.0, 3.0, 4.0, 5.0):
        carry, _ = ej.scan(lambda c, v: (c * factor + v, None), ej.tensor(1.0), x)  # noqa: B023
        assert carry.item() == (factor + 1) * factor + 2


def test_a_place_that_a_tensor_says(way):
    def program(lib, table, places):
        def f(c, i):
            row = lib.zeros(3)
            row[i] = 2.0
            return c + table[i] * row, table[i, 0] * table[0, i]

        return scan(lib, f, table[0] * 0, places)

    compare(way, program, [data(3, 3), np.array([2, 0, 1, 2])])


def test_scan_refuses():
    one = ej.tensor(1.0)
    with pytest.raises(TypeError, match=r"float32 \[\] on cpu before a round and float32 \[2\]"):
        ej.scan(lambda c, x: (c + x, None), one, ej.ones(3, 2))
    with pytest.raises(TypeError, match="pair"):
        ej.scan(lambda c, x: c, one, ej.ones(3))
    with pytest.raises(ValueError, match="lengths differ"):
        ej.scan(lambda c, x: (c, None), one, (ej.ones(3), ej.ones(2)))
    with pytest.raises(TypeError, match="members of init"):
        ej.scan(lambda c, x: (c, None), 1.0, ej.ones(3))
    with pytest.raises(RuntimeError, match="writes in place"):
        ej.scan(lambda c, x: (c.add_(x), None), one, ej.ones(3))
    with pytest.raises(IndexError, match="out of"):
        table = ej.tensor([1.0, 2.0])
        ej.scan(lambda c, i: (c + table[i], None), one, ej.tensor([0, 1, 7]))[0].item()


# -- while_loop ------------------------------------------------------------------------------------------------------
def test_while_loop(way):
    def program(lib, x):
        carried = (lib.tensor(0), x.detach() * 1)
        return while_loop(lib, lambda i, v: (v.abs().sum() < 100) & (i < 20), lambda i, v: (i + 1, v * 1.5), carried)

    compare(way, program, [data(4)])


def test_while_loop_with_max_steps_has_gradients(way):
    def program(lib, x, w):
        test = lambda i, v: (v.abs().sum() < 9) & (i < 10)  # noqa: E731
        return while_loop(
            lib, test, lambda i, v: (i + 1, (v * w).sin() * 0.3 + v * 1.4), (lib.tensor(0), x), **options(lib)
        )

    def options(lib):
        return {"max_steps": 12} if lib is ej else {}

    compare(way, program, [data(4), data(4, seed=1)])


def test_while_loop_without_a_bound_says_so_in_backward():
    x = ej.tensor(2.0, requires_grad=True)
    (y,) = ej.while_loop(lambda v: v < 100, lambda v: (v * x,), (ej.tensor(1.0),))
    assert y.requires_grad and y.item() == 128
    with pytest.raises(RuntimeError, match="max_steps="):
        y.backward()
    (y,) = ej.while_loop(lambda v: v < 100, lambda v: (v * x,), (ej.tensor(1.0),), max_steps=3)
    with pytest.raises(RuntimeError, match="max_steps=3"):
        y.item()
    with pytest.raises(RuntimeError, match="one boolean element"):
        ej.while_loop(lambda v: v, lambda v: (v,), (x,))
    with pytest.raises(TypeError, match="structure"):
        ej.while_loop(lambda v: v < 1, lambda v: (v, v), (x,))


def test_loops_are_one_program_and_nothing_is_left_behind():
    x = ej.ones(3) * 2
    trace = state.trace
    carry, _ = ej.scan(lambda c, v: (c + v, None), ej.tensor(0.0), x)
    out = ej.cond(carry > 1, lambda: carry * 2, lambda: carry)
    assert state.trace is trace and not trace.closed  # still pending, all of it
    assert state.body is None and state.watch is None
    assert out.item() == 12


def test_the_documentation_runs(capsys):
    page = pathlib.Path(__file__).parent.parent / "docs" / "control-flow.md"
    for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(code, {})
    assert "tensor(1.4142) tensor(3)" in capsys.readouterr().out
