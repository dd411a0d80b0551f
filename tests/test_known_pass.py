"""A backward pass that is known is recorded as one: with the same results as the long way, whatever happens before it."""

import threading

import numpy as np
import pytest
from pokes import POKES, as_the_long_way, counting

import eagerjax as torch
from eagerjax import known_pass

nn, F = torch.nn, torch.nn.functional


@pytest.fixture
def counts(monkeypatch):
    """[passes that were known, passes that went the long way]."""
    return counting(known_pass, monkeypatch)


@pytest.mark.parametrize("name", POKES)
def test_between_two_steps(name, monkeypatch, counts):
    as_the_long_way(known_pass, name, monkeypatch, counts, 4)


class Net:
    """A model whose forward pass has been gone back through often enough to be known."""

    def __init__(self, tied=False):
        torch.manual_seed(0)
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        if tied:
            self.b.weight = self.a.weight
        self.x = torch.tensor([[0.1, -0.4, 0.7], [0.3, 0.2, -0.5]])
        self.seen = []
        for _ in range(4):
            self.clear()
            self.loss().backward()
            self.gradients()

    def parameters(self):
        return [*self.a.parameters(), *self.b.parameters()]

    def clear(self):
        for p in self.parameters():
            p.grad = None

    def loss(self):
        self.hidden = torch.tanh(self.a(self.x))
        return (self.b(self.hidden) ** 2).mean()

    def gradients(self):
        return [None if p.grad is None else p.grad.tolist() for p in self.parameters()]


def hook_on_a_leaf(net, loss):
    net.a.weight.register_hook(lambda g: net.seen.append(g.sum().item()) or g * 2)


def hook_on_the_way(net, loss):
    net.hidden.register_hook(lambda g: net.seen.append(g.tolist()))


def retained(net, loss):
    net.hidden.retain_grad()


def after_accumulation(net, loss):
    net.a.bias.register_post_accumulate_grad_hook(lambda p: net.seen.append(p.grad.tolist()))


def a_gradient_is_there(net, loss):
    net.a.weight.grad = torch.ones(3, 3)


def looked_at(net, loss):
    net.seen.append(loss.item())


def written_before(net, loss):
    with torch.no_grad():
        net.a.bias.add_(1)  # its value is not needed


def another_pass_before(net, loss):
    (net.a.weight.sum() * 2).backward()


BEFORE = [hook_on_a_leaf, hook_on_the_way, retained, after_accumulation, a_gradient_is_there, looked_at, written_before,
          another_pass_before]  # fmt: skip


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("what", BEFORE)
def test_between_forward_and_backward(what, tied, monkeypatch, counts):
    found = []
    for long in (False, True):
        with monkeypatch.context() as patch:
            if long:
                patch.setattr(known_pass, "repeat", lambda loss: False)
            net = Net(tied)
            for _ in range(3):
                net.clear()
                loss = net.loss()
                what(net, loss)
                loss.backward()
                net.seen.append(None if net.hidden.grad is None else net.hidden.grad.tolist())
            found.append((net.gradients(), net.seen))
    assert found[0] == found[1]
    assert tied or counts[0]


def test_most_passes_are_known(counts):
    net = Net()
    known, long = counts
    assert known >= 2
    first = net.gradients()
    net.clear()
    net.loss().backward()
    assert net.gradients() == first
    assert counts == [known + 1, long]
    net.loss().backward()  # adds to what is there
    assert counts == [known + 1, long + 1]
    np.testing.assert_allclose(net.a.weight.grad.tolist(), 2 * np.array(first[0]), rtol=1e-6)


def test_a_needed_value_that_was_overwritten_raises_as_ever(counts):
    net = Net()
    loss = net.loss()
    with torch.no_grad():
        net.b.weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    loss = net.loss()
    net.hidden.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_second_pass_raises_and_a_retained_one_does_not(counts):
    net = Net()
    net.clear()
    loss = net.loss()
    loss.backward()
    known = counts[0]
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()
    net.clear()
    loss = net.loss()
    loss.backward(retain_graph=True)
    once = np.array(net.a.weight.grad.tolist())
    loss.backward()
    np.testing.assert_allclose(net.a.weight.grad.tolist(), 2 * once, rtol=1e-6)
    assert counts[0] == known


def test_gradients_go_to_the_parameters_of_the_day(counts):
    """The path is the same for other parameters of the same shapes."""
    net, other = Net(), Net()
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(2)
    other.clear()
    before, known = net.gradients(), counts[0]
    other.loss().backward()
    assert counts[0] == known + 1
    assert net.gradients() == before
    assert all(a != b for a, b in zip(other.gradients(), before, strict=True))
    net.a.weight = nn.Parameter(net.a.weight.detach().clone())
    net.loss().backward()
    assert net.a.weight.grad is not None


def test_frozen_parameters_and_several_threads(counts):
    net = Net()
    net.clear()
    net.a.weight.requires_grad_(False)
    for _ in range(3):
        net.clear()
        net.loss().backward()
    assert net.a.weight.grad is None and net.b.weight.grad is not None
    nets, found = [Net() for _ in range(4)], []
    expected = nets.pop().gradients()

    def work():
        mine = nets.pop()
        for _ in range(20):
            mine.clear()
            mine.loss().backward()
        found.append(mine.gradients())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for one in found:
        np.testing.assert_allclose(one[0], expected[0], rtol=1e-6)
    assert len(found) == 3


def test_a_path_that_has_left_the_tree_is_recorded_anew(counts):
    net = Net()
    state = known_pass.state
    net.clear()
    loss = net.loss()
    position = state.trace.node
    known = loss._ref.node.detail[position, True]
    parent, key, node = known.chain[-1]
    assert parent is position
    del parent[key]
    loss.backward()
    assert net.gradients() == Net().gradients()
    assert known.after is not state.trace.node
