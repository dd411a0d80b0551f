"""What the benchmarks share: their options, rows that may fail, and where the results go.

A whole run is kept under `results/NAME-DATE-COMMIT.json` and becomes `NAME.md`; a quick or partial one is printed, and
written where `--json` and `--table` say. `python -m benchmarks` itself has no name: `results/DATE-COMMIT.json`, `table.md`.
"""

import argparse
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent
PLACE = "{date}, commit {commit}; {processor}, {cores} cores, {system}; Python {python}, jax {jax}, torch {torch}; "


class Report:
    """The results of one benchmark: `rows[section][name]`, what failed, and on what it was measured.

    Where `sections` are given no name may be in two of them; they stand in the results without "rows" around them.
    """

    def __init__(self, name, options, about, sections=()):
        self.name, self.options, self.sections = name, options, sections
        self.rows = {section: {} for section in sections}
        kept = self.rows if sections else {"rows": self.rows}
        self.results = {"about": {**about, "one_core": options.one_core}, **kept, "failed": {}}

    def row(self, section, name, measure, text):
        """Keep and print what `measure()` finds; one that fails is noted and does not stop the others."""
        try:
            found = measure()
        except Exception as error:
            why = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            self.results["failed"][name if self.sections else f"{section}: {name}"] = why
            print(f"{name}: FAILED {why}", flush=True)
            return None
        self.rows.setdefault(section, {})[name] = found
        print(text(found), flush=True)
        return found

    def save(self, markdown):
        """Write what is to be written, and return the exit status. `markdown(results)` is the whole table."""
        text, table = json.dumps(self.results, indent=1) + "\n", markdown(self.results)
        if self.options.json:
            pathlib.Path(self.options.json).write_text(text)
        if self.options.table:
            pathlib.Path(self.options.table).write_text(table)
        if not self.options.names and not self.options.quick:
            about = self.results["about"]
            parts = [self.name, about["date"], about["commit"].rstrip("+")]
            file = FOLDER / "results" / f"{'-'.join(filter(None, parts))}.json"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            (FOLDER / f"{self.name or 'table'}.md").write_text(table)
        return 1 if self.results["failed"] else 0


def parser(name, doc, names):
    """The options that all have."""
    program = f"python -m benchmarks.{name}" if name else "python -m benchmarks"
    made = argparse.ArgumentParser(prog=program, description=doc.split("\n\n")[0])
    made.add_argument("names", nargs="*", metavar="name", help=f"what to run (default: all): {', '.join(names)}")
    made.add_argument("--quick", action="store_true", help="short and rough")
    made.add_argument("--one-core", action="store_true", help="one core, the process's own time")
    made.add_argument("--json", metavar="FILE", help="where the results go")
    made.add_argument("--table", metavar="FILE", help="where the table goes")
    return made


def parse(parser, names, arguments):
    """The options given; an unknown name ends the program."""
    options = parser.parse_args(arguments)
    unknown = [n for n in options.names if n not in names]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(names)}")
    return options


def place(about):
    """On what it was measured, for a table."""
    return PLACE.format(**about) + ("own time of one core" if about.get("one_core") else "wall time") + ".\n"


def failures(results):
    return [f"Failed: {name}: {why}\n" for name, why in results["failed"].items()]
