"""Datasets, samplers, collating and the DataLoader, in one process and in workers."""

import collections
import os
import subprocess
import sys
import textwrap
import time
import warnings

import numpy as np
import pytest
from loader_parts import Held, Report, Squares, Stream, Trouble

import eagerjax as ej
from eagerjax.utils import data as D

linux = pytest.mark.skipif(sys.platform == "win32", reason="workers need fork-free subprocesses with sockets")
Point = collections.namedtuple("Point", "x y")


def plain(x):
    if getattr(type(x), "is_eagerjax_tensor", False) or type(x).__module__ == "torch":
        return x.tolist(), str(x.dtype)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [plain(v) for v in x]
    return x


# -- collate ------------------------------------------------------------------------------------
def batches(lib):
    return {
        "tensors": [lib.tensor([1.0, 2.0]), lib.tensor([3.0, 4.0])],
        "pending": [lib.tensor([1.0, 2.0]) * 2, lib.tensor([3.0, 4.0])],
        "arrays": [np.arange(3, dtype=np.int16), np.arange(3, dtype=np.int16)],
        "floats": [1.0, 2.5],
        "ints": [1, 2],
        "int, float": [1, 2.5],
        "bools": [True, False],
        "strings": ["a", "b"],
        "scalars": [np.float64(1), np.float64(2)],
        "pairs": [(1.0, 2), (3.0, 4)],
        "dicts": [{"a": 1, "b": [1.0, 2.0]}, {"a": 3, "b": [4.0, 5.0]}],
        "ordered": [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
        "named": [Point(1, 2.0), Point(3, 4.0)],
        "lists": [[1, (2, 3)], [4, (5, 6)]],
    }


@pytest.mark.parametrize("name", batches(ej))
def test_default_collate(name):
    torch = pytest.importorskip("torch")
    want = torch.utils.data.default_collate(batches(torch)[name])
    got = D.default_collate(batches(ej)[name])
    assert type(got).__name__ == type(want).__name__
    assert plain(got) == plain(want)


@pytest.mark.parametrize(
    "batch, error, text",
    [
        ([None, None], TypeError, "found <class 'NoneType'>"),
        ([np.array(["a"])] * 2, TypeError, "found <U1"),
        ([[1, 2], [3]], RuntimeError, "of equal size"),
        ([np.zeros(2), np.zeros(3)], RuntimeError, r"got \[2\] at entry 0 and \[3\] at entry 1"),
        ([ej.zeros(2), ej.zeros(3)], RuntimeError, r"got \[2\] at entry 0 and \[3\] at entry 1"),
    ],
)
def test_collate_errors(batch, error, text):
    with pytest.raises(error, match=text):
        D.default_collate(batch)


def test_batches_are_copies():
    array = np.zeros(3, np.float32)
    batch = D.default_collate([array])
    converted = D.default_convert(array)
    array[:] = 7
    assert batch.sum().item() == 0 and converted.sum().item() == 0


# -- datasets -------------------------------------------------------------------------------------
def test_datasets_of_datasets():
    a, b = Squares(3), Squares(2)
    both = a + b
    assert len(both) == 5 and both[3] == (0.0, 0) and both[-1] == (1.0, 1)
    assert D.StackDataset(a, D.Subset(a, [2, 1, 0]))[0] == ((0.0, 0), (4.0, 2))
    assert D.StackDataset(x=a).__getitems__([1]) == [{"x": (1.0, 1)}]
    assert list(D.ChainDataset([Stream(2), Stream(2)])) == [0, 1, 0, 1]
    data = D.TensorDataset(ej.arange(4), ej.arange(4) * 2)
    assert [t.item() for t in data[3]] == [3, 6]
    with pytest.raises(AssertionError, match="Size mismatch"):
        D.TensorDataset(ej.arange(4), ej.arange(3))
    with pytest.raises(ValueError, match="Size mismatch"):
        D.StackDataset(a, b)


def test_random_split():
    parts = D.random_split(range(10), [0.55, 0.25, 0.2], generator=ej.Generator().manual_seed(1))
    assert [len(p) for p in parts] == [6, 2, 2]
    assert sorted(x for p in parts for x in p) == list(range(10))
    again = D.random_split(range(10), [6, 2, 2], generator=ej.Generator().manual_seed(1))
    assert [list(p) for p in parts] == [list(p) for p in again]
    with pytest.raises(ValueError, match="Sum of input lengths"):
        D.random_split(range(10), [1, 2])


# -- samplers --------------------------------------------------------------------------------------
def test_samplers():
    ej.manual_seed(0)
    first = list(D.RandomSampler(range(50)))
    second = list(D.RandomSampler(range(50)))
    ej.manual_seed(0)
    assert list(D.RandomSampler(range(50))) == first != second
    assert sorted(first) == list(range(50))
    assert len(list(D.RandomSampler(range(4), num_samples=10))) == 10
    assert set(D.RandomSampler(range(4), replacement=True, num_samples=100)) == {0, 1, 2, 3}
    assert sorted(D.SubsetRandomSampler([5, 7])) == [5, 7]
    drawn = collections.Counter(D.WeightedRandomSampler([0.0, 1.0, 3.0], 4000))
    assert drawn[0] == 0 and 2.5 < drawn[2] / drawn[1] < 3.6
    assert sorted(D.WeightedRandomSampler([1.0, 1.0, 1.0], 3, replacement=False)) == [0, 1, 2]
    assert list(D.BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]
    assert len(D.BatchSampler(range(5), 2, False)) == 3
    with pytest.raises(ValueError, match="positive integer"):
        D.RandomSampler([])


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("n, ranks", [(10, 3), (2, 4), (9, 3)])
def test_distributed_sampler(n, ranks, drop_last):
    torch = pytest.importorskip("torch")
    for rank in range(ranks):
        given = {"num_replicas": ranks, "rank": rank, "shuffle": False, "drop_last": drop_last}
        ours, theirs = D.DistributedSampler(range(n), **given), torch.utils.data.DistributedSampler(range(n), **given)
        assert list(ours) == list(theirs) and len(ours) == len(theirs)
    shuffled = [D.DistributedSampler(range(12), 3, rank, seed=4) for rank in range(3)]
    assert sorted(i for s in shuffled for i in s) == list(range(12))
    before = list(shuffled[0])
    shuffled[0].set_epoch(1)
    assert list(shuffled[0]) != before


# -- the loader ------------------------------------------------------------------------------------
def seen(loader):
    return [plain(batch) for batch in loader]


@pytest.mark.parametrize(
    "options",
    [{}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None},
     {"batch_sampler": [[1, 2], [0]]}, {"sampler": [4, 2], "batch_size": 2}],
)  # fmt: skip
@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=linux)])
def test_loader_equals_torch(options, workers):
    torch = pytest.importorskip("torch")
    want = torch.utils.data.DataLoader(Squares(7), **options)
    got = D.DataLoader(Squares(7), num_workers=workers, **options)
    assert seen(got) == seen(want)
    assert len(got) == len(want)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=linux)])
