"""docs/coverage.md: every name of PyTorch's, how much it is used, whether it is here and what it passes.

    python -m eagerjax.tools.coverage            writes the page
    python -m eagerjax.tools.coverage --check    says whether it is up to date

Made from three files beside this one: torch_names.txt (PyTorch's names with the number of repositories that use each,
by tests/record_names.py), conformance.txt (verdicts of PyTorch's own samples, by tests/record_conformance.py) and
differences.toml (reasons, by hand).
"""

import functools
import importlib
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "coverage.md"
HOMES = (
    "torch", "Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.linalg", "torch.special",
    "torch.fft", "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data", "torch.autograd",
)  # fmt: skip
ONLY_STRICT = {"views", "out", "errors"}
"""Phases that "fully" does not ask for."""


# -- what is recorded --------------------------------------------------------------------
def recorded():
    """(title, {home: {name: number of repositories}})."""
    title, *lines = (HERE / "torch_names.txt").read_text().splitlines()
    homes = {home: {} for home in HOMES}
    for line in lines:
        name, _, uses = line.partition("\t")
        home, _, last = name.rpartition(".")
        homes[home][last] = int(uses or 0)
    return title.lstrip("# ").split(", by ")[0], homes


def verdicts():
    """(title, {op: (names, {dtype: set of failed phases})})."""
    title, columns, *lines = (HERE / "conformance.txt").read_text().splitlines()
    dtypes = columns.split("\t")[2:]
    ops = {}
    for line in lines:
        op, names, *cells = line.split("\t")
        found = {d: set(cell.split(",")) - {"ok"} for d, cell in zip(dtypes, cells, strict=True) if cell != "-"}
        ops[op] = names.split(","), found
    return title.lstrip("# ").split(", by ")[0], ops


@functools.cache
def differences():
    return tomllib.loads((HERE / "differences.toml").read_text())


def reasons(op, failed):
    """Why an op fails in some phases, and the phases that no reason is given for."""
    given = [d for d in differences()["difference"] if op in d["ops"] and failed & set(d["phases"])]
    return [d["reason"] for d in given], failed.difference(*(d["phases"] for d in given))


# -- what is here ------------------------------------------------------------------------
def exists(name):
    """Is PyTorch's `name` (torch.sin, Tensor.sin, Module.train) here?"""
    head, *rest = name.split(".")
    value = faces().get(head)
    for part in rest:
        value = getattr(value, part, None) if hasattr(value, part) else submodule(value, part)
        if value is None:
            return False
    return value is not None


@functools.cache
def faces():
    """What the first part of a name stands for; instances where attributes are set by __init__."""
    import eagerjax  # noqa: PLC0415  the tools alone may see the package whole

    optimizer = eagerjax.optim.SGD([eagerjax.zeros(())])
    return {"torch": eagerjax, "Tensor": eagerjax.Tensor, "Module": eagerjax.nn.Module(), "Optimizer": optimizer}


def submodule(module, name):
    try:
        return importlib.import_module(f"{module.__name__}.{name}")
    except (AttributeError, ImportError):
        return None


# -- the page ----------------------------------------------------------------------------
def page():
    title, homes = recorded()
    measured, ops = verdicts()
    yield "# Coverage\n\nMade by `python -m eagerjax.tools.coverage`."
    yield from counts(title, homes)
    yield from agreement(measured, ops)
    yield from unequal(ops)
    yield from absent(homes)
    yield from every_name(homes, passes(ops))


def counts(title, homes):
    """How many of PyTorch's names exist."""
    yield f"\n## Names\n\nOf {title}, without those that belong to other back ends or to quantised tensors. By use: weighted by"
    yield "the number of repositories, of 78 popular ones, that use a name.\n"
    yield "| namespace | there | of | by use |\n|---|---:|---:|---:|"
    for home, names in homes.items():
        yield row(f"`{home}`", home, names.items())
    yield row(
        "**all**", None, [(f"{home}.{name}", uses) for home, names in homes.items() for name, uses in names.items()]
    )


def row(label, home, names):
    there = [(n, uses) for n, uses in names if exists(f"{home}.{n}" if home else n)]
    total = sum(uses for _, uses in names)
    share = f"{sum(uses for _, uses in there) / total:.1%}" if total else ""
    return f"| {label} | {len(there)} | {len(names)} | {share} |"


