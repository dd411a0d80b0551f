"""Writes eagerjax/tools/conformance.txt: what each op of PyTorch's database passes here. Needs torch; takes an hour.

python tests/record_conformance.py [--samples N] [--only OP,OP...] [DTYPE ...]

What is not run again keeps its line. docs/coverage.md is made from it.
"""

import argparse
import datetime
import pathlib
import sys

import jax
import opinfo
import torch

import eagerjax

TARGET = pathlib.Path(__file__).parent.parent / "eagerjax" / "tools" / "conformance.txt"
DTYPES = ("float32", "int64", "bool", "bfloat16", "complex64", "float64")


def recorded():
    """{op: {"names": names, dtype: verdict}} as the file has it."""
    if not TARGET.exists():
        return {}
    lines = [line.split("\t") for line in TARGET.read_text().splitlines() if not line.startswith("#")]
    return {op: dict(zip(("names", *DTYPES), rest)) for op, *rest in lines}


def verdict(op, dtype, samples):
    """ok, the phases that fail, or - where there is nothing to compare."""
    found = opinfo.check(op, getattr(torch, dtype), samples)
    for phase, messages in found.failed.items() if found is not None else ():
        print(f"{op.full_name} | {dtype} | {phase} | {len(messages)} | {messages[0]}", file=sys.stderr, flush=True)
    return "-" if found is None else ",".join(p for p in opinfo.PHASES if p in found.failed) or "ok"


def names_of(op):
    """What users call the op: its name and aliases."""
    return ",".join(dict.fromkeys([op.name, *(alias.name for alias in op.aliases)]))


def write(rows, samples):
    versions = f"PyTorch {torch.__version__.split('+')[0]}, eagerjax {eagerjax.__version__}, jax {jax.__version__}"
    head = f"# {versions}, {datetime.date.today()}, at most {samples} samples of an op, by tests/record_conformance.py"
    lines = ["\t".join([op, *(row.get(key, "-") for key in ("names", *DTYPES))]) for op, row in sorted(rows.items())]
    TARGET.write_text("\n".join([head, "# op\tnames\t" + "\t".join(DTYPES), *lines]) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dtypes", nargs="*", default=DTYPES)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = {op: row for op, row in recorded().items() if op in opinfo.OPS}
    for dtype in given.dtypes:
        for name, op in opinfo.OPS.items():
            if opinfo.left_out(op) is None and (not given.only or name in given.only.split(",")):
                row = rows.setdefault(name, {})
                row |= {"names": names_of(op), dtype: verdict(op, dtype, given.samples)}
        write(rows, given.samples)


if __name__ == "__main__":
    main()
