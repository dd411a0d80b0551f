"""Programs whose structure differs each time: they agree with what one piece computes, and cease to compile."""

import contextlib
import gc
import os
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax.lower import chunks, hosted, policy, recorder, stepwise
from eagerjax.lower.flush import _ONCE, _SEEN, _TWICE, flush
from eagerjax.record.trie import Node
from eagerjax.runtime import config

compiled = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: compiled.append(event) if event == "/jax/core/compile/backend_compile_duration" else None
)


def episode(policy, optimizer, length):
    """A REINFORCE step: every action is looked at, so each step of the episode is a segment."""
    log_probs = []
    for t in range(length):
        place = torch.from_numpy(np.full(3, t / 10, np.float32))
        log_prob = torch.log_softmax(policy(place), -1)
        action = int(log_prob.detach().argmax().item())
        log_probs.append(log_prob[action])
    returns = torch.tensor(np.linspace(-1, 1, length).tolist())
    loss = -(torch.stack(log_probs) * returns).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def test_episodes_of_new_lengths_do_not_compile():
    torch.manual_seed(0)
    policy = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    for length in (5, 6, 7, 5, 8, 9, 10, 6, 11, 12, 13, 14, 15):
        episode(policy, optimizer, length)
    before = len(compiled)
    for length in range(16, 26):
        assert np.isfinite(episode(policy, optimizer, length))
    assert len(compiled) == before


def test_a_length_that_comes_back_by_chance_is_not_compiled_and_one_that_always_comes_back_is():
    """Among many lengths; what was compiled for one of them would cost seconds and serve a step in twenty."""
    policy = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    for length in (*[52] * 5, 53):
        episode(policy, optimizer, length)
    before = len(compiled)
    for length in (*range(54, 70), 56, 68, 60):
        episode(policy, optimizer, length)
    assert len(compiled) == before

    policy = torch.nn.Sequential(torch.nn.Linear(3, 9), torch.nn.Tanh(), torch.nn.Linear(9, 2))
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    for _ in range(3):
        episode(policy, optimizer, 30)
    assert len(compiled) > before


def programs_here():
    """How many programs were compiled whole for the calls of this file."""
    return sum(policy._COMPILED[site] for site in policy._COMPILED if site[0] == __file__)


def step_of(functions, x):
    """A training step of so many calls on little data, looked at where all such steps are."""
    y = x
    for function in functions:
        y = function(y) * 0.5
    y.sum().backward()
    return y.sum().item()


FUNCTIONS = [torch.sin, torch.cos, torch.tanh, torch.sigmoid, torch.exp, torch.atan, torch.relu, torch.square]


def test_many_calls_on_little_data_run_stepwise_until_they_come_back():
    """All of them in numpy; a second equal step is as much as a program is worth."""
    before, found = programs_here(), []
    long = [*FUNCTIONS, *FUNCTIONS[::-1]] * 3
    for calls in (1, 2, 3):
        x = torch.linspace(0, 1, 5).requires_grad_()
        found.append(step_of(long, x))
        assert programs_here() - before == (calls > 1)
    assert found[0] == pytest.approx(found[2], rel=1e-6)


def test_a_short_path_is_not_compiled_at_first_sight_where_others_never_come_back():
    """After as many other paths as a call site may have programs, all of them light, a new one of any length waits."""
    rng = np.random.default_rng(5)
    for _ in range(config.eager_programs):
        step_of([FUNCTIONS[i] for i in rng.integers(0, 8, 50)], torch.linspace(0, 1, 6).requires_grad_())
    before = programs_here()
    step_of(FUNCTIONS[:5], torch.linspace(0, 1, 6).requires_grad_())
    assert programs_here() == before


def test_a_gradient_passes_thousands_of_pieces_in_linear_time():
    """Each step is looked at, so that each is a trace of its own."""

    def seconds(steps):
        w = torch.tensor([0.5, 0.25], requires_grad=True)
        losses = []
        for _ in range(steps):
            losses.append((w * w).sum())
            losses[-1].item()
        total = torch.stack(losses).sum()
        gc.collect()
        gc.disable()  # a full collection goes through all that other tests have left, by chance in one of the two
        try:
            start = time.process_time()
            total.backward()
            taken = time.process_time() - start
        finally:
            gc.enable()
        np.testing.assert_allclose(w.grad.numpy(), [steps, steps / 2], rtol=1e-4)
        return taken

    seconds(100)
    # A thousand fit into the caches of the processor: each of two thousand takes half as long again.
    assert min(seconds(12_000) for _ in range(3)) < 15 * min(seconds(2000) for _ in range(3))


