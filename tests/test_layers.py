"""The shape of the source: imports point one way, files stay small, no compiled state is in the way."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_imports_point_one_way():
    """The contracts in pyproject.toml hold."""
    linter = shutil.which("lint-imports", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("lint-imports")
    if linter is None:
        pytest.skip("import-linter is not installed")
    assert "0 broken" in run(linter, "--no-cache")


def test_no_file_is_too_long():
    """eagerjax.tools.size finds no file of more than 600 lines."""
    assert "lines in" in run(sys.executable, "-m", "eagerjax.tools.size")


def test_the_coverage_page_can_be_made():
    """Every recorded name can be looked up, and nearly all modules and optimizers are there."""
    from eagerjax.tools import coverage  # noqa: PLC0415

    title, homes = coverage.recorded()
    assert title.startswith("PyTorch 2.13")
    for home in ("torch.nn.init", "torch.optim.lr_scheduler"):
        assert [n for n in homes[home] if not coverage.exists(f"{home}.{n}")] == []
