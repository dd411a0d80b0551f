"""The names that PyTorch has, by module: what is known of those that do not exist here."""

import functools
import pathlib

VERSION = "2.13.0"
_FILE = pathlib.Path(__file__).with_name("names.txt")


@functools.cache
def modules():
    """{module: {name: kind}}; the kinds are letters, which the first line of the file explains."""
    found = {}
    for line in _FILE.read_text().splitlines()[1:]:
        module, _, rest = line.partition(":")
        groups = [group.split() for group in rest.split(";") if group.strip()]
        found[module] = {name: group[0] for group in groups for name in group[1:]}
    return found


@functools.cache
def packages():
    """All modules, and the packages above them."""
    return {".".join(parts[:i]) for parts in (m.split(".") for m in modules()) for i in range(1, len(parts) + 1)}


def kind(module, name):
    """The letter for `module.name`: m for a module; None where PyTorch has no such name."""
    if f"{module}.{name}" in packages():
        return "m"
    return modules().get(module, {}).get(name)