def agreement(measured, ops):
    """Per dtype: how many ops pass PyTorch's own samples."""
    yield "\n## Agreement with PyTorch\n"
    yield "The samples of PyTorch's database of ops, run on both sides: values, dtypes and gradients as function, method,"
    yield "operator and in place (an op passes *fully*), and views, `out=` and refused inputs too (*strictly*)."
    yield f"{measured}.\n"
    yield "| dtype | ops | fully | strictly |\n|---|---:|---:|---:|"
    for dtype in dict.fromkeys(d for _, found in ops.values() for d in found):
        found = [f[dtype] for _, f in ops.values() if dtype in f]
        fully, strictly = sum(f <= ONLY_STRICT for f in found), sum(not f for f in found)
        yield f"| {dtype} | {len(found)} | {fully / len(found):.1%} | {strictly / len(found):.1%} |"


def unequal(ops):
    """Each op that does not pass, and why."""
    yield "\n### What does not pass\n\n| op | in | reason |\n|---|---|---|"
    for op, (_, found) in ops.items():
        failed = set().union(*found.values())
        if failed:
            dtypes = [d for d, f in found.items() if f]
            where = "all dtypes" if len(dtypes) == len(found) else ", ".join(dtypes)
            yield f"| `{op}` | {', '.join(sorted(failed))} ({where}) | {' '.join(reasons(op, failed)[0])} |"
    yield "\nA stricter comparison finds these, too:\n\n| ops | reason |\n|---|---|"
    for group in differences()["exact"]:
        yield f"| {', '.join(f'`{op}`' for op in group['ops'])} | {group['reason']} |"


def absent(homes):
    """Each missing name, and why."""
    yield "\n## Missing\n\n| names | reason |\n|---|---|"
    missing = [f"{home}.{name}" for home, names in homes.items() for name in names if not exists(f"{home}.{name}")]
    for group in differences()["missing"]:
        names = [name for name in missing if name in group["names"]]
        if names:
            yield f"| {', '.join(f'`{n}`' for n in names)} | {group['reason']} |"


def unexplained():
    """Failures and missing names without a reason, and reasons that explain nothing any more."""
    _, ops = verdicts()
    for op, (_, found) in ops.items():
        left = reasons(op, set().union(*found.values()))[1]
        if left:
            yield f"{op} fails without a reason: {', '.join(sorted(left))}"
    for difference in differences()["difference"]:
        for op in difference["ops"]:
            if op not in ops or not set().union(*ops[op][1].values()) & set(difference["phases"]):
                yield f"{op} passes: no reason is needed"
    given = {name for group in differences()["missing"] for name in group["names"]}
    names = {f"{home}.{name}" for home, found in recorded()[1].items() for name in found}
    missing = {name for name in names if not exists(name)}
    yield from (f"{name} is missing without a reason" for name in sorted(missing - given))
    yield from (f"{name} is here: no reason is needed" for name in sorted(given - missing))


def passes(ops):
    """{name of a function or method: what it passes}, in short."""
    found = {}
    for op, (names, by_dtype) in ops.items():
        for name in names:
            total, failed = found.get(name, (0, []))
            bad = [f"{d} {'/'.join(sorted(f))}" for d, f in by_dtype.items() if f]
            variant = f"{op.removeprefix(names[0])} " if op not in names else ""
            found[name] = total + len(by_dtype), failed + [variant.lstrip(".") + b for b in bad]
    return found


def every_name(homes, found):
    yield "\n## Every name\n"
    yield "Used: in how many of 78 popular repositories. Passes: in how many dtypes (and variants) PyTorch's samples pass"
    yield "strictly; blank for names that its database of ops does not have, which tests of their own compare."
    for home, names in homes.items():
        yield f"\n### {home}\n\n| name | used | here | passes |\n|---|---:|---|---|"
        prefix = home.removeprefix("torch").removeprefix("Tensor").removeprefix(".")
        for name, uses in names.items():
            here = "yes" if exists(f"{home}.{name}") else "no"
            plain = name.removesuffix("_") if home == "Tensor" and name.endswith("_") and name not in found else name
            total, failed = found.get(f"{prefix}.{plain}".lstrip("."), (0, []))
            text = (
                f"{total - len(failed)} of {total}" + (f": not {', '.join(failed)}" if failed else "") if total else ""
            )
            yield f"| `{name}` | {uses or ''} | {here} | {text} |"


def main(arguments):
    text = "\n".join(page()) + "\n"
    problems = list(unexplained())
    if arguments == ["--check"] and PAGE.read_text() != text:
        problems.append(f"{PAGE} is out of date: run python -m eagerjax.tools.coverage")
    if arguments != ["--check"]:
        PAGE.write_text(text)
    print("\n".join(problems), end="\n" if problems else "")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
