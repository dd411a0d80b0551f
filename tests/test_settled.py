"""A compiled call that is one more like the last is looked at in one go; whatever differs, it is noticed."""

import contextlib
import dataclasses
import threading

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.record.threads import Thread
from eagerjax.static import library
from eagerjax.static.settled import CALLS, MISSES


class Loop:
    """A training loop, and what a change may be made to."""

    def __init__(self, jit, dropout=0.0):
        torch.manual_seed(3)
        self.model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(dropout), nn.Linear(6, 3))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.scale = [1.0]
        self.batches = [(torch.randn(5, 4), torch.tensor([0, 1, 2, 1, 0])) for _ in range(3)]
        self.seen = []
        model, optimizer, scale = self.model, self.optimizer, self.scale

        def train(x, y):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x) * scale[0], y)
            if torch.is_grad_enabled():
                loss.backward()
                optimizer.step()
            return loss

        self.train = torch.compile(train, jit=jit)

    def run(self, calls, **given):
        return [self.train(*self.batches[i % 3], **given).item() for i in range(calls)]

    def first_batch(self, **changed):
        x, y = self.batches[0]
        self.batches[0] = changed.get("x", x), changed.get("y", y)


@contextlib.contextmanager
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


CHANGES = {
    "a rate": lambda loop: loop.optimizer.param_groups[0].update(lr=0.02),
    "an option": lambda loop: loop.optimizer.param_groups[0].update(nesterov=True),
    "a number in a list": lambda loop: loop.scale.__setitem__(0, 0.5),
    "a kind of number": lambda loop: loop.scale.__setitem__(0, 2),
    "evaluation": lambda loop: loop.model.eval(),
    "a layer's mode": lambda loop: setattr(loop.model[2], "training", False),
    "a layer": lambda loop: loop.model.__setitem__(1, nn.ReLU()),
    "a parameter": lambda loop: loop.model[3].register_parameter("bias", None),
    "a frozen parameter": lambda loop: loop.model[0].weight.requires_grad_(False),
    "a parameter written to": lambda loop: loop.model[0].weight.data.mul_(0.5),
    "a gradient": lambda loop: setattr(loop.model[0].bias, "grad", torch.ones(6)),
    "a hook of a module": lambda loop: loop.model[1].register_forward_hook(lambda m, i, out: out * 2),
    "a hook of a parameter": lambda loop: loop.model[3].bias.register_hook(lambda grad: grad * 2),
    "a hook of a step": lambda loop: loop.optimizer.register_step_post_hook(lambda *_: loop.seen.append(1)),
    "a group": lambda loop: loop.optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))]}),
    "slots": lambda loop: loop.optimizer.state.clear(),
    "a shape": lambda loop: loop.first_batch(x=torch.ones(2, 4), y=torch.tensor([0, 1])),
    "a view": lambda loop: loop.first_batch(x=torch.ones(9, 4)[2:7]),
    "strides": lambda loop: loop.first_batch(x=torch.ones(4, 5).t()),
    "an array of numpy": lambda loop: loop.first_batch(x=torch.from_numpy(np.ones((5, 4), np.float32))),
    "a tensor to be computed": lambda loop: loop.first_batch(x=loop.batches[0][0] * 2),
    "an argument that needs grad": lambda loop: loop.first_batch(x=torch.ones(5, 4, requires_grad=True)),
    "another dtype": lambda loop: loop.first_batch(y=torch.tensor([0, 1, 2, 1, 0], dtype=torch.int32).long()),
    "an argument written to": lambda loop: loop.batches[0][0].add_(1),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_change_is_noticed(change, dropout):
    losses = []
    for jit in (True, False):
        loop = Loop(jit, dropout)
        before = loop.run(CALLS + 5)
        assert not jit or loop.train.settled is not None
        CHANGES[change](loop)
        losses.append([*before, *loop.run(7), *loop.seen])
    np.testing.assert_allclose(*losses, rtol=2e-5)


MODES = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "default dtype": double,
    "device": lambda: torch.device("cpu"),
    "anomaly": torch.autograd.detect_anomaly,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.filterwarnings("ignore:Anomaly Detection:UserWarning")
def test_a_mode_is_noticed(mode):
    losses = []
    for jit in (True, False):
        loop = Loop(jit)
        found = loop.run(CALLS + 5)
        with MODES[mode]():
            found += loop.run(4)
        losses.append([*found, *loop.run(4)])
    np.testing.assert_allclose(*losses, rtol=2e-3 if mode == "autocast" else 2e-5)


def test_most_calls_are_looked_at_in_one_go_and_the_rare_check_is_made(monkeypatch):
    monkeypatch.setattr(Thread, "several", False)  # a test before may have had some: then all calls go the long way
    loop, eager = Loop(True), Loop(False)
    losses, short = [], 0
    for _ in range(40):
        likely = loop.train.settled
        losses += loop.run(1)
        short += likely is not None and likely[1].settled.missed == 0
    assert short > 25
    assert next(iter(loop.train.variants.values())).calls == 40  # those count that go by the short way
    np.testing.assert_allclose(losses, [loss for _ in range(40) for loss in eager.run(1)], rtol=1e-5)


