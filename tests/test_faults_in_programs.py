"""What a compiled program finds wrong in computed values is raised in the call, and has changed nothing."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F


def trainer(jit):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)

    @torch.compile(jit=jit)
    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y[:, 1])  # computed labels: only the program can look at them
        loss.backward()
        optimizer.step()
        return loss

    return model, optimizer, step


def facts(model, optimizer):
    tensors = {f"value {k}": v for k, v in model.state_dict().items()}
    for i, p in enumerate(model.parameters()):
        tensors.update({f"{name} of {i}": v for name, v in optimizer.state[p].items()})
        if p.grad is not None:
            tensors[f"gradient of {i}"] = p.grad
    return {k: v.tolist() for k, v in tensors.items()}


@pytest.mark.parametrize("calls", [1, 2, 5], ids=["recorded", "compared", "replayed"])
def test_a_wrong_label_changes_nothing(calls):
    model, optimizer, step = trainer(True)
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8, 2))
    for _ in range(calls):
        step(x, y)
    before = facts(model, optimizer)
    wrong = y.clone()
    wrong[3, 1] = 7
    for _ in range(2):
        with pytest.raises(IndexError, match="Target 7 is out of bounds"):
            step(x, wrong)
        assert facts(model, optimizer) == before
    step(x, y)
    assert facts(model, optimizer) != before


def test_good_steps_after_a_refused_one_equal_those_without_it():
    ends = []
    for refused in (False, True):
        model, optimizer, step = trainer(True)
        x, y = torch.randn(8, 4), torch.randint(0, 3, (8, 2))
        for i in range(7):
            if refused and i in (0, 3, 6):
                with pytest.raises(IndexError):
                    step(x, y + 5)
            if refused and i == 0:
                model.load_state_dict(trainer(False)[0].state_dict())  # (the first call makes the slots)
            step(x, y)
        ends.append(facts(model, optimizer))
    assert ends[0].keys() == ends[1].keys()
    for name in ends[0]:
        np.testing.assert_allclose(ends[0][name], ends[1][name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_without_jit_the_values_that_a_program_overwrites_stay():
    model, optimizer, step = trainer(False)
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8, 2))
    for _ in range(5):
        step(x, y)
    before = {k: v.tolist() for k, v in model.state_dict().items()}
    loss = step(x, y + 5)
    with pytest.raises(IndexError):
        loss.item()
    assert {k: v.tolist() for k, v in model.state_dict().items()} == before


def test_without_jit_what_was_written_before_the_wrong_call_stays(mode):
    x, table = torch.zeros(3), torch.arange(4.0)
    for i in range(6):  # stepwise at first, compiled once it repeats
        x += 1
        found = table.gather(0, (x * 0).long() + 4)
        with pytest.raises((IndexError, RuntimeError)):
            found.tolist()
        assert x.tolist() == [i + 1] * 3


def test_a_function_without_effects_does_not_wait():
    table = torch.arange(5.0)

    @torch.compile(jit=True)
    def look(i):
        return table[i * 2]

    for _ in range(4):
        assert look(torch.tensor([1, 2])).tolist() == [2.0, 4.0]
    found = look(torch.tensor([1, 3]))
    with pytest.raises(IndexError):
        found.tolist()
