"""The engine: autograd over recorded traces, views, versions, hooks, random stream, memory."""

import gc
import signal
import threading
import time
import weakref

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.lower import flush as flushing, policy
from eagerjax.record.threads import Thread


def leaf(*values):
    return torch.tensor(list(values), requires_grad=True)


def test_backward_of_two_scalars(mode):
    """z = x*y + y**2 at x=2, y=3 gives x.grad 3 and y.grad 8."""
    x, y = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    z = x * y + y**2
    assert z.item() == 15.0
    z.backward()
    assert (x.grad.item(), y.grad.item()) == (3.0, 8.0)


def test_backward_after_an_observed_forward_gives_the_same(mode):
    """Printing the loss first cuts the program; gradients come from what it saved."""
    grads = []
    for observe in (False, True):
        w = leaf(1.0, -2.0, 3.0)
        loss = (w.sigmoid() * w).sum()
        if observe:
            loss.item()
        loss.backward()
        grads.append(w.grad.tolist())
    assert np.allclose(*grads, rtol=1e-6)


def test_gradients_accumulate_in_place(mode):
    """A handle on .grad sees what the second backward adds."""
    w = leaf(1.0, 2.0)
    (w * 2).sum().backward()
    held = w.grad
    (w * 3).sum().backward()
    assert held.tolist() == [5.0, 5.0] and w.grad is held


def test_backward_twice_raises_unless_retained(mode):
    """The graph is freed; retain_graph keeps it."""
    w = leaf(1.0, 2.0)
    y = (w * w).sum()
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    assert w.grad.tolist() == [4.0, 8.0]