def test_several_threads_take_the_short_way_in_turn():
    loops, losses = [Loop(True) for _ in range(2)], [[], []]
    turns = [threading.Thread(target=lambda i=i: losses[i].extend(loops[i].run(40))) for i in range(2)]
    for thread in turns:
        thread.start()
    for thread in turns:
        thread.join()
    assert Thread.several
    assert all(loop.train.settled is not None and loop.train.settled[1].settled.missed == 0 for loop in loops)
    wanted = Loop(False).run(40)
    for found in losses:
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_what_is_kept_of_a_call_is_kept_of_the_next_unless_somebody_has_it(monkeypatch):
    monkeypatch.setattr(Thread, "several", False)  # else nobody is sure that nobody else has the parameter's memory
    weight = nn.Parameter(torch.ones(3))  # of a tensor that nobody has any more
    optimizer = torch.optim.SGD([weight], lr=0.1)

    @torch.compile(jit=True)
    def train(x):
        optimizer.zero_grad()
        loss = (weight * x).tanh().sum()
        loss.backward()
        optimizer.step()
        return loss

    x = torch.randn(3)
    for _ in range(CALLS + 5):
        train(x)
    replay = train.settled[1]
    assert [train(x)._source[0] is replay.past for _ in range(3)] == [True] * 3
    before = replay.past
    held = train(x)
    assert held._source[0] is not before  # the test has it
    del before
    others, known = [train(x) for _ in range(2)], held._source[0]
    assert len({id(loss._source[0]) for loss in (held, *others)}) == 3
    held.register_hook(print)
    with pytest.raises(RuntimeError, match="second time"):
        held.backward()
    assert known.hooked and not any(loss._source[0].hooked for loss in others)
    assert len({loss.item() for loss in (held, *others)}) == 3


def test_calls_of_two_kinds_in_turn_give_it_up():
    loop = Loop(True)
    short = torch.ones(2, 4), torch.tensor([2, 1])
    losses, eager = loop.run(CALLS + 5), Loop(False)
    wanted = eager.run(CALLS + 5)
    first = loop.train.settled[1].settled
    for _ in range(3 * MISSES):
        losses += [*loop.run(1), loop.train(*short).item()]
        wanted += [*eager.run(1), eager.train(*short).item()]
    assert 0 < first.missed <= MISSES
    np.testing.assert_allclose(losses, wanted, rtol=1e-4)


def test_the_same_tensor_twice_and_keywords_go_the_long_way():
    @torch.compile(jit=True)
    def multiplied(x, y):
        weight.mul_(0.5)
        return x * y + weight

    weight = torch.ones(3)
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 2.0])
    for i in range(1, CALLS + 8):
        assert torch.equal(multiplied(x, y), x * y + 0.5**i)
    assert multiplied.settled is not None
    i += 1
    assert torch.equal(multiplied(x, x), x * x + 0.5**i)
    i += 1
    assert torch.equal(multiplied(x, y=y), x * y + 0.5**i)
    i += 1
    assert torch.equal(multiplied(y, x), x * y + 0.5**i)


def test_a_label_that_is_refused_changes_nothing():
    loop, eager = Loop(True), Loop(False)
    losses, wrong = loop.run(CALLS + 5), torch.tensor([0, 1, 7, 1, 0])
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        loop.train(loop.batches[0][0], wrong).item()
    np.testing.assert_allclose(losses + loop.run(6), eager.run(CALLS + 5) + eager.run(6), rtol=1e-5)


def test_another_thread_makes_calls_too():
    loop, eager = Loop(True), Loop(False)
    found = loop.run(CALLS + 5)
    thread = threading.Thread(target=lambda: found.extend(loop.run(5)))
    thread.start()
    thread.join()
    np.testing.assert_allclose(found + loop.run(5), eager.run(CALLS + 5) + eager.run(5) + eager.run(5), rtol=1e-5)


def test_methods_that_python_writes_for_a_dataclass_are_nobodys_package():
    @dataclasses.dataclass(frozen=True)
    class Settings:
        rate: float = 0.1

    assert not library.is_foreign(Settings.__repr__)  # which Python wraps, and says that it is the class's module's


def test_guards_leave_out_what_no_step_of_an_optimizer_looks_at():
    loop = Loop(True)
    loop.run(CALLS + 5)
    replay = next(iter(loop.train.variants.values())).replays[0]
    where = {entry[3] for entry in replay.guards.hard if "optimizer" in entry[3]}
    assert {"optimizer._optimizer_step_pre_hooks", "optimizer.param_groups", "optimizer.defaults['differentiable']"} < where
    assert not any("state_dict" in name or "defaults['momentum']" in name for name in where)


def test_guards_keep_it_where_the_function_asks_for_it():
    loop = Loop(False)
    optimizer, kept = loop.optimizer, []
    x = torch.ones(3)

    @torch.compile(jit=True)
    def scaled(x):
        return x * optimizer.defaults["momentum"]

    for _ in range(CALLS + 8):
        kept.append(scaled(x))
    optimizer.defaults["momentum"] = 0.25
    assert torch.equal(scaled(x), x * 0.25)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("jit", [True, False])
def test_a_parameter_made_of_a_tensor_is_an_ordinary_one_once_nobody_has_that(held, jit, monkeypatch):
    monkeypatch.setattr(Thread, "several", False)
    made = torch.ones(2, 3)
    weight = nn.Parameter(made)
    optimizer = torch.optim.SGD([weight], lr=0.5)
    if not held:
        del made

    @torch.compile(jit=jit)
    def train(x):
        optimizer.zero_grad()
        (weight * x).sum().backward()
        optimizer.step()

    for i in range(1, CALLS + 8):
        train(torch.ones(2, 3))
        assert weight.tolist() == [[1 - 0.5 * i] * 3] * 2
        assert not held or made.tolist() == weight.tolist()
    assert (weight._base is None) is not held