def test_gradients_of_many_segments_add_up():
    def gradients(observed):
        x = torch.tensor([0.1, -0.4, 0.7], requires_grad=True)
        w = torch.tensor([[0.3, 0.2, -0.1], [1.0, 0.5, 0.2]], requires_grad=True)
        x.register_hook(lambda g: seen.append(g.tolist()))
        total, carried = 0, x
        for i in range(6):
            carried = torch.tanh(carried * (i + 1) + w[i % 2])
            total = total + (w @ carried).sum()
            if observed:
                total.item()
        total.backward()
        return x.grad.tolist(), w.grad.tolist()

    seen = []
    for _ in range(4):  # first stepwise, then compiled
        for got, want in zip(gradients(True), gradients(False)):
            np.testing.assert_allclose(got, want, rtol=1e-5)
    np.testing.assert_allclose(seen[::2], seen[1::2], rtol=1e-5)
    assert len(seen) == 8  # once in each backward, with the whole gradient


def test_a_gradient_wanted_from_the_middle_of_segments():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.tolist()
    z = (y * y).sum() + x.sum()
    z.item()
    gy, gx = torch.autograd.grad(z, (y, x))
    assert gy.tolist() == [6.0, 12.0] and gx.tolist() == [19.0, 37.0]


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("join", ["stack", "cat"])
def test_long_lists_are_joined_and_differentiated(join, dim):
    rng = np.random.default_rng(0)
    given = [rng.standard_normal((2, 3)).astype(np.float32) for _ in range(7)]
    parts = [torch.tensor(g, requires_grad=i != 2) for i, g in enumerate(given)]
    weight = rng.standard_normal(getattr(np, {"cat": "concatenate"}.get(join, join))(given, dim).shape).astype(
        np.float32
    )
    out = getattr(torch, join)(parts, dim)
    (out * torch.tensor(weight)).sum().backward()
    np.testing.assert_array_equal(out.detach().numpy(), getattr(np, {"cat": "concatenate"}.get(join, join))(given, dim))
    shares = np.split(weight, 7, dim) if join == "cat" else np.moveaxis(weight, dim, 0)
    assert parts[2].grad is None
    for i, part in enumerate(parts):
        if i != 2:
            np.testing.assert_array_equal(part.grad.numpy(), shares[i])


def test_joining_refuses_what_pytorch_refuses():
    parts = [torch.ones(2, 3)] * 6
    with pytest.raises(IndexError):
        torch.stack(parts, 3)
    with pytest.raises(IndexError):
        torch.cat(parts, 2)
    with pytest.raises(RuntimeError):
        torch.cat([torch.tensor(1.0)] * 6)


def test_a_stepwise_segment_goes_on_in_a_compiled_program():
    def step():
        x = torch.tensor([0.5, -1.0], requires_grad=True)
        y = torch.stack([x.sin(), x.cos(), x.exp(), x * 2, x]).relu()
        y.sum().item()
        (y * y).sum().backward()
        flush()
        return x.grad.tolist()

    first = step()
    for _ in range(4):
        np.testing.assert_allclose(step(), first, rtol=1e-6)


def test_remembered_code_is_bounded(monkeypatch):
    monkeypatch.setattr(hosted.config, "hosted_calls", 20)
    for n in range(2, 40):
        (torch.ones(n) + 1).sum().item()
    assert len(hosted._KNOWN) <= 20


def nodes_left(factor, depth):
    """How many nodes of the tree a path leaves behind that is this factor's and depth's own."""
    x = torch.tensor([1.0] * 23)  # an input of a kind that no other path begins with
    before = sum(type(o) is Node for o in gc.get_objects())
    for _ in range(depth):
        x = torch.clamp_min(x, factor)
    x.sum().item()
    return sum(type(o) is Node for o in gc.get_objects()) - before


def test_new_paths_leave_the_tree_at_once_and_repeated_ones_stay():
    for paths in (_ONCE, _SEEN, _TWICE):  # of earlier tests
        paths.clear()
    flush()
    gc.collect()
    gc.disable()
    try:
        assert nodes_left(0.123, 31) <= 1  # the last node is still in sight of the trace that follows
        assert nodes_left(0.123, 31) > 30
        assert nodes_left(0.123, 31) == 0
        assert nodes_left(0.123, 33) <= 1
    finally:
        gc.enable()


