"""Memory that several processes have: tensors moved there, and sent. Another process is a second mapping, or a real child."""

import copy
import importlib
import io
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import sharing
from eagerjax.sharing import Segment, merge

ROOT = pathlib.Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not sharing.SUPPORTED, reason="descriptors can't be sent on this system")


def theirs(tensor):
    """The storage's elements, as another process has them."""
    shared = tensor._base.storage.memory
    assert type(shared) is sharing.Shared
    copied = Segment(os.dup(shared.segment.fd), shared.segment.size)
    return np.ndarray(shared.flat.shape, shared.flat.dtype, copied.map, shared.offset)


# -- in place ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64, torch.bool, torch.complex64, torch.complex128])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_writes_reach_the_memory_and_reads_see_it(dtype, shape):
    x = torch.ones(shape).to(dtype)
    part, alias = x.reshape(-1)[:2], x.detach()
    assert not x.is_shared() and x.share_memory_() is x and x.share_memory_() is x
    assert x.is_shared() and part.is_shared() and alias.is_shared() and x.untyped_storage().is_shared()
    memory = theirs(x)
    x.zero_()
    assert not memory.any() and torch.equal(alias, torch.zeros(shape).to(dtype))
    memory[...] = 1
    assert torch.equal(x, torch.ones(shape).to(dtype)) and part.tolist() == [1] * min(x.numel(), 2)


def test_what_becomes_of_copies():
    x = torch.arange(4.0).share_memory_()
    private = [copy.deepcopy(x), x.clone(), pickle.loads(pickle.dumps(x)), x + 0]
    theirs(x)[...] = 7
    assert not any(t.is_shared() for t in private) and all(t.tolist() == [0, 1, 2, 3] for t in private)
    assert copy.copy(x).is_shared() and x.to("cpu") is x and not x.double().is_shared()
    x.numpy()[0] = 9
    assert theirs(x)[0] == 9
    storage = torch.zeros(2).untyped_storage()
    assert not storage.is_shared() and storage.share_memory_() is storage and storage.is_shared()


def test_a_module_is_saved_whole():
    """What was read of shared memory is no attribute that a user has hung onto the tensor."""
    module = torch.nn.Linear(2, 2)
    module.share_memory()
    module(torch.ones(1, 2))
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert torch.equal(loaded.weight, module.weight) and not loaded.weight.is_shared()


def test_numbers_of_tensors_that_require_grad_warn_only_where_gradients_are_recorded(monkeypatch):
    warned = []
    monkeypatch.setattr(importlib.import_module("eagerjax.tensor"), "warn_of_grad", lambda: warned.append(1))
    x = torch.ones((), requires_grad=True)
    with torch.no_grad():
        assert float(x) == 1 and not warned
    assert float(x) == 1 and warned == [1]


def test_a_tensor_of_shared_memory_gets_another_shape():
    for x in (torch.arange(4.0).share_memory_(), torch.from_numpy(np.arange(4.0))):
        assert x.sum() == 6
        x.resize_(2)
        assert x.tolist() == [0, 1]


def test_an_array_that_shared_the_memory_parts_from_it():
    array = np.zeros(3, np.float32)
    x = torch.from_numpy(array)
    x.share_memory_()
    x += 1
    assert not array.any() and theirs(x).tolist() == [1, 1, 1]


