"""torch.utils.benchmark: the time of a statement. What it recorded has run when the clock stops."""

import dataclasses
import textwrap
import timeit

import numpy as np

from eagerjax.lower.flush import flush

WIDE, GROSS = 0.1, 0.25
"""Interquartile ranges, as parts of the median, that a measurement warns of."""


@dataclasses.dataclass(frozen=True)
class TaskSpec:
    """What a Timer was told to measure."""

    stmt: str
    setup: str = "pass"
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self):
        more = self.sub_label
        if self.label is None and "\n" in self.stmt:
            return f"stmt:{f' ({more})' if more else ''}\n{textwrap.indent(self.stmt, '  ')}"
        return (self.stmt if self.label is None else self.label) + (f": {more}" if more else "")

    def summarize(self):
        """The title, the description and what is done once before, as a measurement shows them."""
        setup = self.setup if self.setup != "pass" else ""
        if setup:
            setup = f"setup:\n{textwrap.indent(setup, '  ')}" if "\n" in setup else f"setup: {setup}"
        found = [part for part in (self.title, self.description, setup) if part]
        return "\n".join(f"{part}\n" if "\n" in part else part for part in found)


class Measurement:
    """The seconds of each block of runs."""

    def __init__(self, number_per_run, raw_times, task_spec, metadata=None):
        self.number_per_run, self.raw_times = number_per_run, raw_times
        self.task_spec, self.metadata = task_spec, metadata

    def __getattr__(self, name):
        if name in TaskSpec.__dataclass_fields__:
            return getattr(self.task_spec, name)
        raise AttributeError(f"'Measurement' object has no attribute {name!r}")

    title = property(lambda self: self.task_spec.title)
    times = property(lambda self: [t / self.number_per_run for t in self.raw_times])
    mean = property(lambda self: float(np.mean(self.times)))
    median = property(lambda self: float(np.median(self.times)))

    @property
    def quartiles(self):
        return [float(q) for q in np.quantile(self.times, (0.25, 0.75))]

    @property
    def iqr(self):
        low, high = self.quartiles
        return high - low

    def meets_confidence(self, threshold=WIDE):
        return self.iqr / self.median < threshold

    @property
    def has_warnings(self):
        return not self.meets_confidence()

    def __repr__(self):
        unit, scale = select_unit(self.median)
        blocks, several = len(self.times), len(self.times) > 1
        lines = [f"<torch.utils.benchmark.utils.common.Measurement object at {id(self):#x}>", self.task_spec.summarize()]
        lines.append(f"  {'Median: ' if several else ''}{self.median / scale:.2f} {unit}")
        if blocks >= 4:
            low, high = (q / scale for q in self.quartiles)
            lines.append(f"  IQR:    {high - low:.2f} {unit} ({low:.2f} to {high:.2f})")
        threads = f"{self.num_threads} thread{'s' if self.num_threads > 1 else ''}"
        per_block = f"{self.number_per_run} runs {'per measurement,' if several else ','} {threads}"
        lines.append(f"  {blocks} measurement{'s' if several else ''}, {per_block}")
        if self.has_warnings:
            fair = self.meets_confidence(GROSS)
            why = "could indicate system fluctuation" if fair else "suggests significant environmental influence"
            lines.append(f"  WARNING: Interquartile range is {self.iqr / self.median * 100:.1f}% of the median measurement.")
            lines.append(f"           This {why}.")
        return "\n".join(lines)


def select_unit(seconds):
    """(the name of the unit in which it is a handy number, the unit in seconds)."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return unit, scale
    return "ns", 1e-9


def kept(statement):
    """The statement, with what an expression gives kept: what nobody has when pending work runs is not computed."""
    try:
        compile(statement, "<stmt>", "eval")
    except SyntaxError:
        return statement
    return f"_kept = (\n{statement}\n)"


class Timer:
    """Times `stmt`."""

    def __init__(self, stmt="pass", setup="pass", global_setup="", timer=timeit.default_timer, globals=None, label=None,
                 sub_label=None, description=None, env=None, num_threads=1, language="python"):  # fmt: skip
        names = dict(globals or {})
        if global_setup:
            exec(global_setup, names)
        names.update(_run_pending=flush, _stmt=stmt)
        body = kept(textwrap.dedent(stmt).strip() if isinstance(stmt, str) else "_stmt()")
        setup = textwrap.dedent(setup).strip() if isinstance(setup, str) else setup
        self._task_spec = TaskSpec(textwrap.dedent(stmt).strip() if isinstance(stmt, str) else repr(stmt), setup, global_setup,
                                   label, sub_label, description, env, num_threads)  # fmt: skip
        self.timer = timeit.Timer(f"{body}\n_run_pending()", setup, timer, names)

    def timeit(self, number=1000000):
        """The time of `number` runs."""
        self.timer.timeit(1)
        return Measurement(number, [self.timer.timeit(number)], self._task_spec)

    def repeat(self, repeat=-1, number=-1):
        return [self.timer.timeit(max(number, 1)) for _ in range(max(repeat, 1))]

    def blocked_autorange(self, callback=None, min_run_time=0.2):
        """Blocks of runs, until they took `min_run_time` seconds."""
        self.timer.timeit(1)
        number = 1
        while (took := self.timer.timeit(number)) < min_run_time / 100:
            number *= 10
        times = [took]
        while sum(times) < min_run_time:
            times.append(self.timer.timeit(number))
        return Measurement(number, times, self._task_spec)

    adaptive_autorange = blocked_autorange
