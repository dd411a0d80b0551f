"""Measuring on a machine that does other things too: blocks of the rivals alternate, and medians are taken.

A ratio is the median of the rounds' own ratios, so what slows a whole round down cancels out.
"""

import contextlib
import gc
import statistics
import time

RIVALS = ("torch", "eagerjax", "jax")


def alternate(steps, rounds, block_s):
    """{name: seconds per step of each round}: in each round every rival runs one block of about `block_s` seconds."""
    lengths = {name: max(1, int(block_s / once(step))) for name, step in steps.items()}
    times = {name: [] for name in steps}
    names = list(steps)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:  # nobody is always first
            times[name].append(block(steps[name], lengths[name]))
    return times


def once(step):
    """Seconds of one step, the best of three."""
    return min(block(step, 1) for _ in range(3))


def block(step, length):
    """Seconds per step of `length` steps in a row, after one that wakes the rival's threads up."""
    time.sleep(0.003)  # the other rival's threads spin for a while
    step()
    start = time.perf_counter()
    for _ in range(length):
        step()
    return (time.perf_counter() - start) / length


def compare(times, reference="torch"):
    """{name: {"ms": median, "ratio": to the reference, "spread": (lower, upper quartile of the ratio)}}."""
    found = {}
    for name, values in times.items():
        ratios = [a / b for a, b in zip(values, times[reference])]
        found[name] = {"ms": statistics.median(values) * 1e3, "ratio": statistics.median(ratios), "spread": quartiles(ratios)}
    return found


def quartiles(values):
    if len(values) < 2:
        return (values[0], values[0])
    cuts = statistics.quantiles(values, n=4, method="inclusive")
    return cuts[0], cuts[2]


def disagreement(losses, reference):
    """The largest relative difference between two lists of losses."""
    return max(abs(a - b) / max(abs(b), 1e-12) for a, b in zip(losses, reference))


def compilations():
    """Programs and chunks that eagerjax has compiled in this process."""
    from eagerjax.lower import chunks, policy  # noqa: PLC0415  (PyTorch's own processes do not load eagerjax)

    return sum(policy._COMPILED.values()) + len(chunks._KNOWN)


def peak_memory():
    """The largest resident size of this process so far, in bytes; None where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def resident_memory():
    """The resident size of this process, in bytes; None where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/self/statm") as status:
        import resource  # noqa: PLC0415  (not on Windows)

        return int(status.read().split()[1]) * resource.getpagesize()
    return None


# -- recording ----------------------------------------------------------------------------------------
def record_cost(torch, eagerjax, rounds=30, length=1000):
    """Microseconds to record `x + y` (8x8, requires_grad), and of PyTorch's own `x + y` with autograd.

    Recorded in blocks of `length`; what runs them (the flush) is not timed.
    """
    from eagerjax.lower.flush import flush  # noqa: PLC0415

    flushes = {"torch": lambda: None, "eagerjax": flush}
    operands = {}
    for name, library in (("torch", torch), ("eagerjax", eagerjax)):
        operands[name] = [library.ones(8, 8, requires_grad=True) for _ in range(2)]
    times = {"torch": [], "eagerjax": []}
    for _ in range(rounds):
        for name, (x, y) in operands.items():
            flushes[name]()
            gc.collect()
            times[name].append(additions(x, y, length))
            flushes[name]()
    found = compare({name: values[2:] for name, values in times.items()})
    return {name: {"us": f["ms"] * 1e3, "ratio": f["ratio"], "spread": f["spread"]} for name, f in found.items()}


def additions(x, y, length):
    """Seconds per `x + y`."""
    rest = range(length)
    start = time.perf_counter()
    for _ in rest:
        z = x + y
    seconds = (time.perf_counter() - start) / length
    del z
    return seconds