@pytest.mark.parametrize("momentum", [0, 0.9])
def test_a_step_writes_parameters_and_reads_them_anew(way, momentum):
    def train(module, write):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=momentum)

        def step(x):
            optimizer.zero_grad()
            loss = module(x).pow(2).sum()
            loss.backward()
            optimizer.step()
            return loss

        step, losses = way(step), []
        for i in range(5):
            losses.append(step(torch.arange(6.0, dtype=torch.float64).reshape(3, 2).sin() + i).item())
            if i == 2:
                write()
        return losses

    def block():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 1)).double()

    plain, shared = block(), block()
    shared.share_memory()
    weight = shared[1].weight
    places = [theirs(t) for t in (*shared.parameters(), *shared.buffers())]

    def write_there():
        theirs(weight)[...] = 0.5

    expected = train(plain, lambda: plain[1].weight.data.fill_(0.5))
    np.testing.assert_allclose(train(shared, write_there), expected, rtol=1e-9)
    assert shared[1].weight is weight and weight.is_shared() and weight.is_leaf
    for t, place, other in zip((*shared.parameters(), *shared.buffers()), places, (*plain.parameters(), *plain.buffers())):
        np.testing.assert_allclose(place, other.detach().numpy().reshape(-1), rtol=1e-9, atol=1e-12)
        assert t.is_shared()


def test_a_module_is_filled_and_its_data_set():
    module = torch.nn.Linear(2, 2)
    module.share_memory()
    memory = theirs(module.weight)
    module.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)})
    assert memory.tolist() == [1, 1, 1, 1] and module.state_dict()["weight"].is_shared()
    with torch.no_grad():
        module.weight[0] = 5
    module.weight.data[1].mul_(3)
    assert memory.tolist() == [5, 5, 3, 3]
    other = torch.nn.Linear(2, 2)
    other(torch.ones(1, 2)).sum().backward()
    module.weight._grad = other.weight.grad
    assert module.weight.grad is other.weight.grad
    module.weight.requires_grad_(False)
    assert module.weight.is_shared() and memory.tolist() == [5, 5, 3, 3]
    module.weight.data = torch.zeros(2, 2)
    assert not module.weight.is_shared() and memory.tolist() == [5, 5, 3, 3]


def test_a_write_into_what_a_graph_has_kept_is_refused():
    w = torch.nn.Parameter(torch.ones(2))
    w.share_memory_()
    loss = (w * w).sum()
    with torch.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("jit", [False, True])
def test_updates_of_others_are_not_lost(jit):
    """Another process adds to a parameter between an update's reading and its writing."""
    w = torch.nn.Parameter(torch.tensor([1.0, 2.0, float("nan")]))
    w.share_memory_()
    optimizer = torch.optim.SGD([w], lr=1.0)
    memory = theirs(w)
    seen = memory.copy()
    w.grad = torch.ones(3)
    run = sharing.Shared.put

    def late(self, part, array, before):
        memory[0] += 10
        run(self, part, array, before)

    step = torch.compile(optimizer.step, jit=True) if jit else optimizer.step
    sharing.Shared.put = late
    try:
        step()
    finally:
        sharing.Shared.put = run
    np.testing.assert_array_equal(memory, seen + [9, -1, 0])


@pytest.mark.parametrize("first", ["shared", "own"])
def test_updates_of_others_are_not_lost_beside_a_parameter_of_our_own(first, monkeypatch):
    """Others add to a shared parameter and to its momentum, while a step updates these and a parameter that is not shared."""
    shared, own = (torch.nn.Parameter(torch.tensor([1.0, 2.0])) for _ in range(2))
    parameters = [shared, own] if first == "shared" else [own, shared]
    optimizer = torch.optim.SGD(parameters, lr=1.0, momentum=0.5)
    for p in parameters:
        p.grad = torch.ones(2)
    optimizer.step()
    momentum = optimizer.state[shared]["momentum_buffer"].share_memory_()
    memories = [theirs(shared.share_memory_()), theirs(momentum)]
    put, due = sharing.Shared.put, list(memories)

    def late(self, part, array, before):
        while due:
            due.pop()[0] += 10
        put(self, part, array, before)

    monkeypatch.setattr(sharing.Shared, "put", late)
    optimizer.step()
    assert [m.tolist() for m in memories] == [[8.5, -0.5], [11.5, 1.5]]
    assert own.tolist() == [-1.5, -0.5] and not own.is_shared()


