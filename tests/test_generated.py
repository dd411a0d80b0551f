"""What is made from the registry is up to date, and says what is true: stubs, reference pages."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PYRIGHT = shutil.which("pyright", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("pyright")

PROGRAM = """
import eagerjax as torch
from eagerjax import Tensor, nn
from eagerjax.nn import functional as F

x = torch.randn(3, 4, requires_grad=True)
a: Tensor = x.logsumexp(0)
values, indices = torch.sort(x, dim=1)
b: Tensor = x.max(dim=1).values + x.max()
c: Tensor = F.relu(x @ x.T)[0] * 2.0 - 1
d: Tensor = x.view(-1).reshape(2, 6).permute(1, 0).sum(dim=0, keepdim=True)
n: int = x.numel() + x.shape[0]
e: Tensor = torch.linalg.inv(torch.eye(3, dtype=torch.float32, device="cpu"))
f: Tensor = torch.cat(x.split(2), dim=0)
with torch.no_grad():
    x.add_(1).mul_(2)
    x -= 0.1 * x
g: Tensor = torch.where(x > 0, x, -x)
F.cross_entropy(nn.Linear(4, 3)(x), indices[:, 0]).backward()
optimizer = torch.optim.SGD([x], lr=0.1)
"""
WRONG = ["x.logsumexq(0)", "torch.sin('a')", "x.max(0).valuez", "torch.nothing"]


@pytest.mark.parametrize("tool", ["stubs", "pages", "coverage"])
def test_generated_files_are_up_to_date(tool):
    """Stubs and pages; and every difference from PyTorch that the coverage page shows has a reason."""
    done = subprocess.run(
        [sys.executable, "-m", f"eagerjax.tools.{tool}", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PYRIGHT is None, reason="pyright is not installed")
def test_a_type_checker_knows_the_names(tmp_path):
    """A typed program has no errors, and four wrong lines have four."""
    (tmp_path / "program.py").write_text(PROGRAM + "\n".join(WRONG))
    settings = {"include": ["program.py"], "extraPaths": [str(ROOT)], "reportUnusedExpression": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [PYRIGHT, "--outputjson", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright does not run here: {done.stderr[:200]}")
    errors = [
        d["range"]["start"]["line"] for d in json.loads(done.stdout)["generalDiagnostics"] if d["severity"] == "error"
    ]
    first = PROGRAM.count("\n")
    assert sorted(errors) == [first + i for i in range(len(WRONG))]
