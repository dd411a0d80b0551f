"""Saves that are killed and files that mean harm, a few of each: the scripts beside take a number (200 and 300 were run)."""

import fault_files
import kill_saves
import pytest


@pytest.mark.skipif(not hasattr(kill_saves.signal, "SIGKILL"), reason="Windows has no SIGKILL, and no forkserver")
def test_kills_during_saves_lose_nothing(monkeypatch):
    monkeypatch.syspath_prepend(kill_saves.os.path.dirname(kill_saves.__file__))
    assert len(kill_saves.run(6)) == 6


def test_bad_files_are_refused_and_run_nothing():
    found = fault_files.run(60)
    assert len(found) == 60 and {name for name, _ in found} == {m.__name__ for m in fault_files.MAKERS}
