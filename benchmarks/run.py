"""`python -m benchmarks [names] [--quick] [--json FILE]`: PyTorch, eagerjax and hand-written JAX side by side.

They take turns in one process. Time to first step and peak memory come from a fresh process for each of them, which
`--quick` leaves out. Without names everything runs, and the results go to `benchmarks/results/` and `benchmarks/table.md`.
"""

import contextlib
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
if not __package__:
    sys.path.insert(0, str(FOLDER.parent))
os.environ.setdefault("JAX_PLATFORMS", "cpu")  # PyTorch runs on the CPU here, so all do
os.environ.setdefault("EAGERJAX_CACHE", "off")  # first steps compile, as those of the others do

from benchmarks import dynamic, models, report, table, timing  # noqa: E402

TOLERANCE = 1e-4
"""Relative: how far the first losses may be from PyTorch's."""
FIRST = 10
"""Steps whose losses are compared."""
WARM_S = 1.0
"""Seconds that each step of a small model runs before it is measured. The Python of a function under `jit=True` runs once more
in its calls 32, 64, 128 and so on, and takes as long as five to ten steps: nothing in training, a tenth of a block here."""
LONG_MS = 300
"""A step that takes longer does not show whether its loss is looked at."""
NO_TORCH = "The benchmarks compare with PyTorch, which is not installed here: pip install torch==2.13.0"
SECTIONS = [w.name for w in models.WORKLOADS] + [p.name for p in dynamic.PROGRAMS] + ["record"]


class Effort:
    """How long things are measured."""

    def __init__(self, quick, one_core):
        self.rounds = 5 if quick else 11
        self.block_s = 0.05 if quick else 0.2
        self.inputs = 5 if quick else 10  # per block of a dynamic program
        self.budget_s = 4 if quick else 8  # of the alternating blocks of one section
        self.fresh = not quick
        self.one_core = one_core

    def clock(self):
        return timing.Clock(self.one_core)


def main(arguments=None):
    options = report.parse(report.parser("", __doc__, SECTIONS), SECTIONS, arguments)
    if options.one_core:
        timing.use_one_core()
    try:
        import torch  # noqa: F401, PLC0415
    except ImportError:
        print(NO_TORCH, file=sys.stderr)
        return 1
    found = report.Report("", options, about(), ("static", "dynamic"))
    run_all(options.names or SECTIONS, Effort(options.quick, options.one_core), found)
    return found.save(table.markdown)


def run_all(names, effort, found):
    """Run each section; one that fails is noted and does not stop the others."""
    for w in models.WORKLOADS:
        if w.name in names:
            found.row("static", w.name, lambda w=w: static(w, effort), table.static_text)
    for p in dynamic.PROGRAMS:
        if p.name in names:
            found.row("dynamic", p.name, lambda p=p: changing(p, effort), table.dynamic_text)
    if "record" in names:
        import torch  # noqa: PLC0415

        import eagerjax  # noqa: PLC0415

        found.results["record"] = timing.record_cost(torch, eagerjax, effort.clock())
        print(table.record_text(found.results["record"]), flush=True)


# -- the sections -----------------------------------------------------------------------------------------
def static(workload, effort):
    """A workload on all three."""
    import torch  # noqa: PLC0415

    import eagerjax  # noqa: PLC0415
    from benchmarks import handwritten  # noqa: PLC0415  (a process of PyTorch's own does not load JAX)

    weights, batches = models.initial_weights(torch, workload), models.draw_batches(workload)
    steps = {
        "torch": models.training_step(torch, workload, weights, batches),
        "eagerjax": models.training_step(eagerjax, workload, weights, batches),
        "jit": models.training_step(eagerjax, workload, weights, batches, jit=True),
        "jax": handwritten.training_step(workload, weights, batches),
    }
    if shutil.which("g++") or shutil.which("clang++"):  # what torch.compile builds its programs with
        steps["compile"] = models.training_step(torch, workload, weights, batches, compiled=True)
    losses, calls = {}, dict(steps)
    with timing.Compilations() as warm_up:  # first: jit=True goes the same way, and would leave it a program
        losses["eagerjax"] = [steps["eagerjax"]() for _ in range(FIRST)]
    losses |= {name: [step() for _ in range(FIRST)] for name, step in steps.items() if name not in losses}
    if workload.small:
        calls["steps"] = models.training_steps(eagerjax, workload, weights, batches)
        losses["steps"] = [loss for _ in range(6) for loss in calls["steps"]()][:FIRST]
    differences = {name: timing.disagreement(values, losses["torch"]) for name, values in losses.items()}
    check(workload.name, differences["eagerjax"])
    check(workload.name + " with jit=True", differences["jit"])
    check(workload.name + " by hand", differences["jax"])
    check(workload.name + " with several steps in one call", differences.get("steps", 0))
    with timing.Compilations() as after:
        for call in calls.values() if workload.small else ():
            timing.run_for(call, WARM_S)
        length = {"steps": models.STEPS}
        blocks = {name: timing.repeat(call, effort.block_s, length.get(name, 1)) for name, call in calls.items()}
        times = timing.alternate(blocks, effort.rounds, effort.clock(), effort.budget_s)
        found = {"step": timing.compare(times)}
        if found["step"]["torch"]["ms"] < LONG_MS:
            ahead = {name: timing.repeat(models.seldom(step), effort.block_s, models.SELDOM) for name, step in steps.items()}
            found["seldom"] = timing.compare(timing.alternate(ahead, effort.rounds, effort.clock(), effort.budget_s))
    return {
        "title": workload.title, **found, "loss_difference": differences,
        "compilations": counted(warm_up, after),
        "fresh": fresh(workload, weights) if effort.fresh else {},
    }  # fmt: skip