def test_a_path_stays_while_somebody_may_differentiate_through_it():
    x = torch.ones(3, requires_grad=True)
    losses = []
    for i in range(1, 5):
        y = x
        for _ in range(i):
            y = y * x
        losses.append(y.sum())
        losses[-1].item()
    for loss in losses:
        loss.backward()
    assert x.grad.tolist() == [14.0] * 3


def test_garbage_is_looked_for_as_often_per_operation_as_under_pytorch(tmp_path):
    def threshold(**env):
        code = "import gc, sys; exec(sys.argv[1]); import eagerjax; print(*gc.get_threshold())"
        done = subprocess.run([sys.executable, "-c", code, env.pop("first", "")], env={**os.environ, **env},
                              capture_output=True, text=True, check=True)  # fmt: skip
        return int(done.stdout.split()[0])

    ours = threshold()
    assert ours == 10 * threshold(EAGERJAX_GARBAGE="python")
    assert threshold(first="gc.set_threshold(123)") == 123


class Tall(torch.nn.Module):
    """Enough steps to pass for a network."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(3, 3) for _ in range(3)])

    def forward(self, x):
        for i in range(60):
            x = torch.tanh(self.layers[i % 3](x))
        return x


def whole_programs():
    """Those that hold a network's forward pass, a backward pass or an update."""
    return {program for _, program, _ in policy.programs() if program.node.depth > 100 or policy.trains(program.node)}


def test_a_loop_that_looks_at_its_loss_and_counts_in_between_compiles_two_programs():
    model = Tall()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    batch = torch.tensor([[0.1, -0.2, 0.3]] * 4)

    def epoch():
        total, rows = 0, 0
        for i in range(4):
            loss = model(batch).square().mean()
            assert loss.item() >= 0
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            total = total + loss.detach()  # pending when the next forward pass begins
            rows = rows + (batch > 0).sum()
            if i == 2:
                assert rows.item() == 8 * 3
        return total.item()

    before = whole_programs()
    first = epoch()
    # Forward, and backward with the update; what is counted in between runs on its own.
    assert len(whole_programs() - before) == 2
    known = whole_programs()
    assert [epoch() < first for _ in range(2)] == [True, True]
    assert whole_programs() == known


