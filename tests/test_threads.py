"""Several threads that share tensors: each records a trace of its own, and runs another's where it needs a value of it."""

import copy
import gc
import io
import math
import sys
import threading
import types

import pytest

import eagerjax as torch
from eagerjax.alias import settle
from eagerjax.record.threads import is_recording, is_unguarded_step, look_at
from eagerjax.tensor import computed


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


class Shared:
    """A model that one thread trains; each element of `count` is minus the number of steps."""

    def __init__(self, jit):
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Tanh())
        self.model.count = torch.nn.Parameter(torch.zeros(5))
        optimizer = torch.optim.SGD(self.model.parameters(), lr=1 / 1024)

        def step(x):
            optimizer.zero_grad()
            loss = self.model(x).pow(2).mean() + self.model.count.sum() * 1024
            loss.backward()
            optimizer.step()
            return loss

        self.compiled = torch.compile(step, jit=jit)
        self.batches = [torch.randn(8, 4) for _ in range(4)]

    def step(self, i):
        return self.compiled(self.batches[i % 4])

    def weights(self):
        return torch.cat([p.detach().flatten() for p in self.model.parameters()])


def saved(shared):
    file = io.BytesIO()
    torch.save(shared.model.state_dict(), file)
    file.seek(0)
    return torch.load(file)["count"]


LOOKS = {
    "a_result": lambda s: (s.model.count + 0).detach(),
    "a_detached_copy": lambda s: s.model.count.detach().clone(),
    "an_alias": lambda s: s.model.count.detach(),
    "its_data": lambda s: s.model.count.data,
    "a_view": lambda s: s.model.count.view(5, 1)[1:].flatten().detach(),
    "a_state_dict": lambda s: s.model.state_dict()["count"],
    "a_deep_copy": lambda s: copy.deepcopy(s.model).count.detach(),
    "a_checkpoint": saved,
}
"""What a thread that saves, averages or shows a model may do while another one trains it."""


@pytest.mark.slow
@pytest.mark.parametrize("read", ["tolist", "numpy"])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("jit", [False, True])
def test_aliases_of_what_another_thread_trains(jit, look, read, restless):
    """Each look sees all of one step, never an older one than the look before, and the training is that without looks."""
    torch.manual_seed(0)
    shared, steps, over = Shared(jit), 40, threading.Event()

    def train():
        try:
            for i in range(steps):
                shared.step(i)
                if i % 7 == 0:
                    shared.model.count.sum().item()
        finally:
            over.set()

    def watch():
        last = 0
        while not over.is_set():
            x = LOOKS[look](shared)
            values = x.tolist() if read == "tolist" else x.numpy().copy().tolist()
            assert len(set(values)) == 1 and -values[0] >= last, (values, last)
            last = -values[0]

    together(train, watch, watch)
    assert shared.model.count.tolist() == [-steps] * 5
    torch.manual_seed(0)
    alone = Shared(jit)
    for i in range(steps):
        alone.step(i)
    assert torch.allclose(shared.weights(), alone.weights(), atol=1e-5)


def test_a_second_thread_waits_for_what_the_first_is_in_the_middle_of():
    """What a thread has begun while it was alone takes no lock."""
    inside, seen, over = threading.Event(), [], threading.Event()

    class Slow:
        """In the middle of `torch.tensor`."""

        def __len__(self):
            return 2

        def __getitem__(self, i):
            inside.set()
            over.wait(20)
            if i < 2:
                return 1.0
            raise IndexError

    maker = threading.Thread(target=lambda: seen.append(torch.tensor(Slow()).tolist()))
    maker.start()
    assert inside.wait(20)
    assert look_at(maker.ident, is_unguarded_step)
    over.set()
    maker.join()
    assert seen == [[1.0, 1.0]] and not look_at(maker.ident, is_unguarded_step)


def test_what_helps_a_step_is_part_of_it(monkeypatch):
    """A thread that stands in a small function of the library is where its caller is."""
    inside, over = threading.Event(), threading.Event()

    def prod(shape):
        inside.set()
        over.wait(20)
        return math.prod(shape)

    monkeypatch.setattr("eagerjax.size.math", types.SimpleNamespace(prod=prod))
    recorder = threading.Thread(target=lambda: torch.ones(3, 1, 7, 1).sub(torch.ones(1, 5, 1, 11)))
    recorder.start()
    assert inside.wait(20)
    assert is_recording(recorder.ident)
    over.set()
    recorder.join()


def test_a_thread_that_goes_on_while_it_is_looked_at(monkeypatch):
    """The frame that it was in has returned, and tells no more who has called it."""
    step = types.SimpleNamespace(f_code=torch.tensor.__code__, f_back=None)
    returned = types.SimpleNamespace(f_code=math_of_somebody.__code__, f_back=None)
    inside = types.SimpleNamespace(f_code=math_of_somebody.__code__, f_back=step)
    for frames, recording in (([returned, inside, inside], True), ([returned, returned], False), ([None, None], False)):
        frames = iter(frames)
        seen = types.SimpleNamespace(_current_frames=lambda frames=frames: {7: next(frames)})
        monkeypatch.setattr("eagerjax.record.threads.sys", seen)
        assert is_recording(7) is recording


def math_of_somebody():
    """Stands for code that a step calls."""


def test_a_value_that_another_thread_has_computed_meanwhile():
    """A thread has seen that it is pending, and waited for the lock."""
    for x in (torch.ones(3) * 2, torch.ones(3).detach()):
        expected = x.tolist()  # it is there
        assert computed(x).tolist() == expected
        settle(x)
        assert x.tolist() == expected
