"""A compiled program that came back runs by its executable, without JAX's contexts: the same values, of all 64 bits."""

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax.lower import program
from eagerjax.lower.policy import programs
from eagerjax.runtime import config

nn, F = torch.nn, torch.nn.functional


@pytest.fixture
def refuse(monkeypatch):
    """Call it, and no program can enter a context of JAX's any more."""

    def context():
        raise AssertionError("a context that nobody needs")

    return lambda: monkeypatch.setattr(program.compat, "x64", context)


@pytest.fixture(autouse=True)
def compiled_always(monkeypatch):
    """Small programs are compiled as well; none comes from the cache on the disk, where it would be an executable at once."""
    monkeypatch.setattr(config, "compile_small", True)
    monkeypatch.setattr(program.disk, "folder", lambda: None)


def training(jit):
    """`step(i) -> (loss, a sum beyond 32 bits)`, of a small model."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(70, 64), nn.Tanh(), nn.Linear(64, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    count = torch.tensor(2**40)
    rng = np.random.default_rng(0)
    x = [torch.tensor(rng.standard_normal((40, 70)).astype("float32")) for _ in range(3)]
    y = [torch.tensor(rng.integers(0, 3, 40)) for _ in range(3)]

    def update(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss, count + y.sum()

    update = torch.compile(update, jit=True) if jit else update

    def step(i):
        loss, total = update(x[i % 3], y[i % 3])
        return loss.item(), total.item()

    return step


@pytest.mark.parametrize("jit", [False, True])
def test_no_context_is_needed(jit, refuse):
    step = training(jit)
    with execution("stepwise"):
        other = training(False)
        wanted = [other(i) for i in range(12)]
    found = [step(i) for i in range(9)]
    refuse()
    found += [step(i) for i in range(9, 12)]
    np.testing.assert_allclose(*[[loss for loss, _ in run] for run in (found, wanted)], rtol=1e-5)
    assert [total for _, total in found] == [total for _, total in wanted] and found[0][1] > 2**40


@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_inputs_that_lie_elsewhere(error, monkeypatch):
    """JAX says so before it runs an executable; the program itself takes them as they are."""
    step, same = training(False), training(False)
    wanted = [same(i) for i in range(12)]
    found = [step(i) for i in range(8)]
    asked = []

    def elsewhere(p):
        def run(*arguments):
            asked.append(p)
            raise error("Argument of another sharding than the one it was compiled for")

        return run

    for _, p, _ in programs():
        if isinstance(p, program.Compiled) and p.executable is not None:
            monkeypatch.setattr(p, "executable", elsewhere(p))
    found += [step(i) for i in range(8, 12)]
    assert found == wanted
    assert asked and len(set(asked)) == len(asked) and all(p.executable is None for p in asked)


def test_what_the_program_itself_raises_is_not_hidden(monkeypatch):
    step = training(False)
    for i in range(8):
        step(i)

    def fails(*arguments):
        raise RuntimeError("RESOURCE_EXHAUSTED: out of memory")

    for _, p, _ in programs():
        if isinstance(p, program.Compiled) and p.executable is not None:
            monkeypatch.setattr(p, "executable", fails)
    with pytest.raises(RuntimeError, match="out of memory"):
        step(8)


def test_a_label_that_is_no_class_on_a_path_that_is_known():
    """A call that may refuse its values takes the short way; it looks at them all the same, at its line."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    good, bad = torch.tensor([0, 1]), torch.tensor([0, 2])
    losses = []
    for i in range(8):
        x = torch.ones(2, 3) * i
        if i % 3 == 2:
            with pytest.raises(IndexError, match="Target 2 is out of bounds"):
                F.cross_entropy(layer(x), bad)
        loss = F.cross_entropy(layer(x), good)
        loss.backward()
        losses.append(loss.item())
    assert all(np.isfinite(losses)) and len(set(losses)) == 8


@pytest.mark.parametrize("betas", [(0.5, 0.9), [0.5, 0.9]])
def test_options_that_change_in_place(betas):
    """A list of options may be written to: the numbers of a known step are those of the moment."""
    found = []
    for change in (False, True):
        torch.manual_seed(0)
        layer = nn.Linear(3, 2)
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
        optimizer.param_groups[0]["betas"] = betas[:]
        for i in range(10):
            optimizer.zero_grad()
            layer(torch.ones(2, 3) * (i + 1)).square().mean().backward()
            if i == 7 and change:
                if isinstance(betas, list):
                    optimizer.param_groups[0]["betas"][0] = 0.1
                else:
                    optimizer.param_groups[0]["betas"] = (0.1, 0.9)
            optimizer.step()
        found.append(layer.weight.tolist())
    assert found[0] != found[1]
    np.testing.assert_allclose(found[1], changed_by_hand(), rtol=1e-5)


def changed_by_hand():
    """The same with an optimizer that is made anew where the options change."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1, betas=(0.5, 0.9))
    for i in range(10):
        if i == 7:
            state = optimizer.state_dict()
            state["param_groups"][0]["betas"] = (0.1, 0.9)
            optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
            optimizer.load_state_dict(state)
        optimizer.zero_grad()
        layer(torch.ones(2, 3) * (i + 1)).square().mean().backward()
        optimizer.step()
    return layer.weight.tolist()