def test_stream(workers):
    loader = D.DataLoader(Stream(9), batch_size=2, num_workers=workers)
    found = [b.tolist() for b in loader]
    assert sorted(sum(found, [])) == list(range(9))
    if workers:
        assert found == [[0, 2], [1, 3], [4, 6], [5, 7], [8]]
    dropped = D.DataLoader(Stream(9), batch_size=2, num_workers=workers, drop_last=True)
    assert sum(len(b) for b in dropped) == 8


def test_shuffle_follows_the_seed():
    loader = D.DataLoader(Squares(20), batch_size=20, shuffle=True)
    ej.manual_seed(3)
    first, second = seen(loader), seen(loader)
    ej.manual_seed(3)
    assert seen(loader) == first != second
    generator = ej.Generator().manual_seed(5)
    own = seen(D.DataLoader(Squares(20), batch_size=20, shuffle=True, generator=generator))
    generator.manual_seed(5)
    assert seen(D.DataLoader(Squares(20), batch_size=20, shuffle=True, generator=generator)) == own


def test_tensor_dataset_in_one_look():
    data = D.TensorDataset(ej.arange(10).reshape(5, 2), ej.arange(5))
    loader = D.DataLoader(D.Subset(data, [4, 0, 3]), batch_size=2)
    assert [(x.tolist(), y.tolist()) for x, y in loader] == [([[8, 9], [0, 1]], [4, 0]), ([[6, 7]], [3])]
    data.tensors[1].add_(1)
    assert next(iter(D.DataLoader(data, batch_size=5)))[1].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "options, text",
    [
        ({"num_workers": -1}, "non-negative"),
        ({"timeout": -1}, "non-negative"),
        ({"prefetch_factor": 2}, "only be specified in multiprocessing"),
        ({"persistent_workers": True}, "needs num_workers > 0"),
        ({"shuffle": True, "sampler": [0]}, "mutually exclusive with shuffle"),
        ({"batch_sampler": [[0]], "batch_size": 2}, "mutually exclusive with batch_size"),
        ({"batch_size": None, "drop_last": True}, "disables auto-batching"),
        ({"batch_size": 0}, "positive integer"),
    ],
)
def test_loader_errors(options, text):
    with pytest.raises(ValueError, match=text):
        D.DataLoader(Squares(3), **options)


def test_loader_is_fixed_once_made():
    loader = D.DataLoader(Squares(3))
    with pytest.raises(ValueError, match="batch_size attribute should not be set"):
        loader.batch_size = 2
    with pytest.raises(ValueError, match="unspecified shuffle"):
        D.DataLoader(Stream(3), shuffle=True)


