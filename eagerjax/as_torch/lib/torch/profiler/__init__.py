"""torch.profiler: wall time of the ranges that a program names. What happens inside of them is for JAX's own profiler."""

import contextlib
import enum
import json
import os
import threading
import time

from eagerjax.lower.flush import flush


class ProfilerActivity(enum.Enum):
    """What PyTorch can record."""

    CPU = "CPU"
    CUDA = "CUDA"
    XPU = "XPU"
    MTIA = "MTIA"
    HPU = "HPU"
    PrivateUse1 = "PrivateUse1"


class ProfilerAction(enum.Enum):
    """What a schedule says of a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def kineto_available():
    return False


def supported_activities():
    return {ProfilerActivity.CPU}


def schedule(*, wait, warmup, active, repeat=0, skip_first=0, skip_first_wait=0):
    """What to do in each step: skip, wait, warm up, record; again and again, or `repeat` times."""

    def action(step):
        step -= skip_first
        length = wait + warmup + active
        if step < 0 or (repeat and step // length >= repeat):
            return ProfilerAction.NONE
        at = step % length
        if at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD_AND_SAVE if at == length - 1 else ProfilerAction.RECORD

    return action


def _always(step):
    return ProfilerAction.RECORD


class Range:
    """What one name took in all."""

    def __init__(self, key):
        self.key = self.name = key
        self.count = 0
        self.cpu_time_total = 0.0  # in microseconds, as PyTorch's

    @property
    def cpu_time(self):
        return self.cpu_time_total / self.count if self.count else 0.0

    self_cpu_time_total = property(lambda self: self.cpu_time_total)
    self_device_time_total = device_time_total = cuda_time_total = property(lambda self: 0.0)

    def __repr__(self):
        return f"<{self.key}: {self.count} times, {self.cpu_time_total:.0f} us>"


class EventList(list):
    """The ranges, as a list with a table."""

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55, max_shapes_column_width=80,
              header=None, top_level_events_only=False):  # fmt: skip
        """Names, times and counts as text."""
        rows = sorted(self, key=lambda r: -r.cpu_time_total) if sort_by else list(self)
        lines = [f"{'Name':>40}  {'CPU total':>12}  {'CPU time avg':>12}  {'# of Calls':>10}"]
        for r in rows[:row_limit]:
            lines.append(f"{r.key[:40]:>40}  {r.cpu_time_total:>10.1f}us  {r.cpu_time:>10.1f}us  {r.count:>10}")
        rule = "-" * len(lines[0])
        return "\n".join([*([header] if header else []), rule, lines[0], rule, *lines[1:], rule, ""])

    def key_averages(self, *args, **kwargs):
        return self

    def total_average(self):
        total = Range("Total")
        total.count = sum(r.count for r in self)
        total.cpu_time_total = sum(r.cpu_time_total for r in self)
        return total

    @property
    def self_cpu_time_total(self):
        return sum(r.cpu_time_total for r in self)


_running = threading.local()


class record_function(contextlib.ContextDecorator):
    """A named range: context manager or decorator. What it recorded runs before it ends, while a profiler is on."""

    def __init__(self, name, args=None):
        self.name = name

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        found = getattr(_running, "profile", None)
        if found is not None and found.recording:
            flush()
            found.add(self.name, self.start, time.perf_counter())


def _record_function_enter(name, args=None):
    return record_function(name).__enter__()


def _record_function_exit(handle):
    handle.__exit__(None, None, None)


RANGES = {f.__name__: f for f in (_record_function_enter, _record_function_exit)}
"""torch.ops.profiler: ranges as two calls, for graphs of fx."""


class profile:
    """Measures the ranges that `record_function` names, and the steps, by the clock."""

    def __init__(self, enabled=True, *, activities=None, schedule=None, on_trace_ready=None, record_shapes=False,
                 profile_memory=False, with_stack=False, with_flops=False, with_modules=False, **options):  # fmt: skip
        self.schedule, self.on_trace_ready = schedule or _always, on_trace_ready
        self.enabled, self.step_num, self.recording = enabled, 0, False
        self.ranges, self.trace = {}, []

    def start(self):
        self.before, _running.profile = getattr(_running, "profile", None), self
        self._begin()

    def _begin(self):
        self.action = self.schedule(self.step_num)
        self.recording = self.enabled and self.action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        self.began = time.perf_counter()

    def _finish(self):
        if self.recording:
            flush()
            self.add(f"ProfilerStep#{self.step_num}", self.began, time.perf_counter())

    def step(self):
        """The end of one step of the program."""
        self._finish()
        ready = self.action is ProfilerAction.RECORD_AND_SAVE
        if ready and self.on_trace_ready is not None:
            self.on_trace_ready(self)
        self.step_num += 1
        self._begin()

    def stop(self):
        self._finish()
        if self.schedule is _always and self.on_trace_ready is not None:
            self.on_trace_ready(self)
        _running.profile = self.before

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def add(self, name, start, end):
        found = self.ranges.setdefault(name, Range(name))
        found.count += 1
        found.cpu_time_total += (end - start) * 1e6
        self.trace.append(
            {"name": name, "ph": "X", "ts": start * 1e6, "dur": (end - start) * 1e6, "pid": os.getpid(), "tid": 0}
        )

    def __str__(self):
        return self.table()

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, **options):
        return EventList(self.ranges.values())

    def events(self):
        return EventList(self.ranges.values())

    def table(self, **options):
        return self.key_averages().table(**options)

    @property
    def self_cpu_time_total(self):
        return self.key_averages().self_cpu_time_total

    def total_average(self):
        return self.key_averages().total_average()

    def export_chrome_trace(self, path):
        """Write the ranges for a viewer of Chrome's traces."""
        with open(path, "w") as file:
            json.dump({"traceEvents": self.trace}, file)

    def export_stacks(self, path, metric="self_cpu_time_total"):
        """Write name and microseconds, a line each."""
        with open(path, "w") as file:
            file.writelines(f"{r.key} {int(r.cpu_time_total)}\n" for r in self.ranges.values())

    def add_metadata(self, key, value):
        """Nothing is done with it."""

    add_metadata_json = preset_metadata_json = add_metadata


def tensorboard_trace_handler(dir_name, worker_name=None, use_gzip=False):
    """For `on_trace_ready`: write each trace into a folder."""

    def write(prof):
        os.makedirs(dir_name, exist_ok=True)
        prof.export_chrome_trace(os.path.join(dir_name, f"{worker_name or 'worker'}.{time.time_ns()}.pt.trace.json"))

    return write


class emit_nvtx(contextlib.nullcontext):
    """A context without effect."""

    def __init__(self, enabled=True, record_shapes=False):
        super().__init__(self)


emit_itt = emit_nvtx
_KinetoProfile = profile
