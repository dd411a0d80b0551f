"""docs/add-an-op.md is followed: one definition of a few lines gives every form of an op. And nothing is defined twice."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from eagerjax import namespace
from eagerjax.ops import define

ROOT = pathlib.Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "add-an-op.md").read_text()
HEAD = "import jax.numpy as jnp\n\nfrom eagerjax.ops.define import binary\n\n\n"
USE = """
import math, sys
import eagerjax as torch
from eagerjax.tools import stubs

x = torch.tensor([0.0, 3.0], requires_grad=True)
y = torch.tensor([0.0, 3.0])
assert torch.newop(x, y).tolist() == x.newop(y).tolist() == [1.0, 4.0]
assert torch.newop(y, 0).dtype is torch.newop(torch.tensor([1]), 2).dtype is torch.float32
out = torch.empty(2)
assert torch.newop(y, y, out=out) is out and out.tolist() == [1.0, 4.0]
assert y.clone().newop_(y).tolist() == [1.0, 4.0]
torch.newop(x, y).sum().backward()
assert x.grad.tolist() == [0.5, 0.5]
for text, home in ((stubs.root_stub(), "def newop(input"), (stubs.tensor_stub(), "def newop(self")):
    assert any(home in line for line in text), home
try:
    torch.newop(torch.ones(2), torch.ones(3))
except RuntimeError as error:
    assert "size of tensor a (2)" in str(error)
"""


def definition():
    """The page's first block of code, under a name that is not taken."""
    return re.search("```python\n(.*?)```", PAGE, re.DOTALL).group(1).replace("def logaddexp2", "def newop")


def test_the_page_is_followed_to_an_op(tmp_path):
    """Its example as a new file of eagerjax/ops: function, method, in-place, `out=`, gradient, refusal and stubs are there."""
    text = definition()
    assert len(text.splitlines()) < 10
    shutil.copytree(ROOT / "eagerjax", tmp_path / "eagerjax", ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copytree(ROOT / "eagerjax" / "utils" / "data", tmp_path / "eagerjax" / "utils" / "data")
    (tmp_path / "eagerjax" / "ops" / "newest.py").write_text(HEAD + text)
    done = subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_defined_in_two_places():
    """Neither an op nor a public name: the second definition is refused where it is made."""
    with pytest.raises(ValueError, match="'sin' is defined twice"):
        define.elementwise(lambda input: input, name="sin")
    with pytest.raises(ValueError, match=r"torch\.sin is defined twice"):
        namespace.publish("sin", lambda input: input, ("torch",))
    with pytest.raises(ValueError, match=r"Tensor\.sin_ is defined twice"):
        namespace.publish("sin_", lambda input: input, ("Tensor",))


def test_files_of_ops_are_short():
    """At most 600 lines each."""
    for path in (ROOT / "eagerjax" / "ops").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 600, path.name
