"""What another run of real programs found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import copy
import gc
import importlib
import re

import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.lower import flush
from eagerjax.record import trie


# -- checkpoints ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", [1, 3])
def test_a_checkpoint_that_updates_running_averages_collects_no_garbage(monkeypatch, steps):
    """A collection walks over all that the process has: two for each checkpointed layer made DenseNets ten times slower."""
    collections = []
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.ReLU())
    plain = copy.deepcopy(layer)
    monkeypatch.setattr(gc, "collect", lambda *args: collections.append(args))
    for _ in range(steps):
        x = torch.randn(4, 2, 5, 5, requires_grad=True)
        torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=False).sum().backward()
        plain(x.detach()).sum().backward()
    assert not collections
    for (name, one), other in zip(layer.state_dict().items(), plain.state_dict().values()):
        torch.testing.assert_close(one, other, msg=name)
    torch.testing.assert_close(layer[0].weight.grad, plain[0].weight.grad, rtol=1e-4, atol=1e-4)


def test_what_a_checkpointed_function_keeps_is_told_from_what_only_a_cycle_holds():
    kept = []

    def function(x):
        running.mul_(0.5).add_(x.detach().sum())
        kept.append(x * 3)
        cycle = [x * 5]
        cycle.append(cycle)
        return x * 2

    running = torch.ones(())
    x = torch.ones(2, requires_grad=True)
    torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False).sum().backward()
    assert running.item() == 2.5
    assert kept[0].tolist() == [3.0, 3.0]
    assert x.grad.tolist() == [2.0, 2.0]


# -- compiled steps ------------------------------------------------------------------------------------------------
class Batch:
    """An object of a program's own, as graph libraries have them: another one for each step."""

    def __init__(self, length):
        self.x = torch.arange(float(length))


def test_a_step_that_looks_at_values_is_not_recorded_for_each_new_batch_object():
    """Each recording compiles its pieces: with batches of ever new shapes, that was the cost of --jit with torch_geometric."""

    def step(batch):
        calls.append(int(batch.x.max()))
        return (batch.x * 2).sum()

    calls = []
    compiled = torch.compile(step, jit=True)
    assert [compiled(Batch(n)).item() for n in range(2, 22)] == [float(n * (n - 1)) for n in range(2, 22)]
    assert calls == list(range(1, 21))
    assert len(compiled.report.events) == 6


def test_a_step_that_is_recorded_at_last_is_recorded_for_further_kinds_too():
    def step(x):
        return x * 2 if looks[-1] and x.sum() > 1e9 else x * 3

    looks = []
    compiled = torch.compile(step, jit=True)
    for look in (True, False, True, False):
        looks.append(look)
        for n in (1, 2, 3):
            assert compiled(torch.ones(n)).tolist() == [3.0] * n
    for n in (9, 9, 9, 9):
        compiled(torch.ones(n))
    assert not [v for v in compiled.variants.values() if v.eager]


@pytest.mark.parametrize("layout", ["to_sparse", "to_sparse_csr"])
def test_a_compiled_step_takes_and_returns_sparse_tensors(layout):
    def step(features, graph):
        optimizer.zero_grad()
        loss = (graph @ linear(features)).square().sum()
        loss.backward()
        optimizer.step()
        return loss, graph, graph * 2.0

    def losses(step):
        with torch.no_grad():
            linear.weight.fill_(0.5)
        found = []
        for graph in graphs:
            loss, same, own = step(torch.ones(3, 2), graph)
            torch.testing.assert_close(same.to_dense(), graph.to_dense())
            torch.testing.assert_close(own.to_dense(), 2 * graph.to_dense())
            found.append(loss.item())
        return found

    torch.manual_seed(0)
    linear = nn.Linear(2, 1, bias=False)
    optimizer = torch.optim.SGD(linear.parameters(), 0.01)
    dense = [torch.eye(3) * (i + 1) for i in range(5)] + [torch.ones(3, 3)]
    graphs = [getattr(d, layout)() for d in dense]
    compiled = torch.compile(step, jit=True)
    assert losses(compiled) == pytest.approx(losses(step))
    assert len(compiled.variants) == 2  # as many values, but other places: the same kind
    assert not any(v.eager for v in compiled.variants.values())


# -- torch.utils.benchmark -----------------------------------------------------------------------------------------
@pytest.fixture
def benchmark():
    with torch.install_as_torch():
        yield importlib.import_module("torch.utils.benchmark")


