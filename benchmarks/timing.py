"""Measuring on a machine that does other things too: blocks of the rivals alternate, and medians are taken.

A ratio is the median of the rounds' own ratios, so what slows a whole round down cancels out. Rounds during which other
programs were at work are dropped: PyTorch's threads wait for each other and may become 20 times slower beside them.
"""

import contextlib
import functools
import gc
import math
import os
import statistics
import time

RIVALS = ("torch", "eagerjax", "jax")
PATIENCE_S = 4.0
"""How long one measurement waits in all for other programs to leave the machine alone."""


class Clock:
    """Seconds of a block, and whether the machine did nothing else meanwhile.

    On one core it is the process's own time, which other programs hardly touch; else it is the wall's.
    """

    def __init__(self, one_core=False):
        self.one_core = one_core
        self.patience = PATIENCE_S

    def time(self, run, length):
        """(seconds per step, was it quiet?) of `run()`, which takes `length` steps."""
        busy, own, wall = machine_seconds(), time.process_time(), time.perf_counter()
        run()
        wall, own, busy = time.perf_counter() - wall, time.process_time() - own, machine_seconds() - busy
        return (own if self.one_core else wall) / length, self.one_core or busy - own < 0.02 + 0.1 * wall

    def wait(self):
        """Wait for a quiet moment, as long as there is patience left."""
        time.sleep(0.003)  # the rival's threads spin for a while
        while not self.one_core and self.patience > 0:
            busy = machine_seconds()
            time.sleep(0.05)
            if machine_seconds() - busy < 0.015:
                return
            self.patience -= 0.05


def machine_seconds():
    """Processor seconds that the whole machine has used so far; 0 where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/stat") as status:
        user, nice, system, _, _, irq, soft, steal, *_ = map(int, status.readline().split()[1:])
        return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
    return 0.0


def use_one_core():
    """Keep this process on one core. Before the libraries are loaded: they count the cores then."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def alternate(blocks, rounds, clock, budget_s=math.inf):
    """{name: [(seconds per step, quiet?) of each round]}.

    `blocks` maps a name to `make(round) -> (run, length)`; in each round every rival runs one block. After five
    rounds, the end of the budget ends it.
    """
    times, names, start = {name: [] for name in blocks}, list(blocks), time.perf_counter()
    for number in range(rounds):
        if number >= 5 and time.perf_counter() - start > budget_s:
            break
        for name in names[number % len(names) :] + names[: number % len(names)]:  # nobody is always first
            clock.wait()
            times[name].append(clock.time(*blocks[name](number)))
    return times


def run_for(step, seconds):
    """Call `step` again and again for so long."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        step()


def repeat(step, block_s, steps=1):
    """A block of about `block_s` seconds of the same call, which takes so many steps, for `alternate`."""
    seconds = once(step)
    if seconds < block_s:
        seconds = min(once(step) for _ in range(3))
    length = max(1, int(block_s / seconds))

    def run():
        for _ in range(length):
            step()

    def make(_):
        if length > 1:
            step()  # wakes the rival's own threads up
        return run, length * steps

    return make


def once(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def compare(times, reference="torch"):
    """{name: {"ms": median, "ratio": to the reference, "spread": its quartiles, "quiet": share of quiet rounds}}.

    Rounds in which the machine did something else too do not count, unless hardly any other is left.
    """
    quiet = [all(values[i][1] for values in times.values()) for i in range(len(times[reference]))]
    kept = [i for i, q in enumerate(quiet) if q] if sum(quiet) >= 3 else range(len(quiet))
    found = {}
    for name, values in times.items():
        ratios = [values[i][0] / times[reference][i][0] for i in kept]
        found[name] = {"ms": statistics.median(values[i][0] for i in kept) * 1e3, "ratio": statistics.median(ratios),
                       "spread": quartiles(ratios), "quiet": sum(quiet) / len(quiet)}  # fmt: skip
    return found


def quartiles(values):
    if len(values) < 2:
        return (values[0], values[0])
    cuts = statistics.quantiles(values, n=4, method="inclusive")
    return cuts[0], cuts[2]


def disagreement(losses, reference):
    """The largest relative difference between two lists of losses."""
    return max(abs(a - b) / max(abs(b), 1e-12) for a, b in zip(losses, reference))


class Compilations:
    """What eagerjax compiles while `with` lasts: `programs` (and chunks) of its own, and all calls of XLA's compiler."""

    xla = 0  # in this process so far, whoever asked

    def __init__(self):
        self.programs = self.xla = 0

    def __enter__(self):
        Compilations.watch()
        self.before = own_programs(), Compilations.xla
        return self

    def __exit__(self, *_):
        self.programs, self.xla = own_programs() - self.before[0], Compilations.xla - self.before[1]

    @staticmethod
    @functools.cache
    def watch():
        import jax  # noqa: PLC0415  (PyTorch's own processes load neither)

        jax.monitoring.register_event_duration_secs_listener(Compilations.note)

    @staticmethod
    def note(event, *_, **__):
        if event == "/jax/core/compile/backend_compile_duration":
            Compilations.xla += 1


def own_programs():
    from eagerjax.lower import chunks, policy  # noqa: PLC0415

    return sum(policy._COMPILED.values()) + len(chunks._KNOWN)


def peak_memory():
    """The largest resident size of this process so far, in bytes; None where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


# -- recording ----------------------------------------------------------------------------------------
def record_cost(torch, eagerjax, clock, rounds=30, length=1000):
    """What it costs to record `x + y` (8x8, requires_grad), and PyTorch's own `x + y` with autograd, in microseconds.

    Recorded in blocks of `length`; what runs them (the flush) is not timed.
    """
    from eagerjax.lower.flush import flush  # noqa: PLC0415

    blocks = {"torch": additions(torch, length, lambda: None), "eagerjax": additions(eagerjax, length, flush)}
    times = alternate(blocks, rounds, clock)
    found = compare({name: values[2:] for name, values in times.items()})
    return {name: {**f, "us": f["ms"] * 1e3} for name, f in found.items()}


def additions(library, length, flush):
    """A block of `length` additions, for `alternate`."""
    x, y = (library.ones(8, 8, requires_grad=True) for _ in range(2))

    def run():
        for _ in range(length):
            z = x + y  # noqa: F841

    def make(_):
        flush()
        gc.collect()
        return run, length

    return make