def test_batches_put_together_differently_do_not_make_other_programs():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Tanh(), torch.nn.Linear(3, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def row(length):
        x = torch.zeros(3)
        x[:length] = torch.tensor([0.5] * length)
        x[length:] = -1
        return x

    counts, start = [], whole_programs()
    for lengths in ([1, 2, 1, 2] * 4, [2, 2, 1, 1] * 4, [2, 1, 2, 2] * 4, [1, 1, 1, 2] * 4):
        loss = model(torch.stack([row(n) for n in lengths])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        counts.append(len(whole_programs() - start))
    assert loss.item() > 0
    assert counts[-1] == counts[1] <= 2  # the first has what came before it in it, and the second is the network's


def test_a_loop_over_the_rows_of_a_batch_before_the_network_is_not_compiled_with_it():
    model, follower = torch.nn.Linear(3, 5), torch.nn.Linear(3, 5)
    before = follower.weight.tolist()
    start, target, rates = whole_programs(), torch.zeros(60, 5), torch.rand(60, 5)
    with torch.no_grad():
        follower.weight.mul_(0.5)
        for i in range(60):
            target[i].index_add_(0, (rates[i] * 4).long(), rates[i])
    loss = ((model(torch.ones(60, 3)) - target) ** 2).sum()
    loss.backward()
    assert model.weight.grad is not None and loss.item() > 0
    assert len(whole_programs() - start) == 1
    assert all(len(program.path) < 60 for program in whole_programs() - start)
    torch.testing.assert_close(target.sum(), rates.sum())
    torch.testing.assert_close(follower.weight.detach() * 2, torch.tensor(before))


def test_a_changed_learning_rate_is_the_same_program():
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    known = None
    for i in range(5):
        optimizer.param_groups[0]["lr"] = 0.1 / (i + 1)
        before = layer.weight.detach().clone()
        optimizer.zero_grad()
        layer(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        np.testing.assert_allclose(
            (before - layer.weight).detach().numpy(), [[0.1 / (i + 1)] * 2], rtol=1e-6, atol=1e-7
        )
        if i == 1:
            known = whole_programs()
    assert whole_programs() <= known


def test_a_backward_pass_that_is_not_compiled_whole_pulls_a_compiled_segment_at_once(monkeypatch):
    monkeypatch.setattr(hosted.config, "largest_hosted", 8)
    x = torch.tensor([0.3] * 16, requires_grad=True)

    def gradient(factor):
        y = x
        for _ in range(60):
            y = torch.sin(y) * y
        loss = y.sum()
        loss.item()  # a network's forward pass: compiled as soon as it comes back
        return torch.autograd.grad(loss * factor, x)[0]

    first = [gradient(1.0).tolist() for _ in range(3)][-1]
    with monkeypatch.context() as patch:
        patch.setattr(policy, "trains", lambda node: False)
        pulled = []
        patch.setattr(stepwise, "pull", lambda *given: pulled.append(given))
        assert gradient(torch.tensor(2.0)).tolist() == pytest.approx([2 * g for g in first], rel=1e-5)
        assert not pulled


def test_parameters_that_were_set_through_data_do_not_make_the_first_step_a_program_of_its_own():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    for p in model.parameters():
        p.data.fill_(0.1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batch, programs = torch.tensor([[1.0, 2.0, 3.0]]), []
    for _ in range(3):
        before = whole_programs()
        optimizer.zero_grad()
        model(batch).sum().backward()
        optimizer.step()
        programs.append(len(whole_programs() - before))
    assert programs == [1, 0, 0]


def grown(tree, leaf, join):
    """What a recursive network makes of a tree of nested pairs."""
    if not isinstance(tree, tuple):
        return leaf * tree
    return join(grown(tree[0], leaf, join), grown(tree[1], leaf, join))


def random_tree(rng, leaves):
    if leaves == 1:
        return float(rng.integers(1, 5)) / 4
    left = int(rng.integers(1, leaves))
    return random_tree(rng, left), random_tree(rng, leaves - left)


def recursive_step(tree, stepwise):
    """(value, gradients) of a recursive network on a tree."""
    torch.manual_seed(0)
    w, leaf = torch.randn(6, 12, requires_grad=True), torch.randn(6, requires_grad=True)

    def join(a, b):
        gates = (w @ torch.cat([a, b])).chunk(2)
        return torch.cat([torch.sigmoid(gates[0]) * torch.tanh(gates[1]), torch.tanh(a[:3] + b[3:])])

    with execution("stepwise") if stepwise else contextlib.nullcontext():
        loss = (grown(tree, leaf, join) ** 2).sum()
        loss.backward()
        return [loss.item(), *w.grad.flatten().tolist(), *leaf.grad.tolist()]


def test_pieces_of_paths_that_never_return_become_one_function_of_numpy_code(monkeypatch):
    monkeypatch.setattr(config, "eager_programs", 0)  # nor is any compiled at first sight
    rng = np.random.default_rng(3)
    for _ in range(6):
        recursive_step(random_tree(rng, 10), stepwise=False)
    assert any(type(chunk) is hosted.Host and chunk.calls > 5 for chunk in chunks._KNOWN.values())
    for _ in range(3):
        tree = random_tree(rng, 12)
        assert np.allclose(recursive_step(tree, False), recursive_step(tree, True), rtol=1e-5, atol=1e-6)


def test_a_new_path_of_known_calls_asks_nothing_anew(monkeypatch):
    x = torch.randn(3, requires_grad=True)

    def walk(turns):
        x.grad, y = None, x
        for turn in turns:
            y = torch.tanh(y) * x if turn else torch.sigmoid(y) + x[:1]
        y.sum().backward()
        return y.tolist()

    walk([0, 1, 1, 0])
    walk([1, 0, 1])
    monkeypatch.setattr(recorder, "find_out", None)
    expected = start = np.array(x.tolist())
    for turn in [1, 0, 0, 1, 1]:
        expected = np.tanh(expected) * start if turn else 1 / (1 + np.exp(-expected)) + start[0]
    assert np.allclose(walk([1, 0, 0, 1, 1]), expected, rtol=1e-5)


def test_small_programs_run_as_numpy_code_with_the_same_results():
    def train():
        torch.manual_seed(0)
        x, w = torch.randn(8, 3), torch.zeros(3, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        for _ in range(8):
            optimizer.zero_grad()
            loss = ((x @ w - x.sum(1).clamp(min=0)) ** 2).mean()
            loss.backward()
            optimizer.step()
        return [loss.item(), *w.tolist()]

    quick = train()
    assert any(program.small and program.seconds for _, program, _ in policy.programs())
    with execution("fused"):
        assert np.allclose(train(), quick, rtol=1e-5)
