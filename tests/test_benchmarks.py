"""The benchmarks' own arithmetic: exponents, plots, and that both libraries load the same samples."""

import json
import xml.etree.ElementTree

import numpy as np
import pytest

import eagerjax
from benchmarks import loading_sets, overhead, plot, report


def test_the_exponent_is_of_the_upper_half():
    """Whatever a small size costs: n**2 above gives 2. One point has no slope."""
    points = [(n, 5.0 if n < 100 else 1e-3 * n**2) for n in (1, 10, 100, 1000, 10000)]
    assert plot.exponent(points) == pytest.approx(2)
    assert plot.exponent([(1, 1.0), (10, 10.0)]) == pytest.approx(1)
    assert plot.exponent(points[:1]) is None


def test_a_plot_is_well_formed_with_every_point_inside():
    lines = {"a < b": [(10, 1.0), (100, 20.0)], "c": [(10, 3.0)]}
    root = xml.etree.ElementTree.fromstring(plot.log_log("A & B", "size", "ms", lines))
    assert "a < b" in [e.text for e in root.iter() if e.tag.endswith("text")]
    circles = [(float(e.get("cx")), float(e.get("cy"))) for e in root.iter() if e.tag.endswith("circle")]
    assert len(circles) == 3
    assert all(0 < x < plot.WIDTH and 0 < y < plot.HEIGHT for x, y in circles)


def test_ticks_of_a_narrow_axis_are_closer():
    assert plot.Axis([1, 10_000], 0, 1).ticks() == [1, 10, 100, 1000, 10_000]
    assert plot.Axis([10, 40], 0, 1).ticks() == [10, 20, 50]


@pytest.mark.torch
@pytest.mark.parametrize("name", loading_sets.SETS)
def test_both_libraries_load_the_same_batches(name):
    torch = pytest.importorskip("torch")
    ours, theirs = (lib.utils.data.DataLoader(loading_sets.SETS[name][1](lib, 6), 4) for lib in (eagerjax, torch))
    for a, b in zip(ours, theirs, strict=True):
        for mine, other in zip(a, b, strict=True):
            assert str(mine.dtype).split(".")[-1] == str(other.dtype).split(".")[-1]
            np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-6, atol=1e-6)


def test_a_row_that_fails_is_reported_and_the_others_stay(tmp_path):
    file, page = tmp_path / "found.json", tmp_path / "found.md"
    options = report.parser("some", "", ["a"]).parse_args(["--quick", "--json", str(file), "--table", str(page)])
    found = report.Report("some", options, {})
    found.row("section", "bad", lambda: 1 / 0, str)
    found.row("section", "good", lambda: {"ms": 2}, str)
    assert found.save(lambda results: "\n".join(report.failures(results))) == 1
    results = json.loads(file.read_text())
    assert results["rows"] == {"section": {"good": {"ms": 2}}}
    assert page.read_text() == "Failed: section: bad: ZeroDivisionError: division by zero\n"


def test_the_unnamed_benchmark_has_its_own_files_and_sections(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    options, about = report.parser("", "", []).parse_args([]), {"date": "2026-01-02", "commit": "abc+"}
    found = report.Report("", options, about, ("static", "dynamic"))
    found.row("static", "bad", lambda: 1 / 0, str)
    found.row("dynamic", "good", lambda: 2, str)
    assert found.save(lambda results: "page") == 1
    results = json.loads((tmp_path / "results" / "2026-01-02-abc.json").read_text())
    assert list(results) == ["about", "static", "dynamic", "failed"]
    assert results["dynamic"] == {"good": 2} and list(results["failed"]) == ["bad"]
    assert (tmp_path / "table.md").read_text() == "page"


def test_a_program_alone_does_what_the_call_does():
    """What is measured beside a `jit=True` call goes on training as the call would."""
    call = overhead.training(6)(eagerjax)
    for _ in range(4):
        call()
    alone = overhead.bare(call)  # it begins where the last call began
    losses = [next(float(v) for v in alone() if v.ndim == 0) for _ in range(4)]
    assert losses[0] > losses[1] > losses[2] > losses[3]
    np.testing.assert_allclose(losses[1:], [call().item() for _ in range(3)], rtol=1e-6)
