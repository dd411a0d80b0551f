"""Several threads that share tensors: each records a trace of its own, and runs another's where it needs a value of it."""

import gc
import sys
import threading

import pytest

import eagerjax as torch


@pytest.fixture
def restless():
    """Python changes threads ten times as often, and its collector calls somebody's function in the middle of anything."""
    before, threshold = sys.getswitchinterval(), gc.get_threshold()

    def called(phase, info):
        return sum(range(50))

    sys.setswitchinterval(0.0005)
    gc.set_threshold(100)
    gc.callbacks.append(called)
    yield
    gc.callbacks.remove(called)
    gc.set_threshold(*threshold)
    sys.setswitchinterval(before)


def together(*functions):
    """Run each in a thread of its own; the first exception is raised here."""
    found = []

    def guarded(function):
        try:
            function()
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=guarded, args=(f,)) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if found:
        raise found[0]


def test_gradients_of_many_threads_add_up(restless):
    x = torch.ones(5, 5, requires_grad=True)  # pending in this thread's trace, which the first of the others runs

    def train():
        for _ in range(5):
            ((x + 3) * (x + 4) * 0.5).sum().backward()

    together(*[train] * 8)
    assert torch.equal(x.grad, 40 * (x.detach() + 3.5))
    assert torch.ones(3).sum().item() == 3  # this thread records on


def test_what_one_writes_the_others_read(restless):
    total = torch.zeros(4)

    def write():
        for _ in range(200):
            total.add_(1)
            (total * 2).sum()

    def read():
        for _ in range(200):
            seen = ((total + 1) * 2).sum().item()
            assert seen % 8 == 0 and 8 <= seen <= 8 * 201

    together(write, read, read)
    assert total.tolist() == [200.0] * 4


def test_one_network_for_many_threads(restless):
    """A prediction server: the network, never used yet, answers in every thread as in this one."""
    network = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    x = torch.randn(32, 8)
    answers = []

    def predict():
        for _ in range(20):
            with torch.no_grad():
                answers.append(network(x).sum().item())

    together(*[predict] * 4)
    assert len(answers) == 80 and max(answers) - min(answers) < 1e-5
    assert abs(network(x).sum().item() - answers[0]) < 1e-5
