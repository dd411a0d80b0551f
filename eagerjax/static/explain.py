"""`eagerjax.explain(fn)` and `eagerjax.cache_info()`: what was compiled, why, and what it costs."""

import dataclasses
import math

from eagerjax.lower import policy
from eagerjax.nn import Module
from eagerjax.record.trie import CALL
from eagerjax.static.function import CompiledFunction
from eagerjax.static.guards import codes
from eagerjax.static.report import kind
from eagerjax.static.steps import SteppedFunction


@dataclasses.dataclass(frozen=True)
class ProgramFacts:
    """One compiled program. Sizes and FLOPs are XLA's own, None where it does not tell."""

    reason: str
    site: tuple  # (file, line) at which it ran first
    steps: int
    inputs: int
    outputs: int
    donated: int  # inputs whose memory the outputs take
    donated_bytes: int
    seconds: float | None  # tracing, compiling and the first run
    flops: float | None
    peak_bytes: int | None
    input_bytes: int | None
    output_bytes: int | None
    scratch_bytes: int | None


@dataclasses.dataclass(frozen=True)
class Split:
    """A line at which a function under `jit=True` looked at a value, so that it is no single program."""

    file: str
    line: int
    times: int

    def __str__(self):
        return f"{self.file}:{self.line}, {self.times} times while it was recorded"


@dataclasses.dataclass(frozen=True)
class Kind:
    """Calls with arguments of one kind."""

    arguments: str
    calls: int
    recorded: int
    replays: int  # recordings that are kept
    replayed: int  # calls that ran none of the function's Python
    eager: str | None  # why these calls always run the Python


@dataclasses.dataclass
class Explanation:
    """What explain() found. `str()` is a table; the fields are the data."""

    name: str
    way: str  # "jit=True" or "eager"
    programs: list
    calls: int = 0
    replayed: int = 0
    recordings: list = dataclasses.field(default_factory=list)  # report.Event: reason, seconds, outcome
    seconds: float = 0.0  # recording and compiling
    kinds: list = dataclasses.field(default_factory=list)
    splits: list = dataclasses.field(default_factory=list)

    def __str__(self):
        lines = [
            f"{self.name} ({self.way}): {plural(len(self.programs), 'program')}, {self.seconds:.2f} s to make them"
        ]
        if self.way != "eager":
            lines[0] += f"; {self.calls} calls, {self.replayed} of them replayed"
        lines += table(self.programs)
        for each in self.kinds:
            lines.append(f"  ({each.arguments}): {each.calls} calls, {each.recorded} recorded, {each.replayed} replayed"
                         + (f"; runs its Python: {each.eager}" if each.eager else ""))  # fmt: skip
        lines += [f"  recorded because: {e.reason} ({e.seconds:.3f} s): {e.outcome}" for e in self.recordings[:20]]
        if len(self.recordings) > 20:
            lines.append(f"  and {len(self.recordings) - 20} recordings more")
        lines += [f"  split at {s}" for s in self.splits]
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class CacheInfo:
    """What the process holds: compiled programs, the seconds they took, the lines that they belong to."""

    programs: int
    seconds: float
    sites: int
    steps: int

    def __str__(self):
        return (f"{plural(self.programs, 'compiled program')} of {self.steps} steps at {plural(self.sites, 'call site')}, "
                f"{self.seconds:.2f} s to make them")  # fmt: skip


def explain(function):
    """What was compiled for `function`, why, how long that took, and what XLA says it costs.

    For a function under `jit=True`: its recordings, replays, splits and programs. For any other function or module: the
    programs that hold a step of its code, or that ran because its code looked at a value.
    """
    if isinstance(function, Module):
        function = getattr(function, "_compiled_call", None) or type(function).forward
    if isinstance(function, SteppedFunction):
        function = function.single
    if isinstance(function, CompiledFunction):
        if function.options.jit:
            return of_compiled(function)
        function = function.function
    function = getattr(function, "__func__", function)
    if not hasattr(function, "__code__"):
        raise TypeError(f"explain() takes a function or a module, not {type(function).__name__}")
    return of_plain(function)


def of_compiled(function):
    report = function.report
    distinct = {}  # batches of several lengths may share one masked program
    for program, why in report.programs.items():
        if hasattr(program, "analysis"):
            distinct.setdefault(getattr(program, "masked", program), (program, why))
    programs = [facts(program, why, site_of(program)) for program, why in distinct.values()]
    kinds = [kind_of(key, variant) for key, variant in function.variants.items()]
    return Explanation(
        name=report.name, way="jit=True", programs=programs, calls=sum(k.calls for k in kinds),
        replayed=sum(k.replayed for k in kinds), recordings=list(report.events), seconds=report.seconds, kinds=kinds,
        splits=[Split(*site, times) for site, times in report.splits.items()],
    )  # fmt: skip