def test_gradients_of_gradients_to_third_order(mode):
    """x**4 differentiated three times is 24 x."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x**4
    for expected in (32.0, 48.0, 48.0):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        assert y.item() == pytest.approx(expected)


def test_double_backward_after_observation(mode):
    """A gradient penalty also works when the loss was printed in between."""
    w = leaf(0.5, -1.0)
    loss = (w**3).sum()
    loss.item()
    (g,) = torch.autograd.grad(loss, w, create_graph=True)
    g.tolist()
    (g * g).sum().backward()
    assert np.allclose(w.grad.tolist(), [36 * 0.5**3, -36.0])


def test_hooks_change_and_see_gradients(mode):
    """A hook on a non-leaf replaces the gradient; retain_grad keeps it."""
    w = leaf(1.0, 2.0)
    y = w * 3
    seen = []
    handle = y.register_hook(lambda g: seen.append(g.tolist()) or g * 2)
    y.retain_grad()
    (y * 5).sum().backward()
    assert seen == [[5.0, 5.0]] and w.grad.tolist() == [30.0, 30.0] and y.grad.tolist() == [10.0, 10.0]
    handle.remove()


def test_custom_function_runs_its_backward(mode):
    """autograd.Function with saved tensors; also differentiable twice."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x * x

    x = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(Cube.apply(x * 1), x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    assert (g.item(), h.item()) == (12.0, 12.0)


def test_writes_go_through_every_view(mode):
    """Transposed, sliced, reshaped and diagonal views write into the base."""
    x = torch.zeros(3, 4)
    x.t()[1].fill_(1)
    x[1:, ::2] += 5
    x.view(-1)[11] = 7
    x.diagonal().mul_(2)
    assert x.tolist() == [[0, 1, 0, 0], [5, 2, 5, 0], [5, 1, 10, 7]]


def test_detach_and_data_share_storage(mode):
    """Writes to x.data and x.detach() are seen by x, which stays a leaf."""
    x = leaf(1.0, 2.0)
    x.data.mul_(3)
    x.detach()[0] = 9.0
    assert x.tolist() == [9.0, 6.0] and x.is_leaf and x.requires_grad


def test_overwritten_saved_value_raises(mode):
    """As in PyTorch: the result of exp is needed for its gradient."""
    y = leaf(1.0, 2.0).exp()
    z = y * 1
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_numbers_that_change_compile_once_more(mode):
    """A factor that differs on every step becomes an input of the program."""
    if mode == "stepwise":
        pytest.skip("stepwise compiles no whole programs")
    x = torch.tensor([1.0, 2.0])

    def step(factor):
        return (x * factor + 1.0).sum().item()

    assert [step(0.1 * k) for k in range(3)] == pytest.approx([2.0, 2.3, 2.6])
    before = sum(policy._COMPILED.values())
    assert step(7.5) == pytest.approx(24.5)
    assert sum(policy._COMPILED.values()) == before


def test_the_random_stream_does_not_depend_on_cuts(mode):
    """The same seed gives the same numbers wherever the program is observed."""
    torch.manual_seed(3)
    together = [torch.rand(3), torch.randn(2), torch.rand(1)]
    together = [t.tolist() for t in together]
    torch.manual_seed(3)
    apart = [torch.rand(3).tolist(), torch.randn(2).tolist(), torch.rand(1).tolist()]
    assert together == apart
    kept = torch.get_rng_state()
    first = torch.rand(4).tolist()
    with torch.fork_rng():
        torch.rand(9).tolist()
    torch.set_rng_state(kept)
    assert torch.rand(4).tolist() == first


def test_arrays_handed_in_are_copied():
    """1,000 numpy arrays changed right after they were handed in, or read, change nothing."""
    rng = np.random.default_rng(0)
    for _ in range(1000):
        array = rng.standard_normal(int(rng.integers(1, 300))).astype(np.float32)
        expected = array.sum()
        tensor = torch.tensor(array) if rng.integers(2) else torch.as_tensor(array) + 0
        array[:] = 1e6
        assert tensor.numpy().sum() == pytest.approx(expected, rel=1e-5)


def test_a_million_unobserved_ops_stay_bounded():
    """Memory and compilations do not grow with the number of ops that nobody looks at."""
    resource = pytest.importorskip("resource")
    x, y = torch.zeros(8, 8), torch.ones(8, 8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    compiled = sum(policy._COMPILED.values())
    for _ in range(1_000_000):
        x = x + y
    assert x[0, 0].item() == 1e6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert sum(policy._COMPILED.values()) - compiled <= 10


@pytest.fixture
def interruptible():
    """Ctrl-C raises KeyboardInterrupt, also in a process that was started in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("several", [False, True])
def test_interrupts_leave_parameters_at_a_step_boundary(interruptible, several, monkeypatch):
    """Ctrl-C at many moments: every parameter has made the same number of steps, and no lock stays taken."""
    monkeypatch.setattr(Thread, "several", several)
    params = [torch.zeros(3, requires_grad=True) for _ in range(6)]
    opt = torch.optim.SGD(params, lr=1.0)

    def train():
        """Until Ctrl-C. (Python drops an interrupt that comes inside of a callback of its collector.)"""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            opt.zero_grad()
            sum(p.sum() for p in params).backward()
            opt.step()

    interrupts = 0
    for k in range(60):
        timer = threading.Timer(0.002 + 0.0003 * (k % 23), signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
        try:
            timer.start()
            try:
                train()
            finally:
                timer.join()  # an error before the interrupt is reported as itself
        except KeyboardInterrupt:
            interrupts += 1
        steps = {p.tolist()[0] for p in params}
        assert len(steps) == 1, steps
    assert interrupts > 50
    assert torch.is_grad_enabled()
    other = threading.Thread(target=lambda: params[0].sum().item(), daemon=True)
    other.start()
    other.join(20)
    assert not other.is_alive()


def test_a_dropped_graph_is_freed_without_the_collector():
    """No reference cycle keeps what an observed forward saved."""
    gc.collect()
    gc.disable()
    try:
        w = leaf(1.0, 2.0)
        loss = (w.exp() * 2).sum()
        loss.item()
        trace = weakref.ref(loss._source[0].segment)
        del loss
        assert trace() is None
    finally:
        gc.enable()


def test_copying_a_leaf_does_not_make_the_target_that_leaf(mode):
    """x.copy_(w) has w in its history; writing to x afterwards is allowed and leaves w alone."""
    w = leaf(1.0, 2.0)
    x = torch.zeros(2)
    x.copy_(w)
    x[:1].sigmoid_()
    x.sum().backward()
    assert not x.is_leaf and w.tolist() == [1.0, 2.0]
    assert np.allclose(w.grad.tolist(), [0.19661193, 1.0])


# -- donated inputs ----------------------------------------------------------------------------------------
def momentum_steps(w, v, steps, watch):
    """Steps of a compiled update in place; `watch(step, w)` sees the parameter between them."""
    for step in range(steps):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            v.mul_(0.5).add_(w.grad)
            w.sub_(0.1 * v)
            w.grad = None
        watch(step, w)


@pytest.mark.parametrize("hold", ["jax", "detached clone", "numpy view", "nothing"])
def test_what_somebody_holds_is_not_donated(hold):
    w, v = torch.ones(4, requires_grad=True), torch.zeros(4)
    held = []

    def watch(step, w):
        w.sum().item()
        if hold == "jax":
            held.append(w.detach().jax())
        elif hold == "numpy view":
            held.append(np.asarray(w.detach().jax()))
        elif hold == "detached clone":
            held.append(w.detach().clone())

    expected, p, m = [], 1.0, 0.0
    for _ in range(6):
        m = 0.5 * m + 2 * p
        p -= 0.1 * m
        expected.append(p)
    momentum_steps(w, v, 6, watch)
    np.testing.assert_allclose(w.tolist(), [expected[-1]] * 4, rtol=1e-5)
    for array, value in zip(held, expected):
        np.testing.assert_allclose(np.asarray(array), value, rtol=1e-5)


def test_gradients_stay_readable_after_a_donated_step():
    w = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([w], lr=0.5, momentum=0.9)
    for _ in range(4):
        optimizer.zero_grad()
        before = w.detach().clone()
        (w * w).sum().backward()
        optimizer.step()
        assert w.grad.tolist() == (2 * before).tolist()


def test_what_only_dropped_views_showed_is_no_result(monkeypatch):
    asked = []
    find = flushing.program_for
    monkeypatch.setattr(flushing, "program_for", lambda node, wanted, t: asked.append(len(wanted)) or find(node, wanted, t))
    flushing.flush()
    x = torch.randn(4, 6, requires_grad=True)
    flushing.flush()
    asked.clear()
    gc.disable()
    try:
        whole = x * 2
        part = whole.view(2, 12)[1]
        part.mul_(3)
        family = weakref.ref(whole._base)
        total = part.sin().sum() + whole.detach().sum()
        del whole, part
        total.item()
        assert asked == [1]
        assert family() is None
    finally:
        gc.enable()


def test_a_written_family_lives_as_long_as_a_sister_shows_it():
    x = torch.zeros(3)
    y = x.detach()
    x += 1  # the family of x has the current content
    del x
    gc.collect()
    assert y.tolist() == [1, 1, 1]
    z = y.data
    z.add_(1)
    del z
    assert (y * 2).tolist() == [4, 4, 4]


@pytest.mark.parametrize("begun", [False, True], ids=["", "pending"])
def test_one_call_of_more_inputs_than_a_trace_has_steps(mode, monkeypatch, begun):
    """The trace is run before it, and does not count as full again by that call's inputs alone (which never ended)."""
    monkeypatch.setattr(flushing.config, "max_trace", 30)
    parts = [torch.tensor([float(i)]) for i in range(50)]
    if begun:
        parts[0] = parts[1] - 1
    assert torch.cat(parts).tolist() == list(range(50))


def test_an_optimizer_of_more_tensors_than_a_trace_has_steps(mode, monkeypatch):
    monkeypatch.setattr(flushing.config, "max_trace", 30)
    params = [leaf(1.0) for _ in range(12)]
    optimizer = torch.optim.Adam(params, lr=0.5)
    for p in params:
        p.grad = torch.ones(1)
    optimizer.step()
    assert np.allclose([p.item() for p in params], 0.5)
