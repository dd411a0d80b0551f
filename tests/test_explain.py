"""explain() and cache_info(): programs, reasons in the user's words, costs, splits."""

import re

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F


def trainer(jit):
    model = nn.Linear(5, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile(jit=jit)
    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def batch(n):
    return torch.tensor(np.ones((n, 5), "f")), torch.tensor(np.arange(n) % 3)


def test_a_compiled_step():
    step = trainer(True)
    for _ in range(5):
        step(*batch(8))
    for _ in range(3):
        step(*batch(6))
    found = torch.explain(step)
    assert found.calls == 8 and found.replayed == 3 and len(found.kinds) == 2 and not found.splits
    assert found.kinds[0].arguments == "float32(8, 5), int64(8,)"
    reasons = [e.reason for e in found.recordings]
    assert reasons[0] == "the first call"
    assert "argument 0 changed from float32(8, 5) to float32(6, 5)" in reasons
    program = found.programs[0]
    assert program.inputs == 4 and program.outputs >= 3 and program.donated_bytes == 4 * (15 + 3)
    assert program.flops > 100 and program.peak_bytes > 8 * 5 * 4 and program.seconds > 0
    text = str(found)
    assert "trainer.<locals>.step (jit=True)" in text and "argument 0 changed" in text and "72 B" in text


def test_splits_and_their_lines():
    @torch.compile(jit=True)
    def f(x):
        y = x * 2
        if y.sum() > 0:
            return y + 1
        return y

    for _ in range(5):
        f(torch.ones(3))
    found = torch.explain(f)
    (split,) = found.splits
    assert split.file == __file__ and split.times >= 3
    assert split.line == f.__wrapped__.__code__.co_firstlineno + 3
    assert "looks at a value" in found.kinds[0].eager and f"split at {__file__}" in str(found)


def test_a_number_that_changes_is_named():
    f = torch.compile(lambda x, flag: x + 1 if flag else x - 1, jit=True)
    for flag in (True, True, True, False, False):
        f(torch.ones(2), flag)
    assert len(torch.explain(f).kinds) == 2


def test_eager_code_is_explained_by_its_lines():
    step = trainer(False)  # more rows than in the tests above: their programs are not these
    for n in (18, 18, 17):
        step(*batch(n)).item()
    found = torch.explain(step)
    assert found.way == "eager" and len(found.programs) == 2
    assert "backward pass" in found.programs[0].reason
    assert "an input changed from float32(18, 5) to float32(17, 5)" in found.programs[1].reason
    assert found.programs[0].site[0] == __file__ and found.seconds > 0
    assert re.search(r"step \(eager\): 2 programs", str(found))


def test_another_operation_is_named():
    def f(x, way):
        y = x.sin() if way else x.cos()
        y.sum().backward()
        return y

    for way in (True, False):
        f(torch.ones(4, requires_grad=True), way).tolist()
    reasons = [p.reason for p in torch.explain(f).programs]
    assert any("cos" in r and "where sin" in r for r in reasons), reasons


def test_cache_info_counts():
    before = torch.cache_info()
    step = trainer(True)
    step(*batch(11))
    after = torch.cache_info()
    assert after.programs > before.programs and after.seconds > before.seconds and "compiled program" in str(after)


def test_what_is_no_function():
    with pytest.raises(TypeError, match="takes a function or a module, not int"):
        torch.explain(3)
    assert torch.explain(nn.Linear(2, 2)).way == "eager"
