"""The flags of `python -m eagerjax`: --device, --jit, --verify, --explain; and the alias undone."""

import ast
import builtins
import sys

import pytest
from test_alias_runner import run

import eagerjax
from eagerjax.tools import steps

PROGRAM = """
import sys
import torch, torch.nn as nn
import parts

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

def train_step(x, y):
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss

class Trainer:
    def __init__(self):
        self.layer = nn.Linear(4, 1)
        self.optimizer = torch.optim.SGD(self.layer.parameters(), lr=0.1)

    def step(self, x, y):
        loss = ((self.layer(x) - y) ** 2).mean()
        self.optimizer.zero_grad(); loss.backward(); self.optimizer.step()
        return loss.item()

@torch.compile
def evaluate(x):
    return model(x).mean()

data = [(torch.randn(16, 4), torch.randn(16, 1)) for _ in range(3)]
trainer = Trainer()
for x, y in data * 3:
    losses = train_step(x, y).item(), trainer.step(x, y), parts.fit(trainer.layer, trainer.optimizer, x, y)
print([f"{v:.4f}" for v in losses], f"{evaluate(x).item():.4f}", torch.zeros(1).device)
"""
PARTS = """
def fit(model, optimizer, x, y):
    loss = model(x).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)

def epoch(model, optimizer, data):
    for x, y in data:
        model(x).mean().backward()
        optimizer.step()
"""


def test_jit_verify_and_explain(tmp_path):
    """The steps of all files are found, compiled and verified; what the program prints stays the same."""
    (tmp_path / "parts.py").write_text(PARTS)
    plain = run(tmp_path, PROGRAM)
    out = run(tmp_path, PROGRAM, before=["--device", "cpu", "--jit", "--verify", "--explain"], errors=True)
    assert plain.strip() in out
    for name in ("train_step", "Trainer.step", "fit"):
        assert f"compiling the step {name} (" in out and f"verified: {name}: stepwise and compiled agree" in out
    assert (
        "compiling evaluate, which the program gives to torch.compile" in out and "compiling the step epoch" not in out
    )
    assert "train_step (jit=True): 1 program" in out and "9 calls" in out and "the whole program:" in out


def test_explain_without_a_step(tmp_path):
    loop = "import torch\ndef train(o, d):\n    for x in d:\n        x.backward()\n        o.step()\n"
    out = run(tmp_path, loop + "print((torch.ones(2) + 1).tolist())", before=["--jit", "--explain"], errors=True)
    assert "[2.0, 2.0]" in out and "the whole program: " in out and "found no step" in out and "train (" in out


def test_a_step_that_differs_ends_the_program():
    said = []
    found = steps.Steps(".", verify=True, say=said.append)
    calls = iter(range(1000))
    w = eagerjax.ones(2, requires_grad=True)
    optimizer = eagerjax.optim.SGD([w], lr=0.1)

    @found
    def step():
        (w * next(calls)).sum().backward()
        optimizer.step()

    with pytest.raises(eagerjax.static.verify.VerificationError):
        step()
    assert len(said) == 1 and said[0].startswith("found the step")


def kind(source):
    return steps.kind_of(ast.parse(source).body[0])


@pytest.mark.parametrize("body, expected", [
    ("loss.backward(); opt.step()", "step"),
    ("scaler.scale(f()).backward(); scaler.step(opt); scaler.update()", "step"),
    ("for x in d: l(x).backward()\n    opt.step()", "loop"),
    ("for x in d:\n        l(x).backward()\n        opt.step()", "loop"),
    ("for _ in range(3): f()\n    loss.backward()\n    opt.step()", "step"),
    ("opt.step()", None),
    ("loss.backward(); yield 1; opt.step()", None),
    ("def closure():\n        loss.backward()\n    opt.step(closure)", None),
])  # fmt: skip
def test_what_a_step_is(body, expected):
    assert kind(f"def f(x):\n    {body}") == expected


def test_install_as_torch_is_undone_by_its_context_manager():
    before = sys.modules.get("torch"), list(sys.meta_path), list(sys.path)
    with eagerjax.install_as_torch() as torch:
        import torch as imported  # noqa: PLC0415
        import torch.nn.functional as F  # noqa: PLC0415

        assert imported is torch and F.relu(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
        assert torch.Tensor.__module__ == "torch"
    assert (sys.modules.get("torch"), list(sys.meta_path), list(sys.path)) == before
    assert eagerjax.Tensor.__module__ == "eagerjax.tensor" and not hasattr(builtins, steps.NAME)
