"""Results of compiled calls that stay with the replay until somebody looks: whatever is done between two calls, the steps go
on as they do eagerly."""

import gc
import threading
import weakref

import numpy as np
import pytest
from pokes import POKES, Training, plain

import eagerjax as torch
from eagerjax.record.threads import LOCK

nn, F = torch.nn, torch.nn.functional


@pytest.mark.parametrize("name", POKES)
def test_between_two_calls(name):
    ends = []
    for jit in (False, True):
        t = Training(jit)
        losses = t.steps(0, 8)
        assert t.is_deferred() is True if jit else True
        for at in (8, 10, 14):
            POKES[name](t)
            losses += t.steps(at, at + (2 if at == 8 else 4))
        ends.append((losses, t.facts(), [plain(n) for n in t.notes]))
    (losses, facts, notes), (compiled, compiled_facts, compiled_notes) = ends
    np.testing.assert_allclose(compiled, losses, rtol=1e-5, atol=1e-6)
    assert len(facts) == len(compiled_facts) and len(notes) == len(compiled_notes)
    for one, other in (*zip(facts, compiled_facts), *zip(notes, compiled_notes)):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)


def alike(run):
    """`run(jit)` gives numbers and a Training: both ways must end with the same."""
    (losses, facts), (compiled, compiled_facts) = [(found, t.facts()) for found, t in map(run, (False, True))]
    np.testing.assert_allclose(compiled, losses, rtol=1e-4)
    for one, other in zip(facts, compiled_facts, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)


def test_what_other_functions_do_with_the_same_parameters():
    def run(jit):
        t, found = Training(jit, "Adam"), []
        evaluate = torch.compile(lambda x: t.model(x).sum(), jit=jit)
        shrink = torch.compile(lambda: [p.detach().mul_(0.9) for p in t.model.parameters()] and None, jit=jit)
        for k in range(10):
            found += t.steps(3 * k, 3 * k + 3)
            found.append(evaluate(torch.ones(2, 3)).item())
            if k > 4:
                shrink()
        return found, t

    alike(run)


def test_two_functions_in_turn():
    def run(jit):
        t = Training(jit)
        backward = torch.compile(lambda x, y: F.cross_entropy(t.model(x), y).backward(), jit=jit)
        update = torch.compile(t.optimizer.step, jit=jit)
        for _ in range(12):
            t.optimizer.zero_grad()
            backward(torch.ones(5, 3), torch.tensor([0, 1, 1, 0, 1]))
            update()
        return [], t

    alike(run)


def test_a_wrong_value_changes_nothing():
    t = Training(True)
    t.steps(0, 8)
    assert t.is_deferred()
    other = Training(False)
    other.steps(0, 8)
    for _ in range(2):
        with pytest.raises(IndexError):
            t.step(torch.ones(5, 3), torch.tensor([0, 1, 7, 0, 1]))
        for one, two in zip(other.facts(), t.facts()):
            np.testing.assert_allclose(two, one, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(t.steps(8, 12), other.steps(8, 12), rtol=1e-5)


@pytest.mark.parametrize("calls", [3, 8])
def test_a_wrong_value_inside_changes_nothing(calls):
    """One that the program itself finds, when it has written its results already."""
    table, index = nn.Embedding(4, 2), torch.tensor([1, 2])
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)

    @torch.compile(jit=True)
    def step(shift):
        optimizer.zero_grad()
        loss = table(index + shift).sum()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(calls):
        step(torch.tensor(0))
    for _ in range(3):
        step(torch.tensor(0))
        before = table.weight.tolist(), table.weight.grad.tolist(), table.weight._version
        for _ in range(2):
            with pytest.raises(IndexError):
                step(torch.tensor(5))
            assert (table.weight.tolist(), table.weight.grad.tolist(), table.weight._version) == before


def test_a_wrong_value_after_calls_that_nobody_looked_into():
    ends = []
    for wrong in (False, True):
        torch.manual_seed(0)
        table, index = nn.Embedding(4, 2), torch.tensor([1, 2])
        optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)

        def train(shift, table=table, index=index, optimizer=optimizer):
            optimizer.zero_grad()
            loss = table(index + shift).square().sum()
            loss.backward()
            optimizer.step()
            return loss

        step = torch.compile(train, jit=True)
        for _ in range(8):
            step(torch.tensor(0))
        (deferred,) = [r.deferred for v in step.variants.values() for r in v.replays]
        assert not deferred.trace.closed and deferred.calls > 3
        if wrong:
            with pytest.raises(IndexError):
                step(torch.tensor(5))
        ends.append([table.weight.tolist(), table.weight.grad.tolist(), table.weight._version,
                     optimizer.state[table.weight]["momentum_buffer"].tolist(), step(torch.tensor(1)).item()])  # fmt: skip
    assert ends[0] == ends[1]


def test_an_interrupted_call_changes_nothing(monkeypatch):
    t = Training(True)
    t.steps(0, 8)
    (replay,) = [r for v in t.step.variants.values() for r in v.replays]

    def fail(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(replay.program), "__call__", fail)
        with pytest.raises(KeyboardInterrupt):
            t.steps(8, 9)
    other = Training(False)
    other.steps(0, 8)
    np.testing.assert_allclose(t.steps(8, 12), other.steps(8, 12), rtol=1e-5)