def kind_of(key, variant):
    arguments = ", ".join(map(kind, key[1]))
    replayed = sum(r.calls for r in variant.replays)
    return Kind(arguments, variant.calls, variant.recorded, len(variant.replays), replayed, variant.eager)


def of_plain(function):
    lines = {(code.co_filename, line) for code in codes(function.__code__) for *_, line in code.co_lines() if line}
    found, latest = [], {}
    for site, program, why in policy.programs():
        if why is not policy.STATIC and (site in lines or any(node.site in lines for node in program.path)):
            before = latest.get(site)
            why = why if before is None else f"{why}; {change(program, before)}"
            latest[site] = program
            found.append(facts(program, why, site))
    return Explanation(function.__qualname__, "eager", found, seconds=sum(p.seconds or 0 for p in found))


def change(program, before):
    """How a program differs from the one compiled before it for the same line, in words."""
    for now, then in zip(program.path, before.path):
        if now is then:
            continue
        if now.kind == then.kind == "leaf":
            a, b = now.results[0], then.results[0]
            if (a.shape, a.dtype) != (b.shape, b.dtype):
                return f"an input changed from {kind((b.shape, b.dtype))} to {kind((a.shape, a.dtype))}"
            return "an input " + ("requires grad now" if a.needs else "does not require grad any more")
        return f"another operation: {step(now)} where {step(then)} was"
    if len(program.path) != len(before.path):
        more = program.path if len(program.path) > len(before.path) else before.path
        extra = more[min(len(program.path), len(before.path))]
        return f"{'more' if more is program.path else 'fewer'} operations, from {step(extra)} on"
    return "the same operations, of which other results are kept"


def step(node):
    file, line = node.site or ("<unknown>", 0)
    return f"{node.op.name.lstrip('_') if node.op is not None else node.kind} ({file.rpartition('/')[2]}:{line})"


def site_of(program):
    return next((site for site, p, _ in policy.programs() if p is program), ("<unknown>", 0))


def facts(program, reason, site):
    sizes = [shape_bytes(*program.inputs[1 + i]) for i in program.donated] if program.inputs else []
    found = program.analysis()
    return ProgramFacts(
        reason=reason, site=site, steps=sum(n.kind is CALL for n in program.path), inputs=program.node.leaves,
        outputs=len(program.wanted), donated=len(program.donated), donated_bytes=sum(sizes), seconds=program.seconds,
        flops=found and found.flops, peak_bytes=found and found.peak_bytes, input_bytes=found and found.input_bytes,
        output_bytes=found and found.output_bytes, scratch_bytes=found and found.scratch_bytes,
    )  # fmt: skip


def shape_bytes(shape, dtype):
    return math.prod(shape) * dtype.itemsize


def cache_info():
    """How many compiled programs the process holds, and the seconds that making them took."""
    known = policy.programs()
    return CacheInfo(
        programs=len(known), seconds=sum(p.seconds or 0 for _, p, _ in known), sites=len({site for site, *_ in known}),
        steps=sum(n.kind is CALL for _, p, _ in known for n in p.path),
    )  # fmt: skip


def plural(n, what):
    return f"{n} {what}{'' if n == 1 else 's'}"


def table(programs):
    if not programs:
        return []
    rows = [("", "ops", "in", "out", "donated", "seconds", "FLOPs", "peak memory", "why")]
    for i, p in enumerate(programs):
        rows.append((str(i), str(p.steps), str(p.inputs), str(p.outputs), amount(p.donated_bytes, "B"),
                     said(p.seconds), amount(p.flops), amount(p.peak_bytes, "B"), p.reason))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(8)]
    return ["  " + "  ".join([*[cell.rjust(w) for cell, w in zip(row, widths)], row[-1]]) for row in rows]


def said(value):
    return "?" if value is None else f"{value:.3f}"


def amount(value, unit=""):
    """`1.2 MB`, `899`: three digits that count."""
    if value is None:
        return "?"
    for prefix in ("", "k", "M", "G"):
        if value < 1000:
            return f"{value:.3g} {prefix}{unit}".rstrip()
        value /= 1000
    return f"{value:.3g} T{unit}"