# -- workers -----------------------------------------------------------------------------------------
def alive(pids):
    return [pid for pid in pids if os.path.exists(f"/proc/{pid}") and b"worker_main" in cmdline(pid)]


def cmdline(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


@linux
def test_workers_know_themselves_and_load_no_jax():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader = D.DataLoader(Report(6), batch_size=None, num_workers=3)
    items = list(loader)
    assert [i["id"] for i in items] == [0, 1, 2, 0, 1, 2]
    assert [i["seed"] - items[0]["seed"] for i in items[:3]] == [0, 1, 2]
    assert len({i["draw"] for i in items}) == 6
    assert not any(i["jax"] for i in items) and {i["platform"] for i in items} == {"cpu"}
    pids = {i["pid"] for i in items}
    assert {i["pid"] for i in loader} == pids  # between two passes the processes wait
    del loader
    assert alive(pids) == []


@linux
def test_tensors_that_a_worker_indexes():
    """The module of the first thing unpickled is not executed twice, which would leave it a class without methods."""
    (batch,) = D.DataLoader(Held(4), batch_size=4, num_workers=1)
    assert batch.tolist() == [0.0, 2.0, 4.0, 6.0]


@linux
def test_datasets_are_sent_anew_for_each_pass():
    data = Squares(2)
    loader = D.DataLoader(data, num_workers=1)
    assert len(list(loader)) == 2
    data.__class__ = Report
    assert "pid" in next(iter(loader))


@linux
def test_persistent_workers_are_the_same_processes():
    loader = D.DataLoader(Report(4), batch_size=None, num_workers=2, persistent_workers=True)
    first = {i["pid"] for i in loader}
    next(iter(loader))  # an epoch that is not finished
    assert {i["pid"] for i in loader} == first
    assert [len(list(loader)) for _ in range(2)] == [4, 4]
    del loader
    assert alive(first) == []


@linux
def test_tensors_made_in_a_worker():
    class Made(Squares):
        def __getitem__(self, i):
            return ej.ones(2) * i

    (batch,) = D.DataLoader(Made(3), batch_size=3, num_workers=1, collate_fn=lambda items: ej.stack(items).sum(1))
    assert batch.tolist() == [0.0, 2.0, 4.0]


@linux
def test_errors_of_workers_come_back_with_their_traceback():
    iterator = iter(D.DataLoader(Trouble(5), batch_size=1, num_workers=1))
    assert [next(iterator).item() for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError, match="(?s)worker process 0.*Traceback.*no item 3"):
        next(iterator)
    assert next(iterator).item() == 4


@linux
def test_init_function_and_its_errors():
    def start(worker_id):
        raise ZeroDivisionError("at the start")

    with pytest.raises(ZeroDivisionError, match="at the start"):
        list(D.DataLoader(Squares(3), num_workers=1, worker_init_fn=start))


@linux
def test_a_killed_worker_is_an_error_at_once():
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"killed by signal: SIGKILL.*index \[4, 5\]"):
        list(D.DataLoader(Trouble(8), sampler=[0, 1, 2, 2, 4, 5], batch_size=2, num_workers=2))
    assert time.monotonic() - began < 3


@linux
def test_timeout():
    with pytest.raises(RuntimeError, match=r"timed out after 0.5 seconds, waiting for index \[7\]"):
        list(D.DataLoader(Trouble(8), sampler=[7], num_workers=1, timeout=0.5))


@linux
def test_unguarded_script_and_no_orphans(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import os, sys, numpy as np
        from eagerjax.utils.data import DataLoader, Dataset
        class Mine(Dataset):
            def __len__(self): return 100
            def __getitem__(self, i): return os.getpid(), (lambda: i)()
        loader = DataLoader(Mine(), batch_size=10, num_workers=2)
        for pids, items in loader:
            print(*set(pids.tolist()), flush=True)
            if items[0].item() >= 10 and "die" in sys.argv: os.kill(os.getpid(), 9)
    """)
    )
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    env = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 10
    killed = subprocess.run([sys.executable, script, "die"], env=env, capture_output=True, text=True, timeout=60,
                            check=False)  # fmt: skip
    assert killed.returncode == -9
    deadline = time.monotonic() + 5
    while (left := alive(killed.stdout.split())) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


@linux
def test_large_batches_arrive_whole():
    class Large(Squares):
        def __getitem__(self, i):
            return np.full((512, 1024), i, np.float32)

    total = 0
    for batch in D.DataLoader(Large(6), batch_size=2, num_workers=2):
        assert batch.shape == (2, 512, 1024)
        total += batch[:, 0, 0].sum().item()
    assert total == 15