def test_versions_count_every_call():
    t = Training(True)
    t.steps(0, 3)
    before = t.weight._version
    t.steps(3, 9)
    assert t.weight._version == before + 6
    t.steps(9, 12)
    assert t.weight.detach()._version == before + 9


def test_a_loop_that_always_looks_hands_out_at_once():
    t = Training(True)
    for k in range(40):
        t.steps(k, k + 1)
        t.weight.grad.sum().item()
    (deferred,) = t.deferred()
    assert deferred.pause > 3


def test_a_loop_that_sometimes_looks_goes_on_without_a_pause():
    t = Training(True)
    t.steps(0, 8)
    for k in range(4):
        t.weight.sum().item()
        t.steps(8 + 5 * k, 13 + 5 * k)
        assert t.is_deferred()


def test_losses_that_are_kept_keep_their_values():
    t = Training(True)
    kept = [t.step(torch.ones(5, 3), torch.tensor([0, 1, 1, 0, 1])) for _ in range(10)]
    other = Training(False)
    expected = [other.step(torch.ones(5, 3), torch.tensor([0, 1, 1, 0, 1])).item() for _ in range(10)]
    np.testing.assert_allclose([k.item() for k in kept], expected, rtol=1e-5)
    with pytest.raises(RuntimeError, match="second time"):
        kept[-1].backward()


def test_what_a_step_returns_of_its_state_stays_as_it_was():
    ends = []
    for jit in (False, True):
        table = nn.Linear(2, 1)
        with torch.no_grad():
            table.weight.fill_(1.0)
            table.bias.fill_(0.0)
        optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)

        def step(x, table=table, optimizer=optimizer):
            optimizer.zero_grad()
            table(x).sum().backward()
            optimizer.step()
            return table.weight.detach().clone(), table.weight, table.bias.grad

        step = torch.compile(step, jit=jit)
        found = [step(torch.ones(3, 2)) for _ in range(8)]
        ends.append([(a.tolist(), c.tolist()) for a, _, c in found])
        assert all(b is table.weight for _, b, _ in found)
    for (one, grad), (other, other_grad) in zip(*ends):
        np.testing.assert_allclose(other, one, rtol=1e-5)
        assert grad == other_grad


def test_an_argument_that_becomes_state_is_not_given_away():
    buffer = torch.zeros(3)

    @torch.compile(jit=True)
    def store(x):
        buffer.copy_(x)

    kept = [torch.full((3,), float(i)) for i in range(10)]
    for x in kept:
        store(x)
    assert [x.tolist() for x in kept] == [[float(i)] * 3 for i in range(10)]
    assert buffer.tolist() == [9.0] * 3


def test_an_argument_that_takes_the_place_of_state_is_not_given_away():
    buffer, total = torch.zeros(3), torch.zeros(3)

    @torch.compile(jit=True)
    def store(x):
        total.add_(buffer)
        buffer.copy_(x)

    kept = [torch.full((3,), float(i)) for i in range(12)]
    for x in kept:
        store(x)
    assert [x.tolist() for x in kept] == [[float(i)] * 3 for i in range(12)]
    assert buffer.tolist() == [11.0] * 3 and total.tolist() == [55.0] * 3


def test_a_graph_that_keeps_what_was_written_keeps_its_values():
    weight = torch.ones(3).requires_grad_()
    state = torch.zeros(3)

    @torch.compile(jit=True)
    def step(x):
        state.add_(x)
        return (state.clone() * weight).sum(), (weight * state).sum()

    losses = [step(torch.ones(3)) for _ in range(8)]
    for i, (one, _) in enumerate(losses):
        weight.grad = None
        one.backward()
        assert weight.grad.tolist() == [i + 1.0] * 3


def step_with_results():
    """(A compiled step that keeps what it has left, a weak reference to a parameter's array among that.)"""
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def train():
        optimizer.zero_grad()
        model(torch.ones(3, 2)).sum().backward()
        optimizer.step()

    step = torch.compile(train, jit=True)
    for _ in range(8):
        step()
    (deferred,) = [r.deferred for v in step.variants.values() for r in v.replays]
    assert not deferred.trace.closed
    return step, weakref.ref(deferred.values[deferred.places[0]])


def test_arrays_go_with_their_owners_and_not_with_the_garbage():
    gc.collect()
    gc.disable()
    try:
        array = step_with_results()[1]
        assert torch.zeros(1).item() == 0  # what is left over goes with what runs next
        assert array() is None
    finally:
        gc.enable()


def test_a_step_that_goes_waits_for_nobody():
    """Garbage is collected in the middle of anything: of what another thread, which holds the engine's lock, waits for."""
    kept = [step_with_results()[0]]
    taken, over = threading.Event(), threading.Event()

    def hold():
        with LOCK:
            taken.set()
            over.wait(60)

    holder, dropper = threading.Thread(target=hold), threading.Thread(target=kept.clear, daemon=True)
    holder.start()
    try:
        assert taken.wait(20)
        dropper.start()
        dropper.join(20)
        assert not dropper.is_alive()
    finally:
        over.set()
        holder.join()