def test_a_timer_keeps_what_its_statement_gives_until_pending_work_runs(benchmark):
    """What nobody has by then is not computed, and the time was that of recording it."""
    assert benchmark.kept("f(\n1)  # all") == "_kept = (\nf(\n1)  # all\n)"
    assert benchmark.kept("y = f(1)") == "y = f(1)"
    seen = []
    measured = benchmark.Timer("seen.append(1)", globals={"seen": seen}).timeit(5)
    assert len(seen) == 6 and measured.number_per_run == 5


def test_measurements_look_as_in_pytorch(benchmark):
    spec = benchmark.TaskSpec("x @ x", "a = 1\nb = 2", label="L", sub_label="S", description="D", num_threads=2)
    text = repr(benchmark.Measurement(10, [1.0, 2.0, 3.0, 4.0, 5.0], spec))
    assert re.sub("0x[0-9a-f]+", "AT", text) == (
        "<torch.utils.benchmark.utils.common.Measurement object at AT>\nL: S\nD\nsetup:\n  a = 1\n  b = 2\n\n"
        "  Median: 300.00 ms\n  IQR:    200.00 ms (200.00 to 400.00)\n"
        "  5 measurements, 10 runs per measurement, 2 threads\n"
        "  WARNING: Interquartile range is 66.7% of the median measurement.\n"
        "           This suggests significant environmental influence."
    )
    one = benchmark.Measurement(20, [1e-3], benchmark.TaskSpec("a\nb"))
    assert repr(one).split("\n")[1:] == ["stmt:", "  a", "  b", "", "  50.00 us", "  1 measurement, 20 runs , 1 thread"]
    assert (one.stmt, one.median, one.has_warnings) == ("a\nb", 5e-5, False)


# -- printing ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "dtype", "options", "name"), [
    ("RNN", torch.float32, {}, "StackBackward0"), ("GRU", torch.float32, {"num_layers": 2}, "StackBackward0"),
    ("LSTM", torch.float32, {"num_layers": 2}, "MkldnnRnnLayerBackward0"),
    ("LSTM", torch.float32, {"bias": False}, "MkldnnRnnLayerBackward0"),
    ("LSTM", torch.float32, {"proj_size": 2}, "StackBackward0"), ("LSTM", torch.float64, {}, "StackBackward0"),
])  # fmt: skip
def test_histories_of_recurrent_layers_have_pytorchs_names(kind, dtype, options, name):
    output, _ = getattr(nn, kind)(3, 4, **options).to(dtype)(torch.randn(2, 2, 3, dtype=dtype))
    assert output.grad_fn.name() == name


# -- paths that leave the tree -------------------------------------------------------------------------------------
def test_a_recurrent_network_that_looks_at_each_step_learns():
    """The same operations with other results wanted: where the first such program is forgotten, the second's history stays."""
    torch.manual_seed(777)
    rnn = nn.RNN(5, 5, batch_first=True)
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.1)
    inputs, labels = torch.eye(5)[[0, 1, 0, 2, 3, 3]], torch.tensor([1, 0, 2, 3, 3, 4])
    losses, seen = [], []
    for _ in range(12):
        optimizer.zero_grad()
        loss, hidden = 0, torch.zeros(1, 1, 5)
        for x, label in zip(inputs, labels):
            out, hidden = rnn(x.view(1, 1, 5), hidden)
            output = out.view(-1, 5)
            _, idx = output.max(1)
            seen.append("hielo"[idx.data[0]])
            loss += nn.functional.cross_entropy(output, torch.LongTensor([label]))
        losses.append(float(loss))
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("needed", [False, True])
def test_a_path_stays_as_long_as_one_of_its_programs(needed):
    """A stepwise RNN met `run() missing 1 required positional argument`: its path went with another program of it."""
    root = trie.Node(None, trie.ROOT)
    node = root["key"] = trie.Node(root, trie.LEAF).give([((3,), torch.float32, None, False)])
    node.key = "key"
    first, second = [object(), 1, False], [object(), 2, False]
    node.programs = {"these": first, "those": second}
    flush.leave(node, first, dismantle=not needed)
    assert root["key"] is node and len(node.results) == 1 and list(node.programs.values()) == [second]
    flush.leave(node, second, dismantle=True)
    assert not root and len(node.results) == needed