def test_merging():
    part = np.array([[1.0, np.nan, np.inf], [2, 3, 4]])
    seen, new = part.copy(), np.array([[5.0, 1, 2], [np.nan, 3, -4]])
    merge(part, new, seen)
    np.testing.assert_array_equal(part, new)
    large = np.zeros((5, sharing.CHUNK // 2), np.int64)
    large[3, 7] = 4
    merge(large, np.ones_like(large), np.zeros_like(large))
    assert large[3, 7] == 5 and large.sum() == large.size + 4


# -- messages ------------------------------------------------------------------------------------------------------
def received(obj):
    """What another process gets. (Descriptors travel through a socket within this one.)"""
    return ForkingPickler.loads(ForkingPickler.dumps(obj))


def test_what_arrives_is_the_same_memory():
    x = torch.arange(12.0).reshape(3, 4)
    w = torch.nn.Parameter(torch.ones(2))
    message = {"x": x, "t": x.t(), "part": x[1, 1:], "bits": x.view(torch.int32), "w": w, "tied": w, "wide": w.data.expand(3, 2),
               "empty": x[3:], "scalar": torch.tensor(True), "imag": torch.ones(2, dtype=torch.complex64).imag}  # fmt: skip
    got = received(message)
    assert x.is_shared() and w.is_shared() and got["tied"] is got["w"] and type(got["w"]) is torch.nn.Parameter
    for name, sent in message.items():
        there = got[name]
        assert there.is_shared() and there.dtype is sent.dtype and there.requires_grad is sent.requires_grad
        assert (there.shape, there.stride(), there.storage_offset()) == (sent.shape, sent.stride(), sent.storage_offset())
        assert torch.equal(there, sent) and there.is_leaf
    x[1, 1] = 50
    assert got["t"][1, 1] == 50 and got["part"][0] == 50 and got["bits"][1, 1] == torch.tensor(50.0).view(torch.int32)
    got["part"].zero_()
    assert x[1].tolist() == [4, 0, 0, 0] and got["x"].data_ptr() == x.data_ptr()
    (got["w"] * 3).sum().backward()
    assert got["w"].grad.tolist() == [3, 3] and w.grad is None


def test_what_cannot_be_sent():
    with pytest.raises(RuntimeError, match="Cowardly refusing"):
        ForkingPickler.dumps(torch.ones(2, requires_grad=True) * 2)
    conjugate = torch.tensor([1 + 2j]).conj()
    assert received(conjugate).resolve_conj().tolist() == [1 - 2j]


def test_memory_is_let_go():
    x = torch.zeros(1 << 20).share_memory_()
    segment = x._base.storage.memory.segment
    fd, key = segment.fd, sharing.identity(segment.fd)
    got = received(x)
    del x, segment
    assert got.sum() == 0 and key in sharing.SEGMENTS
    del got
    assert key not in sharing.SEGMENTS
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)


# -- processes -----------------------------------------------------------------------------------------------------
def start(tmp_path, source):
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(source))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "eagerjax", str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, env=env, cwd=tmp_path)  # fmt: skip