def counted(warm_up, after):
    return {when: {"programs": c.programs, "xla": c.xla} for when, c in (("warm_up", warm_up), ("after", after))}


def check(what, difference):
    assert difference < TOLERANCE, f"{what}: losses are off by {difference:.1e} (allowed: {TOLERANCE:.0e})"


def changing(program, effort):
    """A dynamic program on PyTorch and eagerjax."""
    import torch  # noqa: PLC0415

    import eagerjax  # noqa: PLC0415

    weights, rng = dynamic.initial_weights(torch, program), np.random.default_rng(0)
    torch.manual_seed(0)
    eagerjax.manual_seed(0)
    libraries = {"torch": torch, "eagerjax": eagerjax}
    steps = {name: dynamic.training_step(library, program, weights) for name, library in libraries.items()}
    inputs = [program.draw(rng) for _ in range(dynamic.WARM_UP)]
    losses, warm_up_s = {}, {}
    with timing.Compilations() as warm_up:
        for name, step in steps.items():
            start = time.perf_counter()
            losses[name] = [step(given) for given in inputs]
            warm_up_s[name] = time.perf_counter() - start
    difference = None
    if program.same_losses:
        difference = timing.disagreement(losses["eagerjax"][:FIRST], losses["torch"][:FIRST])
        check(program.name, difference)
    rounds = [[program.draw(rng) for _ in range(effort.inputs)] for _ in range(effort.rounds)]
    blocks = {name: over(step, rounds) for name, step in steps.items()}
    with timing.Compilations() as after:
        times = timing.alternate(blocks, effort.rounds, effort.clock(), effort.budget_s)
    return {
        "title": program.title, "step": timing.compare(times), "loss_difference": difference, "warm_up_s": warm_up_s,
        "compilations": counted(warm_up, after),
        "inputs_measured": len(times["torch"]) * effort.inputs,
    }  # fmt: skip


def over(step, rounds):
    """Blocks that step through the inputs of each round, for `timing.alternate`."""

    def make(number):
        inputs = rounds[number]
        return lambda: [step(given) for given in inputs], len(inputs)

    return make


# -- fresh processes ----------------------------------------------------------------------------------------
def fresh(workload, weights):
    """{library: {"first_step_s", "import_s", "peak_mb"}}, each from a process of its own, after three steps."""
    found = {}
    with saved(weights) as file:
        for library in timing.RIVALS:
            taken = answer(["-m", "benchmarks.first_step", library, workload.name, file, "2"])
            import_s, peak = taken["import"]["wall_s"], taken["peak"]
            found[library] = {"first_step_s": taken["first_step"]["wall_s"] - import_s, "import_s": import_s,
                              "peak_mb": peak and peak / 2**20}  # fmt: skip
    return found


@contextlib.contextmanager
def saved(weights):
    """A file of weights, in a folder that is there as long as it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "weights.npz")
        np.savez(file, **weights)
        yield file


def answer(command, environment=None):
    """What a fresh Python prints last, from JSON. Raises RuntimeError with its complaint where it fails."""
    done = subprocess.run([sys.executable, *command], cwd=FOLDER.parent, env=environment, capture_output=True,
                          text=True, check=False)  # fmt: skip
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["a fresh process failed"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


# -- results ----------------------------------------------------------------------------------------------
def about():
    """When, on what, and what was measured."""
    import jax  # noqa: PLC0415
    import torch  # noqa: PLC0415

    return {
        "date": datetime.date.today().isoformat(), "commit": commit(), "machine": platform.machine(),
        "processor": processor(), "cores": os.cpu_count(), "threads": torch.get_num_threads(),
        "system": platform.system(), "python": platform.python_version(), "jax": jax.__version__, "torch": torch.__version__,
    }  # fmt: skip


def commit():
    """The commit that ran, with a + if files had changed since."""
    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def git(*command):
    done = subprocess.run(["git", *command], cwd=FOLDER, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def processor():
    """The processor's name, where the system tells."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
