"""torch.utils.benchmark: the time of a statement. What it recorded has run when the clock stops."""

import statistics
import timeit

from eagerjax.lower.flush import flush


class Measurement:
    """The seconds of each block of runs."""

    def __init__(self, number_per_run, raw_times, description=None):
        self.number_per_run, self.raw_times, self.description = number_per_run, raw_times, description

    @property
    def times(self):
        return [t / self.number_per_run for t in self.raw_times]

    @property
    def mean(self):
        return statistics.fmean(self.times)

    @property
    def median(self):
        return statistics.median(self.times)

    @property
    def iqr(self):
        if len(self.times) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.times, n=4)
        return high - low

    def __repr__(self):
        return (f"<torch.utils.benchmark.utils.common.Measurement>\n{self.description or ''}\n  {self.mean * 1e6:.2f} us\n"
                f"  {len(self.times)} measurement, {self.number_per_run} runs per measurement")  # fmt: skip


class Timer:
    """Times `stmt`."""

    def __init__(self, stmt="pass", setup="pass", global_setup="", timer=timeit.default_timer, globals=None, label=None,
                 sub_label=None, description=None, env=None, num_threads=1, language="python"):  # fmt: skip
        names = dict(globals or {})
        if global_setup:
            exec(global_setup, names)
        self.description = description or label or stmt
        names["_run_pending"] = flush
        body = stmt.strip() if isinstance(stmt, str) else "_stmt()"
        names["_stmt"] = stmt
        self.timer = timeit.Timer(f"{body}\n_run_pending()", setup, timer, names)

    def timeit(self, number=1000000):
        """The time of `number` runs."""
        self.timer.timeit(1)
        return Measurement(number, [self.timer.timeit(number)], self.description)

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
        return Measurement(number, times, self.description)

    adaptive_autorange = blocked_autorange