def test_hogwild(tmp_path):
    """Two processes train one set of weights, as A3C does; queues, events and values work beside."""
    program = start(tmp_path, """
        import torch, torch.nn as nn
        import torch.multiprocessing as mp

        class Worker(mp.Process):
            def __init__(self, model, optimizer, count, lock, queue, done):
                super().__init__()
                self.model, self.optimizer, self.count, self.lock = model, optimizer, count, lock
                self.queue, self.done = queue, done

            def run(self):
                torch.set_num_threads(1)
                assert self.model[1].weight is self.model[0].weight and self.model[0].weight.is_shared()
                local = nn.Linear(4, 4)
                for i in range(50):
                    local.load_state_dict(self.model[0].state_dict())
                    self.optimizer.zero_grad()
                    (local.weight.sum() + local.bias.sum()).backward()
                    for mine, shared in zip(local.parameters(), self.model.parameters()):
                        shared._grad = mine.grad
                    self.optimizer.step()
                    with self.lock:
                        self.count += 1
                x = torch.full((2,), 3.0)
                self.queue.put({"x": x, "name": self.name})
                self.done.wait()
                assert x.tolist() == [6.0, 6.0], x

        if __name__ == "__main__":
            model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
            model[1].weight, model[1].bias = model[0].weight, model[0].bias
            before = model[0].weight.detach().clone()
            model.share_memory()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
            count, lock, queue, done = torch.zeros((), dtype=torch.int64), mp.Lock(), mp.Queue(), mp.Event()
            workers = [Worker(model, optimizer, count, lock, queue, done) for _ in range(2)]
            for worker in workers:
                worker.start()
            for _ in workers:
                got = queue.get()
                assert got["x"].is_shared()
                got["x"].mul_(2)
            done.set()
            for worker in workers:
                worker.join()
            moved = before - model[0].weight
            print([w.exitcode for w in workers], int(count), bool((moved > 45).all()), mp.get_start_method())
    """)  # fmt: skip
    out, _ = program.communicate(timeout=120)
    assert out.splitlines()[-1] == "[0, 0] 100 True spawn", out


def test_errors_of_processes_and_pools(tmp_path):
    program = start(tmp_path, """
        import os, signal, time, warnings
        import torch
        import torch.multiprocessing as mp

        def fails(i, x):
            x[i] += 1
            if i == 0:
                raise ValueError(f"process {i} of {len(x)}")
            time.sleep(60)

        def ends(i):
            os.kill(os.getpid(), signal.SIGKILL)

        def square(x):
            return x * x

        if __name__ == "__main__":
            x = torch.zeros(2)
            try:
                mp.spawn(fails, (x,), nprocs=2)
            except mp.ProcessRaisedException as error:
                print(error.error_index, "Process 0 terminated with the following error" in str(error),
                      "ValueError: process 0 of 2" in str(error), float(x[0]), x.is_shared())
            context = mp.start_processes(ends, nprocs=1, join=False)
            try:
                while not context.join():
                    pass
            except mp.ProcessExitedException as error:
                print(error, error.exit_code, error.signal_name)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                with mp.get_context("fork").Pool(1) as pool:
                    print(pool.map(square, [torch.ones(2), torch.arange(3)]), "spawn" in str(caught[0].message))
            mp.set_sharing_strategy("file_system")
            print(mp.get_sharing_strategy(), sorted(mp.get_all_sharing_strategies()))
    """)  # fmt: skip
    out, _ = program.communicate(timeout=120)
    assert out.splitlines() == [
        "0 True True 1.0 True",
        "process 0 terminated with signal SIGKILL -9 SIGKILL",
        "[tensor([1., 1.]), tensor([0, 1, 4])] True",
        "file_system ['file_descriptor', 'file_system']",
    ], out


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no /dev/shm")
def test_nothing_is_left_where_processes_are_killed(tmp_path):
    before = set(os.listdir("/dev/shm"))
    program = start(tmp_path, """
        import time
        import torch
        import torch.multiprocessing as mp

        def wait(model, x, go):
            x += 1
            go.put(mp.current_process().pid)
            time.sleep(60)

        if __name__ == "__main__":
            model, x, go = torch.nn.Linear(100, 100), torch.zeros(3), mp.SimpleQueue()
            model.share_memory()
            mp.Process(target=wait, args=(model, x, go)).start()
            print(go.get(), flush=True)
            time.sleep(60)
    """)  # fmt: skip
    child = int(program.stdout.readline())
    os.kill(child, signal.SIGKILL)
    program.kill()
    out, _ = program.communicate(timeout=60)
    end = time.monotonic() + 20  # Python's own tracker removes its semaphores soon
    while set(os.listdir("/dev/shm")) - before and time.monotonic() < end:
        time.sleep(0.1)
    assert not [n for n in os.listdir("/dev/shm") if n not in before], out
