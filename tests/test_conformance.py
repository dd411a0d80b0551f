"""PyTorch's own samples on some ops each run: always the same part of the database, and what the last commit touched.

Another fixed part runs in the three modes. All of it is run by tests/record_conformance.py, whose verdicts docs/coverage.md
shows.
"""

import pathlib
import subprocess
import zlib

import pytest

torch = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")
pytest.importorskip("expecttest", reason="PyTorch's database of ops needs it: install the conformance extra")

import opinfo  # noqa: E402

from eagerjax.tools import coverage  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent
SHARE, PARTS, MOST = 24, 2, 20
MODES_SHARE = 16


def chosen(share=SHARE, at=0):
    """The same ops on each run, from all families: every so many by a sum over its name."""
    return sorted(name for name in opinfo.OPS if zlib.crc32(name.encode()) % share == at)


def file_of(name):
    """The file that defines an op's function, or None where it has no name here."""
    found = opinfo.OPS[name].name
    for path in (found, f"Tensor.{found}"):
        try:
            function = opinfo.at(path)
        except AttributeError:
            continue
        body = getattr(getattr(function, "op", None), "fn", function)
        return getattr(getattr(body, "__code__", None), "co_filename", None)
    return None


def touched():
    """The ops that are defined in files which the last commit or the working tree changed, at most so many."""
    command = ["git", "diff", "--name-only", "HEAD~1", "--", "eagerjax/ops", "eagerjax/forms"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return []  # no history: the package alone, or a clone of one commit
    changed = {str(ROOT / line) for line in done.stdout.splitlines()}
    found = [name for name in opinfo.OPS if file_of(name) in changed] if changed else []
    return sorted(found, key=lambda name: zlib.crc32(name.encode()))[:MOST]


def disagreements(names, samples, phases=opinfo.PHASES, **how):
    """What fails now and passed when everything was recorded."""
    recorded = coverage.verdicts()[1]
    for name in names:
        found = opinfo.check(opinfo.OPS[name], torch.float32, samples, phases, **how)
        known = recorded[name][1].get("float32", set()) if name in recorded else set()
        for phase, messages in found.failed.items() if found is not None else ():
            if phase not in known:
                yield f"{name}, {phase}: {messages[0]}"


@pytest.mark.parametrize("part", range(PARTS))
def test_a_fixed_part_of_the_database(part):
    """Values, gradients, views, `out=` and refusals of a part of all ops are PyTorch's."""
    names = chosen()[part::PARTS]
    assert len(names) > 10
    assert list(disagreements(names, 2)) == []


@pytest.mark.parametrize("part", range(PARTS))
def test_another_part_in_three_modes(part, way):
    """Values and gradients of each form of some ops, one sample each; compiled functions are called until replayed."""
    names = chosen(MODES_SHARE, 1)[part::PARTS]
    assert len(names) > 10
    calls = 4 if way.name == "jit" else 1
    assert list(disagreements(names, 1, opinfo.FULLY, way=way, calls=calls)) == []
    assert way.replayed() > 20 or way.name != "jit"


def test_what_the_last_commit_touched():
    """The ops in files that changed, whichever these are."""
    assert list(disagreements(touched(), 2)) == []


def test_failures_are_found():
    """The comparison itself sees a wrong value, a wrong dtype, a copy in the place of a view and a missing refusal."""
    check = opinfo.Check(opinfo.OPS["transpose"], torch.float32, 2)
    theirs = check.main[1]
    for wrong, phase in (
        (lambda x, *args: opinfo.eagerjax.transpose(x, *args) + 1, "function"),
        (lambda x, *args: opinfo.eagerjax.transpose(x, *args).double(), "function"),
        (lambda x, *args: opinfo.eagerjax.transpose(x, *args).clone(), "views"),
        (lambda x, *args: opinfo.eagerjax.transpose(x.detach(), *args), "grad"),
    ):
        check.failed, check.main = {}, ("function", theirs, wrong)
        check.run(("function", "views", "grad"))
        assert phase in check.failed
