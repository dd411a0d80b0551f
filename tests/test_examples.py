"""Every example runs with --quick and reaches the figure that it states (it exits with 1 when it does not)."""

import pathlib
import subprocess
import sys

import pytest

EXAMPLES = sorted((pathlib.Path(__file__).parent.parent / "examples").glob("*.py"))


WITH_JIT = [path for path in EXAMPLES if "jit=args.jit" in path.read_text()]
RUNS = [(path, ()) for path in EXAMPLES] + [(path, ("--jit",)) for path in WITH_JIT]


@pytest.mark.slow
@pytest.mark.examples
@pytest.mark.parametrize("path, options", RUNS, ids=lambda v: v.stem if isinstance(v, pathlib.Path) else "".join(v))
def test_example(path, options):
    done = subprocess.run(
        [sys.executable, str(path), "--quick", *options], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def test_every_example_explains_itself():
    """A docstring, and --quick."""
    assert EXAMPLES
    for path in EXAMPLES:
        text = path.read_text()
        assert text.startswith('"""')
        assert '"--quick"' in text or "arguments(__doc__" in text  # which has it
        assert "sys.exit(main())" in text
